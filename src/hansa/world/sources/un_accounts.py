"""UN National Accounts Main Aggregates: GDP by expenditure, value added by ISIC group.

May import only ``hansa.errors``, ``hansa.world.codes`` and ``hansa.world.sources.base``. Source: UN
Statistics Division, National Accounts Main Aggregates Database, current prices, USD.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from hansa.errors import DataError
from hansa.world.codes import iso3
from hansa.world.sources import base

FILE = "accounts/un_nama_current_usd_1970_2024.xlsx"
SHA256 = "7cd48f2a282539d401bdf6c824e0f0271ff3b9c4648af43ec475da25e3828716"

#: Column of the tidy table -> how the indicator's name begins in the file.
INDICATORS = {
    "consumption": "Final consumption expenditure",
    "households": "Household consumption expenditure",
    "government": "General government final consumption",
    "investment": "Gross capital formation",
    "exports": "Exports of goods and services",
    "imports": "Imports of goods and services",
    "gdp": "Gross Domestic Product",
    "agriculture": "Agriculture, hunting, forestry, fishing",
    "industry": "Mining, Manufacturing, Utilities",
    "manufacturing": "Manufacturing (ISIC D)",
    "construction": "Construction",
    "trade_hotels": "Wholesale, retail trade",
    "transport_communication": "Transport, storage and communication",
    "other_services": "Other Activities",
    "value_added": "Total Value Added",
}
#: States that no longer exist; the file keeps their rows.
DISSOLVED = ("Former", "Yemen: Former", "Sudan (Former)", "Ethiopia (Former)", "Czechoslovakia")
#: Of these, the one that stands for its successor in years for which that has no row.
UNDIVIDED, SUCCESSOR = "Sudan (Former)", "Sudan"


def fetch(folder: str | Path) -> Path:
    """Return the path of the file; raises DataError if it is not there."""
    return base.find_file(folder, FILE)


def checksum(path: str | Path) -> Path:
    """Return `path` if it is the version this parser was written for, else raise DataError."""
    return base.verify(path, SHA256)


@lru_cache(maxsize=1)
def _whole(path: Path) -> pd.DataFrame:
    return pd.read_excel(checksum(path), header=2)


def tidy(folder: str | Path, year: int = 2015) -> pd.DataFrame:
    """Return the accounts of one year.

    Returns
    -------
    DataFrame
        Index: ISO3. Columns: the keys of ``INDICATORS`` and ``mining_utilities`` (industry less
        manufacturing). Million USD at current prices; NaN where the file has no figure. Mainland
        Tanzania and Zanzibar are added; Sudan is the undivided one where it has no row of its own.

    Raises
    ------
    DataError
        If the file is missing, is another version, lacks the year or an indicator.
    """
    raw = _whole(fetch(folder))
    if year not in raw.columns:
        raise DataError(f"{FILE} has no year {year}")
    raw = raw[raw[year].notna()]
    gone = raw["Country"].str.startswith(DISSOLVED)
    if not (raw["Country"] == SUCCESSOR).any():
        gone &= raw["Country"] != UNDIVIDED
    raw = raw[~gone]
    names = raw["IndicatorName"].unique()
    columns: dict[str, str] = {}
    for key, start in INDICATORS.items():
        found = [n for n in names if n.startswith(start)]
        if len(found) != 1:
            raise DataError(f"{FILE}: expected one indicator named {start!r}..., found {found}")
        columns[found[0]] = key
    raw = raw[raw["IndicatorName"].isin(columns)]
    table = pd.DataFrame(
        {
            "country": [iso3(int(c)) for c in raw["CountryID"]],
            "item": raw["IndicatorName"].map(columns).to_numpy(),
            "value": raw[year].to_numpy(dtype=float) / 1e6,
        }
    )
    wide = table.pivot_table(index="country", columns="item", values="value", aggfunc="sum")
    wide = wide.reindex(columns=list(INDICATORS)).sort_index()
    wide["mining_utilities"] = wide["industry"] - wide["manufacturing"]
    wide.columns.name = None
    return wide
