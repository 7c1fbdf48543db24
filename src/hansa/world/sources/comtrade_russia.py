"""UN Comtrade: Russia's trade by partner, 2000-2020, as Russia reports it. For checking only.

May import only ``hansa.errors``, ``hansa.world.codes`` and ``hansa.world.sources.base``. Nothing of
this table may ship; scores that were computed with it may.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from hansa.world.codes import iso3
from hansa.world.sources import base

FILE = "trade/russia_hs2_by_partner_2000_2020.csv.gz"
SHA256 = "99dbb9353ebfb823c0054b440b0ffbd1f6119873dd3a324a68ef364a79321753"


def fetch(folder: str | Path) -> Path:
    """Return the path of the file; raises DataError if it is not there."""
    return base.find_file(folder, FILE)


def checksum(path: str | Path) -> Path:
    """Return `path` if it is the version this parser was written for, else raise DataError."""
    return base.verify(path, SHA256)


def tidy(folder: str | Path) -> pd.DataFrame:
    """Return ``partner`` (ISO3), ``flow`` (Russia's "exports" or "imports"), ``year``,
    ``chapter`` (HS, integer), ``value`` (million USD); trade with itself is left out."""
    raw = pd.read_csv(checksum(fetch(folder)))
    codes = {number: iso3(int(number)) for number in raw["partner_m49"].unique()}
    table = pd.DataFrame(
        {
            "partner": raw["partner_m49"].map(codes),
            "flow": raw["flow"].str.lower().str.rstrip("s") + "s",
            "year": raw["year"].astype(int),
            "chapter": raw["hs2"].astype(int),
            "value": raw["value_usd"] / 1e6,
        }
    )
    table = table[table["partner"] != "RUS"]
    keys = ["partner", "flow", "year", "chapter"]
    return table.groupby(keys)["value"].sum().reset_index()
