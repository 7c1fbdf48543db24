"""Terminal pages about the registry itself: faults, differences, the GSDB, the escalation index.

May import ``hansa.errors``, ``hansa.world`` and the policy room. Renderables of rich, 80 columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hansa.policy.changes import registry_diff
from hansa.policy.dates import DateLike
from hansa.policy.episodes import load_episodes
from hansa.policy.escalation import DIRECTIONS, escalation
from hansa.policy.gsdb import load_gsdb
from hansa.policy.gsdb_compare import STATUS, compare_gsdb
from hansa.policy.linter import lint
from hansa.policy.registry import registry
from hansa.policy.states import state_name

if TYPE_CHECKING:
    import pandas as pd

    from hansa.world.world import World

__all__ = ["compare_page", "diff_page", "escalation_page", "lint_page"]

_SOURCE = "Source: Hansa's registry, written from the legal acts cited; hansa.registry()."
_FORMULA = (
    "Index: 100 x the sum over states of their share in the value added of all but the "
    "target, times the mean over exports, imports and finance of the mean over sectors of "
    "the largest class weight (central AVE over that of a full embargo) that binds them. "
    "UN acts count at their compliance. Acts on third countries do not count."
)
#: Most sectors that a line names.
FEW = 4
#: Most lines of one kind that a page shows.
MOST = 40


def lint_page(folder: str | Path | None = None) -> RenderableType:
    """Return a page on what the registry holds and what the linter finds wrong with it."""
    table, faults = registry(folder), lint(folder)
    held = (
        f"{len(table)} episodes against {table['target'].nunique()} targets by "
        f"{table['sender'].nunique()} senders; "
        f"{sum(len(e.changes) for e in load_episodes(folder))} changes while in force."
    )
    counts = table["confidence"].value_counts()
    sure = ", ".join(f"{word} {int(counts.get(word, 0))}" for word in ("high", "medium", "low"))
    checked = f"Confidence: {sure}. Found again in a published text: {int(table['checked'].sum())}."
    result = Text("No faults.", style="green") if not faults else Text(f"{len(faults)} faults:")
    return Group(
        Text("Registry of sanctions", style="bold"), Text(), Text(held), Text(checked), Text(),
        result, *(Text(f"  {fault}") for fault in faults),
    )  # fmt: skip


def diff_page(
    before: DateLike,
    after: DateLike,
    target: str | None = None,
    sender: str | None = None,
    folder: str | Path | None = None,
) -> RenderableType:
    """Return a page on what began, ended and changed between two dates; as `registry_diff`."""
    found = registry_diff(before, after, target, sender, folder)
    kinds = ("begun", "changed", "ended")
    counts = ", ".join(f"{int((found['what'] == kind).sum())} {kind}" for kind in kinds)
    parts: list[RenderableType] = [
        Text(f"Sanctions on {after} against those on {before}: {counts}", style="bold")
    ]
    signs = {"begun": ("+", "red"), "changed": ("~", "yellow"), "ended": ("-", "green")}
    for code, lines in found.groupby("target"):
        table = _table(("", 1), ("", 10), ("", 3), ("", 0), ("", 0))
        for row in lines.itertuples():
            sign, style = signs[str(row.what)]
            what = str(row.type) if row.reach == "own" else f"third countries' {row.type}"
            steps = [s for s in dict.fromkeys((str(row.before), str(row.after))) if s]
            where = str(row.sectors) if str(row.sectors).count(",") < FEW else ""
            words = f"{what}: {' to '.join(steps)} {where}".strip().replace("_", " ")
            table.add_row(
                Text(sign, style=style), str(row.date)[:10], str(row.sender), words,
                Text(str(row.act), style="dim"),
            )  # fmt: skip
        parts += [Text(), Text(f"{state_name(str(code))} ({code})", style="bold"), table]
    return Group(*parts, Text(), Text(_SOURCE, style="dim"))


def escalation_page(
    world: World, target: str, years: Sequence[int] = range(1990, 2025)
) -> RenderableType:
    """Return a page on one target's escalation index, year by year."""
    found = escalation(world, target, years).loc[target]
    table = _table(("year", 5), ("index", 7), *((d, 10) for d in DIRECTIONS), ("measures", 9))
    for year, row in found.iterrows():
        shown = [f"{row[name]:.1f}" for name in ("index", *DIRECTIONS)]
        table.add_row(str(year), *shown, str(int(row["measures"])))
    head = f"Escalation of the sanctions against {state_name(target)} ({target}), 0 to 100"
    return Group(
        Text(head, style="bold"), Text(), table, Text(), Text(_FORMULA, style="dim"),
        Text(f"Value added: {world.name}. {_SOURCE}", style="dim"),
    )  # fmt: skip


def compare_page(path: str | Path, folder: str | Path | None = None) -> RenderableType:
    """Return a page on where the registry and the user's GSDB file agree and differ."""
    gsdb = load_gsdb(path)
    found = compare_gsdb(gsdb, folder)
    claimed = found[found["scope"]]
    head = f"Registry against the GSDB file {Path(path).name} (to {gsdb.attrs['release']})"
    counts = _table(("", 22), ("spells", 8), ("outside the registry's claim", 28))
    for status in STATUS:
        inside, every = (int((t["status"] == status).sum()) for t in (claimed, found))
        counts.add_row(status, str(inside), str(every - inside))
    parts: list[RenderableType] = [Text(head, style="bold"), Text(), counts]
    for status in (STATUS[0], STATUS[2], STATUS[1]):
        parts += _spells(status, claimed[claimed["status"] == status])
    left = int(gsdb["type"].isin(["military", "other"]).sum())
    parts += [Text(), Text(f"Not compared: {left} lines of the types military and other.")]
    if gsdb.attrs["unknown"]:
        names = ", ".join(f"{name} ({n})" for name, n in gsdb.attrs["unknown"].items())
        parts.append(Text(f"Names without a code (lines): {names}."))
    note = (
        "A spell is a run of years with one type of measure of one sender on one target. The "
        "registry claims the senders it names, from 1990; its counter-measures claim nothing."
    )
    return Group(*parts, Text(), Text(note, style="dim"))


def _spells(status: str, lines: pd.DataFrame) -> list[RenderableType]:
    if lines.empty:
        return []
    table = _table(("by", 4), ("on", 4), ("type", 13), ("GSDB", 10), ("registry", 10), ("case", 0))
    for row in lines.head(MOST).itertuples():
        table.add_row(
            str(row.sender), str(row.target), str(row.type), _span(row.gsdb_begin, row.gsdb_end),
            _span(row.here_begin, row.here_end), str(row.cases),
        )  # fmt: skip
    rest = len(lines) - MOST
    more = (
        [Text(f"and {rest} more; hansa.compare_gsdb() has all.", style="dim")] if rest > 0 else []
    )
    return [Text(), Text(f"{status[0].upper()}{status[1:]}", style="bold"), table, *more]


def _span(begin: object, end: object) -> str:
    years = [str(y) for y in (begin, end)]
    return "" if "<NA>" in years else "-".join(dict.fromkeys(years))


def _table(*columns: tuple[str, int]) -> Table:
    """Return a table of these heads and widths; width 0 takes a share of what is left."""
    heads = any(head for head, _ in columns)
    table = Table(box=None, padding=(0, 1, 0, 0), width=80, show_header=heads)
    for head, width in columns:
        if width:
            table.add_column(head, width=width, no_wrap=True)
        else:
            table.add_column(head, ratio=1)
    return table
