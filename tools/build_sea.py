"""Turn searoute's network of sea lanes into the compact one that the corridor ships.

Build-time only, in an environment of its own: ``uv venv /tmp/sea && uv pip install --python
/tmp/sea/bin/python searoute==1.6.0 scipy``, then ``/tmp/sea/bin/python tools/build_sea.py``.
searoute is Apache-2.0 (Eurostat searoute's network by way of Oak Ridge National Laboratory).

Kept are the lanes that some shortest way between two of our ports uses, with all passages open or
with one or two of them closed. The Volga-Don link is cut: it is a river, and a row of links.csv.
"""

from __future__ import annotations

import csv
import itertools
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from searoute.searoute import setup_M

DATA = Path(__file__).parents[1] / "src" / "hansa" / "corridor" / "data"
#: Never open: no regular container traffic.
NEVER = {"northwest", "bering"}
#: Sets of passages whose closing the shipped network must be able to answer.
CLOSED = [set(), {"suez"}, {"babalmandab"}, {"panama"}, {"malacca"}, {"ormuz"}, {"bosporus"},
          {"gibraltar"}, {"suez", "panama"}, {"babalmandab", "panama"}, {"suez", "malacca"},
          {"malacca", "sunda"}]  # fmt: skip
NAMED = {"babalmandab", "bosporus", "gibraltar", "suez", "panama", "ormuz", "malacca", "sunda"}
#: Tolerance of simplified shapes, degrees.
TOLERANCE = 0.12

Point = tuple[float, float]


def main() -> None:
    """Write sea.csv."""
    lanes = lanes_of(setup_M())
    where = ports()
    points = sorted({p for a, b in lanes for p in (a, b)})
    at = {p: k for k, p in enumerate(points)}
    near = {port: nearest(place, points) for port, place in where.items()}
    used = used_lanes(lanes, at, points, [at[p] for p in near.values()])
    chains = contracted(used, set(near.values()))
    names: dict[Point, str] = {}
    rows = []
    for port, place in sorted(where.items()):
        anchor = near[port]
        names.setdefault(anchor, f"s{len(names)}")
        rows.append(
            [port, names[anchor], round(sphere(place, anchor), 1), "", shape([place, anchor])]
        )
    for a, b, km, labels, path in chains:
        for p in (a, b):
            names.setdefault(p, f"s{len(names)}")
        rows.append([names[a], names[b], round(km, 1), ";".join(sorted(labels)), shape(path)])
    with (DATA / "sea.csv").open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file, lineterminator="\n")
        write.writerow(["from", "to", "km", "passages", "shape"])
        write.writerows(rows)
    far = sorted(((sphere(where[p], near[p]), p) for p in where), reverse=True)[:8]
    print(f"{len(where)} ports, {len(rows)} lanes; farthest from a lane: {far}")


def ports() -> dict[str, Point]:
    """Return longitude and latitude of every sea port of nodes.csv."""
    with (DATA / "nodes.csv").open(encoding="utf-8") as file:
        return {
            row["id"]: (float(row["lon"]), float(row["lat"]))
            for row in csv.DictReader(file)
            if row["kind"] == "port"
        }


def lanes_of(network: object) -> dict[tuple[Point, Point], tuple[float, str]]:
    """Return the open lanes: kilometres and passage by pair of points."""
    lanes = {}
    for a, b, data in network.edges(data=True):  # type: ignore[attr-defined]
        label = data.get("passage") or ""
        if label in NEVER or volga_don(a) or volga_don(b):
            continue
        lanes[tuple(sorted((a, b)))] = (float(data["weight"]), label if label in NAMED else "")
    return lanes


def volga_don(point: Point) -> bool:
    """Return whether a point lies on the river link between Azov and the Caspian."""
    return 39.2 < point[0] < 47.0 and 46.5 < point[1] < 49.0


