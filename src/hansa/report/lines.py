"""Lines over years in small panels, one a country, and ratios on a logarithmic axis.

May import its siblings. One scale for all panels of a figure, so that they compare; at most three
series, told apart by colour, dash and a word. Small multiples: Tufte (1983).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hansa.report.charts import LABEL, ROW, WIDTH, shortened, tick_text, ticks
from hansa.report.svg import Figure

#: Columns of panels, and the size of one.
COLUMNS, WIDE, HIGH = 2, 190.0, 118.0
LEFT, TOP, BELOW = 32.0, 22.0, 18.0


@dataclass(frozen=True)
class Line:
    """One series.

    Attributes
    ----------
    name : str
        The word in the legend.
    points : sequence of (year, value)
        NaN breaks the line.
    low, high : sequence of float
        Of a band around the values; none by default.
    """

    name: str
    points: Sequence[tuple[float, float]]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


@dataclass(frozen=True)
class Panel:
    """One panel: a heading and its lines."""

    title: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Axis:
    """What stands at the axis of all panels.

    Attributes
    ----------
    unit : str
    zero : bool
        Whether zero must be seen.
    events : tuple of int
        Years with a thin mark.
    """

    unit: str
    zero: bool = True
    events: tuple[int, ...] = ()


def panels(key: str, title: str, held: Sequence[Panel], axis: Axis, source: str) -> Figure:
    """Return small panels of lines over years with one scale."""
    columns = min(COLUMNS, len(held))
    rows = math.ceil(len(held) / columns)
    wide = WIDTH / columns
    legend = list(dict.fromkeys(line.name for p in held for line in p.lines if line.name))
    head = 20.0 if legend else 0.0
    high = HIGH if columns > 1 else 1.6 * HIGH
    figure = Figure(key, title, _spoken(held, axis), source, WIDTH, head + rows * high + 14)
    for k, name in enumerate(legend):
        x = 4 + k * WIDTH / len(legend)
        figure.line(x, 9, x + 18, 9, f"s{k + 1}")
        figure.text(x + 23, 13, name, f"small t{k + 1}")
    scale = _scale(held, axis)
    for k, panel in enumerate(held):
        corner = (k % columns) * wide, head + (k // columns) * high
        _panel(figure, panel, axis, scale, corner, (wide, high), legend)
    figure.text(WIDTH - 4, figure.height - 3, axis.unit, "soft small", "end")
    return figure


@dataclass(frozen=True)
class _Scale:
    first: float
    last: float
    low: float
    high: float


def _scale(held: Sequence[Panel], axis: Axis) -> _Scale:
    lines = [line for p in held for line in p.lines]
    years = [x for line in lines for x, _ in line.points]
    values = [v for line in lines for v in (*(y for _, y in line.points), *line.low, *line.high)]
    values = [v for v in values if math.isfinite(v)] or [0.0, 1.0]
    low, high = min(values), max(values)
    if axis.zero:
        low, high = min(0.0, low), max(0.0, high)
    gap = 0.04 * (high - low) or 1.0
    return _Scale(min(years, default=0.0), max(years, default=1.0), low - gap, high + gap)


def _panel(
    figure: Figure,
    panel: Panel,
    axis: Axis,
    scale: _Scale,
    corner: tuple[float, float],
    size: tuple[float, float],
    legend: Sequence[str],
) -> None:
    left, right = corner[0] + LEFT, corner[0] + size[0] - 10
    top, bottom = corner[1] + TOP, corner[1] + size[1] - BELOW

    def x(year: float) -> float:
        return left + (year - scale.first) / ((scale.last - scale.first) or 1.0) * (right - left)

    def y(value: float) -> float:
        return bottom - (value - scale.low) / (scale.high - scale.low) * (bottom - top)

    figure.text(left, top - 8, panel.title, "strong")
    for tick in ticks(scale.low, scale.high, 3):
        if scale.low <= tick <= scale.high:
            figure.line(left, y(tick), right, y(tick), "zero" if tick == 0 else "axis")
            figure.text(left - 4, y(tick) + 4, tick_text(tick), "soft small", "end")
    for year in axis.events:
        if scale.first <= year <= scale.last:
            figure.line(x(year), top, x(year), bottom, "event")
    for end, anchor in ((scale.first, "start"), (scale.last, "end")):
        figure.text(x(end), bottom + 13, f"{end:.0f}", "soft small", anchor)
    for line in panel.lines:
        kind = legend.index(line.name) + 1 if line.name in legend else 1
        if len(line.low) == len(line.points) and line.low:
            for part in _runs(list(zip(line.points, line.low, line.high, strict=True))):
                up = [(x(p[0]), y(h)) for p, _, h in part]
                down = [(x(p[0]), y(low)) for p, low, _ in reversed(part)]
                figure.area(up + down, "spread")
        for way in _runs([(p, p[1], p[1]) for p in line.points]):
            figure.path([(x(p[0]), y(p[1])) for p, _, _ in way], f"s{kind}")
            if len(way) == 1:
                figure.dot(x(way[0][0][0]), y(way[0][0][1]), 2.0, f"t{kind}")


def _runs(
    rows: Sequence[tuple[tuple[float, float], float, float]],
) -> list[list[tuple[tuple[float, float], float, float]]]:
    """Return the stretches in which all numbers are known."""
    found: list[list[tuple[tuple[float, float], float, float]]] = [[]]
    for row in rows:
        if all(math.isfinite(v) for v in (*row[0], *row[1:])):
            found[-1].append(row)
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def _spoken(held: Sequence[Panel], axis: Axis) -> str:
    said = []
    for panel in held:
        ends = []
        for line in panel.lines:
            known = [(x, v) for x, v in line.points if math.isfinite(v)]
            if known:
                (x0, v0), (x1, v1) = known[0], known[-1]
                ends.append(f"{line.name} {v0:.3g} in {x0:.0f}, {v1:.3g} in {x1:.0f}".strip())
        said.append(f"{panel.title}: {'; '.join(ends) or 'no data'}")
    return f"{axis.unit}. {'. '.join(said)}."


@dataclass(frozen=True)
class Ratio:
    """One row of a chart of ratios.

    Attributes
    ----------
    label : str
    value, low, high : float
        > 0; where not known, NaN.
    shown : str
    """

    label: str
    value: float
    low: float
    high: float
    shown: str


def ratios(key: str, title: str, rows: Sequence[Ratio], unit: str, source: str) -> Figure:
    """Return ratios with their ranges on a logarithmic axis around one, cut at a tenth and ten."""
    said = "; ".join(f"{r.label} {r.shown}" for r in rows)
    figure = Figure(key, title, f"{unit}: {said}", source, WIDTH, ROW * len(rows) + 34)
    left, right, bottom = LABEL, WIDTH - 52, ROW * len(rows) + 6

    def at(value: float) -> float:
        held = min(max(value, 0.1), 10.0)
        return left + (math.log10(held) + 1) / 2 * (right - left)

    for tick in (0.1, 0.3, 1.0, 3.0, 10.0):
        figure.line(at(tick), 2, at(tick), bottom, "zero" if tick == 1 else "axis")
        figure.text(at(tick), bottom + 12, f"{tick:g}", "soft small", "middle")
    figure.text(WIDTH - 4, bottom + 26, unit, "soft small", "end")
    for k, row in enumerate(rows):
        y = ROW * k + 5
        figure.text(LABEL - 6, y + 11, shortened(row.label, 15), "", "end")
        if math.isfinite(row.low) and math.isfinite(row.high) and row.high > 0:
            figure.line(at(row.low), y + 7, at(row.high), y + 7, "range")
        kind = "gain" if row.value >= 1 else "loss"
        figure.dot(at(row.value), y + 7, 4.2, kind, f"{row.label}: {row.shown}")
        figure.text(WIDTH - 2, y + 11, row.shown, "strong small", "end")
    return figure
