"""Effects: what the costs of the strength classes rest on, and how they are drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hansa.errors import DataError
from hansa.policy import load_effects, strength_classes
from hansa.policy.ave import LEVELS, un_compliance


def test_levels_are_those_of_the_file():
    effects = load_effects("literature")
    for level in LEVELS:
        found = effects.at(level)
        assert found.by_class == {n: c.ave(level) for n, c in strength_classes().items()}
        assert found.compliance == un_compliance(level)


def test_named_levels_are_positions_of_all_factors():
    effects = load_effects()
    for level, at in {"low": -1.0, "central": 0.0, "high": 1.0}.items():
        here = effects.between(np.full(len(effects.factors), at))
        np.testing.assert_allclose(here.ave, effects.at(level).ave, rtol=1e-12, atol=1e-15)
        assert here.compliance == pytest.approx(effects.at(level).compliance)


def test_a_factor_moves_its_own_classes_only():
    effects = load_effects()
    finance = np.zeros(len(effects.factors))
    finance[effects.factors.index("financial sanctions")] = 0.5
    moved = effects.between(finance).ave != effects.at("central").ave
    known = strength_classes()
    expected = [
        c.applies_to == "financial" and c.reach == "own" and c.high > c.central
        for c in known.values()
    ]
    assert moved.tolist() == expected


def test_costs_never_fall_below_zero_however_far_out():
    effects = load_effects()
    far = effects.between(np.full(len(effects.factors), -50.0))
    assert (far.ave >= 0).all()
    assert far.compliance >= 0


def test_normal_factors_have_ninety_per_cent_between_low_and_high():
    effects = replace(load_effects(), law=("normal",) * 4)
    random = np.random.default_rng(1)
    drawn = np.array([effects.draw(random) for _ in range(4000)])
    assert np.abs((np.abs(drawn) < 1).mean(axis=0) - 0.90).max() < 0.02
    triangular = np.array([load_effects().draw(random) for _ in range(1000)])
    assert np.abs(triangular).max() <= 1


def test_bad_effects_are_refused():
    with pytest.raises(DataError, match="literature"):
        load_effects("litterature")
    good = load_effects()
    level = good.level.copy()
    level[0, good.classes.index("embargo")] = 9.0
    with pytest.raises(DataError, match="embargo"):
        replace(good, level=level)
    with pytest.raises(DataError, match="positions"):
        good.between(np.zeros(2))
