"""The published numbers on the evidence page: recomputed, and what ships is what is computed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hansa.errors import DataError
from hansa.study.replications import replicate, shipped_replications, write_replications


def test_what_ships_is_what_is_computed(rawdata: Path, tmp_path: Path) -> None:
    rows = replicate(rawdata)
    for row, shipped in zip(rows, shipped_replications(), strict=True):
        assert row.ours == pytest.approx(shipped.ours, abs=0.6 * 10.0 ** -(row.digits + 2))
        assert replace(row, ours=0.0, published=0.0) == replace(shipped, ours=0.0, published=0.0)
    assert write_replications(rows, tmp_path).is_file()
    assert shipped_replications(tmp_path) == shipped_replications()


def test_what_agrees_and_what_does_not_is_said() -> None:
    rows = shipped_replications()
    assert {r.source for r in rows if not r.agrees} == {"gegravity, sample of 30 countries"}
    assert all(r.note for r in rows if not r.agrees)
    assert not replace(rows[0], ours=rows[0].published + 0.02).agrees


def test_a_missing_table_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="hansa replicate --write"):
        shipped_replications(tmp_path)
