"""How alike two states vote, in roll calls of the UN General Assembly to 2019.

May import ``hansa.errors`` and its neighbours. Signorino & Ritter (1999, Int. Studies Quarterly 43,
115-144) for S; Häge (2011, Political Analysis 19, 287-305) for agreement beyond chance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int8

from hansa.affinity.tables import TABLES, chosen, read_table, sourced
from hansa.errors import DataError, unknown

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

__all__ = ["ISSUES", "MEASURES", "Tally", "agreement", "agreement_matrix", "roll_calls", "tally"]

NO, ABSTAIN, YES = 1, 2, 3

#: Columns of a table of roll calls that are not a member's votes.
ABOUT = ("rcid", "year", "session", "date", "unres")

MEASURES = {
    "half": "1 alike, 0.5 where one of the two abstains, 0 opposed",
    "strict": "share of votes exactly alike, an abstention being a vote of its own",
    "decided": "share alike of the votes in which neither abstains",
    "s": "Signorino & Ritter's S with equal weights: 2 x half - 1",
    "pi": "half beyond what chance gives their mix of votes (Scott's pi, Häge 2011)",
}

ISSUES = {
    "di": "arms control and disarmament",
    "me": "Palestinian conflict",
    "hr": "human rights",
    "co": "colonialism",
    "nu": "nuclear weapons and nuclear material",
    "ec": "economic development",
}


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts of votes by pair; every measure is arithmetic on them.

    Attributes
    ----------
    both : (n, n) array
        Roll calls in which both voted (yes, no or abstain).
    alike, opposed : (n, n) arrays
        Of these, with the same vote; with yes against no.
    decided : (n, n) array
        Of these, alike and neither abstains.
    yes, no : (n, n) arrays
        Of these, in which the first (row) voted yes, no.
    """

    both: Float[Array, "n n"]
    alike: Float[Array, "n n"]
    opposed: Float[Array, "n n"]
    decided: Float[Array, "n n"]
    yes: Float[Array, "n n"]
    no: Float[Array, "n n"]

    @cached_property
    def half(self) -> Float[Array, "n n"]:
        """Agreement with an abstention half-way, NaN where the two never both voted."""
        between = self.both - self.alike - self.opposed
        return _ratio(self.alike + 0.5 * between, self.both)

    @cached_property
    def pi(self) -> Float[Array, "n n"]:
        """1 - observed over expected disagreement, with the pair's pooled mix of votes."""
        yes, no = (_ratio(side + side.T, 2 * self.both) for side in (self.yes, self.no))
        expected = 2 * (yes * no + 0.5 * (1 - yes - no) * (yes + no))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(expected > 1e-12, 1 - (1 - self.half) / expected, np.nan)

    def measure(self, name: str) -> Float[Array, "n n"]:
        """Return a measure of ``MEASURES``; raises DataError for another name."""
        if name == "half":
            return self.half
        if name == "strict":
            return _ratio(self.alike, self.both)
        if name == "decided":
            return _ratio(self.decided, self.decided + self.opposed)
        if name == "s":
            return 2 * self.half - 1
        if name == "pi":
            return self.pi
        raise DataError(unknown("measure", name, MEASURES))


def tally(votes: Int8[Array, "calls n"]) -> Tally:
    """Return the counts by pair of a matrix of votes (0 absent, 1 no, 2 abstain, 3 yes)."""
    yes, abstain, no = ((votes == kind).astype(np.float64) for kind in (YES, ABSTAIN, NO))
    voted = yes + abstain + no
    decided = yes.T @ yes + no.T @ no
    across = yes.T @ no
    return Tally(
        both=voted.T @ voted,
        alike=decided + abstain.T @ abstain,
        opposed=across + across.T,
        decided=decided,
        yes=yes.T @ voted,
        no=no.T @ voted,
    )


