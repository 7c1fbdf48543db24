"""Shapley value: axioms, textbooks, brute force over orders, large games, sampling."""

import time

import numpy as np
import pytest
from club_tables import NAMES, airport, majority, random_values, shapley_by_orders, tu_game
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.club import Game, sampled_shapley
from hansa.club.shapley import order_weights
from hansa.club.subsets import club_sizes, split, subset_sums
from hansa.errors import DataError

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 8)


@pytest.mark.parametrize("m", range(1, 8))
def test_equals_the_average_over_all_orders(m):
    values = random_values(m, seed=m)
    np.testing.assert_allclose(
        tu_game(values).shapley().value, shapley_by_orders(values, m), rtol=0, atol=1e-13
    )


@given(m=sizes, seed=seeds, scale=st.sampled_from([1e-6, 1.0, 1e7]))
@settings(max_examples=60, deadline=None)
def test_efficiency(m, seed, scale):
    values = random_values(m, seed) * scale
    assert abs(tu_game(values).shapley().value.sum() - values[-1]) <= 1e-12 * scale


@given(m=st.integers(2, 8), seed=seeds, data=st.data())
@settings(max_examples=60, deadline=None)
def test_dummy_gets_exactly_its_own(m, seed, data):
    k = data.draw(st.integers(0, m - 1))
    values, own = random_values(m, seed), 0.375
    without, with_ = split(values, k)
    with_[:] = without
    assert tu_game(values).shapley().value[k] == 0.0
    with_[:] = without + own
    assert tu_game(values).shapley().value[k] == pytest.approx(own, abs=1e-12)


@given(m=st.integers(2, 8), seed=seeds, data=st.data())
@settings(max_examples=60, deadline=None)
def test_symmetry(m, seed, data):
    a, b = data.draw(st.permutations(range(m)))[:2]
    values = random_values(m, seed)
    mask = np.arange(1 << m)
    bit_a, bit_b = mask >> a & 1, mask >> b & 1
    swapped = np.where(bit_a != bit_b, mask ^ (1 << a) ^ (1 << b), mask)
    worth = tu_game(values + values[swapped]).shapley().value
    assert worth[a] == pytest.approx(worth[b], abs=1e-12)


@given(m=sizes, seed=seeds, factor=st.floats(-3, 3))
@settings(max_examples=60, deadline=None)
def test_additivity(m, seed, factor):
    one, two = random_values(m, seed), random_values(m, seed + 1)
    together = tu_game(one + factor * two).shapley().value
    apart = tu_game(one).shapley().value + factor * tu_game(two).shapley().value
    np.testing.assert_allclose(together, apart, rtol=0, atol=1e-12)


def test_glove_game():
    # One left glove, two right ones: Shapley & Shubik's pair market.
    glove = Game.from_values("LRS", lambda club: float("L" in club and len(club) > 1))
    np.testing.assert_allclose(glove.shapley().value, [2 / 3, 1 / 6, 1 / 6], atol=1e-15)
    assert glove.shapley().of("L") == pytest.approx(2 / 3)


def test_airport_game_shares_each_stretch_among_those_who_need_it():
    # Littlechild & Owen (1973), Management Science 20, 370-372.
    costs = np.array([1.0, 2.5, 2.5, 4.0, 7.0, 11.0])
    stretch = np.diff(costs, prepend=0.0) / np.arange(len(costs), 0, -1)
    np.testing.assert_allclose(
        -tu_game(airport(costs)).shapley().value, np.cumsum(stretch), atol=1e-14
    )


def test_weighted_majority():
    # The four-player apex game [3; 2, 1, 1, 1]: the apex is pivotal in half of the orders.
    worth = tu_game(majority(4, 3, [2, 1, 1, 1])).shapley().value
    np.testing.assert_allclose(worth, [1 / 2, 1 / 6, 1 / 6, 1 / 6], atol=1e-15)


@pytest.mark.parametrize("m", [1, 2, 5, 12])
def test_weights_are_shares_of_orders(m):
    assert order_weights(m).sum() == pytest.approx(1.0, abs=1e-14)


def test_twenty_players_take_seconds():
    m = 20
    own = np.random.default_rng(0).uniform(-1, 1, m)
    values = subset_sums(own) + club_sizes(m) ** 2.0
    game = tu_game(values)
    start = time.perf_counter()
    worth = game.shapley()
    assert time.perf_counter() - start < 5
    # Additive plus symmetric: own part, and an equal share of m^2.
    np.testing.assert_allclose(worth.value, own + m, rtol=0, atol=1e-12 * m**2)
    assert (worth.slack < 1e-10).all()


