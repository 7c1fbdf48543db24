"""From routes to trade: cost changes by pair and sector as a Shock, and the tonnage they imply.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock`` and its siblings. What a route costs
is a part of the delivered price; a change of that part is an iceberg hat (Samuelson 1954, Economic
Journal 64, 264-289), and air freight joins with its share as in exact hat algebra.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from hansa.corridor.matrix import CostMatrix, cost_matrix
from hansa.corridor.network import Network, load_network
from hansa.corridor.scenario import Intervention, Scenario, scenario
from hansa.corridor.tables import LEVELS
from hansa.errors import DataError
from hansa.shock import Shock
from hansa.world.world import World

Array = np.ndarray

#: Hats nearer to one than this are left out of a shock.
NOTHING = 1e-9


@dataclass(frozen=True, eq=False)
class RouteCosts:
    """What delivery costs between the countries of a world, by sector of goods.

    Attributes
    ----------
    countries, sectors : tuple of str
        Of the world; only sectors with cargo.
    families : tuple of str
    cost : (N, N, S) array, dollars per TEU
        Generalised: freight, charges and the value of time, after the choice among families.
        Destination first; zero on the diagonal.
    ad_valorem : (N, N, S) array
        The same over the value of a TEU.
    share : (F, N, N, S) array
        Probability of each family of routes.
    """

    countries: tuple[str, ...]
    sectors: tuple[str, ...]
    families: tuple[str, ...]
    cost: Float[Array, "n n s"]
    ad_valorem: Float[Array, "n n s"]
    share: Float[Array, "f n n s"]


def corridor_shock(
    world: World,
    interventions: Iterable[str | Intervention] = (),
    *,
    on: str | dt.date = "2024-02-19",
    ocean: str = "calm",
    level: str = "central",
    against: Scenario | None = None,
    network: Network | None = None,
    label: str = "",
) -> Shock:
    """Return what interventions do to trade costs, as a Shock.

    Parameters
    ----------
    world : World
    interventions : iterable
        Names from interventions.yaml, or `Intervention` objects.
    on : str or date
        The day whose network is changed.
    ocean, level : str
        State of the oceans and end of the ranges, the same with and without.
    against : Scenario, optional
        What it is compared with; by default the same day, oceans and level without interventions.
    network : Network, optional
    label : str

    Returns
    -------
    Shock
        Iceberg hats by pair and sector; no hat where nothing changes.

    Raises
    ------
    DataError
        Unknown names, or a country of the world that the network does not reach.
    """
    network = network or load_network()
    after = scenario(network.tables, on, ocean, level, interventions)
    before = against or Scenario(after.on, after.ocean, after.level)
    names = " + ".join(i.name for i in after.interventions)
    return cost_shock(
        world, route_costs(world, before, network), route_costs(world, after, network),
        network, label or names or "corridor",
    )  # fmt: skip


@lru_cache(maxsize=16)
def route_costs(
    world: World, chosen: Scenario, network: Network | None = None, shape: float | None = None
) -> RouteCosts:
    """Return delivery costs between the countries of a world in one scenario; the last are kept.

    A country's trade begins and ends at its hubs with their shares; an aggregate stands at the
    hub of its largest member.

    Parameters
    ----------
    world : World
    chosen : Scenario
    network : Network, optional
    shape : float, optional
        Of the choice among families; by default the central one of settings.yaml.

    Returns
    -------
    RouteCosts
    """
    network = network or load_network()
    shape = shape or central_shape(network)
    sectors = tuple(s for s in world.sectors if s in network.cargo)
    if not sectors:
        raise DataError("no sector of this world is in cargo.csv; give your own in a folder")
    n = len(world.countries)
    costs, shares = np.zeros((n, n, len(sectors))), []
    families: tuple[str, ...] = ()
    for k, sector in enumerate(sectors):
        matrix = cost_matrix(network, chosen, network.cargo[sector])
        weights = hub_weights(world, network, matrix)
        families = matrix.families
        costs[:, :, k] = _between(weights, matrix.logsum(shape))
        shares.append([_between(weights, part) for part in matrix.shares(shape)])
    own = np.arange(n)
    costs[own, own] = 0.0
    value = np.array([network.cargo[s].value for s in sectors])
    share = np.moveaxis(np.array(shares), 0, -1)
    share[:, own, own] = 0.0
    return RouteCosts(world.countries, sectors, families, costs, costs / value, share)


def central_shape(network: Network) -> float:
    """Return the central shape of the choice among families of routes."""
    return float(network.settings["shape"]["values"][LEVELS.index("central")])


def hub_weights(world: World, network: Network, matrix: CostMatrix) -> Float[Array, "n h"]:
    """Return each country's share of trade at each hub, (N, H); rows sum to one."""
    stands_for = {c.code: c.largest_member or c.code for c in network.tables.countries}
    weights = np.zeros((len(world.countries), len(matrix.hubs)))
    for n, code in enumerate(world.countries):
        for h, hub in enumerate(matrix.hubs):
            if hub.country == stands_for.get(code, code):
                weights[n, h] = hub.hub_share
        if not weights[n].any():
            raise DataError(f"the network has no hub of {code}; add one to nodes.csv")
    return weights


