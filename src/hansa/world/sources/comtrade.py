"""UN Comtrade, Russia as reporter, by partner and HS chapter: for checking only, nothing ships.

May import only ``hansa.errors``, ``hansa.world.codes`` and ``hansa.world.sources.base``. Source:
UN Comtrade, 61 partners, 2000 to 2020, USD.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from hansa.errors import DataError
from hansa.world.codes import iso3
from hansa.world.sources import base

FILE = "trade/russia_hs2_by_partner_2000_2020.csv.gz"
SHA256 = "99dbb9353ebfb823c0054b440b0ffbd1f6119873dd3a324a68ef364a79321753"
FLOWS = {"Export": "exports", "Import": "imports"}


def fetch(folder: str | Path) -> Path:
    """Return the path of the file; raises DataError if it is not there."""
    return base.find_file(folder, FILE)


def checksum(path: str | Path) -> Path:
    """Return `path` if it is the version this parser was written for, else raise DataError."""
    return base.verify(path, SHA256)


def tidy(folder: str | Path, year: int) -> pd.DataFrame:
    """Return Russia's trade of one year.

    Returns
    -------
    DataFrame
        ``flow`` (exports, imports), ``partner`` (ISO3), ``chapter`` ("01" to "99"), ``value``
        (million USD). Chapter 99 is what the reporter does not specify.

    Raises
    ------
    DataError
        If the file is missing, is another version, or lacks the year.
    """
    raw = pd.read_csv(checksum(fetch(folder)))
    raw = raw[raw["year"] == year]
    if raw.empty:
        raise DataError(f"{FILE} has no year {year}; it has 2000 to 2020")
    return pd.DataFrame(
        {
            "flow": raw["flow"].map(FLOWS).to_numpy(),
            "partner": [iso3(int(code)) for code in raw["partner_m49"]],
            "chapter": raw["hs2"].map("{:02d}".format).to_numpy(),
            "value": raw["value_usd"].to_numpy(dtype=float) / 1e6,
        }
    )
