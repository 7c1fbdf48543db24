"""The transport network: routes, what they cost, and what that does to trade.

May import ``hansa.errors``, ``hansa.world`` and ``hansa.shock``.
"""

from hansa.corridor.calibration import comparisons
from hansa.corridor.network import Network, load_network
from hansa.corridor.results import Leg, Route, Routes
from hansa.corridor.routing import route
from hansa.corridor.scenario import Intervention, Scenario, scenario
from hansa.corridor.trade_costs import (
    RouteCosts,
    Traffic,
    corridor_shock,
    cost_shock,
    route_costs,
    traffic,
)

__all__ = [
    "Intervention",
    "Leg",
    "Network",
    "Route",
    "RouteCosts",
    "Routes",
    "Scenario",
    "Traffic",
    "comparisons",
    "corridor_shock",
    "cost_shock",
    "load_network",
    "route",
    "route_costs",
    "scenario",
    "traffic",
]
