"""The reader of R's files, on bytes written by hand and on the real ones."""

from __future__ import annotations

import bz2
import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hansa.errors import DataError
from hansa.world.sources.rdata import read_rdata

NIL = struct.pack(">i", 254)


def integer(*values: int) -> bytes:
    return struct.pack(f">{len(values)}i", *values)


def chars(text: str | None) -> bytes:
    if text is None:
        return integer(9, -1)
    raw = text.encode()
    return integer(9 | 1 << 18, len(raw)) + raw


def strings(*texts: str | None) -> bytes:
    return integer(16, len(texts)) + b"".join(map(chars, texts))


def ints(*values: int, flags: int = 0) -> bytes:
    return integer(13 | flags, len(values), *values)


def reals(*values: float, flags: int = 0) -> bytes:
    return integer(14 | flags, len(values)) + struct.pack(f">{len(values)}d", *values)


def pairs(**items: bytes) -> bytes:
    return b"".join(integer(2 | 1024, 1) + chars(k) + v for k, v in items.items()) + NIL


def serialised(body: bytes, version: int = 2) -> bytes:
    native = integer(5) + b"UTF-8" if version == 3 else b""
    return b"X\n" + integer(version, 0x40301, 0x20300) + native + body


def read(tmp_path: Path, raw: bytes) -> Any:
    path = tmp_path / "x.rds"
    path.write_bytes(raw)
    return read_rdata(path)


def test_saved_objects_are_a_dict_by_name(tmp_path: Path) -> None:
    matrix = reals(1, 2, 3, 4, 5, 6, flags=512) + pairs(dim=ints(2, 3))
    raw = b"RDX2\n" + serialised(pairs(m=matrix, who=strings("IRN", "Ö", None)))
    for packed in (raw, gzip.compress(raw), bz2.compress(raw)):
        found = read(tmp_path, packed)
        assert list(found) == ["m", "who"]
        assert np.array_equal(found["m"], [[1, 3, 5], [2, 4, 6]])
        assert found["who"].tolist() == ["IRN", "Ö", None]


def test_lists_factors_and_missing_values(tmp_path: Path) -> None:
    missing = -(2**31)
    factor = ints(2, 1, missing, flags=512) + pairs(levels=strings("low", "high"))
    body = integer(19 | 512, 3) + factor + ints(7, missing) + integer(10, 2, 1, 0)
    found = read(tmp_path, serialised(body + pairs(names=strings("f", "i", "b"))))
    assert found["f"].tolist() == ["high", "low", None]
    assert found["i"][0] == 7
    assert np.isnan(found["i"][1])
    assert found["b"].tolist() == [True, False]
    assert found["b"].dtype == bool


def test_sequences_in_short_form(tmp_path: Path) -> None:
    info = integer(2, 1) + chars("compact_intseq") + integer(2) + integer(1)
    info += chars("base") + integer(2) + ints(13) + NIL
    body = integer(238) + info + reals(4, 10, 1) + NIL
    found = read(tmp_path, serialised(body, version=3))
    assert found.tolist() == [10, 11, 12, 13]
    assert found.dtype == np.int32


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for raw, says in (
        (b"hello", "not in R's binary"),
        (serialised(ints(1), version=4), "version is 4"),
        (serialised(reals(1.0, 2.0))[:-4], "ends too early"),
        (serialised(integer(25)), "type 25, which is not plain data"),
    ):
        with pytest.raises(DataError, match=says):
            read(tmp_path, raw)


def test_a_real_file_reads_as_another_reader_does(rawdata: Path) -> None:
    pyreadr = pytest.importorskip("pyreadr")
    path = rawdata / "gravity" / "geo_cepii.rda"
    ours, theirs = read_rdata(path)["geo_cepii"], pyreadr.read_r(str(path))["geo_cepii"]
    assert list(ours) == list(theirs.columns)
    for name, column in theirs.items():
        if column.dtype.kind == "f":
            assert np.array_equal(ours[name], column.to_numpy(), equal_nan=True)
        elif column.dtype.kind in "iub":
            assert np.array_equal(ours[name], column.to_numpy())
        else:
            assert [v or "" for v in ours[name]] == column.fillna("").astype(str).tolist()
