"""What must hold in every world: identities of exact hat algebra, as property tests."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.equilibrium import balance, solve, sweep
from hansa.errors import DataError
from hansa.shock import Shock
from hansa.world.world import World
from worlds import random_world

few = settings(max_examples=20, deadline=None)
seeds = st.integers(0, 10_000)


def drawn_world(seed, n, j, tariffs=True):
    """A world whose trade balances but for tariffs and small deficits."""
    return random_world(np.random.default_rng(seed), n, j, tariffs, 0.2, balanced=True)


def without_inputs(world):
    """The same flows, made by labour alone."""
    n, j = len(world.countries), len(world.sectors)
    return World.from_flows(
        name="labour", year=world.year, countries=world.countries, sectors=world.sectors,
        expenditure=world.expenditure, trade_elasticity=world.trade_elasticity,
        value_added_share=np.ones((n, j)), input_share=np.zeros((n, j, j)),
    )  # fmt: skip


def drawn_shock(world, seed, most=2.0):
    rng = np.random.default_rng(seed)
    hat = np.where(
        rng.random(world.tariff.shape) < 0.5, rng.uniform(0.6, most, world.tariff.shape), 1
    )
    own = np.arange(len(world.countries))
    hat[own, own] = 1.0
    n, i, j = np.nonzero(hat != 1)
    shock = Shock.from_costs(world, n, i, j, hat[n, i, j])
    better = Shock.productivity(world, hat=1.3, country=world.countries[0])
    return shock.then(better)


def rebuilt(world, result):
    """The World of a result: its flows are the next baseline."""
    tariff = world.tariff.copy()
    shock = result.shock(0)
    tariff.reshape(-1)[shock.tariff_cell] = shock.tariff_rate
    return World.from_flows(
        name="next", year=world.year, countries=world.countries, sectors=world.sectors,
        expenditure=result.trade().values, trade_elasticity=world.trade_elasticity,
        value_added_share=world.value_added_share, input_share=world.input_share, tariff=tariff,
        tolerance=1e-8,
    )  # fmt: skip


@few
@given(seeds, st.integers(2, 6), st.integers(1, 4), st.sampled_from(["fixed", "proportional"]))
def test_the_neutral_shock_changes_nothing(seed, n, j, rule):
    world = drawn_world(seed, n, j)
    result = solve(world, deficits=rule)
    np.testing.assert_allclose(result.welfare.values, 1.0, rtol=1e-10)
    np.testing.assert_allclose(result.wage.values, 1.0, rtol=1e-10)
    np.testing.assert_allclose(result.trade().values, world.expenditure, rtol=1e-9, atol=1e-9)


@few
@given(seeds, st.integers(2, 5), st.integers(1, 3), st.floats(0.3, 3.0))
def test_a_uniform_cost_on_everything_changes_no_share_where_labour_is_the_only_input(
    seed, n, j, hat
):
    """With inputs it does change shares: the cost piles up along chains of unequal length."""
    world = balance(without_inputs(drawn_world(seed, n, j, tariffs=False)))
    result = solve(world, Shock.trade_cost(world, hat=hat, domestic=True))
    scale = world.expenditure.max()
    np.testing.assert_allclose(result.trade().values, world.expenditure, atol=1e-8 * scale)
    np.testing.assert_allclose(result.wage.values, 1.0, rtol=1e-8)
    np.testing.assert_allclose(result.welfare.values, 1 / hat, rtol=1e-8)


@few
@given(seeds, st.integers(3, 5), st.integers(2, 3), st.randoms(use_true_random=False))
def test_order_of_countries_and_sectors_does_not_matter(seed, n, j, shuffler):
    world = drawn_world(seed, n, j)
    shock = drawn_shock(world, seed)
    p, q = list(range(n)), list(range(j))
    shuffler.shuffle(p)
    shuffler.shuffle(q)
    other = World.from_flows(
        name="permuted", year=world.year,
        countries=[world.countries[k] for k in p], sectors=[world.sectors[k] for k in q],
        expenditure=world.expenditure[np.ix_(p, p, q)], tariff=world.tariff[np.ix_(p, p, q)],
        trade_elasticity=world.trade_elasticity[q],
        value_added_share=world.value_added_share[np.ix_(p, q)],
        input_share=world.input_share[np.ix_(p, q, q)],
    )  # fmt: skip
    hats = shock.cost_array()[np.ix_(p, p, q)]
    d, o, s = np.nonzero(hats != 1)
    moved = Shock.from_costs(other, d, o, s, hats[d, o, s]).then(
        Shock.productivity(other, hat=1.3, country=world.countries[0])
    )
    a = solve(world, shock, deficits="fixed").welfare
    b = solve(other, moved, deficits="fixed").welfare
    np.testing.assert_allclose(b.sel(country=a.country).values, a.values, rtol=1e-9)


@few
@given(seeds, st.integers(2, 5), st.integers(1, 3), st.floats(1e-4, 1e4))
def test_the_unit_of_money_does_not_matter(seed, n, j, scale):
    world = drawn_world(seed, n, j)
    other = World.from_flows(
        name="scaled", year=world.year, countries=world.countries, sectors=world.sectors,
        expenditure=world.expenditure * scale, tariff=world.tariff,
        trade_elasticity=world.trade_elasticity, value_added_share=world.value_added_share,
        input_share=world.input_share,
    )  # fmt: skip
    shock = drawn_shock(world, seed)
    a, b = (solve(w, shock, deficits="fixed") for w in (world, other))
    np.testing.assert_allclose(a.welfare.values, b.welfare.values, rtol=1e-9)
    np.testing.assert_allclose(a.ev.values * scale, b.ev.values, rtol=1e-5, atol=1e-6 * scale)


@few
@given(seeds, st.integers(2, 5), st.integers(1, 3))
def test_two_shocks_are_the_second_on_the_firsts_equilibrium(seed, n, j):
    world = balance(random_world(np.random.default_rng(seed), n, j, True, 0.1, balanced=True))
    first, second = drawn_shock(world, seed), drawn_shock(world, seed + 1)
    both = solve(world, first.then(second))
    one = solve(world, first)
    two = solve(rebuilt(world, one), second)
    np.testing.assert_allclose(
        one.welfare.values * two.welfare.values, both.welfare.values, rtol=1e-7
    )


@few
@given(
    seeds,
    st.integers(2, 5),
    st.integers(1, 3),
    st.sampled_from(["balanced", "fixed", "proportional"]),
)
def test_accounts_hold_in_the_new_equilibrium(seed, n, j, rule):
    world = random_world(np.random.default_rng(seed), n, j, True, 0.1, balanced=True)
    result = solve(world, drawn_shock(world, seed), deficits=rule)
    home = result.world
    flow, new = result.trade().values, home.tariff
    sales = (flow / (1 + new)).sum(0)
    spending = flow.sum(1)
    use = np.einsum("nkj,nj->nk", home.input_share, sales)
    income = result.income.values
    np.testing.assert_allclose(
        spending - use, home.final_share * income[:, None], rtol=1e-7, atol=1e-7 * income.max()
    )
    value_added = (home.value_added_share * sales).sum(1)
    np.testing.assert_allclose(value_added, result.wage.values * home.value_added, rtol=1e-9)
    assert np.isclose(value_added.sum(), home.value_added.sum(), rtol=1e-9)
    deficit = income - value_added - result.tariff_revenue.values
    assert abs(deficit.sum()) < 1e-9 * income.sum()
    if rule == "balanced":
        np.testing.assert_allclose(
            result.exports.values, result.imports.values, rtol=1e-7, atol=1e-7 * income.max()
        )
    if rule == "fixed":
        np.testing.assert_allclose(deficit, home.deficit, atol=1e-8 * income.max())


@few
@given(seeds, st.integers(2, 5), st.integers(1, 3))
def test_a_transfer_is_received_and_paid(seed, n, j):
    world = balance(random_world(np.random.default_rng(seed), n, j, False, 0.1, balanced=True))
    amount = 0.01 * float(world.value_added.min())
    a, b = world.countries[:2]
    result = solve(world, Shock.transfers(world, {a: amount, b: -amount}))
    gap = (result.imports - result.exports).to_series()
    assert np.isclose(gap[a], amount, rtol=1e-6)
    assert np.isclose(gap[b], -amount, rtol=1e-6)
    assert float(result.welfare.sel(country=a)) > float(result.welfare.sel(country=b))


@few
@given(seeds, st.integers(3, 5), st.integers(1, 3))
def test_a_sweep_is_the_single_solutions_and_one_bad_row_spoils_nothing(seed, n, j):
    world = random_world(np.random.default_rng(seed), n, j, True, 0.1, balanced=True)
    good = [drawn_shock(world, seed + k) for k in range(3)]
    starved = Shock.trade_cost(world, hat=np.inf, destination="C00", domestic=True)
    result = sweep(world, [good[0], starved, *good[1:]], base=drawn_shock(world, seed + 9))
    assert [str(s) for s in result.status.values] == ["solved", "infeasible", "solved", "solved"]
    assert "C00" in result.messages[1]
    assert np.isnan(result.welfare.values[1]).all()
    for row, shock in zip((0, 2, 3), good, strict=True):
        alone = solve(world, drawn_shock(world, seed + 9).then(shock))
        np.testing.assert_allclose(result.welfare.values[row], alone.welfare.values, rtol=1e-9)


def test_one_sweep_has_one_deficit_rule():
    world = drawn_world(1, 3, 2)
    shocks = [Shock.neutral(world).with_deficits("fixed"), Shock.neutral(world)]
    with pytest.raises(DataError, match="one deficit rule per sweep"):
        sweep(world, shocks)
    assert sweep(world, shocks[:1]).deficits == "fixed"


def test_results_do_not_depend_on_threads_or_on_who_else_is_solved():
    world = random_world(np.random.default_rng(3), 8, 4, True, 0.1, balanced=True)
    shocks = [drawn_shock(world, k) for k in range(70)]
    one, two, again = (sweep(world, shocks, threads=t) for t in (1, 2, 2))
    for other in (two, again):
        assert np.array_equal(one.state.log_wage, other.state.log_wage)
        assert np.array_equal(one.state.spending, other.state.spending)
    few_only = sweep(world, shocks[:5])
    np.testing.assert_allclose(few_only.welfare.values, one.welfare.values[:5], rtol=1e-9)


def test_labels_units_and_years_are_there():
    world = replace(drawn_world(1, 3, 2), name="w")
    result = solve(world, deficits="fixed")
    for quantity in (result.welfare, result.real_wage, result.ev, result.residual, result.price):
        assert quantity.attrs["year"] == world.year
        assert quantity.attrs["evidence"] == "modelled"
        assert "unit" in quantity.attrs
    assert list(result.welfare.country.values) == list(world.countries)
    assert result.price.dims == ("country", "sector")
    frame = sweep(
        world, [Shock.neutral(world, "a"), Shock.neutral(world, "a")], deficits="fixed"
    ).to_frame()
    assert set(frame["scenario"]) == {"a #0", "a #1"}
