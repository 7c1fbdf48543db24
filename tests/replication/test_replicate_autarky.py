"""Autarky equals its closed form (Costinot & Rodriguez-Clare 2014, Handbook Int. Econ. 4)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.equilibrium import balance, solve, sweep
from hansa.shock import Shock
from hansa.world.world import World
from worlds import random_world


def cut_off(world, country):
    inward = Shock.trade_cost(world, hat=np.inf, destination=country)
    return inward.then(Shock.trade_cost(world, hat=np.inf, origin=country)).named(country)


def closed_form(world, n):
    """prod_j prod_k pi_nn^k ^ (alpha^j a^jk / theta^k), a the Leontief inverse of prices."""
    j = len(world.sectors)
    leontief = np.linalg.inv(np.eye(j) - world.input_share[n].T)
    own = np.log(world.trade_share[n, n]) / world.trade_elasticity
    return float(np.exp(world.final_share[n] @ leontief @ own))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(1, 4))
def test_every_country_of_a_random_world(seed, n, j):
    world = balance(random_world(np.random.default_rng(seed), n, j, False, 0.2, balanced=True))
    result = sweep(world, [cut_off(world, c) for c in world.countries])
    for k, country in enumerate(world.countries):
        if not result.solved[k]:
            # Two countries that only reach the rest through the third are left one-sided.
            assert result.messages[k]
            continue
        welfare = float(result.welfare.sel(scenario=country, country=country))
        assert welfare == pytest.approx(closed_form(world, k), rel=1e-9)
        assert welfare <= 1 + 1e-12


@pytest.fixture(scope="module")
def wiod(rawdata):
    return balance(World.from_wiod(rawdata / "io" / "wiod2013_wiot_2011.RData"))


@pytest.mark.parametrize("country", ["RUS", "IND", "DEU", "BRA", "USA"])
def test_wiod_2011_with_sectors_and_input_links(wiod, country):
    n = wiod.country(country)
    result = solve(wiod, cut_off(wiod, country))
    welfare = float(result.welfare.sel(country=country))
    assert welfare == pytest.approx(closed_form(wiod, n), rel=1e-9)


def test_wiod_2011_as_one_sector(wiod):
    """Arkolakis, Costinot & Rodriguez-Clare (2012), with inputs: pi_nn^(1 / (theta gamma))."""
    flow = wiod.expenditure.sum(2)
    output = flow.sum(0)
    va = wiod.value_added / output
    one = World.from_flows(
        name="one", year=wiod.year, countries=wiod.countries, sectors=["all"],
        expenditure=flow[:, :, None], trade_elasticity=np.array([5.0]),
        value_added_share=va[:, None], input_share=(1 - va)[:, None, None],
    )  # fmt: skip
    for country in ("RUS", "DEU", "USA"):
        n = one.country(country)
        welfare = float(solve(one, cut_off(one, country)).welfare.sel(country=country))
        assert welfare == pytest.approx(one.trade_share[n, n, 0] ** (1 / (5.0 * va[n])), rel=1e-9)
