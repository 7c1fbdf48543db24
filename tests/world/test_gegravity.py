"""The gegravity sample: its modelled trade equals the one the package prints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hansa.errors import DataError
from hansa.world.sources import gegravity
from hansa.world.sources.gegravity import COEFFICIENTS, load_world, modelled_trade, tidy

#: Baseline modelled trade in the package's documentation, exporter Australia.
PUBLISHED = {
    "AUS": 218129.130005,
    "AUT": 666.648700,
    "BEL": 1532.878160,
    "BRA": 2747.265374,
    "CAN": 2847.023843,
}


def test_modelled_trade_equals_the_published(rawdata: Path) -> None:
    sample = tidy(rawdata)
    trade = modelled_trade(sample)
    aus = sample.countries.index("AUS")
    for importer, flow in PUBLISHED.items():
        assert np.isclose(trade[sample.countries.index(importer), aus], flow, rtol=1e-9)
    assert np.allclose(trade.sum(axis=1), sample.expenditure, rtol=1e-12)


def test_world_is_one_sector_without_inputs(rawdata: Path) -> None:
    gegravity.checksum(gegravity.fetch(rawdata))
    world = load_world(rawdata / gegravity.FILE, trade_elasticity=4.0)
    assert (len(world.countries), world.sectors, world.year) == (30, ("goods",), 2006)
    assert np.allclose(world.value_added, world.output[:, 0])
    assert world.modelled_share.min() == 1.0


def test_published_trade_cost_change(rawdata: Path) -> None:
    """An agreement raises the cost term of Canada and Japan by 60.181650 % (documentation)."""
    assert np.isclose(np.exp(COEFFICIENTS["pta"]) - 1, 0.60181650, atol=5e-9)
    sample = tidy(rawdata)
    can, jpn = (sample.countries.index(c) for c in ("CAN", "JPN"))
    assert sample.covariates["pta"][can, jpn] == 0
    # Importers are rows: Australia's expenditure is the same in every row of its own.
    assert sample.expenditure[sample.countries.index("AUS")] == 362227


def test_a_missing_pair_is_refused(rawdata: Path, tmp_path: Path) -> None:
    text = (rawdata / gegravity.FILE).read_text().splitlines()
    (tmp_path / "short.dlm").write_text("\n".join(text[:-1]))
    with pytest.raises(DataError, match="each pair of its 30 countries once"):
        tidy(tmp_path / "short.dlm")
