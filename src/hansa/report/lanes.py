"""One target's sanctions over time as swim lanes, a lane per sender: a figure of its own.

May import ``hansa.policy`` and the report room's SVG writer. Kinds of measure differ by colour
(Okabe & Ito 2008, Color Universal Design) and by height, so that no colour has to be told apart.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from hansa.policy.ave import strength_class
from hansa.policy.dates import LAST_DATE
from hansa.policy.episodes import Episode, load_episodes
from hansa.policy.registry import check_target
from hansa.policy.senders import SENDERS
from hansa.policy.states import state_name
from hansa.report.svg import Figure

__all__ = ["lanes_figure", "write_lanes"]

WIDTH, LEFT, RIGHT = 760.0, 108.0, 14.0
#: Height of a full bar, of the step from one bar to the next, and of the space between lanes.
BAR, STEP, GAP = 9.0, 11.0, 10.0
#: Kinds in the order of the legend: the class of the page, the words, the types of episode.
KINDS = (
    ("exports", "exports to the target", ("trade-export",)),
    ("imports", "imports from it", ("trade-import",)),
    ("finance", "financial", ("financial",)),
    ("beyond", "arms, travel, other", ("arms", "travel", "other")),
)
#: Colours by theme; each has a contrast of 3 at least with its ground.
STYLE = """
.lane-exports { fill: #b35806; } .lane-imports { fill: #0072b2; }
.lane-finance { fill: #9a5b86; } .lane-beyond { fill: #808080; }
.weak { fill-opacity: .62; } .change { fill: #1c1b19; }
.third { stroke: #1c1b19; stroke-width: .8; stroke-dasharray: 2.5 1.5; }
@media (prefers-color-scheme: dark) {
svg { background: #14161a; } text { fill: #ece9e2; } .soft { fill: #a8a397; }
.axis { stroke: #363a42; } .change { fill: #ffffff; } .third { stroke: #ffffff; }
.lane-exports { fill: #e58a52; } .lane-imports { fill: #56b4e9; }
.lane-finance { fill: #cc79a7; } .lane-beyond { fill: #9a9a9a; }
}
"""


@dataclass(frozen=True)
class _Span:
    """Years of the axis and where they lie."""

    first: int
    last: int

    def x(self, day: dt.date) -> float:
        """Return the position of a day, within the axis."""
        year = day.year + (day.timetuple().tm_yday - 1) / 366
        share = (year - self.first) / (self.last - self.first)
        return LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT)


def lanes_figure(target: str, since: int | None = None, folder: str | Path | None = None) -> Figure:
    """Return the swim lanes of one target: a lane per sender, a bar per measure.

    Parameters
    ----------
    target : str
        ISO3 code, or ``EU``.
    since : int, optional
        First year of the axis; by default that of the first measure, but 1979 at the earliest.
    folder : path, optional
        Another registry.

    Returns
    -------
    Figure
        Full bars are measures on most of a sector or on the main banks, low and pale ones are
        narrower; a tick in a bar is an amendment.

    Raises
    ------
    DataError
        If the target is not in the registry.
    """
    episodes = load_episodes(folder)
    check_target(target, episodes)
    own = [e for e in episodes if e.target == target]
    first = max(min(e.begin.year for e in own), 1979) if since is None else since
    span = _Span(min(first, LAST_DATE.year - 5), LAST_DATE.year + 1)
    own = [e for e in own if (e.end or LAST_DATE) > dt.date(span.first, 1, 1)]
    lanes = [(s, _rows([e for e in own if e.sender == s])) for s in SENDERS]
    lanes = [(s, rows) for s, rows in lanes if rows]
    top = 44.0
    height = top + sum(STEP * len(rows) + GAP for _, rows in lanes) + 26.0
    title = f"Sanctions against {state_name(target)}, {span.first} to {LAST_DATE.year}"
    about = f"{len(own)} measures of {len(lanes)} senders as bars over time, a lane per sender."
    figure = Figure(f"sanctions-{target.lower()}", title, about, _source(folder), WIDTH, height)
    figure.style = STYLE
    _legend(figure)
    _years(figure, span, top, height - 26.0)
    y = top + GAP / 2
    for sender, rows in lanes:
        figure.line(8, y - GAP / 2, WIDTH - RIGHT, y - GAP / 2, "axis")
        figure.text(8, y + BAR, state_name(sender), "small strong")
        for row in rows:
            for e in row:
                _bar(figure, span, e, y)
            y += STEP
        y += GAP
    return figure


def write_lanes(
    target: str, path: str | Path, since: int | None = None, folder: str | Path | None = None
) -> Path:
    """Write `lanes_figure` as a file of its own, light or dark as its reader's screen is."""
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(lanes_figure(target, since, folder).standalone(), encoding="utf-8")
    return file


def _source(folder: str | Path | None) -> str:
    name = "Hansa's registry, written from the legal acts it cites" if folder is None else folder
    return (
        f"Source: {name}, to {LAST_DATE}. Full bars: most of a sector, or the main banks; low, "
        "pale bars: narrower. Ticks: amendments. Dashed: penalties on the trade of third countries."
    )


def _rows(episodes: list[Episode]) -> list[list[Episode]]:
    """Return the measures of a lane in as few rows as hold them apart, kind by kind."""
    rows: list[list[Episode]] = []
    for _, _, types in KINDS:
        start = len(rows)
        for e in sorted((e for e in episodes if e.type in types), key=lambda e: (e.begin, e.id)):
            free = [r for r in rows[start:] if (r[-1].end or LAST_DATE) <= e.begin]
            if free:
                free[0].append(e)
            else:
                rows.append([e])
    return rows


def _bar(figure: Figure, span: _Span, e: Episode, y: float) -> None:
    kind = next(key for key, _, types in KINDS if e.type in types)
    family = strength_class(e.strength)
    strong = family.central >= {"trade": 0.30, "financial": 0.08}.get(family.applies_to, 9.0)
    height = BAR if strong else BAR * 0.55
    until = e.end or dt.date(span.last, 1, 1)
    act = f"{e.sender}, {e.type}, {e.strength}: {e.begin} to {e.end or 'open'}. {e.act}. {e.note}"
    style = f"lane-{kind}{'' if strong else ' weak'}{' third' if e.reach == 'third' else ''}"
    left, right = span.x(e.begin), span.x(until)
    # Half a unit is left free, so that one measure that follows another is seen to.
    figure.bar(left, max(right - 0.8, left + 0.5), y + (BAR - height) / 2, height, style, act)
    for c in e.changes:
        x = span.x(c.date)
        figure.bar(x - 0.4, x + 0.4, y, BAR, "change", f"{c.date}: {c.act}. {c.note}")


def _years(figure: Figure, span: _Span, top: float, bottom: float) -> None:
    step = 1 if span.last - span.first <= 14 else 5
    for year in range(span.first, span.last + 1):
        if year % step == 0:
            x = span.x(dt.date(year, 1, 1))
            figure.line(x, top, x, bottom, "axis")
            for y in (top - 4, bottom + 14):
                figure.text(x, y, str(year), "small soft", "middle")


def _legend(figure: Figure) -> None:
    x = LEFT
    for key, words, _ in KINDS:
        figure.bar(x, x + 14, 10, BAR, f"lane-{key}", words)
        figure.text(x + 19, 18.5, words, "small")
        x += 32 + 5.6 * len(words)
