"""The file format of a World: one long table, Parquet or CSV, one number a row.

May import hansa.errors, the World and its sibling `table_rows`. Docstrings below are the format's
reference; symbols are those of Caliendo & Parro (2015, REStud 82, 1-44).

Columns are ``variable, country, partner, sector, input, value, evidence``. Which labels a row
needs depends on its variable (``VARIABLES``); labels it does not need stay empty. Rows may come
in any order. What is not there is zero. A table must hold ``expenditure``, ``trade_elasticity``
and either shares of cost (``value_added_share``, ``input_share``) or money (``value_added``,
``intermediate``). Name, year, order of labels and notes (``name, year, countries, sectors,
meta``) are JSON, in Parquet's schema metadata under ``hansa`` or in a file of the same stem ending
in ``.json``; without them the name is the file's, the year is the one number like a year in it,
and labels keep their order of first appearance.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int, Int8, Int64

from hansa.errors import DataError, unknown
from hansa.world.table_rows import COLUMNS, METADATA_KEY, Rows, read_rows
from hansa.world.world import EVIDENCE, TOLERANCE, World

__all__ = ["VARIABLES", "Variable", "read_table", "write_table"]

Array = np.ndarray


@dataclass(frozen=True)
class Variable:
    """One kind of row.

    Attributes
    ----------
    labels : tuple of str
        The columns that a row must fill; in the order of the array's axes.
    unit, meaning : str
    """

    labels: tuple[str, ...]
    unit: str
    meaning: str


#: Every kind of row there is. ``input`` is a sector too: the one that supplies.
VARIABLES: Mapping[str, Variable] = {
    "expenditure": Variable(
        ("country", "partner", "sector"), "million USD",
        "what country buys from partner, tariff included; from itself: domestic sales",
    ),
    "tariff": Variable(
        ("country", "partner", "sector"), "rate",
        "ad-valorem tariff of country on partner's goods, 0.05 = 5 %; optional",
    ),
    "value_added_share": Variable(
        ("country", "sector"), "share of cost", "value added in the cost of sector",
    ),
    "input_share": Variable(
        ("country", "input", "sector"), "share of cost", "input in the cost of sector",
    ),
    "value_added": Variable(
        ("country", "sector"), "million USD", "value added of sector, instead of its share",
    ),
    "intermediate": Variable(
        ("country", "input", "sector"), "million USD", "use of input by sector, ditto",
    ),
    "trade_elasticity": Variable(("sector",), "theta > 0", "elasticity of trade to its cost"),
    "trade_elasticity_se": Variable(("sector",), "", "its standard error; optional"),
    "country_value_added": Variable(
        ("country",), "million USD", "a check: must equal the sum of the table's own; optional",
    ),
    "deficit": Variable(
        ("country",), "million USD", "a check: imports less exports, net of tariffs; optional",
    ),
    "final_demand": Variable(
        ("country", "sector"), "million USD", "a check: spending less input use; optional",
    ),
}  # fmt: skip

#: The axis that each column's labels belong to.
AXIS = {"country": "country", "partner": "country", "sector": "sector", "input": "sector"}

#: Rows that repeat what the table implies, and the World's name for it.
CHECKS = {
    "country_value_added": ("value_added", "value added by country must equal the given total"),
    "deficit": ("deficit", "the deficit must equal imports less exports"),
    "final_demand": ("final_demand", "final demand must equal spending less intermediate use"),
}

#: Given checks may be rounded: to two decimals, and to a millionth of the country's value added.
CHECK_ROUNDING, CHECK_SLACK = 0.006, 1e-6

#: Shares this close to the renormalised ones are kept to the bit, so that files round-trip.
SHARE_EXACT = 1e-12


def read_table(path: str | Path, tolerance: float = TOLERANCE) -> World:
    """Return the World in a long Parquet or CSV file.

    Parameters
    ----------
    path : path
        Ends in ``.parquet`` or ``.csv``.
    tolerance : float
        Relative size up to which the World's identities must hold.

    Returns
    -------
    World

    Raises
    ------
    DataError
        If a row is unknown, repeated, incomplete or not a number (names the row), or an
        identity does not hold (names it, the country, the sector and the size).
    """
    table = _sorted(read_rows(Path(path)))
    world = _world(table, {name: _array(table, name) for name in VARIABLES}, tolerance)
    _agree(world, table)
    return world


def write_table(world: World, path: str | Path) -> Path:
    """Write a World as a long table and return the path.

    What is zero is not stored (and its evidence is read back as observed); numbers read back are
    the same to the last bit. A CSV gets a file of the same stem ending in ``.json`` beside it.

    Raises
    ------
    DataError
        If the path ends in neither ``.parquet`` nor ``.csv``, or `meta` does not fit into JSON.
    """
    path = Path(path)
    about = _about(world)
    if path.suffix == ".parquet":
        _write_parquet(world, path, about)
    elif path.suffix == ".csv":
        _write_csv(world, path)
        path.with_suffix(".json").write_text(about + "\n", encoding="utf-8")
    else:
        raise DataError(f"{path.name}: a table must end in .parquet or .csv")
    return path


# ---- reading ----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Table:
    """Rows with their places in the arrays of a World.

    Attributes
    ----------
    rows : Rows
    axes : dict
        Codes of ``country`` and ``sector``.
    chosen : dict of arrays
        The numbers of each variable's rows, by name.
    places : dict of (R,) arrays
        Position of each row along ``country, partner, sector, input``; -1 where it has no label.
    """

    rows: Rows
    axes: dict[str, tuple[str, ...]]
    chosen: dict[str, Int64[Array, " chosen"]]
    places: dict[str, Int[Array, " rows"]]


def _sorted(rows: Rows) -> _Table:
    """Return the rows with every label placed; refuses labels that are not known."""
    axes = {
        "country": _codes(rows, "countries", ("country", "partner")),
        "sector": _codes(rows, "sectors", ("sector", "input")),
    }
    known = {c: (AXIS[c], axes[AXIS[c]]) for c in AXIS}
    known |= {"variable": ("variable", tuple(VARIABLES)), "evidence": ("evidence", EVIDENCE)}
    places = {}
    for column, (what, names) in known.items():
        places[column] = rows.labels[column].positions(names)
        wrong = places[column] == -2
        if column == "variable":
            wrong = places[column] < 0
        if wrong.any():
            row = int(np.argmax(wrong))
            raise rows.refuse(row, unknown(what, rows.labels[column].at(row), names))
    kind = places.pop("variable")
    chosen = {name: np.flatnonzero(kind == k) for k, name in enumerate(VARIABLES)}
    return _Table(rows, axes, chosen, places)


def _codes(rows: Rows, what: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the labels of an axis: those declared, else those found, in order."""
    declared = rows.about.get(what)
    if declared is not None:
        return tuple(map(str, declared))
    return tuple(dict.fromkeys(name for c in columns for name in rows.labels[c].names))