def roll_calls(
    years: int | Iterable[int] | None = None,
    *,
    issue: str | None = None,
    calls: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return roll calls: one row each, one column of votes per member.

    Parameters
    ----------
    years : int or iterable of int, optional
        Of the autumn in which the session began (session + 1945); all by default. What is voted
        in the spring belongs to the year before: the vote on Crimea of March 2014 is in 2013.
    issue : str, optional
        A key of ``ISSUES``; all roll calls by default, those without an issue included.
    calls : DataFrame, optional
        Of the user's own, from `load_roll_calls`; the shipped ones by default.

    Returns
    -------
    pandas.DataFrame
        ``rcid``, ``year``, ``session``, ``date``, ``unres``, then the members (ISO3): 0 absent,
        1 no, 2 abstain, 3 yes.

    Raises
    ------
    DataError
        Unknown issue, or no roll call in these years; says which there are.

    References
    ----------
    Bailey, Strezhnev & Voeten (2017), J. Conflict Resolution 61, 430-456.

    Examples
    --------
    >>> len(roll_calls(2019))
    91
    """
    table = read_table("votes") if calls is None else calls
    if issue is not None:
        if issue not in ISSUES:
            raise DataError(unknown("issue", issue, ISSUES))
        issues = read_table("issues")
        table = table[table["rcid"].isin(issues.loc[issues["issue"] == issue, "rcid"])]
    if years is None:
        return table
    wanted = {int(years)} if isinstance(years, int) else {int(y) for y in years}
    found = table[table["year"].isin(wanted)]
    missing = sorted(wanted - set(found["year"]))
    if missing:
        last = int(table["year"].max()) if len(table) else 0
        raise DataError(
            f"no roll calls in {', '.join(map(str, missing))}; they end in {last}. Ideal points go "
            "to 2024, agreement with six powers to 2023; load_roll_calls reads a newer file"
        )
    return found


def agreement_matrix(
    years: int | Iterable[int],
    *,
    countries: Iterable[str] | None = None,
    measure: str = "half",
    issue: str | None = None,
    calls: pd.DataFrame | None = None,
    least: int = 10,
) -> pd.DataFrame:
    """Return agreement between all members, over the roll calls of one or more years together.

    Parameters
    ----------
    years : int or iterable of int
    countries : iterable of str, optional
        ISO3; by default all with at least `least` votes.
    measure : str
        A key of ``MEASURES``; "half" by default, see there how abstentions count.
    issue, calls
        As in `roll_calls`.
    least : int
        Pairs with fewer roll calls in which both voted are NaN.

    Returns
    -------
    pandas.DataFrame
        Square; 1 on the diagonal (NaN for a country without enough votes).

    Raises
    ------
    DataError
        Unknown country, measure, issue or year.

    Examples
    --------
    >>> bool(agreement_matrix(2019).loc["BLR", "RUS"] > 0.8)
    True
    """
    import pandas as pd

    table = roll_calls(years, issue=issue, calls=calls)
    votes = table.drop(columns=list(ABOUT), errors="ignore")
    if countries is None:
        codes = [str(c) for c in votes.columns[(votes.to_numpy() > 0).sum(axis=0) >= least]]
    else:
        codes = chosen("member", countries, votes.columns)
    counts = tally(votes[codes].to_numpy(np.int8))
    values = np.where(counts.both >= least, counts.measure(measure), np.nan)
    matrix = pd.DataFrame(values, codes, codes)
    return sourced(matrix, MEASURES[measure], TABLES["votes"].source, years=years, calls=len(table))


def agreement(
    years: int | Iterable[int],
    *,
    countries: Iterable[str] | None = None,
    partners: Iterable[str] | None = None,
    measure: str = "half",
    issue: str | None = None,
    calls: pd.DataFrame | None = None,
    least: int = 10,
) -> pd.DataFrame:
    """Return agreement by pair and year.

    Parameters
    ----------
    years : int or iterable of int
        Each on its own.
    countries, partners : iterable of str, optional
        ISO3; pairs of one of `countries` with one of `partners`; all by default.
    measure, issue, calls, least
        As in `agreement_matrix`; pairs below `least` are left out.

    Returns
    -------
    pandas.DataFrame
        ``year``, ``country``, ``partner``, ``agreement``; every pair in both orders.

    Raises
    ------
    DataError
        As `agreement_matrix`.

    Examples
    --------
    >>> table = agreement(range(2010, 2020), countries=["IRN"], partners=["RUS", "USA"])
    >>> table.shape
    (20, 4)
    """
    import pandas as pd

    wanted = [int(years)] if isinstance(years, int) else sorted({int(y) for y in years})
    rows = []
    for year in wanted:
        matrix = agreement_matrix(year, measure=measure, issue=issue, calls=calls, least=least)
        known = [str(c) for c in matrix.columns]
        here = known if countries is None else [c for c in countries if c in known]
        there = known if partners is None else [c for c in partners if c in known]
        block = matrix.loc[here, there]
        long = block.rename_axis(index="country").reset_index().melt("country", var_name="partner")
        rows.append(long.rename(columns={"value": "agreement"}).assign(year=year))
    table = pd.concat(rows, ignore_index=True).dropna()
    for what, codes in (("country", countries), ("partner", partners)):
        if codes is not None:
            chosen("member", codes, set(roll_calls(wanted, calls=calls).columns) - set(ABOUT))
            table = table[table[what].isin(list(codes))]
    table = table[table["country"] != table["partner"]]
    table = table[["year", "country", "partner", "agreement"]].reset_index(drop=True)
    return sourced(table, MEASURES[measure], TABLES["votes"].source)


def _ratio(part: Float[Array, "n n"], whole: Float[Array, "n n"]) -> Float[Array, "n n"]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)
