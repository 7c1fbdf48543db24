"""Hard cases: each is solved to 1e-10, refused with a name, or marked; never a wrong number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.equilibrium import Status, balance, solve, sweep
from hansa.equilibrium.borders import border_map
from hansa.equilibrium.continuation import solve_stepwise
from hansa.equilibrium.economy import changed_cells, economy_of, shared_trade
from hansa.equilibrium.newton import begun, solve_newton
from hansa.equilibrium.reference import linearise
from hansa.equilibrium.run import baseline_state, plain_plan
from hansa.errors import ConvergenceError, DataError
from hansa.shock import Shock
from hansa.shock_clubs import ClubShocks
from hansa.world.load import load_world
from worlds import random_world

COSTS = (0.2, 0.5, 1.5, 3.0, 20.0, 100.0, 1000.0, np.inf)


def embargo(world, one, other, hat):
    there = Shock.trade_cost(world, hat=hat, destination=one, origin=other)
    return there.then(Shock.trade_cost(world, hat=hat, destination=other, origin=one))


@pytest.fixture(scope="module")
def shipped():
    return load_world()


def test_every_cost_between_halves_of_random_worlds_is_solved():
    for seed in range(4):
        rng = np.random.default_rng(seed)
        world = random_world(rng, 8, 3, False, 0.3, balanced=True)
        codes = list(world.countries)
        result = sweep(world, [embargo(world, codes[:4], codes[4:], hat) for hat in COSTS])
        assert result.solved.all(), (seed, result.messages)


def test_a_large_finite_cost_tends_to_shut_trade():
    world = random_world(np.random.default_rng(5), 6, 2, False, 0.1, balanced=True)
    codes = list(world.countries)
    hats = (10.0, 100.0, 1000.0, np.inf)
    welfare = sweep(world, [embargo(world, codes[:3], codes[3:], h) for h in hats]).welfare.values
    gaps = np.abs(welfare[:-1] - welfare[-1]).max(axis=1)
    assert (np.diff(gaps) <= 1e-12).all()
    assert gaps[-1] < 1e-3


@pytest.mark.parametrize("hat", [0.2, 20.0, np.inf])
def test_blocs_of_the_embedded_world(shipped, hat):
    aggregates = set(shipped.meta["aggregates"])
    east = ["RUS", "BLR", "IRN", "CHN", "IND", "KAZ", "PRK", "SYR", "VEN", "CUB"]
    west = [c for c in shipped.countries if c not in east and c not in aggregates]
    result = solve(shipped, embargo(shipped, east, west, hat))
    assert result.status is Status.SOLVED
    assert float(result.residual) < 1e-10


@pytest.mark.parametrize("country", ["IRN", "USA", "LUX", "CUB"])
def test_a_country_of_the_embedded_world_can_live_alone(shipped, country):
    shut = Shock.trade_cost(shipped, hat=np.inf, destination=country).then(
        Shock.trade_cost(shipped, hat=np.inf, origin=country)
    )
    result = solve(shipped, shut)
    home, n = result.world, shipped.country(country)
    j = len(home.sectors)
    leontief = np.linalg.inv(np.eye(j) - home.input_share[n].T)
    own = np.log(home.trade_share[n, n]) / home.trade_elasticity
    formula = np.exp(home.final_share[n] @ leontief @ own)
    assert float(result.welfare.sel(country=country)) == pytest.approx(formula, rel=1e-9)
    assert abs(float(result.exports.sel(country=country))) < 1e-6


@settings(max_examples=120, deadline=None)
@given(
    st.integers(0, 100_000), st.integers(2, 9), st.integers(1, 5), st.booleans(),
    st.sampled_from(COSTS), st.floats(0, 5), st.sampled_from(["balanced", "fixed", "proportional"]),
)  # fmt: skip
def test_any_case_is_solved_refused_or_marked(seed, n, j, tariffs, hat, rate, rule):
    rng = np.random.default_rng(seed)
    world = random_world(rng, n, j, tariffs, 0.4, balanced=bool(seed % 2))
    cells = np.nonzero(rng.random(world.tariff.shape) < 0.3)
    off = cells[0] != cells[1]
    cells = tuple(c[off] for c in cells)
    shock = Shock.from_costs(world, *cells, np.full(cells[0].size, hat))
    shock = shock.then(Shock.tariff(world, rate=rate, destination=world.countries[0]))
    refused = ""
    try:
        result = solve(world, shock, deficits=rule, throw=False)
    except (DataError, ConvergenceError) as error:  # the baseline itself cannot be balanced
        refused = str(error)
    if refused:
        assert any(c in refused for c in world.countries)
        return
    numbers = result.welfare.values
    if result.status is Status.SOLVED:
        assert float(result.residual) < 1e-10
        assert np.isfinite(numbers).all()
        assert (numbers > 0).all()
    else:
        assert np.isnan(numbers).all()
        assert any(c in result.messages[0] for c in world.countries)


def test_a_country_without_a_supplier_is_refused_by_name():
    world = random_world(np.random.default_rng(2), 4, 3, False, 0.0, balanced=True)
    nothing = Shock.trade_cost(world, hat=np.inf, destination="C02", sector="s1", domestic=True)
    with pytest.raises(DataError, match=r"C02 loses every supplier of s1.*Leave one supplier"):
        solve(world, nothing)


def test_a_supplier_that_loses_its_own_input_is_seen_too():
    """C00 buys s0 only from C01, and C01 can no longer make s0 for want of s1."""
    world = random_world(np.random.default_rng(2), 3, 2, False, 0.0, balanced=True)
    assert (world.input_share[1, 1, 0] > 0).all()
    shock = Shock.compose(
        world,
        [
            Shock.trade_cost(
                world, hat=np.inf, destination="C00", origin=o, sector="s0", domestic=True
            )
            for o in ("C00", "C02")
        ]
        + [Shock.trade_cost(world, hat=np.inf, destination="C01", sector="s1", domestic=True)],
    )
    with pytest.raises(DataError, match="loses every supplier"):
        solve(world, shock)


def test_a_country_that_nobody_buys_from_is_refused_by_name():
    """A gift pays for what C00 buys, but nobody pays its labour, not even C00 itself."""
    world = random_world(np.random.default_rng(2), 3, 1, False, 0.0)
    lost = Shock.trade_cost(world, hat=np.inf, origin="C00", domestic=True)
    with pytest.raises(DataError, match=r"C00 loses every buyer of what it makes \(s0\)"):
        solve(world, lost, deficits="fixed")


def test_a_sector_that_nobody_buys_from_is_refused_where_labour_cannot_leave_it():
    world = random_world(np.random.default_rng(2), 3, 2, False, 0.0, balanced=True)
    lost = Shock.trade_cost(world, hat=np.inf, origin="C00", sector="s1", domestic=True)
    assert solve(world, lost).status is Status.SOLVED
    with pytest.raises(DataError, match="C00 loses every buyer of s1"):
        solve(world, lost, horizon="short")


@pytest.mark.parametrize("hat", [20.0, 1000.0, 1e6])
def test_a_large_cost_takes_no_more_than_shut_trade(hat):
    """And what little is traded across the border balances, to full relative accuracy."""
    world = random_world(np.random.default_rng(11), 12, 4, True, 0.2, balanced=True)
    halves = list(world.countries[:5]), list(world.countries[5:])
    near, shut = (solve(world, embargo(world, *halves, h)) for h in (hat, np.inf))
    assert int(near.iterations[0]) <= int(shut.iterations[0]) + 8
    at = np.isin(world.countries, halves[0])
    rates = world.tariff
    flow = (near.trade().values / (1 + rates)).sum(2)
    there, back = flow[np.ix_(at, ~at)].sum(), flow[np.ix_(~at, at)].sum()
    assert 0 < there < 1e-3 * flow.sum()
    assert there == pytest.approx(back, rel=1e-9)
    gaps = np.abs(near.welfare.values - shut.welfare.values)
    assert gaps.max() < 1e-3


def test_clubs_behind_a_near_shut_border_are_solved_like_single_ones():
    """The bulk engine cannot see their relative wages; Newton's method can."""
    world = random_world(np.random.default_rng(3), 7, 3, True, 0.1, balanced=True)
    players = world.countries[:3]
    rest = [c for c in world.countries if c not in players]
    members = (np.arange(8)[:, None] >> np.arange(3) & 1).astype(bool)
    clubs = ClubShocks(
        players, Shock.trade_cost(world, hat=0.9, destination=players, origin=players),
        embargo(world, list(players), rest, 1000.0), members,
    )  # fmt: skip
    found = sweep(world, clubs)
    assert found.solved.all()
    for k in (3, 7):
        single = solve(world, clubs[k])
        np.testing.assert_allclose(found.wage.values[k], single.wage.values, rtol=1e-8)


