"""Scores of forecasts: known cases, laws, and agreement with other implementations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hansa.study.backcasts.scores import LEAST_SHARE, MEASURES, Changes, changes, score

seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def drawn(random: np.random.Generator, k: int = 12) -> Changes:
    weight = random.random(k) + 0.1
    return Changes(
        np.ones(k, dtype=bool), random.standard_normal(k), random.standard_normal(k),
        weight / weight.sum(),
    )  # fmt: skip


def flat(found: Changes) -> Changes:
    k = found.actual.size
    return Changes(found.kept, found.actual, found.predicted, np.full(k, 1 / k))


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_a_perfect_forecast(random: np.random.Generator) -> None:
    one = drawn(random)
    found = score(Changes(one.kept, one.actual, one.actual.copy(), one.weight), draws=0)
    assert found.pearson == pytest.approx(1)
    assert (found.rmse, found.sign, found.skill_nothing) == (0, pytest.approx(1), 1)
    assert (found.slope, found.intercept) == (pytest.approx(1), pytest.approx(0, abs=1e-12))
    assert found.spearman == pytest.approx(1)


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_unweighted_numbers_are_those_of_scipy(random: np.random.Generator) -> None:
    one = flat(drawn(random))
    found = score(one, draws=0)
    line = stats.linregress(one.predicted, one.actual)
    assert found.pearson == pytest.approx(line.rvalue)
    assert found.slope == pytest.approx(line.slope)
    assert found.intercept == pytest.approx(line.intercept)
    assert found.r2 == pytest.approx(line.rvalue**2)
    assert found.spearman == pytest.approx(stats.spearmanr(one.predicted, one.actual)[0])
    assert found.rmse == pytest.approx(np.sqrt(np.mean((one.actual - one.predicted) ** 2)))


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_a_weight_of_two_is_a_unit_twice(random: np.random.Generator) -> None:
    one = flat(drawn(random, 9))
    double = np.where(np.arange(9) == 4, 2.0, 1.0)
    weighted = Changes(one.kept, one.actual, one.predicted, double / double.sum())
    twice = [*range(9), 4]
    repeated = Changes(
        np.ones(10, dtype=bool), one.actual[twice], one.predicted[twice], np.full(10, 0.1)
    )
    a, b = score(weighted, one.predicted * 0, 0), score(repeated, one.predicted[twice] * 0, 0)
    for name in ("pearson", "slope", "rmse", "sign", "skill_nothing", "skill_gravity"):
        assert getattr(a, name) == pytest.approx(getattr(b, name)), name


def test_nothing_changes_has_no_correlation_and_no_skill() -> None:
    one = drawn(np.random.default_rng(1))
    found = score(Changes(one.kept, one.actual, np.zeros(12), one.weight))
    assert found.pearson is found.slope is found.sign is found.low["pearson"] is None
    assert found.skill_nothing == pytest.approx(0)


def test_skill_against_gravity_is_its_error_removed() -> None:
    one = flat(drawn(np.random.default_rng(2)))
    gravity = one.actual + 2 * (one.predicted - one.actual)
    assert score(one, gravity, 0).skill_gravity == pytest.approx(1 - 1 / 4)


def test_intervals_hold_what_was_drawn_from() -> None:
    random = np.random.default_rng(3)
    held = 0
    for _ in range(60):
        predicted = random.standard_normal(60)
        actual = predicted + random.standard_normal(60)
        found = score(
            Changes(np.ones(60, dtype=bool), actual, predicted, np.full(60, 1 / 60)), draws=200
        )
        held += found.low["slope"] <= 1 <= found.high["slope"]
    # 54 of 60 are expected at 90 per cent; 45 or fewer would be a thousand to one.
    assert held > 45


def test_few_units_have_no_interval() -> None:
    assert score(drawn(np.random.default_rng(4), 5)).low == {}


@given(seeds, st.sampled_from(MEASURES))
@settings(max_examples=30, deadline=None)
def test_the_unit_of_money_does_not_matter(random: np.random.Generator, measure: str) -> None:
    before, actual, predicted = random.random((3, 8)) + 0.1
    a = changes(before, actual, predicted, measure)
    b = changes(before * 1e3, actual * 7, predicted * 0.2, measure)
    np.testing.assert_allclose(a.actual, b.actual, atol=1e-10)
    np.testing.assert_allclose(a.predicted, b.predicted, atol=1e-10)


def test_what_is_left_out_of_log_changes() -> None:
    before = np.array([1.0, 1.0, 0.5 * LEAST_SHARE, 0.0])
    actual = np.array([1.0, 0.0, 1.0, 1.0])
    predicted = np.ones(4)
    assert changes(before, actual, predicted, "log").kept.tolist() == [True, False, False, False]
    assert changes(before, actual, predicted, "points").kept.all()


def test_only_the_same_units_are_compared_with_gravity() -> None:
    one = drawn(np.random.default_rng(5), 4)
    wanted = np.array([True, False, True, True])
    kept = one.only(wanted)
    np.testing.assert_array_equal(kept.actual, one.actual[wanted])
    assert kept.weight.sum() == pytest.approx(1)
