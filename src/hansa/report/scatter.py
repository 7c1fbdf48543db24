"""A scatter of what a forecast said against what happened, on logarithmic axes.

May import its siblings. Both axes have one scale, so that the line of a perfect forecast is at 45
degrees; the size of a mark is the share of trade before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hansa.report.charts import WIDTH
from hansa.report.numbers import percent
from hansa.report.svg import Figure

__all__ = ["STYLE", "Point", "scatter"]

#: Beside the rules of all figures; inline figures take the page's colours.
STYLE = """
.mark { fill: var(--gain, #1f6f8b); fill-opacity: .45; stroke: var(--gain, #1f6f8b); }
.edge { fill: none; stroke: var(--gain, #1f6f8b); stroke-width: 1.4; }
.perfect { stroke: var(--soft, #6b675f); stroke-width: 1; stroke-dasharray: 4 3; }
"""
LEFT, TOP, SIDE = 44.0, 10.0, WIDTH - 58
#: Multiples shown on the axes; changes beyond the last are drawn on the edge, as rings.
TICKS = (1 / 30, 1 / 10, 1 / 3, 1.0, 3.0, 10.0)
LOW, HIGH = math.log(1 / 45), math.log(12)
#: Left, top, right, bottom.
Box = tuple[float, float, float, float]
#: Area of a mark of all trade, and how many marks carry a name.
AREA, NAMED = 2600.0, 9


@dataclass(frozen=True)
class Point:
    """One partner.

    Attributes
    ----------
    name : str
    before, actual, predicted : float
        Shares, per cent, above zero.
    """

    name: str
    before: float
    actual: float
    predicted: float


def scatter(key: str, title: str, points: Sequence[Point], source: str) -> Figure:
    """Return the figure; `source` also says what a ring on the edge is, if there is one."""
    beyond = sum(not _inside(math.log(p.actual / p.before)) for p in points)
    if beyond:
        source += f" {beyond} beyond the axis, drawn as rings on its edge."
    figure = Figure(key, title, _spoken(points), source, WIDTH, TOP + SIDE + 46)
    figure.style = STYLE
    for tick in TICKS:
        at = math.log(tick)
        kind = "zero" if tick == 1 else "axis"
        figure.line(_x(at), TOP, _x(at), TOP + SIDE, kind)
        figure.line(LEFT, _y(at), LEFT + SIDE, _y(at), kind)
        figure.text(_x(at), TOP + SIDE + 13, _multiple(tick), "soft small", "middle")
        figure.text(LEFT - 5, _y(at) + 3.5, _multiple(tick), "soft small", "end")
    figure.line(_x(LOW), _y(LOW), _x(HIGH), _y(HIGH), "perfect")
    figure.text(
        LEFT + SIDE, TOP + SIDE + 30, "change of share that was forecast", "soft small", "end"
    )
    figure.text(LEFT + 4, TOP + 11, "change of share that happened", "soft small")
    for p in sorted(points, key=lambda p: -p.before):
        cx, cy, radius, inside = _place(p)
        hint = (
            f"{p.name}: {percent(p.before)} before, {percent(p.predicted)} forecast, "
            f"{percent(p.actual)} recorded"
        )
        figure.dot(cx, cy, radius, "mark" if inside else "edge", hint)
    taken: list[Box] = [(LEFT, TOP + 2, LEFT + 160, TOP + 14)]
    for p in sorted(points, key=lambda p: -max(p.before, p.actual))[:NAMED]:
        _name(figure, p, taken)
    return figure


def _place(point: Point) -> tuple[float, float, float, bool]:
    """Return where a mark stands, its radius, and whether it is inside the axes."""
    x, y = (math.log(v / point.before) for v in (point.predicted, point.actual))
    radius = max(1.8, math.sqrt(AREA * point.before / 100 / math.pi))
    return _x(_clipped(x)), _y(_clipped(y)), radius, _inside(x) and _inside(y)


def _name(figure: Figure, point: Point, taken: list[Box]) -> None:
    """Write a name beside its mark where there is room for it; nowhere if there is none."""
    cx, cy, radius, _ = _place(point)
    wide, gap = 5.7 * len(point.name), radius + 3
    for x, y in (
        (cx + gap, cy + 3.5), (cx - gap - wide, cy + 3.5), (cx - wide / 2, cy - gap),
        (cx - wide / 2, cy + gap + 8), (cx + gap - 2, cy - 7), (cx + gap - 2, cy + 13),
    ):  # fmt: skip
        box = (x, y - 9, x + wide, y + 2)
        inside = x >= LEFT and box[2] <= LEFT + SIDE and box[1] >= TOP and y <= TOP + SIDE + 2
        if inside and not any(_overlap(box, other) for other in taken):
            taken.append(box)
            figure.text(x, y, point.name, "small")
            return


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _inside(value: float) -> bool:
    return LOW <= value <= HIGH


def _clipped(value: float) -> float:
    return min(max(value, LOW), HIGH)


def _x(value: float) -> float:
    return LEFT + (value - LOW) / (HIGH - LOW) * SIDE


def _y(value: float) -> float:
    return TOP + (HIGH - value) / (HIGH - LOW) * SIDE


def _multiple(tick: float) -> str:
    return f"×{tick:g}" if tick >= 1 else f"÷{1 / tick:g}"


def _spoken(points: Sequence[Point]) -> str:
    most = sorted(points, key=lambda p: -p.before)[:12]
    return "Shares before, forecast and recorded: " + "; ".join(
        f"{p.name} {percent(p.before)}, {percent(p.predicted)}, {percent(p.actual)}" for p in most
    )
