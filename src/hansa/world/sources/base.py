"""Where raw files are, and whether they are the ones that were expected.

May import only ``hansa.errors``. Every source offers the same three verbs: ``fetch`` finds the
file, ``checksum`` compares it with the copy Hansa was built from, ``tidy`` parses it.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from hansa.errors import DataError

__all__ = ["find_data", "find_file", "sha256", "verify"]


def find_data() -> Path | None:
    """Return the folder of raw tables, or None if there is none on this machine.

    Returns
    -------
    Path or None
        The environment variable ``HANSA_DATA`` if set, else ``../shared/data`` beside the
        repository this package is imported from.

    Raises
    ------
    DataError
        If ``HANSA_DATA`` is set but is not a folder.
    """
    named = os.environ.get("HANSA_DATA")
    if named:
        if not Path(named).is_dir():
            raise DataError(f"HANSA_DATA={named!r} is not a folder; correct it or unset it")
        return Path(named)
    beside = Path(__file__).resolve().parents[4].parent / "shared" / "data"
    return beside if beside.is_dir() else None


def find_file(folder: str | Path, relative: str) -> Path:
    """Return the path of `relative` inside `folder`.

    Raises
    ------
    DataError
        If there is no such file; names the file and the folder.
    """
    path = Path(folder) / relative
    if not path.is_file():
        raise DataError(f"raw file {relative!r} not found in {str(folder)!r}; see DATA.md")
    return path


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(path: str | Path, expected: str) -> Path:
    """Return `path` if the file's SHA-256 is `expected`.

    Raises
    ------
    DataError
        Names the file, the expected sum and the one found.
    """
    found = sha256(path)
    if found != expected:
        raise DataError(
            f"{Path(path).name} is not the file this parser was written for: SHA-256 "
            f"{found}, expected {expected}; check its version against DATA.md"
        )
    return Path(path)
