"""What chapters are made of: facts that say themselves, and the numbers behind them.

May import ``hansa.errors``, ``hansa.world``, ``hansa.equilibrium`` and its neighbours. No paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hansa.affinity.groups import senders_against
from hansa.affinity.science import expected_links, load_papers
from hansa.affinity.votes import agreement_matrix
from hansa.errors import DataError
from hansa.policy.episodes import load_episodes
from hansa.world.world import World

if TYPE_CHECKING:
    import pandas as pd

    from hansa.equilibrium import Exposure

__all__ = ["Chapter", "Fact"]

NARROW = "\N{NARROW NO-BREAK SPACE}"


@dataclass(frozen=True)
class Fact:
    """A computed number and the sentence that says it.

    Attributes
    ----------
    values : dict of str to float
    unit : str
    says : str
        Neutral; with the numbers in it.
    """

    values: dict[str, float]
    unit: str
    says: str


@dataclass(frozen=True, eq=False)
class Chapter:
    """What a report needs for a chapter.

    Attributes
    ----------
    title : str
    tables : dict of str to pandas.DataFrame
        Each with ``unit`` and ``source`` in its attrs.
    figures : dict
        Data ready to draw: `hansa.affinity.layout.Heatmap`, `Network`, or tidy tables.
    supports, against : Fact
        What speaks for the claim of friendship or cooperation, and what against it.
    notes : tuple of str
        Limits a reader must know.
    """

    title: str
    tables: dict[str, pd.DataFrame]
    figures: dict[str, Any]
    supports: Fact
    against: Fact
    notes: tuple[str, ...] = ()


def welfare_square(exposed: Exposure) -> pd.DataFrame:
    import pandas as pd

    codes = [str(c) for c in exposed.welfare.coords["country"].values]
    table = pd.DataFrame(exposed.welfare.values, codes, codes)
    table.attrs = dict(exposed.welfare.attrs)
    return table


def with_measures(group: list[str]) -> list[str]:
    """Return those of a group against whom the registry has measures."""
    known = {e.target for e in load_episodes()}
    return [code for code in group if code in known]


def senders_on(code: str, on: str) -> tuple[str, ...]:
    return senders_against(code, on) if with_measures([code]) else ()


def worth_of(world: World, exposed: Exposure, group: list[str], codes: list[str]) -> float:
    """Return what one per cent in all of `codes` is worth to the group, own growth left out."""
    rows = [world.country(c) for c in group]
    columns = [world.country(c) for c in codes]
    matrix = exposed.welfare.values.copy()
    np.fill_diagonal(matrix, 0.0)
    return float((matrix[np.ix_(rows, columns)].sum(axis=1) * world.income[rows]).sum() / 100)


def spread_of_points(points: pd.DataFrame, group: list[str]) -> pd.Series:
    """Return the mean distance of pairs of members by year, years in which all have points."""
    wide = points[points["country"].isin(group)].pivot(
        index="year", columns="country", values="point"
    )
    recent = wide[wide.index >= 1990]
    # Members without points at either end (arrears, late accession) would change who is compared.
    steady = recent.loc[:, recent.iloc[[0, -1]].notna().all()]
    if steady.shape[1] < 2:
        raise DataError("fewer than two members have ideal points in 1990 and in the last year")
    a, b = np.triu_indices(steady.shape[1], 1)
    values = steady.to_numpy()
    result = steady.iloc[:, 0].copy()
    result[:] = np.abs(values[:, a] - values[:, b]).mean(axis=1)
    return result.dropna()


def least_alike_pair(group: list[str]) -> dict[str, Any]:
    """Return the pair of members that agreed least over 2015-2019, and how much."""
    matrix = agreement_matrix(range(2015, 2020), countries=group)
    long = matrix.rename_axis(index="country").reset_index().melt("country", var_name="partner")
    long = long[long["country"] < long["partner"]].rename(columns={"value": "agreement"})
    return dict(long.nsmallest(1, "agreement").iloc[0])


def joint_over_expected(group: list[str]) -> tuple[float, float]:
    """Return joint papers of members over those expected, and their number, 2021-2023."""
    papers = load_papers()
    rows = [papers.country(c) for c in group]
    grid = np.ix_(rows, rows)
    joint = expected = 0.0
    for year in (2021, 2022, 2023):
        joint += papers.joint[papers.year(year)][grid].sum() / 2
        expected += expected_links(papers.links(year))[grid].sum() / 2
    return float(joint / expected), float(joint)


def percent(share: float) -> str:
    return (
        f"{100 * share:.0f}{NARROW}%"
        if share >= 0.1 or share == 0
        else f"{100 * share:.1f}{NARROW}%"
    )
