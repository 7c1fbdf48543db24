"""Votes beside trade: do exposure and agreement go together, and which comes first.

May import ``hansa.errors``, ``hansa.equilibrium`` and its neighbours. Kleinman, Liu & Redding
(2024, AEJ: Macroeconomics 16(4), 350-385), who regress political alignment on welfare exposure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from hansa.affinity.dyads import dyadic_fit
from hansa.affinity.tables import TABLES, read_table, sourced
from hansa.affinity.votes.agreement import agreement_matrix

if TYPE_CHECKING:
    import pandas as pd

    from hansa.equilibrium import Exposure

__all__ = ["exposure_and_votes", "realignment", "trade_and_votes", "trade_by_pair"]

#: Years whose roll calls stand for a year of the trade matrix.
WINDOWS = {1995: (1994, 1995, 1996), 2005: (2004, 2005, 2006), 2015: (2014, 2015, 2016)}
GEOGRAPHY = ("log distance", "contiguity", "language", "colony")


def exposure_and_votes(
    exposed: Exposure,
    *,
    years: Iterable[int] = (2014, 2015, 2016),
    measure: str = "half",
    outcome: str = "welfare",
) -> pd.DataFrame:
    """Return whether states whose growth helps one another vote alike: three regressions.

    Agreement of n and i, over all directed pairs, on the exposure of n to growth in i, in units of
    its standard deviation over pairs, with effects of n and of i.

    Parameters
    ----------
    exposed : Exposure
        From `hansa.exposure`.
    years : iterable of int
        Roll calls taken together.
    measure : str
        Of agreement, a key of ``hansa.votes.MEASURES``.
    outcome : {"welfare", "income"}

    Returns
    -------
    pandas.DataFrame
        Index (``model``, ``regressor``): "exposure" alone, with "geography", and "ranks" with
        geography, where the exposure is its rank in n's row from 0 to 1: a few large trading
        partners hold most of the variance, and ranks ask about all. ``beta`` in measures of
        agreement; ``se_two_way``, ``se_dyadic``, ``low``, ``high`` (95 %, dyadic).

    Raises
    ------
    DataError
        Unknown measure, or years without roll calls.

    Notes
    -----
    Agreement is the same in both orders of a pair, and errors clustered by n and by i leave the two
    orders unlinked; the dyadic errors link them and are the ones to read. A fit is no cause: near
    countries trade and vote alike for the same reasons, of which geography is only a part.

    References
    ----------
    Kleinman, Liu & Redding (2024); Cameron, Gelbach & Miller (2011).
    """
    import pandas as pd

    table = _pairs(exposed, outcome).join(_agreement(years, measure), how="inner").dropna()
    models = {
        "exposure": ("exposure",),
        "geography": ("exposure", *GEOGRAPHY),
        "ranks": ("rank", *GEOGRAPHY),
    }
    fits = {name: _fit(table, "agreement", columns) for name, columns in models.items()}
    result = pd.concat(fits, names=["model", "regressor"])
    source = f"{TABLES['votes'].source}; {exposed.welfare.attrs.get('source', 'exposure')}"
    return sourced(result, f"agreement ({measure}) per unit of the regressor", source)


def realignment(
    before: Exposure,
    after: Exposure,
    *,
    years: tuple[Iterable[int], Iterable[int]],
    measure: str = "half",
) -> pd.DataFrame:
    """Return whether pairs that became friendlier in exposure came to vote more alike.

    The first difference of `exposure_and_votes`, the form in which Kleinman, Liu & Redding ask:
    what does not change with the pair, geography included, drops out.

    Parameters
    ----------
    before, after : Exposure
        Of two worlds or of two regimes, over the same or other countries; common ones count.
    years : pair of iterables of int
        Roll calls that belong to each.
    measure : str

    Returns
    -------
    pandas.DataFrame
        Two rows: change of "exposure" (in standard deviations of the change) and of "rank".
    """
    import pandas as pd

    sides = [
        _exposure_of(held, "welfare").join(_agreement(span, measure), how="inner")
        for held, span in zip((before, after), years, strict=True)
    ]
    change = (sides[1] - sides[0]).dropna()
    change["exposure"] /= change["exposure"].std()
    fits = [_fit(change, "agreement", (name,)) for name in ("exposure", "rank")]
    unit = f"change of agreement ({measure}) per unit of the regressor"
    return sourced(pd.concat(fits), unit, TABLES["votes"].source)


def trade_by_pair() -> pd.DataFrame:
    """Return trade in goods of each pair, both ways, by year.

    Returns
    -------
    pandas.DataFrame
        Index (``country``, ``partner``), every pair in both orders; columns 1995, 2005, 2015;
        million USD.
    """
    table = read_table("trade")
    years = [c for c in table.columns if c.isdigit()]
    total = table.groupby(["exporter", "importer"], observed=True)[years].sum() / 100
    total.index = total.index.set_names(["country", "partner"])
    back = total.swaplevel().rename_axis(["country", "partner"])
    both = total.add(back, fill_value=0.0).sort_index()
    both.columns = [int(c) for c in both.columns]
    return sourced(both, "million USD", TABLES["trade"].source)


def trade_and_votes(measure: str = "half", *, least: float = 1.0) -> pd.DataFrame:
    """Return three regressions on changes of pairs: votes with trade, after it, and before it.

    Changes over ten years, 1995-2005 and 2005-2015, in log trade in goods (both ways) and in
    agreement (three years of roll calls around each), with effects of each country and period:
    what moved one country's votes or trade with all does not count.

    Parameters
    ----------
    measure : str
        Of agreement, a key of ``hansa.votes.MEASURES``.
    least : float
        Million USD; pairs with less trade in any year are left out.

    Returns
    -------
    pandas.DataFrame
        Index ``model``: "together" (change of agreement on change of log trade in the same ten
        years), "votes follow" (change of agreement 2005-2015 on change of log trade 1995-2005),
        "trade follows" (change of log trade 2005-2015 on change of agreement 1995-2005). ``beta``
        and its errors; ``se_dyadic`` and the 95 % interval count pairs that share a country.

    Raises
    ------
    DataError
        Unknown measure.
    """
    import pandas as pd

    held = trade_by_pair()
    trade = held[(held >= least).all(axis=1)].apply(np.log)
    votes = pd.DataFrame(
        {year: _agreement(window, measure)["agreement"] for year, window in WINDOWS.items()}
    )
    trade.columns = [f"{year} trade" for year in trade.columns]
    votes.columns = [f"{year} votes" for year in votes.columns]
    both = trade.join(votes, how="inner").dropna()
    spans = [(1995, 2005), (2005, 2015)]
    change = {
        (kind, end): both[f"{end} {kind}"] - both[f"{start} {kind}"]
        for kind in ("trade", "votes")
        for start, end in spans
    }
    table = pd.concat(
        [
            pd.DataFrame({"trade": change["trade", end], "votes": change["votes", end], "end": end})
            for _, end in spans
        ]
    )
    lagged = pd.DataFrame({f"{kind} {end}": v for (kind, end), v in change.items()})
    fits = {
        "together": _fit(table, "votes", ("trade",), period="end"),
        "votes follow": _fit(lagged, "votes 2015", ("trade 2005",)),
        "trade follows": _fit(lagged, "trade 2015", ("votes 2005",)),
    }
    result = pd.concat(fits, names=["model", "regressor"]).reset_index("regressor")
    unit = f"change of agreement ({measure}) per log point of trade; the last: the other way round"
    return sourced(result, unit, f"{TABLES['votes'].source}; {TABLES['trade'].source}")


def _fit(
    table: pd.DataFrame, outcome: str, columns: tuple[str, ...], period: str | None = None
) -> pd.DataFrame:
    sides = [table.index.get_level_values(k).astype(str).to_numpy() for k in (0, 1)]
    return dyadic_fit(
        table[outcome].to_numpy(float),
        {name: table[name].to_numpy(float) for name in columns},
        sides[0],
        sides[1],
        period=None if period is None else table[period].to_numpy(),
    ).to_frame()


def _agreement(years: Iterable[int], measure: str) -> pd.DataFrame:
    matrix = agreement_matrix(list(years), measure=measure)
    long = matrix.rename_axis(index="country").reset_index().melt("country", var_name="partner")
    long = long[long["country"] != long["partner"]].dropna()
    return long.rename(columns={"value": "agreement"}).set_index(["country", "partner"])


def _exposure_of(exposed: Exposure, outcome: str) -> pd.DataFrame:
    """Return exposure by directed pair, and its rank in the country's row (0 least, 1 most)."""
    table = exposed.to_frame().rename(columns={"source": "partner", outcome: "exposure"})
    table = table[table["country"] != table["partner"]].set_index(["country", "partner"])
    table = table[["exposure"]]
    by_row = table.groupby(level=0)["exposure"]
    table["rank"] = (by_row.rank() - 1) / (by_row.transform("size") - 1)
    return table


def _pairs(exposed: Exposure, outcome: str) -> pd.DataFrame:
    table = _exposure_of(exposed, outcome)
    table["exposure"] /= table["exposure"].std()
    return table.join(geography(), how="inner")


def geography() -> pd.DataFrame:
    """Return log distance (km), contiguity, language and colonial tie, pairs in both orders."""
    import pandas as pd

    held = read_table("pairs").astype({"first": str, "second": str})
    held["log distance"] = np.log(held["distance"].astype(float))
    orders = [("first", "second"), ("second", "first")]
    both = pd.concat([held.rename(columns={a: "country", b: "partner"}) for a, b in orders])
    return both.set_index(["country", "partner"])[list(GEOGRAPHY)].astype(float).sort_index()
