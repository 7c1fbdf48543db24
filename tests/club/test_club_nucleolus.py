"""Nucleolus: numbers from the literature, closed forms, and Kohlberg's criterion."""

import time

import numpy as np
import pytest
from club_tables import airport, bankruptcy, majority, random_values, tu_game
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from hansa.club import Game, excesses, mask_of, membership
from hansa.club.subsets import subset_sums
from hansa.errors import DataError


def lexicographic_cost_game(m, costs):
    """Values minus the costs listed in the order 1, 12, 123, ..., 13, ..., 2, 23, ..."""

    def clubs(first, before):
        for k in range(first, m):
            yield [*before, k]
            yield from clubs(k + 1, [*before, k])

    values = np.zeros(1 << m)
    for club, cost in zip(clubs(0, []), costs, strict=True):
        values[sum(1 << k for k in club)] = -cost
    return values


@pytest.mark.parametrize(
    ("estate", "division"),
    [(100, [100 / 3] * 3), (200, [50, 75, 75]), (300, [50, 100, 150])],
)
def test_talmud(estate, division):
    # Aumann & Maschler (1985), Journal of Economic Theory 36, 195-213.
    found = tu_game(bankruptcy(estate, [100, 200, 300])).nucleolus()
    assert found.kind == "nucleolus"
    np.testing.assert_allclose(found.value, division, rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    ("quota", "weights"), [(3, [2, 1, 1, 1]), (4, [3, 1, 1, 1, 1]), (5, [3, 2, 2, 1, 1])]
)
def test_homogeneous_majority_games(quota, weights):
    # Peleg (1968): of a constant-sum homogeneous game, the normalised homogeneous weights.
    found = tu_game(majority(len(weights), quota, weights)).nucleolus()
    np.testing.assert_allclose(found.value, np.array(weights) / sum(weights), rtol=0, atol=1e-10)


def test_four_players_broadcast_transmission():
    # Guajardo & Jornsten (2015), EJOR 241, correcting Hasan et al. (2011).
    costs = [8, 8, 10, 20, 19, 10, 20, 19, 1, 10, 13, 12, 10, 12, 11]
    found = tu_game(lexicographic_cost_game(4, costs)).nucleolus()
    np.testing.assert_allclose(-found.value, [7.5, 0.5, 1.5, 10.5], rtol=0, atol=1e-10)


def test_five_players_production_and_transport():
    # Guajardo & Jornsten (2015), EJOR 241, correcting Sakawa et al. (2001).
    gains = [
        0.060, 0.378, 0.536, 0.906, 1, 0.573, 0.747, 0.874, 0.485, 0.144, 0.546, 0.634, 0.255,
        0.408, 0.561, 0.182, 0.168, 0.337, 0.706, 0.801, 0.379, 0.538, 0.668, 0.279, 0.03, 0.383,
        0.473, 0.083, 0.249, 0.386, 0,
    ]  # fmt: skip
    found = tu_game(-lexicographic_cost_game(5, gains)).nucleolus()
    np.testing.assert_allclose(
        found.value, [0.165, 0.3205, 0.0845, 0.3745, 0.0555], rtol=0, atol=1e-10
    )


def test_three_players_insurance_and_manufacturing():
    # Guajardo & Jornsten (2015), EJOR 241: Lemaire (1991), and correcting Oh & Shin (2012).
    gains = [46125, 69187.5, 90000, 53812.5, 17437.5, 30750, 5812.5]
    found = tu_game(-lexicographic_cost_game(3, gains)).nucleolus()
    np.testing.assert_allclose(found.value, [52687.5, 24468.75, 12843.75], rtol=1e-12)
    costs = [375144, 568232, 772500, 551055, 245280, 452411, 211239]
    found = tu_game(lexicographic_cost_game(3, costs)).nucleolus()
    np.testing.assert_allclose(-found.value, [331695.25, 233051.25, 207753.5], rtol=1e-12)


def airport_fees(costs):
    """Littlechild (1974), Int. Journal of Game Theory 3, 21-29, in Sonmez's closed form."""
    n, fees = len(costs), []
    for i in range(n - 1):
        paid = sum(fees)
        fees.append(min((costs[k] - paid) / (k - i + 2) for k in range(i, n - 1)))
    return np.array([*fees, costs[-1] - sum(fees)])


@given(costs=st.lists(st.integers(1, 60), min_size=2, max_size=7).map(sorted))
@settings(max_examples=40, deadline=None)
def test_airport_closed_form(costs):
    found = tu_game(airport(costs)).nucleolus()
    np.testing.assert_allclose(-found.value, airport_fees(costs), rtol=0, atol=1e-9)