def _cells(table: _Table, name: str) -> tuple[Int64[Array, " chosen"], tuple[int, ...]]:
    """Return the flat position of each row of a variable in its array, and the array's shape."""
    chosen, needed = table.chosen[name], VARIABLES[name].labels
    for column in AXIS:
        here = table.places[column][chosen]
        wrong = (here < 0) if column in needed else (here >= 0)
        if wrong.any():
            verb = "needs a" if column in needed else "takes no"
            row = int(chosen[np.argmax(wrong)])
            raise table.rows.refuse(row, f"{name} {verb} {column}")
    shape = tuple(len(table.axes[AXIS[column]]) for column in needed)
    flat = np.zeros(chosen.size, dtype=np.int64)
    for column, size in zip(needed, shape, strict=True):
        flat = flat * size + table.places[column][chosen]
    count = np.bincount(flat, minlength=1)
    if count.max() > 1:
        first, second = (int(r) for r in chosen[np.flatnonzero(flat == np.argmax(count > 1))[:2]])
        raise table.rows.refuse(second, f"{name} is given twice, first in row {first + 1}")
    return flat, shape


def _array(table: _Table, name: str) -> Array | None:
    """Return a variable's array, zero (NaN for a standard error) where it has no row."""
    chosen = table.chosen[name]
    if not chosen.size:
        return None
    flat, shape = _cells(table, name)
    array = np.full(shape, np.nan if name == "trade_elasticity_se" else 0.0)
    array.ravel()[flat] = table.rows.value[chosen]
    if name == "trade_elasticity" and flat.size < array.size:
        missing = table.axes["sector"][int(np.setdiff1d(np.arange(array.size), flat)[0])]
        raise DataError(f"{table.rows.file} has no trade_elasticity for sector {missing!r}")
    return array


