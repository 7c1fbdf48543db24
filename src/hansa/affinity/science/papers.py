"""Joint papers by pair and year, and how many to expect given how much each side works with others.

May import ``hansa.errors`` and its neighbours. Luukkonen, Tijssen, Persson & Sivertsen (1993,
Scientometrics 28, 15-36); Zitt, Bassecoulard & Okubo (2000, Scientometrics 47, 627-657).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hansa.affinity.tables import TABLES, chosen, read_table, sourced
from hansa.errors import ConvergenceError, DataError, unknown

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

__all__ = ["MEASURES", "Papers", "expected_links", "intensity", "load_papers", "partners", "ranks"]

MEASURES = {
    "affinity": "joint papers over those expected, given the links of both and none at home",
    "pai": "joint papers x all links / (links of one x links of the other), Zitt et al. (2000)",
    "salton": "joint papers / root of (papers of one x papers of the other)",
    "jaccard": "joint papers / (papers of one + papers of the other - joint papers)",
    "papers": "joint papers",
}


@dataclass(frozen=True, eq=False)
class Papers:
    """Joint papers of all countries.

    Attributes
    ----------
    countries : tuple of str
        ISO3, n of them.
    years : tuple of int
        t of them.
    joint : (t, n, n) array
        Papers with an author in both; symmetric, 0 on the diagonal. A paper of k countries is in
        k (k - 1) / 2 pairs (full counting).
    foreign : (t, n) array
        Papers of each country with any foreign author.
    """

    countries: tuple[str, ...]
    years: tuple[int, ...]
    joint: Float[Array, "t n n"]
    foreign: Float[Array, "t n"]

    def __repr__(self) -> str:
        return f"Papers({len(self.countries)} countries, {self.years[0]}-{self.years[-1]})"

    def year(self, year: int) -> int:
        """Return the position of a year; raises DataError if there is none."""
        if year not in self.years:
            raise DataError(f"no joint papers of {year}: {self.years[0]} to {self.years[-1]}")
        return self.years.index(year)

    def country(self, code: str) -> int:
        """Return the position of a country; raises DataError naming the nearest."""
        if code not in self.countries:
            raise DataError(unknown("country", code, self.countries))
        return self.countries.index(code)

    def links(self, year: int) -> Float[Array, " n"]:
        """Return each country's links with all others in a year."""
        return self.joint[self.year(year)].sum(axis=1)


@lru_cache(maxsize=1)
def load_papers() -> Papers:
    """Return the joint papers of OpenAlex, all countries with any, 1990-2023.

    Returns
    -------
    Papers

    Notes
    -----
    Papers without a foreign author are not in it, so a country's own science is not seen: only
    whom it works with when it works with others. OpenAlex adds sources over time and guesses the
    country where an affiliation is not given; the latest year may be incomplete.

    Examples
    --------
    >>> load_papers()
    Papers(248 countries, 1990-2023)
    """
    table = read_table("papers").astype({"first": str, "second": str})
    years = tuple(int(c) for c in table.columns if c.isdigit())
    countries = np.unique(np.concatenate([table["first"], table["second"]]).astype(str))
    a, b = (np.searchsorted(countries, table[side].to_numpy(str)) for side in ("first", "second"))
    counts = np.zeros((len(years), countries.size, countries.size))
    values = table[[str(y) for y in years]].to_numpy(float).T
    counts[:, a, b] = values
    counts[:, b, a] = values
    own = np.arange(countries.size)
    foreign = counts[:, own, own].copy()
    counts[:, own, own] = 0.0
    counts.flags.writeable = foreign.flags.writeable = False
    return Papers(tuple(str(c) for c in countries), years, counts, foreign)


def expected_links(
    links: Float[Array, " n"], *, tolerance: float = 1e-10, steps: int = 2000
) -> Float[Array, "n n"]:
    """Return the links to expect between countries that choose partners by size alone.

    The symmetric matrix a_i a_j off the diagonal, 0 on it, whose rows add up to `links` (quasi-
    independence). The simpler n_i n_j / n of `pai` puts part of a large country's links at home,
    where there can be none, and so makes its links abroad look more than expected.

    Parameters
    ----------
    links : (n,) array
        Links of each country with all others.
    tolerance : float
        Largest relative gap of a row.
    steps : int

    Returns
    -------
    (n, n) array

    Raises
    ------
    DataError
        If one country has more links than all others together: no such matrix exists.
    ConvergenceError
        If the rows do not meet their sums.

    References
    ----------
    Goodman (1968, J. American Statistical Association 63, 1091-1131) for quasi-independence.

    Examples
    --------
    >>> import numpy as np
    >>> expected_links(np.array([2.0, 2.0, 2.0])).round(6)[0].tolist()
    [0.0, 1.0, 1.0]
    """
    total = float(links.sum())
    if total == 0:
        return np.zeros((links.size, links.size))
    if float(links.max()) > total / 2 * (1 - 1e-12) and np.count_nonzero(links) > 2:
        raise DataError("one country has half of all links or more; nothing to compare it with")
    a = links / np.sqrt(total)
    for _ in range(steps):
        # a_i (A - a_i) = links_i, solved for a_i with the others' sum held.
        rest = a.sum() - a
        step = np.where(rest > 0, links / np.where(rest > 0, rest, 1.0), 0.0)
        gap = np.abs(a * rest - links).max() / links.max()
        if gap < tolerance:
            expected = np.outer(a, a)
            np.fill_diagonal(expected, 0.0)
            return expected
        a = np.sqrt(a * step)
    raise ConvergenceError(f"expected links off by {gap:.1e} after {steps} steps")


