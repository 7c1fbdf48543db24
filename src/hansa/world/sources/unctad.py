"""UNCTADstat merchandise trade matrix: exporter x importer x SITC section, exports f.o.b.

May import only ``hansa.errors`` and ``hansa.world.sources.base``. Source: UNCTADstat, merchandise
trade matrix (annual), 1995, 2005, 2015; thousand USD.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from hansa.errors import DataError
from hansa.world.sources import base

FILE = "trade/unctad_bilateral_sitc1_1995_2005_2015.parquet"
SHA256 = "3a0297b268a75b8c73296a8c1fd332dc17cd70514775c83a78d8be07e53aa71e"

#: Names that map to no country, in the years that have them; dropped by `tidy` unless kept.
UNKNOWN = "?"
SECTIONS = tuple(range(10))


def fetch(folder: str | Path) -> Path:
    """Return the path of the file; raises DataError if it is not there."""
    return base.find_file(folder, FILE)


def checksum(path: str | Path) -> Path:
    """Return `path` if it is the version this parser was written for, else raise DataError."""
    return base.verify(path, SHA256)


def tidy(folder: str | Path, year: int = 2015, keep_nameless: bool = False) -> pd.DataFrame:
    """Return bilateral exports by SITC section.

    Parameters
    ----------
    folder : path
        The data folder.
    year : int
        1995, 2005 or 2015.
    keep_nameless : bool
        Whether rows with one partner without a code stay, under ``?``.

    Returns
    -------
    DataFrame
        ``exporter``, ``importer`` (ISO3), ``section`` (0-9), ``value`` (million USD f.o.b.), one
        row per cell, sorted. The section TOTAL is left out (it is a row of its own, not a sum to
        be added); so are the rows whose partner has no code, unless they are kept.
        ``attrs["dropped"]`` is the value of what was left out.

    Raises
    ------
    DataError
        If the file is missing, is another version, or lacks the year.
    """
    raw = pd.read_parquet(checksum(fetch(folder)))
    raw = raw[raw["year"] == year]
    if raw.empty:
        raise DataError(f"{FILE} has no year {year}; it has 1995, 2005 and 2015")
    raw = raw[raw["sitc1"] != "TOTAL"]
    nameless = (raw["exporter"] == UNKNOWN) | (raw["importer"] == UNKNOWN)
    own = raw["exporter"] == raw["importer"]
    if keep_nameless:
        nameless &= own
    kept = raw[~nameless & ~own]
    table = pd.DataFrame(
        {
            "exporter": kept["exporter"].astype(str),
            "importer": kept["importer"].astype(str),
            "section": kept["sitc1"].astype(int),
            "value": kept["value_kusd"].astype(float) / 1e3,
        }
    )
    table = table.groupby(["exporter", "importer", "section"])["value"].sum().reset_index()
    table.attrs["dropped"] = float(raw.loc[nameless, "value_kusd"].sum() / 1e3)
    return table