def _world(table: _Table, found: dict[str, Array | None], tolerance: float) -> World:
    about, file = table.rows.about, table.rows.file
    expenditure, theta = found["expenditure"], found["trade_elasticity"]
    if expenditure is None or theta is None:
        lacks = "expenditure" if expenditure is None else "trade_elasticity"
        raise DataError(f"{file} has no rows of {lacks}, which every table needs")
    world = World.from_flows(
        name=str(about["name"]),
        year=int(about["year"]),
        countries=table.axes["country"],
        sectors=table.axes["sector"],
        expenditure=expenditure,
        tariff=found["tariff"],
        trade_elasticity=theta,
        trade_elasticity_se=found["trade_elasticity_se"],
        evidence=_evidence(table, expenditure.shape),
        meta=about.get("meta", {}),
        tolerance=tolerance,
        **(costs := _costs(table, found)),
    )
    if "input_share" not in costs:
        return world
    va, use = costs["value_added_share"], costs["input_share"]
    gap = max(np.abs(world.value_added_share - va).max(), np.abs(world.input_share - use).max())
    return replace(world, value_added_share=va, input_share=use) if gap <= SHARE_EXACT else world


def _costs(table: _Table, found: dict[str, Array | None]) -> dict[str, Array]:
    """Return the one pair of cost arrays that the table holds, by the names of `from_flows`."""
    n, j = len(table.axes["country"]), len(table.axes["sector"])
    pairs = (("value_added_share", "input_share"), ("value_added", "intermediate"))
    held = [pair for pair in pairs if any(found[name] is not None for name in pair)]
    if len(held) != 1:
        raise DataError(
            f"{table.rows.file} must hold either value_added_share and input_share, or "
            f"value_added and intermediate; it has {'both' if held else 'neither'}"
        )
    zeros = (np.zeros((n, j)), np.zeros((n, j, j)))
    given = [found[name] for name in held[0]]
    filled = [z if a is None else a for a, z in zip(given, zeros, strict=True)]
    return dict(zip(held[0], filled, strict=True))


def _evidence(table: _Table, shape: tuple[int, ...]) -> Int8[Array, "n n j"]:
    """Return the evidence codes of expenditure; a row without evidence is observed."""
    chosen = table.chosen["expenditure"]
    evidence = np.zeros(shape, dtype=np.int8)
    at = tuple(table.places[c][chosen] for c in VARIABLES["expenditure"].labels)
    evidence[at] = np.maximum(table.places["evidence"][chosen], 0)
    return evidence


def _agree(world: World, table: _Table) -> None:
    """Raise DataError where a check row differs from what the table implies."""
    for name, (attribute, identity) in CHECKS.items():
        chosen = table.chosen[name]
        if not chosen.size:
            continue
        at = tuple(table.places[c][chosen] for c in VARIABLES[name].labels)
        gap = table.rows.value[chosen] - getattr(world, attribute)[at]
        excess = np.abs(gap) - CHECK_ROUNDING - CHECK_SLACK * world.value_added[at[0]]
        if excess.max() > 0:
            worst = int(np.argmax(excess))
            why = f"{identity}; size {float(gap[worst]):.6g} million USD"
            raise table.rows.refuse(int(chosen[worst]), why)


