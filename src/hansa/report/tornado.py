"""The tornado: how far each assumption moves a number, and its share of the variance.

May import its siblings. Assumptions one below the other, the largest share first; widths suit a
phone. Swings one at a time say how far, shares of the variance say how much of it all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hansa.report.charts import WIDTH, tick_text, ticks
from hansa.report.svg import Figure

#: Height of one assumption: its name above its bar.
ROW = 32.0
#: Room on the right for the share.
SHARE = 52.0


@dataclass(frozen=True)
class Swing:
    """One assumption.

    Attributes
    ----------
    label : str
    low, high : float
        The number at the assumption's low and high end, all others at their means.
    share : str
        Its share of the variance, as text.
    hint : str
        What is said where the pointer is.
    one : bool
        Whether it is one number, so that its ends have a name; else the ends are those of what
        it adds.
    """

    label: str
    low: float
    high: float
    share: str
    hint: str
    one: bool = True


def tornado(
    key: str, title: str, rows: Sequence[Swing], centre: float, unit: str, source: str
) -> Figure:
    """Return bars about the centre, the high end of each assumption ringed."""
    bottom = 18 + ROW * len(rows) + 4
    spoken = f"{unit}: " + "; ".join(r.hint for r in rows)
    figure = Figure(key, title, spoken, source, WIDTH, bottom + 28)
    ends = [v for r in rows for v in (r.low, r.high) if math.isfinite(v)]
    low, high = min([centre, *ends]), max([centre, *ends])
    if low == high:
        low, high = centre - 1.0, centre + 1.0
    left, right = 8.0, WIDTH - SHARE - 10

    def at(value: float) -> float:
        return left + (value - low) / (high - low) * (right - left)

    figure.text(WIDTH - 2, 12, "of variance", "soft small", "end")
    for tick in ticks(low, high):
        figure.line(at(tick), 18, at(tick), bottom, "axis")
        figure.text(at(tick), bottom + 12, tick_text(tick), "soft small", "middle")
    figure.line(at(centre), 18, at(centre), bottom, "zero")
    figure.text(WIDTH - 4, bottom + 26, unit, "soft small", "end")
    for k, row in enumerate(rows):
        y = 18 + ROW * k
        figure.text(left, y + 11, row.label, "small")
        for end in (row.low, row.high):
            kind = "loss" if end < centre else "gain"
            figure.bar(at(centre), at(end), y + 16, 10, kind, row.hint)
        if row.one:
            figure.dot(at(row.high), y + 21, 4.5, "ring", row.hint)
        figure.text(WIDTH - 2, y + 25, row.share, "strong small", "end")
    return figure
