"""The network as a directed graph of states (place, way of travelling) with dollars and hours.

May import ``hansa.errors`` and its siblings. A container may change between ships, trains of each
gauge and lorries only where it stands, and pays for it; borders are paid where links cross them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from hansa.corridor.charges import Charges
from hansa.corridor.network import Network
from hansa.corridor.scenario import Effect, Scenario, frozen_target
from hansa.corridor.sea import SeaWays
from hansa.corridor.tables import Link, Place

Array = np.ndarray

#: What an arc is.
DOOR, TRANSFER, LINK, SEA = range(4)


@dataclass(frozen=True, eq=False)
class Graph:
    """States and arcs of one scenario.

    Attributes
    ----------
    states : tuple of (int, str)
        Position of the place, and ``from``, ``to``, ``sea``, ``water``, ``road`` or ``rail1520``.
    state : dict
        Position by the same pair.
    tail, head : (A,) int arrays
        States.
    dollars, hours : (A,) arrays
        Per TEU.
    border : (A,) array, hours spent at a border, part of `hours`
    kind : (A,) int array
        ``DOOR``, ``TRANSFER``, ``LINK`` or ``SEA``.
    ref : (A,) int array
        Of a link its position in the network; otherwise -1.
    is_open : (A,) bool array
        Whether the arc may be used, whoever owns the cargo.
    reserved : tuple of (frozenset of str, (A,) bool array)
        Arcs shut to cargo of some countries.
    ways : SeaWays
    """

    network: Network
    scenario: Scenario
    states: tuple[tuple[int, str], ...]
    state: dict[tuple[int, str], int]
    tail: Int[Array, " a"]
    head: Int[Array, " a"]
    dollars: Float[Array, " a"]
    hours: Float[Array, " a"]
    border: Float[Array, " a"]
    kind: Int[Array, " a"]
    ref: Int[Array, " a"]
    is_open: Bool[Array, " a"]
    reserved: tuple[tuple[frozenset[str], Bool[Array, " a"]], ...]
    ways: SeaWays

    def open_to(self, nations: frozenset[str]) -> Bool[Array, " a"]:
        """Return the arcs that cargo of these countries may use."""
        held = self.is_open
        for shut_to, arcs in self.reserved:
            if shut_to & nations:
                held = held & ~arcs
        return held

    def family(self, name: str) -> Bool[Array, " a"]:
        """Return the arcs that make a route one of a family."""
        return self.families[name]

    @cached_property
    def arc(self) -> dict[tuple[int, int], int]:
        """Position of each arc by its states."""
        pairs = zip(self.tail.tolist(), self.head.tolist(), strict=True)
        return {pair: k for k, pair in enumerate(pairs)}

    @cached_property
    def port(self) -> dict[int, int]:
        """Position among the ports of the sea by position of the place."""
        return {self.network.index[p]: k for k, p in enumerate(self.ways.lanes.ports)}

    @cached_property
    def families(self) -> dict[str, Bool[Array, " a"]]:
        """Crossings of every family, (A,) each."""
        return {
            name: _family_arcs(self, family["crossings"])
            for name, family in self.network.settings["families"].items()
        }


@lru_cache(maxsize=32)
def graph_of(network: Network, scenario: Scenario) -> Graph:
    """Return the graph of a scenario; the last ones are kept.

    Parameters
    ----------
    network : Network
    scenario : Scenario

    Returns
    -------
    Graph
    """
    closures = [c for c in network.tables.closures if _in_force(c, scenario.on)]
    ocean = network.tables.ocean[scenario.ocean]
    shut = {p for c in closures for p in dict(frozen_target("", c["what"])).get("passage", ())}
    shut |= {p for e in _closing(scenario) for p in dict(e.target).get("passage", ())}
    ways = network.sea.ways([*ocean["closed"], *shut])
    draft = _Draft(network, scenario, ways)
    draft.add_places()
    draft.add_links()
    draft.add_sea()
    graph = draft.graph()
    for closure in closures:
        target = dict(frozen_target("", closure["what"]))
        if "passage" not in target:
            arcs = _named_arcs(graph, target)
            if closure.get("cargo"):
                graph = _with_reserved(graph, frozenset(closure["cargo"]), arcs)
            else:
                graph.is_open[arcs] = False
    for effect in _closing(scenario):
        target = dict(effect.target)
        if "passage" not in target:
            graph.is_open[_named_arcs(graph, target)] = False
    for array in (graph.tail, graph.head, graph.dollars, graph.hours, graph.is_open):
        array.flags.writeable = False
    return graph


def _in_force(closure: Mapping[str, Any], on: dt.date) -> bool:
    begins, ends = closure.get("begins"), closure.get("ends")
    return (begins is None or begins <= on) and (ends is None or on < ends)


def _closing(scenario: Scenario) -> Iterator[Effect]:
    return (e for i in scenario.interventions for e in i.effects if e.kind == "close")


def _with_reserved(graph: Graph, nations: frozenset[str], arcs: Array) -> Graph:
    return replace(graph, reserved=(*graph.reserved, (nations, arcs)))


def layer_of(link: Link) -> str:
    """Return the way of travelling that a link belongs to."""
    if link.mode == "rail":
        return f"rail{link.gauge}"
    return "road" if link.mode == "road" else "water"


def mode_of(layer: str) -> str:
    """Return ``rail`` for trains of any gauge, else the layer itself."""
    return "rail" if layer.startswith("rail") else layer


class _Draft:
    """Collects arcs."""

    def __init__(self, network: Network, scenario: Scenario, ways: SeaWays) -> None:
        self.network, self.scenario, self.ways = network, scenario, ways
        self.charges = Charges(network, scenario)
        self.state: dict[tuple[int, str], int] = {}
        self.arcs: list[tuple[int, int, float, float, float, int, int, bool]] = []
        self.layers: list[list[str]] = [[] for _ in network.places]
        for link in network.links:
            for end in (link.start, link.end):
                layers = self.layers[network.index[end]]
                if layer_of(link) not in layers:
                    layers.append(layer_of(link))
        for place in network.places:
            if place.kind == "port":
                self.layers[network.index[place.id]].insert(0, "sea")

    def at(self, place: int, layer: str) -> int:
        """Return the state, new or known."""
        return self.state.setdefault((place, layer), len(self.state))

    def add_places(self) -> None:
        """Add the ways out of and into every place, and the changes inside it."""
        for k, place in enumerate(self.network.places):
            source, sink = self.at(k, "from"), self.at(k, "to")
            here = [(self.at(k, layer), mode_of(layer)) for layer in self.layers[k]]
            for state, mode in here:
                dollars, hours = self.charges.transfer("door", mode, place)
                self.arcs.append((source, state, dollars, hours, 0.0, DOOR, -1, True))
                self.arcs.append((state, sink, dollars, hours, 0.0, DOOR, -1, True))
                for other, changed in here:
                    if other != state:
                        self._add_change(place, state, other, (mode, changed))

    def _add_change(self, place: Place, state: int, other: int, modes: tuple[str, str]) -> None:
        if modes == ("rail", "rail"):
            dollars, hours = self.charges.transfer("gauge", "", place)
        else:
            dollars, hours = self.charges.transfer(*modes, place)
        if modes[0] in ("sea", "water") and modes[1] in ("rail", "road"):
            dollars += self.charges.premium(modes[1], place.country)
        self.arcs.append((state, other, dollars, hours, 0.0, TRANSFER, -1, True))

    def add_links(self) -> None:
        """Add every link both ways, with its border where it crosses one."""
        opened = self._opened()
        for ref, link in enumerate(self.network.links):
            is_open = link.is_open(self.scenario.on) or opened(link)
            ends = [self.network.places[self.network.index[p]] for p in (link.start, link.end)]
            layer = layer_of(link)
            mode = mode_of(layer)
            states = [self.at(self.network.index[p.id], layer) for p in ends]
            moved = self.charges.move(link)
            for (a, b), (s, t) in ((ends, states), (ends[::-1], states[::-1])):
                dollars, hours = moved
                at_border = (0.0, 0.0)
                if a.country != b.country:
                    at_border = self.charges.border(a.country, b.country, mode)
                    if layer != "water":
                        dollars += self.charges.premium(mode, b.country)
                self.arcs.append((
                    s, t, dollars + at_border[0], hours + at_border[1], at_border[1],
                    LINK, ref, is_open,
                ))  # fmt: skip

    def _opened(self) -> Callable[[Link], bool]:
        wanted = [
            (set(e.target), e.modes)
            for i in self.scenario.interventions
            for e in i.effects
            if e.kind == "open"
        ]
        return lambda link: any(
            {link.start, link.end} == ends and (not modes or link.mode in modes)
            for ends, modes in wanted
        )

    def add_sea(self) -> None:
        """Add the ship between every pair of ports that has a way."""
        network = self.network
        places = [network.places[network.index[p]] for p in self.ways.lanes.ports]
        sea = np.array([self.at(network.index[p.id], "sea") for p in places])
        dollars, hours = self.charges.sail(self.ways, places)
        a, b = np.nonzero(np.isfinite(self.ways.km) & (self.ways.km > 0))
        self.sea = (sea[a], sea[b], dollars[a, b], hours[a, b])

    def graph(self) -> Graph:
        """Return what was collected."""
        tail, head, dollars, hours, border, kind, ref, is_open = (
            np.array(column) for column in zip(*self.arcs, strict=True)
        )
        n = self.sea[0].size
        return Graph(
            network=self.network,
            scenario=self.scenario,
            states=tuple(self.state),
            state=self.state,
            tail=np.concatenate([tail, self.sea[0]]),
            head=np.concatenate([head, self.sea[1]]),
            dollars=np.concatenate([dollars, self.sea[2]]),
            hours=np.concatenate([hours, self.sea[3]]),
            border=np.concatenate([border, np.zeros(n)]),
            kind=np.concatenate([kind, np.full(n, SEA)]),
            ref=np.concatenate([ref, np.full(n, -1)]),
            is_open=np.concatenate([is_open, np.ones(n, dtype=bool)]),
            reserved=(),
            ways=self.ways,
        )


def _named_arcs(graph: Graph, target: Mapping[str, tuple[str, ...]]) -> Bool[Array, " a"]:
    """Return the arcs that a closure names: a border, a place, a link, or a whole family."""
    if "family" in target:
        return np.any([graph.family(name) for name in target["family"]], axis=0)
    places = graph.network.places
    modes = set(target.get("modes", ()))
    at = np.array([place for place, _ in graph.states])
    a, b = at[graph.tail], at[graph.head]
    if "countries" in target:
        first, second = (_members(graph.network, c) for c in target["countries"])
        one = np.array([p.country in first for p in places])
        two = np.array([p.country in second for p in places])
        found = (one[a] & two[b]) | (two[a] & one[b])
        found &= graph.kind == LINK
    elif "link" in target:
        start, end = (graph.network.index[p] for p in target["link"])
        found = ((a == start) & (b == end)) | ((a == end) & (b == start))
    else:
        chosen = np.array([p.id in target.get("node", ()) for p in places])
        found = (chosen[a] | chosen[b]) & (graph.kind >= LINK)
    return found & _of_modes(graph, modes)


def _of_modes(graph: Graph, modes: set[str]) -> Bool[Array, " a"]:
    if not modes:
        return np.ones(graph.tail.size, dtype=bool)
    links = graph.network.links
    by_link = np.array([link.mode in modes for link in links] + [False])
    return by_link[graph.ref] | ((graph.kind == SEA) & ("sea" in modes))


def _members(network: Network, country: str) -> frozenset[str]:
    zones = network.settings["zones"]
    return frozenset(zones[country]) if country in zones else frozenset([country])


def _family_arcs(graph: Graph, crossings: list[Mapping[str, Any]]) -> Bool[Array, " a"]:
    found = np.zeros(graph.tail.size, dtype=bool)
    for crossing in crossings:
        found |= _named_arcs(graph, dict(frozen_target("family", crossing)))
    return found
