"""Domestic sales by section and year: output of the accounts and the tables, less exports.

May import ``hansa.errors``, ``hansa.world`` and the policy room. Value added of the year by UN
group (UN accounts), its division inside a group and output per value added from the tables of
2014 (WIOD; proxies where a country has none), as in the embedded world.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float

if TYPE_CHECKING:
    import pandas as pd

    from hansa.world.build_inputs import Inputs

Array = np.ndarray

__all__ = ["LEAST_AT_HOME", "SECTIONS", "Home", "Trade", "domestic_sales", "trade_of"]

#: Sections of SITC that are estimated. 0, 1 and 4 are one sector (agriculture and food) and go
#: together; 9 (gold, confidential trade) has no output to speak of and is left out.
SECTIONS = {
    "food 0+1+4": (0, 1, 4),
    "crude materials 2": (2,),
    "fuels 3": (3,),
    "chemicals 5": (5,),
    "manufactures 6": (6,),
    "machinery 7": (7,),
    "articles 8": (8,),
}
#: Least share of output sold at home for domestic sales to be believed.
LEAST_AT_HOME = 0.05


@dataclass(frozen=True, eq=False)
class Trade:
    """Trade of one year, million USD f.o.b.

    Attributes
    ----------
    flows : (N, N, S) array
        Destination, origin, section of the panel; inside an aggregate on the diagonal.
    sections : (N, N, 10) array
        The same by section of SITC.
    total, nameless, nine : float
        All recorded trade with two codes; what has none; section 9.
    """

    flows: Float[Array, "n n s"]
    sections: Float[Array, "n n k"]
    total: float
    nameless: float
    nine: float


@dataclass(frozen=True, eq=False)
class Home:
    """Domestic sales of one year.

    Attributes
    ----------
    value : (N, S) array, million USD
        NaN where they are not believed.
    lost : (N, S) bool array
        Where they are not believed in one of the years, and hence left out in all.
    hubs, without_accounts : tuple of str
    """

    value: Float[Array, "n s"]
    lost: Bool[Array, "n s"]
    hubs: tuple[str, ...]
    without_accounts: tuple[str, ...]


def trade_of(folder: str | Path, year: int, inputs: Inputs) -> Trade:
    """Return one year's trade on the economies of the embedded world."""
    from hansa.world.calibrate_trade import section_cube
    from hansa.world.sources import unctad

    table = unctad.tidy(folder, year)
    total = float(table["value"].sum())
    nine = float(table.loc[table["section"] == 9, "value"].sum())
    known = table["exporter"].isin(inputs.where.place) & table["importer"].isin(inputs.where.place)
    cube = section_cube(table[known], inputs.where)
    flows = np.stack([cube[:, :, list(s)].sum(axis=2) for s in SECTIONS.values()], axis=2)
    return Trade(flows, cube, total, float(table.attrs["dropped"]), nine)


def domestic_sales(folder: str | Path, trade: dict[int, Trade], inputs: Inputs) -> dict[int, Home]:
    """Return domestic sales by year: output less exports, where that can be believed.

    A country and section is left out in all years if in one of them the accounts lack the
    country, nothing is made, or less than ``LEAST_AT_HOME`` of output stays at home.
    """
    from hansa.world.sources import un_accounts

    made, sold, missing = {}, {}, {}
    tables = _with_manufacturing({year: un_accounts.tidy(folder, year) for year in trade})
    for year, flows in trade.items():
        accounts = tables[year]
        made[year], missing[year] = _section_output(accounts, flows, inputs)
        n = np.arange(len(inputs.where.codes))
        sold[year] = flows.flows.sum(axis=0) - flows.flows[n, n]
    absent = np.any([missing[year] for year in trade], axis=0)
    lost = (
        np.any([made[y] - sold[y] <= LEAST_AT_HOME * made[y] for y in trade], axis=0)
        | absent[:, None]
    )
    first = list(SECTIONS).index("chemicals 5")
    beyond = np.any([sold[y][:, first:].sum(1) > made[y][:, first:].sum(1) for y in trade], axis=0)
    codes = np.array(inputs.where.codes, dtype=object)
    alone = np.array([c not in inputs.where.aggregates for c in inputs.where.codes])
    hubs = tuple(codes[beyond & ~absent & alone])
    without = tuple(codes[absent & alone])
    return {
        year: Home(np.where(lost, np.nan, made[year] - sold[year]), lost, hubs, without)
        for year in trade
    }


def _with_manufacturing(accounts: dict[int, pd.DataFrame]) -> dict[int, pd.DataFrame]:
    """Return the accounts with manufacturing where only industry is known (China before 2004).

    It is the share of industry that it is in the next year of the panel.
    """
    years = sorted(accounts)
    for year, later in zip(reversed(years[:-1]), reversed(years[1:]), strict=True):
        table, after = accounts[year], accounts[later]
        share = (after["manufacturing"] / after["industry"]).reindex(table.index)
        gap = table["manufacturing"].isna() & table["industry"].notna() & share.notna()
        table.loc[gap, "manufacturing"] = (table["industry"] * share)[gap]
        table["mining_utilities"] = table["industry"] - table["manufacturing"]
    return accounts


def _section_output(
    accounts: pd.DataFrame, trade: Trade, inputs: Inputs
) -> tuple[Float[Array, "n s"], Bool[Array, " n"]]:
    """Return output by section of the panel, and which economies have no accounts."""
    from hansa.world.calibrate_accounts import group_totals, prior_value_added

    names, costs, goods = inputs.names, inputs.costs, inputs.goods
    rows = accounts[accounts["value_added"].notna()]
    totals = group_totals(rows, inputs.where, costs.size, names)
    # By sector: each section divides as the exporter's did in 2015.
    own = np.arange(len(inputs.where.codes))
    crossing = trade.sections.copy()
    crossing[own, own] = 0.0
    exports = np.einsum("nik,ikj->ij", crossing, goods.split)
    imports = np.einsum("nik,ikj->nj", crossing, goods.split)
    value = prior_value_added(totals, costs, exports, imports, goods.mined, names)
    output = names.by_sector(value / costs.value_added_share)
    by_section = np.einsum("nik,ikj->ikj", crossing, goods.split)
    # A sector's output divides over sections as its exports do; as the world's where it has none.
    world = by_section.sum(axis=0)
    total = by_section.sum(axis=1, keepdims=True)
    share = np.where(total > 0, by_section / np.where(total > 0, total, 1.0), 0.0)
    pooled = world / np.where(world.sum(axis=0) > 0, world.sum(axis=0), 1.0)
    share = np.where(total > 0, share, pooled[None])
    made = np.einsum("ikj,ij->ik", share, output)
    known = totals.sum(axis=1) > 0
    return np.stack([made[:, list(s)].sum(axis=1) for s in SECTIONS.values()], axis=1), ~known
