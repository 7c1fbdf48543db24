"""Routes between two places: the best one, and alternatives that are not the same once more.

May import ``hansa.errors`` and its siblings. Alternatives are single-via paths filtered by what
they share (Abraham, Delling, Goldberg & Werneck 2013, ACM J. Experimental Algorithmics 18, 1.3).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from hansa.corridor.graph import DOOR, LINK, SEA, TRANSFER, Graph, graph_of, mode_of
from hansa.corridor.network import Network, load_network
from hansa.corridor.results import Leg, Lines, Route, Routes, overlap
from hansa.corridor.scenario import Intervention, scenario
from hansa.corridor.tables import LEVELS, MODES, Place
from hansa.errors import DataError, unknown

Array = np.ndarray

OBJECTIVES = ("least", "cheapest", "fastest")
_CARRIER = {"sea": "ship", "water": "ship", "rail": "train", "road": "lorry"}
#: Nobody is indifferent: a little of the other good decides between equals.
_LITTLE = 1e-3


def route(
    start: str,
    end: str,
    *,
    on: str | dt.date = "2024-02-19",
    cargo: str | None = None,
    objective: str = "least",
    alternatives: int = 3,
    via: str | Sequence[str] = (),
    modes: Iterable[str] = (),
    ocean: str = "calm",
    level: str = "central",
    interventions: Iterable[str | Intervention] = (),
    nationality: Iterable[str] | None = None,
    network: Network | None = None,
) -> Routes:
    """Return the best route for a TEU from door to door, and alternatives.

    Parameters
    ----------
    start, end : str
        Places by name, or countries by ISO3 code or name (their main hub).
    on : str or date
        Which links are in use, what is closed, which premia are paid.
    cargo : str, optional
        Sector; decides what a day costs. By default a mixed container.
    objective : {"least", "cheapest", "fastest"}
        Least generalised cost (dollars and the value of time), fewest dollars, fewest hours.
    alternatives : int
        How many to look for beside the best.
    via : str or sequence of str
        Places to pass, in order; no alternatives are sought then.
    modes : iterable of str
        Modes that may be used; by default all.
    ocean : str
        ``calm``, ``red_sea_crisis`` or ``no_suez``.
    level : {"low", "central", "high"}
    interventions : iterable
        Names from interventions.yaml, or `Intervention` objects.
    nationality : iterable of str, optional
        ISO3 codes of the countries whose cargo it is; by default those of both ends.
    network : Network, optional
        By default the shipped one.

    Returns
    -------
    Routes

    Raises
    ------
    DataError
        Unknown name (with the nearest), or no way at all on that day.

    References
    ----------
    Hummels & Schaur (2013, American Economic Review 103, 2935-2959) for the value of time.
    """
    network = network or load_network()
    if objective not in OBJECTIVES:
        raise DataError(unknown("objective", objective, OBJECTIVES))
    stops = [network.place(p) for p in (start, *((via,) if isinstance(via, str) else via), end)]
    if any(a is b for a, b in pairwise(stops)):
        raise DataError(f"a route from {start} to {end} needs places that differ one after another")
    chosen = scenario(network.tables, on, ocean, level, interventions)
    nations = frozenset(nationality or (stops[0].country, stops[-1].country))
    search = Search(graph_of(network, chosen), nations, frozenset(modes), objective,
                    day_value(network, cargo, level))  # fmt: skip
    if len(stops) > 2:
        found = [search.through(stops)]
    else:
        found = search.alternatives(stops[0], stops[1], alternatives)
    if not found or found[0] is None:
        where = " - ".join(p.name for p in stops)
        raise DataError(f"no open way {where} on {chosen.on} (oceans: {ocean})")
    return Routes(tuple(r for r in found if r), chosen, objective, cargo or "any")


def day_value(network: Network, cargo: str | None, level: str = "central") -> float:
    """Return what one day costs a TEU of a sector, dollars."""
    if cargo is None:
        mixed = network.settings["any_cargo"]
        return float(mixed["dollars"] * mixed["time"][LEVELS.index(level)] / 100)
    if cargo not in network.cargo:
        raise DataError(unknown("cargo", cargo, network.cargo))
    return network.cargo[cargo].day(level)


@dataclass(frozen=True, eq=False)
class Search:
    """A search in one graph for one cargo.

    Attributes
    ----------
    graph : Graph
    nations : frozenset of str
        Whose cargo it is.
    modes : frozenset of str
        Empty means all.
    objective : str
    time_value : float, dollars a day
    """

    graph: Graph
    nations: frozenset[str]
    modes: frozenset[str]
    objective: str
    time_value: float

    def weights(self) -> Float[Array, " a"]:
        """Return what is to be least, by arc."""
        g = self.graph
        if self.objective == "cheapest":
            return g.dollars + _LITTLE * g.hours
        if self.objective == "fastest":
            return g.hours + _LITTLE * g.dollars
        return g.dollars + g.hours * self.time_value / 24

    def usable(self) -> Bool[Array, " a"]:
        """Return the arcs that may be used."""
        g = self.graph
        held = g.open_to(self.nations)
        if self.modes:
            for mode in self.modes:
                if mode not in MODES:
                    raise DataError(unknown("mode", mode, MODES))
            by_link = np.array([link.mode in self.modes for link in g.network.links] + [True])
            held = held & by_link[g.ref] & ((g.kind != SEA) | ("sea" in self.modes))
        return held

    def matrix(self, usable: Bool[Array, " a"] | None = None) -> csr_matrix:
        """Return the usable arcs as a sparse matrix of weights."""
        held = self.usable() if usable is None else usable
        g, size = self.graph, len(self.graph.states)
        weight = np.maximum(self.weights()[held], 1e-9)
        return csr_matrix((weight, (g.tail[held], g.head[held])), shape=(size, size))

    def alternatives(self, start: Place, end: Place, count: int) -> list[Route | None]:
        """Return the best route and up to `count` others."""
        g = self.graph
        source = g.state[g.network.index[start.id], "from"]
        sink = g.state[g.network.index[end.id], "to"]
        matrix = self.matrix()
        ahead, before = _tree(matrix, source)
        if not np.isfinite(ahead[sink]):
            return []
        behind, after = _tree(matrix.T.tocsr(), sink)
        best = _path(before, source, sink)
        found, lines, tried = [best], [self.lines(best)], {tuple(best)}
        landings = {self._landing(best)}
        total = ahead + behind
        limit = g.network.settings["stretch"] * ahead[sink]
        # Only states on land count as vias: a port passed at sea is no other route.
        for state in np.argsort(total).tolist():
            if len(found) > count or not total[state] <= limit:
                break
            if g.states[state][1] in ("sea", "from", "to"):
                continue
            way = _path(before, source, state) + _path(after, sink, state)[-2::-1]
            if tuple(way) in tried or not _is_plain(g, way):
                continue
            tried.add(tuple(way))
            own = self.lines(way)
            if any(overlap(own, other) > g.network.settings["overlap"] for other in lines):
                continue
            landing = self._landing(way)
            if landing is None or landing not in landings:
                found.append(way)
                lines.append(own)
                landings.add(landing)
        return [self.route(way) for way in found]

    def through(self, stops: Sequence[Place]) -> Route | None:
        """Return the best route that passes all stops in order."""
        way = self.way_through(stops)
        return self.route(way) if way and _has_moves(self.graph, way) else None

    def way_through(self, stops: Sequence[Place]) -> list[int]:
        """Return the states of the best route that passes all stops; empty where there is none."""
        _g, matrix = self.graph, self.matrix()
        layers = [self._layers(p, k, len(stops)) for k, p in enumerate(stops)]
        cost = np.zeros(len(layers[0]))
        backs: list[tuple[Array, Array]] = []
        for here, there in pairwise(layers):
            distance, before = dijkstra(matrix, indices=here, return_predecessors=True)
            total = cost[:, None] + distance[:, there]
            choice = total.argmin(axis=0)
            backs.append((choice, before))
            cost = total.min(axis=0)
        last = int(cost.argmin())
        if not np.isfinite(cost[last]):
            return []
        way: list[int] = [layers[-1][last]]
        for k in range(len(backs) - 1, -1, -1):
            choice, before = backs[k]
            first = int(choice[last])
            way = _path(before[first], layers[k][first], layers[k + 1][last])[:-1] + way
            last = first
        return way

    def _layers(self, place: Place, k: int, count: int) -> list[int]:
        g, at = self.graph, self.graph.network.index[place.id]
        if k == 0:
            return [g.state[at, "from"]]
        if k == count - 1:
            return [g.state[at, "to"]]
        return [s for (p, layer), s in g.state.items() if p == at and layer not in ("from", "to")]

    def route(self, way: Sequence[int]) -> Route:
        """Return the route along states."""
        arcs = self.arcs(way)
        return Route(
            tuple(self._leg(a) for a in arcs), self._family(arcs), self.time_value, self.lines(way)
        )

    def arcs(self, way: Sequence[int]) -> list[int]:
        """Return the positions of the arcs along states."""
        index = self.graph.arc
        return [index[pair] for pair in pairwise(way)]

    def lines(self, way: Sequence[int]) -> Lines:
        """Return what a way is made of: pairs of places and lanes of the sea, with km."""
        return frozenset(line for arc in self.arcs(way) for line in self._lines(arc))

    def _lines(self, arc: int) -> Iterator[tuple[object, float]]:
        g = self.graph
        if g.kind[arc] == LINK:
            link = g.network.links[g.ref[arc]]
            # Rail and road between two places count as one way.
            ends = frozenset((link.start, link.end))
            yield ends, g.network.lengths[ends]
        elif g.kind[arc] == SEA:
            a, b = self._ports(arc)
            for lane in g.ways.lanes_between(a, b):
                yield lane, float(g.ways.lanes.km[lane])

    def _landing(self, way: Sequence[int]) -> tuple[object, ...] | None:
        """Return what makes a way one of its kind: the family, and the last port or, by land,
        the countries. Another port of departure or another line inside is no other route."""
        g, arcs = self.graph, self.arcs(way)
        last = [g.states[g.head[a]][0] for a in arcs if g.kind[a] == SEA]
        places = g.network.places
        countries = tuple(dict.fromkeys(places[g.states[s][0]].country for s in way))
        if len(countries) == 1:
            return None
        return (self._family(arcs), *(last[-1:] or countries))

    def _ports(self, arc: int) -> tuple[int, int]:
        g = self.graph
        ports = g.port
        return ports[g.states[g.tail[arc]][0]], ports[g.states[g.head[arc]][0]]

    def _family(self, arcs: Sequence[int]) -> str:
        g = self.graph
        passed = [
            family["name"]
            for name, family in g.network.settings["families"].items()
            if g.family(name)[list(arcs)].any()
        ]
        if passed:
            return " + ".join(passed)
        if not any(g.kind[a] == SEA for a in arcs):
            return "by land"
        through = {p for a in arcs if g.kind[a] == SEA for p in self._passages(a)}
        for passage, name in (("suez", "by sea, Suez"), ("panama", "by sea, Panama")):
            if passage in through:
                return name
        return "by sea"

    def _passages(self, arc: int) -> tuple[str, ...]:
        a, b = self._ports(arc)
        return tuple(name for name, used in self.graph.ways.through.items() if used[a, b])

    def _leg(self, arc: int) -> Leg:
        g = self.graph
        (p, layer), (q, other) = g.states[g.tail[arc]], g.states[g.head[arc]]
        a, b = g.network.places[p], g.network.places[q]
        kind, km = g.kind[arc], 0.0
        passages: tuple[str, ...] = ()
        shape: tuple[tuple[float, float], ...] = ((a.lon, a.lat), (b.lon, b.lat))
        mode, source, confidence = "handling", "terminals.csv", "low"
        if kind == DOOR:
            what = f"to the {_CARRIER[mode_of(other)]}" if layer == "from" else "delivery"
        elif kind == TRANSFER:
            both = mode_of(layer), mode_of(other)
            what = f"{_CARRIER[both[0]]} to {_CARRIER[both[1]]}"
            if both == ("rail", "rail"):
                what = f"gauge {layer[4:]} to {other[4:]}"
        elif kind == LINK:
            link = g.network.links[g.ref[arc]]
            mode, km, source, confidence = link.mode, link.length, link.source, link.confidence
            what = f"rail {link.gauge}" if mode == "rail" else mode
        else:
            start, end = self._ports(arc)
            mode = what = "sea"
            km, source = float(g.ways.km[start, end]), "searoute 1.6 (distance)"
            passages, shape = self._passages(arc), g.ways.shape(start, end)
            confidence = "medium"
        crossing = kind == LINK and a.country != b.country
        return Leg(
            start=a.name, end=b.name, mode=mode, what=what, km=km, hours=float(g.hours[arc]),
            dollars=float(g.dollars[arc]), border=f"{a.country} > {b.country}" if crossing else "",
            border_hours=float(g.border[arc]), passages=passages, shape=shape, source=source,
            confidence=confidence,
        )  # fmt: skip


def _tree(matrix: csr_matrix, root: int) -> tuple[Float[Array, " s"], Int[Array, " s"]]:
    """Return the cost to every state from one, and the state before each on the way."""
    cost, before = dijkstra(matrix, indices=np.array([root]), return_predecessors=True)
    return cost[0], before[0]


def _path(before: Int[Array, " s"], start: int, end: int) -> list[int]:
    """Return the states from start to end."""
    way = [int(end)]
    while way[-1] != start:
        way.append(int(before[way[-1]]))
    return way[::-1]


def _is_plain(graph: Graph, way: Sequence[int]) -> bool:
    """Return whether no place is left and visited again, and no ship is left for another ship."""
    visited = [graph.states[s][0] for s in way]
    stays = [a for a, b in zip(visited, [-1, *visited], strict=False) if a != b]
    return len(stays) == len(set(stays)) and _has_moves(graph, way)


def _has_moves(graph: Graph, way: Sequence[int]) -> bool:
    return len({graph.states[s][0] for s in way}) > 1
