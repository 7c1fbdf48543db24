"""Turn Natural Earth's country polygons into the compact map asset that the report ships.

Build-time only. Get the polygons with ``npm pack world-atlas`` (ISC; data Natural Earth, public
domain), unpack, and run ``python tools/build_map.py package/countries-50m.json``. Projection: Equal
Earth (Savric, Patterson & Jenny 2019, Int. J. Geographical Information Science 33, 454-465).
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np

from hansa.errors import DataError
from hansa.world.codes import iso3

ASSET = Path(__file__).parents[1] / "src" / "hansa" / "report" / "assets" / "world.json"
WIDTH = 1000.0
#: The map is cut at 169 degrees west, between Russia and Alaska.
CENTRE = 11.0
#: Tolerance of simplification, degrees; islands smaller than LEAST square units are dropped.
TOLERANCE = 0.17
LEAST = 0.35
#: Countries that cover less than this are shown as a dot, square units.
SMALL = 9.0
#: Places without an ISO number in the source, and where they belong on the map.
UNNUMBERED = {
    "Kosovo": "XKX", "N. Cyprus": "CYP", "Somaliland": "SOM",
    "Indian Ocean Ter.": "", "Siachen Glacier": "",
}  # fmt: skip
LEFT_OUT = {"ATA"}


def main(path: str) -> None:
    """Write the asset from a world-atlas topology."""
    topology = json.loads(Path(path).read_text(encoding="utf-8"))
    whole = [decoded(arc, topology["transform"]) for arc in topology["arcs"]]
    arcs = [simplified(arc) for arc in whole]
    paths: dict[str, list[np.ndarray]] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        name = geometry["properties"]["name"]
        code = code_of(geometry.get("id"), name)
        if not code or code in LEFT_OUT:
            continue
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        shapes = [ring for polygon in polygons for ring in polygon]
        rings = [r for ring in shapes if len(r := ring_of(arcs, ring)) >= 4]
        # The smallest countries would vanish: they keep every point.
        rings = rings or [ring_of(whole, ring) for ring in shapes]
        paths.setdefault(code, []).extend(projected(r) for r in rings)
    write(paths)


def code_of(number: str | None, name: str) -> str:
    """Return a country's ISO3 code; empty for places that have none."""
    if number is None:
        return UNNUMBERED[name]
    try:
        return iso3(int(number))
    except DataError:
        print(f"left out: {name} ({number})")
        return ""


def decoded(arc: list[list[int]], transform: dict[str, list[float]]) -> np.ndarray:
    """Return an arc's longitudes and latitudes, (K, 2)."""
    steps = np.cumsum(np.array(arc, dtype=float), axis=0)
    return steps * np.array(transform["scale"]) + np.array(transform["translate"])


def simplified(arc: np.ndarray) -> np.ndarray:
    """Return an arc without points that matter less than TOLERANCE (Douglas & Peucker 1973)."""
    keep = np.zeros(len(arc), dtype=bool)
    keep[[0, -1]] = True
    stack = [(0, len(arc) - 1)]
    while stack:
        first, last = stack.pop()
        if last <= first + 1:
            continue
        a, b, inner = arc[first], arc[last], arc[first + 1 : last]
        narrow = np.array([max(0.2, math.cos(math.radians(a[1]))), 1.0])
        line, away = (b - a) * narrow, (inner - a) * narrow
        length = math.hypot(*line)
        if length < 1e-9:
            distance = np.hypot(away[:, 0], away[:, 1])
        else:
            distance = np.abs(line[0] * away[:, 1] - line[1] * away[:, 0]) / length
        at = int(np.argmax(distance))
        if distance[at] > TOLERANCE:
            keep[first + 1 + at] = True
            stack += [(first, first + 1 + at), (first + 1 + at, last)]
    return arc[keep]


def ring_of(arcs: list[np.ndarray], indices: list[int]) -> np.ndarray:
    """Return a closed ring from arc numbers (negative: the arc backwards)."""
    parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
    return np.concatenate([parts[0], *(p[1:] for p in parts[1:])])


def projected(ring: np.ndarray) -> np.ndarray:
    """Return a ring on the Equal Earth plane, unwrapped so that no side crosses the map."""
    longitude = (ring[:, 0] - CENTRE + 180.0) % 360.0 - 180.0
    longitude = np.degrees(np.unwrap(np.radians(longitude)))
    middle = longitude.mean()
    longitude -= 360.0 * round(middle / 360.0)
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    theta = np.arcsin(math.sqrt(3) / 2 * np.sin(np.radians(ring[:, 1])))
    t2 = theta**2
    slope = 9 * a4 * t2**4 + 7 * a3 * t2**3 + 3 * a2 * t2 + a1
    x = 2 * math.sqrt(3) * np.radians(longitude) * np.cos(theta) / (3 * slope)
    y = theta * (a4 * t2**4 + a3 * t2**3 + a2 * t2 + a1)
    return np.column_stack([x, -y])


def area(ring: np.ndarray) -> float:
    """Return the area inside a ring."""
    x, y = ring[:, 0], ring[:, 1]
    return 0.5 * abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))))


def write(paths: dict[str, list[np.ndarray]]) -> None:
    """Scale to WIDTH, round to tenths, and write the asset."""
    everything = np.concatenate([ring for rings in paths.values() for ring in rings])
    low, high = everything.min(axis=0), everything.max(axis=0)
    scale = (WIDTH - 4) / (high[0] - low[0])
    countries: dict[str, str] = {}
    points: dict[str, list[float]] = {}
    for code, rings in sorted(paths.items()):
        placed = [(ring - low) * scale + 2 for ring in rings]
        sizes = [area(ring) for ring in placed]
        largest = placed[int(np.argmax(sizes))]
        if sum(sizes) < SMALL:
            points[code] = [round(float(v), 1) for v in largest.mean(axis=0)]
        kept = [r for r, s in zip(placed, sizes, strict=True) if s >= LEAST or r is largest]
        countries[code] = "".join(as_path(ring) for ring in kept)
    asset = {
        "projection": f"Equal Earth, centred on {CENTRE:.0f} E",
        "source": "Natural Earth, public domain, borders as it draws them (world-atlas 2.0.2)",
        "width": WIDTH,
        "height": round(float((high[1] - low[1]) * scale) + 4, 1),
        # A place at longitude and latitude lies at (projected - origin) * scale + 2.
        "centre": CENTRE,
        "origin": [round(float(v), 6) for v in low],
        "scale": round(float(scale), 6),
        "countries": countries,
        "points": points,
    }
    ASSET.write_text(json.dumps(asset, separators=(",", ":")), encoding="utf-8")
    print(f"{ASSET.name}: {len(countries)} countries, {ASSET.stat().st_size / 1e3:.0f} kB")


def as_path(ring: np.ndarray) -> str:
    """Return an SVG path with relative steps in tenths of a unit."""
    tenths = np.rint(ring * 10).astype(int)
    steps = np.diff(tenths, axis=0)
    steps = steps[np.abs(steps).sum(axis=1) > 0]
    start = f"M{tenths[0, 0] / 10:g} {tenths[0, 1] / 10:g}"
    return start + "l" + " ".join(f"{x / 10:g} {y / 10:g}" for x, y in steps) + "z"


if __name__ == "__main__":
    main(sys.argv[1])
