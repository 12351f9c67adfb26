"""The machine code that Numba leaves beside a program, sealed by a checksum.

    folder/loss_grad.py                       the program
    folder/__pycache__/*.nbi, *.nbc           Numba's index and machine code
    folder/loss_grad.sha256                   the digest of these files

Numba loads what it finds: damage that still parses would run. So nothing is loaded whose digest is not the one that was
written after compiling; it is compiled again, with a warning.
"""

from __future__ import annotations

import hashlib
import shutil
import warnings
from pathlib import Path

from adcompile.runtime.store import CacheWarning, files_of


class MachineCode:
    """The compiled files of the program at `path`."""

    def __init__(self, path: Path) -> None:
        self.folder = path.parent / "__pycache__"
        self.seal_file = path.with_suffix(".sha256")

    def check(self) -> None:
        """Forget the files if they are not what was sealed."""
        try:
            digest = self._digest()
            sealed = self.seal_file.read_text() if self.seal_file.exists() else ""
        except OSError as error:
            self.forget(str(error))
            return
        if not digest:
            return
        if not sealed:
            shutil.rmtree(self.folder, ignore_errors=True)  # left by a process that did not finish
        elif digest != sealed:
            self.forget("its checksum is wrong")

    def seal(self) -> None:
        """Remember what the files are; where nothing can be written, they are compiled anew each time."""
        try:
            digest = self._digest()
            if not self.seal_file.exists() or self.seal_file.read_text() != digest:
                self.seal_file.write_text(digest)
        except OSError:
            return

    def forget(self, why: str) -> None:
        """Remove the files, with a warning."""
        warnings.warn(
            f"{self.folder.parent} holds damaged machine code and is compiled again: {why}", CacheWarning, stacklevel=4
        )
        shutil.rmtree(self.folder, ignore_errors=True)

    def _digest(self) -> str:
        """The digest of names and contents, empty if there are no files."""
        files = sorted(files_of(self.folder, (".nbi", ".nbc")))
        if not files:
            return ""
        found = hashlib.sha256()
        for file in files:
            found.update(file.name.encode() + file.read_bytes())
        return found.hexdigest()
