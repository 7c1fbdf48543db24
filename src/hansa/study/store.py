"""Store: finished parts of a run on disk, so that an interrupted study goes on where it was.

May import only ``hansa.errors``. A part is a named set of arrays, written whole or not at all;
the folder's name is the hash of everything the numbers depend on.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np

Array = np.ndarray


def fingerprint(*parts: object) -> str:
    """Return the SHA-256 of the texts of its arguments."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(str(part).encode())
        sha.update(b"\0")
    return sha.hexdigest()


class Store:
    """Arrays by name in one folder.

    Parameters
    ----------
    folder : Path
        Made when the first part is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, name: str) -> dict[str, Array] | None:
        """Return a part, or None if it is not there (or was cut off while being written)."""
        path = self._path(name)
        try:
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as held:
                return {key: held[key] for key in held.files}
        except (FileNotFoundError, zipfile.BadZipFile, EOFError, ValueError):
            return None

    def names(self, prefix: str) -> list[str]:
        """Return the names of the parts that begin so, sorted."""
        return sorted(path.stem for path in self.folder.glob(f"{prefix}*.npz"))

    def put(self, name: str, **arrays: Array) -> dict[str, Array]:
        """Keep a part: written beside its place, then moved there in one step."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        with open(draft, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        return arrays

    def forget_others(self, keep: int) -> None:
        """Remove the stores beside this one, but for the `keep` that were written last."""
        if not self.folder.is_dir():
            return
        others = [f for f in self.folder.parent.iterdir() if f.is_dir() and f != self.folder]
        others.sort(key=lambda f: f.stat().st_mtime, reverse=True)
        for folder in others[keep:]:
            shutil.rmtree(folder, ignore_errors=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.npz"
