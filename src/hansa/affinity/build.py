"""Writes the derived tables of this room from the raw ones: ``python -m hansa.affinity.build``.

May import ``hansa.errors``, ``hansa.world`` (its sources) and ``hansa.affinity.tables``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from hansa.affinity.tables import TABLES
from hansa.errors import DataError, HansaError
from hansa.world.load import load_world
from hansa.world.sources import cepii, ideal_points, openalex_networks, un_votes, unctad
from hansa.world.sources.base import find_data

__all__ = ["build_tables", "write_tables"]

#: Years of the trade matrix.
YEARS = (1995, 2005, 2015)


def build_tables(data: str | Path) -> dict[str, pd.DataFrame]:
    """Return every table of ``TABLES``, in the types in which they ship.

    Parameters
    ----------
    data : path
        Folder of the raw tables.

    Returns
    -------
    dict of str to pandas.DataFrame

    Raises
    ------
    DataError
        If a raw table is missing or is another version.
    """
    build: dict[str, Callable[[str | Path], pd.DataFrame]] = {
        "votes": lambda folder: un_votes.tidy(folder).reset_index(),
        "issues": un_votes.issues,
        "ideal": _ideal,
        "powers": _powers,
        "papers": _papers,
        "codes": openalex_networks.codes,
        "trade": _trade,
        "pairs": _pairs,
    }
    return {name: build[name](data) for name in TABLES}


def write_tables(data: str | Path, out: str | Path) -> list[Path]:
    """Build every table and write it as Parquet into `out`; return the paths."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, table in build_tables(data).items():
        paths.append(folder / f"{name}.parquet")
        table.attrs = {}
        table.to_parquet(paths[-1], compression="zstd", compression_level=19, index=False)
    return paths


def _ideal(data: str | Path) -> pd.DataFrame:
    table = ideal_points.tidy(data)
    wide = {"year": np.int16, "votes": np.int16, "point": np.float32}
    table = table.astype({**wide, "low": np.float32, "high": np.float32})
    return table.astype({"country": "category", "basis": "category"})


def _powers(data: str | Path) -> pd.DataFrame:
    table = ideal_points.powers(data)
    shares = dict.fromkeys(ideal_points.POWERS.values(), np.float32)
    return table.astype({"year": np.int16, "country": "category", **shares})


def _papers(data: str | Path) -> pd.DataFrame:
    table = openalex_networks.tidy(data)
    table.columns = [str(year) for year in table.columns]
    return table.reset_index().astype({"first": "category", "second": "category"})


def _trade(data: str | Path) -> pd.DataFrame:
    """Return exports by pair and section, those of 10 thousand USD or more in some year."""
    world = load_world("world-2015")
    place = {code: code for code in world.countries}
    for aggregate, members in world.meta["aggregates"].items():
        place |= dict.fromkeys(members, aggregate)
    flows = {}
    for year in YEARS:
        table = unctad.tidy(data, year)
        table["exporter"] = table["exporter"].map(place)
        table["importer"] = table["importer"].map(place)
        table = table[table["exporter"] != table["importer"]].dropna()
        flows[str(year)] = table.groupby(["exporter", "importer", "section"])["value"].sum()
    wide = (pd.DataFrame(flows).fillna(0.0) * 100).round().astype(np.int32)
    wide = wide[(wide > 0).any(axis=1)].reset_index().astype({"section": np.int8})
    return wide.astype({"exporter": "category", "importer": "category"})


def _pairs(data: str | Path) -> pd.DataFrame:
    codes = set(load_world("world-2015").countries)
    table = cepii.tidy(data).reset_index().rename(columns={"origin": "first"})
    table = table.rename(columns={"destination": "second"})
    table = table[table["first"].isin(codes) & table["second"].isin(codes)]
    table = table[table["first"] < table["second"]].reset_index(drop=True)
    table["distance"] = table["distance"].round()
    kinds = {"distance": np.int16, "contiguity": np.int8, "language": np.int8, "colony": np.int8}
    return table.astype({**kinds, "first": "category", "second": "category"})


def main() -> None:
    """Write the tables into the package, or into the folder given."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", help="folder of the raw tables (default: HANSA_DATA)")
    parser.add_argument("--out", default=str(Path(__file__).parent / "data"))
    given = parser.parse_args()
    try:
        data = given.data or find_data()
        if data is None:
            raise DataError("no raw tables: set HANSA_DATA or give --data")
        for path in write_tables(data, given.out):
            print(f"{path.stat().st_size / 1e3:9.0f} kB  {path}")
    except HansaError as error:
        raise SystemExit(f"hansa: {error}") from None


if __name__ == "__main__":
    main()
