"""Whom each side works with, and who would lose more of its ties by decoupling.

May import ``hansa.errors`` and its neighbours. Counts of links; no paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from hansa.affinity.science.papers import load_papers
from hansa.affinity.tables import TABLES, chosen, sourced
from hansa.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["decoupling", "shares"]


def shares(
    countries: Iterable[str],
    groups: Mapping[str, Iterable[str]],
    *,
    years: Iterable[int] = range(1990, 2024),
) -> pd.DataFrame:
    """Return which share of each country's links in science goes to each group, by year.

    Parameters
    ----------
    countries : iterable of str
        And, as one more row each year, "together": these countries as one, links among them
        counted once for each end.
    groups : dict of str to iterable of str
        The country itself never counts; what is in no group is "others".
    years : iterable of int

    Returns
    -------
    pandas.DataFrame
        ``year``, ``country``, one column per group and ``others``: shares that sum to one;
        ``links``: all links of the year.

    Raises
    ------
    DataError
        Unknown country or year, or one country in two groups.

    Examples
    --------
    >>> table = shares(["IRN"], {"Russia": ["RUS"]}, years=[2023])
    >>> bool(table["Russia"].iloc[0] < 0.05)
    True
    """
    import pandas as pd

    papers = load_papers()
    codes = chosen("country", countries, papers.countries)
    places = [papers.country(c) for c in codes]
    groups = {
        name: chosen("country", members, papers.countries) for name, members in groups.items()
    }
    named = [c for members in groups.values() for c in members]
    twice = sorted({c for c in named if named.count(c) > 1})
    if twice:
        raise DataError(f"{', '.join(twice)} in more than one group; shares would not sum to one")
    rows = []
    for year in years:
        joint = papers.joint[papers.year(int(year)), places]
        joint = np.vstack([joint, joint.sum(axis=0)])
        total = joint.sum(axis=1)
        held = {
            name: joint[:, [papers.country(c) for c in members]].sum(axis=1)
            for name, members in groups.items()
        }
        with np.errstate(invalid="ignore"):
            table = pd.DataFrame({name: part / total for name, part in held.items()})
        table["others"] = 1 - table.sum(axis=1)
        table.insert(0, "country", [*codes, "together"])
        table.insert(0, "year", int(year))
        rows.append(table.assign(links=total))
    result = pd.concat(rows, ignore_index=True)
    return sourced(result, "share of links", TABLES["papers"].source)


def decoupling(
    members: Iterable[str], senders: Iterable[str], years: int | Iterable[int] = (2021, 2022, 2023)
) -> pd.DataFrame:
    """Return what each side's science would lose if all ties between the two ended.

    Parameters
    ----------
    members, senders : iterables of str
    years : int or iterable of int
        Taken together.

    Returns
    -------
    pandas.DataFrame
        ``side``, ``country`` (and "all" of each side), ``links``, ``lost`` (links with the other
        side), ``share`` (lost of all), ``inside`` (share with its own side), sorted by side and
        share. A link is counted for each of its ends.

    Raises
    ------
    DataError
        Unknown country or year, or a country on both sides.

    Notes
    -----
    Links, not papers: a paper with authors of many countries is many links. What replaces a lost
    tie, and what a tie is worth, is not in it.

    Examples
    --------
    >>> table = decoupling(["IRN", "BLR", "RUS"], ["USA", "DEU", "GBR"])
    >>> share = table[table["country"] == "all"].set_index("side")["share"]
    >>> bool(share["members"] > share["senders"])
    True
    """
    import pandas as pd

    papers = load_papers()
    sides = {
        "members": chosen("member", members, papers.countries),
        "senders": chosen("sender", senders, papers.countries),
    }
    both = sorted(set(sides["members"]) & set(sides["senders"]))
    if both:
        raise DataError(f"{', '.join(both)} on both sides")
    wanted = [int(years)] if isinstance(years, int) else [int(y) for y in years]
    joint = papers.joint[[papers.year(y) for y in wanted]].sum(axis=0)
    at = {side: [papers.country(c) for c in codes] for side, codes in sides.items()}
    rows = []
    for side, other in (("members", "senders"), ("senders", "members")):
        links = joint[at[side]].sum(axis=1)
        lost = joint[np.ix_(at[side], at[other])].sum(axis=1)
        inside = joint[np.ix_(at[side], at[side])].sum(axis=1)
        for code, *values in zip(sides[side], links, lost, inside, strict=True):
            rows.append((side, code, *values))
        rows.append((side, "all", links.sum(), lost.sum(), inside.sum()))
    table = pd.DataFrame(rows, columns=["side", "country", "links", "lost", "inside"])
    whole = np.where(table["links"] > 0, table["links"], np.nan)
    table["share"], table["inside"] = table["lost"] / whole, table["inside"] / whole
    table = table.sort_values(["side", "share"], ascending=[True, False], ignore_index=True)
    table = table[["side", "country", "links", "lost", "share", "inside"]]
    return sourced(table, "links; shares of links", TABLES["papers"].source, years=wanted)
