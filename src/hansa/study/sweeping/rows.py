"""Rows of a sweep as Arrow tables: what one part holds, and how solves are read back from it.

May import its siblings. One row per scenario and kept country; a solve that several scenarios
come to is written for each of them, so that every part can be read by itself.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hansa.club import label_of
from hansa.study.draws import SIZES
from hansa.study.sweeping.cases import Values
from hansa.study.sweeping.plan import WORLD, Plan
from hansa.study.sweeping.schema import REGIME

Array = np.ndarray
#: Strength of sanctions in rows whose strength is drawn.
DRAWN = "drawn"


def rows_table(plan: Plan, k: int, values: Values) -> pa.Table:
    """Return the rows that some solves of a draw fill.

    Parameters
    ----------
    plan : Plan
    k : int
        Draw.
    values : Values

    Returns
    -------
    pyarrow.Table
        See docs/how-to/sweep.md for the columns.
    """
    owner, point, club = _scenarios(plan, values.solves)
    countries = (*plan.countries, WORLD)
    width = len(countries)
    draws, clubs = len(plan.draws), plan.masks.size
    scenario = (point * draws + (k - plan.draws.start)) * clubs + club
    each = np.repeat(np.arange(owner.size), width)
    masks = plan.masks[club]
    labels = [label_of(plan.sweep.club.candidates, int(mask)) for mask in masks]
    welfare = values.welfare[owner]
    income = np.broadcast_to(values.income, welfare.shape)
    columns: dict[str, Any] = {
        "scenario": scenario[each],
        "hash": _text([values.keys[i] for i in owner], each),
        **{name: _text(column, each) if _is_text(column) else pa.array(column).take(each)
           for name, column in _point_columns(plan, k, point).items()},
        "draw": np.full(each.size, k, dtype=np.int32),
        "mask": masks.astype(np.int32)[each],
        "club": _text(labels, each),
        "country": _text(list(countries), np.tile(np.arange(width), owner.size)),
        "welfare": _number(welfare),
        "real_wage": _number(values.real_wage[owner]),
        "income_musd": _number(income),
        "ev_musd": _number((welfare - 1) * income),
        "status": _text([values.status[i] for i in owner], each),
        "residual": values.residual[owner][each],
        "message": _text([values.message[i] or None for i in owner], each),
    }  # fmt: skip
    return pa.table(columns)


def _scenarios(plan: Plan, solves: Array) -> tuple[Array, Array, Array]:
    """Return, for each scenario, the position of its solve, its grid point and its club."""
    owner, points, clubs = [], [], []
    sizes = len(plan.sizes)
    for position, number in enumerate(solves.tolist()):
        base, size, club = plan.solve(number)
        those = range(sizes) if size < 0 else (size,)
        who = plan.alone if club < 0 else np.array([club])
        for regime in plan.bases[base].regimes:
            for s in those:
                owner.append(np.full(who.size, position))
                points.append(np.full(who.size, regime * sizes + s))
                clubs.append(who)
    return np.concatenate(owner), np.concatenate(points), np.concatenate(clubs)


def _point_columns(plan: Plan, k: int, point: Array) -> dict[str, Any]:
    """Return the columns of the grid and of what is drawn, one value per scenario."""
    draw = plan.draw(k)
    drawn = plan.sweep.draws.drawn if plan.sweep.draws else ()
    regimes, sizes = plan.sweep.regimes, [plan.size(s, draw) for s in range(len(plan.sizes))]
    regime, size = (a.tolist() for a in np.divmod(point, len(sizes)))
    position = plan.strength(draw) if "strength" in drawn else None
    columns: dict[str, Any] = {
        name: [regimes[r][at] for r in regime] for at, name in enumerate(REGIME)
    }
    columns["on"] = [str(on) for on in columns["on"]]
    if "strength" in drawn:
        columns["strength"] = [DRAWN] * point.size
    columns["strength_drawn"] = pa.array([position] * point.size, pa.float64())
    for at, name in enumerate(SIZES):
        columns[name] = pa.array([sizes[s][at] for s in size], pa.float64())
    return columns


def _is_text(column: Any) -> bool:
    return isinstance(column, list) and isinstance(column[0], str)


def _text(values: Sequence[str | None], at: Array) -> pa.DictionaryArray:
    """Return values[at] without writing out each text."""
    held = pa.array(values, pa.string()).dictionary_encode()
    return held.take(pa.array(at))


def _number(values: Array) -> pa.Array:
    """Return numbers row by row, null where there is none."""
    flat = np.ascontiguousarray(values).ravel()
    return pa.array(flat, mask=np.isnan(flat))


def to_parquet(table: pa.Table) -> bytes:
    """Return the bytes of a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def values_from(
    data: bytes, keys: Sequence[str], plan: Plan, numbers: Sequence[int]
) -> Values | None:
    """Return solves read back from a part's bytes.

    Parameters
    ----------
    data : bytes
        Of a Parquet file.
    keys : sequence of str
        Content hashes to read.
    plan : Plan
        Says which countries are wanted.
    numbers : sequence of int
        Number of each key's solve in the plan that wants it.

    Returns
    -------
    Values or None
        None if the part holds none of them. All wanted countries must be in the part.
    """
    countries = (*plan.countries, WORLD)
    table = pq.read_table(pa.BufferReader(data), read_dictionary=["hash", "country"])
    wanted = pc.and_(
        pc.is_in(table["hash"].cast(pa.string()), pa.array(keys, pa.string())),
        pc.is_in(table["country"].cast(pa.string()), pa.array(countries)),
    )
    frame = table.filter(wanted).to_pandas().drop_duplicates(["hash", "country"])
    if frame.empty:
        return None
    number = dict(zip(keys, numbers, strict=True))
    found = [key for key in keys if key in set(frame["hash"])]
    first = frame.drop_duplicates("hash").set_index("hash").loc[found]

    def wide(name: str) -> Array:
        held = frame.pivot(index="hash", columns="country", values=name)
        return held.loc[found, list(countries)].to_numpy(np.float64)

    return Values(
        np.array([number[key] for key in found]),
        tuple(found),
        wide("welfare"),
        wide("real_wage"),
        wide("income_musd")[0],
        tuple(first["status"].astype(str)),
        tuple("" if m is None or m != m else str(m) for m in first["message"].astype(object)),
        first["residual"].to_numpy(np.float64),
    )