@lru_cache(maxsize=64)
def _expected(year: int) -> Float[Array, "n n"]:
    return expected_links(load_papers().links(year))


def intensity(
    years: int | Iterable[int],
    *,
    measure: str = "affinity",
    countries: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Return how intensely each pair works together, corrected for size; years taken together.

    Parameters
    ----------
    years : int or iterable of int
    measure : str
        A key of ``MEASURES``. With n_ij joint papers, n_i = sum over j of n_ij, n = sum of n_i and
        N_i papers with any foreign author: "affinity" n_ij / e_ij with e_ij of `expected_links`;
        "pai" n_ij n / (n_i n_j), the probabilistic affinity index; "salton" n_ij / sqrt(N_i N_j);
        "jaccard" n_ij / (N_i + N_j - n_ij).
    countries : iterable of str, optional
        Which to show; expectations always rest on all.

    Returns
    -------
    pandas.DataFrame
        Square, NaN on the diagonal and where nothing is expected.

    Raises
    ------
    DataError
        Unknown measure, year or country.

    References
    ----------
    Luukkonen et al. (1993); Zitt et al. (2000).

    Examples
    --------
    >>> bool(intensity(2019).loc["BLR", "RUS"] > 10)
    True
    """
    import pandas as pd

    papers = load_papers()
    wanted = [int(years)] if isinstance(years, int) else [int(y) for y in years]
    at = [papers.year(y) for y in wanted]
    joint, size = papers.joint[at].sum(axis=0), papers.foreign[at].sum(axis=0)
    links = joint.sum(axis=1)
    if measure not in MEASURES:
        raise DataError(unknown("measure", measure, MEASURES))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = {
            "papers": lambda: joint,
            "affinity": lambda: joint / sum(_expected(y) for y in wanted),
            "pai": lambda: joint * links.sum() / np.outer(links, links),
            "salton": lambda: joint / np.sqrt(np.outer(size, size)),
            "jaccard": lambda: joint / (size[:, None] + size[None] - joint),
        }[measure]()
    values = np.where(np.isfinite(values), values, np.nan)
    np.fill_diagonal(values, np.nan)
    table = pd.DataFrame(values, list(papers.countries), list(papers.countries))
    if countries is not None:
        codes = chosen("country", countries, papers.countries)
        table = table.loc[codes, codes]
    return sourced(table, MEASURES[measure], TABLES["papers"].source, years=wanted)


def partners(
    country: str,
    years: int | Iterable[int],
    k: int = 10,
    *,
    measure: str = "papers",
    least: int = 10,
) -> pd.DataFrame:
    """Return a country's first k partners in science.

    Parameters
    ----------
    country : str
    years : int or iterable of int
        Taken together.
    k : int
    measure : str
        By which to rank, a key of ``MEASURES``.
    least : int
        Partners with fewer joint papers are left out: small numbers make large intensities.

    Returns
    -------
    pandas.DataFrame
        Index ``partner``: ``papers``, ``share`` (of the country's links), ``affinity``, ``rank``.

    Raises
    ------
    DataError
        Unknown country, measure or year.

    Examples
    --------
    >>> partners("IRN", 2023, 1).index[0]
    'USA'
    """
    import pandas as pd

    place = load_papers().country(country)
    joint = intensity(years, measure="papers").iloc[place]
    table = pd.DataFrame({"papers": joint, "affinity": intensity(years).iloc[place]})
    table["share"] = table["papers"] / table["papers"].sum()
    table["by"] = intensity(years, measure=measure).iloc[place]
    table = table[table["papers"] >= least].sort_values("by", ascending=False).head(k)
    table["rank"] = np.arange(1, len(table) + 1)
    table = table[["papers", "share", "affinity", "rank"]].rename_axis("partner")
    return sourced(table, "papers; share of links; ratio to expected", TABLES["papers"].source)


def ranks(
    country: str,
    others: Iterable[str],
    *,
    years: Iterable[int] = range(1990, 2024),
    measure: str = "papers",
    least: int = 5,
) -> pd.DataFrame:
    """Return the rank of partners among all of a country's, year by year.

    Parameters
    ----------
    country : str
    others : iterable of str
        Partners to follow.
    years : iterable of int
    measure : str
    least : int
        Partners with fewer joint papers in a year have no rank in it.

    Returns
    -------
    pandas.DataFrame
        ``year``, ``partner``, ``rank`` (1 is first), ``papers``, ``value`` (of the measure).
    """
    import pandas as pd

    papers = load_papers()
    place = papers.country(country)
    wanted = chosen("partner", others, papers.countries)
    rows = []
    for year in years:
        row = intensity(int(year), measure=measure).iloc[place]
        joint = papers.joint[papers.year(int(year)), place]
        row = row[joint >= least]
        rank = row.rank(ascending=False, method="min")
        for code in wanted:
            count = float(joint[papers.country(code)])
            held = code in row.index
            rows.append((
                int(year), code, float(rank[code]) if held else np.nan, count,
                float(row[code]) if held else np.nan,
            ))  # fmt: skip
    table = pd.DataFrame(rows, columns=["year", "partner", "rank", "papers", "value"])
    return sourced(table, f"rank by {MEASURES[measure]}", TABLES["papers"].source, country=country)