def used_lanes(
    lanes: dict[tuple[Point, Point], tuple[float, str]],
    at: dict[Point, int],
    points: list[Point],
    sources: list[int],
) -> dict[tuple[Point, Point], tuple[float, str]]:
    """Return the lanes on some shortest way between two sources."""
    kept: set[tuple[int, int]] = set()
    size = len(points)
    for closed in CLOSED:
        held = [(at[a], at[b], km) for (a, b), (km, label) in lanes.items() if label not in closed]
        tail, head, km = (np.array(x) for x in zip(*held, strict=True))
        graph = csr_matrix((np.maximum(km, 1e-3), (tail, head)), shape=(size, size))
        _, before = dijkstra(graph, directed=False, indices=sources, return_predecessors=True)
        for row, start in enumerate(sources):
            done = {start}
            for end in sources:
                while end not in done and before[row, end] >= 0:
                    done.add(end)
                    kept.add(tuple(sorted((int(before[row, end]), end))))  # type: ignore[arg-type]
                    end = int(before[row, end])
    return {
        pair: value
        for pair, value in lanes.items()
        if tuple(sorted((at[pair[0]], at[pair[1]]))) in kept
    }


def contracted(
    lanes: dict[tuple[Point, Point], tuple[float, str]], keep: set[Point]
) -> list[tuple[Point, Point, float, set[str], list[Point]]]:
    """Return chains of lanes between crossings and ports."""
    around: dict[Point, list[Point]] = defaultdict(list)
    for a, b in lanes:
        around[a].append(b)
        around[b].append(a)
    ends = {p for p, others in around.items() if len(others) != 2 or p in keep}
    chains, seen = [], set()
    for start in sorted(ends):
        for step in sorted(around[start]):
            path = [start, step]
            while path[-1] not in ends:
                path.append(next(p for p in around[path[-1]] if p != path[-2]))
            key = frozenset((tuple(path), tuple(reversed(path))))
            if key in seen:
                continue
            seen.add(key)
            pairs = [tuple(sorted(pair)) for pair in itertools.pairwise(path)]
            km = sum(lanes[pair][0] for pair in pairs)  # type: ignore[index]
            labels = {lanes[pair][1] for pair in pairs} - {""}  # type: ignore[index]
            chains.append((path[0], path[-1], km, labels, path))
    return chains


def shape(path: list[Point]) -> str:
    """Return a simplified path as 'lon lat;lon lat' (Douglas & Peucker 1973)."""
    unwound = [path[0]]
    for lon, lat in path[1:]:
        while lon - unwound[-1][0] > 180:
            lon -= 360
        while lon - unwound[-1][0] < -180:
            lon += 360
        unwound.append((lon, lat))
    line = np.array(unwound)
    keep = np.zeros(len(line), dtype=bool)
    keep[[0, -1]] = True
    stack = [(0, len(line) - 1)]
    while stack:
        first, last = stack.pop()
        if last <= first + 1:
            continue
        along = line[last] - line[first]
        away = line[first + 1 : last] - line[first]
        length = math.hypot(*along)
        off = (
            np.hypot(away[:, 0], away[:, 1])
            if length < 1e-9
            else np.abs(along[0] * away[:, 1] - along[1] * away[:, 0]) / length
        )
        top = int(np.argmax(off))
        if off[top] > TOLERANCE:
            keep[first + 1 + top] = True
            stack += [(first, first + 1 + top), (first + 1 + top, last)]
    return ";".join(f"{lon:.2f} {lat:.2f}" for lon, lat in line[keep])


def nearest(place: Point, points: list[Point]) -> Point:
    """Return the point of the network nearest to a place."""
    return min(points, key=lambda p: sphere(place, p))


def sphere(a: Point, b: Point) -> float:
    """Return the great circle between two points, km."""
    (x1, y1), (x2, y2) = (tuple(math.radians(v) for v in p) for p in (a, b))
    h = math.sin((y2 - y1) / 2) ** 2 + math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    return 12742.0176 * math.asin(math.sqrt(h))


if __name__ == "__main__":
    main()
