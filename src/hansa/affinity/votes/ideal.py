"""Where states stand in the UN General Assembly, how far they moved, and what two years changed.

May import ``hansa.errors``, ``hansa.world`` (to read a file of the user's) and its neighbours.
Bailey, Strezhnev & Voeten (2017, J. Conflict Resolution 61, 430-456).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hansa.affinity.tables import TABLES, chosen, read_table, sourced
from hansa.errors import DataError, unknown

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "distances",
    "event",
    "ideal_points",
    "load_ideal_points",
    "load_roll_calls",
    "movement",
    "with_powers",
]

UNIT = "points of the ideal-point scale (about one standard deviation of all states)"
#: The quantiles given are 5 % and 95 %: this many posterior standard deviations each side.
REACH = 1.6448536269514722


def ideal_points(*, basis: str = "final", points: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return ideal points by state and year, with the 5 % and 95 % of their posterior.

    Parameters
    ----------
    basis : {"final", "all"}
        Estimated from votes on final passage (to 2024), or from all votes, those on paragraphs
        and amendments included (to 2023).
    points : DataFrame, optional
        Of the user's own, from `load_ideal_points`; the shipped ones by default.

    Returns
    -------
    pandas.DataFrame
        ``year`` (in whose autumn the session began), ``country``, ``point``, ``low``, ``high``,
        ``sd``, ``votes``. Larger is closer to the United States. Which way is up and how wide the
        scale is are conventions; the scale is linked over time by resolutions that come back.

    Raises
    ------
    DataError
        Unknown basis.

    References
    ----------
    Bailey, Strezhnev & Voeten (2017).

    Examples
    --------
    >>> int(ideal_points()["year"].max())
    2024
    """
    table = read_table("ideal") if points is None else points
    known = sorted(set(table["basis"].astype(str)))
    if basis not in known:
        raise DataError(unknown("basis", basis, known))
    table = table[table["basis"] == basis].drop(columns="basis")
    wide = {"point": float, "low": float, "high": float, "year": int, "votes": int}
    table = table.astype({**wide, "country": str}).reset_index(drop=True)
    table["sd"] = (table["high"] - table["low"]) / (2 * REACH)
    return sourced(table, UNIT, TABLES["ideal"].source, basis=basis)


def load_ideal_points(path: str | Path) -> pd.DataFrame:
    """Return the ideal points of another file of Voeten's (.dta or .csv), for ``points=``.

    Parameters
    ----------
    path : path

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    DataError
        Names the file and the columns it lacks.
    """
    from hansa.world.sources.ideal_points import parse

    return parse(path)


def load_roll_calls(path: str | Path) -> pd.DataFrame:
    """Return the roll calls of a newer file of Voeten's, for ``calls=``.

    Parameters
    ----------
    path : path
        CSV, one row per member and roll call: ``rcid``, ``vote`` (1 yes, 2 abstain, 3 no, 8 absent,
        9 no member), ``Country`` (ISO3 letters), ``year`` or ``session``, and ``date`` and
        ``unres`` where there are any.

    Returns
    -------
    pandas.DataFrame
        In the form of `roll_calls`.

    Raises
    ------
    DataError
        Names the file and the columns it lacks, or the vote that is none of these.
    """
    from hansa.world.sources.un_votes import parse

    return parse(path)


def with_powers(power: str, *, countries: Iterable[str] | None = None) -> pd.DataFrame:
    """Return agreement with one of six powers by state and year, 1946-2023.

    Roll calls end in 2019; this is how agreement can be followed beyond. The measure is the
    source's own, "strict" here: share of votes exactly alike.

    Parameters
    ----------
    power : {"USA", "RUS", "CHN", "IND", "BRA", "ISR"}
    countries : iterable of str, optional

    Returns
    -------
    pandas.DataFrame
        ``year``, ``country``, ``agreement``.

    Raises
    ------
    DataError
        Unknown power or country.

    Examples
    --------
    >>> int(with_powers("RUS")["year"].max())
    2023
    """
    table = read_table("powers")
    known = [c for c in table.columns if c not in ("year", "country")]
    if power not in known:
        raise DataError(unknown("power", power, known))
    table = table[["year", "country", power]].rename(columns={power: "agreement"}).dropna()
    table = table.astype({"year": int, "country": str, "agreement": float})
    table = table[table["country"] != power]
    if countries is not None:
        table = table[table["country"].isin(chosen("member", countries, set(table["country"])))]
    return sourced(
        table.reset_index(drop=True), "share of votes cast alike", TABLES["powers"].source
    )


