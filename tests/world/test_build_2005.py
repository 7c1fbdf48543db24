"""The world of 2005: shipped as it is built, near its sources, open about what stands in."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from hansa.errors import DataError
from hansa.world.build import build_world
from hansa.world.build_inputs import with_mining, with_named
from hansa.world.deviations import deviations
from hansa.world.load import embedded_worlds, load_world
from hansa.world.page import check_page, identities
from hansa.world.sources import un_accounts, unctad
from hansa.world.world import World
from hansa.world.years import YEARS, choices


@pytest.fixture(scope="module")
def world() -> World:
    return load_world("world-2005")


def test_it_ships_and_every_identity_holds(world: World) -> None:
    assert set(embedded_worlds()) >= {"world-2005", "world-2015"}
    assert world.year == 2005
    assert all(identity.holds for identity in identities(world))


def test_the_shipped_world_is_the_one_that_is_built(world: World, rawdata: Path) -> None:
    built = build_world(rawdata, year=2005)
    assert built.countries == world.countries
    assert built.sectors == world.sectors
    for field in ("expenditure", "input_share", "value_added_share"):
        np.testing.assert_allclose(getattr(world, field), getattr(built, field), 1e-9, 1e-9)
    np.testing.assert_array_equal(world.evidence, built.evidence)
    assert world.meta["notes"] == built.meta["notes"]


def test_its_economies_are_those_of_2015(world: World) -> None:
    later = load_world("world-2015")
    # Montenegro was one state with Serbia.
    assert set(later.countries) - set(world.countries) == {"MNE"}
    assert not set(world.countries) - set(later.countries)
    assert world.country_name("SRB") == "Serbia and Montenegro"


def test_trade_and_value_added_are_near_their_sources(world: World) -> None:
    frame = deviations(world).set_index(["country", "item"])
    for code, published in (("IRN", 59.98e3), ("BLR", 15.92e3), ("RUS", 241.4e3)):
        row = frame.loc[(code, "goods exports")]
        assert row["source"] == pytest.approx(published, rel=2e-3)
        assert row["world"] == pytest.approx(published, rel=0.02)
    relative = frame.xs("value added", level="item")["relative"]
    assert relative.abs().max() < 1e-9
    exports = frame.xs("goods exports", level="item")
    far = exports[(exports["relative"].abs() > 0.1) & (exports["source"] > 1e4)]
    assert set(far.index) <= {"HKG", "SGP", "NLD", "BEL", "CHE", "LUX", "IRL"}


def test_it_says_what_stands_in_for_2005(world: World) -> None:
    console = Console(width=100, file=io.StringIO(), force_terminal=False)
    console.print(check_page(world))
    shown = " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]
    assert "goods split (2011)" in shown
    assert "input share (2014)" in shown
    assert any("stand in for 2005" in note for note in world.meta["notes"])


def test_only_years_with_tables_can_be_built() -> None:
    assert [choices(year).name for year in YEARS] == ["world-2005", "world-2015"]
    with pytest.raises(DataError, match="2005 and 2015, not of 2010"):
        choices(2010)


def test_nameless_trade_is_read_by_the_partners_continent() -> None:
    trade = pd.DataFrame(
        {
            "exporter": ["VEN", "?", "DEU", "DEU"], "importer": ["?", "ITA", "?", "ITA"],
            "section": [3, 6, 7, 7], "value": [5.0, 1.0, 2.0, 9.0],
        }
    )  # fmt: skip
    continents = pd.Series({"VEN": "America", "ITA": "Europe", "DEU": "Europe"})
    read = with_named(trade, continents, choices(2005))
    assert read["importer"].tolist() == ["CUW", "ITA", "SRB", "ITA"]
    assert read["exporter"].tolist() == ["VEN", "SRB", "DEU", "DEU"]
    assert read["value"].sum() == trade["value"].sum()


def test_nameless_rows_are_kept_only_on_demand(rawdata: Path) -> None:
    dropped, kept = unctad.tidy(rawdata, 2005), unctad.tidy(rawdata, 2005, keep_nameless=True)
    gained = kept["value"].sum() - dropped["value"].sum()
    lost = dropped.attrs["dropped"] - kept.attrs["dropped"]
    # The dropped value also counts the totals, which are rows of their own.
    assert gained == pytest.approx(lost, rel=1e-6)
    assert "?" in set(kept["importer"]) - set(dropped["importer"])


def test_undivided_industry_takes_the_proportions_of_another_year() -> None:
    accounts = pd.DataFrame(
        {"industry": [100.0], "manufacturing": [100.0], "mining_utilities": [0.0]}, index=["TJK"]
    )
    other = pd.DataFrame({"industry": [200.0], "manufacturing": [150.0]}, index=["TJK"])
    result = with_mining(accounts, other, ["TJK"])
    assert result.loc["TJK", ["manufacturing", "mining_utilities"]].tolist() == [75.0, 25.0]
    assert with_mining(accounts, other, []).equals(accounts)


def test_sudan_is_undivided_while_it_was(rawdata: Path) -> None:
    assert un_accounts.tidy(rawdata, 2005).loc["SDN", "value_added"] == pytest.approx(
        33605, rel=1e-3
    )
    assert un_accounts.tidy(rawdata, 2015).loc["SDN", "value_added"] == pytest.approx(
        83933, rel=1e-3
    )