def test_slack_bounds_the_effect_of_the_residuals():
    m, rng = 5, np.random.default_rng(3)
    values, residual = random_values(m, 3), np.full(1 << m, 1e-6)
    exact = Game.from_values(NAMES[:m], values, residual).shapley()
    for _ in range(20):
        noise = rng.uniform(-1, 1, 1 << m) * 1e-6 * np.abs(values).max()
        noise[0] = 0.0
        moved = tu_game(values + noise).shapley().value
        assert (np.abs(moved - exact.value) <= exact.slack).all()


def test_one_failed_club_makes_every_value_unknown():
    values = random_values(3, 0)
    values[5] = np.nan
    worth = tu_game(values).shapley()
    assert np.isnan(worth.value).all()
    assert not worth.known.any()
    assert "A+C" in worth.note
    assert set(worth.to_frame()["status"]) == {"unknown"}


# ---- sampling ---------------------------------------------------------------------------


def sampled(values, m, **options):
    powers = 1 << np.arange(m)
    return sampled_shapley(NAMES[:m], lambda clubs: values[clubs @ powers], **options)


def test_sampling_is_unbiased_within_four_standard_errors():
    m = 7
    values = random_values(m, 11) + club_sizes(m) ** 1.5
    exact = tu_game(values).shapley().value
    scores = []
    for seed in range(30):
        found = sampled(values, m, draws=300, seed=seed)
        assert found.draws == 300
        scores.append((found.value - exact) / found.standard_error)
    scores = np.array(scores)
    assert np.abs(scores).max() < 4.5
    assert (np.abs(scores.mean(axis=0)) < 4 / np.sqrt(30)).all()
    # The standard errors are of the right size: scores spread like a standard normal.
    assert 0.8 < scores.std() < 1.25


def test_sampling_keeps_efficiency_and_the_seed():
    values = random_values(6, 5)
    one, two = (sampled(values, 6, draws=50, seed=9) for _ in range(2))
    np.testing.assert_array_equal(one.value, two.value)
    assert one.value.sum() == pytest.approx(values[-1], abs=1e-12)
    other = sampled(values, 6, draws=50, seed=10)
    assert (other.value != one.value).any()


def test_sampling_more_players_than_a_table_holds():
    m = 40
    own = np.linspace(-1, 2, m)

    def value(clubs):
        size = clubs.sum(axis=1)
        return clubs @ own + size * (size - 1.0)

    found = sampled_shapley([f"P{k}" for k in range(m)], value, draws=400, seed=1)
    # An order and its reverse: marginals of a quadratic game average out exactly.
    np.testing.assert_allclose(found.value, own + m - 1, atol=1e-10)
    assert (found.standard_error < 1e-10).all()


def test_sampling_in_batches_is_one_sample(monkeypatch):
    values = random_values(5, 2)
    whole = sampled(values, 5, draws=101, seed=4)
    monkeypatch.setattr("hansa.club.shapley.BATCH", 1)
    parts = sampled(values, 5, draws=101, seed=4)
    np.testing.assert_allclose(parts.value, whole.value, atol=1e-13)
    np.testing.assert_allclose(parts.standard_error, whole.standard_error, atol=1e-13)


def test_sampling_poisons_only_who_is_asked():
    m = 6
    values = club_sizes(m).astype(float)
    # The club of all failed: lost is only the contribution of whoever comes last in an order.
    values[-1] = np.nan
    found = sampled(values, m, draws=2, seed=0)
    assert 2 <= found.known.sum() < m
    np.testing.assert_allclose(found.value[found.known], 1.0)
    assert np.isnan(found.value[~found.known]).all()
    everything = sampled(np.full(1 << m, np.nan), m, draws=4)
    assert not everything.known.any()
    assert everything.note


def test_sampling_refuses_nonsense():
    with pytest.raises(DataError, match="at least 2"):
        sampled(random_values(3, 0), 3, draws=1)
    with pytest.raises(DataError, match="unique"):
        sampled_shapley(["A", "A"], lambda clubs: clubs.sum(axis=1) * 1.0)
    with pytest.raises(DataError, match="one number for each"):
        sampled_shapley(["A", "B"], lambda clubs: np.zeros(1))
