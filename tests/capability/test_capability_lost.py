"""What was lost, what a shortage costs, and who can supply it: against the equilibrium itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hansa as hs
from hansa.capability import best_suppliers, criticality, field_table, fields, lost, suppliers
from hansa.capability.baskets import by_sector, chapter_share
from hansa.capability.exports import load_exports
from hansa.capability.supply import supplies
from hansa.errors import ConvergenceError, DataError
from hansa.shock import Shock
from worlds import random_world


@pytest.fixture(scope="module")
def russia(world, regime):
    return lost(world, regime, "RUS")


# ---- baskets ----------------------------------------------------------------------------


def test_chapters_divide_over_sectors_without_rest():
    table = load_exports()
    split = by_sector(2015)
    np.testing.assert_allclose(split.sum(2), table.at(2015), rtol=1e-12)
    pharma = hs.load_world().sector("pharma")
    np.testing.assert_allclose(split[:, :, pharma].sum(1), table.at(2015)[:, table.chapter("30")])


def test_baskets_sum_to_one_for_goods(world):
    share = chapter_share(world).sum(1)
    np.testing.assert_allclose(share[:, :14], 1.0, atol=1e-12)
    assert (share[:, 14:] == 0).all()


def test_the_table_by_sector_is_near_the_world(world):
    # Two sources, one correspondence: BACI by chapter against the world built on the UN matrix.
    ours, theirs = by_sector(2015)[:, :, :14].sum(1), world.exports[:, :14]
    for code in ("DEU", "CHN", "BLR", "USA"):
        n = world.country(code)
        big = theirs[n] > 0.05 * theirs[n].sum()
        assert np.abs(ours[n, big] / theirs[n, big] - 1).max() < 0.2


def test_fields_name_chapters_that_exist_once_each():
    table = field_table()
    assert set(table["chapter"]) <= set(load_exports().chapters)
    assert not table.duplicated(["field", "chapter"]).any()
    assert set(table["grip"]) <= {"most", "some", "little"}
    assert (table["why"].str.len() > 3).all()
    for field in fields().values():
        assert not set(field.chapters) & set(field.not_counted)
        assert set(field.not_counted) <= set(load_exports().chapters)


# ---- volumes and prices -----------------------------------------------------------------


def test_without_a_shock_volumes_are_the_worlds_purchases(world):
    found = supplies(world, "RUS", [Shock.neutral(world)])
    n = world.country("RUS")
    bought = world.expenditure[n] / (1 + world.tariff[n])
    np.testing.assert_allclose(found.volume[0], bought, rtol=1e-8, atol=1e-6)
    np.testing.assert_allclose(found.price[0], 1.0, rtol=1e-8)


def test_prices_of_own_income_add_up_to_welfare(world, regime):
    # Cobb-Douglas: the product of price over income, to final shares, is one over welfare.
    found = supplies(world, "RUS", [regime])
    alpha = hs.balance(world).final_share[world.country("RUS")]
    assert np.exp(alpha @ np.log(found.price[0])) == pytest.approx(1 / found.welfare[0], rel=1e-8)


def test_volumes_are_values_at_the_prices_that_makers_ask(world, regime):
    # Independently: the maker's price from its costs, the delivered one with the regime's hat.
    result = hs.solve(world, regime)
    n, base = world.country("RUS"), result.world
    log_wage, log_price = np.log(result.wage.values), np.log(result.price.values)
    log_cost = base.value_added_share * log_wage[:, None]
    log_cost = log_cost + np.einsum("nkj,nk->nj", base.input_share, log_price)
    delivered = np.exp(log_cost) * regime.cost_array()[n]
    flow, old = result.trade().values[n], base.expenditure[n]
    hat = np.divide(flow, old, out=np.zeros_like(old), where=old > 0) / delivered
    found = supplies(world, "RUS", [regime]).volume[0]
    expected = world.expenditure[n] / (1 + world.tariff[n]) * hat
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_chapters_add_up_to_sectors(russia):
    table = russia.sectors()
    np.testing.assert_allclose(russia.lost.sum(0), table["lost_musd"])
    np.testing.assert_allclose(russia.from_senders.sum(0), table["from_senders_musd"])
    np.testing.assert_allclose(russia.imports.sum(0), table["imports_musd"])
    assert russia.by_chapter()["lost_musd"].sum() == pytest.approx(russia.total)
    assert (russia.from_senders <= russia.imports + 1e-9).all()


def test_russia_lost_most_of_what_it_bought_from_senders(russia):
    table = russia.sectors()
    assert 0.5 < russia.sender_share < 0.6
    assert table.loc["machinery", "lost_share"] > 0.7
    assert (table["price_if_shut"] >= table["price"]).all()
    assert (table["price"] > 1).all()
    assert {"USA", "DEU", "JPN", "GBR"} <= set(russia.senders)
    assert not {"CHN", "IND", "TUR", "RUS"} & set(russia.senders)


def test_what_the_world_already_carries_is_seen_against_a_world_without(world):
    regime = hs.sanctions(world, on="2024-02-19", targets=["CUB"])
    with pytest.raises(DataError, match="before=hs"):
        lost(world, regime, "CUB")
    without = hs.sanctions(world, on=None, targets=["CUB"])
    assert lost(world, regime, "CUB", before=without).senders == ("USA",)


def test_senders_can_be_named(world, regime, russia):
    german = lost(world, regime, "RUS", senders=["DEU"])
    n = world.country("DEU")
    np.testing.assert_allclose(german.before[n], russia.before[n])
    assert german.total == pytest.approx((german.before - german.after)[n].sum())
    union = lost(world, regime, "RUS", senders="EU")
    assert {"DEU", "FRA"} <= set(union.senders) <= set(russia.senders)
    with pytest.raises(DataError, match="did you mean 'DEU'"):
        lost(world, regime, "RUS", senders=["DEX"])


def test_other_sectors_are_refused():
    small = random_world(np.random.default_rng(1), 4, 3)
    with pytest.raises(DataError, match="other sectors"):
        lost(small, Shock.trade_cost(small, hat=1.2), "C00")


def test_an_equilibrium_that_is_not_found_is_an_error(world, monkeypatch):
    import hansa.capability.supply as module

    real = module.sweep

    def unsolved(*args, **options):
        from dataclasses import replace

        result = real(*args, **options)
        return replace(result, market_residual=np.full_like(result.market_residual, 1.0))

    monkeypatch.setattr(module, "sweep", unsolved)
    with pytest.raises(ConvergenceError, match="was not found"):
        supplies(world, "RUS", [Shock.neutral(world)])


# ---- criticality ------------------------------------------------------------------------


def test_criticality_is_the_derivative_of_full_solves(world):
    target, sector, step = "IRN", "machinery", 1e-4
    found = criticality(world, target, horizon="long")
    k, n, j = found.goods.index(sector), world.country(target), world.sector(sector)
    ends = []
    for sign in (1, -1):
        shock = Shock.trade_cost(world, hat=np.exp(sign * step), destination=target, sector=sector)
        result = hs.solve(world, shock)
        base = result.world
        log_cost = base.value_added_share[n] * np.log(float(result.wage[n]))
        log_cost = log_cost + base.input_share[n].T @ np.log(result.price.values[n])
        output = result.output.values[n] / np.exp(log_cost)
        volume = supplies(world, target, [shock]).volume[0][:, j]
        weight = np.delete(base.expenditure[n, :, j], n)
        old = np.delete(world.expenditure[n, :, j] / (1 + world.tariff[n, :, j]), n)
        hat = np.divide(np.delete(volume, n), old, out=np.zeros_like(old), where=old > 0)
        ends.append((np.log(float(result.welfare[n])), output, weight @ hat / weight.sum()))
    (w1, q1, v1), (w0, q0, v0) = ends
    assert found.welfare[k] == pytest.approx((w1 - w0) / (2 * step), rel=1e-4)
    assert found.volume[k] == pytest.approx((v1 - v0) / (2 * step), rel=1e-4)
    np.testing.assert_allclose(
        found.output_by_sector[k], np.log(q1 / q0) / (2 * step), rtol=2e-3, atol=1e-6
    )
    expected = (q1 - q0).sum() / q0.sum() / (2 * step)
    assert found.output[k] == pytest.approx(expected, rel=2e-3)


def test_a_shortage_costs_and_costs_more_where_origins_replace_one_another_less(world):
    far = criticality(world, "RUS", horizon="long")
    near = criticality(world, "RUS", horizon="medium")
    assert (far.welfare_per_shortage > 0).all()
    assert (near.welfare_per_dollar > far.welfare_per_dollar).all()
    table = near.to_frame()
    assert table["welfare_per_shortage"].is_monotonic_decreasing
    assert table.attrs["unit"].startswith("per cent")
    some = criticality(world, "RUS", origins=["DEU", "ITA"], horizon="long")
    assert (some.imports < far.imports).all()


def test_origins_without_anybody_abroad_are_refused(world):
    with pytest.raises(DataError, match="nobody but IRN"):
        criticality(world, "IRN", origins=["IRN"])


# ---- suppliers --------------------------------------------------------------------------


def test_suppliers_are_ranked_by_what_they_cover(russia):
    table = suppliers(russia, chapter="84", k=400)
    need = russia.by_chapter().loc["84", "lost_musd"]
    value = load_exports().at(2019)[:, load_exports().chapter("84")]
    china = load_exports().economies.index("CHN")
    row = table.loc["CHN"]
    assert row["exports_musd"] == pytest.approx(value[china])
    assert row["times"] == pytest.approx(value[china] / need)
    assert row["covers"] == 1.0
    assert table["covers"].is_monotonic_decreasing
    sectors = [russia.world.sector(s) for s in ("machinery", "electronics")]
    china = russia.world.country("CHN")
    assert row["output_musd"] == pytest.approx(russia.world.output[china, sectors].sum())
    belarus = load_exports().economies.index("BLR")
    assert table.loc["BLR", "covers"] == pytest.approx(0.25 * value[belarus] / need)
    assert not {"RUS", "XAF", *russia.senders} & set(table.index)
    assert table.loc["CHN", "dearer"] > 0 == table.loc["BLR", "dearer"]


def test_the_discount_is_the_price_at_which_demand_takes_the_lost_amount(world, russia):
    # Pharmaceuticals are one chapter and one sector, so demand can be checked by hand.
    row = suppliers(russia, chapter="30", among=["IND"], divertible=0.1).loc["IND"]
    theta = world.trade_elasticity[world.sector("pharma")]
    extra = row["covers"] * russia.by_chapter().loc["30", "lost_musd"]
    sells = russia.before[world.country("IND"), russia.goods.index("pharma")]
    assert row["sells_musd"] == pytest.approx(sells)
    more = sells * (1 - row["discount"]) ** -(theta + 1)
    assert more == pytest.approx(sells + extra)


def test_a_field_is_its_chapters_and_best_suppliers_stack(russia):
    field = suppliers(russia, field="aerospace")
    pd.testing.assert_frame_equal(field, suppliers(russia, chapter="88"))
    table = best_suppliers(russia, top=3, k=2)
    assert table["chapter"].tolist()[::2] == russia.by_chapter().index[:3].tolist()
    assert table["rank"].tolist() == [1, 2] * 3


def test_corridor_costs_come_with_or_without_labels(world, russia):
    n = len(world.countries)
    dense = np.full((n, n), 0.1)
    dense[world.country("RUS"), world.country("IND")] = 0.04
    frame = pd.DataFrame({"IND": [0.04], "CHN": [0.1]}, index=["RUS"])
    for costs in (dense, frame):
        table = suppliers(russia, costs=costs, among=["IND", "CHN", "TUR"])
        assert table.loc["IND", "corridor_cost"] == 0.04
        assert table.loc["CHN", "corridor_cost"] == 0.1
    assert np.isnan(table.loc["TUR", "corridor_cost"])
    with pytest.raises(DataError, match="expected destination x origin"):
        suppliers(russia, costs=np.zeros((2, 2)))
    with pytest.raises(DataError, match="no destination RUS"):
        suppliers(russia, costs=pd.DataFrame({"IND": [0.1]}, index=["IRN"]))


def test_bad_requests_for_suppliers_are_named(russia):
    with pytest.raises(DataError, match="not both"):
        suppliers(russia, chapter="84", field="food")
    with pytest.raises(DataError, match="did you mean 'aerospace'"):
        suppliers(russia, field="aerospase")
    with pytest.raises(DataError, match="divertible"):
        suppliers(russia, divertible=0.0)
