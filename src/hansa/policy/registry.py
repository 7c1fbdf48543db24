"""The registry of sanctions as a table: what is in force, what happened when, what looks wrong.

May import ``hansa.errors`` and ``hansa.world`` (through the episodes). Written from the legal acts;
the form follows the Global Sanctions Data Base (Felbermayr et al. 2020, EER 129, 103561).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hansa.errors import DataError, unknown
from hansa.policy.dates import LAST_DATE, DateLike, parse_date
from hansa.policy.episodes import Episode, load_episodes
from hansa.policy.senders import EU, SENDERS, UN, bound_by_eu, eu_members

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["active", "episodes_on", "registry", "timeline"]

COLUMNS = (
    "sender", "target", "part", "type", "direction", "reach", "sectors", "begin", "end", "strength",
    "confidence", "act", "article", "end_act", "note", "changes", "checked",
)  # fmt: skip


def registry(folder: str | Path | None = None) -> pd.DataFrame:
    """Return every episode of the registry as a table.

    Parameters
    ----------
    folder : path, optional
        A folder of YAML files in the form of the shipped ones; the shipped registry by default.

    Returns
    -------
    DataFrame
        Index: episode id. Columns: sender, target (ISO3, ``EU``, ``UN``), part (region or group
        meant), type, direction (of the sender's trade: exports, imports, both, none), reach,
        sectors (comma-separated codes), begin and end (end is the first day no longer in force,
        NaT while open), strength (class), confidence, act, article, end_act, note, changes
        (amendments, ``; ``-separated), checked (found again in a published text).
    """
    return _table(load_episodes(folder))


def active(
    on: DateLike,
    target: str | None = None,
    sender: str | None = None,
    folder: str | Path | None = None,
) -> pd.DataFrame:
    """Return the episodes in force on a date, as in `registry`.

    Parameters
    ----------
    on : str or date
        ``YYYY-MM-DD``, from 1979-01-01 to 2024-12-31.
    target : str, optional
        ISO3 code of a target.
    sender : str, optional
        ``EU``, ``UN`` or an ISO3 code; a state finds its own acts, and those of the EU and the
        UN that bind it on that date.
    folder : path, optional
        Another registry.

    Returns
    -------
    DataFrame

    Raises
    ------
    DataError
        Bad date, or a target or sender the registry does not know.
    """
    return _table(episodes_on(parse_date(on), target, sender, load_episodes(folder)))


def episodes_on(
    on: dt.date, target: str | None, sender: str | None, episodes: Sequence[Episode]
) -> list[Episode]:
    """Return those of `episodes` that are in force on `on` for a target and a sender."""
    if target is not None:
        check_target(target, episodes)
    if sender is not None:
        _check_sender(sender)
    acts = _acts_binding(sender, on)
    return [
        e
        for e in episodes
        if e.in_force(on)
        and (target is None or e.target == target)
        and (acts is None or e.sender in acts)
    ]


def _acts_binding(sender: str | None, on: dt.date) -> tuple[str, ...] | None:
    if sender is None:
        return None
    if sender in (EU, UN):
        return (sender,)
    return (sender, UN, *((EU,) if sender in bound_by_eu(on) else ()))


def check_target(target: str, episodes: Sequence[Episode]) -> None:
    """Raise DataError, with the nearest known one, if no episode has this target."""
    known = sorted({e.target for e in episodes})
    if target not in known:
        raise DataError(unknown("target", target, known))


def _check_sender(sender: str) -> None:
    known = {*SENDERS, *eu_members(LAST_DATE)}
    if sender not in known:
        raise DataError(unknown("sender", sender, sorted(known)))


def timeline(target: str, folder: str | Path | None = None) -> pd.DataFrame:
    """Return what began, changed and ended against one target, in order of date.

    Parameters
    ----------
    target : str
        ISO3 code.
    folder : path, optional
        Another registry.

    Returns
    -------
    DataFrame
        Columns: date, event (``begin``, ``change`` or ``end``), sender, type, reach, sectors,
        strength, act (for an end: the act that ended it), note, id.
    """
    import pandas as pd

    episodes = load_episodes(folder)
    check_target(target, episodes)
    rows = []
    for e in episodes:
        if e.target != target:
            continue
        common = (e.sender, e.type, e.reach, ", ".join(e.sector_codes), e.strength)
        rows.append((pd.Timestamp(e.begin), "begin", *common, e.act, e.note, e.id))
        rows += [(pd.Timestamp(c.date), "change", *common, c.act, c.note, e.id) for c in e.changes]
        if e.end is not None:
            rows.append((pd.Timestamp(e.end), "end", *common, e.end_act, "", e.id))
    columns = ["date", "event", "sender", "type", "reach", "sectors", "strength", "act", "note"]
    table = pd.DataFrame(rows, columns=[*columns, "id"])
    # On one day the old measure ends before the new one begins.
    order = table.assign(first=table["event"] == "begin").sort_values(["date", "first", "id"])
    return table.loc[order.index].reset_index(drop=True)


def _table(episodes: Sequence[Episode]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        {
            **e.model_dump(),
            "sectors": ", ".join(e.sector_codes),
            "direction": e.direction,
            "changes": "; ".join(f"{c.date} {c.act}: {c.note}" for c in e.changes),
        }
        for e in episodes
    ]
    table = pd.DataFrame(rows, columns=["id", *COLUMNS]).set_index("id")
    table["begin"] = pd.to_datetime(table["begin"])
    table["end"] = pd.to_datetime(table["end"])
    return table
