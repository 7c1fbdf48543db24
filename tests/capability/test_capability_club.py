"""Coverage of the lost basket by a club, complementarity, and capability as a club's rule."""

from __future__ import annotations

import doctest
import importlib
import json
import pkgutil

import numpy as np
import pytest
from capability_worlds import MEMBERS
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import hansa as hs
import hansa.capability
from hansa.capability import (
    complementarity,
    complementarity_trend,
    coverage,
    fields,
    match_measures,
    match_multipliers,
    summarise,
)
from hansa.capability.baskets import by_sector
from hansa.capability.complementarity import michaely
from hansa.capability.coverage import matched
from hansa.capability.exports import load_exports
from hansa.errors import DataError


@pytest.fixture(scope="module")
def club(world, regime):
    return coverage(world, regime, MEMBERS)


# ---- coverage ---------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 5))
def test_what_members_can_supply_is_the_largest_flow(seed, m):
    rng = np.random.default_rng(seed)
    need, offer = rng.lognormal(0, 2, (2, m, 1)) * (rng.random((2, m, 1)) < 0.8)
    pairs = [(n, i) for n in range(m) for i in range(m) if n != i]
    limits = [[float(n == k) for n, _ in pairs] for k in range(m)]
    limits += [[float(i == k) for _, i in pairs] for k in range(m)]
    bound = np.concatenate([need[:, 0], offer[:, 0]])
    best = -linprog([-1.0] * len(pairs), A_ub=limits, b_ub=bound).fun
    assert matched(need, offer)[0] == pytest.approx(best, rel=1e-9, abs=1e-9)


def test_coverage_grows_with_what_is_turned_and_has_a_ceiling(club):
    curve = club.curve()
    assert curve["share"].is_monotonic_increasing
    assert (curve["able"] <= curve["share"] + 1e-12).all()
    assert curve.loc[1.0, "share"] == pytest.approx(club.total(divertible=1.0))
    table = club.by_chapter()
    assert ((table["share"] <= table["ceiling"] + 1e-12) & (table["ceiling"] <= 1 + 1e-12)).all()
    assert table["missing_musd"].is_monotonic_decreasing
    assert table["covered_musd"].sum() / table["lost_musd"].sum() == pytest.approx(club.total())


def test_fields_are_sums_of_their_chapters(club):
    table, chapters = club.by_field(), club.by_chapter()
    for key, field in fields().items():
        assert table.loc[key, "lost_musd"] == pytest.approx(
            chapters.loc[list(field.chapters), "lost_musd"].sum()
        )
    assert table.loc["all", "share"] == pytest.approx(club.total())


def test_nobody_supplies_itself(world, regime, club):
    alone = club.by_member()
    others = club.exports[:2].sum(0)
    expected = np.minimum(0.25 * others, club.need[2]).sum() / club.need[2].sum()
    assert alone.loc["RUS", "share"] == pytest.approx(expected)
    # Belarus lost little, and Russia alone could match almost all of it.
    assert alone.loc["BLR", "share"] > 0.9 > alone.loc["RUS", "share"]


def test_outsiders_are_neither_members_nor_senders(club):
    table = club.outsiders(top=5)
    senders = {c for loss in club.losses for c in loss.senders}
    assert not set(table["supplier"]) & {*MEMBERS, *senders}
    assert table.index.tolist() == club.by_chapter().index[:5].tolist()


def test_a_club_that_is_none_is_refused(world, regime):
    for members in (["RUS"], ["RUS", "RUS"]):
        with pytest.raises(DataError, match="two members"):
            coverage(world, regime, members)
    with pytest.raises(DataError, match="for none of CUB, MMR"):
        coverage(world, regime, ["CUB", "MMR"])
    with pytest.raises(DataError, match="did you mean"):
        coverage(world, regime, ["RUS", "BLX"])


# ---- complementarity --------------------------------------------------------------------


