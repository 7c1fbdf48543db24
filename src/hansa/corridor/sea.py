"""Ways by sea: distances between ports with passages open or shut, and the lines they follow.

May import only ``hansa.errors`` and its siblings. Lanes come from searoute (Apache-2.0) through
``tools/build_sea.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from hansa.corridor.tables import Tables

Array = np.ndarray
Shape = tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class SeaLanes:
    """The network of lanes.

    Attributes
    ----------
    ports : tuple of str
        Ids, P of them; they are the first P of M crossings.
    size : int
        M.
    tail, head : (L,) int arrays
    km : (L,) array
    weight : (L,) array, km
        Length with what the toll and the wait of a canal are worth: ships choose by it.
    passages : tuple of frozenset of str
        Straits and canals that each lane passes.
    shapes : tuple
        Longitudes and latitudes along each lane, from tail to head.
    """

    ports: tuple[str, ...]
    size: int
    tail: Int[Array, " l"]
    head: Int[Array, " l"]
    km: Float[Array, " l"]
    weight: Float[Array, " l"]
    passages: tuple[frozenset[str], ...]
    shapes: tuple[Shape, ...]

    @classmethod
    def from_tables(cls, tables: Tables) -> SeaLanes:
        """Return the lanes of the tables."""
        ports = tuple(p.id for p in tables.places if p.kind == "port")
        names = {name: k for k, name in enumerate(ports)}
        for start, end, *_ in tables.sea_rows:
            for name in (start, end):
                names.setdefault(name, len(names))
        km = np.array([max(row[2], 0.1) for row in tables.sea_rows])
        weight = km.copy()
        for passage, toll in tables.settings["tolls"].items():
            # A canal may be several lanes in a row: they share what it is worth.
            lanes = np.array([passage in row[3] for row in tables.sea_rows])
            weight[lanes] += toll["worth_km"] * km[lanes] / km[lanes].sum()
        return cls(
            ports=ports,
            size=len(names),
            tail=np.array([names[row[0]] for row in tables.sea_rows]),
            head=np.array([names[row[1]] for row in tables.sea_rows]),
            km=km,
            weight=weight,
            passages=tuple(row[3] for row in tables.sea_rows),
            shapes=tuple(row[4] for row in tables.sea_rows),
        )

    @property
    def known_passages(self) -> tuple[str, ...]:
        """Names of straits and canals that can be shut."""
        return tuple(sorted({p for lane in self.passages for p in lane}))

    def ways(self, closed: Iterable[str] = ()) -> SeaWays:
        """Return the shortest ways between all ports with some passages closed."""
        return _ways(self, frozenset(closed))


@dataclass(frozen=True, eq=False)
class SeaWays:
    """Shortest ways between all ports.

    Attributes
    ----------
    km : (P, P) array
        Infinite where there is no way.
    through : dict
        By passage, a (P, P) array of whether the way passes it.
    before : (P, M) int array
        Crossing before each on the way from each port; negative where none.
    """

    lanes: SeaLanes
    open: Bool[Array, " l"]
    km: Float[Array, "p p"]
    through: dict[str, Bool[Array, "p p"]]
    before: Int[Array, "p m"]

    def lanes_between(self, start: int, end: int) -> tuple[int, ...]:
        """Return the positions of the lanes from one port to another, in order."""
        index = _lane_index(self)
        found = []
        while end != start:
            previous = int(self.before[start, end])
            found.append(index[previous, end])
            end = previous
        return tuple(reversed(found))

    def shape(self, start: int, end: int) -> Shape:
        """Return longitudes and latitudes along the way, without jumps at the date line."""
        points: list[tuple[float, float]] = []
        at = start
        for lane in self.lanes_between(start, end):
            forward = self.lanes.tail[lane] == at
            piece = self.lanes.shapes[lane] if forward else self.lanes.shapes[lane][::-1]
            at = int(self.lanes.head[lane] if forward else self.lanes.tail[lane])
            turn = 360.0 * round((points[-1][0] - piece[0][0]) / 360.0) if points else 0.0
            points += [(lon + turn, lat) for lon, lat in piece[bool(points) :]]
        return tuple(points)


@lru_cache(maxsize=16)
def _lane_index(ways: SeaWays) -> dict[tuple[int, int], int]:
    """Return the shortest open lane by ordered pair of crossings."""
    lanes = ways.lanes
    index: dict[tuple[int, int], int] = {}
    for k in np.argsort(-lanes.weight, kind="stable"):
        if not ways.open[k]:
            continue
        a, b = int(lanes.tail[k]), int(lanes.head[k])
        index[a, b] = index[b, a] = int(k)
    return index


@lru_cache(maxsize=16)
def _ways(lanes: SeaLanes, closed: frozenset[str]) -> SeaWays:
    """Return shortest ways; a passage is on a way when the way through it is as short."""
    held = np.array([not (p & closed) for p in lanes.passages])
    graph = _graph(lanes, held)
    count = len(lanes.ports)
    far, before = dijkstra(
        graph, directed=False, indices=np.arange(count), return_predecessors=True
    )
    through = {}
    for passage in lanes.known_passages:
        used = np.zeros((count, count), dtype=bool)
        for k, names in enumerate(lanes.passages):
            if passage in names and held[k]:
                a, b = far[:, lanes.tail[k]], far[:, lanes.head[k]]
                way = np.minimum(a[:, None] + b[None, :], b[:, None] + a[None, :])
                used |= way + lanes.weight[k] <= far[:, :count] + 1e-6
        through[passage] = used & np.isfinite(far[:, :count])
    return SeaWays(lanes, held, _true_km(lanes, held, far[:, :count], before), through, before)


def _true_km(
    lanes: SeaLanes, held: Bool[Array, " l"], far: Float[Array, "p p"], before: Int[Array, "p m"]
) -> Float[Array, "p p"]:
    """Return the length along every way, without what canals are worth."""
    step = np.zeros((lanes.size, lanes.size))
    for k in np.argsort(-lanes.weight, kind="stable"):
        if held[k]:
            step[lanes.tail[k], lanes.head[k]] = step[lanes.head[k], lanes.tail[k]] = lanes.km[k]
    count = far.shape[0]
    start = np.repeat(np.arange(count)[:, None], count, axis=1)
    at = np.repeat(np.arange(count)[None, :], count, axis=0)
    km = np.where(np.isfinite(far), 0.0, np.inf)
    while True:
        previous = before[start, at]
        going = previous >= 0
        if not going.any():
            return km
        km[going] += step[previous[going], at[going]]
        at = np.where(going, previous, at)


def _graph(lanes: SeaLanes, held: Array) -> csr_matrix:
    """Return the open lanes' weights as a matrix; of two between the same crossings the less."""
    best: dict[tuple[int, int], float] = {}
    for a, b, km in zip(lanes.tail[held], lanes.head[held], lanes.weight[held], strict=True):
        key = (int(min(a, b)), int(max(a, b)))
        best[key] = min(best.get(key, np.inf), float(km))
    pairs = np.array(list(best))
    return csr_matrix(
        (np.array(list(best.values())), (pairs[:, 0], pairs[:, 1])), shape=(lanes.size, lanes.size)
    )