# ---- writing ----------------------------------------------------------------------------


def _about(world: World) -> str:
    about = {
        "name": world.name, "year": world.year, "countries": world.countries,
        "sectors": world.sectors, "meta": dict(world.meta),
    }  # fmt: skip
    try:
        return json.dumps(about, ensure_ascii=False, default=_plain)
    except TypeError as error:
        raise DataError(f"meta of {world.name} does not fit into JSON: {error}") from None


def _plain(value: Any) -> Any:
    """Return numpy's numbers and arrays, and mappings, as what JSON knows."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} {value!r}")


def _parts(world: World) -> list[tuple[str, Array]]:
    """Return what is stored, in order."""
    parts: list[tuple[str, Array]] = [
        ("expenditure", world.expenditure),
        ("tariff", world.tariff),
        ("value_added_share", world.value_added_share),
        ("input_share", world.input_share),
        ("trade_elasticity", world.trade_elasticity),
        ("trade_elasticity_se", world.trade_elasticity_se),
        ("country_value_added", world.value_added),
        ("deficit", world.deficit),
    ]
    return parts


def _columns(world: World) -> tuple[dict[str, Array], Float[Array, " rows"]]:
    """Return label positions by column (-1 for none) and values, row by row."""
    pieces: dict[str, list[Array]] = {c: [] for c in COLUMNS}
    for name, array in _parts(world):
        # Signed zeros are kept: read back, the bytes are the same.
        stored = (array != 0) | np.signbit(array)
        at = np.nonzero(stored & ~np.isnan(array))
        place = dict(zip(VARIABLES[name].labels, at, strict=True))
        count = at[0].size
        place["variable"] = np.full(count, list(VARIABLES).index(name))
        if name == "expenditure":
            place["evidence"] = world.evidence[at]
        for column in COLUMNS:
            if column != "value":
                pieces[column].append(place.get(column, np.full(count, -1)).astype(np.int32))
        pieces["value"].append(array[at])
    joined = {c: np.concatenate(p) for c, p in pieces.items()}
    value = joined.pop("value")
    return joined, value


def _names(world: World) -> dict[str, tuple[str, ...]]:
    return {
        "variable": tuple(VARIABLES), "country": world.countries, "partner": world.countries,
        "sector": world.sectors, "input": world.sectors, "evidence": EVIDENCE,
    }  # fmt: skip


def _write_parquet(world: World, path: Path, about: str) -> None:
    from pyarrow import parquet

    places, value = _columns(world)
    arrays = {}
    for column, names in _names(world).items():
        codes = pa.array(places[column], mask=places[column] < 0)
        arrays[column] = pa.DictionaryArray.from_arrays(codes, pa.array(names, pa.string()))
    arrays["value"] = pa.array(value)
    table = pa.table({c: arrays[c] for c in COLUMNS})
    table = table.replace_schema_metadata({METADATA_KEY: about.encode()})
    # One row group: the whole table is read at once. Bytes of like rank compress together.
    parquet.write_table(
        table, path, compression="zstd", compression_level=19, row_group_size=max(1, value.size),
        use_dictionary=list(_names(world)), column_encoding={"value": "BYTE_STREAM_SPLIT"},
    )  # fmt: skip


def _write_csv(world: World, path: Path) -> None:
    places, value = _columns(world)
    text = {
        column: np.array([*names, ""], dtype=object)[places[column]]
        for column, names in _names(world).items()
    }
    # repr of a float is the shortest text that reads back to the same bits.
    text["value"] = np.array([repr(v) for v in value.tolist()], dtype=object)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(zip(*(text[c] for c in COLUMNS), strict=True))
