"""Which files are this user's alone: what is loaded from the cache folder is executed.

    trust.require(folder)     raises NotTrusted: "the cache folder /shared/cache belongs to another user"
    trust.read(path)          the bytes of a file, of which the same is required

Where there are no users to tell apart (Windows), everything counts as this user's: the folder in the profile is.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path


class NotTrusted(PermissionError):
    """Another user could have written this."""


def require(path: Path) -> None:
    """Raise NotTrusted unless `path` belongs to this user and nobody else may write to it."""
    _require(path, os.stat(path))


def read(path: Path) -> bytes:
    """The contents of a file. Raises NotTrusted as `require` does, and OSError."""
    with open(path, "rb") as file:
        _require(path, os.fstat(file.fileno()))
        return file.read()


def _require(path: Path, found: os.stat_result) -> None:
    if not hasattr(os, "getuid"):
        return
    if found.st_uid != os.getuid():
        raise NotTrusted(f"{path} belongs to another user and is not used")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise NotTrusted(f"{path} can be written by other users and is not used (`chmod go-w` keeps them out)")
