"""The bulk engine for clubs: its operators, residuals and results are those of the equations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.equilibrium import solve, sweep
from hansa.equilibrium.bulk import Bulk
from hansa.equilibrium.club_trade import club_trade
from hansa.equilibrium.economy import batch_trade, changed_cells, drivers, economy_of, shared_trade
from hansa.equilibrium.equations import State, evaluate, residuals
from hansa.equilibrium.run import baseline_reference
from hansa.errors import DataError
from hansa.shock import Shock
from hansa.shock_clubs import ClubShocks
from worlds import random_world

ENGINES = ("numpy", "jax")


def clubs_of(world, players, hat=0.9, rate=None, answer=None, seed=0, count=12):
    """Random clubs of some players, answered by the last country of the world."""
    at = list(players)
    within = Shock.trade_cost(world, hat=hat, destination=at, origin=at)
    if rate is not None:
        within = within.then(Shock.tariff(world, rate=rate, destination=at, origin=at))
    across = Shock.neutral(world)
    if answer is not None:
        sender = world.countries[-1]
        for ends in ({"destination": sender, "origin": at}, {"destination": at, "origin": sender}):
            across = across.then(Shock.trade_cost(world, hat=answer, **ends))
    members = np.random.default_rng(seed).random((count, len(at))) < 0.5
    members[0], members[-1] = False, True
    return ClubShocks(tuple(players), within, across, members)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000), st.booleans(), st.sampled_from([None, 0.0, 0.3]),
    st.sampled_from([None, 1.4]), st.sampled_from(["fixed", "proportional"]), st.booleans(),
)  # fmt: skip
def test_operators_and_residuals_are_those_of_the_equations(
    seed, tariffs, rate, answer, rule, all_
):
    rng = np.random.default_rng(seed)
    world = random_world(rng, 6, 3, tariffs, 0.3)
    players = world.countries if all_ and answer is None else ("C03", "C00", "C04")
    shocks = clubs_of(world, players, 0.8, rate, answer, seed, count=5)
    base = Shock.trade_cost(world, hat=1.3, destination="C00").then(
        Shock.productivity(world, hat=1.1, country="C02", sector="s1")
    )
    base = base.then(Shock.transfers(world, {"C01": 5.0, "C02": -5.0}))
    e = economy_of(world)
    shared = shared_trade(e, changed_cells(e, base))
    sparse = batch_trade(shared, [changed_cells(e, s, base) for s in shocks])
    layered = club_trade(e, shared, base, shocks)
    assert layered is not None
    mine = layered.of(shocks.counted)
    value = rng.lognormal(0, 1, (3, 6, 5))
    for name in ("buy", "buy_net", "sell"):
        np.testing.assert_allclose(
            getattr(mine, name)(value), getattr(sparse, name)(value), rtol=1e-12, atol=1e-15
        )

    state = State(
        rng.normal(0, 0.1, (3, 6, 5)),
        e.spending[:, :, None] * rng.uniform(0.8, 1.2, (3, 6, 5)),
        rng.normal(0, 0.1, (1, 6, 5)),
    )
    d = drivers(e, [base.drivers_then(s) for s in shocks], rule)
    market, price = residuals(evaluate(e, sparse, d, state), state)
    alone = drivers(e, [base.drivers_then(Shock.neutral(world))], rule)
    engine = Bulk(e, layered, alone, baseline_reference(e), 5)
    spending = state.spending / e.value_added[:, None]
    rows = np.concatenate([state.log_price, state.log_wage, spending]).reshape(-1, 5).T.copy()
    found = engine.evaluate(rows, np.ascontiguousarray(shocks.counted.T, dtype=float))
    np.testing.assert_allclose(found, np.maximum(market, price), rtol=1e-11)


@pytest.mark.parametrize("rule", ["balanced", "fixed", "proportional"])
def test_clubs_in_bulk_are_the_clubs_one_by_one(rule):
    world = random_world(np.random.default_rng(3), 8, 3, True, 0.2)
    base = Shock.trade_cost(world, hat=1.2, destination="C00")
    shocks = clubs_of(world, ("C00", "C02", "C05", "C06"), 0.85, 0.0, 1.2, count=70)
    result = sweep(world, shocks, base=base, deficits=rule)
    assert result.solved.all()
    assert result.scenarios[0].startswith("no club")
    for k in (0, 5, 33, 69):
        one = solve(world, base.then(shocks[k]), deficits=rule)
        np.testing.assert_allclose(result.welfare.values[k], one.welfare.values, rtol=2e-9)
        np.testing.assert_allclose(result.trade(k).values, one.trade().values, rtol=1e-7)
    np.testing.assert_allclose(
        result.welfare.values, sweep(world, list(shocks), base=base, deficits=rule).welfare.values,
        rtol=2e-9,
    )  # fmt: skip


def test_bits_do_not_depend_on_threads():
    world = random_world(np.random.default_rng(5), 7, 3, True, 0.2, balanced=True)
    shocks = clubs_of(world, ("C00", "C02", "C05", "C06"), 0.7, count=300)
    one, two = (sweep(world, shocks, threads=t) for t in (1, 2))
    assert np.array_equal(one.state.log_price, two.state.log_price)
    assert np.array_equal(one.state.log_wage, two.state.log_wage)


@pytest.mark.parametrize("hat", [20.0, 1000.0, np.inf])
def test_a_club_that_all_but_shuts_or_shuts_trade(hat):
    """Beyond the engine's reach: the single solver takes over, row by row."""
    world = random_world(np.random.default_rng(7), 6, 2, False, 0.1, balanced=True)
    shocks = clubs_of(world, ("C00", "C01", "C02"), hat, count=9)
    result = sweep(world, shocks)
    assert result.solved.all()
    one = solve(world, shocks[8])
    np.testing.assert_allclose(result.welfare.values[8], one.welfare.values, rtol=1e-8)


def test_horizons_reach_clubs_too():
    world = random_world(np.random.default_rng(7), 5, 3, False, 0.1, balanced=True)
    shocks = clubs_of(world, ("C00", "C01", "C02"), 0.9, count=6)
    result = sweep(world, shocks, horizon="short")
    assert result.solved.all()
    one = solve(world, shocks[5], horizon="short")
    np.testing.assert_allclose(result.welfare.values[5], one.welfare.values, rtol=1e-8)


def test_the_engine_of_jax_finds_the_same():
    world = random_world(np.random.default_rng(9), 7, 3, True, 0.2)
    base = Shock.trade_cost(world, hat=1.2, destination="C00")
    shocks = clubs_of(world, ("C00", "C02", "C03", "C05"), 0.85, 0.0, 1.2, count=70)
    here, there = (
        sweep(world, shocks, base=base, deficits="proportional", engine=x) for x in ENGINES
    )
    assert there.solved.all()
    np.testing.assert_allclose(here.welfare.values, there.welfare.values, rtol=1e-9)
    with pytest.raises(DataError, match="did you mean 'jax'"):
        sweep(world, shocks, engine="jaxx")