def weakly_balanced(game, division, least):
    """Kohlberg (1971): for each level, the clubs with at least that excess are balanced."""
    m = game.m
    inside = membership(m).astype(float)
    excess = excesses(game, division)
    scale = np.abs(game.joint_value).max()
    bound = [1 << k for k in range(m) if abs(division[k] - least[k]) <= 1e-9 * scale]
    order = np.arange(1, (1 << m) - 1)
    for level in np.unique(np.round(excess[order] / scale, 8)):
        high = order[excess[order] >= (level - 2e-8) * scale]
        rows = [*high, *bound]
        # Weights at least one on the clubs, at least zero on players held at their own value.
        found = linprog(
            np.zeros(len(rows) + 1),
            A_eq=np.column_stack([inside[rows].T, -np.ones(m)]),
            b_eq=np.zeros(m),
            bounds=[(1, None)] * len(high) + [(0, None)] * (len(bound) + 1),
        )
        if found.status != 0:
            return False
    return True


@given(m=st.integers(3, 6), seed=st.integers(0, 2**32 - 1), integers=st.booleans())
@settings(max_examples=40, deadline=None)
def test_kohlberg_criterion(m, seed, integers):
    values = random_values(m, seed, 0, 4)
    values = np.round(values) if integers else values
    values[-1] = 4 * m
    game = tu_game(values)
    found = game.nucleolus()
    alone = values[1 << np.arange(m)]
    assert found.kind == "nucleolus"
    assert (found.value >= alone - 1e-9).all()
    assert found.value.sum() == pytest.approx(values[-1], abs=1e-9)
    assert weakly_balanced(game, found.value, alone)
    assert (np.diff(found.levels) <= 1e-9).all()
    # The test itself can fail: another division is not balanced.
    moved = found.value + 0.05 * np.eye(m)[0] - 0.05 * np.eye(m)[1]
    assert not weakly_balanced(game, moved, np.full(m, -np.inf))


@given(m=st.integers(3, 6), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_prenucleolus_where_there_is_no_imputation(m, seed):
    values = random_values(m, seed, 0, 1)
    values[-1] = values[1 << np.arange(m)].sum() - 0.5
    game = tu_game(values)
    found = game.nucleolus()
    assert found.kind == "prenucleolus"
    assert set(found.to_frame()["kind"]) == {"prenucleolus"}
    assert found.levels[0] == pytest.approx(game.core().epsilon, abs=1e-8)
    assert weakly_balanced(game, found.value, np.full(m, -np.inf))


def test_imputation_bound_binds():
    # A alone has 3 of 4, which the prenucleolus would not leave it.
    values = np.array([0.0, 3.0, 0.0, 3.0, 0.0, 3.0, 6.0, 4.0])
    found = tu_game(values).nucleolus()
    np.testing.assert_allclose(found.value, [3.0, 0.5, 0.5], atol=1e-10)


def test_only_one_imputation():
    own = np.array([1.0, -2.0, 5.0])
    values = subset_sums(own)
    values[3] += 0.5
    np.testing.assert_allclose(tu_game(values).nucleolus().value, own, atol=1e-12)


@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([1e-3, 1.0, 1e6]))
@settings(max_examples=20, deadline=None)
def test_covariance(seed, scale):
    m = 5
    values, own = random_values(m, seed, 0, 1), 10.0 ** np.arange(m)
    values[-1] = 5
    plain = tu_game(values).nucleolus().value
    moved = tu_game(scale * (values + subset_sums(own))).nucleolus().value
    np.testing.assert_allclose(moved, scale * (plain + own), rtol=0, atol=1e-8 * scale)


def test_lies_in_the_core_and_glove():
    glove = Game.from_values("LRS", lambda club: float("L" in club and len(club) > 1))
    np.testing.assert_allclose(glove.nucleolus().value, [1, 0, 0], atol=1e-10)
    assert glove.nucleolus().of("L") == pytest.approx(1.0)


def test_one_and_two_players():
    assert Game.from_values(["A"], [0.0, 5.0]).nucleolus().value.tolist() == [5.0]
    np.testing.assert_allclose(tu_game([0.0, 1.0, 2.0, 7.0]).nucleolus().value, [3, 4], atol=1e-12)
    np.testing.assert_array_equal(tu_game(np.zeros(8)).nucleolus().value, 0.0)


def test_failed_club_and_too_many_players():
    values = bankruptcy(200, [100, 200, 300])
    values[mask_of("ABC", "B")] = np.nan
    found = tu_game(values).nucleolus()
    assert found.kind == "unknown"
    assert np.isnan(found.value).all()
    assert "among" in found.note
    with pytest.raises(DataError, match="at most 12 players, not 13"):
        tu_game(np.zeros(1 << 13)).nucleolus()


def test_ten_players_take_seconds():
    rng = np.random.default_rng(2)
    game = tu_game(bankruptcy(20.0, rng.uniform(1, 8, 10)))
    start = time.perf_counter()
    found = game.nucleolus()
    assert time.perf_counter() - start < 5
    assert len(found.levels) > 1
    assert found.value.sum() == pytest.approx(20.0)
