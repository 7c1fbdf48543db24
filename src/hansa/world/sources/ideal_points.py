"""Ideal points of states in the UN General Assembly, with their posterior quantiles.

May import only ``hansa.errors``, ``hansa.world.codes`` and ``hansa.world.sources.base``. Source:
Bailey, Strezhnev & Voeten (2017, J. Conflict Resolution 61, 430-456), files of June 2024 (agreement
with six powers, to session 78) and July 2025 (ideal points to 2024); CC0.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from hansa.errors import DataError
from hansa.world.codes import HISTORICAL
from hansa.world.sources import base

FILE = "votes/IdealpointsJuly2025.dta"
SHA256 = "fea7fa9414e3643586dbdf95baa1100ceb418e56684d79d801a146cad79443ce"
POWERS_FILE = "votes/IdealpointestimatesAll_Jun2024.csv"
POWERS_SHA256 = "adaeca9a9d617afaf463f892a868fbfe17b33bbd6bdb613688d67f1b8dd6887d"

#: Column of the file of 2024 -> the power whose agreement it is.
POWERS = {
    "USAgree": "USA", "RUSSAgree": "RUS", "BrazilAgree": "BRA",
    "ChinaAgree": "CHN", "IndiaAgree": "IND", "IsraelAgree": "ISR",
}  # fmt: skip

#: Name of the votes an estimate rests on -> the end of its columns' names.
BASES = {"final": "fp", "all": "all"}

#: Yemen is continued from the Arab Republic; both Yemens have its letters, but not its number.
SOUTH_YEMEN = 680


def fetch(folder: str | Path) -> Path:
    """Return the path of the file of July 2025; raises DataError if it is not there."""
    return base.find_file(folder, FILE)


def checksum(path: str | Path) -> Path:
    """Return `path` if it is the version this parser was written for, else raise DataError."""
    newer = Path(path).suffix == ".dta"
    return base.verify(path, SHA256 if newer else POWERS_SHA256)


def tidy(folder: str | Path) -> pd.DataFrame:
    """Return the ideal points of July 2025; see `parse`."""
    return parse(checksum(fetch(folder)))


def parse(path: str | Path) -> pd.DataFrame:
    """Return ideal points from a file of Voeten's, of any date, in Stata's format or as CSV.

    Parameters
    ----------
    path : path
        A file with the columns iso3c, year, idealpointfp, q5fp, q95fp, nvotesfp and the same with
        "all"; or, as before 2025, iso3c, session, IdealPointAll, Q5%All, Q95%All, NVotesAll.

    Returns
    -------
    DataFrame
        ``year`` (in whose autumn the session began), ``country`` (ISO3), ``basis`` ("final": votes
        on final passage; "all": also on paragraphs and amendments), ``point``, ``low``, ``high``
        (5 % and 95 % of the posterior), ``votes``; sorted. Rows without a code are left out.

    Raises
    ------
    DataError
        Names the file and the columns it lacks.
    """
    raw = _read(path)
    raw.columns = [str(c).replace("%", "").lower() for c in raw.columns]
    if "year" not in raw and "session" in raw:
        raw["year"] = raw["session"] + 1945
    raw = _continued(raw)
    found = [_basis(raw, name, end) for name, end in BASES.items() if f"idealpoint{end}" in raw]
    if not found or not {"iso3c", "year"} <= set(raw.columns):
        raise DataError(
            f"{Path(path).name} has no ideal points: expected the columns iso3c, year (or session) "
            f"and idealpointfp or idealpointall; found {', '.join(map(str, raw.columns[:12]))}"
        )
    table = pd.concat(found)
    table = table[table["country"].str.fullmatch("[A-Z]{3}") & table["point"].notna()]
    twice = table[table.duplicated(["basis", "year", "country"])]
    if not twice.empty:
        row = twice.iloc[0]
        raise DataError(f"{Path(path).name}: {row['country']} has two rows in {row['year']}")
    return table.sort_values(["basis", "country", "year"], ignore_index=True)


def powers(folder: str | Path) -> pd.DataFrame:
    """Return the agreement of each state with six powers, sessions of 1946 to 2023.

    Returns
    -------
    DataFrame
        ``year``, ``country``, then one column per power (ISO3): share of the votes both cast in
        which they voted alike, as the file of June 2024 has it; NaN without votes.
    """
    raw = _continued(_read(checksum(base.find_file(folder, POWERS_FILE))))
    table = raw[raw["iso3c"].astype(str).str.fullmatch("[A-Z]{3}")].rename(columns=POWERS)
    table = table.assign(year=table["session"].astype(int) + 1945, country=_codes(table["iso3c"]))
    table = table[["year", "country", *POWERS.values()]]
    return table.drop_duplicates(["year", "country"]).sort_values(
        ["country", "year"], ignore_index=True
    )


def _codes(column: pd.Series) -> pd.Series:
    return column.astype(str).replace({**HISTORICAL, "YAR": "YEM"})


def _continued(raw: pd.DataFrame) -> pd.DataFrame:
    return raw[raw["ccode"] != SOUTH_YEMEN] if "ccode" in raw else raw


def _basis(raw: pd.DataFrame, name: str, end: str) -> pd.DataFrame:
    columns = {"point": f"idealpoint{end}", "low": f"q5{end}", "high": f"q95{end}"}
    lacking = [c for c in (*columns.values(), f"nvotes{end}") if c not in raw]
    if lacking:
        raise DataError(f"ideal points without the columns {', '.join(lacking)}")
    return pd.DataFrame(
        {
            "year": raw["year"].astype(int),
            "country": _codes(raw["iso3c"]),
            "basis": name,
            **{key: raw[column].astype(float) for key, column in columns.items()},
            "votes": raw[f"nvotes{end}"].fillna(0).astype(np.int64),
        }
    )


def _read(path: str | Path) -> pd.DataFrame:
    path = Path(path)
    if not path.is_file():
        raise DataError(f"no such file: {str(path)!r}")
    if path.suffix.lower() == ".dta":
        return pd.read_stata(path, preserve_dtypes=False)
    if path.suffix.lower() == ".csv":
        return pd.read_csv(path)
    raise DataError(f"{path.name}: ideal points come as .dta or .csv")
