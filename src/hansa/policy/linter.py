"""What looks wrong in a registry: overlaps, impossible dates, acts in no known form.

May import ``hansa.errors`` and the policy room. What cannot be read at all is refused on loading;
the linter reads on and names every fault.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations, pairwise
from pathlib import Path

from hansa.policy.acts import act_faults, has_form
from hansa.policy.ave import strength_class
from hansa.policy.dates import LAST_DATE
from hansa.policy.episodes import Episode, load_episodes

__all__ = ["lint"]

#: Families of strength classes that each type of episode may use.
FAMILY = {
    "trade-export": "trade",
    "trade-import": "trade",
    "financial": "financial",
    "arms": "none",
    "travel": "none",
    "other": "none",
}
#: Nothing here is older than the embargoes of the second world war.
OLDEST = dt.date(1945, 1, 1)


def lint(folder: str | Path | None = None) -> list[str]:
    """Return what looks wrong in a registry, one sentence each; empty when nothing does.

    Unknown keys, senders, targets, sectors and classes are refused on loading. Here:

    - ids used twice, or that do not name both sides; a state that sanctions itself;
    - an end before the begin or without its act; dates before 1945 or after the registry's last;
      changes outside the period or out of order;
    - no act; an act cited in none of its sender's forms and without a date, unless confidence is
      low; a citation that is malformed; a resolution whose number is not of its year;
    - a class that does not fit type or reach;
    - overlaps of one sender, target, part, type and reach in a sector, whatever the strength;
      duties may lie beside bans, and episodes without a trade cost beside anything.

    Parameters
    ----------
    folder : path, optional
        The shipped registry by default.

    Returns
    -------
    list of str
    """
    episodes = load_episodes(folder)
    found = [f"{e.id}: {text}" for e in episodes for text in (*_faults(e), *_act_faults(e))]
    ids = [e.id for e in episodes]
    twice = sorted({i for i, n in _counts(ids).items() if n > 1})
    found += [f"{i}: id used more than once" for i in twice]
    return found + [
        f"{a.id} and {b.id}: overlap of the same measure in {', '.join(shared)}"
        for a, b in _pairs(episodes)
        if (shared := _overlap(a, b))
    ]


def _counts(ids: Sequence[str]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for one in ids:
        counts[one] += 1
    return counts


def _faults(e: Episode) -> list[str]:
    family = strength_class(e.strength)
    inside = [c.date for c in e.changes]
    last = e.end or LAST_DATE
    checks = [
        (e.end is not None and e.end <= e.begin, f"ends ({e.end}) before it begins ({e.begin})"),
        (
            e.end is not None and not e.end_act.strip(),
            "ended, but the act that ended it is missing",
        ),
        (e.end is None and bool(e.end_act.strip()), "has an act that ended it, but no end"),
        (e.begin < OLDEST, f"begins before {OLDEST}"),
        (e.begin > LAST_DATE, f"begins after the registry's last date {LAST_DATE}"),
        (
            e.end is not None and e.end > LAST_DATE,
            f"ends after the registry's last date {LAST_DATE}",
        ),
        (any(not e.begin < day <= last for day in inside), "a change outside its period"),
        (any(b <= a for a, b in pairwise(inside)), "changes out of order"),
        (
            family.applies_to != FAMILY[e.type],
            f"strength {e.strength!r} is not for type {e.type!r}",
        ),
        (family.reach not in (e.reach, "any"), f"strength {e.strength!r} is not for {e.reach!r}"),
        (not e.sector_codes, "no sector left"),
        (e.sender == e.target, "sender and target are the same"),
        (
            not e.id.startswith(f"{e.sender}-{e.target}-".lower()),
            "id does not name both sides",
        ),
    ]
    return [text for wrong, text in checks if wrong]


def _act_faults(e: Episode) -> list[str]:
    if not e.act.strip():
        return ["no act"]
    cited = (e.act, e.end_act, *(c.act for c in e.changes))
    found = [fault for text in cited for fault in act_faults(text)]
    if e.confidence != "low" and not has_form(e.sender, f"{e.act} {e.article}"):
        found.append(f"act {e.act!r} has no number or date known for {e.sender}; is it sure?")
    return found


def _pairs(episodes: Sequence[Episode]) -> list[tuple[Episode, Episode]]:
    """Return the pairs that could overlap: alike but for dates, sectors and strength."""
    alike: dict[tuple[str, ...], list[Episode]] = defaultdict(list)
    for e in episodes:
        if e.strength != "none":
            duty = "duty" if e.strength == "mfn_loss" else "ban"
            alike[e.sender, e.target, e.part, e.type, e.reach, duty].append(e)
    return [pair for group in alike.values() for pair in combinations(group, 2)]


def _overlap(a: Episode, b: Episode) -> list[str]:
    apart = (a.end is not None and a.end <= b.begin) or (b.end is not None and b.end <= a.begin)
    return [] if apart else [c for c in a.sector_codes if c in b.sector_codes]