def test_a_path_leads_where_no_single_step_does():
    """With one set of wages to try at once, only small steps from the baseline arrive."""
    world = random_world(np.random.default_rng(12), 8, 3, False, 0.2, balanced=True)
    e, nothing = economy_of(world), Shock.neutral(world)
    shock = embargo(world, list(world.countries[:4]), list(world.countries[4:]), 0.3)
    plan = plain_plan(e, "fixed")
    trade, d = shared_trade(e, changed_cells(e, shock)), plan.drivers([nothing])
    blocs = np.zeros(8, dtype=np.int64)
    at_once = solve_newton(e, trade, d, baseline_state(e), blocs, max_iterations=6)
    assert not at_once.residual[0] < 1e-6
    stepwise = solve_stepwise(e, trade, d, baseline_state(e), blocs, max_iterations=40)
    assert stepwise.residual[0] < 1e-10
    assert len(stepwise.history) == stepwise.iterations[0]
    direct = solve(world, shock)
    np.testing.assert_allclose(stepwise.state.log_wage[0, :, 0], np.log(direct.wage), atol=1e-9)


def test_the_border_map_equals_central_differences():
    world = random_world(np.random.default_rng(13), 6, 3, True, 0.2)
    e, nothing = economy_of(world), Shock.neutral(world)
    shock = embargo(world, ["C00", "C01"], ["C02", "C03", "C04", "C05"], 30.0)
    trade = shared_trade(e, changed_cells(e, shock))
    d = plain_plan(e, "proportional").drivers([nothing])
    blocs = np.zeros(6, dtype=np.int64)
    scenario = begun(e, trade, d, baseline_state(e), blocs)
    here = scenario.at(baseline_state(e).log_wage, baseline_state(e), 1e-14)
    reference = linearise(e, trade, d, here.state, blocs, accuracy=1e-13)
    matrix = border_map(e, trade, d, here.state, here.ev, scenario.borders, reference)
    for column in range(5):
        # Levels go with the numeraire: the change of one wage, at the same world value added.
        ends = []
        for sign in (1, -1):
            wage = here.state.log_wage.copy()
            wage[0, column] += sign * 1e-5
            ends.append(scenario.at(wage, here.state, 1e-14))
        change = (ends[0].state.log_wage - ends[1].state.log_wage)[0, :, 0]
        slope = ends[0].gap - ends[1].gap
        np.testing.assert_allclose(matrix @ change, slope, atol=1e-9)


