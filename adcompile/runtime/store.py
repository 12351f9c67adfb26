"""The cache folder: programs and manifests as files, shared by processes.

    ROOT/programs/1f/1f0a.../loss.py        the text of a program; Numba keeps its machine code in __pycache__ beside
    ROOT/manifests/9c/9c41.../07be....json  how to call it, one file for each set of guards it was made under

    ROOT/key                                32 random bytes, with which manifests and machine code are signed

ROOT is `ADCOMPILE_CACHE_DIR` or the platform's user cache folder. Files appear whole or not at all (`os.replace`), so
that processes need no lock. A folder one level above the files is the unit of eviction: when all together exceed
`ADCOMPILE_CACHE_LIMIT` bytes (1 GiB), those not used for longest go first.

What is loaded from here is executed, so only what this user wrote is:

* **T1** a folder or file that belongs to another user, or that others may write to, is not used (`trust.py`);
* **T2** the name of a manifest is a signature of its contents, the text of the program included; the machine code
  beside the program has a signature of its own (`machine.py`). A file that was damaged, or put there by somebody who
  does not have the key, has another one.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import hmac
import json
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

from adcompile.runtime import trust

LIMIT = 1 << 30
KEY_BYTES = 32


class CacheWarning(UserWarning):
    """Something in the cache folder could not be used; the result is right, it only took longer."""


class Store:
    """Files under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def sign(self, *parts: bytes) -> str:
        """A signature of these bytes that cannot be made without the key of this folder."""
        found = hmac.new(_shared_key(self.root / "key"), digestmod="sha256")
        for part in parts:
            found.update(len(part).to_bytes(8, "little") + part)
        return found.hexdigest()

    def program(self, name: str, text: str, salt: str) -> Path:
        """The file that holds `text`, written if it is not there. `salt` names what else the machine code needs."""
        digest = hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()[:32]
        path = self.root / "programs" / digest[:2] / digest / f"{name}.py"
        # Numba's index belongs to a modification time, so a file that is right stays untouched.
        if _read(path) != text:
            write(path, text)
        _touch(path.parent)
        return path

    def manifests(self, key: str) -> Iterator[tuple[Path, dict[str, object]]]:
        """The manifests under `key`, latest first. A damaged one is removed with a warning."""
        for path in sorted(files_of(self._folder(key), ".json"), key=_last_used, reverse=True):
            try:
                content = trust.read(path)
                if path.stem != self._variant(key, content):
                    raise ValueError("its name does not fit its contents")
                found = json.loads(content)
            except trust.NotTrusted as error:
                warnings.warn(str(error), CacheWarning, stacklevel=2)
            except FileNotFoundError:
                continue  # another process made room meanwhile
            except (OSError, ValueError) as error:
                self.discard(path, error)
            else:
                yield path, found

    def save(self, key: str, manifest: dict[str, object]) -> None:
        """Keep `manifest` under `key`, then make room."""
        text = json.dumps(manifest, sort_keys=True)
        write(self._folder(key) / f"{self._variant(key, text.encode())}.json", text)
        self.make_room()

    def _variant(self, key: str, content: bytes) -> str:
        """The name of a manifest (T2)."""
        return self.sign(b"manifest", key.encode(), content)[:32]

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
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        trust.require(folder)
        with tempfile.TemporaryFile(dir=folder):
            return Store(folder)
    except trust.NotTrusted as error:
        return _private(f"{error}: compiled programs last as long as this process.")
    except OSError as error:
        return _private(
            f"the cache folder {folder} cannot be written ({error.strerror}): compiled programs last as long as this "
            "process. Set ADCOMPILE_CACHE_DIR to a folder that can."
        )


def _private(why: str) -> Store:
    """A store for this process alone."""
    warnings.warn(why, CacheWarning, stacklevel=2)
    folder = Path(tempfile.mkdtemp(prefix="adcompile-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Store(folder)


def _shared_key(path: Path) -> bytes:
    """The key of a folder. Of several processes that make one at once, all get the one that came first."""
    with contextlib.suppress(FileNotFoundError):
        if len(key := trust.read(path)) == KEY_BYTES:
            return key
        path.unlink(missing_ok=True)  # cut short by a full disk
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(KEY_BYTES))
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return trust.read(path)


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


def write(path: Path, text: str) -> None:
    """Put a file in place, whole or not at all."""
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
