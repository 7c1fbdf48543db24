"""The world map of a report: one value a country, binned on a diverging scale.

May import ``hansa.errors`` and its siblings. Polygons come from Natural Earth through
``tools/build_map.py``; colours are safe for the colour-blind (brown loses, blue gains) and are CSS
variables, so that they follow the page into the dark.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from html import escape
from importlib import resources
from typing import Any

from hansa.errors import DataError, unknown
from hansa.report.numbers import MINUS, NARROW, UNKNOWN, percent, signed
from hansa.report.svg import FONT

#: Whose borders the map shows, for a line of attribution.
SOURCE = "Natural Earth (public domain)"
#: Upper ends of the bins, per cent; the last bin has none.
EDGES = (-10.0, -3.0, -1.0, -0.3, -0.03, 0.03, 0.3, 1.0)
#: Class of each bin, from the largest loss to the largest gain.
BINS = ("l5", "l4", "l3", "l2", "l1", "n0", "g1", "g2", "g3")
LIGHT = {
    "l5": "#7a2e08", "l4": "#b5521b", "l3": "#d98a4e", "l2": "#edb98a", "l1": "#f6d2a8",
    "n0": "#dcd8ce", "g1": "#b9dbe4", "g2": "#74b2c5", "g3": "#1f6f8b", "none": "#fbfaf7",
    "edge": "#ffffff", "mark": "#1c1b19", "words": "#66625a", "rim": "#b9b4a8",
}  # fmt: skip
DARK = {
    "l5": "#ffb27a", "l4": "#e58a52", "l3": "#b8622c", "l2": "#84441c", "l1": "#563018",
    "n0": "#3a3d45", "g1": "#23495a", "g2": "#2f7890", "g3": "#62b6d0", "none": "#14161a",
    "edge": "#14161a", "mark": "#ece9e2", "words": "#a8a397", "rim": "#565a63",
}  # fmt: skip
LEGEND = 58.0


def world_map(
    values: Mapping[str, float],
    *,
    title: str,
    unit: str,
    source: str,
    names: Mapping[str, str],
    aggregates: Mapping[str, Sequence[str]],
    marked: Collection[str] = (),
    standalone: bool = False,
) -> str:
    """Return the map as SVG.

    Parameters
    ----------
    values : mapping
        Per cent by ISO3 code or code of an aggregate; NaN is shown as not known.
    title, unit, source : str
    names : mapping
        Names by code.
    aggregates : mapping
        Members of each aggregate; they take its value, paler.
    marked : collection of str
        Codes with an outline; of an aggregate, all its members.
    standalone : bool
        Whether colours, title and source are put into the SVG itself.

    Returns
    -------
    str

    Raises
    ------
    DataError
        If a code, valued or marked, is neither a country of the map nor an aggregate.
    """
    held = atlas()
    known = {*held["countries"], *aggregates}
    for code in (*values, *marked):
        if code not in known:
            raise DataError(unknown("country on the map", code, sorted(known)))
    parent = {m: a for a, members in aggregates.items() for m in members if a in values}
    outlined = {m for code in marked for m in aggregates.get(code, [code])}
    # Outlined countries after the others, so that nothing covers their line; then the dots of the
    # smallest, which a larger neighbour would hide.
    order = sorted(held["countries"], key=lambda code: code in outlined)
    areas, dots = [], []
    for code in order:
        own = code if code in values else parent.get(code)
        attributes, hint = _said(code, own, values, names, code in outlined)
        areas.append(f'<path d="{held["countries"][code]}" {attributes}>{hint}</path>')
        if code in held["points"]:
            x, y = held["points"][code]
            dots.append(f'<circle cx="{x:g}" cy="{y:g}" r="3.2" {attributes}>{hint}</circle>')
    width, height = held["width"], held["height"]
    head, foot = (40.0, LEGEND + 22.0) if standalone else (0.0, 0.0)
    total = head + height + foot
    size = f' width="{width:.0f}" height="{total:.0f}"' if standalone else ""
    extra = legend = ""
    if standalone:
        legend = f'<g transform="translate(0 {head + height + 8:.0f})">{_legend(unit)}</g>'
        extra = (
            f"<style>{_rules('', LIGHT)}{_SHAPES}</style>"
            f'<rect width="{width:.0f}" height="{total:.0f}" fill="#fff"/>'
            f'<text x="8" y="27" class="map-title">{escape(title)}</text>'
            f'<text x="8" y="{total - 8:.0f}" class="map-words">{escape(source)}. '
            f"{escape(held['source'])}.</text>"
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {total:.0f}"{size} '
        f'class="map" role="img" aria-labelledby="map-t map-d"><title id="map-t">{escape(title)}'
        f'</title><desc id="map-d">{escape(_spoken(values, names, marked, unit))}</desc>{extra}'
        f'<g transform="translate(0 {head:.0f})">{"".join(areas + dots)}</g>{legend}</svg>'
    )


def has_shape(code: str) -> bool:
    """Return whether a code has a shape of its own on the map."""
    return code in atlas()["countries"]


def map_legend(unit: str) -> str:
    """Return the legend of an inline map as HTML that keeps its size on a phone."""
    low = [f"below {_edge(EDGES[0])}", *(f"to {_edge(e)}" for e in EDGES[1:4])]
    high = [f"from {_edge(e)}" for e in EDGES[5:]]
    texts = [*low, f"to {_edge(EDGES[4])}", "about 0", *high]
    items = [(name, text) for name, text in zip(BINS, texts, strict=True)]
    items.append(("none", "not in the table"))
    return (
        f'<p class="legend"><span>{escape(unit)}:</span> '
        + " ".join(f'<span><i class="map-key b-{n}"></i>{escape(t)}</span>' for n, t in items)
        + "</p>"
    )


def map_css() -> str:
    """Return the rules that colour a map inside a page, light and dark."""
    return (
        _rules(":root ", LIGHT)
        + "@media (prefers-color-scheme: dark) {"
        + _rules(':root:not([data-theme="light"]) ', DARK)
        + "}"
        + _rules(':root[data-theme="dark"] ', DARK)
        + _SHAPES
    )


def bin_of(value: float) -> str:
    """Return the class of a value in per cent."""
    if not math.isfinite(value):
        return "none"
    if value >= EDGES[-1]:
        return BINS[-1]
    if value > EDGES[4] and value < EDGES[5]:
        return "n0"
    if value < 0:
        return next(b for b, edge in zip(BINS, EDGES, strict=False) if value <= edge)
    return next(b for b, edge in zip(BINS, EDGES, strict=False) if value < edge)


_SHAPES = (
    f".map text {{ font-family: {FONT}; }}"
    ".map path, .map circle { stroke: var(--m-edge); stroke-width: .5; stroke-linejoin: round; }"
    ".map .part { opacity: .6; }"
    ".map .b-none { stroke: var(--m-rim); }"
    ".map .marked { stroke: var(--m-mark); stroke-width: 1.2; }"
    ".map .map-words { fill: var(--m-words); font-size: 13px; }"
    ".map .map-title { fill: var(--m-mark); font-size: 20px; font-weight: 700; }"
    ".legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 13px; max-width: none; }"
    ".map-key { display: inline-block; width: 20px; height: 12px; margin-right: 5px;"
    " border: 1px solid var(--m-rim); }"
    + "".join(
        f".map .b-{b} {{ fill: var(--m-{b}); }} .map-key.b-{b} {{ background: var(--m-{b}); }}"
        for b in (*BINS, "none")
    )
)


def _rules(where: str, colours: Mapping[str, str]) -> str:
    held = "".join(f"--m-{name}: {colour};" for name, colour in colours.items())
    return f"{where}.map, {where}.map-key {{ {held} }}"


@lru_cache(maxsize=1)
def atlas() -> dict[str, Any]:
    """Return the shapes of all countries and how they were projected."""
    text = (resources.files("hansa.report") / "assets" / "world.json").read_text("utf-8")
    return dict(json.loads(text))


def _said(
    code: str,
    own: str | None,
    values: Mapping[str, float],
    names: Mapping[str, str],
    outlined: bool,
) -> tuple[str, str]:
    """Return the attributes of a country's shape and the title inside it."""
    value = values[own] if own is not None else math.nan
    shown = signed(percent(value), value) if math.isfinite(value) else UNKNOWN
    name = names.get(code, code) if own == code else f"part of {names.get(str(own), str(own))}"
    if own is None:
        name, shown = names.get(code, code), "not in the table"
    kinds = [f"b-{bin_of(value)}"]
    kinds += ["part"] * (own is not None and own != code) + ["marked"] * outlined
    attributes = f'class="{" ".join(kinds)}" data-code="{code}" data-name="{escape(name)}"'
    if math.isfinite(value):
        attributes += f' data-value="{value:.6g}"'
    return attributes, f"<title>{escape(f'{name}: {shown}')}</title>"


