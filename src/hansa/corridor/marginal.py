"""What a slightly cheaper link or border does to the cost of every flow, without a new search.

May import ``hansa.errors``, ``hansa.world`` and its siblings. Envelope theorem (Milgrom & Segal
2002, Econometrica 70, 583-601): only ways that are best, or become so, through the cheaper arc
count, and among families of routes the change of each weighs by its share (Allen & Arkolakis 2022).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from hansa.corridor.branches import hubs_of
from hansa.corridor.graph import LINK, Graph, graph_of
from hansa.corridor.matrix import (
    JOINED,
    CostMatrix,
    ends_of,
    searches,
    surface,
    weight_of,
)
from hansa.corridor.network import Network
from hansa.corridor.scenario import Effect, Intervention, Scenario
from hansa.corridor.tables import Cargo, Place
from hansa.corridor.trade_costs import hub_weights, means_between
from hansa.world.world import World

Array = np.ndarray

#: Of a way that seems to gain more than the cheaper arc can give, this much is rounding.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Piece:
    """A border, or the link between two places, all its modes and both directions.

    Attributes
    ----------
    kind : str
        ``border`` (of two countries, on land and on the Caspian) or ``link``.
    ends : (str, str)
        Countries, or ids of places.
    """

    kind: str
    ends: tuple[str, str]

    def arcs(self, graph: Graph) -> Int[Array, " k"]:
        """Return its open arcs."""
        places = graph.network.places
        held = np.array([place for place, _ in graph.states])
        if self.kind == "border":
            names = np.array([p.country for p in places])
        else:
            names = np.array([p.id for p in places])
        tail, head = names[held[graph.tail]], names[held[graph.head]]
        one, other = self.ends
        found = ((tail == one) & (head == other)) | ((tail == other) & (head == one))
        return np.flatnonzero(found & (graph.kind == LINK) & graph.is_open)

    def eased(self, factor: float) -> Intervention:
        """Return the intervention that makes it so much cheaper and faster, for a re-solve.

        Of a border the charge and the hours of crossing, of a link those of moving along it.
        """
        kind = "borders" if self.kind == "border" else "link"
        target = (self.ends,) if self.kind == "border" else self.ends
        effect = Effect(kind, target, (), factor, factor)
        return Intervention(f"eased {'-'.join(self.ends)}", "-".join(self.ends), (effect,))


def cost_changes(
    world: World,
    network: Network,
    chosen: Scenario,
    pieces: Sequence[Piece],
    shape: float,
    part: float = 0.01,
    tick: Callable[[int], None] = lambda done: None,
) -> Float[Array, "p n n j"]:
    """Return d log iceberg cost of every flow as each piece gets cheaper and faster by a part.

    Parameters
    ----------
    world : World
    network : Network
    chosen : Scenario
    pieces : sequence of Piece
    shape : float
        Of the choice among families.
    part : float
        One per cent by default. Of a link only what moving costs gets cheaper, of a border only
        the crossing.
    tick : callable

    Returns
    -------
    (P, N, N, J) array
        Destination first; zero or below.
    """
    graph = graph_of(network, chosen)
    eased = [graph_of(network, chosen.with_(p.eased(1 - part))) for p in pieces]
    hubs = hubs_of(world, network)
    found = np.zeros((len(pieces), len(world.countries), len(world.countries), len(world.sectors)))
    used = [p.arcs(graph) for p in pieces]
    for sector, cargo in ((s, network.cargo[s]) for s in world.sectors if s in network.cargo):
        matrix, gains = _gains(graph, eased, used, hubs, cargo)
        weights = hub_weights(world, network, matrix)
        total = matrix.logsum(shape)
        before = means_between(weights, total)
        share = matrix.shares(shape)
        for p, gain in enumerate(gains):
            with np.errstate(invalid="ignore", divide="ignore"):
                log_change = np.where(share > 0, share * gain / matrix.cost, 0.0).sum(0)
            change = means_between(weights, np.where(np.isfinite(total), total, 0.0) * log_change)
            moved = cargo.movable * (1 - cargo.by_air)
            logs = -moved * change / (cargo.value + before)
            np.fill_diagonal(logs, 0.0)
            found[p, :, :, world.sector(sector)] = logs
        tick(1)
    return found


def _gains(
    graph: Graph,
    eased: Sequence[Graph],
    used: Sequence[Int[Array, " _"]],
    hubs: Sequence[Place],
    cargo: Cargo,
) -> tuple[CostMatrix, list[Float[Array, "f h h"]]]:
    """Return the costs by family, and by how much each falls with each piece, dollars per TEU."""
    weight = weight_of(graph, cargo)
    lower = [weight_of(g, cargo) for g in eased]
    arcs = np.unique(np.concatenate([*used, np.zeros(0, int)]))
    names = ("base", *graph.families)
    shape = (len(names), len(hubs), len(hubs))
    cost = np.full(shape, np.inf)
    gains = [np.zeros(shape) for _ in used]
    for nations, rows, columns in searches(graph, hubs):
        plain = ends_of(graph, hubs, rows, columns)
        ends = replace(
            plain,
            out=np.concatenate([plain.out, graph.head[arcs], graph.tail[arcs]]),
            into=np.concatenate([plain.into, graph.tail[arcs], graph.head[arcs]]),
        )
        usable = graph.open_to(nations)
        o, i = rows.size, columns.size
        held = _Held(surface(graph, weight, usable, ends, {}), o, i, arcs.size)
        cost[:, rows[:, None], columns[None, :]] = held.best
        crossing = {name: at & usable for name, at in graph.families.items()}
        for p, own in enumerate(used):
            best = np.zeros((len(names), o, i))
            for a in own[usable[own]]:
                at, saved = int(np.searchsorted(arcs, a)), weight[a] - lower[p][a]
                over = [k for k, name in enumerate(names) if k and crossing[name][a]]
                if over:
                    _add_crossing(best, held, at, weight[a], saved, over, names)
                else:
                    _add_free(best, held, at, weight[a], saved)
            gains[p][:, rows[:, None], columns[None, :]] = best
    same = np.arange(len(hubs))
    cost[:, same, same] = np.inf
    return CostMatrix(tuple(hubs), names, cost), gains


@dataclass(frozen=True, eq=False)
class _Held:
    """Costs by family between hubs, and to and from both ends of some arcs."""

    found: Float[Array, "f x y"]
    o: int
    i: int
    arcs: int

    @property
    def best(self) -> Float[Array, "f o i"]:
        return self.found[:, : self.o, : self.i]

    def to(self, at: int, head: bool = False) -> Float[Array, "f o"]:
        """Return the cost from every hub to the tail of an arc, or to its head."""
        return self.found[:, : self.o, self.i + at + head * self.arcs]

    def out(self, at: int, tail: bool = False) -> Float[Array, "f i"]:
        """Return the cost to every hub from the head of an arc, or from its tail."""
        return self.found[:, self.o + at + tail * self.arcs, : self.i]


def _add_free(
    best: Float[Array, "f o i"], held: _Held, at: int, weight: float, saved: float
) -> None:
    """Raise the gains by what an arc saves that lies before or after the crossing of a family."""
    to, out = held.to(at), held.out(at)
    # Of a best way over the arc, the parts that end behind it and begin before it are best too.
    near = to + weight <= held.to(at, head=True) + saved
    far = out + weight <= held.out(at, tail=True) + saved
    for f in range(len(best)):
        for before, after in {(0, f), (f, 0)}:
            rows, columns = np.flatnonzero(near[before]), np.flatnonzero(far[after])
            if rows.size and columns.size:
                at_both = np.ix_(np.array([f]), rows, columns)
                through = to[before, rows][:, None] + weight + out[after, columns][None, :]
                gain = _gain(through, held.best[at_both][0], weight, saved)
                best[at_both] = np.maximum(best[at_both], gain)


def _add_crossing(
    best: Float[Array, "f o i"], held: _Held, at: int, weight: float, saved: float,
    over: Sequence[int], names: tuple[str, ...],
) -> None:  # fmt: skip
    """Raise the gains by what a crossing of some families saves; a land bridge may be beside it."""
    to, out = held.to(at), held.out(at)
    north = names.index(JOINED) if JOINED in names else 0
    for f in over:
        for before, after in [(0, 0)] if f == north else {(0, 0), (north, 0), (0, north)}:
            through = to[before][:, None] + weight + out[after][None, :]
            np.maximum(best[f], _gain(through, held.best[f], weight, saved), out=best[f])


def _gain(
    through: Float[Array, "o i"], best: Float[Array, "o i"], weight: float, saved: float
) -> Float[Array, "o i"]:
    """Return how much cheaper than the best way the way through an arc becomes.

    No way can gain more than the arc saves; one that seems to is made of two passages by ocean,
    which the search does not allow.
    """
    with np.errstate(invalid="ignore"):
        slack = through - best
    real = np.isfinite(slack) & (slack >= -ROUNDING * weight)
    return np.where(real, np.maximum(saved - np.where(real, slack, 0.0), 0.0), 0.0)