def movement(
    countries: Iterable[str] | None = None,
    *,
    since: int = 1990,
    until: int = 2024,
    window: int = 3,
    basis: str = "final",
    points: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return how far each state moved, from the first years of a span to its last.

    Parameters
    ----------
    countries : iterable of str, optional
        All with enough points by default.
    since, until : int
        First and last year of the span.
    window : int
        Years averaged at either end: a state's first and last ones with points in the span.
    basis, points
        As in `ideal_points`.

    Returns
    -------
    pandas.DataFrame
        Index ``country``: ``before``, ``after``, ``change``, its ``low`` and ``high`` (90 %),
        ``relative``: the change less the median change of all states; ``first`` and ``last``: the
        years of the outermost points. Venezuela, which lost its vote over arrears, ends early.

    Raises
    ------
    DataError
        Unknown country, or one with fewer than two windows of points.

    Notes
    -----
    The interval takes each year's posterior as normal and independent of the others'. Years share
    resolutions and votes, so it is likelier too narrow than too wide.

    Examples
    --------
    >>> table = movement(["IRN", "BLR", "RUS"])
    >>> bool((table["low"] < table["change"]).all())
    True
    """
    table = ideal_points(basis=basis, points=points)
    table = table[table["year"].between(since, until)].sort_values("year")
    by_country = table.groupby("country")
    table = table[by_country["year"].transform("size") >= 2 * window]
    by_country = table.groupby("country")
    result = _change(by_country.head(window), by_country.tail(window))
    years = table.groupby("country")["year"].agg(["min", "max"])
    result["first"], result["last"] = years["min"], years["max"]
    if countries is not None:
        result = result.loc[chosen("state", countries, result.index)]
    return sourced(result, UNIT, TABLES["ideal"].source, window=window)


def event(
    year: int,
    countries: Iterable[str] | None = None,
    *,
    before: int = 3,
    after: int = 3,
    basis: str = "final",
    points: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return where states stood before and after an event, against everyone's change.

    Parameters
    ----------
    year : int
        For example 2014 or 2022. The session that began in the year before it, in which the event
        falls, is left out: `before` ends with the session of year - 2, `after` begins with that of
        the year's autumn.
    countries : iterable of str, optional
    before, after : int
        Number of sessions on each side; fewer where the points end.
    basis, points
        As in `ideal_points`.

    Returns
    -------
    pandas.DataFrame
        As `movement` without the years, with ``rank``: the share of all states that moved less
        (towards the United States) than this one. 0.05 and below, or 0.95 and above, is unusual
        in that year. States without points on either side are left out and named in
        ``attrs["without"]``.

    Raises
    ------
    DataError
        Unknown country, or a year after the last points.

    Examples
    --------
    >>> bool(event(2014, ["UKR"])["relative"].item() > 0)
    True
    """
    table = ideal_points(basis=basis, points=points)
    last = int(table["year"].max())
    if year > last:
        raise DataError(f"ideal points of basis {basis!r} end in {last}; nothing follows {year}")
    spans = range(year - 1 - before, year - 1), range(year, min(year + after, last + 1))
    result = _change(*(table[table["year"].isin(span)] for span in spans))
    result["rank"] = (result["change"].rank() - 1) / (len(result) - 1)
    without: list[str] = []
    if countries is not None:
        wanted = chosen("state", countries, set(table["country"]))
        without = [c for c in wanted if c not in result.index]
        result = result.loc[[c for c in wanted if c in result.index]]
    first, second = (f"{span[0]}-{span[-1]}" for span in spans)
    source = TABLES["ideal"].source
    return sourced(result, UNIT, source, before=first, after=second, without=without)


def _change(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return means of both sides by country, their change, its interval and the relative change."""
    import pandas as pd

    sides = [held.groupby("country") for held in (before, after)]
    means = [held["point"].mean() for held in sides]
    errors = [held["sd"].apply(lambda sd: np.sqrt((sd**2).sum()) / len(sd)) for held in sides]
    result = pd.DataFrame({"before": means[0], "after": means[1]}).dropna()
    result["change"] = result["after"] - result["before"]
    reach = REACH * np.hypot(errors[0].loc[result.index], errors[1].loc[result.index])
    result["low"], result["high"] = result["change"] - reach, result["change"] + reach
    result["relative"] = result["change"] - result["change"].median()
    return result


def distances(
    countries: Iterable[str],
    partners: Iterable[str],
    *,
    years: Iterable[int] = range(1990, 2025),
    basis: str = "final",
    points: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return how far apart two states stand, by year.

    Parameters
    ----------
    countries, partners : iterables of str
        ISO3; every pair of one of each.
    years : iterable of int
        Those without points of both are left out.
    basis, points
        As in `ideal_points`.

    Returns
    -------
    pandas.DataFrame
        ``year``, ``country``, ``partner``, ``distance`` (absolute), ``low``, ``high``: 90 %, each
        posterior taken as normal and independent; `low` is cut at 0.

    Raises
    ------
    DataError
        Unknown country.

    Examples
    --------
    >>> table = distances(["IRN"], ["RUS", "USA"], years=[2024])
    >>> bool(table["distance"].iloc[0] < table["distance"].iloc[1])
    True
    """
    import pandas as pd

    table = ideal_points(basis=basis, points=points)
    known = set(table["country"])
    sides = chosen("state", countries, known), chosen("state", partners, known)
    table = table[table["year"].isin(list(years))]
    point = table.pivot(index="year", columns="country", values="point")
    sd = table.pivot(index="year", columns="country", values="sd")
    rows = []
    for a in sides[0]:
        for b in sides[1]:
            if a == b or a not in point or b not in point:
                continue
            gap = pd.Series(point[a] - point[b]).abs().dropna()
            reach = REACH * (sd[a] ** 2 + sd[b] ** 2).loc[gap.index] ** 0.5
            rows.append(
                pd.DataFrame(
                    {
                        "year": gap.index, "country": a, "partner": b, "distance": gap.to_numpy(),
                        "low": (gap - reach).clip(lower=0.0).to_numpy(),
                        "high": (gap + reach).to_numpy(),
                    }
                )
            )  # fmt: skip
    if not rows:
        raise DataError("distances need at least one pair of two different states with points")
    return sourced(pd.concat(rows, ignore_index=True), UNIT, TABLES["ideal"].source)
