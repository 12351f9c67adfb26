"""The machine code that Numba leaves beside a program, sealed by a signature.

    folder/loss_grad.py                       the program
    folder/__pycache__/*.nbi, *.nbc           Numba's index and machine code
    folder/loss_grad.seal                     the signature of these files and of where they stand, written last

Numba loads what it finds: damage that still parses would run, and its index is a pickle. So nothing is loaded whose
signature (rule T2 of `store.py`) is not the one that was written after compiling; it is compiled again, with a warning.
"""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

from adcompile.runtime import trust
from adcompile.runtime.store import CacheWarning, current_store, files_of, write


class MachineCode:
    """The compiled files of the program at `path`."""

    def __init__(self, path: Path) -> None:
        self.folder = path.parent / "__pycache__"
        self.seal_file = path.with_suffix(".seal")

    def exists(self) -> bool:
        """Is there anything to load?"""
        return any(True for _ in files_of(self.folder, (".nbi",)))

    def check(self) -> None:
        """Forget the files if they are not what was sealed."""
        try:
            signature = self._signature()
            sealed = trust.read(self.seal_file).decode() if self.seal_file.exists() else ""
        except (OSError, ValueError) as error:
            self.forget(str(error))
            return
        if not signature:
            return
        if not sealed:
            shutil.rmtree(self.folder, ignore_errors=True)  # left by a process that did not finish
        elif signature != sealed:
            self.forget("its checksum is wrong")

    def seal(self) -> None:
        """Remember what the files are; where nothing can be written, they are compiled anew each time."""
        try:
            signature = self._signature()
            if signature and (not self.seal_file.exists() or self.seal_file.read_text() != signature):
                write(self.seal_file, signature)
        except OSError:
            return

    def forget(self, why: str) -> None:
        """Remove the files, with a warning."""
        warnings.warn(
            f"{self.folder.parent} holds damaged machine code and is compiled again: {why}", CacheWarning, stacklevel=4
        )
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signature(self) -> str:
        """The signature of place, names and contents, empty if there are no files."""
        files = sorted(files_of(self.folder, (".nbi", ".nbc")))
        if not files:
            return ""
        parts = [b"machine code", self.folder.parent.name.encode()]
        for file in files:
            parts += (file.name.encode(), trust.read(file))
        return current_store().sign(*parts)
