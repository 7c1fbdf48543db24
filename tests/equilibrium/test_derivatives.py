"""Derivatives of an equilibrium: against full re-solves, and the two directions to each other."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hansa as hs
from hansa.equilibrium.equations import State, evaluate
from hansa.equilibrium.local import GAPS, UNKNOWNS
from hansa.equilibrium.technology import HORIZONS, Horizon
from hansa.errors import ConvergenceError, DataError
from hansa.shock import Shock
from worlds import random_world

#: Step of the central differences; errors of fourth and of sixth order.
STEP = 2e-3
FOURTH = {1: 8 / 12, 2: -1 / 12}
SIXTH = {1: 128 / 180, 2: -20 / 180, 4: 1 / 360}
RULES = ["balanced", "fixed", "proportional"]
#: Few shapes, since each is compiled anew.
SHAPES = st.sampled_from([(2, 1), (5, 3)])
#: Cobb-Douglas; nested with mobile labour; nested with labour that stays, two kinds of users.
LONG, MEDIUM = HORIZONS["long"], HORIZONS["medium"]
SHORT = Horizon("short", 0.6, 0.9, (0.3, 0.5, 0.7), (0.2, 0.4, 0.2), True)


def flows(rng, world, share):
    """Positions of a random share of the flows abroad."""
    chosen = rng.random(world.tariff.shape) < share
    n = len(world.countries)
    chosen[np.arange(n), np.arange(n)] = False
    return np.nonzero(chosen)


def drawn_shock(rng, world, shut, tariffs):
    """Costs, shut flows, tariffs and productivities on a few random flows."""
    costs = flows(rng, world, 0.3)
    hat = rng.uniform(0.7, 1.8, costs[0].size)
    if shut:
        hat[rng.random(hat.size) < 0.2] = np.inf
    mask = np.zeros(world.tariff.shape, dtype=bool)
    mask[flows(rng, world, 0.3 * tariffs)] = True
    rates = rng.uniform(0.0, 0.5, world.tariff.shape)
    return Shock.compose(
        world,
        [
            Shock.from_costs(world, *costs, hat),
            Shock.tariff_schedule(world, rates, mask),
            Shock.productivity(world, hat=1.2, country=world.countries[0]),
        ],
    )


def solved(seed, n=5, j=3, rule="balanced", tariffs=True, horizon=LONG):
    """A solved random scenario after a base, or None where the draw is infeasible."""
    rng = np.random.default_rng(seed)
    world = random_world(rng, n, j, tariffs, 0.2, balanced=rule == "balanced")
    base, shock = (drawn_shock(rng, world, shut, tariffs) for shut in (False, True))
    result = hs.sweep(world, [shock], base=base, deficits=rule, horizon=horizon)
    return (rng, result) if result.solved[0] else None


def drawn_direction(rng, here):
    """A random change of every driver; transfers sum to zero over every bloc."""
    world = here.world
    shape = world.tariff.shape
    transfer = rng.normal(0, 0.01, shape[0]) * world.value_added.min()
    together = here.point.blocs[:, None] == here.point.blocs
    tariff = rng.normal(0, 0.3, shape)
    tariff[np.arange(shape[0]), np.arange(shape[0])] = 0.0
    changes = {
        "log_trade_cost": rng.normal(0, 1, shape),
        "tariff": tariff,
        "log_productivity": rng.normal(0, 1, (shape[0], shape[2])),
        "transfer": transfer - together @ transfer / together.sum(1),
        "trade_elasticity": rng.normal(0, 1, shape[2]),
    }
    if here.point.economy.technology is not None:
        changes["final_elasticity"] = rng.normal(0, 1)
        changes["bundle_elasticity"] = rng.normal(0, 0.3, shape[2])
        # Sectors with one eta move together.
        by_eta = rng.normal(0, 0.3, 2)
        changes["input_elasticity"] = by_eta[
            (here.point.economy.technology.inputs > 0.3).astype(int)
        ]
    return hs.Perturbation.of(world, **changes)


def stepped(here, horizon, direction, step):
    """The world and the horizon with elasticities a step along a direction."""
    theta = here.point.economy.trade_elasticity + step * direction.trade_elasticity.values
    world = replace(here.world, trade_elasticity=theta / horizon.theta_scale)
    if here.point.economy.technology is None:
        return world, horizon
    size = len(here.world.sectors)
    bundle, inputs = (
        tuple(np.broadcast_to(getattr(horizon, held), size) + step * direction.values(name))
        for held, name in (("bundle", "bundle_elasticity"), ("inputs", "input_elasticity"))
    )
    final = horizon.final + step * float(direction.final_elasticity)
    return world, replace(horizon, final=final, bundle=bundle, inputs=inputs)


def moved(here, direction, step, rule, horizon):
    """The equilibrium after a step along a direction, solved anew."""
    world, shock = here.world, here.shock
    after, new_horizon = stepped(here, horizon, direction, step)
    at = np.indices(world.tariff.shape).reshape(3, -1)
    cost = np.exp(step * direction.log_trade_cost.values).ravel()
    rate = world.tariff.copy()
    rate.reshape(-1)[shock.tariff_cell] = shock.tariff_rate
    rate += step * direction.tariff.values
    productivity = np.exp(step * direction.log_productivity.values)
    step_shock = Shock(
        world.countries,
        world.sectors,
        productivity_cell=np.arange(productivity.size),
        productivity_hat=productivity.ravel(),
        transfer=step * direction.transfer.values,
    )
    whole = Shock.compose(
        world,
        [
            shock,
            Shock.from_costs(world, *at, cost),
            Shock.tariff_schedule(world, rate, np.ones(rate.shape, dtype=bool)),
            step_shock,
        ],
    )
    return outcomes(hs.solve(after, whole, deficits=rule, horizon=new_horizon))


def outcomes(result):
    """What `Outcomes` holds, in levels of its units, from the public results."""
    state = result.state
    return {
        "log_welfare": np.log(result.welfare.values),
        "log_real_wage": np.log(result.real_wage.values),
        "log_wage": np.log(result.wage.values),
        "log_price_index": np.log(result.price_index.values),
        "log_income": np.log(result.income.values),
        "log_price": np.log(result.price.values),
        "spending": state.spending[:, :, 0].T,
        "sales": result.output.values,
        "trade": result.trade().values,
    }


def differences(here, direction, rule, horizon=LONG):
    """Central differences of full re-solves: values of sixth order, and their distance to fourth.

    The distance bounds the error of the differences themselves.
    """
    slopes = {}
    for k in SIXTH:
        up, down = (moved(here, direction, sign * k * STEP, rule, horizon) for sign in (1, -1))
        slopes[k] = {name: (up[name] - down[name]) / STEP for name in up}
    sixth, fourth = (
        {name: sum(w * slopes[k][name] for k, w in weights.items()) for name in slopes[1]}
        for weights in (SIXTH, FOURTH)
    )
    return {name: (value, np.abs(value - fourth[name])) for name, value in sixth.items()}


def natural_size(world, name):
    """A unit in which changes of an outcome are of order one."""
    return world.value_added.max() if name in ("spending", "sales", "trade") else 1.0


def assert_close(found, expected, world, tolerance):
    for name, (value, error) in expected.items():
        gap = np.abs(found.entries[name].values - value)
        size = max(np.abs(value).max(), 0.1 * natural_size(world, name))
        assert (gap <= tolerance * size + error).all(), (name, gap.max(), size)


def drawn_weights(rng, world):
    """Random weights of all outcomes."""
    form = hs.Outcomes.FORM
    sizes = dict(zip(("country", "sector"), world.final_share.shape, strict=True))
    sizes |= {"destination": sizes["country"], "origin": sizes["country"]}
    return hs.Outcomes.of(
        world,
        **{
            name: rng.normal(0, 1, [sizes[d] for d in dims]) / natural_size(world, name)
            for name, (dims, _) in form.items()
        },
    )


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), SHAPES, st.booleans(), st.sampled_from(RULES))
def test_jvp_equals_differences_of_full_solves(seed, shape, tariffs, rule):
    case = solved(seed, *shape, rule, tariffs)
    if case is None:
        return
    rng, result = case
    here = hs.linearise(result)
    direction = drawn_direction(rng, here)
    assert_close(here.jvp(direction), differences(here, direction, rule), here.world, 1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), SHAPES, st.booleans(), st.sampled_from(RULES))
def test_the_gradient_is_the_transpose_of_the_derivative(seed, shape, tariffs, rule):
    """<vjp(u), v> = <u, jvp(v)>, relative to the sizes of what is summed."""
    case = solved(seed, *shape, rule, tariffs)
    if case is None:
        return
    rng, result = case
    here = hs.linearise(result)
    direction = drawn_direction(rng, here)
    moves = here.jvp(direction)
    weights = drawn_weights(rng, here.world)
    gradient = here.vjp(weights)
    size = sum(
        np.abs(gradient.entries[k].values * v.values).sum() for k, v in direction.entries.items()
    )
    assert abs(gradient.dot(direction) - weights.dot(moves)) <= 1e-12 * size


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([MEDIUM, SHORT]), st.sampled_from(RULES))
def test_nested_technologies_are_differentiated_too(seed, horizon, rule):
    """By every driver and every elasticity; labour that moves and labour that stays."""
    case = solved(seed, 5, 3, rule, True, horizon)
    if case is None:
        return
    rng, result = case
    here = hs.linearise(result)
    direction = drawn_direction(rng, here)
    moves = here.jvp(direction)
    assert_close(moves, differences(here, direction, rule, horizon), here.world, 1e-6)
    weights = drawn_weights(rng, here.world)
    gradient = here.vjp(weights)
    size = sum(
        np.abs(gradient.entries[k].values * v.values).sum() for k, v in direction.entries.items()
    )
    assert set(direction.entries) == set(gradient.entries)
    assert abs(gradient.dot(direction) - weights.dot(moves)) <= 1e-12 * size


class DenseTrade:
    """The trade operators of one scenario as dense JAX products."""

    taxed = True

    def __init__(self, access, net):
        self.access, self.net = access, net

    def buy(self, x):
        return self.access @ x

    def buy_net(self, x):
        return self.net @ x

    def sell(self, z):
        return self.net.transpose(0, 2, 1) @ z


@pytest.mark.parametrize(("horizon", "tariffs"), [(LONG, True), (LONG, False), (SHORT, True)])
@pytest.mark.parametrize("rule", RULES)
def test_the_fast_operators_equal_jax_on_the_equations(rule, horizon, tariffs):
    """`Tangent` against jvp and vjp of `evaluate` with dense trade, to 1e-12."""
    rng, result = next(c for s in range(9) if (c := solved(s, 5, 3, rule, tariffs, horizon)))
    here = hs.linearise(result)
    p, tangent = here.point, here.tangent
    unit = p.economy.value_added[:, None]

    def gaps(log_price, spending, log_wage):
        trade = DenseTrade(jnp.asarray(p.trade.access), jnp.asarray(p.trade.net))
        ev = evaluate(p.economy, trade, p.drivers, State(log_price, spending * unit, log_wage), jnp)
        pinned = jnp.log(ev.labour) + p.pin @ ev.wage_bill.sum(0)
        return ev.price_gap, ev.spending_gap / unit, pinned

    with jax.enable_x64(True):
        state = (p.state.log_price, p.state.spending / unit, p.state.log_wage)
        moves = tuple(rng.normal(size=s.shape) for s in state)
        weights = tuple(rng.normal(size=s.shape) for s in state)
        expected = jax.jvp(gaps, state, moves)[1]
        expected_back = jax.vjp(gaps, *state)[1](weights)
    for found, values in (
        (tangent.push(dict(zip(UNKNOWNS, moves, strict=True))), expected),
        (tangent.pull(dict(zip(GAPS, weights, strict=True))), expected_back),
    ):
        for one, other in zip(found.values(), values, strict=True):
            other = np.asarray(other)
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-12 * np.abs(other).max())


def test_refusals_name_the_culprit():
    _, result = solved(0)
    world, here = result.world, hs.linearise(result)
    with pytest.raises(DataError, match="did you mean 'log_welfare'"):
        here.gradient("welfare", "C00")
    with pytest.raises(DataError, match="did you mean 'C00'"):
        here.gradient("log_welfare", "C0")
    with pytest.raises(DataError, match="log_welfare has no sectors"):
        here.gradient("log_welfare", "C00", "s0")
    with pytest.raises(DataError, match="did you mean 'tariff'"):
        hs.Perturbation.of(world, tarif=0.1)
    with pytest.raises(DataError, match="has shape"):
        hs.Perturbation.of(world, transfer=np.zeros(2))
    with pytest.raises(DataError, match="must be finite"):
        hs.Perturbation.of(world, transfer=np.full(5, np.inf))
    with pytest.raises(DataError, match="nobody pays"):
        here.jvp(hs.Perturbation.of(world, transfer=np.ones(5)))
    with pytest.raises(DataError, match="shuts a flow"):
        here.along(Shock.trade_cost(world, hat=np.inf, destination="C00"))
    with pytest.raises(DataError, match="exactly one"):
        here.jvp(hs.Perturbation.of(world, final_elasticity=0.1))
    other = random_world(np.random.default_rng(0), 3, 2)
    with pytest.raises(DataError, match="other countries"):
        here.jvp(hs.Perturbation.of(other, transfer=np.zeros(3)))


def test_an_unsolved_scenario_has_no_derivatives():
    world = random_world(np.random.default_rng(2), 4, 2, True, 0.0)
    alone = Shock.trade_cost(world, hat=np.inf, destination="C00", domestic=True)
    result = hs.sweep(world, [alone])
    with pytest.raises(DataError, match="infeasible"):
        hs.linearise(result)


def test_labelled_directions_may_come_in_any_order():
    rng, result = solved(1)
    here = hs.linearise(result)
    direction = drawn_direction(rng, here)
    turned = {
        name: entry.transpose(*entry.dims[::-1]).isel(
            {d: slice(None, None, -1) for d in entry.dims}
        )
        for name, entry in direction.entries.items()
    }
    again = hs.Perturbation.of(here.world, **turned)
    assert again.dot(direction) == pytest.approx(direction.dot(direction), rel=1e-12)
    one = direction.log_productivity.sel(country=["C03"])
    sparse = hs.Perturbation.of(here.world, log_productivity=one)
    assert sparse.dot(direction) == pytest.approx(float((one**2).sum()), rel=1e-12)


def test_a_small_shock_moves_along_its_direction():
    """The linear prediction of `along` is what the solver finds, to second order."""
    world = random_world(np.random.default_rng(4), 5, 2, True, 0.1, balanced=True)
    base = Shock.tariff(world, rate=0.2, destination="C01")
    here = hs.linearise(hs.solve(world, base))
    before = np.log(hs.solve(world, base).welfare.values)

    def error(size):
        step = Shock.compose(
            world,
            [
                Shock.trade_cost(world, hat=1 + size, destination="C02"),
                Shock.tariff(world, rate=0.2 + size, destination="C01", origin="C00"),
                Shock.productivity(world, hat=1 + size, country="C03"),
                Shock.transfers(world, {"C00": -1e3 * size, "C04": 1e3 * size}),
            ],
        )
        exact = np.log(hs.solve(world, base.then(step)).welfare.values) - before
        return np.abs(here.jvp(here.along(step)).log_welfare.values - exact).max()

    assert error(1e-3) < 1e-5
    assert error(1e-2) / error(1e-3) == pytest.approx(100, rel=0.1)


def test_zero_directions_change_nothing_and_shut_flows_have_no_weight():
    _, result = solved(3)
    here = hs.linearise(result)
    still = here.jvp(hs.Perturbation.of(here.world))
    assert all((entry.values == 0).all() for entry in still.entries.values())
    by = here.gradient("log_income", "C01")
    shut = here.point.trade.access.transpose(1, 2, 0) == 0
    assert shut.any()
    assert (by.log_trade_cost.values[shut] == 0).all()
    assert (by.tariff.values[shut] == 0).all()


def test_blocs_that_do_not_trade_have_derivatives_of_their_own():
    """Each bloc keeps its value added; nothing that happens in one moves the other."""
    world = random_world(np.random.default_rng(6), 6, 2, True, 0.1, balanced=True)
    one, other = list(world.countries[:3]), list(world.countries[3:])
    cut = Shock.trade_cost(world, hat=np.inf, destination=one, origin=other).then(
        Shock.trade_cost(world, hat=np.inf, destination=other, origin=one)
    )
    here = hs.linearise(hs.solve(world, cut))
    direction = drawn_direction(np.random.default_rng(1), here)
    assert_close(here.jvp(direction), differences(here, direction, "balanced"), world, 1e-6)
    by = here.gradient("log_welfare", one[0])
    np.testing.assert_allclose(by.log_productivity.sel(country=other).values, 0, atol=1e-12)
    np.testing.assert_allclose(by.transfer.sel(country=one).sum(), 0, atol=1e-12)
    with pytest.raises(DataError, match="C00"):
        here.jvp(hs.Perturbation.of(world, transfer=np.array([1.0, 0, 0, -1.0, 0, 0])))


def test_a_solve_that_cannot_be_trusted_is_refused():
    """Groups that trade next to nothing: their relative incomes have no usable derivative."""
    world = random_world(np.random.default_rng(6), 6, 2, False, 0.1, balanced=True)
    one, other = list(world.countries[:3]), list(world.countries[3:])
    apart = Shock.trade_cost(world, hat=1e5, destination=one, origin=other).then(
        Shock.trade_cost(world, hat=1e5, destination=other, origin=one)
    )
    here = hs.linearise(hs.solve(world, apart))
    with pytest.raises(ConvergenceError, match="hat=inf"):
        here.gradient("log_income", "C00")