def test_one_way_trade_cannot_balance_and_is_refused():
    world = random_world(np.random.default_rng(4), 4, 2, False, 0.0, balanced=True)
    with pytest.raises(DataError, match=r"can only (buy from|sell to)"):
        solve(world, Shock.trade_cost(world, hat=np.inf, origin="C03"))


def test_a_cut_off_bloc_must_have_its_deficits_paid():
    world = random_world(np.random.default_rng(6), 4, 2, False, 0.0)
    shut = embargo(world, ["C00"], ["C01", "C02", "C03"], np.inf)
    with pytest.raises(DataError, match=r'deficits="balanced"|cannot balance'):
        solve(world, shut, deficits="fixed")
    assert solve(balance(world), shut).status is Status.SOLVED


def test_an_unsolved_case_carries_its_history(monkeypatch):
    from hansa.equilibrium import run

    real = run.solve_newton
    monkeypatch.setattr(run, "solve_newton", lambda *a: real(*a, max_iterations=1))
    monkeypatch.setattr(run, "solve_stepwise", lambda *a: real(*a, max_iterations=1))
    real_batch = run.solve_batch
    monkeypatch.setattr(run, "solve_batch", lambda *a: real_batch(*a, max_iterations=2))
    world = random_world(np.random.default_rng(8), 6, 3, True, 0.1, balanced=True)
    shock = Shock.trade_cost(world, hat=4.0, destination="C00")
    with pytest.raises(ConvergenceError, match=r"worst in (labour of )?C0") as caught:
        solve(world, shock, deficits="fixed")
    assert caught.value.history
    assert caught.value.country in world.countries
    marked = sweep(world, [shock, Shock.neutral(world)], deficits="fixed")
    assert [str(s) for s in marked.status.values] == ["unconverged", "solved"]


def test_shocks_of_another_world_are_refused(shipped):
    other = random_world(np.random.default_rng(1), 3, 2)
    with pytest.raises(DataError, match="other countries or sectors"):
        solve(shipped, Shock.neutral(other))
    with pytest.raises(DataError, match="at least one shock"):
        sweep(shipped, [])
