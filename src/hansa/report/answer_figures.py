"""The figure of the senders' answer: one small panel a member, two curves over the intensity.

May import its siblings. Each panel has its own scale, in per cent of real income; the intensity
is drawn by its square root, so that small ones can be told apart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hansa.report.charts import shortened, tick_text
from hansa.report.numbers import percent
from hansa.report.svg import Figure

PANEL, TALL, ACROSS = 190.0, 112.0, 2
STYLE = """
.front { stroke: #1f6f8b; stroke-width: 2; fill: none; }
.stay { stroke: #b5521b; stroke-width: 2; stroke-dasharray: 4 3; fill: none; }
"""


def answer_figure(
    rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], source: str
) -> Figure:
    """Return the curves of every member: gain from the club of all, and from staying in it.

    Parameters
    ----------
    rows : sequence of mapping
        Of the table ``answer_curves``.
    names : mapping
        Country names by code.
    source : str
        Ends the source line.
    """
    members = list(dict.fromkeys(str(r["country"]) for r in rows))
    across = min(ACROSS, len(members))
    deep = -(-len(members) // across)
    grid = sorted({float(r["intensity"]) for r in rows})
    what = (
        "Solid: gain from the club of all against no club; dashed: against leaving it. Each panel "
        "has its own scale."
    )
    figure = Figure(
        "answer", "What the club of all gives each member as senders answer harder",
        f"{len(members)} members; intensity {grid[0]:g} to {grid[-1]:g}.", f"{what} {source}",
        PANEL * across, TALL * deep + 30,
    )  # fmt: skip
    figure.style = STYLE
    for k, code in enumerate(members):
        own = [r for r in rows if r["country"] == code]
        left, top = PANEL * (k % across), TALL * (k // across)
        _panel(figure, left, top, names.get(code, code), own)
    figure.text(
        PANEL * across - 4, TALL * deep + 24, "intensity of the answer, by its square root",
        "soft small", "end",
    )  # fmt: skip
    figure.text(2, TALL * deep + 24, "% of real income", "soft small")
    return figure


def _panel(
    figure: Figure, left: float, top: float, name: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    curves = {
        kind: [(float(r["intensity"]), float(r[key])) for r in rows if math.isfinite(r[key])]
        for kind, key in (("front", "gain_pct"), ("stay", "staying_pct"))
    }
    values = [v for points in curves.values() for _, v in points]
    low, high = min([0.0, *values]), max([0.0, *values])
    if low == high:
        high = 1.0
    x0, x1, y0, y1 = left + 40, left + PANEL - 8, top + TALL - 20, top + 22

    def x(p: float) -> float:
        return x0 + math.sqrt(p) * (x1 - x0)

    def y(value: float) -> float:
        return y0 - (value - low) / (high - low) * (y0 - y1)

    figure.text(x0, top + 14, shortened(name, 18), "strong")
    figure.line(x0, y(0.0), x1, y(0.0), "zero")
    for value in {low, 0.0, high}:
        if value == 0.0 or abs(y(value) - y(0.0)) > 11:
            figure.text(x0 - 4, y(value) + 4, _short(value), "soft small", "end")
    for p in (0.0, 0.1, 1.0):
        figure.text(x(p), top + TALL - 6, tick_text(p), "soft small", "middle")
    if not values:
        figure.text(x0 + 4, y(0.0) - 6, "not known", "soft small")
    for kind, points in curves.items():
        if len(points) > 1:
            figure.path([(x(p), y(v)) for p, v in points], kind)
    for p, value in curves["front"]:
        figure.dot(x(p), y(value), 2.2, "gain", f"{name} at {p:g}: {percent(value)}")


def _short(value: float) -> str:
    return percent(value, 2).split("\N{NARROW NO-BREAK SPACE}")[0].replace("about", "0")
