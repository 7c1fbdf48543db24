"""WIOD 2013: the inter-country table as published, and the World made from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hansa.errors import DataError
from hansa.world.sources import wiod2013
from hansa.world.sources.wiod2013 import Wiod2013, load_world, tidy
from hansa.world.world import World


@pytest.fixture(scope="module")
def table(rawdata: Path) -> Wiod2013:
    return tidy(rawdata)


@pytest.fixture(scope="module")
def world(rawdata: Path) -> World:
    return load_world(rawdata)


def test_axes(table: Wiod2013) -> None:
    assert (table.year, len(table.countries), len(table.industries)) == (2011, 41, 35)
    assert {"ROU", "ROW", "RUS", "TWN"} <= set(table.countries)
    assert "ROM" not in table.countries
    assert list(wiod2013.INDUSTRIES) == list(table.industries)
    assert set(wiod2013.COUNTRY_NAMES) == set(table.countries)


def test_the_published_table_balances_up_to_rounding(table: Wiod2013) -> None:
    sales = table.intermediate.sum(axis=(2, 3)) + table.final.sum(axis=(2, 3))
    assert np.abs(sales - table.output).max() == 108
    assert table.value_added.min() >= 0
    assert np.allclose(table.expenditure.sum(axis=0), sales)
    # Total use is by user: what n's industries take of product k.
    n, k = table.countries.index("RUS"), 1
    assert table.total_use[n, k].sum() == table.intermediate[:, k, n, :].sum()
    assert table.final_use[n, k].sum() == table.final[:, k, n, :].sum()


def test_magnitudes(table: Wiod2013) -> None:
    va = dict(zip(table.countries, table.value_added.sum(axis=1) / 1e6, strict=True))
    # GDP of 2011: USA 15.5, China 7.5, Russia 2.0 trn USD (less taxes on products).
    assert 14.5 < va["USA"] < 15.6
    assert 7.0 < va["CHN"] < 7.6
    assert 1.6 < va["RUS"] < 2.1
    # Russia's mining is sold abroad.
    rus = table.countries.index("RUS")
    abroad = np.delete(table.expenditure[:, rus, 1], rus).sum()
    assert abroad > 150_000


def test_world_keeps_the_tables_coefficients(table: Wiod2013, world: World) -> None:
    made = table.output > 0
    share = table.total_use / np.where(made, table.output, 1.0)[:, None, :]
    assert np.allclose(world.input_share.transpose(0, 2, 1)[made], share.transpose(0, 2, 1)[made])
    assert (world.evidence == 1).all()


def test_world_changes_only_what_negative_inventories_force(table: Wiod2013, world: World) -> None:
    final = np.maximum(table.final, 0).sum(axis=(0, 3)).T
    # The World's final demand is the table's, entry by entry, negative entries at zero.
    assert np.allclose(world.final_demand, final, rtol=1e-9, atol=1e-6)
    assert world.meta["balancing"]["negative_musd"] == -170_065
    assert np.isclose(world.meta["balancing"]["output_change"], 0.00169, atol=1e-5)
    # Up to the publisher's rounding, output can only rise.
    assert (world.output - table.output).min() > -300
    assert np.isclose(world.value_added.sum(), world.income.sum())


def test_elasticity_is_the_users(rawdata: Path) -> None:
    theta = np.linspace(2, 8, 35)
    world = World.from_wiod(rawdata / wiod2013.FILE, trade_elasticity=theta)
    assert np.array_equal(world.trade_elasticity, theta)
    with pytest.raises(DataError, match=r"theta must be > 0.*c1"):
        load_world(rawdata, trade_elasticity=-5.0)


def test_what_is_not_the_table_is_refused(rawdata: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"wiod2013_wiot_2011.RData' not found"):
        tidy(tmp_path)
    with pytest.raises(DataError, match="no inter-country table"):
        tidy(rawdata / "gravity" / "geo_cepii.rda")
    with pytest.raises(DataError, match="is not the file"):
        wiod2013.checksum(rawdata / "gravity" / "geo_cepii.rda")
