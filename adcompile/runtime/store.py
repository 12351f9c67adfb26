"""The cache folder: programs and manifests as files, shared by processes.

    ROOT/programs/1f/1f0a.../loss.py        the text of a program; Numba keeps its machine code in __pycache__ beside
    ROOT/manifests/9c/9c41.../07be....json  how to call it, one file for each set of guards it was made under

ROOT is `ADCOMPILE_CACHE_DIR` or the platform's user cache folder. Files appear whole or not at all (`os.replace`), so
that processes need no lock. A folder one level above the files is the unit of eviction: when all together exceed
`ADCOMPILE_CACHE_LIMIT` bytes (1 GiB), those not used for longest go first.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import json
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

LIMIT = 1 << 30


class CacheWarning(UserWarning):
    """Something in the cache folder could not be used; the result is right, it only took longer."""


class Store:
    """Files under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def program(self, name: str, text: str, salt: str) -> Path:
        """The file that holds `text`, written if it is not there. `salt` names what else the machine code needs."""
        digest = hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()[:32]
        path = self.root / "programs" / digest[:2] / digest / f"{name}.py"
        # Numba's index belongs to a modification time, so a file that is right stays untouched.
        if _read(path) != text:
            _write(path, text)
        _touch(path.parent)
        return path

    def manifests(self, key: str) -> Iterator[tuple[Path, dict[str, object]]]:
        """The manifests under `key`, latest first. A damaged one is removed with a warning."""
        for path in sorted(files_of(self._folder(key), ".json"), key=_last_used, reverse=True):
            try:
                found = json.loads(path.read_text(encoding="utf-8"))
                if not isinstance(found, dict):
                    raise ValueError("not a manifest")
            except (OSError, ValueError) as error:
                self.discard(path, error)
            else:
                yield path, found

    def save(self, key: str, manifest: dict[str, object]) -> None:
        """Keep `manifest` under `key`, then make room."""
        text = json.dumps(manifest, sort_keys=True)
        variant = hashlib.sha256(text.encode()).hexdigest()[:16]
        _write(self._folder(key) / f"{variant}.json", text)
        self.make_room()

    def discard(self, path: Path, error: Exception) -> None:
        """Remove a file that cannot be read."""
        warnings.warn(f"{path} is damaged and is made anew: {error}", CacheWarning, stacklevel=2)
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)

    def mark_used(self, path: Path) -> None:
        """Note that a manifest was used now."""
        _touch(path)
        _touch(path.parent)

    def make_room(self) -> None:
        """Remove the folders not used for longest until the rest is within the limit."""
        limit = int(os.environ.get("ADCOMPILE_CACHE_LIMIT", LIMIT))
        folders = sorted(((_last_used(each), each) for each in self.root.glob("*/*/*")), key=lambda each: each[0])
        sizes = {folder: _size(folder) for _, folder in folders}
        excess = sum(sizes.values()) - limit
        for _, folder in folders:
            if excess <= 0:
                return
            shutil.rmtree(folder, ignore_errors=True)
            excess -= sizes[folder]

    def clear(self) -> None:
        """Remove all that was kept."""
        for part in ("programs", "manifests"):
            shutil.rmtree(self.root / part, ignore_errors=True)

    def _folder(self, key: str) -> Path:
        return self.root / "manifests" / key[:2] / key


def current_store() -> Store:
    """The store of this process's environment; a private temporary one, with a warning, if it cannot be written."""
    return _store_at(os.environ.get("ADCOMPILE_CACHE_DIR", "") or str(_user_folder()))


@functools.lru_cache(maxsize=8)
def _store_at(root: str) -> Store:
    folder = Path(root).expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return Store(folder)
    except OSError as error:
        private = Path(tempfile.mkdtemp(prefix="adcompile-"))
        atexit.register(shutil.rmtree, private, ignore_errors=True)
        warnings.warn(
            f"the cache folder {folder} cannot be written ({error.strerror}): compiled programs last as long as this "
            "process. Set ADCOMPILE_CACHE_DIR to a folder that can.",
            CacheWarning,
            stacklevel=2,
        )
        return Store(private)


def _user_folder() -> Path:
    home = Path.home() if os.environ.get("HOME") or sys.platform == "win32" else Path(tempfile.gettempdir())
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "adcompile" / "cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "adcompile"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "adcompile"


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, ValueError):
        return None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def files_of(folder: Path, suffix: str | tuple[str, ...]) -> list[Path]:
    """The files of a folder with this suffix. (`glob` would compile a pattern first, at ten times the expense.)"""
    try:
        return [folder / name for name in os.listdir(folder) if name.endswith(suffix)]
    except OSError:
        return []


def _touch(path: Path) -> None:
    try:
        os.utime(path)
    except OSError:
        return


def _last_used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _size(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(parent, name)).st_size
            except OSError:
                continue
    return total
