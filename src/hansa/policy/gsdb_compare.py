"""The registry set beside the user's copy of the Global Sanctions Data Base, spell by spell.

May import ``hansa.errors`` and the policy room. Compared are years in which one sender has one type
of measure on one target: the two sources cut cases in other ways, but not years.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hansa.policy.dates import LAST_DATE
from hansa.policy.episodes import load_episodes
from hansa.policy.senders import COUNTER, SENDERS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compare_gsdb"]

#: Types that both sources know in the same sense.
TYPES = ("trade-export", "trade-import", "financial", "arms", "travel")
#: From this year on the registry claims to be complete.
SINCE = 1990
STATUS = ("only in the GSDB", "only in the registry", "both, other years", "both, same years")

Key = tuple[str, str, str]


class _Spell(NamedTuple):
    """Years without a gap, the last included, and what they come from."""

    begin: int
    end: int
    names: tuple[str, ...]


def compare_gsdb(gsdb: pd.DataFrame, folder: str | Path | None = None) -> pd.DataFrame:
    """Return where the registry and a table of `load_gsdb` agree and differ.

    Parameters
    ----------
    gsdb : DataFrame
        From `hansa.load_gsdb`.
    folder : path, optional
        Another registry.

    Returns
    -------
    DataFrame
        One line per sender, target, type and spell of years. Columns: status (`STATUS`), sender,
        target, type, gsdb_begin, gsdb_end, here_begin, here_end (years; empty where there is
        none), cases, episodes (ids), scope (False where the registry does not claim to be
        complete: other senders, spells over before 1990). Spells end at the GSDB's release year
        at the latest, and episodes that begin after it are left out. Lines of the GSDB without a
        code, and its types ``military`` and ``other``, are not compared.
    """
    import pandas as pd

    release = int(gsdb.attrs["release"])
    there = _merged(
        ((str(sender), str(target), str(kind)), _Spell(int(begin), int(end), (str(case),)))
        for sender, target, kind, begin, end, case in zip(
            *(gsdb[c] for c in ("sender", "target", "type", "begin", "end", "case_id")), strict=True
        )
        if kind in TYPES and sender and target
    )
    here = _merged(
        ((e.sender, e.target, e.type), _Spell(e.begin.year, min(_last(e.end), release), (e.id,)))
        for e in load_episodes(folder)
        if e.type in TYPES and e.begin.year <= release
    )
    rows = [
        row for key in sorted(set(there) | set(here)) for row in _rows(key, there[key], here[key])
    ]
    columns = ["status", "sender", "target", "type", "gsdb_begin", "gsdb_end", "here_begin",
               "here_end", "cases", "episodes", "scope"]  # fmt: skip
    years = dict.fromkeys(columns[4:8], "Int64")
    return pd.DataFrame(rows, columns=columns).astype(years)


def _last(end: dt.date | None) -> int:
    return (LAST_DATE if end is None else end - dt.timedelta(days=1)).year


def _merged(found: Iterable[tuple[Key, _Spell]]) -> defaultdict[Key, list[_Spell]]:
    """Return the spells of each key, those that touch or overlap as one."""
    spells: defaultdict[Key, list[_Spell]] = defaultdict(list)
    for key, spell in sorted(found):
        last = spells[key][-1] if spells[key] else None
        if last is not None and spell.begin <= last.end + 1:
            names = tuple(dict.fromkeys((*last.names, *spell.names)))
            spells[key][-1] = _Spell(last.begin, max(last.end, spell.end), names)
        else:
            spells[key].append(spell)
    return spells


def _rows(key: Key, there: list[_Spell], here: list[_Spell]) -> list[tuple[object, ...]]:
    """Return one line per spell of the GSDB and those of the registry it shares a year with."""
    rows, met = [], set()
    for one in there:
        others = [s for s in here if s.begin <= one.end and one.begin <= s.end]
        met.update(others)
        rows.append(_row(key, one, _together(others)))
    return rows + [_row(key, None, s) for s in here if s not in met]


def _together(spells: list[_Spell]) -> _Spell | None:
    if not spells:
        return None
    names = tuple(name for s in spells for name in s.names)
    return _Spell(min(s.begin for s in spells), max(s.end for s in spells), names)


def _row(key: Key, there: _Spell | None, here: _Spell | None) -> tuple[object, ...]:
    if there is None or here is None:
        status = STATUS[1] if there is None else STATUS[0]
    else:
        status = STATUS[3] if there[:2] == here[:2] else STATUS[2]
    end = max(s.end for s in (there, here) if s is not None)
    scope = key[0] in SENDERS and key[0] not in COUNTER and end >= SINCE
    years = [y for s in (there, here) for y in ((s.begin, s.end) if s else (None, None))]
    names = ["; ".join(s.names) if s else "" for s in (there, here)]
    return (status, *key, *years, *names, scope)
