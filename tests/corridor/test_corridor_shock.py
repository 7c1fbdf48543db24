"""From routes to trade costs: signs, sizes, symmetry of what does not change, tonnage."""

import numpy as np
import pytest

from hansa.corridor import corridor_shock, load_network, route_costs, scenario, traffic
from hansa.corridor.trade_costs import cost_shock, hub_weights
from hansa.equilibrium import solve
from hansa.errors import DataError
from hansa.world.load import load_world

WORLD, NETWORK = load_world(), load_network()
EAEU = ("ARM", "BLR", "KAZ", "KGZ", "RUS")
SOUTH = ("IND", "PAK", "IRN", "ARE", "SAU", "OMN", "QAT", "KWT", "BHR")


@pytest.fixture(scope="module")
def base():
    return route_costs(WORLD, scenario(NETWORK.tables, "2024-02-19"), NETWORK)


def hats(shock):
    dense = np.ones(WORLD.expenditure.size)
    dense[shock.cost_cell] = shock.cost_hat
    return dense.reshape(WORLD.expenditure.shape)


def test_nothing_built_changes_nothing(base):
    assert corridor_shock(WORLD).is_neutral
    assert cost_shock(WORLD, base, base, NETWORK).is_neutral


def test_what_is_built_makes_nothing_dearer_and_touches_no_services():
    shock = corridor_shock(WORLD, ["west_borders"])
    hat = hats(shock)
    assert shock.cost_cell.size
    assert (hat <= 1 + 1e-9).all()
    assert (hat > 0.8).all()
    services = [k for k, s in enumerate(WORLD.sectors) if s not in NETWORK.cargo]
    assert (hat[:, :, services] == 1).all()
    own = np.arange(len(WORLD.countries))
    assert (hat[own, own] == 1).all()
    at = {c: WORLD.country(c) for c in ("IRN", "RUS", "AZE", "USA", "CAN")}
    gain = 1 - hat[at["IRN"], at["RUS"]].min()
    assert gain > 0.001
    assert gain > 10 * (1 - hat[at["USA"], at["CAN"]].min())


def test_without_its_branches_the_corridor_costs_its_users_most():
    hat = hats(corridor_shock(WORLD, ["close_west", "close_caspian", "close_east"]))
    assert (hat >= 1 - 1e-9).all()
    iran, russia, germany = (WORLD.country(c) for c in ("IRN", "RUS", "DEU"))
    assert hat[iran, russia].max() > hat[iran, germany].max() > 1
    assert hat[germany, WORLD.country("FRA")].max() == pytest.approx(1, abs=1e-6)


def test_a_scenario_may_be_compared_with_any_other():
    calm = scenario(NETWORK.tables, "2024-02-19")
    shock = corridor_shock(WORLD, ocean="red_sea_crisis", against=calm, label="crisis")
    assert shock.label == "crisis"
    hat = hats(shock)
    goods = [WORLD.sectors.index(s) for s in NETWORK.cargo]
    assert hat[WORLD.country("DEU"), WORLD.country("IND"), goods].min() > 1


def test_costs_are_positive_between_countries_and_shares_sum_to_one(base):
    off = ~np.eye(len(WORLD.countries), dtype=bool)
    assert (base.cost[off] > 0).all()
    assert np.isfinite(base.cost).all()
    assert base.share.sum(axis=0)[off] == pytest.approx(1.0)
    trade = np.array([WORLD.expenditure[:, :, WORLD.sectors.index(s)] for s in base.sectors])
    weight = np.moveaxis(trade, 0, -1)[off]
    mean = (base.ad_valorem[off] * weight).sum() / weight.sum()
    assert 0.05 < mean < 0.30


def test_each_countrys_trade_is_shared_out_over_its_hubs(base):
    from hansa.corridor.matrix import cost_matrix

    chosen = scenario(NETWORK.tables, "2024-02-19")
    matrix = cost_matrix(NETWORK, chosen, NETWORK.cargo["metals"])
    weights = hub_weights(WORLD, NETWORK, matrix)
    assert weights.sum(axis=1) == pytest.approx(1.0)
    rest = WORLD.country("XAF")
    assert matrix.hubs[int(weights[rest].argmax())].country == "BEN"


def test_a_world_with_a_country_out_of_reach_is_refused():
    from worlds import random_world

    with pytest.raises(DataError, match=r"cargo\.csv|no hub"):
        corridor_shock(random_world(np.random.default_rng(1), 4, 3), ["west_borders"])


def test_the_corridors_traffic_is_of_the_order_of_published_estimates(base):
    found = traffic(WORLD, base)
    teu, _ = found.total("west", "caspian", "east", between=(EAEU, SOUTH))
    # The Eurasian Development Bank expects 325,000 to 662,000 TEU in 2030; this is trade of 2015.
    assert 50_000 < teu < 662_000
    _, mt = found.total("west", "caspian", "east")
    # About 15 million tonnes on all branches (Russian government, 2023).
    assert 5 < mt < 45
    everything, _ = found.total(*found.families)
    assert everything > 100 * teu


def test_the_shock_goes_through_the_equilibrium():
    result = solve(WORLD, corridor_shock(WORLD, ["west_borders", "rasht_astara"]))
    assert str(result.status) == "solved"
    gain = result.welfare.sel(country="IRN").item()
    assert 1 < gain < 1.02
