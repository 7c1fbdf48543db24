"""The rows of a long table, as arrays: reads Parquet or CSV, refuses what is not a number or label.

May import only ``hansa.errors``. Knows columns and rows, not what they mean: see
`hansa.world.table`, which gives the format its meaning and its documentation.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int32

from hansa.errors import DataError, unknown

Array = np.ndarray

#: Columns that hold labels, and the one that holds numbers.
LABELS = ("variable", "country", "partner", "sector", "input", "evidence")
COLUMNS = ("variable", "country", "partner", "sector", "input", "value", "evidence")

#: What a table says of itself, beside its rows; key of Parquet's schema metadata.
ABOUT = ("name", "year", "countries", "sectors", "meta")
METADATA_KEY = b"hansa"


@dataclass(frozen=True, eq=False)
class Labels:
    """One column of labels.

    Attributes
    ----------
    names : tuple of str
        The distinct labels, in order of first appearance.
    codes : (R,) int32 array
        Position of each row's label in `names`; -1 where the row has none.
    """

    names: tuple[str, ...]
    codes: Int32[Array, " rows"]

    def positions(self, known: tuple[str, ...]) -> Int32[Array, " rows"]:
        """Position of each row's label in `known`; -1 where it has none, -2 where unknown."""
        where = {name: k for k, name in enumerate(known)}
        table = np.array([where.get(name, -2) for name in self.names] + [-1], dtype=np.int32)
        return table[self.codes]

    def at(self, row: int) -> str:
        """Label of a row; empty where it has none."""
        return self.names[self.codes[row]] if self.codes[row] >= 0 else ""


@dataclass(frozen=True, eq=False)
class Rows:
    """A long table: labels by column name, values, and what it says of itself.

    Attributes
    ----------
    file : str
        Name for messages.
    labels : dict of str to Labels
        For each of ``LABELS``; a column the file lacks has no label in any row.
    value : (R,) array
        All finite.
    about : dict
        Any of the keys of ``ABOUT``.
    """

    file: str
    labels: dict[str, Labels]
    value: Float[Array, " rows"]
    about: dict[str, Any]

    def refuse(self, row: int, why: str) -> DataError:
        """Return the error that names a row, counted from one, and what it holds."""
        held = [f"{c}={self.labels[c].at(row)}" for c in LABELS[:-1] if self.labels[c].at(row)]
        return DataError(f"{self.file}, row {row + 1} ({', '.join(held)}): {why}")


def read_rows(path: Path) -> Rows:
    """Return the rows of a long Parquet or CSV file.

    Raises
    ------
    DataError
        If the file is missing, has a column that is unknown or lacks one that is needed, or a
        value that is not a finite number; names the row.
    """
    if not path.is_file():
        raise DataError(f"no such table: {str(path)!r}")
    if path.suffix == ".parquet":
        table = _parquet(path)
    elif path.suffix == ".csv":
        table = _csv(path)
    else:
        raise DataError(f"{path.name}: a table must end in .parquet or .csv")
    for name in table.column_names:
        if name not in COLUMNS:
            raise DataError(f"{path.name}: {unknown('column', name, COLUMNS)}")
    for name in ("variable", "value"):
        if name not in table.column_names:
            raise DataError(f"{path.name} has no column {name!r}; columns: {', '.join(COLUMNS)}")
    labels = {
        name: _labels(table[name])
        if name in table.column_names
        else Labels((), np.full(table.num_rows, -1, dtype=np.int32))
        for name in LABELS
    }
    return Rows(path.name, labels, _values(table["value"], path.name), _about(path, table))


def _parquet(path: Path) -> pa.Table:
    from pyarrow import parquet

    try:
        return parquet.read_table(path, memory_map=True)
    except pa.ArrowInvalid as error:
        raise DataError(f"{path.name} is not a Parquet file: {error}") from None


def _csv(path: Path) -> pa.Table:
    from pyarrow import csv

    # All as text: numbers are parsed below, where a bad one can be named.
    text = csv.ConvertOptions(
        column_types=dict.fromkeys(COLUMNS, pa.string()), strings_can_be_null=True,
        null_values=[""],
    )  # fmt: skip
    try:
        return csv.read_csv(path, convert_options=text)
    except pa.ArrowInvalid as error:
        raise DataError(f"{path.name} is not a table: {error}") from None


def _labels(column: pa.ChunkedArray) -> Labels:
    """Return a column of text as codes; blanks around labels are dropped."""
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    array = column.unify_dictionaries().combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.DictionaryArray.from_arrays([], [])
    raw = [str(v or "").strip() for v in array.dictionary.to_pylist()]
    codes = array.indices.fill_null(len(raw)).to_numpy(zero_copy_only=False)
    # In order of first appearance among the rows, whatever the order of the dictionary. (Of
    # repeated positions numpy keeps the last one assigned, so the rows are walked backwards.)
    first = np.full(len(raw) + 1, -1, dtype=np.int64)
    first[codes[::-1]] = np.arange(codes.size)[::-1]
    names: dict[str, int] = {}
    recode = np.full(len(raw) + 1, -1, dtype=np.int32)
    for code in np.argsort(first):
        if code < len(raw) and raw[code] and first[code] >= 0:
            recode[code] = names.setdefault(raw[code], len(names))
    return Labels(tuple(names), recode[codes])


def _values(column: pa.ChunkedArray, file: str) -> Float[Array, " rows"]:
    """Return the numbers; raises DataError naming the first row that has none."""
    try:
        values = column.cast(pa.float64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        values = np.array([_number(v) for v in column.to_pylist()])
    wrong = ~np.isfinite(values)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"{file}, row {row + 1}: value must be a finite number, got {column[row].as_py()!r}"
        )
    return np.asarray(values, dtype=np.float64)


def _number(text: Any) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        return np.nan


def _about(path: Path, table: pa.Table) -> dict[str, Any]:
    """Return what the table says of itself: in its metadata, else beside it, else in its name."""
    beside = path.with_suffix(".json")
    held = (table.schema.metadata or {}).get(METADATA_KEY)
    text = held.decode() if held else beside.read_text("utf-8") if beside.is_file() else "{}"
    try:
        about = json.loads(text)
    except ValueError as error:
        raise DataError(f"{path.name}: what it says of itself is not JSON: {error}") from None
    for key in about:
        if key not in ABOUT:
            raise DataError(f"{path.name}: {unknown('key', key, ABOUT)}")
    about.setdefault("name", path.stem)
    if "year" not in about:
        # 1850-2100 alone in the name, as in world-2015.csv.
        years = re.findall(r"(?<!\d)(?:18[5-9]|19\d|20\d)\d(?!\d)", path.stem)
        if len(years) != 1:
            raise DataError(
                f"{path.name} does not say its year: name it like world-2015{path.suffix}, or put "
                f'{{"year": 2015}} into {beside.name} beside it'
            )
        about["year"] = int(years[0])
    return about
