"""Backcasts: what is forecast; what ships is what is computed; words follow the numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hansa as hs
from hansa.errors import ConvergenceError, DataError
from hansa.policy.senders import SENDERS, eu_members
from hansa.shock import Shock
from hansa.study.backcasts import iran, iran_results, misses, russia, shipped_backcasts, words
from hansa.study.backcasts import results as results_module
from hansa.study.backcasts.case import UNPLACED, Case, points_table, score_table
from hansa.study.backcasts.forecasts import gravity_hats, grown, model_hats
from hansa.study.backcasts.page import backcast_page
from hansa.study.backcasts.trade import FLOWS, recorded_trade, shipped_trade, write_table
from worlds import random_world


@pytest.fixture(scope="module")
def world() -> hs.World:
    return hs.load_world("world-2005")


@pytest.fixture(scope="module")
def found(world: hs.World):
    return iran_results(shipped_trade(world), ["literature"], ["central"], with_placebos=False)


# ---- forecasts ------------------------------------------------------------------------------


def small() -> hs.World:
    world = random_world(np.random.default_rng(7), 4, 3, balanced=True)
    return hs.World(**{
        **{f: getattr(world, f) for f in world.__dataclass_fields__},
        "meta": {"goods": list(world.sectors[:2]), "aggregates": {}},
    })  # fmt: skip


def test_growth_is_met_whatever_the_shock() -> None:
    world = small()
    growth = np.array([1.0, 2.0, 0.7, 1.2])
    dear = Shock.trade_cost(world, hat=1.3, destination=world.countries[0])
    result = grown(world, [dear, Shock.neutral(world)], growth)
    value = result.wage.values * result.world.value_added
    goal = growth * result.world.value_added
    np.testing.assert_allclose(value / value.sum(1, keepdims=True), [goal / goal.sum()] * 2, 2e-6)


def test_no_growth_and_no_shock_change_nothing() -> None:
    world = small()
    result = grown(world, [Shock.neutral(world)], np.full(4, 3.0))
    for hats in model_hats(result, 0, world.countries[1]).values():
        np.testing.assert_allclose(hats, 1.0, rtol=1e-8)


def test_growth_that_cannot_be_met_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    world = small()
    monkeypatch.setattr("hansa.study.backcasts.forecasts.ROUNDS", 2)
    with pytest.raises(ConvergenceError, match="observed growth"):
        grown(world, [Shock.neutral(world)], np.array([1.0, 9.0, 1.0, 1.0]))


def test_model_hats_are_new_over_old_flows() -> None:
    world = small()
    a, b = world.countries[:2]
    shock = Shock.trade_cost(world, hat=1.5, destination=a, origin=b)
    result = hs.sweep(world, [shock.named("one"), shock.named("two")])
    hats = model_hats(result, 0, a)
    flow, base = result.trade(0).values, result.world.expenditure
    assert hats["imports"][1, 0] == pytest.approx(flow[0, 1, 0] / base[0, 1, 0])
    assert hats["exports"][2, 1] == pytest.approx(flow[2, 0, 1] / base[2, 0, 1])
    # Services are not compared: left alone. Between equal scenarios nothing happens.
    assert (hats["imports"][:, 2] == 1).all()
    np.testing.assert_allclose(model_hats(result, 1, a, since=0)["imports"], 1.0, rtol=1e-9)


def test_gravity_moves_flows_by_cost_and_size_alone() -> None:
    world = small()
    a, b = world.countries[:2]
    cost = Shock.trade_cost(world, hat=1.5, destination=a, origin=b).cost_array()
    hats = gravity_hats(world, cost, a, np.array([9.0, 2.0, 1.0, 1.0]))
    theta = world.trade_elasticity
    np.testing.assert_allclose(hats["imports"][1], 2 * 1.5**-theta)
    np.testing.assert_allclose(hats["exports"][1], 2.0)
    np.testing.assert_allclose(hats["imports"][2], 1.0)


# ---- Iran and the countries it is set beside ------------------------------------------------


def test_placebos_are_alike_in_size_and_were_in_no_sanctions(world: hs.World) -> None:
    others = iran.placebos(world)
    assert len(others) >= 8
    value = dict(zip(world.countries, world.value_added, strict=True))
    assert all(0.5 <= value[c] / value["IRN"] <= 2 for c in others)
    assert not set(others) & {*SENDERS, *eu_members(iran.ON), "IDN", "VEN", "PAK", "HKG", "SGP"}


def test_measures_move_from_iran_to_another(world: hs.World) -> None:
    shock = iran.measures(world, "literature", "central")
    assert iran.moved(world, shock, "IRN") is shock
    cost, there = shock.cost_array(), iran.moved(world, shock, "THA").cost_array()
    n, t, usa = (world.country(c) for c in ("IRN", "THA", "USA"))
    np.testing.assert_array_equal(there[t, usa], cost[n, usa])
    np.testing.assert_array_equal(there[t, n], cost[n, t])
    # What is left on Iran is what it takes over as a partner of the other.
    rest = [k for k in range(len(cost)) if k not in (n, t)]
    np.testing.assert_array_equal(there[n, rest], cost[t, rest])
    again = iran.moved(world, iran.moved(world, shock, "THA"), "THA").cost_array()
    np.testing.assert_array_equal(again, cost)


def test_growth_is_of_the_same_territories(world: hs.World) -> None:
    later = hs.load_world("world-2015")
    growth = iran.growth_of(world, later)
    total = later.value_added.sum() / world.value_added.sum()
    assert growth @ world.value_added / world.value_added.sum() == pytest.approx(total)
    assert growth[world.country("CHN")] > 4


def test_recorded_trade_is_what_ships(world: hs.World, rawdata: Path, tmp_path: Path) -> None:
    raw, held = recorded_trade(rawdata, ("IRN", "THA")), shipped_trade(world)
    assert set(held) == {"IRN", *iran.placebos(world)}
    for code, trade in raw.items():
        assert trade.partners == world.countries
        for flow in FLOWS:
            for side in ("before", "after"):
                a, b = getattr(trade, side)[flow], getattr(held[code], side)[flow]
                np.testing.assert_allclose(a, b, rtol=1e-5, atol=2e-3)
    sold = raw["IRN"].after["exports"]
    assert sold.sum() == pytest.approx(62.3e3, rel=1e-3)
    assert write_table(raw, tmp_path / "table.parquet").stat().st_size > 1000


def same(ours: pd.DataFrame, shipped: pd.DataFrame, tolerance: float) -> None:
    keys = [k for k in results_module._KEYS if k in ours]
    a, b = (t.set_index(keys).sort_index() for t in (ours, shipped))
    b = b.loc[a.index]
    for column in ("units", "pearson", "spearman", "slope", "rmse", "skill_nothing", "pearson_low"):
        np.testing.assert_allclose(
            a[column].astype(float), b[column].astype(float), atol=tolerance, err_msg=column
        )


def test_what_ships_of_iran_is_what_is_computed(found) -> None:
    assert len(found.scores) == 2 * 2 * 2 * 7 * 3
    same(found.scores, shipped_backcasts().scores, 2e-3)
    keys = ["forecast", "effects", "flow", "goods", "by", "unit"]
    a, b = (t.set_index(keys).sort_index() for t in (found.points, shipped_backcasts().points))
    np.testing.assert_allclose(a["predicted"], b.loc[a.index, "predicted"], atol=1e-3)


def test_scores_of_worlds_that_ship() -> None:
    for name, digest in shipped_backcasts().facts["worlds"].items():
        assert hs.load_world(name).digest == digest, f"{name} changed: `hansa backcast all --write`"


def test_what_ships_of_russia_is_what_is_computed(rawdata: Path) -> None:
    found = results_module.russia_results(rawdata, ["literature"], ["central"])
    same(found.scores, shipped_backcasts().scores, 2e-3)
    assert found.points.empty
    shipped = pd.DataFrame(shipped_backcasts().facts["misses"])
    assert found.facts["misses"] == shipped[shipped["effects"].isin(["", "literature"])].to_dict(
        "records"
    )


def test_nothing_of_comtrade_ships() -> None:
    shipped = shipped_backcasts()
    assert set(shipped.points["country"]) == {"IRN"}
    columns = set(pd.DataFrame(shipped.facts["misses"]).columns)
    assert columns == {
        "country", "when", "effects", "strength", "forecast", "flow", "goods", "unit", "said",
    }  # fmt: skip


def test_russia_needs_the_raw_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hansa.study.backcasts.trade.base.find_data", lambda: None)
    with pytest.raises(DataError, match="backcast of Russia needs the raw tables"):
        results_module.russia_results()


def test_chapters_divide_over_sectors() -> None:
    share = russia.chapter_sectors(("27", "84", "84c", "85", "30"))
    np.testing.assert_allclose(share.sum(axis=1), 1.0)
    world = hs.load_world()
    assert share[0, world.sector("fuels")] > 0.9
    assert share[4, world.sector("pharma")] > 0.9


# ---- cases ----------------------------------------------------------------------------------


def a_case(hat: float) -> Case:
    random = np.random.default_rng(0)
    partners, sectors = tuple(f"P{k:02d}" for k in range(12)), ("fuels", "other")
    before = {f: random.random((12, 3, 2)) + 0.1 for f in FLOWS}
    hats = {f: np.exp(random.standard_normal((12, 2)) * hat) for f in FLOWS}
    after = {f: before[f] * hats[f][:, None, :] * 3 for f in FLOWS}
    return Case(
        "XXX", "literature", "central", "2000-2010", partners, sectors, ("a", "b", UNPLACED),
        before, [after], [{"model-sanctions": hats, "gravity-sanctions": hats}],
    )  # fmt: skip


def test_a_case_that_comes_out_as_forecast_scores_fully() -> None:
    table = score_table(a_case(0.5), draws=0)
    model = table[table["forecast"] == "model-sanctions"]
    assert model["pearson"].min() == pytest.approx(1)
    assert model["skill_nothing"].min() == pytest.approx(1)
    nothing = table[table["forecast"] == "nothing"]
    assert (nothing["effects"] == "").all()
    assert nothing["skill_nothing"].abs().max() < 1e-9


def test_what_is_not_specified_is_in_no_section() -> None:
    shares = a_case(0.5).shares("nothing", "exports", "all goods", "section")
    assert shares.before[2] == shares.actual[2] == 0
    assert shares.before.sum() == pytest.approx(1)
    whole = a_case(0.5)
    fuels = whole.shares("nothing", "exports", "without fuels", "partner")
    other = whole.before["exports"][:, :, 1].sum(axis=1)
    np.testing.assert_allclose(fuels.before, other / other.sum())


def test_years_are_averaged_as_shares() -> None:
    one = a_case(0.5)
    big = {f: v * 100 for f, v in one.after[0].items()}
    both = Case(**{**one.__dict__, "after": [one.after[0], big], "hats": one.hats * 2})
    for flow in FLOWS:
        a, b = (c.shares("model-sanctions", flow, "all goods", "partner") for c in (one, both))
        np.testing.assert_allclose(a.actual, b.actual)


# ---- words ----------------------------------------------------------------------------------


def test_the_most_missed_are_found_by_rule() -> None:
    table = points_table(a_case(0.0), ["model-sanctions"])
    table.loc[(table["unit"] == "P03") & (table["by"] == "partner"), "predicted"] += 2.0
    found = misses(table)
    assert set(found["unit"]) == {"P03"}
    assert set(found["said"]) == {"too high"}
    assert misses(points_table(a_case(0.0), ["model-sanctions"])).empty


@pytest.mark.parametrize("country", ["IRN", "RUS"])
@pytest.mark.parametrize("flow", FLOWS)
def test_sentences_say_what_the_scores_say(country: str, flow: str) -> None:
    shipped = shipped_backcasts()
    row = words.row_of(
        shipped, country, "literature", by="partner", flow=flow, forecast="model-sanctions"
    )
    said = words.verdict(shipped, country, flow, {country: "Somewhere"})
    side = "below" if row["skill_nothing"] > 0 else "above"
    assert f"{100 * abs(row['skill_nothing']):.0f} % {side} that of a forecast" in said
    assert f"Somewhere's {flow}" in said
    assert f"{row['pearson']:.2f}" in said
    assert ("moves too little" in said) == (row["slope"] > 1.25)
    grew = words.growth_words(shipped, country, flow)
    both = words.row_of(
        shipped, country, "literature", by="partner", flow=flow, forecast="model-both"
    )
    assert ("error smaller" in grew) == (both["rmse"] < row["rmse"])


def test_the_pages_show_the_shipped_scores() -> None:
    from io import StringIO

    from rich.console import Console

    console = Console(width=100, file=StringIO(), force_terminal=False)
    console.print(backcast_page(shipped_backcasts()))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "model, sanctions and growth" in shown
    assert "2013 to 2016-2019, imports by partner" in shown
    assert "never under sanctions" in " ".join(shown.split())


def test_writing_keeps_what_was_not_computed(found, tmp_path: Path) -> None:
    shipped = shipped_backcasts()
    results_module.write_shipped([shipped], folder=tmp_path)
    results_module.write_shipped([found], folder=tmp_path)
    again = shipped_backcasts(tmp_path)
    assert set(again.scores["country"]) == set(shipped.scores["country"])
    assert again.facts["misses"] == shipped.facts["misses"]
    with pytest.raises(DataError, match="backcast all --write"):
        shipped_backcasts(tmp_path / "empty")
