"""A table of corridor cost changes by pair (and sector), as a measure of a club reads it.

May import only ``hansa.errors``. Such a table comes from the user or from the corridor room.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hansa.errors import DataError, unknown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CorridorRow", "corridor_rows"]

_REQUIRED = ("destination", "origin", "change")
_COLUMNS = ("destination", "origin", "sector", "change")


@dataclass(frozen=True)
class CorridorRow:
    """One relative change of trade cost.

    Attributes
    ----------
    destination, origin : str
        Codes; one direction only.
    sector : str or None
        Code; None means every sector.
    change : float
        -0.05 is 5 % cheaper to deliver; > -1.
    """

    destination: str
    origin: str
    sector: str | None
    change: float


def corridor_rows(table: Any) -> tuple[CorridorRow, ...]:
    """Return corridor changes from whatever a user gives.

    Parameters
    ----------
    table : None, mapping, DataFrame, path, or iterable of CorridorRow
        A mapping from (destination, origin) or (destination, origin, sector) to the change; a
        DataFrame or CSV file with the columns destination, origin, change and, if need be,
        sector (empty means every sector).

    Returns
    -------
    tuple of CorridorRow

    Raises
    ------
    DataError
        Missing file or column, unknown column, a change that is no number or not above -1, or
        one pair and sector given twice.
    """
    import pandas as pd

    if table is None:
        return ()
    if isinstance(table, str | Path):
        table = _read_csv(Path(table))
    if isinstance(table, pd.DataFrame):
        rows = _from_frame(table)
    elif isinstance(table, Mapping):
        rows = [_from_key(key, change) for key, change in table.items()]
    elif isinstance(table, Iterable):
        rows = list(table)
        if not all(isinstance(row, CorridorRow) for row in rows):
            raise DataError("a corridor given as a list must hold CorridorRow entries")
    else:
        raise DataError(f"a corridor cannot be read from {type(table).__name__}")
    for row in rows:
        _check(row)
    _refuse_repeats(rows)
    return tuple(rows)


def _read_csv(path: Path) -> pd.DataFrame:
    import pandas as pd

    if not path.is_file():
        raise DataError(f"no corridor file {path}")
    return pd.read_csv(path, dtype={"destination": str, "origin": str, "sector": str})


def _from_frame(frame: pd.DataFrame) -> list[CorridorRow]:
    import pandas as pd

    for column in frame.columns:
        if column not in _COLUMNS:
            raise DataError(f"corridor table: {unknown('column', column, _COLUMNS)}")
    missing = [c for c in _REQUIRED if c not in frame.columns]
    if missing:
        raise DataError(f"corridor table: column {missing[0]!r} is missing")
    sectors = frame["sector"] if "sector" in frame else pd.Series(None, index=frame.index)
    return [
        CorridorRow(str(d), str(o), None if pd.isna(s) or s == "" else str(s), _number(c, (d, o)))
        for d, o, s, c in zip(
            frame["destination"], frame["origin"], sectors, frame["change"], strict=True
        )
    ]


def _from_key(key: Any, change: Any) -> CorridorRow:
    if not isinstance(key, tuple) or len(key) not in (2, 3):
        raise DataError(
            f"corridor key {key!r} must be (destination, origin) or (destination, origin, sector)"
        )
    sector = None if len(key) == 2 or key[2] is None else str(key[2])
    return CorridorRow(str(key[0]), str(key[1]), sector, _number(change, key))


def _number(value: Any, key: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise DataError(f"corridor change of {key!r} is not a number: {value!r}") from None


def _check(row: CorridorRow) -> None:
    if not (math.isfinite(row.change) and row.change > -1):
        raise DataError(
            f"corridor change of {row.destination} from {row.origin} must be finite and above "
            f"-1 (-0.05 is 5 % cheaper), not {row.change}"
        )
    if row.destination == row.origin:
        raise DataError(f"corridor row of {row.destination} with itself")


def _refuse_repeats(rows: list[CorridorRow]) -> None:
    seen: set[tuple[str, str, str | None]] = set()
    for row in rows:
        key = (row.destination, row.origin, row.sector)
        if key in seen:
            raise DataError(f"corridor change given twice for {key}")
        seen.add(key)
