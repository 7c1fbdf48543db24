"""Core and least core: textbooks, all constraints at once, certificates, ties, failed clubs."""

import time

import numpy as np
import pytest
from club_tables import NAMES, airport, bankruptcy, majority, random_values, tu_game
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from hansa.club import Game, Verdict, excesses, mask_of, membership
from hansa.club.subsets import club_sizes, subset_sums


def all_at_once(values, m):
    """The least core with every constraint written out: an independent plain solve."""
    inside = membership(m)[1:-1].astype(float)
    found = linprog(
        np.append(np.zeros(m), 1.0),
        A_ub=-np.column_stack([inside, np.ones(len(inside))]),
        b_ub=-values[1:-1],
        A_eq=[[1.0] * m + [0.0]],
        b_eq=values[-1:],
        bounds=[(None, None)] * (m + 1),
        method="highs-ipm",
    )
    assert found.status == 0
    return found.fun


def largest_excess(game, division):
    return excesses(game, division)[1:-1].max()


def test_three_player_majority_has_an_empty_core_by_a_third():
    core = tu_game(majority(3, 2)).core()
    assert core.nonempty is Verdict.NO
    assert core.epsilon == pytest.approx(1 / 3, abs=1e-12)
    np.testing.assert_allclose(core.point, 1 / 3, atol=1e-12)
    assert set(core.blocking) == {("A", "B"), ("A", "C"), ("B", "C")}
    np.testing.assert_allclose(core.weight, 1 / 3, atol=1e-12)


def test_five_player_majority():
    # Equal division is best; three members then hold 3/5 and could have 1.
    assert tu_game(majority(5, 3)).core().epsilon == pytest.approx(2 / 5, abs=1e-12)


def test_glove_core_is_one_point():
    glove = Game.from_values("LRS", lambda club: float("L" in club and len(club) > 1))
    core = glove.core()
    assert core.nonempty is Verdict.YES
    assert core.epsilon == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(core.point, [1, 0, 0], atol=1e-9)


@pytest.mark.parametrize("values", [airport([1, 3, 4, 9]), bankruptcy(200, [100, 200, 300])])
def test_convex_games_have_a_core_and_the_shapley_value_is_in_it(values):
    game = tu_game(values)
    core = game.core()
    assert core.nonempty is Verdict.YES
    assert largest_excess(game, core.point) <= 1e-9
    assert largest_excess(game, game.shapley().value) <= 1e-12
    assert core.point.sum() == pytest.approx(values[-1], abs=1e-9)


@given(m=st.integers(2, 7), seed=st.integers(0, 2**32 - 1), size=st.sampled_from([1.0, 1e6]))
@settings(max_examples=40, deadline=None)
def test_constraint_generation_equals_all_constraints(m, seed, size):
    values = random_values(m, seed) * size
    game = tu_game(values)
    core = game.core()
    assert core.epsilon == pytest.approx(all_at_once(values / size, m) * size, abs=1e-7 * size)
    assert largest_excess(game, core.point) == pytest.approx(core.epsilon, abs=1e-8 * size)
    # Bondareva-Shapley: balanced weights prove that no division does better.
    rows = [mask_of(game.players, club) for club in core.blocking]
    cover = core.weight @ membership(m)[rows]
    np.testing.assert_allclose(cover, cover[0], atol=1e-8)
    assert core.weight.sum() == pytest.approx(1.0, abs=1e-9)
    bound = core.weight @ values[rows] - cover[0] * values[-1]
    assert bound == pytest.approx(core.epsilon, abs=1e-8 * size)


@given(seed=st.integers(0, 2**32 - 1), shift=st.floats(-100, 100))
@settings(max_examples=20, deadline=None)
def test_an_amount_for_each_player_changes_nothing_but_the_point(seed, shift):
    m = 5
    values = random_values(m, seed)
    own = shift * np.arange(1, m + 1)
    one, two = tu_game(values).core(), tu_game(values + subset_sums(own)).core()
    assert two.epsilon == pytest.approx(one.epsilon, abs=1e-8)
    assert two.nonempty is one.nonempty


def test_additive_game_is_its_own_core():
    own = np.array([3.0, 1e5, -7.0, 0.1])
    core = tu_game(subset_sums(own)).core()
    assert core.nonempty is Verdict.YES
    np.testing.assert_allclose(core.point, own, rtol=0, atol=1e-8)


def test_one_and_two_players():
    alone = Game.from_values(["A"], [0.0, 5.0]).core()
    assert alone.nonempty is Verdict.YES
    assert alone.point.tolist() == [5.0]
    pair = tu_game([0.0, 1.0, 2.0, 7.0]).core()
    assert pair.epsilon == pytest.approx(-2.0)
    worse = tu_game([0.0, 1.0, 2.0, 1.0]).core()
    assert worse.nonempty is Verdict.NO
    assert worse.epsilon == pytest.approx(1.0)


def test_zero_game():
    core = tu_game(np.zeros(8)).core()
    assert core.nonempty is Verdict.YES
    np.testing.assert_array_equal(core.point, 0.0)


@pytest.mark.parametrize("kind", ["convex", "noisy"])
def test_sixteen_players_take_seconds(kind):
    m, rng = 16, np.random.default_rng(1)
    values = subset_sums(rng.random(m))
    noise = rng.random(1 << m) * club_sizes(m) ** 0.5
    values = values**1.1 if kind == "convex" else values + 0.1 * noise
    values[0] = 0.0
    game = tu_game(values)
    start = time.perf_counter()
    core = game.core()
    assert time.perf_counter() - start < 10
    assert core.nonempty is (Verdict.YES if kind == "convex" else Verdict.NO)
    assert largest_excess(game, core.point) <= core.epsilon + 1e-8


def test_emptiness_within_the_residuals_is_a_tie():
    values = majority(3, 2)
    for whole, verdict in ((1.5, Verdict.TIE), (1.4, Verdict.NO), (1.6, Verdict.YES)):
        values[-1] = whole
        core = Game.from_values("ABC", values, np.full(8, 1e-3)).core()
        assert core.nonempty is verdict
    # With exact values the boundary case is in: x(S) >= v(S) may hold with equality.
    values[-1] = 1.5
    assert tu_game(values).core().nonempty is Verdict.YES


def test_a_failed_club_leaves_a_no_standing_but_no_number():
    values = np.append(majority(4, 3)[:-1], 1.0)
    values[mask_of("ABCD", "A")] = np.nan
    core = tu_game(values).core()
    assert core.nonempty is Verdict.NO
    assert np.isnan(core.epsilon)
    assert core.at_least == pytest.approx(1 / 4)
    assert np.isnan(core.point).all()
    assert "1 of 16" in core.note


def test_a_failed_club_leaves_a_yes_unknown():
    values = bankruptcy(200, [100, 200, 300])
    values[mask_of("ABC", "B+C")] = np.nan
    core = tu_game(values).core()
    assert core.nonempty is Verdict.UNKNOWN
    assert np.isnan(core.epsilon)
    assert core.at_least <= 0


def test_failed_clubs_that_leave_no_bound():
    values = np.full(8, np.nan)
    values[[0, 1, 7]] = 0.0, 0.3, 1.0
    core = tu_game(values).core()
    assert core.nonempty is Verdict.UNKNOWN
    assert core.at_least == -np.inf
    values[1] = np.nan
    assert tu_game(values).core().nonempty is Verdict.UNKNOWN
    values[7] = np.nan
    lost = tu_game(values).core()
    assert lost.nonempty is Verdict.UNKNOWN
    assert np.isnan(lost.at_least)
    assert NAMES[0] in lost.note
