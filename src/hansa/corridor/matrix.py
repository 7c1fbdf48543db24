"""What it costs to bring a TEU from every country to every other, by family of routes.

May import ``hansa.errors`` and its siblings. Best ways between all hubs are put together from land
ways and at most one passage by ocean, as min-plus products; a family of routes is the best way
that makes one of its crossings (and, of the other families, at most a northern land bridge).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from hansa.corridor.graph import SEA, Graph, graph_of
from hansa.corridor.network import Network
from hansa.corridor.scenario import Scenario
from hansa.corridor.tables import Cargo, Place

Array = np.ndarray

#: The family that others may join: a way over China and Siberia may go on along the Caspian.
JOINED = "north"


@dataclass(frozen=True, eq=False)
class CostMatrix:
    """Generalised cost per TEU between all hubs, by family of routes.

    Attributes
    ----------
    hubs : tuple of Place
        H of them.
    families : tuple of str
        F names; ``base`` (ocean and other land) first.
    cost : (F, H, H) array, dollars per TEU
        From the first hub to the second; infinite where a family has no way.
    """

    hubs: tuple[Place, ...]
    families: tuple[str, ...]
    cost: Float[Array, "f h h"]

    def best(self) -> Float[Array, "h h"]:
        """Return the cost of the cheapest family, (H, H)."""
        return self.cost.min(axis=0)

    def logsum(self, shape: float) -> Float[Array, "h h"]:
        """Return the cost of the choice among families, (H, H), dollars per TEU.

        ``(sum_r cost_r ** -shape) ** (-1 / shape)``: the more good routes, the cheaper.

        References
        ----------
        Allen & Arkolakis (2022, REStud 89, 2911-2957), eq. 5.
        """
        with np.errstate(divide="ignore"):
            return (self.cost**-shape).sum(axis=0) ** (-1.0 / shape)

    def shares(self, shape: float) -> Float[Array, "f h h"]:
        """Return the probability of each family, (F, H, H); zero from a hub to itself."""
        best = np.where(np.isfinite(self.best()), self.best(), 1.0)
        weight = (self.cost / best) ** -shape
        return weight / np.maximum(weight.sum(axis=0), 1e-300)


@dataclass(frozen=True, eq=False)
class _Ends:
    """States where ways are put together: hubs, ports and the ends of crossings."""

    out: Int[Array, " o"]
    into: Int[Array, " i"]
    ports: Int[Array, " p"]
    heads: Int[Array, " v"]
    tails: Int[Array, " u"]


def cost_matrix(network: Network, chosen: Scenario, cargo: Cargo) -> CostMatrix:
    """Return the generalised cost between all hubs for one sector's goods.

    Parameters
    ----------
    network : Network
    chosen : Scenario
    cargo : Cargo
        Its value of time, and what its dollars are relative to a container's.

    Returns
    -------
    CostMatrix
    """
    graph = graph_of(network, chosen)
    weight = cargo.bulk * graph.dollars + graph.hours * cargo.day(chosen.level) / 24
    hubs = tuple(h for c in network.countries for h in network.hubs[c])
    names = ("base", *graph.families)
    cost = np.full((len(names), len(hubs), len(hubs)), np.inf)
    for nations, rows, columns in _searches(graph, hubs):
        ends = _ends(graph, hubs, rows, columns)
        found = _surface(graph, weight, graph.open_to(nations), ends)
        cost[:, rows[:, None], columns[None, :]] = found
    same = np.arange(len(hubs))
    cost[:, same, same] = np.inf
    return CostMatrix(hubs, names, cost)


def _searches(
    graph: Graph, hubs: Sequence[Place]
) -> Iterator[tuple[frozenset[str], Int[Array, " o"], Int[Array, " i"]]]:
    """Yield whose cargo is brought from which hubs to which; what comes later replaces.

    Some arcs are shut to the cargo of some countries. Hubs that bear the same closures form a
    class: first all hubs as if there were none, then each class with all, then pairs of classes.
    """
    everyone = np.arange(len(hubs))
    classes: dict[frozenset[int], list[int]] = {}
    for k, hub in enumerate(hubs):
        shut = frozenset(i for i, (who, _) in enumerate(graph.reserved) if hub.country in who)
        if shut:
            classes.setdefault(shut, []).append(k)
    groups = [
        (frozenset(hubs[k].country for k in members), np.array(members))
        for members in classes.values()
    ]
    yield frozenset(), everyone, everyone
    for nations, members in groups:
        yield nations, members, everyone
        yield nations, everyone, members
    for (these, some), (those, others) in combinations(groups, 2):
        yield these | those, some, others
        yield these | those, others, some


def _surface(
    graph: Graph, weight: Float[Array, " a"], usable: Bool[Array, " a"], ends: _Ends
) -> Float[Array, "f o i"]:
    """Return the cost of the base and of every family, (F, O, I)."""
    crossings = {name: np.flatnonzero(arcs & usable) for name, arcs in graph.families.items()}
    every = np.concatenate(list(crossings.values()))
    free = usable.copy()
    free[every] = False
    to_tails, from_heads, base, joined = _joined(graph, weight, free, ends)
    tail_at = {int(s): k for k, s in enumerate(ends.tails)}
    head_at = {int(s): k for k, s in enumerate(ends.heads)}

    def over(arcs: Array, before: Array, after: Array) -> Array:
        """Return the best way over one of these arcs."""
        found = np.full((before.shape[0], after.shape[1]), np.inf)
        for a in arcs:
            first = before[:, tail_at[int(graph.tail[a])]] + weight[a]
            np.minimum(
                found, first[:, None] + after[head_at[int(graph.head[a])]][None, :], out=found
            )
        return found

    north = crossings.get(JOINED, np.zeros(0, int))
    # With a land bridge to the crossing, or after it, or neither.
    bridged_tails = np.minimum(to_tails, over(north, to_tails, joined))
    bridged_heads = np.minimum(from_heads, over(north, joined, from_heads))
    layers = [base]
    for name, arcs in crossings.items():
        if name == JOINED:
            layers.append(over(arcs, to_tails, from_heads))
        else:
            layers.append(
                np.minimum(
                    over(arcs, bridged_tails, from_heads), over(arcs, to_tails, bridged_heads)
                )
            )
    return np.array(layers)


def _ends(
    graph: Graph, hubs: Sequence[Place], rows: Int[Array, " o"], columns: Int[Array, " i"]
) -> _Ends:
    index = graph.network.index
    crossings = np.flatnonzero(np.any(list(graph.families.values()), axis=0))
    return _Ends(
        out=np.array([graph.state[index[hubs[k].id], "from"] for k in rows]),
        into=np.array([graph.state[index[hubs[k].id], "to"] for k in columns]),
        ports=np.array([graph.state[index[p], "sea"] for p in graph.ways.lanes.ports]),
        heads=np.unique(graph.head[crossings]),
        tails=np.unique(graph.tail[crossings]),
    )


def _joined(
    graph: Graph, weight: Float[Array, " a"], usable: Bool[Array, " a"], ends: _Ends
) -> tuple[Float[Array, "o u"], Float[Array, "v i"], Float[Array, "o i"], Float[Array, "v u"]]:
    """Return the best ways hub - tail, head - hub, hub - hub and head - tail of crossings."""
    land = usable & (graph.kind != SEA)
    size = len(graph.states)
    matrix = csr_matrix(
        (np.maximum(weight[land], 1e-9), (graph.tail[land], graph.head[land])), shape=(size, size)
    )
    starts = np.concatenate([ends.out, ends.heads])
    rows = dijkstra(matrix, indices=np.concatenate([starts, ends.ports]))
    targets = np.concatenate([ends.into, ends.tails])
    by_land, ashore = rows[: starts.size], rows[starts.size :]
    afloat = _ships(graph, weight, usable, ends.ports)
    at_sea = _min_plus(by_land[:, ends.ports], afloat)
    total = np.minimum(by_land[:, targets], _min_plus(at_sea, ashore[:, targets]))
    h, u = ends.out.size, ends.into.size
    return total[:h, u:], total[h:, :u], total[:h, :u], total[h:, u:]


def _ships(
    graph: Graph, weight: Float[Array, " a"], usable: Bool[Array, " a"], ports: Int[Array, " p"]
) -> Float[Array, "p p"]:
    """Return the cost of the ship between all ports, (P, P)."""
    place = np.full(len(graph.states), -1)
    place[ports] = np.arange(ports.size)
    sea = np.flatnonzero(usable & (graph.kind == SEA))
    found = np.full((ports.size, ports.size), np.inf)
    found[place[graph.tail[sea]], place[graph.head[sea]]] = weight[sea]
    return found


def _min_plus(a: Float[Array, "n k"], b: Float[Array, "k m"]) -> Float[Array, "n m"]:
    """Return ``min_k a[n, k] + b[k, m]``."""
    found = np.full((a.shape[0], b.shape[1]), np.inf)
    one = np.empty_like(found)
    for k in range(a.shape[1]):
        np.add(a[:, k, None], b[k][None, :], out=one)
        np.minimum(found, one, out=found)
    return found
