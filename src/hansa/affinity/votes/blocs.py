"""Whether a group of states votes as one: cohesion inside it against agreement with the others.

May import ``hansa.errors`` and its neighbours. Rice (1925, Political Science Quarterly 40, 60-72);
Hix, Noury & Roland (2005, British J. Political Science 35, 209-234).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int8

from hansa.affinity.tables import TABLES, chosen, sourced
from hansa.affinity.votes.agreement import ABOUT, MEASURES, NO, YES, roll_calls, tally

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

__all__ = ["agreement_index", "cohesion", "rice_index"]


def rice_index(votes: Int8[Array, "calls n"]) -> Float[Array, " calls"]:
    """Return |yes - no| / (yes + no) of a group in each roll call, abstentions left out.

    Parameters
    ----------
    votes : (calls, n) array of int8
        0 absent, 1 no, 2 abstain, 3 yes.

    Returns
    -------
    (calls,) array
        1 united, 0 split in halves; NaN where fewer than two vote yes or no.

    References
    ----------
    Rice (1925).

    Examples
    --------
    >>> import numpy as np
    >>> rice_index(np.array([[3, 3, 1], [3, 2, 3]], dtype=np.int8)).round(2).tolist()
    [0.33, 1.0]
    """
    yes, no = ((votes == kind).sum(axis=1) for kind in (YES, NO))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(yes + no >= 2, np.abs(yes - no) / (yes + no), np.nan)


def agreement_index(votes: Int8[Array, "calls n"]) -> Float[Array, " calls"]:
    """Return Hix, Noury & Roland's index, in which abstentions count as votes.

    (max(Y, N, A) - (Y + N + A - max(Y, N, A)) / 2) / (Y + N + A): 1 united, 0 in equal thirds; NaN
    where fewer than two voted.
    """
    counts = np.stack([(votes == kind).sum(axis=1) for kind in (1, 2, 3)])
    total, largest = counts.sum(axis=0), counts.max(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total >= 2, (largest - 0.5 * (total - largest)) / total, np.nan)


def cohesion(
    members: Iterable[str],
    years: Iterable[int] = range(1990, 2020),
    *,
    measure: str = "half",
    issue: str | None = None,
    calls: pd.DataFrame | None = None,
    others: int = 500,
    seed: int = 1,
) -> pd.DataFrame:
    """Return, by year, how much a group votes as one, and how much more than groups by chance.

    Parameters
    ----------
    members : iterable of str
        ISO3, at least two.
    years : iterable of int
    measure, issue, calls
        As in `agreement_matrix`.
    others : int
        Groups of the same size, drawn at random from all members with votes, to compare with.
    seed : int
        Of that draw.

    Returns
    -------
    pandas.DataFrame
        Index ``year``. ``rice`` and ``agreement_index`` (means over roll calls), ``within`` (mean
        agreement of the pairs of members), ``outside`` (mean of members with non-members), ``gap``
        (within less outside), ``rank`` (share of the groups by chance whose `within` is smaller),
        ``calls``, ``voting`` (members with votes in that year).

    Raises
    ------
    DataError
        Unknown member, fewer than two, or a year without roll calls.

    References
    ----------
    Rice (1925); Hix, Noury & Roland (2005).

    Examples
    --------
    >>> table = cohesion(["IRN", "BLR", "RUS"], [2018, 2019])
    >>> bool(table["within"].between(0, 1).all())
    True
    """
    import pandas as pd

    table = roll_calls(list(years), issue=issue, calls=calls)
    states = [c for c in table.columns if c not in ABOUT]
    group = chosen("member", members, states, least=2)
    random = np.random.default_rng(seed)
    rows = {
        int(str(year)): _one_year(
            held[states].to_numpy(np.int8), states, group, measure, others, random
        )
        for year, held in table.groupby("year")
    }
    result = pd.DataFrame(rows).T.rename_axis("year")
    result = result.astype({"calls": int, "voting": int})
    return sourced(result, MEASURES[measure], TABLES["votes"].source, members=group)


def _one_year(
    votes: Int8[Array, "calls n"],
    states: list[str],
    group: list[str],
    measure: str,
    others: int,
    random: np.random.Generator,
) -> dict[str, float]:
    present = np.flatnonzero((votes > 0).sum(axis=0) >= 10)
    place = {states[k]: row for row, k in enumerate(present)}
    inside = np.array([place[c] for c in group if c in place], dtype=int)
    votes = votes[:, present]
    matrix = tally(votes).measure(measure)
    np.fill_diagonal(matrix, np.nan)
    outside = np.setdiff1d(np.arange(present.size), inside)
    within = _mean_inside(matrix, inside)
    chance = np.array([
        _mean_inside(matrix, random.choice(present.size, inside.size, replace=False))
        for _ in range(others)
    ])  # fmt: skip
    far = _mean(matrix[np.ix_(inside, outside)])
    return {
        "rice": _mean(rice_index(votes[:, inside])),
        "agreement_index": _mean(agreement_index(votes[:, inside])),
        "within": within,
        "outside": far,
        "gap": within - far,
        "rank": float(np.mean(chance < within)) if others else np.nan,
        "calls": votes.shape[0],
        "voting": inside.size,
    }


def _mean_inside(matrix: Float[Array, "n n"], inside: Array) -> float:
    return _mean(matrix[np.ix_(inside, inside)])


def _mean(values: Array) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
