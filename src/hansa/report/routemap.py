"""Routes on a map: Natural Earth's countries beneath, lines coloured by mode, places named.

May import ``hansa.corridor`` and its siblings. Projection: Equal Earth (Savric, Patterson & Jenny
2019), as in ``tools/build_map.py``; colours: Okabe & Ito's set, safe for the colour-blind.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from textwrap import wrap
from typing import Any

from hansa.corridor.network import Network
from hansa.corridor.results import Leg, Route, Routes
from hansa.report.svg import FONT
from hansa.report.worldmap import atlas

WIDTH = 1000.0
#: Least width of the part of the world that is shown, of 1000.
LEAST = 150.0
#: Names of the modes in the legend, in order.
MODES = {"sea": "ship", "rail": "railway", "road": "lorry", "caspian": "Caspian ship",
         "river": "river"}  # fmt: skip
LIGHT = {
    "land": "#e9e6de", "rim": "#bfbab0", "water": "#ffffff", "ink": "#1c1b19", "soft": "#66625a",
    "halo": "#ffffff", "sea": "#0072b2", "rail": "#d55e00", "road": "#b07d00",
    "caspian": "#009e73", "river": "#cc79a7",
}  # fmt: skip
DARK = {
    "land": "#2a2d34", "rim": "#4b4f59", "water": "#14161a", "ink": "#ece9e2", "soft": "#a8a397",
    "halo": "#14161a", "sea": "#56b4e9", "rail": "#f08a4b", "road": "#f0e442",
    "caspian": "#2fd0a0", "river": "#e6a3c9",
}  # fmt: skip

Point = tuple[float, float]
Box = tuple[float, float, float, float]


def route_map(
    routes: Routes, network: Network, *, key: str = "routes", standalone: bool = False
) -> str:
    """Return the routes on a map as SVG.

    Parameters
    ----------
    routes : Routes
        The best is drawn thick, the alternatives thin.
    network : Network
    key : str
        Unique in a page; used for ids.
    standalone : bool
        Whether colours (light, and dark where the reader's system is dark) are put inside.

    Returns
    -------
    str
    """
    lines = [
        (rank, leg, piece)
        for rank, route in enumerate(routes)
        for leg in route.legs
        if leg.mode != "handling"
        for piece in _pieces(leg)
    ]
    left, top, width, height = _window([p for *_, piece in lines for p in piece])
    zoom = WIDTH / width
    parts = [_base(zoom, left, top, width, height)]
    # The best last, so that nothing covers it.
    for rank, leg, piece in sorted(lines, key=lambda one: -one[0]):
        parts.append(_line(rank, leg, [_placed(p, left, top, zoom) for p in piece]))
    parts += _names(routes, network, left, top, zoom, height * zoom)
    tall = height * zoom
    foot, below = _legend(routes, network, tall)
    best = routes.best
    title = f"{best.start} to {best.end}, {routes.scenario.on}"
    size = f' width="{WIDTH:.0f}" height="{tall + below:.0f}"' if standalone else ""
    style = f"<style>{route_map_css('')}</style>" if standalone else ""
    back = f'<rect width="{WIDTH:.0f}" height="{tall + below:.0f}" class="r-back"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {tall + below:.0f}"'
        f'{size} class="routes" role="img" aria-labelledby="{key}-t {key}-d">'
        f'<title id="{key}-t">{escape(title)}</title>'
        f'<desc id="{key}-d">{escape(_spoken(routes))}</desc>{style}{back}'
        f'<clipPath id="{key}-c"><rect width="{WIDTH:.0f}" height="{tall:.0f}"/></clipPath>'
        f'<g clip-path="url(#{key}-c)">{"".join(parts)}</g>{foot}</svg>'
    )


def write_route_map(routes: Routes, network: Network, path: Path) -> Path:
    """Write the map as a file of its own."""
    path.write_text(route_map(routes, network, standalone=True), encoding="utf-8")
    return path


def route_map_css(root: str = ":root ") -> str:
    """Return the rules that colour a route map, light and dark.

    Parameters
    ----------
    root : str
        What stands before the map in the page; empty inside a file of its own.
    """

    def held(where: str, colours: dict[str, str]) -> str:
        rules = "".join(f"--r-{name}: {colour};" for name, colour in colours.items())
        return f"{where}.routes {{ {rules} }}"

    dark = held(f'{root.strip()}:not([data-theme="light"]) ' if root else "", DARK)
    chosen = held(f'{root.strip()}[data-theme="dark"] ', DARK) if root else ""
    return (
        held(root, LIGHT) + f"@media (prefers-color-scheme: dark) {{ {dark} }}" + chosen + _SHAPES
    )


_SHAPES = (
    f".routes text {{ font-family: {FONT}; fill: var(--r-ink); }}"
    ".routes .r-back { fill: var(--r-water); }"
    ".routes .r-land { fill: var(--r-land); stroke: var(--r-rim); }"
    ".routes .r-line { fill: none; stroke-linejoin: round; stroke-linecap: round; }"
    ".routes .r-name { font-size: 14px; paint-order: stroke; stroke: var(--r-halo);"
    " stroke-width: 3.5px; stroke-linejoin: round; }"
    ".routes .r-soft { font-size: 13px; fill: var(--r-soft); }"
    ".routes .r-row { font-size: 13.5px; } .routes .r-head { font-size: 17px; font-weight: 700; }"
    ".routes .r-dot { fill: var(--r-halo); stroke: var(--r-ink); stroke-width: 1.6; }"
    + "".join(f".routes .r-{m} {{ stroke: var(--r-{m}); }}" for m in MODES)
)


def projected(lon: float, lat: float) -> Point:
    """Return where a place lies on the map of the world, in its units.

    Parameters
    ----------
    lon, lat : float, degrees
    """
    held = atlas()
    turned = (lon - held["centre"] + 180.0) % 360.0 - 180.0
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(lat)))
    t2 = theta**2
    slope = 9 * a4 * t2**4 + 7 * a3 * t2**3 + 3 * a2 * t2 + a1
    x = 2 * math.sqrt(3) * math.radians(turned) * math.cos(theta) / (3 * slope)
    y = -theta * (a4 * t2**4 + a3 * t2**3 + a2 * t2 + a1)
    origin, scale = held["origin"], held["scale"]
    return (x - origin[0]) * scale + 2, (y - origin[1]) * scale + 2


def _pieces(leg: Leg) -> list[list[Point]]:
    """Return the leg's line, cut where it leaves the map on one side."""
    pieces: list[list[Point]] = [[]]
    for lon, lat in leg.shape:
        point = projected(lon, lat)
        if pieces[-1] and abs(point[0] - pieces[-1][-1][0]) > WIDTH / 2:
            pieces.append([])
        pieces[-1].append(point)
    return [piece for piece in pieces if len(piece) > 1]


def _window(points: Sequence[Point]) -> Box:
    """Return left, top, width and height of what is shown: the routes and a margin."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    margin = 0.09 * max(max(xs) - min(xs), max(ys) - min(ys), LEAST)
    left, right = min(xs) - margin, max(xs) + margin
    top, bottom = min(ys) - margin, max(ys) + margin
    width = max(right - left, LEAST, (bottom - top) / 0.85)
    height = max(bottom - top, 0.5 * width)
    return (left + right - width) / 2, (top + bottom - height) / 2, width, height


def _placed(point: Point, left: float, top: float, zoom: float) -> Point:
    return (point[0] - left) * zoom, (point[1] - top) * zoom


def _base(zoom: float, left: float, top: float, width: float, height: float) -> str:
    held: dict[str, Any] = atlas()
    shapes = "".join(f'<path d="{d}"/>' for d in held["countries"].values())
    return (
        f'<g class="r-land" stroke-width="{0.8 / zoom:.3f}" '
        f'transform="scale({zoom:.4f}) translate({-left:.2f} {-top:.2f})">{shapes}</g>'
    )


def _line(rank: int, leg: Leg, points: Sequence[Point]) -> str:
    way = "".join(f"{'L' if k else 'M'}{x:.1f} {y:.1f}" for k, (x, y) in enumerate(points))
    thick = 4.2 if rank == 0 else 2.2
    pale = "" if rank == 0 else f' opacity="{0.75:g}" stroke-dasharray="7 5"'
    said = (
        f"{rank + 1}: {leg.start} - {leg.end}, {leg.what}, {leg.km:,.0f} km, "
        f"{leg.hours:,.0f} h, {leg.dollars:,.0f} dollars"
    )
    return (
        f'<path d="{way}" class="r-line r-{leg.mode}" stroke-width="{thick}"{pale}>'
        f"<title>{escape(said)}</title></path>"
    )


def _names(
    routes: Routes, network: Network, left: float, top: float, zoom: float, tall: float
) -> list[str]:
    """Return dots and names of the places where routes change, the best route's first."""
    parts: list[str] = []
    taken: list[Box] = []
    names = dict.fromkeys(name for route in routes for name in _told(route))
    spots = {}
    for name in names:
        place = network.place(name)
        spots[name] = _placed(projected(place.lon, place.lat), left, top, zoom)
        x, y = spots[name]
        taken.append((x - 5, y - 5, x + 5, y + 5))
    for name, (x, y) in spots.items():
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" class="r-dot"/>')
        wide = 7.6 * len(name)
        for dx, dy, anchor in _SPOTS:
            start = x + dx - {"start": 0.0, "end": wide, "middle": wide / 2}[anchor]
            box = (start, y + dy - 12, start + wide, y + dy + 3)
            inside = box[0] > 2 and box[2] < WIDTH - 2 and box[1] > 2 and box[3] < tall - 2
            if inside and not any(_meet(box, other) for other in taken):
                taken.append(box)
                parts.append(
                    f'<text x="{x + dx:.1f}" y="{y + dy:.1f}" class="r-name" '
                    f'text-anchor="{anchor}">{escape(name)}</text>'
                )
                break
    return parts


#: Where a name may stand beside its dot, in order of preference.
_SPOTS = (
    (8.0, 5.0, "start"), (-8.0, 5.0, "end"), (0.0, -10.0, "middle"), (0.0, 20.0, "middle"),
    (8.0, -8.0, "start"), (8.0, 18.0, "start"), (-8.0, -8.0, "end"), (-8.0, 18.0, "end"),
)  # fmt: skip


def _told(route: Route) -> Iterable[str]:
    """Yield the places of a route that are named: its stops and where it crosses borders."""
    yield from route.stops
    yield from (leg.start for leg in route.legs if leg.border)


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _legend(routes: Routes, network: Network, tall: float) -> tuple[str, float]:
    """Return the legend under the map, and its height."""
    used = {leg.mode for route in routes for leg in route.legs}
    best = routes.best
    parts = [
        f'<text x="12" y="{tall + 28:.0f}" class="r-head">'
        f"{escape(f'{best.start} to {best.end}, {routes.scenario.on}')}</text>"
    ]
    x = 12.0
    for mode, name in MODES.items():
        if mode in used:
            parts.append(
                f'<path d="M{x:.0f} {tall + 46:.0f}h30" class="r-line r-{mode}" stroke-width="4"/>'
                f'<text x="{x + 38:.0f}" y="{tall + 51:.0f}" class="r-soft">{name}</text>'
            )
            x += 62 + 7.5 * len(name)
    parts.append(
        f'<text x="{x + 8:.0f}" y="{tall + 51:.0f}" class="r-soft">thick: 1, dashed: the others'
        "</text>"
    )
    y = tall + 76
    for k, route in enumerate(routes, 1):
        words = (
            f"{k}  {route.family}: {' - '.join(route.stops)}; {route.km:,.0f} km, "
            f"{route.days:.0f} days, {route.dollars:,.0f} dollars per TEU"
        )
        for line in wrap(words, 130, subsequent_indent="    "):
            parts.append(f'<text x="12" y="{y:.0f}" class="r-row">{escape(line)}</text>')
            y += 19
    ocean = network.tables.ocean[routes.scenario.ocean]["name"]
    source = (
        f"Charges: {routes.scenario.level}; {ocean}. Lines on land join stations straight; lanes "
        f"at sea: searoute. Base: {atlas()['source']}."
    )
    for line in wrap(source, 135):
        parts.append(f'<text x="12" y="{y + 4:.0f}" class="r-soft">{escape(line)}</text>')
        y += 17
    return "".join(parts), y - tall


def _spoken(routes: Routes) -> str:
    return " ".join(
        f"Route {k}, {r.family}: {' - '.join(r.stops)}, {r.km:,.0f} km, {r.days:.0f} days, "
        f"{r.dollars:,.0f} dollars per TEU."
        for k, r in enumerate(routes, 1)
    )
