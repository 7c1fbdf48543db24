"""The equations are written once: NumPy and JAX read the same text and say the same."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hansa.equilibrium.batch import solve_batch
from hansa.equilibrium.economy import (
    Drivers,
    batch_trade,
    changed_cells,
    drivers,
    economy_of,
    shared_trade,
)
from hansa.equilibrium.equations import State, evaluate, residuals
from hansa.equilibrium.reference import numeraire
from hansa.equilibrium.run import baseline_reference, baseline_state
from hansa.shock import Shock
from worlds import random_world

jax.config.update("jax_enable_x64", True)


@dataclass(frozen=True)
class JaxTrade:
    """The trade operators as dense JAX products, scenario by scenario."""

    access: jax.Array  # J, N, N, B
    net: jax.Array
    taxed: bool

    def buy(self, x):
        return jnp.einsum("jnib,jib->jnb", self.access, x)

    def buy_net(self, x):
        return jnp.einsum("jnib,jib->jnb", self.net, x)

    def sell(self, z):
        return jnp.einsum("jnib,jnb->jib", self.net, z)


def case(seed, width=3):
    """An economy, a batch of shocks on a base, and a state that is no equilibrium."""
    rng = np.random.default_rng(seed)
    world = random_world(rng, 5, 3, True, 0.2)
    e = economy_of(world)
    base = Shock.trade_cost(world, hat=1.3, destination="C00").then(
        Shock.tariff(world, rate=0.1, origin="C01")
    )
    shocks = [
        Shock.trade_cost(world, hat=float(h), origin="C02", sector="s1").then(
            Shock.productivity(world, hat=1.1, country="C03")
        )
        for h in rng.uniform(0.5, 2, width - 1)
    ] + [Shock.trade_cost(world, hat=np.inf, destination="C04", origin="C02")]
    plan = shared_trade(e, changed_cells(e, base))
    cells = [changed_cells(e, s, base) for s in shocks]
    j, n = e.final_share.shape
    state = State(
        rng.normal(0, 0.1, (j, n, width)),
        e.spending[:, :, None] * rng.uniform(0.8, 1.2, (j, n, width)),
        rng.normal(0, 0.1, (1, n, width)),
    )
    return world, e, base, shocks, plan, cells, state


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rule", ["fixed", "proportional"])
def test_numpy_with_sparse_differences_equals_dense_jax(seed, rule):
    _, e, base, shocks, shared, cells, state = case(seed)
    d = drivers(e, [base.drivers_then(s) for s in shocks], rule)
    here = evaluate(e, batch_trade(shared, cells), d, state)
    access = np.repeat(shared.access[..., None], len(shocks), axis=-1)
    net = np.repeat(shared.net[..., None], len(shocks), axis=-1)
    for b, c in enumerate(cells):
        access[c.sector, c.row, c.column, b] = c.access
        net[c.sector, c.row, c.column, b] = c.net
    dense = JaxTrade(jnp.asarray(access), jnp.asarray(net), True)
    there = evaluate(e, dense, d, state, jnp)
    for name in ("access", "sales", "income", "revenue", "price_gap", "spending_gap", "labour"):
        np.testing.assert_allclose(
            getattr(here, name), np.asarray(getattr(there, name)), rtol=1e-12,
            atol=1e-12 * np.abs(getattr(here, name)).max(),
        )  # fmt: skip


def test_jax_differentiates_them():
    """The gradient of a residual by JAX equals central differences."""
    _, e, _, _, shared, _, state = case(1, width=1)
    dense = JaxTrade(
        jnp.asarray(shared.access[..., None]), jnp.asarray(shared.net[..., None]), True
    )
    d = Drivers(np.zeros((1, 1, 1)), np.zeros((5, 1)), "fixed")

    def labour(log_wage):
        return evaluate(
            e, dense, d, State(state.log_price, state.spending, log_wage), jnp
        ).labour.sum()

    gradient = np.asarray(jax.grad(labour)(jnp.asarray(state.log_wage)))
    step = 1e-6
    for n in range(5):
        up, down = state.log_wage.copy(), state.log_wage.copy()
        up[0, n] += step
        down[0, n] -= step
        slope = float(labour(up) - labour(down)) / (2 * step)
        assert gradient[0, n, 0] == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_the_baseline_solves_the_equations():
    for seed in range(5):
        world = random_world(np.random.default_rng(seed), 6, 4, True, 0.3)
        e = economy_of(world)
        neutral = Shock.neutral(world)
        trade = shared_trade(e, changed_cells(e, neutral))
        state = baseline_state(e)
        market, price = residuals(evaluate(e, trade, drivers(e, [neutral]), state), state)
        assert max(market[0], price[0]) < 1e-10


def test_narrowing_the_batch_changes_nothing():
    """Scenarios that finish early leave the arrays; the others go on as before."""
    world = random_world(np.random.default_rng(2), 6, 3, True, 0.1, balanced=True)
    e = economy_of(world)
    shocks = [Shock.trade_cost(world, hat=h, destination="C00") for h in (1.0001, 1.001, 1.01, 3.0)]
    cells = [changed_cells(e, s) for s in shocks]
    shared = shared_trade(e, changed_cells(e, Shock.neutral(world)))
    pin = numeraire(e, np.zeros(6, dtype=np.int64))
    start = baseline_state(e)

    def run(rows):
        wide = State(*(np.repeat(a, len(rows), -1) for a in vars(start).values()))
        trade = batch_trade(shared, [cells[k] for k in rows])
        d = drivers(e, [shocks[k] for k in rows])
        return solve_batch(e, trade, d, wide, baseline_reference(e), pin)

    together, alone = run([0, 1, 2, 3]), run([3])
    assert together.iterations[3] > together.iterations[0]
    np.testing.assert_allclose(
        together.state.log_wage[..., 3], alone.state.log_wage[..., 0], rtol=1e-9, atol=1e-11
    )
