"""What the command line prints of sweeps: the summary, the answer of a query, the list of runs.

May import its siblings. Builds rich renderables; computes nothing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Group
from rich.table import Table
from rich.text import Text

from hansa.errors import StudyError
from hansa.study.sweeping.catalogue import Catalogue, default_path
from hansa.study.sweeping.place import place_of
from hansa.study.sweeping.results import SweepResult
from hansa.study.sweeping.summary import dimensions

#: Lines of a table that are printed; all of them are in the files.
LINES = 40


def sweep_page(result: SweepResult) -> Group:
    """Return what a sweep found in short: how many solved, and bands of gains."""
    sweep, failed = result.sweep, result.failed
    count = int(failed["scenarios"].sum())
    head = (
        f"{sweep.title or sweep.name}: {result.scenarios} scenarios, {result.solves} different "
        f"equilibria" + (f", {result.reused} taken from other sweeps" if result.reused else "")
    )
    lines = [Text(head)]
    if count:
        lines.append(Text(f"{count} scenarios were not solved and have no numbers:"))
        lines += [Text(f"  {r.scenarios} {r.status}: {r.message}") for r in failed.itertuples()]
    else:
        lines.append(Text("all solved"))
    summary = result.summary
    if summary is None:
        lines.append(Text("too many clubs for a summary; ask for what you need with --sql"))
        return Group(*lines)
    note = "5th, 50th and 95th percentile over draws" if sweep.draws else "at central parameters"
    lines.append(Text(f"gain over no club where there is one, else welfare; {note}"))
    return Group(*lines, table_page(_short(result, summary)))


def _short(result: SweepResult, summary: pd.DataFrame) -> pd.DataFrame:
    """Return the columns worth printing: dimensions that vary, club, country, one band."""
    grid = [n for n in dimensions(result.sweep) if len(getattr(result.sweep.grid, n)) > 1]
    gain = bool(summary["gain_musd_median"].notna().any())
    if gain:
        summary = summary[summary["mask"] != 0]
    what, unit = ("gain_musd", "million USD") if gain else ("welfare_pct", "%")
    ends = ("low", "median", "high") if result.sweep.draws else ("median",)
    frame = summary[[*grid, "club", "country", "solved", *(f"{what}_{end}" for end in ends)]]
    name = "gain" if gain else "welfare"
    return frame.rename(columns={f"{what}_{e}": f"{name} {e}, {unit}" for e in ends})


def table_page(frame: pd.DataFrame) -> Group:
    """Return a table of the first lines of a frame, and how many there are beyond."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in frame.columns:
        numeric = frame[name].dtype.kind in "fiu"
        table.add_column(str(name), justify="right" if numeric else "left", overflow="fold")
    for row in frame.head(LINES).itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    more = len(frame) - LINES
    return Group(table, Text(f"... and {more} more lines")) if more > 0 else Group(table)


def _cell(value: object) -> str:
    if isinstance(value, np.ndarray | list):
        return ", ".join(map(_cell, value))
    if value is None or value != value:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def runs_page(out: str, catalogue: Path | None = None) -> Group:
    """Return the list of runs in a catalogue."""
    top = place_of(out)
    path = catalogue or default_path(top.root, top.is_local)
    if not path.is_file():
        raise StudyError(f"no catalogue at {path}; it is made by the first sweep")
    frame = Catalogue(path).runs()
    frame["started"] = frame["started"].map(lambda t: f"{t:%Y-%m-%d %H:%M}")
    frame["done"] = frame["finished"].notna().map({True: "yes", False: "no"})
    columns = ["name", "world", "scenarios", "solves", "solved", "failed", "done", "started"]
    return Group(table_page(frame[[*columns, "folder"]]), Text(f"catalogue: {path}"))
