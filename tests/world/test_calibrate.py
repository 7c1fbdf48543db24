"""The calibration: each step by its own law, and the embedded world against its sources."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hansa.errors import DataError
from hansa.world.build import Calibration, calibrate, to_world
from hansa.world.calibrate_accounts import Costs, demand_composition, group_totals
from hansa.world.calibrate_balance import ras, use_tables
from hansa.world.calibrate_proxies import mix, proxy_weights
from hansa.world.calibrate_reexports import direct_flows, reroute
from hansa.world.calibrate_services import divide, service_totals
from hansa.world.calibrate_supply import (
    EXPORT_CAP,
    HOME_FLOOR,
    Trade,
    fit_value_added,
    most_made,
    output_floor,
    supply,
    table_reexports,
)
from hansa.world.calibrate_technology import mining_split, product_map
from hansa.world.calibrate_theta import elasticities
from hansa.world.calibrate_trade import (
    FUELS_BURNT,
    absorbable,
    chapter_weights,
    fit_sections,
    sector_of,
    with_computers,
    without_transit,
)
from hansa.world.deviations import deviations, summarise
from hansa.world.load import load_world
from hansa.world.regions import Regions
from hansa.world.sectors import GROUPS, sectors
from hansa.world.sectors import settings as yaml_settings
from hansa.world.world import EVIDENCE, World

NAMES = sectors()
positive = st.floats(0.01, 100.0)


def seeds() -> st.SearchStrategy[np.random.Generator]:
    return st.integers(0, 2**32 - 1).map(np.random.default_rng)


# ---- balancing --------------------------------------------------------------------------


@given(arrays(np.float64, (2, 3, 4), elements=positive), seeds())
@settings(max_examples=40, deadline=None)
def test_ras_meets_its_margins_and_only_scales(prior: np.ndarray, rng: np.random.Generator) -> None:
    rows = rng.uniform(0.1, 10, (2, 3))
    columns = rng.uniform(0.1, 10, (2, 4))
    columns *= (rows.sum(axis=1) / columns.sum(axis=1))[:, None]
    table = ras(prior, rows, columns)
    np.testing.assert_allclose(table.sum(axis=2), rows, rtol=1e-9)
    np.testing.assert_allclose(table.sum(axis=1), columns, rtol=1e-9)
    # Least relative entropy: the log of what changed is a row effect plus a column effect.
    change = np.log(table / prior)
    mixed = change[:, 1:, 1:] - change[:, :1, 1:] - change[:, 1:, :1] + change[:, :1, :1]
    assert np.abs(mixed).max() < 1e-8


def test_ras_keeps_zeros_and_refuses_what_cannot_be_met() -> None:
    prior = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    table = ras(prior, np.array([[3.0, 4.0]]), np.array([[3.0, 4.0]]))
    assert table[0].tolist() == [[3.0, 0.0], [0.0, 4.0]]
    with pytest.raises(DataError, match="no table meets the margins"):
        ras(prior, np.array([[3.0, 4.0]]), np.array([[4.0, 3.0]]), steps=50)
    with pytest.raises(DataError, match="margins that differ"):
        ras(prior, np.array([[3.0, 4.0]]), np.array([[3.0, 5.0]]))


@given(seeds())
@settings(max_examples=20, deadline=None)
def test_use_tables_exhaust_supply(rng: np.random.Generator) -> None:
    inputs = rng.uniform(0.1, 1, (2, 3, 3))
    final = rng.dirichlet(np.ones(3), 2)
    cost = rng.uniform(0.5, 2, (2, 3))
    supply_ = rng.uniform(1, 3, (2, 3))
    supply_ *= (1.5 * cost.sum(axis=1) / supply_.sum(axis=1))[:, None]
    use, rest = use_tables(inputs, final, supply_, cost)
    np.testing.assert_allclose(use.sum(axis=1), cost, rtol=1e-14)
    np.testing.assert_allclose(use.sum(axis=2) + rest, supply_, rtol=1e-12)
    assert (rest > 0).all()
    with pytest.raises(DataError, match="no final demand"):
        use_tables(inputs, final, 0.5 * supply_, cost)


# ---- re-exports -------------------------------------------------------------------------


@given(seeds(), st.floats(0.1, 5.0))
@settings(max_examples=60, deadline=None)
def test_direct_flows_keep_both_margins_and_no_country_sells_to_itself(
    rng: np.random.Generator, tilt: float
) -> None:
    bought, sold = rng.random(6) ** (2 * tilt), rng.random(6) ** (2 * tilt)
    bought, sold = bought / bought.sum(), sold / sold.sum()
    largest = (bought + sold).max()
    assume(largest > 1 or largest < 0.99)  # in between scaling is slow
    flows, returned = direct_flows(bought, sold)
    assert np.diag(flows).max() == 0
    assert (returned >= 0).all()
    np.testing.assert_allclose(flows.sum(axis=1) + returned, sold, atol=1e-7)
    np.testing.assert_allclose(flows.sum(axis=0) + returned, bought, atol=1e-7)
    # Only what has no other buyer returns.
    assert returned.sum() <= max((bought + sold).max() - 1, 0) + 1e-12


@given(seeds())
@settings(max_examples=40, deadline=None)
def test_rerouting_changes_no_total_but_the_hubs(rng: np.random.Generator) -> None:
    flows = rng.uniform(1, 10, (6, 6, 2))
    taken = np.zeros((6, 2))
    taken[2, 0] = 0.5 * min(
        flows[:, 2, 0].sum() - flows[2, 2, 0], flows[2, :, 0].sum() - flows[2, 2, 0]
    )
    step = reroute(flows, taken)
    own = np.arange(6)
    np.testing.assert_allclose(step.flows[own, own], flows[own, own])
    out = step.flows.sum(axis=0) - flows.sum(axis=0)
    into = step.flows.sum(axis=1) - flows.sum(axis=1)
    np.testing.assert_allclose(out, -taken - step.returned, atol=1e-8)
    np.testing.assert_allclose(into, -taken - step.returned, atol=1e-8)
    assert (step.flows >= 0).all()
    np.testing.assert_array_equal(step.flows[:, :, 1], flows[:, :, 1])


def test_goods_that_come_back_leave_both_sides() -> None:
    # All the hub sells goes to the country it bought from.
    flows = np.zeros((3, 3, 1))
    flows[0, 1, 0], flows[1, 0, 0] = 10.0, 8.0
    step = reroute(flows, np.array([[8.0], [0.0], [0.0]]))
    assert step.returned[:, 0].tolist() == [0.0, 8.0, 0.0]
    assert step.flows[0, 1, 0] == pytest.approx(2.0)
    assert step.flows[1, 0, 0] == pytest.approx(0.0)


# ---- goods ------------------------------------------------------------------------------


def test_the_correspondence_is_whole() -> None:
    chapters = list(yaml_settings("sectors.yaml")["chapters"])
    weight, sector = chapter_weights(chapters), sector_of(chapters, NAMES)
    assert (weight >= 0).all()
    shares = [
        sum(c["sections"].values()) for c in yaml_settings("sectors.yaml")["chapters"].values()
    ]
    np.testing.assert_allclose(shares, 1.0)
    assert (sector < len(NAMES.goods)).all()
    assert set(np.unique(sector)) == set(range(len(NAMES.goods)))
    column = {c: k for k, c in enumerate(chapters)}
    assert NAMES.codes[sector[5, column["30"]]] == "pharma"
    assert NAMES.codes[sector[5, column["31"]]] == "fertilisers"
    assert NAMES.codes[sector[2, column["26"]]] == "crude_ores"
    # A whole section is one sector, whatever the chapter.
    assert set(sector[3]) == {NAMES.position("fuels")}


@given(seeds())
@settings(max_examples=30, deadline=None)
def test_fitted_sections_are_the_observed_ones(rng: np.random.Generator) -> None:
    sections = rng.lognormal(3, 2, 10)
    chapters = rng.lognormal(3, 2, 7)
    weight = rng.random((10, 7)) * (rng.random((10, 7)) < 0.5)
    weight[9] = 0.01
    possible = weight.sum(axis=1) > 0
    table = fit_sections(sections, chapters, weight)
    np.testing.assert_allclose(table.sum(axis=1)[possible], sections[possible], rtol=1e-12)
    assert (table[weight == 0] == 0).all()


def test_computers_leave_machinery_and_nothing_is_lost() -> None:
    raw = pd.DataFrame({"84": [10.0, 10.0, 0.0], "85": [0.0, 30.0, 0.0]}, index=["A", "B", "C"])
    split = with_computers(raw)
    np.testing.assert_allclose(split["84"] + split["84c"], raw["84"])
    assert split.loc["A", "84c"] == 0
    assert 0 < split.loc["B", "84c"] < 10


def test_fuels_beyond_what_a_port_can_burn_go_to_other_customers() -> None:
    # Exporter 2 ships 50 to port 0 (value added 100), 30 and 10 to countries 1 and 3.
    flows = np.zeros((4, 4))
    flows[0, 2], flows[1, 2], flows[3, 2], flows[3, 0] = 50.0, 30.0, 10.0, 8.0
    value_added = np.array([100.0, 1000.0, 1000.0, 1000.0])
    moved, lost = without_transit(flows, value_added)
    np.testing.assert_allclose(moved.sum(axis=0), flows.sum(axis=0))
    assert moved[0, 2] - moved[3, 0] == pytest.approx(100 * FUELS_BURNT)
    np.testing.assert_allclose(moved[[1, 3], 2], [30 * 70 / 40, 10 * 70 / 40])
    np.testing.assert_allclose(lost, [30.0, 0.0, 0.0, 0.0])
    # With nobody else to sell to, the exporter keeps its port.
    alone = np.zeros((2, 2))
    alone[0, 1] = 50.0
    np.testing.assert_allclose(without_transit(alone, value_added[:2])[0], alone)


def test_only_what_cannot_be_absorbed_is_taken_off_imports() -> None:
    flows = np.zeros((2, 2, 1))
    flows[0, 1, 0], flows[1, 0, 0] = 100.0, 10.0
    nothing = np.zeros(2)
    value_added = np.array([100.0, 1000.0])
    kept = absorbable(flows, np.array([90.0, -90.0]), nothing, value_added)
    assert kept.tolist() == [1.0, 1.0]
    kept = absorbable(flows, np.array([0.0, 0.0]), nothing, value_added)
    # Deficit 90, of which 15 may stand.
    np.testing.assert_allclose(kept, [0.25, 1.0])


# ---- accounts and output ----------------------------------------------------------------


@given(seeds())
@settings(max_examples=40, deadline=None)
def test_value_added_meets_groups_and_floors(rng: np.random.Generator) -> None:
    count = len(NAMES.activities)
    share = rng.uniform(0.2, 0.8, count)
    prior = rng.lognormal(0, 1, count)
    totals = rng.uniform(50, 100, len(GROUPS))
    made = fit_value_added(prior, share, np.zeros(len(NAMES.codes)), totals, NAMES)
    output = np.bincount(NAMES.activity_sector, made / share, len(NAMES.codes))
    # What the economy makes anyway, a little unevenly raised, can be made.
    floor = output * rng.uniform(0.0, 0.9, len(output))
    floor[NAMES.position("machinery")] = 1.1 * output[NAMES.position("machinery")]
    value = fit_value_added(prior, share, floor, totals, NAMES)
    np.testing.assert_allclose(np.bincount(NAMES.activity_group, value), totals, rtol=1e-12)
    output = np.bincount(NAMES.activity_sector, value / share, len(NAMES.codes))
    assert (output >= floor * (1 - 1e-4)).all()


def test_the_floor_leaves_something_at_home() -> None:
    exports, imports = np.array([90.0, 0.0, 5.0]), np.array([0.0, 99.0, 1000.0])
    floor = output_floor(exports, imports)
    assert floor[0] == pytest.approx(100.0)
    home = floor - exports
    assert (home >= HOME_FLOOR * (home + imports) - 1e-12).all()
    assert EXPORT_CAP == 0.9


def _economy(group_value: float) -> tuple[Costs, np.ndarray, np.ndarray]:
    """One economy without a table, each group of the given value added, evenly divided."""
    count = len(NAMES.activities)
    totals = np.full((1, len(GROUPS)), group_value)
    sizes = np.bincount(NAMES.activity_group, minlength=len(GROUPS))
    composition = (1 / sizes[NAMES.activity_group])[None]
    inputs = np.full((1, len(NAMES.codes), count), 0.6 / len(NAMES.codes))
    costs = Costs(
        value_added_share=np.full((1, count), 0.4),
        composition=composition,
        size=composition / len(GROUPS),
        inputs=inputs,
        final=np.full((1, len(NAMES.codes)), 1 / len(NAMES.codes)),
        own=np.array([False]),
    )
    return costs, totals, totals[:, NAMES.activity_group] * composition


def test_a_hub_passes_on_what_it_cannot_have_made() -> None:
    costs, totals, prior = _economy(100.0)
    exports = np.zeros((1, len(NAMES.codes)))
    imports = np.full((1, len(NAMES.codes)), 5.0)
    electronics = NAMES.position("electronics")
    exports[0, electronics], imports[0, electronics] = 1000.0, 1100.0
    none = np.zeros_like(exports)
    found = supply(totals, prior, costs, Trade(exports, imports, none, none), NAMES)
    np.testing.assert_allclose(NAMES.by_group(found.value_added), totals, rtol=1e-9)
    left = exports - found.reexports
    output = NAMES.by_sector(found.output)
    assert 0 < left[0, electronics] <= EXPORT_CAP * output[0, electronics] * 1.001
    assert found.reexports[0, electronics] > 300
    assert found.cut.max() == 0
    assert np.count_nonzero(found.reexports) == 1


def test_a_producer_passes_on_nothing() -> None:
    costs, totals, prior = _economy(100.0)
    exports = np.full((1, len(NAMES.codes)), 5.0)
    none = np.zeros_like(exports)
    found = supply(totals, prior, costs, Trade(exports, exports, none, none), NAMES)
    assert found.reexports.max() == 0
    assert (found.thinned == 1).all()


def test_exports_nobody_can_have_supplied_are_cut() -> None:
    costs, totals, prior = _economy(100.0)
    exports, none = np.zeros((1, len(NAMES.codes))), np.zeros((1, len(NAMES.codes)))
    pharma = NAMES.position("pharma")
    exports[0, pharma] = 5000.0
    found = supply(totals, prior, costs, Trade(exports, none, none, none), NAMES)
    assert found.reexports.max() == 0
    assert found.cut[0, pharma] > 1000
    np.testing.assert_allclose(NAMES.by_group(found.value_added), totals, rtol=1e-9)


def test_classifications_that_disagree_are_not_reexports() -> None:
    """Too many machines and too few electronics are one industry read twice."""
    count = len(NAMES.activities)
    prior, share = np.full(count, 10.0), np.full(count, 0.5)
    exports, room = np.zeros(len(NAMES.codes)), np.full(len(NAMES.codes), 1e3)
    most = np.ones(len(NAMES.codes))
    exports[NAMES.position("machinery")] = 35.0  # made: 20
    assert table_reexports(prior, share, exports, room, most, NAMES).max() == 0
    exports[NAMES.position("electronics")] = 15.0
    found = table_reexports(prior, share, exports, room, most, NAMES)
    assert found[NAMES.position("machinery")] == pytest.approx(10.0)
    assert found[NAMES.position("electronics")] == 0


def test_a_hub_is_known_by_its_table() -> None:
    share = np.full((2, 3), 0.4)
    most = most_made(np.array([200.0, 110.0]), np.array([100.0, 100.0]), share)
    np.testing.assert_allclose(most[0], 0.44)
    np.testing.assert_allclose(most[1], 1.17)


def test_who_imports_all_its_cars_makes_few() -> None:
    costs, totals, prior = _economy(100.0)
    none = np.zeros(len(NAMES.codes))
    imports = none.copy()
    cars = NAMES.position("vehicles")
    args = (prior[0], costs.value_added_share[0], costs.inputs[0], costs.final[0], none)
    before = demand_composition(*args, none, totals[0], NAMES)
    imports[cars] = 60.0
    after = demand_composition(*args, imports, totals[0], NAMES)
    a = NAMES.activity("vehicles")
    assert after[a] < 0.65 * before[a]
    np.testing.assert_allclose(np.bincount(NAMES.activity_group, after), totals[0], rtol=1e-6)


def test_services_given_in_one_sum_are_divided() -> None:
    columns = [*GROUPS, "value_added"]
    accounts = pd.DataFrame(
        [[10, 5, 20, 5, 10, 10, 40, 100], [10, 5, 20, 5, np.nan, np.nan, 60, 100]],
        index=["AAA", "BBB"], columns=columns, dtype=float,
    )  # fmt: skip
    where = Regions(
        codes=("AAA", "BBB"), place={"AAA": "AAA", "BBB": "BBB"}, aggregates={}, names={},
        left_out={},
    )  # fmt: skip
    costs, _, _ = _economy(1.0)
    totals = group_totals(accounts, where, np.repeat(costs.size, 2, axis=0), NAMES)
    np.testing.assert_allclose(totals[0], accounts.loc["AAA", list(GROUPS)])
    np.testing.assert_allclose(totals[1, 4:], 20.0)
    np.testing.assert_allclose(totals.sum(axis=1), 100.0)


# ---- services, proxies, elasticities ----------------------------------------------------


def test_services_trade_balances_over_the_world_and_has_a_floor() -> None:
    goods = np.array([50.0, 100.0])
    found = service_totals(np.array([80.0, 90.0]), np.array([60.0, 120.0]), goods, goods)
    assert found.exports.sum() == pytest.approx(found.imports.sum())
    assert found.floored_exports.tolist() == [False, True]
    assert found.exports[1] == pytest.approx(found.scale_exports * 0.05 * 90)


@given(seeds())
@settings(max_examples=30, deadline=None)
def test_divided_services_respect_capacity(rng: np.random.Generator) -> None:
    total, size, pull = rng.uniform(0, 30, 4), rng.uniform(0, 10, (4, 3)), rng.random(3) + 0.01
    most = np.array([0.7, 0.7, 0.07])
    result = divide(total, size, pull, most)
    assert (result <= most * size + 1e-9).all()
    np.testing.assert_allclose(result.sum(axis=1), np.minimum(total, (most * size).sum(axis=1)))


def test_proxies_are_the_nearest_and_sum_to_one() -> None:
    rng = np.random.default_rng(1)
    codes = ["DEU", "POL", "RUS", "TUR", "BRA", "XXA", "XXB", "IRN"]
    tables = ["DEU", "POL", "RUS", "TUR", "BRA", "MEX", "IDN"]
    feature = rng.normal(size=(9, 7))
    feature[5] = feature[1] + 1e-3
    codes = [*codes[:7], "IRN", "MEX"]
    features = np.vstack([feature, rng.normal(size=(1, 7))])
    weights = proxy_weights([*codes, "IDN"], tables, features)
    assert weights["DEU"] == {"DEU": 1.0}
    assert max(weights["XXA"], key=weights["XXA"].get) == "POL"
    assert weights["IRN"]["RUS"] == pytest.approx(0.35)
    for mixture in weights.values():
        assert sum(mixture.values()) == pytest.approx(1.0, abs=1e-9)
    values = rng.random((7, 4))
    mixed = mix(weights, codes, tables, values)
    np.testing.assert_allclose(mixed[0], values[0])


def test_every_named_proxy_has_a_table(found: Calibration) -> None:
    rule = yaml_settings("proxies.yaml")
    for code, mixture in rule["named"].items():
        assert code in found.inputs.where.codes, code
        assert set(mixture) <= set(found.inputs.technology.countries), code


def test_elasticities_are_weighted_means_inside_the_bounds() -> None:
    rule = yaml_settings("elasticities.yaml")
    labels = sorted({c for s in rule["sectors"].values() for p in s.values() for c in p})
    gtap = sorted({g for s in rule["sectors"].values() for g in s})
    estimates = pd.Series(5.0, index=gtap)
    estimates["nfm"] = 40.0
    found = elasticities(estimates, np.ones(len(labels)), labels, NAMES)
    assert found.bounded == ["nfm"]
    assert found.theta[NAMES.position("pharma")] == 5
    assert 5 < found.theta[NAMES.position("metals")] < 12
    assert (found.se >= 0.2 * found.theta - 1e-12).all()
    assert found.theta[NAMES.position("public_other")] == rule["services"]["theta"]
    with pytest.raises(DataError, match="pharma names \\['bph'\\]"):
        elasticities(estimates.drop("bph"), np.ones(len(labels)), labels, NAMES)


def test_mining_divides_by_who_buys() -> None:
    refinery, smelter = mining_split("C19", NAMES), mining_split("C24", NAMES)
    assert refinery.sum() == pytest.approx(1) == smelter.sum()
    assert refinery[NAMES.position("fuels")] > 0.9 > smelter[NAMES.position("fuels")]
    by_user, final = product_map(NAMES)
    np.testing.assert_allclose(by_user.sum(axis=2), 1.0)
    np.testing.assert_allclose(final.sum(axis=1), 1.0)


# ---- the embedded world -----------------------------------------------------------------


@pytest.fixture(scope="module")
def found(rawdata: Path) -> Calibration:
    return calibrate(rawdata, lambda _: None)


@pytest.fixture(scope="module")
def built(found: Calibration) -> World:
    return to_world(found)


NEEDED = [
    "IRN", "BLR", "RUS", "VEN", "SYR", "CUB", "PRK", "MMR", "ZWE", "NIC", "AFG", "CHN",
    "IND", "KAZ", "AZE", "ARM", "KGZ", "TJK", "UZB", "TKM", "TUR", "ARE", "OMN", "IRQ",
    "PAK", "UKR", "GEO", "SRB", "USA", "GBR", "JPN", "KOR", "CAN", "AUS", "CHE", "NOR",
    "TWN", "AUT", "BEL", "BGR", "CYP", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "FRA",
    "GRC", "HRV", "HUN", "IRL", "ITA", "LTU", "LUX", "LVA", "MLT", "NLD", "POL", "PRT",
    "ROU", "SVK", "SVN", "SWE",
]  # fmt: skip


def test_the_world_has_everyone_it_must(built: World) -> None:
    assert set(NEEDED) <= set(built.countries)
    alone = [c for c in built.countries if c not in built.meta["aggregates"]]
    assert len(alone) >= 120
    assert built.sectors == NAMES.codes
    members = [m for v in built.meta["aggregates"].values() for m in v]
    assert len(members) == len(set(members))
    assert not set(members) & set(alone)


def test_the_shipped_world_is_the_one_that_is_built(built: World) -> None:
    path = resources.files("hansa.world") / "data"
    shipped = World.read(Path(str(path)) / f"{built.name}.parquet")
    assert shipped.countries == built.countries
    np.testing.assert_allclose(shipped.expenditure, built.expenditure, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(shipped.input_share, built.input_share, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(shipped.evidence, built.evidence)
    assert json.loads(json.dumps(built.meta)) == built.meta
    assert shipped.meta["proxies"] == built.meta["proxies"]


#: Of the world that ships: what is computed from it must not change unnoticed.
DIGEST_2015 = "261ca206c0e76b45d94c892e0bc1feddd2e5568d43b85f04ae85a0d003f1a03d"


def test_the_world_of_2015_is_the_one_that_all_results_rest_on() -> None:
    assert load_world("world-2015").digest == DIGEST_2015


def test_goods_exports_and_value_added_are_near_their_sources(built: World) -> None:
    frame = deviations(built).set_index(["country", "item"])
    for code, published in (("IRN", 62.3e3), ("BLR", 25.9e3), ("RUS", 290.8e3)):
        row = frame.loc[(code, "goods exports")]
        assert row["source"] == pytest.approx(published, rel=2e-3)
        assert row["world"] == pytest.approx(published, rel=0.02)
        assert frame.loc[(code, "goods imports"), "relative"] == pytest.approx(0, abs=0.02)
    relative = frame.xs("value added", level="item")["relative"]
    assert relative.abs().max() < 1e-9
    for group in GROUPS:
        part = frame.xs(f"value added {group}", level="item")["relative"].dropna()
        # The Congo's groups do not add up to its total; Ireland's manufacturing is moved.
        assert set(part[part.abs() > 1e-6].index) <= {"IRL", "COD"}
    exports = frame.xs("goods exports", level="item")
    far = exports[(exports["relative"].abs() > 0.1) & (exports["source"] > 1e4)]
    assert set(far.index) <= {
        "HKG", "SGP", "NLD", "BEL", "CHE", "LUX", "LVA", "IRL", "HUN", "LTU",
        "EST",
    }  # fmt: skip


def test_what_was_found_as_reexports_is_what_hubs_lost(found: Calibration) -> None:
    where, names = found.inputs.where, found.inputs.names
    lost = found.reexports.sum(axis=1) / found.inputs.goods.flows.sum(axis=(0, 2))
    share = dict(zip(where.codes, lost, strict=True))
    assert share["HKG"] > 0.8
    assert 0.3 < share["NLD"] < 0.6
    assert share["RUS"] == share["IRN"] == share["BLR"] == 0
    flows = found.rerouted.flows
    assert (flows[np.arange(len(flows)), np.arange(len(flows))] == 0).all()
    assert found.reexports[:, len(names.goods) :].max() == 0


def test_every_country_can_live_alone(built: World) -> None:
    own = np.arange(len(built.countries))
    home = built.expenditure[own, own]
    assert (home > 0).all()
    # Hong Kong, at the end of the last round, is a little short of the floor.
    assert (home / built.spending).min() > 0.5 * HOME_FLOOR
    assert (built.exports <= 0.95 * built.output).all()


def test_no_cell_is_absurd(built: World) -> None:
    assert (built.final_demand > 0).mean() > 0.99
    assert (built.value_added_share < 0.99).all()
    services = slice(len(NAMES.goods), None)
    abroad = built.exports[:, services].sum(axis=1) / built.value_added
    heavy = {c for c, a in zip(built.countries, abroad, strict=True) if a > 0.6}
    assert heavy <= {"LUX", "MLT", "IRL", "SGP", "MAC", "CYP", "MDV"}
    deficit = built.deficit / built.value_added
    assert np.abs(deficit).max() < 0.7
    # Countries that live off oil sell oil.
    for code in ("IRN", "IRQ", "SAU", "KWT", "AZE", "KAZ", "RUS", "VEN"):
        n = built.country(code)
        sold = built.exports[n] / built.exports[n, : len(NAMES.goods)].sum()
        assert built.sectors[int(np.argmax(built.exports[n]))] == "fuels", code
        assert sold[NAMES.position("fuels")] > 0.4


def test_evidence_is_kept_by_cell(built: World) -> None:
    observed, derived, modelled = (EVIDENCE.index(e) for e in ("observed", "derived", "modelled"))
    services = [built.sector(s) for s in built.meta["services"]]
    own = np.arange(len(built.countries))
    abroad = ~np.eye(len(own), dtype=bool)
    assert (built.evidence[abroad][:, services] == modelled).all()
    iran, russia = built.country("IRN"), built.country("RUS")
    assert built.evidence[built.country("CHN"), iran, built.sector("machinery")] == derived
    assert (built.evidence[iran, iran] == modelled).all()
    assert (built.evidence[russia, russia] == derived).all()
    fuels = built.expenditure[:, russia, built.sector("fuels")]
    seen = built.evidence[:, russia, built.sector("fuels")] == observed
    assert fuels[seen & (own != russia)].sum() > 0.5 * fuels[own != russia].sum()


def test_the_summary_has_every_item(built: World) -> None:
    summary = summarise(built)
    assert {"goods exports", "goods imports", "value added", "gdp"} <= set(summary.index)
    assert summary.loc["value added", "largest"] == pytest.approx(0, abs=1e-9)
    with pytest.raises(DataError, match="no table of deviations"):
        deviations(World(**{**vars_of(built), "meta": {}}))


def vars_of(world: World) -> dict[str, object]:
    return {f: getattr(world, f) for f in world.__dataclass_fields__}
