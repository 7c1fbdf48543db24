"""World Bank toolkit: which pairs of countries share a regional trade agreement, by year.

May import only ``hansa.errors``, ``hansa.world.codes`` and ``hansa.world.sources.base``. Source:
World Bank, bilateral regional trade agreements, toolkit of 2024-01, 1958-2023. CC-BY 4.0.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pandas as pd

from hansa.errors import DataError
from hansa.world.codes import HISTORICAL
from hansa.world.sources import base

FILE = "gravity/bilateral_rta_Toolkit_202401.zip"
SHA256 = "0214d1ca0a2b3f188c5ba43898a69eefd1f1b161d3adf6d3c8033bd36c6f03ca"


def fetch(folder: str | Path) -> Path:
    """Return the path of the file; raises DataError if it is not there."""
    return base.find_file(folder, FILE)


def checksum(path: str | Path) -> Path:
    """Return `path` if it is the version this parser was written for, else raise DataError."""
    return base.verify(path, SHA256)


def tidy(folder: str | Path, year: int = 2015) -> pd.DataFrame:
    """Return the pairs with an agreement in force in a year.

    Returns
    -------
    DataFrame
        ``origin``, ``destination`` (ISO3), one row per ordered pair that any agreement covers,
        sorted. Accession to the World Trade Organization is not in the file.

    Raises
    ------
    DataError
        If the file is missing, is another version, or lacks the year.
    """
    with zipfile.ZipFile(checksum(fetch(folder))) as packed:
        raw = pd.read_stata(io.BytesIO(packed.read(packed.namelist()[0])))
    rows = raw[(raw["year"] == year) & (raw["rta_v2"] == 1)]
    if rows.empty:
        raise DataError(f"{FILE} has no agreement in {year}; it covers 1958 to 2023")
    pairs = pd.DataFrame(
        {
            "origin": rows["iso_o"].astype(str).replace(HISTORICAL),
            "destination": rows["iso_d"].astype(str).replace(HISTORICAL),
        }
    )
    pairs = pairs[pairs["origin"] != pairs["destination"]]
    return pairs.drop_duplicates().sort_values(["origin", "destination"], ignore_index=True)
