"""UN General Assembly: who voted how in every roll call, sessions 1 to 74 (1946-2019).

May import only ``hansa.errors``, ``hansa.world.codes`` and ``hansa.world.sources.base``. Source:
Erik Voeten's roll-call data (Bailey, Strezhnev & Voeten 2017, J. Conflict Resolution 61, 430-456),
in the form of the R package unvotes; CC0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hansa.errors import DataError
from hansa.world.codes import HISTORICAL, iso3
from hansa.world.sources import base

FILE = "votes/un_votes.rda"
SHA256 = {
    "votes/un_votes.rda": "cf814a48bc536e8f87f8e027942ac515fe6aae9d63cd71dd88ed718b14887e87",
    "votes/un_roll_calls.rda": "ff2070ae600cfd32176c6d149637306b9b677d6b910f48bec59a15357d673b4b",
    "votes/un_roll_call_issues.rda": (
        "eec1b509ebce692c242b842837d5d861b52b65b2868a7c66f573d4a87d2eb0be"
    ),
}

#: Votes as stored: 0 is "not there", so that absence compresses to nothing.
ABSENT, NO, ABSTAIN, YES = 0, 1, 2, 3
CODES = {"yes": YES, "abstain": ABSTAIN, "no": NO}
NUMBERS = {1: YES, 2: ABSTAIN, 3: NO, 8: ABSENT, 9: ABSENT}

#: Members of the past that another member continues, and those that none does (left out).
CONTINUED = {"Federal Republic of Germany": "DEU", "Yemen Arab Republic": "YEM"}
ENDED = (
    "Czechoslovakia", "German Democratic Republic", "Yemen People's Republic", "Zanzibar",
)  # fmt: skip


def fetch(folder: str | Path) -> Path:
    """Return the path of the file of votes; raises DataError if it is not there."""
    return base.find_file(folder, FILE)


def checksum(path: str | Path) -> Path:
    """Return `path` if it is the version this parser was written for, else raise DataError."""
    return base.verify(path, SHA256[f"votes/{Path(path).name}"])


def tidy(folder: str | Path) -> pd.DataFrame:
    """Return every roll call as a row.

    Returns
    -------
    DataFrame
        Index: ``rcid``. Columns: ``year`` (of the autumn in which the session began: session +
        1945), ``session``, ``date``, ``unres``, then one column per member (ISO3) with 0 absent or
        no member, 1 no, 2 abstain, 3 yes. Russia includes the Soviet Union, Germany the Federal
        Republic, Yemen the Arab Republic, Serbia Yugoslavia; members that ended are left out.

    Raises
    ------
    DataError
        If a file is missing or another version, or a member voted twice in a roll call.
    """
    raw = _read(folder, "votes/un_votes.rda")
    raw = raw[~raw["country"].isin(ENDED)]
    places = {
        (name, code): CONTINUED.get(str(name)) or _member(str(code))
        for name, code in raw[["country", "country_code"]].drop_duplicates().itertuples(index=False)
    }
    keys = pd.MultiIndex.from_frame(raw[["country", "country_code"]])
    votes = pd.DataFrame(
        {
            "rcid": raw["rcid"].to_numpy(dtype=np.int64),
            "country": keys.map(places),
            "vote": raw["vote"].astype(str).map(CODES).to_numpy(),
        }
    )
    twice = votes[votes.duplicated(["rcid", "country"])]
    if not twice.empty:
        first = twice.iloc[0]
        raise DataError(f"{FILE}: {first['country']} voted twice in roll call {first['rcid']}")
    wide = votes.pivot(index="rcid", columns="country", values="vote").fillna(ABSENT)
    calls = _read(folder, "votes/un_roll_calls.rda").set_index("rcid")
    about = pd.DataFrame(
        {
            "year": calls["session"].astype(int) + 1945,
            "session": calls["session"].astype(int),
            "date": pd.to_datetime(calls["date"]),
            "unres": calls["unres"].fillna("").astype(str),
        }
    )
    about.index = about.index.astype(np.int64)
    return about.join(wide.astype(np.int8), how="inner").sort_index()


def issues(folder: str | Path) -> pd.DataFrame:
    """Return the issues of roll calls: ``rcid``, ``issue`` (two-letter code); some have several."""
    raw = _read(folder, "votes/un_roll_call_issues.rda")
    table = pd.DataFrame({"rcid": raw["rcid"].astype(np.int64), "issue": raw["short_name"]})
    return table.drop_duplicates().sort_values(["rcid", "issue"], ignore_index=True)


def parse(path: str | Path) -> pd.DataFrame:
    """Return the roll calls of another file of Voeten's, in the form of `tidy`.

    Parameters
    ----------
    path : path
        CSV, one row per member and roll call: ``rcid``, ``vote`` (1 yes, 2 abstain, 3 no, 8 absent,
        9 no member), ``Country`` (ISO3), ``session`` or ``year``; ``date``, ``unres`` if there are
        any. Written from the published description of the file; capitals do not matter.

    Raises
    ------
    DataError
        Names the file and the columns it lacks, or a vote that is none of these.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"no such file: {str(path)!r}")
    raw = pd.read_csv(path, low_memory=False)
    raw.columns = [str(c).lower() for c in raw.columns]
    if "session" not in raw and "year" in raw:
        raw["session"] = raw["year"] - 1945
    lacking = [c for c in ("rcid", "vote", "country", "session") if c not in raw]
    if lacking:
        raise DataError(f"{path.name} has no roll calls: it lacks the columns {', '.join(lacking)}")
    strange = sorted(set(raw["vote"].dropna().unique()) - set(NUMBERS))
    if strange:
        raise DataError(f"{path.name}: vote {strange[0]} is none of {sorted(NUMBERS)}")
    raw = raw[raw["country"].astype(str).str.fullmatch("[A-Z]{3}")]
    votes = raw.assign(country=raw["country"].replace(HISTORICAL), vote=raw["vote"].map(NUMBERS))
    wide = votes.pivot_table(index="rcid", columns="country", values="vote", aggfunc="max")
    first = raw.groupby("rcid").first()
    about = pd.DataFrame(
        {
            "year": first["session"].astype(int) + 1945,
            "session": first["session"].astype(int),
            "date": pd.to_datetime(first["date"]) if "date" in first else pd.NaT,
            "unres": first["unres"].fillna("").astype(str) if "unres" in first else "",
        }
    )
    return about.join(wide.fillna(ABSENT).astype(np.int8)).sort_index().reset_index()


def _member(code: str) -> str:
    known = {"YU": "YUG"}.get(code, code)
    return HISTORICAL.get(known) or iso3(known)


def _read(folder: str | Path, file: str) -> Any:
    import pyreadr

    path = checksum(base.find_file(folder, file))
    return next(iter(pyreadr.read_r(str(path)).values()))