def test_michaely_is_the_table_worked_out_by_hand():
    imports = np.array([[5.0, 5.0, 0.0], [0.0, 0.0, 2.0]])
    exports = np.array([[1.0, 1.0, 0.0], [0.0, 4.0, 4.0], [0.0, 0.0, 0.0]])
    found = michaely(imports, exports)
    np.testing.assert_allclose(found[:, :2], [[1.0, 0.5], [0.0, 0.5]])
    assert np.isnan(found[:, 2]).all()


def test_complementarity_of_the_world(world):
    index = complementarity(world, years=(2017, 2020))
    value = index.values
    own = np.arange(len(world.countries))
    assert np.isnan(value[own, own]).all()
    inside = value[~np.isnan(value)]
    assert ((inside >= 0) & (inside <= 1)).all()
    imports = world.imports[world.country("RUS"), :14]
    assert index.dims == ("destination", "origin", "year")
    sold = by_sector(2019)[load_exports().economy("IRQ"), :, :14].sum(0)
    expected = 1 - np.abs(imports / imports.sum() - sold / sold.sum()).sum() / 2
    found = float(index.sel(destination="RUS", origin="IRQ", year=2019))
    assert found == pytest.approx(expected)
    # Iraq sells nearly nothing but oil.
    assert found < 0.1
    trend = complementarity_trend(index, MEMBERS)
    row = trend[(trend["destination"] == "RUS") & (trend["origin"] == "IRN")].iloc[0]
    series = index.sel(destination="RUS", origin="IRN").values
    assert row["trend"] == pytest.approx(np.polyfit(range(4), series, 1)[0])
    others = index.sel(destination="RUS", year=2020).values
    assert row["rank"] == 1 + (others > series[-1]).sum()
    assert len(trend) == 6


def test_complementarity_by_chapter_and_without_fuels(world):
    fine = complementarity(world, years=(2019, 2019), level="chapter")
    coarse = complementarity(world, years=(2019, 2019))
    # What differs between sectors differs between chapters too, nearly: chapters split.
    pair = {"destination": "RUS", "origin": "CHN"}
    assert float(fine.sel(pair)[0]) < float(coarse.sel(pair)[0])
    without = complementarity(world, years=(2019, 2019), leave_out="fuels")
    pair = {"destination": "DEU", "origin": "SAU"}
    assert float(without.sel(pair)[0]) != pytest.approx(float(coarse.sel(pair)[0]), abs=0.01)
    with pytest.raises(DataError, match="did you mean 'fuels'"):
        complementarity(world, leave_out=["fuel"])
    with pytest.raises(DataError, match="unknown level"):
        complementarity(world, level="product")
    with pytest.raises(DataError, match="three years"):
        complementarity_trend(without)


# ---- the rule ---------------------------------------------------------------------------


def test_multipliers_have_a_value_weighted_mean_of_one(world, club):
    factor = match_multipliers(world, club).values
    at = [world.country(c) for c in MEMBERS]
    flow = world.expenditure[np.ix_(at, at)]
    off = ~np.eye(3, dtype=bool)
    weight, held = flow[off][:, :14], factor[off][:, :14]
    assert (held * weight).sum() / weight.sum() == pytest.approx(1.0)
    assert (held >= 0).all()
    assert (factor[off][:, 14:] == 1).all()
    # Russia's lost machinery: Belarus can supply more of it than Iran.
    named = match_multipliers(world, club).sel(destination="RUS", sector="machinery")
    assert float(named.sel(origin="BLR")) > float(named.sel(origin="IRN"))


def test_without_strength_the_rule_is_the_plain_one(world, club):
    measures = match_measures(world, club, nontariff=-0.10, strength=0.0)
    ours = hs.Club(MEMBERS, measures).shock(world)
    plain = hs.Club(MEMBERS, hs.Measures(nontariff=-0.10)).shock(world)
    np.testing.assert_array_equal(ours.cost_cell, plain.cost_cell)
    np.testing.assert_allclose(ours.cost_hat, plain.cost_hat, rtol=1e-12)