def _legend(unit: str) -> str:
    left, wide, high = 12.0, 62.0, 13.0
    parts = []
    for k, name in enumerate(BINS):
        x = left + k * wide
        parts.append(
            f'<rect x="{x:.0f}" y="0" width="{wide:.0f}" height="{high:.0f}" class="b-{name}"/>'
        )
    for k, edge in enumerate(EDGES):
        text = _edge(edge)
        x = left + (k + 1) * wide
        parts.append(
            f'<text x="{x:.0f}" y="30" class="map-words" text-anchor="middle">{text}</text>'
        )
    x = left + (len(BINS) + 0.4) * wide
    parts.append(
        f'<rect x="{x:.0f}" y="0" width="26" height="{high:.0f}" class="b-none"/>'
        f'<text x="{x + 34:.0f}" y="11" class="map-words">not in the table</text>'
        f'<text x="{left:.0f}" y="48" class="map-words">{escape(unit)}; paler: part of an '
        "aggregate; outlined: candidate</text>"
    )
    return "".join(parts)


def _edge(value: float) -> str:
    return f"{value:+g}".replace("-", MINUS)


def _spoken(
    values: Mapping[str, float], names: Mapping[str, str], marked: Collection[str], unit: str
) -> str:
    """Return the values of the marked countries and of the largest losers in words."""
    order = sorted((v, c) for c, v in values.items() if math.isfinite(v))
    chosen = list(dict.fromkeys([c for _, c in order if c in marked] + [c for _, c in order[:5]]))
    said = "; ".join(f"{names.get(c, c)} {signed(percent(values[c]), values[c])}" for c in chosen)
    return f"{unit.replace('%', f'per{NARROW}cent')}. {said}."
