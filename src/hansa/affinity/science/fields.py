"""Who is strong in which field, and who fills whose gaps, from any table of countries by fields.

May import ``hansa.errors`` and its neighbours. Schubert & Braun (1986, Scientometrics 9, 281-291)
for the activity index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hansa.affinity.tables import sourced
from hansa.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["complementarity", "gap_fields", "likeness", "specialisation"]


def specialisation(table: pd.DataFrame, world: pd.Series | None = None) -> pd.DataFrame:
    """Return the activity index: a field's share at home over its share in the world.

    Parameters
    ----------
    table : pandas.DataFrame
        Works, countries by fields, not negative.
    world : pandas.Series, optional
        Works of the world by field; the sum of the table by default.

    Returns
    -------
    pandas.DataFrame
        As the table; 1 is the world's share, above it a specialisation.

    Raises
    ------
    DataError
        Negative or missing numbers, a country or a field without works (named).

    References
    ----------
    Schubert & Braun (1986).

    Examples
    --------
    >>> import pandas as pd
    >>> works = pd.DataFrame({"biology": [3, 1], "physics": [1, 3]}, index=["AAA", "BBB"])
    >>> float(specialisation(works).loc["AAA", "biology"])
    1.5
    """
    own, all_of = _shares(table, world)
    result = own / all_of
    return sourced(result, "ratio of shares", str(table.attrs.get("source", "the table given")))


def likeness(table: pd.DataFrame) -> pd.DataFrame:
    """Return how alike the mixes of fields are: 1 - half the sum of absolute gaps of shares."""
    import pandas as pd

    own, _ = _shares(table, None)
    values = own.to_numpy()
    gaps = np.abs(values[:, None] - values[None]).sum(axis=2) / 2
    result = pd.DataFrame(1 - gaps, own.index, own.index)
    return sourced(result, "share of the mix in common", str(table.attrs.get("source", "")))


def complementarity(table: pd.DataFrame, world: pd.Series | None = None) -> pd.DataFrame:
    """Return which share of one country's gaps another country's strengths could fill.

    A gap of a in field f is max(0, w_f - s_af), a strength of b max(0, s_bf - w_f), with s shares
    of a country's works and w the world's. The entry (a, b) is the sum over f of the smaller of
    a's gap and b's strength, over the sum of a's gaps: 1 if b is strong, by as much, wherever a is
    weak; 0 if nowhere.

    Parameters
    ----------
    table, world
        As in `specialisation`.

    Returns
    -------
    pandas.DataFrame
        Square: row a (whose gaps), column b (whose strengths). NaN for a country without gaps.

    Raises
    ------
    DataError
        As `specialisation`.

    Examples
    --------
    >>> import pandas as pd
    >>> works = pd.DataFrame({"biology": [3, 1], "physics": [1, 3]}, index=["AAA", "BBB"])
    >>> float(complementarity(works).loc["AAA", "BBB"])
    1.0
    """
    import pandas as pd

    own, all_of = _shares(table, world)
    away = own.to_numpy() - all_of.to_numpy()
    gap, strength = np.maximum(-away, 0.0), np.maximum(away, 0.0)
    filled = np.minimum(gap[:, None], strength[None]).sum(axis=2)
    whole = gap.sum(axis=1)
    # Rounding leaves a country with the world's own mix a gap of 1e-17, which is none.
    share = np.where(whole[:, None] > 1e-12, filled / np.maximum(whole, 1e-12)[:, None], np.nan)
    result = pd.DataFrame(share, own.index, own.index)
    return sourced(result, "share of gaps filled", str(table.attrs.get("source", "")))


def gap_fields(
    table: pd.DataFrame, country: str, partner: str, world: pd.Series | None = None
) -> pd.DataFrame:
    """Return the fields in which `country` is weak and `partner` strong, the largest fill first.

    Returns
    -------
    pandas.DataFrame
        Index ``field``: ``country`` and ``partner`` (activity indices), ``filled`` (share of the
        country's gaps).
    """
    import pandas as pd

    own, all_of = _shares(table, world)
    for code in (country, partner):
        if code not in own.index:
            raise DataError(f"{code!r} is not in the table of fields")
    gap = (all_of - own.loc[country]).clip(lower=0.0)
    fill = np.minimum(gap, (own.loc[partner] - all_of).clip(lower=0.0))
    result = pd.DataFrame(
        {
            "country": own.loc[country] / all_of,
            "partner": own.loc[partner] / all_of,
            "filled": fill / max(float(gap.to_numpy().sum()), 1e-12),
        }
    )
    result = result[result["filled"] > 0].sort_values("filled", ascending=False)
    return sourced(result.rename_axis("field"), "ratios; share of gaps", "the table given")


def _shares(table: pd.DataFrame, world: pd.Series | None) -> tuple[pd.DataFrame, pd.Series]:
    """Return shares of each country's works and of the world's."""
    values = table.to_numpy(float)
    if not np.isfinite(values).all() or (values < 0).any():
        raise DataError("a table of works by field holds numbers that are negative or missing")
    total = table.sum(axis=0) if world is None else world.reindex(table.columns)
    if total.isna().any() or (total <= 0).any():
        bad = str(total.index[~(total > 0)][0])
        raise DataError(f"field {bad!r} has no works in the world; leave it out")
    rows = table.sum(axis=1)
    if (rows <= 0).any():
        raise DataError(f"{rows.index[rows <= 0][0]!r} has no works in any field; leave it out")
    return table.astype(float).div(rows, axis=0), total.astype(float) / float(total.sum())
