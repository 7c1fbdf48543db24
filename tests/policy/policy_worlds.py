"""A world of named countries and the registry's sectors, with a few tariffs and an aggregate."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from hansa.policy.senders import eu_members
from hansa.world.sectors import sectors
from hansa.world.world import World

TARGETS = ("IRN", "BLR", "RUS", "VEN", "SYR", "CUB", "PRK", "MMR")
STATES = ("USA", "GBR", "CAN", "JPN", "CHE", "AUS", "CHN", "IND", "DEU", "FRA", "HRV")


@lru_cache(maxsize=8)
def named_world(
    countries: tuple[str, ...] = (*TARGETS, *STATES), year: int = 2015, aggregate: str = "XRW"
) -> World:
    """Return a world of these countries and one aggregate; tariffs of RUS and IRN are known."""
    codes, goods = (*countries, aggregate), sectors().codes
    n, j = len(codes), len(goods)
    tariff = np.zeros((n, n, j))
    for k, rate in (("RUS", 0.05), ("IRN", 0.20)):
        if k in codes:
            tariff[codes.index(k), :, :3] = rate
            tariff[codes.index(k), codes.index(k)] = 0.0
    net = np.random.default_rng(1).uniform(1, 2, (n, n, j))
    net[np.arange(n), np.arange(n)] += 100
    return World.from_flows(
        name="toy",
        year=year,
        countries=codes,
        sectors=goods,
        expenditure=net * (1 + tariff),
        tariff=tariff,
        trade_elasticity=np.full(j, 5.0),
        value_added_share=np.full((n, j), 0.6),
        input_share=np.full((n, j, j), 0.4 / j),
        meta={"aggregates": {aggregate: ["NOR", "BRA"]}},
    )


def eu_world(on: str = "2015-07-01") -> World:
    """Return a world with every EU member of a date, the targets and the other senders."""
    import datetime as dt

    members = eu_members(dt.date.fromisoformat(on))
    return named_world((*TARGETS, *dict.fromkeys((*STATES, *members))))


def hat(shock, destination: str, origin: str, sector: str) -> float:
    """Return one iceberg hat of a shock by codes."""
    at = (shock.countries.index(destination), shock.countries.index(origin))
    return float(shock.cost_array()[(*at, shock.sectors.index(sector))])
