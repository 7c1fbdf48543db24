"""The solver against an independent plain one, on random worlds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain import plain_solve

from hansa.equilibrium import balance, solve
from hansa.shock import Shock
from worlds import random_world

seeds = st.integers(0, 10_000)


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(2, 5), st.integers(1, 4), st.booleans())
def test_costs_and_tariffs_as_the_plain_solver_has_them(seed, n, j, tariffs):
    rng = np.random.default_rng(seed)
    world = balance(random_world(rng, n, j, tariffs, 0.1, balanced=True))
    tau = np.where(
        rng.random(world.tariff.shape) < 0.5, rng.uniform(0.7, 2.0, world.tariff.shape), 1
    )
    rates = rng.uniform(0, 0.5, world.tariff.shape)
    own = np.arange(n)
    tau[own, own], rates[own, own] = 1.0, 0.0
    d, o, s = np.nonzero(tau != 1)
    shock = Shock.from_costs(world, d, o, s, tau[d, o, s]).then(Shock.tariff_schedule(world, rates))
    ours = solve(world, shock)
    plain = plain_solve(world, tau, rates)
    np.testing.assert_allclose(ours.wage.values, plain.wage, rtol=1e-8)
    np.testing.assert_allclose(ours.price.values, plain.price, rtol=1e-8)
    np.testing.assert_allclose(ours.welfare.values, plain.welfare, rtol=1e-8)
    np.testing.assert_allclose(ours.trade().values, plain.flow, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_fixed_deficits_as_the_plain_solver_has_them(seed):
    rng = np.random.default_rng(seed)
    world = random_world(rng, 4, 3, True, 0.1)
    tau = np.ones(world.tariff.shape)
    tau[0, 1:], tau[1:, 0] = 1.2, 1.2
    shock = Shock.trade_cost(world, hat=1.2, destination="C00").then(
        Shock.trade_cost(world, hat=1.2, origin="C00")
    )
    ours = solve(world, shock, deficits="fixed")
    plain = plain_solve(world, tau, deficit=world.deficit)
    np.testing.assert_allclose(ours.welfare.values, plain.welfare, rtol=1e-8)


@settings(max_examples=15, deadline=None)
@given(seeds, st.integers(2, 8), st.floats(1.5, 12.0))
def test_one_sector_is_armington(seed, n, theta):
    """One sector, labour only: w, shares and welfare from a solver of its own."""
    rng = np.random.default_rng(seed)
    from hansa.world.world import World

    flow = rng.lognormal(0, 1, (n, n)) + np.eye(n) * n * 3
    for _ in range(4000):  # balance trade: row sums equal column sums
        flow *= np.sqrt(flow.sum(0) / flow.sum(1))[:, None] / np.sqrt(flow.sum(0) / flow.sum(1))
    world = World.from_flows(
        name="armington", year=2000, countries=[f"C{k}" for k in range(n)], sectors=["all"],
        expenditure=flow[:, :, None], trade_elasticity=np.array([theta]),
        value_added_share=np.ones((n, 1)), input_share=np.zeros((n, 1, 1)),
    )  # fmt: skip
    tau = rng.uniform(0.8, 1.6, (n, n))
    np.fill_diagonal(tau, 1.0)
    d, o = np.nonzero(tau != 1)
    ours = solve(world, Shock.from_costs(world, d, o, np.zeros_like(d), tau[d, o]))
    share, income = world.trade_share[:, :, 0], world.value_added
    w = np.ones(n)
    for _ in range(200_000):
        weight = share * (tau * w[None]) ** -theta
        demand = weight / weight.sum(1, keepdims=True)
        new = (demand * (w * income)[:, None]).sum(0) / income
        step = (new / w) ** (0.5 / (1 + theta))
        w = w * step
        w *= income.sum() / (w * income).sum()
        if np.abs(step - 1).max() < 1e-15:
            break
    price = (share * (tau * w[None]) ** -theta).sum(1) ** (-1 / theta)
    np.testing.assert_allclose(ours.wage.values, w, rtol=1e-8)
    np.testing.assert_allclose(ours.welfare.values, w / price, rtol=1e-8)
    # Arkolakis, Costinot & Rodriguez-Clare (2012): welfare from the domestic share alone.
    own = np.diagonal(ours.trade().values[:, :, 0]) / ours.trade().values[:, :, 0].sum(1)
    formula = (own / np.diagonal(share)) ** (-1 / theta)
    np.testing.assert_allclose(ours.welfare.values, formula, rtol=1e-8)
