"""Recorded trade of the economies that are backcast: by partner, SITC section and sector.

May import ``hansa.errors`` and ``hansa.world``. From the UNCTAD matrix of 2005 and 2015; sections
divide over sectors as the exporter's chapters do (DATA.md). A table of it ships with attribution.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from hansa.errors import DataError
from hansa.world.build_inputs import SIZE_YEAR, with_named
from hansa.world.calibrate_trade import GoodsTrade, goods_trade, with_computers
from hansa.world.regions import Regions, regions
from hansa.world.sectors import Sectors, sectors, settings
from hansa.world.sources import baci, base, cepii, un_accounts, unctad
from hansa.world.world import World
from hansa.world.years import choices

__all__ = ["FLOWS", "Recorded", "recorded_trade", "shipped_trade", "trade_table", "write_table"]

Array = np.ndarray

FLOWS = ("exports", "imports")
BEFORE, AFTER = 2005, 2015
#: Ships with the package; renewed by ``hansa backcast iran --write``.
FILE = "backcast_trade.parquet"
ATTRIBUTION = (
    "UNCTAD, UNCTADstat, merchandise trade matrix, 2005 and 2015, exports f.o.b.; divided over "
    "sectors with CEPII BACI (HS92), Etalab 2.0"
)
#: States that were one in 2005.
UNITED = {"MNE": "SRB", "SSD": "SDN"}


@dataclass(frozen=True)
class Recorded:
    """Goods trade of one economy as recorded, million current USD, to a thousand dollars.

    Attributes
    ----------
    reporter : str
    partners, sectors : tuple of str
        Of the world of 2005: P partners (the reporter among them, at zero) and J sectors.
    before, after : dict
        Flow (``exports``, ``imports``) to a (P, 10, J) array: partner, SITC section, sector.
    """

    reporter: str
    partners: tuple[str, ...]
    sectors: tuple[str, ...]
    before: dict[str, Float[Array, "p s j"]]
    after: dict[str, Float[Array, "p s j"]]


def recorded_trade(folder: str | Path, reporters: tuple[str, ...]) -> dict[str, Recorded]:
    """Return the recorded trade of some economies from the raw tables.

    Parameters
    ----------
    folder : path
        The raw tables.
    reporters : tuple of str
        Codes of the world of 2005.
    """
    names, continents = sectors(), cepii.continents(folder)
    early = choices(BEFORE)
    before = with_named(unctad.tidy(folder, BEFORE, True), continents, early)
    after = unctad.tidy(folder, AFTER)
    both = pd.concat([before, after])
    size = un_accounts.tidy(folder, SIZE_YEAR)["value_added"]
    where = regions(size, before["exporter"], both["importer"], continents, UNITED)
    where = _with_later(where, both, continents)
    return _by_reporter(folder, reporters, (before, after), where, names)


def _with_later(where: Regions, both: pd.DataFrame, continents: pd.Series) -> Regions:
    """Return the regions with a place for exporters that only the later matrix has."""
    rule = settings("regions.yaml")
    place = dict(where.place)
    for code in sorted(set(both["exporter"]) - set(place) - set(where.left_out)):
        place[code] = rule["placed"].get(code) or rule["continents"][continents[code]]
    return replace(where, place=place)


def _by_reporter(
    folder: str | Path,
    reporters: tuple[str, ...],
    tables: tuple[pd.DataFrame, pd.DataFrame],
    where: Regions,
    names: Sectors,
) -> dict[str, Recorded]:
    found: list[GoodsTrade] = []
    for table, year in zip(tables, (BEFORE, AFTER), strict=True):
        chapters = with_computers(baci.tidy(folder, choices(year).chapters))
        kept = table[table["exporter"].isin(where.place) & table["importer"].isin(where.place)]
        found.append(goods_trade(kept, chapters, where, names))
    result = {}
    for code in reporters:
        at = where.codes.index(code)
        sides = []
        for goods in found:
            exports = goods.sections[:, at, :, None] * goods.split[at][None]
            imports = goods.sections[at, :, :, None] * goods.split
            exports[at] = imports[at] = 0.0
            sides.append({"exports": _rounded(exports), "imports": _rounded(imports)})
        result[code] = Recorded(code, where.codes, names.codes, *sides)
    return result


def _rounded(cube: Float[Array, "p s j"]) -> Float[Array, "p s j"]:
    """Return flows to a thousand dollars, as the table that ships keeps them."""
    return np.round(cube, 3).astype(np.float32).astype(np.float64)


def trade_table(trade: dict[str, Recorded]) -> pd.DataFrame:
    """Return the cells that are not zero as a long table, million USD."""
    frames = []
    for code, held in trade.items():
        for flow in FLOWS:
            values = np.stack([held.before[flow], held.after[flow]])
            p, s, j = np.nonzero((values > 0).any(axis=0))
            frames.append(
                pd.DataFrame(
                    {
                        "reporter": code, "flow": flow,
                        "partner": np.array(held.partners)[p], "section": s.astype(np.int8),
                        "sector": np.array(held.sectors)[j],
                        "value_2005": values[0, p, s, j], "value_2015": values[1, p, s, j],
                    }
                )
            )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def write_table(trade: dict[str, Recorded], path: str | Path) -> Path:
    """Write the table with its attribution."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    frame = trade_table(trade)
    values = ["value_2005", "value_2015"]
    frame[values] = frame[values].astype(np.float32)
    text = ["reporter", "flow", "partner", "sector"]
    frame[text] = frame[text].astype("category")
    table = pa.Table.from_pandas(frame, preserve_index=False)
    held = {**(table.schema.metadata or {}), b"source": ATTRIBUTION.encode()}
    pq.write_table(table.replace_schema_metadata(held), path, compression="zstd")
    return Path(path)


