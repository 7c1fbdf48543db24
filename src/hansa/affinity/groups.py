"""Groups of countries by what the registry of sanctions says of them.

May import ``hansa.errors`` and ``hansa.policy``. No paper.
"""

from __future__ import annotations

from collections.abc import Iterable

from hansa.errors import DataError, unknown
from hansa.policy.dates import DateLike, parse_date
from hansa.policy.episodes import load_episodes
from hansa.policy.senders import COUNTER, EU, UN, bound_by_eu

__all__ = ["senders_against"]

#: Types of measures that touch an economy as a whole, unlike arms and travel.
ECONOMIC = ("trade-export", "trade-import", "financial")


def senders_against(
    targets: str | Iterable[str], on: DateLike = "2024-02-19", *, counter: bool = False
) -> tuple[str, ...]:
    """Return the states whose own trade or financial measures hit any of the targets on a date.

    Parameters
    ----------
    targets : str or iterable of str
        ISO3.
    on : str or date
    counter : bool
        Whether counter-measures count; by default senders are those that acted first.

    Returns
    -------
    tuple of str
        ISO3, sorted; the EU as the states its acts bind that day, the UN left out, since its acts
        bind all.

    Raises
    ------
    DataError
        A target without any episode (names the nearest with one), or a bad date.

    Examples
    --------
    >>> "USA" in senders_against("IRN") and "CHN" not in senders_against("IRN")
    True
    """
    day = parse_date(on)
    wanted = [targets] if isinstance(targets, str) else list(targets)
    episodes = load_episodes()
    known = sorted({e.target for e in episodes})
    for code in wanted:
        if code not in known:
            raise DataError(unknown("target", code, known))
    found: set[str] = set()
    for episode in episodes:
        held = episode.target in wanted and episode.type in ECONOMIC and episode.in_force(day)
        if not held or (episode.sender in COUNTER and not counter):
            continue
        found |= set(bound_by_eu(day)) if episode.sender == EU else {episode.sender}
    return tuple(sorted(found - {UN} - set(wanted)))
