"""Route costs of many scenarios at once: oceans, branches left out, shapes of choice, quick levels.

May import ``hansa.errors``, ``hansa.world`` and its siblings. A family of routes makes one of its
crossings and no other's, so a network without a branch is the same network with that family taken
from the choice: no search is needed for it. No paper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from hansa.corridor.matrix import CostMatrix, Land, all_hubs, cost_matrix
from hansa.corridor.network import Network
from hansa.corridor.scenario import Scenario
from hansa.corridor.tables import Cargo, Place
from hansa.corridor.trade_costs import RouteCosts, hub_weights, means_between
from hansa.world.world import World

Array = np.ndarray
Tick = Callable[[int], None]

#: Values of time at which `quick_costs` searches; between them costs are straight lines in logs.
NODES = 6


@dataclass(frozen=True)
class Choice:
    """Among which families of routes, and how sharply, is chosen.

    Attributes
    ----------
    shape : float
    without : tuple of str
        Families left out.
    """

    shape: float
    without: tuple[str, ...] = ()

    def of(self, matrix: CostMatrix) -> CostMatrix:
        """Return the matrix without the families left out."""
        if not self.without:
            return matrix
        cost = matrix.cost.copy()
        cost[[matrix.families.index(f) for f in self.without]] = np.inf
        return replace(matrix, cost=cost)


def costs_of(
    world: World,
    network: Network,
    scenarios: Sequence[Scenario],
    choices: Sequence[Choice],
    tick: Tick = lambda done: None,
) -> list[list[RouteCosts]]:
    """Return delivery costs in scenarios that differ in nothing but their oceans.

    Parameters
    ----------
    world : World
    network : Network
    scenarios : sequence of Scenario
        Same day, level and interventions.
    choices : sequence of Choice
    tick : callable
        Told how many matrices were found.

    Returns
    -------
    list of lists of RouteCosts
        By scenario, then by choice.
    """
    hubs = hubs_of(world, network)
    found: list[list[list[_Layer]]] = [[[] for _ in choices] for _ in scenarios]
    sectors = tuple(s for s in world.sectors if s in network.cargo)
    for sector in sectors:
        land: Land = {}
        for k, chosen in enumerate(scenarios):
            matrix = cost_matrix(network, chosen, network.cargo[sector], hubs, land)
            for c, choice in enumerate(choices):
                found[k][c].append(_layer(world, network, matrix, choice))
            tick(1)
    return [[_together(world, network, sectors, one) for one in row] for row in found]


def quick_costs(
    world: World,
    network: Network,
    scenarios: Sequence[Scenario],
    choices: Sequence[Choice],
    tick: Tick = lambda done: None,
) -> list[list[RouteCosts]]:
    """Return what `costs_of` does, searched at a few values of time only.

    The cost of a way is dollars plus hours times the value of an hour, so the best one depends on a
    sector through that value alone. Searches are made at `NODES` values over the range of all
    sectors; between them the log of the cost is a straight line in the log of the value.
    """
    hubs = hubs_of(world, network)
    sectors = tuple(s for s in world.sectors if s in network.cargo)
    cargo = [network.cargo[s] for s in sectors]
    level = scenarios[0].level
    wanted = np.log([c.day(level) / c.bulk for c in cargo])
    nodes = np.linspace(wanted.min(), wanted.max(), NODES)
    held: list[list[CostMatrix]] = [[] for _ in scenarios]
    for value in np.exp(nodes):
        land: Land = {}
        for k, chosen in enumerate(scenarios):
            held[k].append(cost_matrix(network, chosen, _plain(float(value)), hubs, land))
            tick(1)
    return [
        [
            _together(
                world, network, sectors,
                [
                    _layer(world, network, _between_nodes(row, nodes, at, c.bulk), choice)
                    for at, c in zip(wanted, cargo, strict=True)
                ],
            )
            for choice in choices
        ]
        for row in held
    ]  # fmt: skip


def hubs_of(world: World, network: Network) -> tuple[Place, ...]:
    """Return the hubs at which a world's trade begins or ends."""
    wanted = {h.id for code in world.countries for h in hubs_at(network, code)}
    return tuple(h for h in all_hubs(network) if h.id in wanted)


def hubs_at(network: Network, code: str) -> tuple[Place, ...]:
    """Return the hubs of a country, or of an aggregate's largest member; empty if none."""
    stands_for = {c.code: c.largest_member or c.code for c in network.tables.countries}
    return network.hubs.get(stands_for.get(code, code), ())


@dataclass(frozen=True, eq=False)
class _Layer:
    """One sector's costs and shares between the countries of a world."""

    cost: Float[Array, "n n"]
    share: Float[Array, "f n n"]
    families: tuple[str, ...]


def _layer(world: World, network: Network, matrix: CostMatrix, choice: Choice) -> _Layer:
    left = choice.of(matrix)
    weights = hub_weights(world, network, left)
    cost = means_between(weights, left.logsum(choice.shape))
    share = np.array([means_between(weights, part) for part in left.shares(choice.shape)])
    own = np.arange(len(world.countries))
    cost[own, own] = 0.0
    share[:, own, own] = 0.0
    return _Layer(cost, share, left.families)


def _together(
    world: World, network: Network, sectors: tuple[str, ...], layers: Iterable[_Layer]
) -> RouteCosts:
    held = list(layers)
    cost = np.stack([one.cost for one in held], axis=-1)
    value = np.array([network.cargo[s].value for s in sectors])
    share = np.stack([one.share for one in held], axis=-1)
    return RouteCosts(world.countries, sectors, held[0].families, cost, cost / value, share)


def _plain(day: float) -> Cargo:
    """Return a cargo whose day costs so many dollars and whose dollars are a container's."""
    return Cargo("any", 1.0, 1.0, (100 * day,) * 3, 1.0, 1.0, 0.0, "", "low")


def _between_nodes(
    row: Sequence[CostMatrix], nodes: Float[Array, " k"], at: float, bulk: float
) -> CostMatrix:
    k = int(np.clip(np.searchsorted(nodes, at) - 1, 0, len(nodes) - 2))
    part = (at - nodes[k]) / (nodes[k + 1] - nodes[k]) if nodes[k + 1] > nodes[k] else 0.0
    low, high = row[k].cost, row[k + 1].cost
    open_ways = np.isfinite(low) & np.isfinite(high)
    logs = [np.log(np.where(open_ways, c, 1.0)) for c in (low, high)]
    cost = bulk * np.exp((1 - part) * logs[0] + part * logs[1])
    return replace(row[k], cost=np.where(open_ways, cost, np.inf))
