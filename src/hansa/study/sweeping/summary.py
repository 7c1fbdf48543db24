"""What a finished sweep says in short: quantiles over draws by grid point, club and country.

May import its siblings. Computed by DuckDB over the parts, which are never all in memory.
"""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd
import pyarrow.dataset as ds

from hansa.study.draws import SIZES
from hansa.study.sweeping.place import Place
from hansa.study.sweeping.schema import REGIME, Sweep

#: Lower end, middle and upper end of bands.
BAND = (0.05, 0.50, 0.95)


def dataset(place: Place) -> ds.Dataset:
    """Return the parts of a run as one Arrow dataset."""
    paths = [place.path(name) for name in place.names() if name.endswith(".parquet")]
    return ds.dataset(paths, format="parquet", filesystem=place.files)


def query(place: Place, sql: str, **tables: Any) -> pd.DataFrame:
    """Return the answer of an SQL query over the table `rows` (and further tables)."""
    with duckdb.connect() as db:
        db.register("rows", dataset(place))
        for name, table in tables.items():
            db.register(name, table)
        return db.execute(sql).df()


def dimensions(sweep: Sweep) -> tuple[str, ...]:
    """Return the columns that tell grid points apart: the dimensions that are not drawn."""
    drawn = sweep.draws.drawn if sweep.draws else ()
    return tuple(n for n in (*REGIME, *SIZES) if n not in drawn)


def summarise(sweep: Sweep, place: Place, clubs: int) -> pd.DataFrame:
    """Return 5th, 50th and 95th percentiles over draws of what each country gets.

    Parameters
    ----------
    sweep : Sweep
    place : Place
        Of the parts.
    clubs : int
        How many clubs the sweep has.

    Returns
    -------
    DataFrame
        One row per grid point, club and country: the number of draws solved, and low, median
        and high of welfare (per cent, against the baseline), equivalent variation (million
        USD) and, where the sweep has the world without a club, the gain over it in the same
        draw (million USD).
    """
    by = ", ".join(f'"{name}"' for name in dimensions(sweep))
    # Scenarios of one grid point and draw are numbered together, club by club.
    bands = ", ".join(
        f"quantile_cont({quantity}::DOUBLE, {level}) AS {quantity}_{end}"
        for quantity in ("welfare_pct", "ev_musd", "gain_musd")
        for level, end in zip(BAND, ("low", "median", "high"), strict=True)
    )
    frame = query(
        place,
        f"""
        WITH nobody AS (
            SELECT scenario // {clubs} AS instance, country, welfare AS without
            FROM rows WHERE mask = 0
        ), numbers AS (
            SELECT {by}, mask, club, country, 100 * (welfare - 1) AS welfare_pct, ev_musd,
                   (welfare - without) * income_musd AS gain_musd
            FROM (SELECT *, scenario // {clubs} AS instance FROM rows)
            LEFT JOIN nobody USING (instance, country)
        )
        SELECT {by}, mask, club, country, count(welfare_pct) AS solved, {bands}
        FROM numbers GROUP BY {by}, mask, club, country ORDER BY {by}, mask, country
        """,
    )
    return frame


def failures(place: Place) -> pd.DataFrame:
    """Return how many scenarios were not solved, by status, with one message of each."""
    return query(
        place,
        "SELECT status, count(DISTINCT scenario) AS scenarios, any_value(message) AS message "
        "FROM rows WHERE status <> 'solved' GROUP BY status ORDER BY status",
    )
