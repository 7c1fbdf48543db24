"""Charts of the report: ranked bars with ranges, clubs by size, trade before and after.

May import its siblings. Functions from plain rows to a `Figure`; one message a figure, every axis
with its unit. Widths suit a phone; on a wide screen charts stand side by side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hansa.report.numbers import MINUS, digits
from hansa.report.svg import Figure

WIDTH = 380.0
LABEL = 122.0
VALUE = 70.0
ROW = 21.0


@dataclass(frozen=True)
class Row:
    """One line of a ranked chart.

    Attributes
    ----------
    label : str
    value : float
    low, high : float or None
        Range shown as a thin line.
    shown : str
        The value as text, with unit.
    """

    label: str
    value: float
    shown: str
    low: float | None = None
    high: float | None = None


def ranked(
    key: str,
    title: str,
    rows: Sequence[Row],
    unit: str,
    source: str,
    dots: bool = False,
    label: float = LABEL,
) -> Figure:
    """Return horizontal bars (or dots), one a row, with ranges and an axis in `unit`.

    Labels take `label` units of the width.
    """
    figure = Figure(key, title, _spoken(rows, unit), source, WIDTH, ROW * len(rows) + 34)
    bounds = [v for r in rows for v in (r.value, r.low, r.high) if v is not None]
    bounds = [v for v in bounds if math.isfinite(v)]
    low, high = min([0.0, *bounds]), max([0.0, *bounds])
    if low == high:
        high = 1.0
    left, right = label, WIDTH - VALUE

    def at(value: float) -> float:
        return left + (value - low) / (high - low) * (right - left)

    bottom = ROW * len(rows) + 6
    for tick in ticks(low, high):
        figure.line(at(tick), 2, at(tick), bottom, "zero" if tick == 0 else "axis")
        figure.text(at(tick), bottom + 12, tick_text(tick), "soft small", "middle")
    figure.text(WIDTH - 4, bottom + 26, unit, "soft small", "end")
    for k, row in enumerate(rows):
        y = ROW * k + 5
        figure.text(label - 6, y + 11, shortened(row.label, int(label / 7.6)), "", "end")
        if not math.isfinite(row.value):
            figure.text(at(0) + 4, y + 11, row.shown, "soft small")
            continue
        kind = "loss" if row.value < 0 else "gain"
        hint = f"{row.label}: {row.shown}"
        if row.low is not None and row.high is not None:
            figure.line(at(row.low), y + 7, at(row.high), y + 7, "range")
        if dots:
            figure.dot(at(row.value), y + 7, 4.2, kind, hint)
        else:
            figure.bar(at(0), at(row.value), y + 2, 10, kind, hint)
        if not dots and row.low is not None and row.high is not None:
            figure.line(at(row.low), y + 7, at(row.high), y + 7, "range")
        figure.text(WIDTH - 2, y + 11, row.shown, "strong small", "end")
    return figure


@dataclass(frozen=True)
class Strip:
    """One line of a chart of values at several times.

    Attributes
    ----------
    label : str
    values : tuple of float
        NaN where not known.
    shown : tuple of str
        The values as text, with unit.
    """

    label: str
    values: tuple[float, ...]
    shown: tuple[str, ...]


#: Height above a chart of strips that holds the legend.
LEGEND = 20.0


def strips(
    key: str, title: str, names: Sequence[str], rows: Sequence[Strip], unit: str, source: str
) -> Figure:
    """Return three values a row on one axis: a dot, a stroke and a ring, named in a legend."""
    spoken = f"{unit}: " + "; ".join(
        f"{r.label} " + ", ".join(f"{n} {s}" for n, s in zip(names, r.shown, strict=True))
        for r in rows
    )
    bottom = LEGEND + ROW * len(rows) + 6
    figure = Figure(key, title, spoken, source, WIDTH, bottom + 28)
    known = [v for r in rows for v in r.values if math.isfinite(v)]
    low, high = min([0.0, *known]), max([0.0, *known])
    if low == high:
        high = 1.0
    left, right = LABEL + 6, WIDTH - 14

    def at(value: float) -> float:
        return left + (value - low) / (high - low) * (right - left)

    x = left + 2
    for k, name in enumerate(names):
        _mark(figure, k, x, 8, "gain", "")
        figure.text(x + 10, 12, name, "small")
        x += 36 + 6 * len(name)
    for tick in ticks(low, high):
        figure.line(at(tick), LEGEND, at(tick), bottom, "zero" if tick == 0 else "axis")
        figure.text(at(tick), bottom + 12, tick_text(tick), "soft small", "middle")
    figure.text(WIDTH - 4, bottom + 26, unit, "soft small", "end")
    for number, row in enumerate(rows):
        y = LEGEND + ROW * number + 12
        figure.text(LABEL - 6, y + 4, shortened(row.label, 15), "", "end")
        held = [v for v in row.values if math.isfinite(v)]
        if not held:
            figure.text(at(0) + 4, y + 4, row.shown[0], "soft small")
            continue
        figure.line(at(min(held)), y, at(max(held)), y, "range")
        for k, (name, value, text) in enumerate(zip(names, row.values, row.shown, strict=True)):
            if math.isfinite(value):
                kind = "loss" if value < 0 else "gain"
                _mark(figure, k, at(value), y, kind, f"{row.label}, {name}: {text}")
    return figure


def _mark(figure: Figure, k: int, x: float, y: float, kind: str, hint: str) -> None:
    """Draw the mark of the first, second or third value; they can lie upon one another."""
    if k == 1:
        figure.bar(x - 1, x + 1, y - 6, 12, kind, hint)
    else:
        figure.dot(x, y, 3.4 if k == 0 else 5.6, kind if k == 0 else "ring", hint)


@dataclass(frozen=True)
class ClubDot:
    """One club: its size, its joint value, whether it is stable, its members."""

    size: int
    value: float
    stable: bool
    label: str


def clubs_by_size(key: str, title: str, clubs: Sequence[ClubDot], unit: str, source: str) -> Figure:
    """Return all clubs as dots over their size; stable ones ringed."""
    height, left, bottom, top = 240.0, 46.0, 204.0, 12.0
    spoken = f"{len(clubs)} clubs by number of members and joint gain, {unit}."
    figure = Figure(key, title, spoken, source, WIDTH, height)
    values = [c.value for c in clubs if math.isfinite(c.value)]
    low, high = min([0.0, *values]), max([0.0, *values])
    if low == high:
        high = 1.0
    sizes = sorted({c.size for c in clubs})

    def x(size: int) -> float:
        return left + 14 + (size - sizes[0]) / max(sizes[-1] - sizes[0], 1) * (WIDTH - left - 34)

    def y(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - top)

    for tick in ticks(low, high):
        figure.line(left, y(tick), WIDTH - 4, y(tick), "zero" if tick == 0 else "axis")
        figure.text(left - 5, y(tick) + 4, tick_text(tick), "soft small", "end")
    for size in sizes:
        figure.text(x(size), bottom + 15, str(size), "soft small", "middle")
    figure.text(WIDTH - 4, bottom + 30, "members of the club", "soft small", "end")
    figure.text(2, bottom + 30, unit, "soft small")
    for club in clubs:
        if not math.isfinite(club.value):
            continue
        hint = f"{club.label}: {digits(club.value, 3)} {unit}" + (", stable" if club.stable else "")
        figure.dot(x(club.size), y(club.value), 2.6, "gain" if club.value >= 0 else "loss", hint)
        if club.stable:
            figure.dot(x(club.size), y(club.value), 6, "ring", hint)
    return figure


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Return round numbers that cover a range, zero among them if it is inside."""
    span = high - low
    step = 10 ** math.floor(math.log10(span / about))
    step *= next((m for m in (1, 2, 5, 10) if span / (step * m) <= about), 10)
    first = math.ceil(low / step - 1e-9)
    return [k * step + 0.0 for k in range(first, math.floor(high / step + 1e-9) + 1)]


def tick_text(value: float) -> str:
    """Return a tick's number, as short as it can be."""
    return f"{value:g}".replace("-", MINUS)


def shortened(words: str, most: int) -> str:
    """Return words cut to fit, with an ellipsis."""
    return words if len(words) <= most else words[: most - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def _spoken(rows: Sequence[Row], unit: str) -> str:
    return f"{unit}: " + "; ".join(f"{r.label} {r.shown}" for r in rows)
