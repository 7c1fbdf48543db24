"""CEPII GeoDist: distances and ties of 224 x 224 pairs of countries.

May import only ``hansa.errors``, ``hansa.world.codes`` and ``hansa.world.sources.base``. Source:
Mayer & Zignago (2011, CEPII working paper 2011-25).
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from hansa.world.codes import HISTORICAL
from hansa.world.sources import base

FILE = "gravity/dist_cepii.rda"
SHA256 = "5d38f8c769ab5aa2769a20995b2547fa719b98138150b5764d045436ff9394b9"
PLACES_FILE = "gravity/geo_cepii.rda"
PLACES_SHA256 = "ef537279e0f82969274be0dc6da547c67a22d4d0df6f90f5b52a543fb30e46c3"

#: Territories the table lacks, and the place whose distances they take.
STANDS_FOR = {
    "MNE": "SRB", "XKX": "SRB", "SSD": "SDN", "CUW": "ANT", "SXM": "ANT", "BES": "ANT",
    "ASM": "WSM", "GUM": "MNP", "LIE": "CHE", "MCO": "FRA", "VAT": "ITA", "BLM": "GLP",
    "ATF": "REU", "IOT": "MUS",
}  # fmt: skip


def fetch(folder: str | Path) -> Path:
    """Return the path of the file of pairs; raises DataError if it is not there."""
    return base.find_file(folder, FILE)


def checksum(path: str | Path) -> Path:
    """Return `path` if it is the version this parser was written for, else raise DataError."""
    return base.verify(path, PLACES_SHA256 if Path(path).name == "geo_cepii.rda" else SHA256)


def tidy(folder: str | Path) -> pd.DataFrame:
    """Return distances and ties by pair.

    Returns
    -------
    DataFrame
        Index: (origin, destination), ISO3, own pairs included. Columns: ``distance`` (km between
        the most populated cities), ``contiguity``, ``language`` (official), ``colony`` (ever in a
        colonial relationship), the last three 0 or 1. Territories the table lacks take the
        distances of the place in ``STANDS_FOR``.
    """
    import pyreadr

    raw = next(iter(pyreadr.read_r(str(checksum(fetch(folder)))).values()))
    table = pd.DataFrame(
        {
            "origin": raw["iso_o"].astype(str).replace(HISTORICAL),
            "destination": raw["iso_d"].astype(str).replace(HISTORICAL),
            "distance": raw["dist"].astype(float),
            "contiguity": raw["contig"].astype(float),
            "language": raw["comlang_off"].astype(float),
            "colony": raw["colony"].astype(float),
        }
    ).set_index(["origin", "destination"])
    known = set(table.index.get_level_values(0))
    extra = {k: v for k, v in STANDS_FOR.items() if k not in known and v in known}
    for level in (0, 1):
        copies = [
            table[table.index.get_level_values(level) == place].rename(
                index={place: code}, level=level
            )
            for code, place in extra.items()
        ]
        table = pd.concat([table, *copies])
    return table[~table.index.duplicated()].sort_index()


def continents(folder: str | Path) -> pd.Series:
    """Return the continent of each ISO3 code, as the table of places names it."""
    import pyreadr

    path = checksum(base.find_file(folder, PLACES_FILE))
    raw = next(iter(pyreadr.read_r(str(path)).values()))
    codes = raw["iso3"].astype(str).replace(HISTORICAL)
    place = pd.Series(raw["continent"].astype(str).to_numpy(), index=codes)
    return place[~place.index.duplicated()].sort_index()
