"""CEPII BACI, exports by HS chapter: the split of a SITC section over sectors.

May import only ``hansa.errors`` and ``hansa.world.sources.base``. Source: Gaulier & Zignago (2010,
CEPII working paper 2010-23), BACI HS92, aggregated over importers; million USD. Etalab 2.0.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from hansa.errors import DataError
from hansa.world.sources import base

FILE = "trade/baci_hs2_exports_2011_2020.rds"
SHA256 = "1b62fd1065dae2014c64b9ba94edb7337297a6695d0ef2684553f3c18ee0f4ac"


def fetch(folder: str | Path) -> Path:
    """Return the path of the file; raises DataError if it is not there."""
    return base.find_file(folder, FILE)


def checksum(path: str | Path) -> Path:
    """Return `path` if it is the version this parser was written for, else raise DataError."""
    return base.verify(path, SHA256)


@lru_cache(maxsize=1)
def _whole(path: Path) -> pd.DataFrame:
    import pyreadr

    return next(iter(pyreadr.read_r(str(checksum(path))).values()))


def _read(folder: str | Path, year: int) -> pd.DataFrame:
    raw = _whole(fetch(folder))
    raw = raw[raw["t"] == year]
    if raw.empty:
        raise DataError(f"{FILE} has no year {year}; it has 2011 to 2020")
    return raw


def tidy(folder: str | Path, year: int = 2015) -> pd.DataFrame:
    """Return exports by HS chapter.

    Returns
    -------
    DataFrame
        Index: exporter (ISO3). Columns: the HS chapters "01" to "97". Million USD; a chapter that
        a country does not export is 0.

    Raises
    ------
    DataError
        If the file is missing, is another version, or lacks the year.
    """
    raw = _read(folder, year)
    table = raw.pivot_table(
        index="i_iso3c", columns="k", values="v", aggfunc="sum", fill_value=0.0, observed=True
    )
    table.index = table.index.astype(str)
    table.columns = table.columns.astype(str)
    table.index.name, table.columns.name = "exporter", "chapter"
    return table.sort_index().sort_index(axis=1).astype(float)


def population(folder: str | Path, year: int = 2015) -> pd.Series:
    """Return population in thousands by ISO3, as the file carries it."""
    raw = _read(folder, year)
    people = raw.groupby("i_iso3c", observed=True)["pop"].first().dropna().astype(float)
    people.index = people.index.astype(str)
    return people


def gdp(folder: str | Path, year: int = 2015) -> pd.Series:
    """Return GDP in million current USD by ISO3, as the file carries it."""
    raw = _read(folder, year)
    value = raw.groupby("i_iso3c", observed=True)["gdp"].first().dropna().astype(float) / 1e3
    value.index = value.index.astype(str)
    return value


def every_year(folder: str | Path) -> pd.DataFrame:
    """Return exports of all years, and population, one row per exporter, chapter and year.

    Returns
    -------
    DataFrame
        ``exporter`` (ISO3), ``chapter``, ``name`` (of the chapter), ``year``, ``value`` (million
        USD), ``population`` (thousands, NaN where the file has none).
    """
    columns = {"i_iso3c": "exporter", "k": "chapter", "k_name": "name", "t": "year"}
    columns |= {"v": "value", "pop": "population"}
    table = _whole(fetch(folder)).rename(columns=columns)[list(columns.values())]
    text = dict.fromkeys(("exporter", "chapter", "name"), str)
    table = table.astype({**text, "year": int, "value": float, "population": float})
    keys = ["exporter", "chapter", "name", "year"]
    # One exporter may have two numbers (Sudan before and after 2011).
    summed = table.groupby(keys, observed=True, sort=True)
    return summed.agg({"value": "sum", "population": "first"}).reset_index()
