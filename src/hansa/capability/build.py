"""The shipped tables of this room, from BACI: ``python -m hansa.capability.build [folder]``.

May import ``hansa.errors`` and ``hansa.world``. Exports by HS chapter (Gaulier & Zignago 2010,
CEPII working paper 2010-23; Etalab 2.0), added up to the economies of the embedded world.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from hansa.errors import DataError
from hansa.world.load import load_world
from hansa.world.sources import baci, base

__all__ = ["Tables", "build", "write"]

#: Names of chapters that the source misspells.
SPELLING = {"Diary": "Dairy", "Manufactues": "Manufactures"}


@dataclass(frozen=True, eq=False)
class Tables:
    """What ships.

    Attributes
    ----------
    exports : DataFrame
        One row per economy and chapter, columns ``exporter``, ``chapter`` and the years;
        thousand USD, whole numbers.
    economies : DataFrame
        ``code`` and ``population`` (thousands, mean of the years that have it; NaN where the
        source has none or the economy is an aggregate).
    chapters : DataFrame
        ``chapter`` and its ``name``.
    dropped : float
        Share of all exports whose exporter has no place in the world.
    """

    exports: pd.DataFrame
    economies: pd.DataFrame
    chapters: pd.DataFrame
    dropped: float


def build(folder: str | Path) -> Tables:
    """Return the tables, from the folder of raw tables.

    Raises
    ------
    DataError
        If the raw file is missing or another version.
    """
    world = load_world()
    raw = baci.every_year(folder)
    place = {code: code for code in world.countries}
    for aggregate, members in world.meta["aggregates"].items():
        place |= dict.fromkeys(members, aggregate)
    placed = raw.assign(code=raw["exporter"].map(place)).dropna(subset=["code"])
    # BACI is in whole thousands of USD: integers are exact and small.
    placed["thousands"] = np.rint(placed["value"] * 1e3).astype(np.int64)
    exports = placed.pivot_table(
        index=["code", "chapter"], columns="year", values="thousands", aggfunc="sum", fill_value=0
    )
    exports.index.names, exports.columns.name = ["exporter", "chapter"], None
    exports.columns = exports.columns.astype(str)
    alone = placed[placed["exporter"] == placed["code"]]
    people = alone.groupby(["code", "year"])["population"].first().groupby("code").mean()
    return Tables(
        exports=exports.astype(np.int64).reset_index(),
        economies=pd.DataFrame(
            {"code": world.countries, "population": people.reindex(world.countries).round(1)}
        ).reset_index(drop=True),
        chapters=raw[["chapter", "name"]].drop_duplicates().replace(SPELLING, regex=True),
        dropped=1 - placed["value"].sum() / raw["value"].sum(),
    )


def write(tables: Tables, folder: str | Path | None = None) -> Path:
    """Write the tables into the package's data folder (or `folder`) and return it."""
    where = Path(folder) if folder else Path(__file__).with_name("data")
    tables.exports.to_parquet(where / "exports.parquet", compression="zstd", index=False)
    tables.economies.to_csv(where / "economies.csv", index=False, lineterminator="\n")
    tables.chapters.to_csv(where / "chapters.csv", index=False, lineterminator="\n")
    return where


def main(arguments: list[str]) -> None:
    """Build and write; the first argument is a folder of raw tables, if given."""
    folder = Path(arguments[0]) if arguments else base.find_data()
    if folder is None:
        raise DataError("no raw tables: set HANSA_DATA, or give their folder")
    tables = build(folder)
    where = write(tables)
    print(f"{len(tables.exports)} rows in {where.name}/; left out: {tables.dropped:.1e} of exports")


if __name__ == "__main__":
    main(sys.argv[1:])
