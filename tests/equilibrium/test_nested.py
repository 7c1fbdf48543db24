"""Nested CES and specific factors: exact special cases, closed forms, an independent solver."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import root

from hansa.equilibrium import solve, sweep
from hansa.equilibrium.economy import Drivers, changed_cells, economy_of, shared_trade
from hansa.equilibrium.equations import State, evaluate
from hansa.equilibrium.newton import _given_wages
from hansa.equilibrium.reference import linearise
from hansa.equilibrium.run import run_many
from hansa.equilibrium.technology import HORIZONS, Horizon, Technology
from hansa.errors import DataError
from hansa.shock import Shock
from hansa.world.world import World
from worlds import random_world

jax.config.update("jax_enable_x64", True)


class JaxTrade:
    """The operators of one scenario as dense JAX products."""

    def __init__(self, trade):
        self.access, self.net = jnp.asarray(trade.access), jnp.asarray(trade.net)
        self.taxed = trade.taxed

    def buy(self, x):
        return self.access @ x

    def buy_net(self, x):
        return self.net @ x

    def sell(self, z):
        return self.net.transpose(0, 2, 1) @ z


def case(seed, technology=None, n=4, j=3):
    """An economy after a shock, and a state that is no equilibrium."""
    rng = np.random.default_rng(seed)
    world = random_world(rng, n, j, True, 0.2)
    e = replace(economy_of(world), technology=technology)
    shock = Shock.trade_cost(world, hat=1.4, destination="C00")
    trade = shared_trade(e, changed_cells(e, shock))
    d = Drivers(np.zeros((1, 1, 1)), np.zeros((n, 1)), "proportional")
    f = len(e.factor_income)
    state = State(
        rng.normal(0, 0.1, (j, n, 1)),
        e.spending[:, :, None] * rng.uniform(0.8, 1.2, (j, n, 1)),
        rng.normal(0, 0.1, (f, n, 1)),
    )
    return e, trade, d, state


@pytest.mark.parametrize("seed", range(4))
def test_elasticities_of_one_are_cobb_douglas_to_the_last_bit(seed):
    plain = evaluate(*case(seed))
    nested = evaluate(*case(seed, Technology.of(3)))
    for name, value in vars(plain).items():
        if name != "demand":
            np.testing.assert_array_equal(getattr(nested, name), value, err_msg=name)
    world = random_world(np.random.default_rng(seed), 5, 3, True, 0.2, balanced=True)
    shock = Shock.trade_cost(world, hat=1.5, destination="C01")
    e, neutral = economy_of(world), Shock.neutral(world)
    nested_economy = replace(e, technology=Technology.of(3))
    runs = [run_many(x, [shock], neutral, "balanced") for x in (e, nested_economy)]
    assert not runs[0].unsolved
    np.testing.assert_array_equal(runs[0].state.log_price, runs[1].state.log_price)
    np.testing.assert_array_equal(runs[0].state.log_wage, runs[1].state.log_wage)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000), st.floats(0.02, 5),
    st.lists(st.floats(0.02, 5), min_size=3, max_size=3),
    st.lists(st.sampled_from([0.04, 0.5, 1.0, 3.0]), min_size=3, max_size=3), st.booleans(),
)  # fmt: skip
def test_numpy_equals_jax(seed, final, bundle, inputs, specific):
    e, trade, d, state = case(seed, Technology.of(3, final, bundle, inputs, specific))
    here, there = evaluate(e, trade, d, state), evaluate(e, JaxTrade(trade), d, state, jnp)
    for name in ("log_cost", "sales", "income", "price_gap", "spending_gap", "labour"):
        mine = getattr(here, name)
        np.testing.assert_allclose(
            mine, np.asarray(getattr(there, name)), rtol=1e-11, atol=1e-12 * np.abs(mine).max()
        )


@pytest.mark.parametrize("rule", ["fixed", "proportional"])
@pytest.mark.parametrize("specific", [False, True])
def test_the_linearisation_equals_central_differences(specific, rule):
    technology = Technology.of(3, 0.7, (0.3, 1.0, 2.0), (0.1, 0.1, 1.5), specific)
    e, trade, d, state = case(3, technology)
    blocs, d = np.zeros(4, dtype=np.int64), replace(d, deficits=rule)
    state, _ = _given_wages(e, trade, d, state)
    reference = linearise(e, trade, d, state, blocs, accuracy=1e-13)
    f, step = len(e.factor_income), 1e-5
    for column in range(f * 4):
        ends = []
        for sign in (1, -1):
            wage = state.log_wage.copy()
            wage.reshape(-1)[column] += sign * step
            ends.append(_given_wages(e, trade, d, replace(state, log_wage=wage))[0])
        for name, matrix in (
            ("log_price", reference.price_by_wage), ("spending", reference.spending_by_wage),
        ):  # fmt: skip
            slope = (getattr(ends[0], name) - getattr(ends[1], name)).ravel() / (2 * step)
            np.testing.assert_allclose(
                matrix[:, column], slope, rtol=1e-6, atol=1e-7 * np.abs(slope).max()
            )


def closed_economy(share):
    """Two countries that do not trade; goods from labour and energy, energy from labour."""
    goods, energy = 1000.0, 1000.0 * (1 - share)
    expenditure = np.zeros((2, 2, 2))
    for n in range(2):
        expenditure[n, n] = energy, goods
    inputs = np.zeros((2, 2, 2))
    inputs[:, 0, 1] = 1 - share
    return World.from_flows(
        name="closed", year=2015, countries=("AAA", "BBB"), sectors=("energy", "goods"),
        expenditure=expenditure, trade_elasticity=np.array([4.0, 4.0]),
        value_added_share=np.array([[1.0, share], [1.0, share]]), input_share=inputs,
        tariff=np.zeros((2, 2, 2)),
    )  # fmt: skip


@pytest.mark.parametrize("epsilon", [0.04, 0.3, 1.0, 2.5])
@pytest.mark.parametrize("specific", [False, True])
def test_an_energy_cut_equals_the_closed_form_of_two_sectors(epsilon, specific):
    share, hat = 0.9, 0.7
    world = closed_economy(share)
    shock = Shock.productivity(world, hat=hat, country="AAA", sector="energy")
    horizon = Horizon("test", bundle=epsilon, specific=specific)
    welfare = solve(world, shock, horizon=horizon).welfare.sel(country="AAA").item()
    # Mobile labour: the dual, in prices. Labour that stays: the primal, in quantities.
    power = (epsilon - 1) / epsilon if specific else epsilon - 1
    if epsilon == 1:
        exact = hat ** (1 - share)
    else:
        exact = (share + (1 - share) * hat**power) ** (1 / power)
    assert welfare == pytest.approx(exact, rel=1e-9)


def test_losses_from_an_energy_cut_grow_as_elasticities_fall():
    """Beyond Hulten: second-order losses are (1 - s) s (1 - epsilon) / 2 (Baqaee & Farhi 2019)."""
    world, share = closed_economy(0.9), 0.9
    shock = Shock.productivity(world, hat=0.98, country="AAA", sector="energy")
    previous = 0.0
    for epsilon in (2.0, 1.0, 0.5, 0.2, 0.05):
        r = solve(world, shock, horizon=Horizon("test", bundle=epsilon))
        loss = -np.log(r.welfare.sel(country="AAA").item())
        assert loss > previous
        first, cut = (1 - share) * -np.log(0.98), np.log(0.98) ** 2
        second = (1 - share) * share * (1 - epsilon) * cut / 2
        assert loss == pytest.approx(first + second, rel=2e-4)
        previous = loss


@pytest.mark.parametrize("specific", [False, True])
def test_an_independent_solver_agrees(specific):
    """All equations written again with plain loops, solved by a general root finder."""
    world = random_world(np.random.default_rng(11), 3, 2, False, 0.0, balanced=True)
    sigma, eps, eta = 0.6, np.array([0.3, 1.7]), np.array([0.2, 0.5])
    horizon = Horizon("test", 1.0, sigma, tuple(eps), tuple(eta), specific)
    tau = np.ones((3, 3, 2))
    tau[0, 1], tau[2, 0] = 1.5, 0.8
    n, i, j = np.nonzero(tau != 1)
    result = solve(world, Shock.from_costs(world, n, i, j, tau[n, i, j]), horizon=horizon)

    va, gam, alpha = world.value_added_share, world.input_share, world.final_share
    pi, theta = world.trade_share, world.trade_elasticity
    sales0 = world.expenditure.sum(0)
    f = 2 if specific else 1
    income0 = va * sales0

    def implied(z):
        p, x = z[:6].reshape(3, 2), np.exp(z[6:12]).reshape(3, 2) * sales0
        w = np.broadcast_to(z[12:].reshape(3, f), (3, 2))
        c, q, new_p = np.zeros((3, 2)), np.zeros((3, 2)), np.zeros((3, 2))
        for n in range(3):
            for j in range(2):
                mix = gam[n, :, j] / gam[n, :, j].sum()
                q[n, j] = np.log(mix @ np.exp((1 - eta[j]) * p[n])) / (1 - eta[j])
                c[n, j] = np.log(
                    va[n, j] * np.exp((1 - eps[j]) * w[n, j])
                    + (1 - va[n, j]) * np.exp((1 - eps[j]) * q[n, j])
                ) / (1 - eps[j])
        y = np.zeros((3, 2))
        for n in range(3):
            for j in range(2):
                terms = pi[n, :, j] * (tau[n, :, j] * np.exp(c[:, j])) ** -theta[j]
                new_p[n, j] = -np.log(terms.sum()) / theta[j]
                y[:, j] += terms / terms.sum() * x[n, j]
        index = [np.log(alpha[n] @ np.exp((1 - sigma) * p[n])) / (1 - sigma) for n in range(3)]
        income = (np.exp(w) * income0).sum(1)
        new_x = np.zeros((3, 2))
        for n in range(3):
            new_x[n] = alpha[n] * np.exp((1 - sigma) * (p[n] - index[n])) * income[n]
            for j in range(2):
                cost = (1 - va[n, j]) * np.exp((1 - eps[j]) * (q[n, j] - c[n, j]))
                mix = gam[n, :, j] / gam[n, :, j].sum() * np.exp((1 - eta[j]) * (p[n] - q[n, j]))
                new_x[n] += cost * mix * y[n, j]
        paid = va * np.exp((1 - eps) * (w - c)) * y
        bill = np.exp(w) * income0
        if not specific:
            paid, bill = paid.sum(1, keepdims=True), bill.sum(1, keepdims=True)
        labour = np.log(paid / bill) + income.sum() / income0.sum() - 1
        gaps = [new_p - p, np.log(new_x / x), labour]
        welfare = np.log(income / income0.sum(1)) - index
        return np.concatenate([g.ravel() for g in gaps]), welfare

    found = root(lambda z: implied(z)[0], np.zeros(12 + 3 * f), tol=1e-13)
    assert np.abs(found.fun).max() < 1e-11
    np.testing.assert_allclose(np.log(result.welfare.values), implied(found.x)[1], atol=1e-10)


def test_the_shorter_the_horizon_the_dearer_an_embargo():
    world = random_world(np.random.default_rng(4), 6, 3, False, 0.1, balanced=True)
    shut = Shock.trade_cost(world, hat=np.inf, destination="C00", origin="C01")
    losses = [
        1 - solve(world, shut, horizon=h).welfare.sel(country="C00").item()
        for h in ("long", "medium", "short")
    ]
    assert 0 < losses[0] < losses[1] < losses[2]


def test_horizons_hold_in_sweeps_and_in_labels():
    world = random_world(np.random.default_rng(4), 5, 3, True, 0.1, balanced=True)
    shocks = [Shock.trade_cost(world, hat=h, destination="C00") for h in (1.2, 3.0, np.inf)]
    shocks[2] = Shock.trade_cost(world, hat=np.inf, destination="C00", origin="C01")
    for name in HORIZONS:
        result = sweep(world, shocks, horizon=name)
        assert result.solved.all()
        assert f"{name} horizon" in result.welfare.attrs["source"]
        alone = solve(world, shocks[2], horizon=name)
        np.testing.assert_allclose(result.welfare.values[2], alone.welfare.values, rtol=1e-9)
        bill = np.exp(alone.state.log_wage[..., 0]) * alone.economy.factor_income
        np.testing.assert_allclose(bill.sum(), alone.world.value_added.sum(), rtol=1e-9)


def test_mistakes_are_named():
    world = random_world(np.random.default_rng(4), 3, 2)
    with pytest.raises(DataError, match="did you mean 'short'"):
        solve(world, horizon="shor")
    with pytest.raises(DataError, match="elasticity bundle must be finite and above 0"):
        Technology.of(2, bundle=0.0)
    with pytest.raises(DataError, match="3 values for 2 sectors"):
        Technology.of(2, inputs=(1.0, 2.0, 3.0))
