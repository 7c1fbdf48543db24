"""Shares of a variance against functions whose shares are known in closed form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.study.variance import Inputs, variance_shares


def inputs(groups, draws=2000, seed=1, kind="normal"):
    """Inputs, the group of each given by a letter: "aab" has two of one group, one of another."""
    random = np.random.default_rng(seed)
    shape = (draws, len(groups))
    drawn = random.standard_normal(shape) if kind == "normal" else random.uniform(-1, 1, shape)
    names = tuple(dict.fromkeys(groups))
    return Inputs(names, drawn, np.array([names.index(g) for g in groups]))


def test_a_linear_function_is_divided_by_squared_slopes():
    given = inputs("aabc")
    x = given.values
    held = variance_shares(given, 3 * x[:, 0] + 4 * x[:, 1] - 5 * x[:, 2] + 0 * x[:, 3] + 7)
    np.testing.assert_allclose(held.share, [0.5, 0.5, 0.0], atol=0.03)
    np.testing.assert_allclose(held.share, held.first_order, atol=1e-6)
    assert held.unexplained == pytest.approx(0, abs=1e-9)
    assert held.centre == pytest.approx(7, abs=0.5)
    # The swing of b: from its 5th to its 95th percentile, with slope -5.
    assert held.low[1] - held.high[1] == pytest.approx(5 * 2 * 1.645, rel=0.05)
    assert held.high[0] - held.low[0] == pytest.approx(5 * 2 * 1.645, rel=0.05)
    assert (held.share_low <= held.share + 1e-9).all()
    assert (held.share <= held.share_high + 1e-9).all()


def test_an_interaction_goes_half_to_each_side():
    """y = x1 + x1 x2 of unit normals: V1 = 1, V12 = 1, so Shapley 3/4 and 1/4 (Owen 2014)."""
    given = inputs("ab")
    x = given.values
    held = variance_shares(given, x[:, 0] + x[:, 0] * x[:, 1])
    np.testing.assert_allclose(held.share, [0.75, 0.25], atol=0.04)
    np.testing.assert_allclose(held.first_order, [0.5, 0.0], atol=0.06)
    product = variance_shares(given, x[:, 0] * x[:, 1])
    np.testing.assert_allclose(product.share, [0.5, 0.5], atol=0.03)


def test_a_product_of_uniform_inputs_with_a_mean_has_its_known_shares():
    """y = (2 + x1)(1 + x2), x uniform on -1..1: V1 = 1/3, V2 = 4/3, V12 = 1/9."""
    given = inputs("ab", kind="uniform")
    x = given.values
    held = variance_shares(given, (2 + x[:, 0]) * (1 + x[:, 1]))
    parts = np.array([1 / 3 + 1 / 18, 4 / 3 + 1 / 18])
    np.testing.assert_allclose(held.share, parts / (1 / 3 + 4 / 3 + 1 / 9), atol=0.02)
    assert held.unexplained == pytest.approx(0, abs=1e-9)


def test_a_square_is_seen():
    given = inputs("ab")
    x = given.values
    held = variance_shares(given, x[:, 0] ** 2 + x[:, 1])
    np.testing.assert_allclose(held.share, [2 / 3, 1 / 3], atol=0.05)


def test_what_a_polynomial_cannot_foretell_is_left_unexplained():
    """Ishigami (a = 7, b = 0.1): S2 = 0.44 is all in sin^2, which no square of x follows."""
    random = np.random.default_rng(4)
    x = random.uniform(-np.pi, np.pi, (3000, 3))
    y = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    held = variance_shares(Inputs(("1", "2", "3"), x, np.arange(3)), y)
    assert held.unexplained > 0.4
    assert held.share.sum() + held.unexplained == pytest.approx(1)
    noise = variance_shares(Inputs(("1", "2", "3"), x, np.arange(3)), random.standard_normal(3000))
    assert noise.unexplained > 0.97


def test_draws_without_the_quantity_are_left_out_and_few_give_nothing():
    given = inputs("ab", draws=200)
    y = given.values @ [1.0, 2.0]
    y[:50] = np.nan
    y[50] = np.inf
    assert variance_shares(given, y).draws == 149
    y[: 200 - given.needed + 1] = np.nan
    assert variance_shares(given, y) is None
    assert variance_shares(given, np.full(200, 3.0)) is None


def test_an_input_that_does_not_vary_has_no_share():
    given = inputs("abc", draws=300)
    given.values[:, 2] = 4.0
    held = variance_shares(given, given.values @ [1.0, 1.0, 5.0])
    assert held.share[2] == 0.0
    assert held.low[2] == held.high[2] == held.centre


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=4, max_size=4), st.floats(0.1, 10), st.floats(-9, 9))
def test_shares_do_not_depend_on_units(slopes, scale, shift):
    given = inputs("abbc", draws=120)
    y = given.values @ slopes + given.values[:, 0] * given.values[:, 3]
    a, b = variance_shares(given, y), variance_shares(given, scale * y + shift)
    np.testing.assert_allclose(a.share, b.share, atol=1e-6)
    other = Inputs(given.groups, 5 * given.values - 1, given.group)
    np.testing.assert_allclose(variance_shares(other, y).share, a.share, atol=1e-6)
    assert a.share.sum() + a.unexplained == pytest.approx(1)
