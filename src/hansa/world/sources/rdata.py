"""Reads R's saved objects (``.RData``, ``.rda``, ``.rds``) without R: plain data only.

May import only ``hansa.errors``. Format: R Internals, section 1.8, "Serialization formats"
(binary XDR, versions 2 and 3). Functions, environments and S4 objects are refused by name.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
from pathlib import Path
from typing import Any

import numpy as np

from hansa.errors import DataError

__all__ = ["read_rdata"]

#: Magic bytes of the compressions that R's save() uses.
COMPRESSIONS = {b"\x1f\x8b": gzip.decompress, b"BZ": bz2.decompress, b"\xfd7": lzma.decompress}

NIL, GLOBAL, REFERENCE, ALTREP = 254, 253, 255, 238
SYMBOL, PAIRLIST, STRING, LOGICAL, INTEGER, REAL, STRINGS, LIST = 1, 2, 9, 10, 13, 14, 16, 19
NA_INTEGER = -(2**31)


def read_rdata(path: str | Path) -> Any:
    """Return the objects in an R file.

    Parameters
    ----------
    path : path
        A file written by R's ``save`` or ``saveRDS``, compressed or not.

    Returns
    -------
    dict or object
        For ``save``, a dict of the saved names; for ``saveRDS``, the object. Named lists and
        data frames become dicts, other lists become lists; vectors become 1-D arrays, matrices
        and arrays keep their shape; strings become arrays of str (None where missing), factors
        the labels. Missing integers and logicals turn the vector into floats with NaN.

    Raises
    ------
    DataError
        If the file is not in R's binary format, or holds something other than plain data.
    """
    raw = Path(path).read_bytes()
    for magic, decompress in COMPRESSIONS.items():
        if raw.startswith(magic):
            raw = decompress(raw)
    saved = raw.startswith((b"RDX2\n", b"RDX3\n"))
    reader = _Reader(raw[5:] if saved else raw, Path(path).name)
    return reader.read()


class _Reader:
    """A cursor over one serialised R object."""

    def __init__(self, data: bytes, name: str) -> None:
        self.data, self.at, self.name = data, 0, name
        self.references: list[str] = []
        if self.take(2) != b"X\n":
            raise self.refuse("it is not in R's binary (XDR) format")
        version = self.integer()
        self.at += 8
        if version == 3:
            self.take(self.integer())
        elif version != 2:
            raise self.refuse(f"its serialization version is {version}, expected 2 or 3")

    def refuse(self, why: str) -> DataError:
        return DataError(f"{self.name} cannot be read as R data: {why}")

    def take(self, count: int) -> bytes:
        piece = self.data[self.at : self.at + count]
        if count < 0 or len(piece) != count:
            raise self.refuse("it ends too early")
        self.at += count
        return piece

    def integer(self) -> int:
        return int.from_bytes(self.take(4), "big", signed=True)

    def numbers(self, kind: str) -> np.ndarray:
        count = self.integer()
        wide = np.dtype(kind)
        values = np.frombuffer(self.take(count * wide.itemsize), dtype=wide)
        return values.astype(wide.newbyteorder("="))

    def read(self) -> Any:
        """Return the next object, its attributes applied."""
        flags = self.integer()
        kind, has_attributes, has_tag = flags & 255, bool(flags & 512), bool(flags & 1024)
        if kind in (NIL, GLOBAL):
            return None
        if kind == REFERENCE:
            return self.references[(flags >> 8 or self.integer()) - 1]
        if kind == SYMBOL:
            self.references.append(self.read())
            return self.references[-1]
        if kind == STRING:
            size = self.integer()
            return None if size == -1 else self.take(size).decode("utf-8", "replace")
        if kind == PAIRLIST:
            return self.pairlist(has_attributes, has_tag)
        if kind == ALTREP:
            return self.compact()
        value = self.vector(kind)
        return _dressed(value, self.read() if has_attributes else {})

    def pairlist(self, has_attributes: bool, has_tag: bool) -> dict[str, Any]:
        pairs: dict[str, Any] = {}
        while True:
            if has_attributes:
                self.read()
            tag = self.read() if has_tag else str(len(pairs))
            pairs[tag] = self.read()
            flags = self.integer()
            if flags & 255 == NIL:
                return pairs
            if flags & 255 != PAIRLIST:
                raise self.refuse("a pair list ends in something that is not a list")
            has_attributes, has_tag = bool(flags & 512), bool(flags & 1024)

    def vector(self, kind: int) -> Any:
        if kind == REAL:
            return self.numbers(">f8")
        if kind in (INTEGER, LOGICAL):
            values = self.numbers(">i4")
            if (values == NA_INTEGER).any():
                return np.where(values == NA_INTEGER, np.nan, values)
            return values.astype(bool) if kind == LOGICAL else values
        if kind == STRINGS:
            return np.array([self.read() for _ in range(self.integer())], dtype=object)
        if kind == LIST:
            return [self.read() for _ in range(self.integer())]
        raise self.refuse(f"it holds an R object of type {kind}, which is not plain data")

    def compact(self) -> Any:
        """Return a vector that R stored in short form (version 3)."""
        info, state, attributes = list(self.read().values()), self.read(), self.read() or {}
        if info[0] in ("compact_intseq", "compact_realseq"):
            count, start, step = state
            values = start + step * np.arange(int(count))
            return values.astype(np.int32) if info[0] == "compact_intseq" else values
        if str(info[0]).startswith("wrap_"):
            return _dressed(next(iter(_items(state))), attributes)
        raise self.refuse(f"it holds a vector in the form {info[0]!r}")


def _items(state: Any) -> list[Any]:
    return list(state.values()) if isinstance(state, dict) else list(state)


def _dressed(value: Any, attributes: dict[str, Any]) -> Any:
    """Return a bare vector with its R attributes: names, dimensions, factor levels."""
    if isinstance(value, list):
        names = attributes.get("names")
        return value if names is None else dict(zip(names, value, strict=True))
    if "levels" in attributes:
        levels = np.append(np.asarray(attributes["levels"], dtype=object), [None])
        codes = np.where(np.isnan(value), 0, value).astype(int)
        return levels[codes - 1]
    if "dim" in attributes:
        return value.reshape(tuple(int(d) for d in attributes["dim"]), order="F")
    return value
