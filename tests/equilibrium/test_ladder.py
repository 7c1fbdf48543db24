"""Climbing: all clubs size by size, and guided searches, find what is found one by one."""

from dataclasses import replace

import numpy as np
import pytest

from hansa.equilibrium import balance, guide_of, guide_to_balance, solve, sweep
from hansa.equilibrium.ladder import every_club, levels
from hansa.policy import Measures, club_shocks
from hansa.shock import Shock
from worlds import random_world

PLAYERS = 5
MEMBERS = (np.arange(1 << PLAYERS)[:, None] >> np.arange(PLAYERS) & 1).astype(bool)


@pytest.fixture(scope="module")
def world():
    return random_world(np.random.default_rng(11), 9, 3, False, 0.0)


def test_levels_hold_every_club_of_two_or_more_once():
    clubs = np.concatenate([level.clubs for level in levels(PLAYERS)])
    assert sorted(clubs.tolist()) == [m for m in range(32) if m.bit_count() > 1]


def test_where_one_can_act_alone_clubs_of_one_are_levels_too():
    assert [len(level.clubs) for level in levels(PLAYERS, 1)] == [5, 10, 10, 5, 1]
    random = np.random.default_rng(3)
    own = random.standard_normal((5, 4))
    rows = np.array(
        [sum(own[k] for k in range(5) if mask >> k & 1) + np.ones(4) for mask in range(32)]
    )
    for level in levels(PLAYERS, 1)[1:]:
        np.testing.assert_allclose(level.starts(rows, rows[0]), rows[level.clubs], atol=1e-13)


def test_a_start_is_exact_where_a_clubs_last_term_is_nothing():
    """Of values that are sums over pairs, every larger club's is found from the smaller ones."""
    random = np.random.default_rng(3)
    pairs = {(a, b): random.standard_normal(4) for a in range(5) for b in range(a)}
    rows = np.array(
        [
            sum((v for p, v in pairs.items() if all(mask >> k & 1 for k in p)), np.ones(4))
            for mask in range(32)
        ]
    )
    for level in levels(PLAYERS)[1:]:
        np.testing.assert_allclose(level.starts(rows, rows[0]), rows[level.clubs], atol=1e-13)


def test_a_start_that_is_not_a_number_is_the_state_without_a_club():
    rows = np.full((32, 4), np.nan)
    first = np.arange(4.0)
    assert (levels(PLAYERS)[1].starts(rows, first) == first).all()


def test_only_all_clubs_in_order_are_climbed():
    assert every_club(MEMBERS)
    assert not every_club(MEMBERS[::-1])
    assert not every_club(MEMBERS[:-1])


def test_climbing_finds_what_is_found_one_by_one(world):
    players = world.countries[2 : 2 + PLAYERS]
    base = Shock.trade_cost(world, hat=1.2, destination=players[0])
    measures = Measures(nontariff=-0.15)
    seen = []
    climbed = sweep(
        world, club_shocks(world, players, MEMBERS, measures), base=base,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert climbed.solved.all()
    assert float(climbed.residual.max()) < 1e-10
    assert seen[-1] == (32, 32)
    order = np.random.default_rng(1).permutation(32)
    apart = sweep(world, club_shocks(world, players, MEMBERS[order], measures), base=base)
    np.testing.assert_allclose(
        climbed.welfare.values[order], apart.welfare.values, rtol=1e-9, atol=0
    )
    assert climbed.iterations[31] < apart.iterations[np.argmax(order)]
    found = climbed.state.spending[:, :, order]
    np.testing.assert_allclose(found, apart.state.spending, rtol=1e-8)
    one, two = (
        sweep(world, club_shocks(world, players, MEMBERS, measures), base=base, threads=t)
        for t in (1, 2)
    )
    assert np.array_equal(one.welfare.values, two.welfare.values)


def test_a_guide_shortens_the_search_and_changes_nothing(world):
    shock = Shock.trade_cost(world, hat=1.3, origin=world.countries[1])
    central = solve(world, shock)
    other = replace(world, trade_elasticity=world.trade_elasticity * 1.15)
    plain = solve(other, shock)
    home = balance(other, guide_to_balance(world))
    np.testing.assert_allclose(home.expenditure, balance(other).expenditure, rtol=1e-8, atol=1e-9)
    guided = sweep(home, [shock], guide=guide_of(central))
    np.testing.assert_allclose(guided.welfare.values[0], plain.welfare.values, rtol=1e-9)
    assert float(guided.residual.max()) < 1e-10
    same = sweep(balance(world), [shock], guide=guide_of(central))
    assert same.iterations[0] == 1
