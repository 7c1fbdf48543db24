"""The user's own copy of the Global Sanctions Data Base, read and set beside the registry.

May import ``hansa.errors``, ``hansa.world.codes`` and the policy room. Nothing of the data base is
shipped. Felbermayr, Kirilakha, Syropoulos, Yalcin & Yotov (2020, EER 129, 103561).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from hansa.errors import DataError, unknown
from hansa.policy.senders import EU, UN
from hansa.policy.states import past_states, state_names
from hansa.world.codes import iso3

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GSDB_COLUMNS", "load_gsdb"]

#: Columns the file must have; others are left alone.
GSDB_COLUMNS = (
    "case_id", "sanctioned_state", "sanctioning_state", "begin", "end", "trade", "descr_trade",
    "arms", "military", "financial", "travel", "other",
)  # fmt: skip

#: Marks of ``descr_trade``: type of measure in the registry's words, and how far it goes.
TRADE = {
    "exp_compl": ("trade-export", "complete"),
    "exp_part": ("trade-export", "partial"),
    "imp_compl": ("trade-import", "complete"),
    "imp_part": ("trade-import", "partial"),
}
OTHER_TYPES = ("arms", "military", "financial", "travel", "other")

#: Senders that are no states, as the data base and its users write them.
UNIONS = {
    "eu": EU, "ec": EU, "eec": EU, "european union": EU, "european community": EU,
    "european communities": EU, "european economic community": EU, "un": UN, "united nations": UN,
}  # fmt: skip
#: What follows a comma inside one name, as in "Korea, North".
_REST = re.compile(
    r"^(the|north|south|east|west|.*\brep(ublic|\.)?( of)?|.*\bstates? of|former .*)$",
    re.IGNORECASE,
)


def load_gsdb(path: str | Path) -> pd.DataFrame:
    """Return the user's file of the Global Sanctions Data Base, one line per sender and measure.

    Parameters
    ----------
    path : path
        The case file, CSV with comma, semicolon or tab; columns `GSDB_COLUMNS`. Several states in
        one cell are comma-separated. Open cases end in the release year, the last of the file.

    Returns
    -------
    DataFrame
        Columns: case_id, sender and target (ISO3, ``EU``, ``UN``; empty where the name is not
        known), sender_name and target_name (as written), type (the registry's words, also
        ``military``), extent (``complete``, ``partial`` or empty), begin and end (years), open
        (whether it ends in the release year). ``attrs["unknown"]`` lists the names without a code,
        with the number of lines each stands in; ``attrs["release"]`` is the release year.

    Raises
    ------
    DataError
        No such file, a missing column (with the nearest there is), or a year, mark or flag that
        cannot be read, with its case.

    Notes
    -----
    A case whose ``trade`` is 1 without ``descr_trade`` counts for both directions, extent empty.

    References
    ----------
    Felbermayr, Kirilakha, Syropoulos, Yalcin & Yotov (2020), The Global Sanctions Data Base,
    European Economic Review 129, 103561.
    """
    import pandas as pd

    raw = _read(Path(path))
    release = int(max(_year(row["end"], row) for row in raw)) if raw else 0
    rows = [line for row in raw for line in _lines(row, release)]
    columns = ["case_id", "sender", "target", "sender_name", "target_name", "type", "extent",
               "begin", "end", "open"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    table.attrs["release"] = release
    table.attrs["unknown"] = _unknown_names(table)
    return table


def _unknown_names(table: pd.DataFrame) -> dict[str, int]:
    found: dict[str, int] = {}
    for side in ("sender", "target"):
        for name, n in table.loc[table[side] == "", f"{side}_name"].value_counts().items():
            found[str(name)] = found.get(str(name), 0) + int(n)
    return dict(sorted(found.items()))


def _read(path: Path) -> list[dict[str, str]]:
    """Return the file's lines as text by column."""
    import pandas as pd

    if not path.is_file():
        raise DataError(f"no file {path}; give the case file of your copy of the GSDB")
    data = path.read_bytes()
    try:
        data.decode("utf-8-sig")
        encoding = "utf-8-sig"
    except UnicodeDecodeError:
        encoding = "latin-1"
    head = data.decode(encoding).splitlines()[0] if data.strip() else ""
    mark = max(",;\t", key=head.count)
    table = pd.read_csv(path, sep=mark, dtype=str, keep_default_na=False, encoding=encoding)
    table.columns = [str(c).strip().lower() for c in table.columns]
    for column in GSDB_COLUMNS:
        if column not in table.columns:
            raise DataError(f"{path.name}: {unknown('column', column, list(table.columns))}")
    return [
        {str(k): str(v).strip() for k, v in row.items()} for row in table.to_dict(orient="records")
    ]


def _lines(row: dict[str, str], release: int) -> list[tuple[object, ...]]:
    begin, end = _year(row["begin"], row), _year(row["end"], row)
    if end < begin:
        raise DataError(f"case {row['case_id']}: ends ({end}) before it begins ({begin})")
    return [
        (row["case_id"], code_of(sender), code_of(target), sender, target, kind, extent,
         begin, end, end == release)
        for sender in split_names(row["sanctioning_state"])
        for target in split_names(row["sanctioned_state"])
        for kind, extent in _measures(row)
    ]  # fmt: skip


def _measures(row: dict[str, str]) -> list[tuple[str, str]]:
    """Return the types of measure of a case, each with its extent."""
    found = []
    marks = [m.strip().lower() for m in row["descr_trade"].split(",") if m.strip()]
    for mark in marks:
        if mark not in TRADE:
            where = f"case {row['case_id']}, descr_trade"
            raise DataError(f"{where}: {unknown('mark', mark, TRADE)}")
        found.append(TRADE[mark])
    if _flag(row, "trade") and not marks:
        found += [("trade-export", ""), ("trade-import", "")]
    return found + [(kind, "") for kind in OTHER_TYPES if _flag(row, kind)]


def _flag(row: dict[str, str], column: str) -> bool:
    value = row[column].lower()
    if value in ("1", "1.0", "yes", "true"):
        return True
    if value in ("", "0", "0.0", "no", "false"):
        return False
    raise DataError(f"case {row['case_id']}: {column} is {row[column]!r}, not 0 or 1")


def _year(text: str, row: dict[str, str]) -> int:
    try:
        year = int(float(text))
    except ValueError:
        raise DataError(f"case {row['case_id']}: {text!r} is no year") from None
    if not 1800 <= year <= 2100:
        raise DataError(f"case {row['case_id']}: {year} is no year of our time")
    return year


def split_names(cell: str) -> list[str]:
    """Return the names in a cell; ``Korea, North, Iran`` is two of them."""
    names: list[str] = []
    for piece in (p.strip() for p in cell.split(",")):
        if names and _REST.match(piece) and code_of(f"{names[-1]}, {piece}"):
            names[-1] = f"{names[-1]}, {piece}"
        elif piece:
            names.append(piece)
    return names


def code_of(name: str) -> str:
    """Return the code of a state or union as the registry has it; empty if there is none."""
    plain = name.strip().lower()
    if plain in UNIONS:
        return UNIONS[plain]
    past = {state_names()[code].lower(): code for code in past_states()}
    if plain in past:
        return past[plain]
    try:
        return iso3(name)
    except DataError:
        return ""