def _between(weights: Float[Array, "n h"], hubs: Float[Array, "h h"]) -> Float[Array, "n n"]:
    """Return means over the hubs of both ends, destination first."""
    away = np.where(np.isfinite(hubs), hubs, 0.0)
    return (weights @ away @ weights.T).T


def cost_shock(
    world: World, before: RouteCosts, after: RouteCosts, network: Network, label: str = ""
) -> Shock:
    """Return the hats between two states of the routes.

    ``hat = 1 + movable * ((by_air + (1 - by_air) * surface ** -shape) ** (-1 / shape) - 1)`` with
    ``surface = (1 + after / value) / (1 + before / value)``.

    Parameters
    ----------
    world : World
    before, after : RouteCosts
    network : Network
    label : str

    Returns
    -------
    Shock
    """
    shape = central_shape(network)
    surface = (1 + after.ad_valorem) / (1 + before.ad_valorem)
    movable = np.array([network.cargo[s].movable for s in before.sectors])
    flown = np.array([network.cargo[s].by_air for s in before.sectors])
    mixed = (flown + (1 - flown) * surface**-shape) ** (-1 / shape)
    hat = 1 + movable * (mixed - 1)
    to, origin, sector = np.nonzero(np.abs(hat - 1) > NOTHING)
    position = np.array([world.sectors.index(s) for s in before.sectors])
    return Shock.from_costs(
        world, to, origin, position[sector], hat[to, origin, sector], label=label
    )


@dataclass(frozen=True, eq=False)
class Traffic:
    """Containers and tonnes by family of routes.

    Attributes
    ----------
    families, countries : tuple of str
    teu : (F, N, N) array, TEU a year
        Destination first.
    tonnes : (F, N, N) array, tonnes a year
    """

    families: tuple[str, ...]
    countries: tuple[str, ...]
    teu: Float[Array, "f n n"]
    tonnes: Float[Array, "f n n"]

    def total(
        self, *families: str, between: tuple[Iterable[str], Iterable[str]] | None = None
    ) -> tuple[float, float]:
        """Return TEU and million tonnes a year of some families together.

        Parameters
        ----------
        *families : str
        between : two iterables of str, optional
            Countries; only trade of the first with the second, in both directions.

        Returns
        -------
        tuple of float
        """
        at = [self.families.index(f) for f in families]
        held = np.ones((len(self.countries),) * 2, dtype=bool)
        if between is not None:
            one, other = (np.isin(self.countries, list(side)) for side in between)
            held = one[:, None] & other[None, :] | other[:, None] & one[None, :]
        return float(self.teu[at][:, held].sum()), float(self.tonnes[at][:, held].sum() / 1e6)


def traffic(
    world: World,
    costs: RouteCosts,
    flows: Float[Array, "n n j"] | None = None,
    network: Network | None = None,
) -> Traffic:
    """Return the containers that trade puts on each family of routes.

    Parameters
    ----------
    world : World
    costs : RouteCosts
    flows : (N, N, J) array, optional, million USD
        Trade, destination first; by default the world's own. A counterfactual's may be given.
    network : Network, optional

    Returns
    -------
    Traffic
    """
    network = network or load_network()
    value = world.expenditure if flows is None else flows
    teu = np.zeros(costs.share.shape[:3])
    tonnes = np.zeros_like(teu)
    for k, sector in enumerate(costs.sectors):
        cargo = network.cargo[sector]
        moved = value[:, :, world.sectors.index(sector)] * 1e6 * cargo.movable * (1 - cargo.by_air)
        weight = costs.share[:, :, :, k] * moved / cargo.dollars_per_tonne
        tonnes += weight
        teu += weight / cargo.tonnes_per_teu
    return Traffic(costs.families, costs.countries, teu, tonnes)