def test_the_rule_can_be_solved_and_is_limited(world, regime, club):
    measures = match_measures(world, club, nontariff=-0.20, largest=-0.25)
    shock = hs.Club(MEMBERS, measures).shock(world)
    assert shock.cost_hat.min() == pytest.approx(0.75)
    result = hs.solve(world, regime.then(shock))
    without = hs.solve(world, regime)
    gain = (result.welfare - without.welfare).sel(country=MEMBERS)
    assert (gain > 0).all()
    for bad in ({"strength": 1.5}, {"nontariff": -1.0}):
        with pytest.raises(DataError, match=next(iter(bad))):
            match_measures(world, club, **bad)


# ---- the whole --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def summary(world, regime):
    return summarise(world, regime, MEMBERS, horizon="long")


def test_tables_are_tidy_and_say_their_source(summary):
    tables = summary.tables()
    assert len(tables) == 13
    for name, table in tables.items():
        assert len(table) > 0, name
        assert table.index.equals(type(table.index)(range(len(table)))), name
        if name != "coverage_curve":
            assert table.attrs["source"], name
            assert table.attrs["unit"], name
    assert set(tables["lost_sectors"]["member"]) == set(MEMBERS)
    space = tables["product_space"]
    assert len(space) == 3 * len(load_exports().chapters)


def test_facts_are_plain_and_agree_with_the_tables(summary):
    facts = json.loads(json.dumps(summary.facts()))
    assert facts["share"] == pytest.approx(summary.coverage.total())
    assert facts["cannot"][0]["chapter"] == "84"
    assert all(row["share"] < 0.5 for row in facts["cannot"])
    assert all(row["share"] >= 0.8 for row in facts["can"])
    assert facts["by_field"]["food"]["share"] > facts["by_field"]["electronics"]["share"]
    assert facts["eci"]["RUS"][0][0] == 2011
    assert len(facts["pairs"]) == 6


def test_sentences_say_what_supports_and_what_speaks_against(summary):
    supports, against = summary.sentences()
    facts = summary.facts()
    assert f"{100 * facts['share']:.0f}\N{NARROW NO-BREAK SPACE}%" in supports
    assert f"{100 * facts['ceiling']:.0f}\N{NARROW NO-BREAK SPACE}%" in against
    assert "industrial machinery" in against


def test_every_example_runs():
    names = [m.name for m in pkgutil.iter_modules(hansa.capability.__path__)]
    tried = 0
    for name in names:
        module = importlib.import_module(f"hansa.capability.{name}")
        result = doctest.testmod(module)
        assert result.failed == 0, name
        tried += result.attempted
    assert tried >= 30


def test_the_command_prints_what_the_page_quotes(capsys):
    from hansa.capability.__main__ import main

    main(["BLR", "RUS", "--horizon", "long"])
    printed = capsys.readouterr().out
    for what in ("coverage_fields", "Lost(RUS", "shortage in BLR", "capability", "Even with all"):
        assert what in printed


# ---- the raw table ----------------------------------------------------------------------


def test_the_shipped_tables_are_those_the_raw_one_gives(rawdata, tmp_path):
    from pathlib import Path

    from hansa.capability import build as module

    shipped = Path(module.__file__).with_name("data")
    tables = module.build(rawdata)
    module.write(tables, tmp_path)
    for name in ("economies.csv", "chapters.csv"):
        assert (tmp_path / name).read_bytes() == (shipped / name).read_bytes()
    import pandas as pd

    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "exports.parquet"), pd.read_parquet(shipped / "exports.parquet")
    )
    assert 0 <= tables.dropped < 1e-4
    # As the publisher has it: bn USD in 2017.
    table = load_exports()
    for code, value in (("IRN", 96.8), ("BLR", 28.9), ("RUS", 358.5)):
        assert table.at(2017)[table.economy(code)].sum() / 1e3 == pytest.approx(value, abs=0.1)
