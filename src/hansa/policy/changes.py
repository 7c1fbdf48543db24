"""What changed in a registry between two dates: begun, ended, changed.

May import ``hansa.errors`` and the policy room. A change is an amendment, or an episode that on the
same day, or within the wind-down allowed, follows another of the same measure.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from hansa.errors import DataError
from hansa.policy.dates import DateLike, parse_date
from hansa.policy.episodes import Episode, load_episodes
from hansa.policy.registry import episodes_on

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["registry_diff"]

COLUMNS = (
    "what", "date", "sender", "target", "part", "type", "reach", "sectors", "before", "after",
    "act", "note", "id",
)  # fmt: skip


def registry_diff(
    before: DateLike,
    after: DateLike,
    target: str | None = None,
    sender: str | None = None,
    folder: str | Path | None = None,
) -> pd.DataFrame:
    """Return what is different on a later date from an earlier one.

    Parameters
    ----------
    before, after : str or date
        ``YYYY-MM-DD``, the earlier first.
    target, sender : str, optional
        As in `hansa.policy.active`.
    folder : path, optional
        Another registry.

    Returns
    -------
    DataFrame
        One line per measure in force on one of the dates only (``begun``, ``ended``), and per
        measure that goes on in another form (``changed``): strength or sectors by another
        episode of the same sender, target, part, type and reach in a common sector, or an
        amendment. What begins and ends between the dates is in neither. Columns: what, date (of
        the last step), sender, target, part, type, reach, sectors (after; before for the ended),
        before and after (strength classes), act, note, id. In order of target, sender and date.

    Raises
    ------
    DataError
        Bad dates, or the later first.
    """
    import pandas as pd

    first, last = parse_date(before, "before"), parse_date(after, "after")
    if last <= first:
        raise DataError(f"the second date ({last}) must be after the first ({first})")
    episodes = load_episodes(folder)
    old = episodes_on(first, target, sender, episodes)
    new = episodes_on(last, target, sender, episodes)
    gone = [e for e in old if not e.in_force(last)]
    come = [e for e in new if not e.in_force(first)]
    rows = [_begun(e, [o for o in gone if _succeeds(e, o)]) for e in come]
    followed = {o.id for o in gone for e in come if _succeeds(e, o)}
    rows += [
        _row("ended", o.end, o, o.strength, "", o.end_act) for o in gone if o.id not in followed
    ]
    rows += [row for e in new if e.in_force(first) for row in _amended(e, first, last)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["date"] = pd.to_datetime(table["date"])
    order = ["target", "sender", "date", "id"]
    return table.sort_values(order, kind="stable").reset_index(drop=True)


def _succeeds(new: Episode, old: Episode) -> bool:
    """Return whether one episode carries on another: the same measure in a common sector."""
    same = (new.sender, new.target, new.part, new.type, new.reach) == (
        old.sender, old.target, old.part, old.type, old.reach,
    )  # fmt: skip
    return same and bool(set(new.sector_codes) & set(old.sector_codes))


def _begun(e: Episode, before: list[Episode]) -> tuple[object, ...]:
    classes = ", ".join(dict.fromkeys(o.strength for o in before))
    return _row("changed" if before else "begun", e.begin, e, classes, e.strength, e.act)


def _amended(e: Episode, first: dt.date, last: dt.date) -> list[tuple[object, ...]]:
    """Return one line for an episode amended between the dates, by its last amendment."""
    steps = [c for c in e.changes if first < c.date <= last]
    if not steps:
        return []
    acts = "; ".join(dict.fromkeys(c.act for c in steps))
    row = _row("changed", steps[-1].date, e, e.strength, e.strength, acts)
    return [(*row[:-2], " ".join(c.note for c in steps), e.id)]


def _row(
    what: str, date: dt.date | None, e: Episode, before: str, after: str, act: str
) -> tuple[object, ...]:
    sectors = ", ".join(e.sector_codes)
    return (what, date, e.sender, e.target, e.part, e.type, e.reach, sectors, before, after,
            act, e.note, e.id)  # fmt: skip
