"""How far the balanced world is from its sources, country by country.

May import ``hansa.errors`` and the World. The numbers are computed when the world is built and
travel in its metadata; `deviations` lays them out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hansa.errors import DataError
from hansa.world.sectors import GROUPS
from hansa.world.world import World

if TYPE_CHECKING:
    from hansa.world.build import Calibration

__all__ = ["deviation_table", "deviations", "summarise"]

Array = np.ndarray


def deviation_table(found: Calibration, world: World) -> dict[str, Any]:
    """Return source and world values by country and item, rounded to thousands of USD.

    Returns
    -------
    dict
        ``items``: names; ``source`` and ``world``: {country: values}, million USD.
    """
    inputs, goods = found.inputs, found.inputs.goods
    where, names = inputs.where, inputs.names
    n = len(where.codes)
    keep = np.array([s in names.goods for s in names.codes])
    own = np.arange(n)
    cube = goods.sections.copy()
    cube[own, own] = 0.0
    before = goods.flows.copy()
    before[own, own] = 0.0
    # A cell keeps its sections, scaled to what is left of it; flows that replace re-exports divide
    # as the origin's exports of the sector do.
    after, added = found.rerouted.flows * keep, found.rerouted.added * keep
    left = np.maximum(after - added, 0.0) / np.where(before > 0, before, 1.0)
    sold = np.einsum("is,isj->ijs", cube.sum(axis=0), goods.split)
    part = sold / np.maximum(sold.sum(axis=2, keepdims=True), 1e-300)
    weight = np.einsum("nij,isj->nis", left, goods.split)
    sections = cube * weight + np.einsum("nij,ijs->nis", np.minimum(added, after), part)
    out_after, in_after = sections.sum(axis=0), sections.sum(axis=1)
    columns = ["gdp", "consumption", "investment", "exports", "imports", "value_added"]
    accounts = where.totals(inputs.accounts[columns])
    inside = goods.sections[own, own].sum(axis=1)
    group_world = names.by_group(found.supply.value_added)
    rows: dict[str, tuple[Array, Array]] = {
        "goods exports": (cube.sum(axis=(0, 2)), after.sum(axis=(0, 2))),
        "goods imports": (cube.sum(axis=(1, 2)), after.sum(axis=(1, 2))),
    }
    for s in range(10):
        rows[f"exports SITC {s}"] = (cube[:, :, s].sum(axis=0), out_after[:, s])
        rows[f"imports SITC {s}"] = (cube[:, :, s].sum(axis=1), in_after[:, s])
    rows["value added"] = (accounts[:, 5], world.value_added)
    for g, group in enumerate(GROUPS):
        rows[f"value added {group}"] = (found.source_totals[:, g], group_world[:, g])
    rows["gdp"] = (accounts[:, 0], world.value_added)
    rows["final expenditure"] = (accounts[:, 1] + accounts[:, 2], world.income)
    rows["exports of goods and services"] = (
        accounts[:, 3] - inside, world.exports.sum(axis=1)
    )  # fmt: skip
    rows["imports of goods and services"] = (
        accounts[:, 4] - inside, world.imports.sum(axis=1)
    )  # fmt: skip
    items = list(rows)
    table = np.array([rows[i] for i in items]).round(3)
    return {
        "items": items,
        "source": {c: table[:, 0, k].tolist() for k, c in enumerate(where.codes)},
        "world": {c: table[:, 1, k].tolist() for k, c in enumerate(where.codes)},
    }


def deviations(world: World) -> pd.DataFrame:
    """Return how far the world is from its sources.

    Returns
    -------
    DataFrame
        One row per country and item: ``country``, ``item``, ``source`` and ``world`` (million
        USD), ``difference`` (million USD) and ``relative`` (NaN where the source has nothing).

    Raises
    ------
    DataError
        If the world carries no such table (it was not built by `hansa.world.build`).
    """
    table = world.meta.get("deviations")
    if not table:
        raise DataError(f"{world.name} carries no table of deviations from sources")
    frame = pd.DataFrame(
        [
            (country, item, source, value)
            for country in table["source"]
            for item, source, value in zip(
                table["items"], table["source"][country], table["world"][country], strict=True
            )
        ],
        columns=["country", "item", "source", "world"],
    )
    frame["difference"] = frame["world"] - frame["source"]
    frame["relative"] = (frame["difference"] / frame["source"]).where(frame["source"] != 0)
    return frame


def summarise(world: World) -> pd.DataFrame:
    """Return, by item, the median and largest deviation and the country of the largest.

    Returns
    -------
    DataFrame
        Index: item, in the order of the table. Columns ``median`` and ``weighted`` (absolute
        relative deviation: median over countries, and sum of differences over sum of sources),
        ``largest`` (relative) and ``where`` (its country), over the sources' values of at least
        100 million USD.
    """
    frame = deviations(world)
    frame = frame[frame["source"].abs() >= 100]
    frame = frame.assign(size=frame["relative"].abs(), gap=frame["difference"].abs())
    rows: dict[str, dict[str, object]] = {}
    for item, part in frame.groupby("item", sort=False):
        worst = part.iloc[int(part["size"].to_numpy().argmax())]
        rows[str(item)] = {
            "median": float(part["size"].median()),
            "weighted": float(part["gap"].sum() / part["source"].abs().sum()),
            "largest": float(worst["relative"]),
            "where": str(worst["country"]),
        }
    return pd.DataFrame.from_dict(rows, orient="index")
