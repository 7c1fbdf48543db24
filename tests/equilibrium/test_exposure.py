"""Exposure matrices: against full re-solves, the paper's closed form, and their identities."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hansa as hs
from hansa.equilibrium.elimination import factor
from hansa.equilibrium.local import GAPS, UNKNOWNS
from hansa.equilibrium.technology import Horizon
from hansa.errors import DataError, HansaError
from hansa.shock import Shock
from hansa.world.world import World
from worlds import random_world

RULES = ("balanced", "fixed", "proportional")


def one_sector(seed, n=6, theta=4.5):
    """A balanced world of one sector, without inputs or tariffs, and its spending shares."""
    rng = np.random.default_rng(seed)
    share = rng.lognormal(0, 1, (n, n)) + n * np.diag(rng.uniform(0.5, 3, n))
    share /= share.sum(1, keepdims=True)
    # Income is what the world spends on each: the unit eigenvector of the shares.
    values, vectors = np.linalg.eig(share.T)
    income = np.abs(np.real(vectors[:, np.argmax(np.real(values))])) * 1e4
    world = World.from_flows(
        name="one sector", year=2015, countries=tuple(f"C{k:02d}" for k in range(n)),
        sectors=("all",), expenditure=(share * income[:, None])[:, :, None],
        value_added_share=np.ones((n, 1)), input_share=np.zeros((n, 1, 1)),
        trade_elasticity=np.array([theta]),
    )  # fmt: skip
    return world, share, income, theta


@pytest.mark.parametrize("seed", range(3))
def test_one_sector_equals_the_closed_form_of_the_paper(seed):
    """Kleinman, Liu & Redding: W = -theta/(theta+1) (I - V)^-1 M, U = (I - S) W + S."""
    world, s, income, theta = one_sector(seed)
    t = (s * income[:, None] / income[None, :]).T  # t[i, n]: share of i's income from n
    eye, q = np.eye(len(income)), income / income.sum()
    m = t @ s - eye
    v = (t + theta * t @ s) / (theta + 1) - np.outer(np.ones_like(q), q)
    w = -theta / (theta + 1) * np.linalg.solve(eye - v, m)
    exposed = hs.exposure(world)
    np.testing.assert_allclose(exposed.income.values, w, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(exposed.welfare.values, (eye - s) @ w + s, rtol=1e-8, atol=1e-10)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.booleans(), st.sampled_from(RULES))
def test_small_shocks_solved_in_full_say_the_same(seed, tariffs, rule):
    """Shocks of 0.01 %, up and down, to 1e-4 of the largest entry."""
    rng = np.random.default_rng(seed)
    world = random_world(rng, 5, 3, tariffs, 0.2, balanced=rule == "balanced")
    regime = Shock.trade_cost(world, hat=1.4, destination="C01").then(
        Shock.trade_cost(world, hat=np.inf, destination="C00", origin="C02", sector="s1")
    )
    try:
        exposed = hs.exposure(world, regime, deficits=rule)
    except HansaError:
        return  # the draw has no equilibrium under the regime
    source, sector = str(rng.choice(world.countries)), str(rng.choice(world.sectors))

    def slopes(*shocks):
        up, down = hs.sweep(world, shocks, base=regime, deficits=rule).welfare.values
        return (np.log(up) - np.log(down)) / 2e-4

    hats = np.exp([1e-4, -1e-4])
    for chosen, found in (
        (None, exposed.welfare.sel(source=source)),
        (sector, exposed.welfare_by_sector.sel(source=source, sector=sector)),
    ):
        expected = slopes(
            *(Shock.productivity(world, hat=h, country=source, sector=chosen) for h in hats)
        )
        assert np.abs(found.values - expected).max() <= 1e-4 * np.abs(expected).max()
    buyer = world.countries[0]
    expected = slopes(
        *(
            Shock.trade_cost(world, hat=h, destination=buyer, origin=source, domestic=True)
            for h in hats
        )
    )
    found = float(exposed.import_cost.sel(country=buyer, origin=source))
    assert abs(found - expected[0]) <= 1e-4 * max(abs(expected[0]), 0.01)


@pytest.mark.parametrize("rule", RULES)
def test_identities(rule):
    """What must hold whatever the links, tariffs and deficits."""
    world = random_world(np.random.default_rng(7), 6, 3, True, 0.2, balanced=rule == "balanced")
    exposed = hs.exposure(world, deficits=rule)
    home = hs.balance(world) if rule == "balanced" else world
    np.testing.assert_allclose(
        exposed.welfare_by_sector.sum("sector").values, exposed.welfare.values, rtol=1e-12
    )
    # More from the same labour everywhere: everybody is that much better off, at equal incomes.
    labour = home.value_added_share
    np.testing.assert_allclose(
        (exposed.welfare_by_sector.values * labour).sum((1, 2)), 1.0, rtol=1e-9
    )
    np.testing.assert_allclose(
        (exposed.income_by_sector.values * labour).sum((1, 2)), 0.0, atol=1e-9
    )
    # Dearer delivery of all that one sells, at home too, is lower productivity.
    here = hs.linearise(hs.solve(world, deficits=rule))
    by = here.gradient("log_welfare", "C02")
    np.testing.assert_allclose(
        by.log_trade_cost.sum("destination").values, -by.log_productivity.values, atol=1e-10
    )
    # The same gradient, by Krylov steps instead of elimination.
    np.testing.assert_allclose(
        by.log_productivity.values, exposed.welfare_by_sector.sel(country="C02").values, atol=1e-10
    )
    own = by.log_trade_cost.sel(destination="C02").sum("sector").values
    np.testing.assert_allclose(own, exposed.import_cost.sel(country="C02").values, atol=1e-10)


def test_equal_growth_everywhere_without_inputs_is_shared_by_all():
    world, *_ = one_sector(5)
    exposed = hs.exposure(world)
    np.testing.assert_allclose(exposed.welfare.sum("source").values, 1.0, rtol=1e-9)
    np.testing.assert_allclose(exposed.income.sum("source").values, 0.0, atol=1e-9)
    # World income is the numeraire, so its share-weighted change is zero.
    weights = world.value_added / world.value_added.sum()
    np.testing.assert_allclose(weights @ exposed.income.values, 0.0, atol=1e-9)
    np.testing.assert_allclose(exposed.import_cost.values.shape, (6, 6))


def test_elimination_and_krylov_steps_solve_the_same_system():
    world = random_world(np.random.default_rng(3), 7, 4, True, 0.3)
    here = hs.linearise(hs.solve(world, deficits="proportional"))
    rng = np.random.default_rng(0)
    weights = {k: rng.normal(size=(here.tangent.sizes[k], 7, 5)) for k in UNKNOWNS}
    one, other = factor(here.tangent).solve(weights), here.tangent.solve_transposed(weights)
    for name in GAPS:
        np.testing.assert_allclose(one[name], other[name], atol=1e-10 * np.abs(one[name]).max())


def test_the_embedded_world_matches_re_solves():
    """The shipped data: 161 economies, 0.01 % shocks, under the sanctions in force."""
    world = hs.load_world()
    regime = hs.sanctions(world, "2024-02-19")
    exposed = hs.exposure(world, regime)
    for source in ("CHN", "RUS"):
        shocks = [Shock.productivity(world, hat=np.exp(h), country=source) for h in (1e-4, -1e-4)]
        up, down = np.log(hs.sweep(world, shocks, base=regime).welfare.values)
        slope = (up - down) / 2e-4
        found = exposed.welfare.sel(source=source).values
        assert np.abs(found - slope).max() <= 1e-4 * np.abs(slope).max()


def test_friends_and_enemies_are_tables_with_labels():
    world = random_world(np.random.default_rng(11), 6, 2, True, 0.1)
    exposed = hs.exposure(world)
    friends, enemies = exposed.friends("C03", 3), exposed.enemies("C03", 3)
    row = exposed.welfare.sel(country="C03").drop_sel(source="C03").to_series()
    assert list(friends["welfare"]) == sorted(row[row > 0], reverse=True)[:3]
    assert list(enemies["welfare"]) == sorted(row[row < 0])[:3]
    assert not set(friends.index) & set(enemies.index)
    by_sector = exposed.friends("C03", 5, sector="s1")
    expected = exposed.welfare_by_sector.sel(country="C03", source=by_sector.index[0], sector="s1")
    assert by_sector["welfare"].iloc[0] == float(expected)
    assert exposed.to_frame().shape == (36, 5)
    assert exposed.welfare.attrs["unit"] == "per cent per per cent"
    with pytest.raises(DataError, match="did you mean 'C03'"):
        exposed.friends("C3")
    with pytest.raises(DataError, match="unknown sector 'x'"):
        exposed.enemies("C03", sector="x")


def world_without_a_maker(seed):
    """A world in which C00 makes nothing in s1, so that no labour works there."""
    world = random_world(np.random.default_rng(seed), 5, 3, True, 0.1)
    flow = world.expenditure.copy()
    flow[:, 1, 1] += flow[:, 0, 1]
    flow[:, 0, 1] = 0.0
    return World.from_flows(
        name="gap", year=2015, countries=world.countries, sectors=world.sectors,
        expenditure=flow, tariff=world.tariff, value_added_share=world.value_added_share,
        input_share=world.input_share, trade_elasticity=world.trade_elasticity,
    )  # fmt: skip


def test_labour_that_stays_in_its_sector_even_where_there_is_none():
    """Wages by sector, one of them of nobody: exposure equals differences of full solves."""
    world = world_without_a_maker(1)
    horizon = Horizon("short", 0.6, 0.9, 0.4, 0.3, True)
    exposed = hs.exposure(world, deficits="fixed", horizon=horizon)
    hats = np.exp([1e-4, -1e-4])
    for sector in world.sectors:
        shocks = [Shock.productivity(world, hat=h, country="C01", sector=sector) for h in hats]
        up, down = hs.sweep(world, shocks, deficits="fixed", horizon=horizon).welfare.values
        slope = (np.log(up) - np.log(down)) / 2e-4
        found = exposed.welfare_by_sector.sel(source="C01", sector=sector).values
        assert np.abs(found - slope).max() <= 1e-4 * np.abs(slope).max()
    nobody = exposed.welfare_by_sector.sel(source="C00", sector="s1")
    np.testing.assert_array_equal(nobody.values, 0.0)
    here = hs.linearise(hs.solve(world, deficits="fixed", horizon=horizon))
    by = here.gradient("log_welfare", "C02").log_productivity
    expected = exposed.welfare_by_sector.sel(country="C02").values
    np.testing.assert_allclose(by.values, expected, atol=1e-10)