def shipped_trade(world: World) -> dict[str, Recorded]:
    """Return the recorded trade that ships with the package, on the economies of a world.

    Raises
    ------
    DataError
        If the table is not in this installation, or names economies the world lacks.
    """
    path = Path(str(resources.files("hansa.study") / "data" / FILE))
    if not path.is_file():
        raise DataError(
            f"{FILE} is not in this installation; with the raw tables, "
            "`hansa backcast iran --write` makes it"
        )
    return _read(path, world.countries, world.sectors)


@lru_cache(maxsize=2)
def _read(path: Path, countries: tuple[str, ...], names: tuple[str, ...]) -> dict[str, Recorded]:
    frame = pd.read_parquet(path)
    foreign = sorted(set(frame["partner"].unique()) - set(countries))
    if foreign:
        raise DataError(f"{path.name} has partners that world-2005 lacks: {', '.join(foreign)}")
    p = pd.Categorical(frame["partner"], categories=list(countries)).codes
    j = pd.Categorical(frame["sector"], categories=list(names)).codes
    shape = (len(countries), 10, len(names))
    result = {}
    for code in frame["reporter"].unique():
        sides = []
        for column in ("value_2005", "value_2015"):
            side = {}
            for flow in FLOWS:
                rows = ((frame["reporter"] == code) & (frame["flow"] == flow)).to_numpy()
                cube = np.zeros(shape)
                at = (p[rows], frame["section"].to_numpy()[rows], j[rows])
                cube[at] = frame[column].to_numpy(dtype=np.float64)[rows]
                side[flow] = cube
            sides.append(side)
        result[str(code)] = Recorded(str(code), countries, names, *sides)
    return result


def raw_folder(what: str) -> Path:
    """Return the folder of raw tables; raises DataError that says what needs them."""
    folder = base.find_data()
    if folder is None:
        raise DataError(f"{what} needs the raw tables: set HANSA_DATA to their folder; see DATA.md")
    return folder
