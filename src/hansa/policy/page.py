"""Terminal pages of the registry: who sanctions whom on a date, and one target's timeline.

May import ``hansa.errors`` and the policy room. Renderables of rich, made for 80 columns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hansa.policy.ave import strength_class
from hansa.policy.dates import DateLike, parse_date
from hansa.policy.episodes import Episode, load_episodes
from hansa.policy.registry import episodes_on, timeline
from hansa.policy.senders import COUNTER, SENDERS
from hansa.policy.states import state_name

__all__ = ["sanctions_page", "timeline_page"]

#: Strength classes from this AVE (central) on are shown in capitals.
STRONG = {"trade": 0.30, "financial": 0.08}
_LETTERS = {"trade-export": "x", "trade-import": "m", "financial": "f", "arms": "a", "travel": "t"}
_WORDS = {"trade-export": "exports to", "trade-import": "imports from"}
_SIGNS = {"begin": ("+", "red"), "change": ("~", "yellow"), "end": ("-", "green")}
_SOURCE = "Source: Hansa's registry, written from the legal acts cited; hansa.registry()."


def sanctions_page(
    on: DateLike,
    target: str | None = None,
    sender: str | None = None,
    folder: str | Path | None = None,
) -> RenderableType:
    """Return a page on what is in force on a date: a matrix, or a list if a side is named.

    Parameters
    ----------
    on : str or date
        ``YYYY-MM-DD``.
    target, sender : str, optional
        As in `hansa.policy.active`; naming either gives the list of measures.
    folder : path, optional
        Another registry.

    Returns
    -------
    rich renderable
    """
    day, episodes = parse_date(on), load_episodes(folder)
    found = episodes_on(day, target, sender, episodes)
    sides = [f"against {_name(target)}" if target else "", f"by {sender}" if sender else ""]
    title = " ".join(["Sanctions in force on", day.isoformat(), *filter(None, sides)])
    head = Text(f"{title}: {len(found)} measures", style="bold")
    if target is None and sender is None:
        return Group(head, Text(), _matrix(found), Text(), *_answers(found), *_legend())
    return Group(head, Text(), _list(found, target is None), Text(), Text(_SOURCE, style="dim"))


def timeline_page(target: str, folder: str | Path | None = None) -> RenderableType:
    """Return a page on what began (+), changed (~) and ended (-) against a target, by year.

    Parameters
    ----------
    target : str
        ISO3 code.
    folder : path, optional
        Another registry.

    Returns
    -------
    rich renderable
    """
    events = timeline(target, folder)
    by_id = {e.id: e for e in load_episodes(folder)}
    table = Table(box=None, padding=(0, 1, 0, 0), width=80, show_header=False)
    table.add_column(width=10, no_wrap=True)
    table.add_column(width=1)
    table.add_column(width=3, no_wrap=True)
    table.add_column(ratio=5)
    table.add_column(ratio=4, style="dim")
    year = 0
    for row in events.itertuples():
        date = dt.date.fromisoformat(str(row.date)[:10])
        if date.year != year:
            year = date.year
            table.add_row(Text(str(year), style="bold"), "", "", "", "")
        sign, style = _SIGNS[str(row.event)]
        what = _what(by_id[str(row.id)])
        table.add_row(
            date.isoformat(), Text(sign, style=style), str(row.sender), what, str(row.act)
        )
    begun, ended = (int((events["event"] == what).sum()) for what in ("begin", "end"))
    head = f"Sanctions against {_name(target)}: {begun} measures, {ended} ended"
    return Group(Text(head, style="bold"), Text(), table, Text(), Text(_SOURCE, style="dim"))


def _matrix(found: Sequence[Episode]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), width=80)
    table.add_column("target", width=19, no_wrap=True)
    senders = [s for s in SENDERS if s not in COUNTER]
    for sender in senders:
        table.add_column(sender, width=5, no_wrap=True)
    for target in sorted({e.target for e in found if e.sender not in COUNTER}):
        cells = [
            _cell([e for e in found if (e.target, e.sender) == (target, sender)])
            for sender in senders
        ]
        table.add_row(f"{target} {state_name(target)}", *cells)
    return table


def _answers(found: Sequence[Episode]) -> list[Text]:
    """Return a line for each state of whom only counter-measures are recorded."""
    lines = []
    for sender in COUNTER:
        against = sorted({e.target for e in found if e.sender == sender})
        if against:
            text = f"Counter-measures of {_name(sender)}: {', '.join(against)}."
            lines.append(Text(text, style="dim"))
    return lines


def _cell(found: Sequence[Episode]) -> str:
    text = ""
    for kind, letter in _LETTERS.items():
        own = [e for e in found if e.type == kind and e.reach == "own"]
        # Travel and arms measures are many and cost no trade: named where there is nothing else.
        if own and (kind in ("trade-export", "trade-import", "financial") or not text):
            text += letter.upper() if any(map(_strong, own)) else letter
    third = any(e.reach == "third" and e.strength != "none" for e in found)
    return (text + ("3" if third else "")) or ("o" if found else "-")


def _strong(episode: Episode) -> bool:
    family = strength_class(episode.strength)
    return family.central >= STRONG.get(family.applies_to, float("inf"))


def _legend() -> list[Text]:
    lines = [
        "x exports to the target, m imports from it, f financial; without these a arms,",
        "t travel, o other. Capitals: most of a sector, or the main banks. 3: on third",
        "countries. Targets without a measure in force are left out.",
        "GBR: EU acts bound it until 2020-12-31. UN acts bind every state.",
        "Details: --target IRN, --sender USA, --target IRN --timeline.",
        _SOURCE,
    ]
    return [Text(line, style="dim") for line in lines]


def _list(found: Sequence[Episode], show_target: bool) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), width=80)
    table.add_column("since", width=10, no_wrap=True)
    table.add_column("by", width=3, no_wrap=True)
    if show_target:
        table.add_column("on", width=3, no_wrap=True)
    table.add_column("measure", ratio=5)
    table.add_column("legal act", ratio=4, style="dim")
    order = list(SENDERS)
    for e in sorted(found, key=lambda e: (order.index(e.sender), e.target, e.begin, e.id)):
        act = ", ".join(part for part in (e.act, e.article) if part)
        cells = [e.begin.isoformat(), e.sender, *([e.target] if show_target else []), _what(e), act]
        table.add_row(*cells)
    return table


def _what(e: Episode) -> str:
    """Return an episode in a few words, as in ``imports from, embargo: fuels``."""
    third = "third countries' " if e.reach == "third" else ""
    part = f" [{e.part}]" if e.part else ""
    if e.type not in _WORDS:
        strength = "" if e.strength == "none" else f", {e.strength.replace('financial_', '')}"
        return f"{third}{e.type}{strength}{part}".replace("_", " ")
    where = e.sectors if isinstance(e.sectors, str) else ", ".join(e.sector_codes)
    but = f" but {', '.join(e.without)}" if e.without else ""
    return f"{third}{_WORDS[e.type]}, {e.strength}: {where}{but}{part}".replace("_", " ")


def _name(code: str) -> str:
    return f"{state_name(code)} ({code})"
