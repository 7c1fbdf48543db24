"""What a regime touches, read once, is dear by any costs: the same as reading it anew."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_worlds import hat, named_world

from hansa.policy import load_effects, read_regime, sanctions
from hansa.policy.effects import POSITION


@pytest.fixture(scope="module")
def regime():
    return read_regime(named_world(), "2024-02-19")


@pytest.mark.parametrize("on", ["2024-02-19", "2016-05-01", None])
@pytest.mark.parametrize("level", POSITION)
def test_a_named_level_is_the_position_of_all_factors(on, level):
    world, effects = named_world(), load_effects()
    found = read_regime(world, on).shock(effects.at(level))
    own = sanctions(world, on, strength=level)
    assert np.array_equal(found.cost_cell, own.cost_cell)
    assert np.array_equal(found.cost_hat, own.cost_hat)
    assert found.label == own.label
    moved = read_regime(world, on).shock(
        effects.between(np.full(len(effects.factors), POSITION[level]))
    )
    np.testing.assert_allclose(moved.cost_array(), own.cost_array(), rtol=1e-14, atol=0)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0.5, 2.0), min_size=20, max_size=20))
def test_drawn_elasticities_cost_what_they_would_in_a_world_of_their_own(regime, scale):
    world = named_world()
    theta = world.trade_elasticity * np.array(scale)
    costs = load_effects().at("high")
    own = sanctions(replace(world, trade_elasticity=theta), strength="high")
    assert np.array_equal(regime.shock(costs, theta).cost_array(), own.cost_array())
    # The effect on trade is held: theta times the log hat is the same in every draw.
    central = regime.shock(costs)
    effect = theta[central.cost_cell % theta.size] * np.log(regime.shock(costs, theta).cost_hat)
    held = world.trade_elasticity[central.cost_cell % theta.size] * np.log(central.cost_hat)
    np.testing.assert_allclose(effect, held, rtol=1e-9, atol=1e-13)


def test_each_factor_moves_its_own_measures_only(regime):
    effects = load_effects()
    central = regime.shock(effects.between(np.zeros(len(effects.factors)))).cost_array()
    position = np.zeros(len(effects.factors))
    position[effects.factors.index("secondary sanctions")] = 1.0
    moved = regime.shock(effects.between(position))
    world = named_world()
    assert hat(moved, "CHN", "IRN", "fuels") > central[
        world.country("CHN"), world.country("IRN"), world.sector("fuels")
    ]  # fmt: skip
    at = world.country("DEU"), world.country("RUS")
    assert np.array_equal(moved.cost_array()[at], central[at])
