"""How hard a target is sanctioned, year by year, as one number from 0 to 100.

May import ``hansa.errors``, ``hansa.world`` and the policy room. An index of law, not of effect,
and our own: counts of cases, as in the GSDB (Felbermayr et al. 2020, EER 129, 103561), weigh all
alike.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hansa.errors import DataError
from hansa.policy.ave import strength_classes, un_compliance
from hansa.policy.dates import FIRST_DATE, LAST_DATE
from hansa.policy.episodes import Episode, load_episodes
from hansa.policy.registry import check_target
from hansa.policy.senders import EU, SENDERS, UN, bound_by_eu
from hansa.world.sectors import sectors as sector_list

if TYPE_CHECKING:
    import pandas as pd

    from hansa.world.world import World

__all__ = ["DIRECTIONS", "class_weights", "escalation"]

Array = np.ndarray

DIRECTIONS = ("exports", "imports", "financial")
_TYPES = {"trade-export": "exports", "trade-import": "imports", "financial": "financial"}


@lru_cache(maxsize=1)
def class_weights() -> dict[str, float]:
    """Return each strength class's weight, 0 to 1: its central AVE over the largest of its family.

    ``embargo`` and ``financial_comprehensive`` are 1; ``partial`` is 0.15, as in ``data/ave.yaml``.
    """
    classes = strength_classes()
    most = {"trade": classes["embargo"].central, "none": 1.0}
    most["financial"] = classes["financial_comprehensive"].central
    return {c.name: c.central / most[c.applies_to] for c in classes.values()}


def escalation(
    world: World,
    target: str | None = None,
    years: Iterable[int] = range(1990, 2025),
    folder: str | Path | None = None,
) -> pd.DataFrame:
    r"""Return the escalation index of each target and year.

    For target i in year t, with states s and their shares g_s in the value added of all the
    world's states but the target (of the world's own year, so that only law moves the index):

    .. math:: E_{it} = 100 \sum_s g_s \frac{1}{3} \sum_d \frac{1}{J_d} \sum_j \overline{w}_{sdjt}

    d runs over exports to the target, imports from it, and finance; j over the J_d sectors (all
    of the registry's list). w is the largest weight (`class_weights`) of any measure that binds s
    on the day, averaged over the twelve mid-months of t. Acts of the EU bind its members of the
    day; acts of the UN bind all states, at the compliance of ``data/ave.yaml`` where no act of
    their own or of the EU weighs more. Acts that reach third countries do not count, nor do arms,
    travel and other. 100 means that all the world's states bar all trade and all finance.

    Parameters
    ----------
    world : World
        Gives the value added of states; senders it lacks have no weight.
    target : str, optional
        ISO3 code or ``EU``; all targets of the registry by default.
    years : iterable of int
        1990 to 2024 by default.
    folder : path, optional
        Another registry.

    Returns
    -------
    DataFrame
        Index: target, year. Columns: index (0 to 100), exports, imports, financial (the same by
        direction, 0 to 100, of which index is the mean), measures (most in force on a mid-month).
    """
    import pandas as pd

    episodes = load_episodes(folder)
    if target is not None:
        check_target(target, episodes)
    chosen = sorted({e.target for e in episodes}) if target is None else [target]
    wanted = _checked(years)
    rows = [
        row
        for code in chosen
        for row in _rows(world, code, wanted, [e for e in episodes if e.target == code])
    ]
    index = pd.MultiIndex.from_product([chosen, wanted], names=["target", "year"])
    table = pd.DataFrame(rows, index=index, columns=["index", *DIRECTIONS, "measures"])
    return table.astype({"measures": int})


def _checked(years: Iterable[int]) -> list[int]:
    found = [int(y) for y in years]
    for year in found:
        if not FIRST_DATE.year <= year <= LAST_DATE.year:
            raise DataError(f"year {year} is outside the registry, {FIRST_DATE} to {LAST_DATE}")
    return found


def _rows(
    world: World, target: str, years: Iterable[int], episodes: list[Episode]
) -> list[tuple[float, ...]]:
    known: dict[object, Float[Array, " d"]] = {}
    rows = []
    for year in years:
        days = [dt.date(year, month, 15) for month in range(1, 13)]
        values, most = np.zeros((12, len(DIRECTIONS))), 0
        for k, day in enumerate(days):
            found = [e for e in episodes if e.in_force(day)]
            # The index stands still until a measure or a membership changes.
            key = (tuple(e.id for e in found), bound_by_eu(day))
            if key not in known:
                known[key] = _level(world, target, set(bound_by_eu(day)), found)
            values[k], most = known[key], max(most, len(found))
        mean = values.mean(axis=0)
        rows.append((float(mean.mean()), *(float(v) for v in mean), most))
    return rows


def _level(
    world: World, target: str, members: set[str], found: list[Episode]
) -> Float[Array, " d"]:
    """Return the index by direction, 0 to 100, of the measures in force together."""
    counted = [e for e in found if e.reach == "own" and e.type in _TYPES]
    itself = {*world.meta.get("aggregates", {}), *(members if target == EU else {target})}
    bound: dict[tuple[str, bool], Float[Array, " d"]] = {}
    total, sums = 0.0, np.zeros(len(DIRECTIONS))
    for state, money in zip(world.countries, world.value_added, strict=True):
        if state in itself:
            continue
        own = (state if state in SENDERS else "", state in members)
        if own not in bound:
            bound[own] = _weight(*own, counted)
        total += float(money)
        sums += float(money) * bound[own]
    return 100 * sums / total


def _weight(state: str, in_eu: bool, counted: list[Episode]) -> Float[Array, " d"]:
    """Return the mean weight over sectors of what binds one state, by direction, 0 to 1."""
    weights, codes = class_weights(), sector_list().codes
    grid = np.zeros((len(DIRECTIONS), len(codes)))
    for e in counted:
        own = e.sender == state or (in_eu and e.sender == EU)
        if not own and e.sender != UN:
            continue
        d = DIRECTIONS.index(_TYPES[e.type])
        j = [codes.index(c) for c in e.sector_codes]
        share = 1.0 if own else un_compliance("central")
        grid[d, j] = np.maximum(grid[d, j], weights[e.strength] * share)
    return grid.mean(axis=1)
