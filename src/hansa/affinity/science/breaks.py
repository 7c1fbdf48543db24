"""What happened to science ties after an event: against their own trend, and against everyone's.

May import ``hansa.errors`` and its neighbours. The interval is the prediction interval of a
straight line (Chow 1960, Econometrica 28, 591-605); the rank, that of placebo countries (Abadie,
Diamond & Hainmueller 2010, J. American Statistical Association 105, 493-505).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hansa.affinity.science.papers import _expected, load_papers
from hansa.affinity.tables import TABLES, chosen, sourced
from hansa.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

__all__ = ["Break", "after_event", "line_break"]

#: Joint papers a year below which a series is too thin for logarithms.
LEAST = 10


@dataclass(frozen=True)
class Break:
    """Mean gap between a series and the line through its past.

    Attributes
    ----------
    gap : float
        Mean over the years after of value less line.
    low, high : float
        Its prediction interval: where the gap would lie if nothing had happened is around zero, so
        this is the interval for the effect.
    """

    gap: float
    low: float
    high: float


def line_break(values: Float[Array, " t"], before: int, *, level: float = 0.95) -> Break:
    """Return how far a series leaves the straight line through its first `before` values.

    Parameters
    ----------
    values : (t,) array
        Equally spaced; the first `before` (at least four) give the line.
    before : int
    level : float
        Of the interval: t-quantiles with before - 2 degrees of freedom, errors independent.

    Returns
    -------
    Break

    Raises
    ------
    DataError
        Fewer than four values before, none after, or values that are not finite.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.array([0.0, 1.1, 1.9, 3.0, 2.0])
    >>> round(line_break(values, 4).gap, 6)
    -1.95
    """
    from scipy.stats import t as student

    ahead = values.size - before
    if before < 4 or ahead < 1:
        raise DataError(f"a line needs four years before and one after, got {before} and {ahead}")
    if not np.isfinite(values).all():
        raise DataError("a line needs finite values; leave out years without joint papers")
    time = np.arange(values.size, dtype=float)
    centre = time[:before].mean()
    spread = float(((time[:before] - centre) ** 2).sum())
    slope = float(((time[:before] - centre) * values[:before]).sum()) / spread
    line = values[:before].mean() + slope * (time - centre)
    rest = values - line
    variance = float((rest[:before] ** 2).sum()) / (before - 2)
    gap = float(rest[before:].mean())
    away = float(time[before:].mean()) - centre
    error = np.sqrt(variance * (1 / ahead + 1 / before + away**2 / spread))
    reach = float(student.ppf((1 + level) / 2, before - 2)) * float(error)
    return Break(gap, gap - reach, gap + reach)


def after_event(
    country: str,
    event: int,
    groups: Mapping[str, Iterable[str]],
    *,
    before: int = 8,
    after: int = 5,
    level: float = 0.95,
    largest: int = 60,
) -> pd.DataFrame:
    """Return how a country's joint papers with groups of partners changed after an event.

    Parameters
    ----------
    country : str
    event : int
        First year that counts as after, for example 2012, 2018 or 2022.
    groups : dict of str to iterable of str
        For example ``{"senders": senders, "club": members, "China": ["CHN"]}``.
    before, after : int
        Years of the line, and years compared with it; fewer after where the data end.
    level : float
        Of the intervals.
    largest : int
        Countries, by links before the event, among which the rank is taken.

    Returns
    -------
    pandas.DataFrame
        Index (``group``, ``measure``). ``measure``: "papers" (log joint papers: against the own
        trend) and "affinity" (log of joint papers over those expected from the links of all
        countries: what all of the world's science does drops out). ``gap``, ``low``, ``high``: mean
        gap in log points against the line through the years before; ``percent``: the same as a
        percentage; ``rank``: share of the other large countries whose gap with the same group is
        lower; ``placebos``: how many they are; ``first``, ``last``: joint papers in the last year
        before and the last after. A group with fewer than 10 joint papers in any year has NaN.

    Raises
    ------
    DataError
        Unknown country; no year after the event; too few years before it.

    Notes
    -----
    A change is no effect: science slowed everywhere in 2020-2022, OpenAlex changes what it covers,
    and authors who left a country write from another. The interval rests on independent errors
    around a line over few years and is likelier too narrow than too wide: read it with the rank.

    Examples
    --------
    >>> table = after_event("RUS", 2022, {"Germany": ["DEU"]})
    >>> bool(table.loc[("Germany", "papers"), "gap"] < 0)
    True
    """
    import pandas as pd

    papers = load_papers()
    place = papers.country(country)
    last = min(event + after - 1, papers.years[-1])
    if event > papers.years[-1] or event - before < papers.years[0]:
        raise DataError(
            f"an event of {event} with {before} years before needs joint papers of "
            f"{event - before} to {event}; they are of {papers.years[0]} to {papers.years[-1]}"
        )
    span = range(event - before, last + 1)
    at = [papers.year(y) for y in span]
    size = papers.joint[at[:before]].sum(axis=(0, 2))
    others = [int(k) for k in np.argsort(-size, kind="stable")[: largest + 1] if k != place][
        :largest
    ]
    rows = {}
    for name, members in groups.items():
        codes = chosen("country", members, papers.countries)
        group = np.array([papers.country(c) for c in codes])
        for measure, series in _series(span, group).items():
            found = _gap(series[:, place], before, level)
            placebo = np.array([_gap(series[:, k], before, level).gap for k in others])
            placebo = placebo[np.isfinite(placebo)]
            joint = papers.joint[at][:, place][:, group].sum(axis=1)
            rows[name, measure] = {
                "gap": found.gap,
                "low": found.low,
                "high": found.high,
                "percent": 100 * np.expm1(found.gap),
                "rank": float(np.mean(placebo < found.gap))
                if placebo.size and np.isfinite(found.gap)
                else np.nan,
                "placebos": placebo.size,
                "first": joint[before - 1],
                "last": joint[-1],
            }
    table = pd.DataFrame(rows).T.rename_axis(["group", "measure"])
    return sourced(
        table, "log points; per cent", TABLES["papers"].source, country=country, event=event,
        before=f"{span[0]}-{event - 1}", after=f"{event}-{last}", level=level,
    )  # fmt: skip


def _series(span: range, group: Array) -> dict[str, Float[Array, "t n"]]:
    """Return, for all countries, log papers with a group and log of papers over expected."""
    papers = load_papers()
    joint = np.stack([papers.joint[papers.year(y)][:, group].sum(axis=1) for y in span])
    expected = np.stack([_expected(y)[:, group].sum(axis=1) for y in span])
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(joint >= LEAST, np.log(joint), np.nan)
        return {"papers": logs, "affinity": logs - np.log(expected)}


def _gap(values: Float[Array, " t"], before: int, level: float) -> Break:
    if not np.isfinite(values).all():
        return Break(float("nan"), float("nan"), float("nan"))
    return line_break(values, before, level=level)
