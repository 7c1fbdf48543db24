"""World: what it derives, what it refuses, and that nothing depends on order or units."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.errors import DataError
from hansa.world.world import World
from worlds import random_world, worlds


def parts(world: World, **changes: Any) -> dict[str, Any]:
    """The arguments that rebuild a world, with some replaced."""
    names = (
        "name", "year", "countries", "sectors", "expenditure", "tariff", "value_added_share",
        "input_share", "trade_elasticity", "trade_elasticity_se", "evidence", "meta",
    )  # fmt: skip
    return {n: getattr(world, n) for n in names} | changes


@pytest.fixture
def world() -> World:
    return random_world(np.random.default_rng(7), 4, 3)


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_identities_hold(world: World) -> None:
    assert np.allclose(world.trade_share.sum(axis=1), 1, rtol=0, atol=1e-12)
    assert np.allclose(world.final_share.sum(axis=1), 1, rtol=0, atol=1e-12)
    cost = world.value_added_share + world.input_share.sum(axis=1)
    assert np.allclose(cost, 1, rtol=0, atol=1e-12)
    assert abs(world.deficit.sum()) <= 1e-9 * world.value_added.sum()
    # Income buys final demand; what is sold is what is bought less tariffs.
    assert np.allclose(world.income, world.final_demand.sum(axis=1), rtol=1e-10)
    revenue = world.spending.sum() - world.output.sum()
    assert np.isclose(world.tariff_revenue.sum(), revenue, rtol=1e-9, atol=1e-9)
    balance = world.imports.sum(axis=1) - world.exports.sum(axis=1)
    assert np.allclose(world.deficit, balance, rtol=0, atol=1e-9 * world.value_added.sum())


@settings(max_examples=30, deadline=None)
@given(worlds(), st.integers(0, 2**32 - 1))
def test_permuting_countries_permutes_what_is_derived(world: World, seed: int) -> None:
    p = np.random.default_rng(seed).permutation(len(world.countries))
    other = World.from_flows(
        **parts(
            world,
            countries=[world.countries[k] for k in p],
            expenditure=world.expenditure[np.ix_(p, p)],
            tariff=world.tariff[np.ix_(p, p)],
            evidence=world.evidence[np.ix_(p, p)],
            value_added_share=world.value_added_share[p],
            input_share=world.input_share[p],
        )
    )
    for name in ("value_added", "final_share", "exports", "imports", "income", "modelled_share"):
        ours, theirs = getattr(world, name)[p], getattr(other, name)
        assert np.allclose(theirs, ours, rtol=1e-10, atol=1e-9 * max(1, np.abs(ours).max()))


@settings(max_examples=30, deadline=None)
@given(worlds(), st.sampled_from([1e-3, 1e3]))
def test_the_unit_of_money_does_not_matter(world: World, unit: float) -> None:
    other = World.from_flows(**parts(world, expenditure=world.expenditure * unit))
    assert np.allclose(other.value_added, world.value_added * unit, rtol=1e-12)
    assert np.allclose(other.trade_share, world.trade_share, rtol=0, atol=1e-14)
    assert np.allclose(other.final_share, world.final_share, rtol=0, atol=1e-10)


@settings(max_examples=30, deadline=None)
@given(worlds())
def test_money_costs_give_the_same_world_as_shares(world: World) -> None:
    money = parts(world, value_added_share=None, input_share=None)
    other = World.from_flows(
        **money,
        value_added=world.value_added_share * world.output,
        intermediate=world.input_share * world.output[:, None, :],
    )
    made = world.output > 0
    assert np.allclose(other.value_added_share[made], world.value_added_share[made], atol=1e-12)
    assert np.allclose(other.value_added, world.value_added, rtol=1e-10)


def test_arrays_cannot_be_written(world: World) -> None:
    with pytest.raises(ValueError, match="read-only"):
        world.expenditure[0, 0, 0] = 1.0


def test_digest_follows_numbers_and_labels_not_names(world: World) -> None:
    assert replace(world, name="other", meta={}).digest == world.digest
    theta = world.trade_elasticity.copy()
    theta[0] = np.nextafter(theta[0], 99)
    assert replace(world, trade_elasticity=theta).digest != world.digest
    assert replace(world, countries=("ZZZ", *world.countries[1:])).digest != world.digest


def test_a_country_that_buys_none_of_a_sector_buys_it_at_home(world: World) -> None:
    x = world.expenditure.copy()
    x[:, :, 1] = 0.0
    inputs = world.input_share.copy()
    inputs[:, 1, :] = 0.0
    # Nobody makes or uses sector 1: its labour-only cost shares are set by the World.
    va = 1 - inputs.sum(axis=1)
    other = World.from_flows(
        **parts(world, expenditure=x, value_added_share=va, input_share=inputs)
    )
    assert (other.trade_share[np.arange(4), np.arange(4), 1] == 1).all()
    assert (other.value_added_share[:, 1] == 1).all()


# ---- refusals ---------------------------------------------------------------------------


def broken(world: World, field: str, at: tuple[int, ...], value: float) -> dict[str, Any]:
    array = getattr(world, field).copy()
    array[at] = value
    return parts(world, **{field: array})


@pytest.mark.parametrize(
    ("field", "at", "value", "says"),
    [
        ("expenditure", (1, 2, 0), -5.0, ["expenditure", "C01", "C02", "s0", "-5"]),
        ("expenditure", (1, 2, 0), np.nan, ["expenditure", "C01", "C02", "s0"]),
        ("tariff", (0, 3, 2), -1.5, ["tariff", "C00", "C03", "s2", "-1.5"]),
        ("trade_elasticity", (1,), -4.0, ["theta", "> 0", "s1", "-4"]),
        ("value_added_share", (2, 1), 0.95, ["sum to one", "C02", "s1"]),
        ("value_added_share", (2, 1), -0.1, ["value added", "not negative", "C02", "s1"]),
        ("input_share", (3, 0, 2), -0.2, ["input s0", "not negative", "C03", "s2", "-0.2"]),
    ],
)
def test_a_bad_number_is_refused_by_place_and_size(
    world: World, field: str, at: tuple[int, ...], value: float, says: list[str]
) -> None:
    if field == "value_added_share" and value > 0:
        value = float(world.value_added_share[at]) + 0.01
        says = [*says, "0.01"]
    with pytest.raises(DataError) as caught:
        World.from_flows(**broken(world, field, at, value))
    for word in says:
        assert word in str(caught.value)


def test_use_beyond_spending_is_refused(world: World) -> None:
    x = world.expenditure.copy()
    x[1, :, 2] *= 1e-3  # C01 now spends less on s2 than its industries use
    with pytest.raises(DataError, match=r"final demand would be negative.*C01.*s2"):
        World.from_flows(**parts(world, expenditure=x))


def test_money_costs_must_add_up_to_output(world: World) -> None:
    va = world.value_added_share * world.output
    va[0, 1] *= 1.001
    money = parts(world, value_added_share=None, input_share=None)
    with pytest.raises(DataError, match=r"output must equal its cost.*C00.*s1"):
        World.from_flows(
            **money, value_added=va, intermediate=world.input_share * world.output[:, None, :]
        )


def test_shares_nearly_one_are_renormalised_exactly(world: World) -> None:
    off = parts(world, value_added_share=world.value_added_share * (1 + 4e-7))
    fixed = World.from_flows(**off)
    cost = fixed.value_added_share + fixed.input_share.sum(axis=1)
    assert np.abs(cost - 1).max() < 1e-15


def test_repeated_codes_wrong_shapes_and_double_costs_are_refused(world: World) -> None:
    with pytest.raises(DataError, match=r"unique.*C01"):
        World.from_flows(**parts(world, countries=["C00", "C01", "C01", "C03"]))
    with pytest.raises(DataError, match=r"expenditure has shape \(3, 3, 3\)"):
        World.from_flows(**parts(world, expenditure=world.expenditure[:3, :3]))
    with pytest.raises(DataError, match="not both"):
        World.from_flows(
            **parts(world), value_added=world.value_added_share, intermediate=world.input_share
        )


def test_unknown_labels_name_the_nearest_and_the_aggregate(world: World) -> None:
    with pytest.raises(DataError, match=r"unknown country 'c01'; did you mean 'C01'"):
        world.country("c01")
    with pytest.raises(DataError, match="XBB is part of the aggregate C03"):
        world.country("XBB")
    with pytest.raises(DataError, match="unknown sector 's9'"):
        world.sector("s9")
    assert world.country("C02") == 2
    assert world.sector_name("s1") == "s1"


def test_modelled_share_counts_both_directions() -> None:
    world = random_world(np.random.default_rng(3), 3, 2, tariffs=False, zeros=0.0)
    evidence = np.zeros((3, 3, 2), dtype=np.int8)
    evidence[0, 1, :] = 2
    other = World.from_flows(**parts(world, evidence=evidence))
    flow = world.expenditure[0, 1].sum()
    total = world.exports.sum(axis=1) + world.imports.sum(axis=1)
    assert np.allclose(other.modelled_share, [flow / total[0], flow / total[1], 0])
