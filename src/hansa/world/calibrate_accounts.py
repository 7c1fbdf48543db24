"""Value added by activity before trade is looked at: UN groups, divided as the tables divide them.

May import ``hansa.errors``, the sectors and regions. Money in million USD. The choices are the
constants below; DATA.md states them in words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from hansa.world.regions import Regions
from hansa.world.sectors import GROUPS, Sectors

Array = np.ndarray

#: How far demand at home may move a proxy's composition: power and bounds of the ratio.
DEMAND_POWER, DEMAND_BOUND = 0.5, 10.0
#: Mining without a table of its own: weight of net exports against the proxy in its split.
REVEALED = 0.75


@dataclass(frozen=True)
class Costs:
    """The tables, the country's own or its proxies', on the economies of the world.

    Attributes
    ----------
    value_added_share, composition, size : (N, A) arrays
        Value added over output; share of its UN group's value added; share of all value added.
    inputs : (N, J, A) array
        Input of each sector per unit of output.
    final : (N, J) array
        Shares of final use.
    own : (N,) bool array
        Which economies have a table of their own.
    """

    value_added_share: Float[Array, "n a"]
    composition: Float[Array, "n a"]
    size: Float[Array, "n a"]
    inputs: Float[Array, "n j a"]
    final: Float[Array, "n j"]
    own: Bool[Array, " n"]


def ratio(above: Array, below: Array) -> Array:
    """Return above / below, 0 where below is 0."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def group_totals(
    accounts: pd.DataFrame, where: Regions, size: Float[Array, "n a"], names: Sectors
) -> Float[Array, "n g"]:
    """Return value added by UN group, scaled to the total value added of the source.

    Parameters
    ----------
    accounts : DataFrame
        ``hansa.world.sources.un_accounts.tidy``.
    size : (N, A) array
        Proxies' shares of activities in total value added: divides the services of economies
        whose accounts give them in one sum under "other activities".
    """
    filled = accounts.copy()
    lumped = filled["trade_hotels"].isna() & filled["transport_communication"].isna()
    by_group = names.by_group(size)
    parts = ("trade_hotels", "transport_communication", "other_services")
    columns = [GROUPS.index(p) for p in parts]
    for code in filled.index[lumped]:
        if code not in where.place:
            continue
        share = by_group[where.positions([code])[0], columns]
        total = float(filled.loc[code, "other_services"])
        filled.loc[code, list(parts)] = total * share / share.sum()
    groups = filled[list(GROUPS)].fillna(0.0)
    groups = groups.mul(filled["value_added"] / groups.sum(axis=1), axis=0)
    return where.totals(groups)


def prior_value_added(
    totals: Float[Array, "n g"],
    costs: Costs,
    exports: Float[Array, "n j"],
    imports: Float[Array, "n j"],
    mined: Float[Array, " n"],
    names: Sectors,
) -> Float[Array, "n a"]:
    """Return value added by activity before exports are looked at.

    Groups divide as the proxies' do; without an own table, utilities keep the proxies' share of
    all value added and mining divides by `REVEALED` net exports and the proxy's split.
    """
    group = names.activity_group
    value = totals[:, group] * costs.composition
    mines = [names.activity(a) for a in ("mining_fuels", "mining_ores", "mining_gems")]
    utilities = names.activity("utilities")
    total = totals[:, GROUPS.index("mining_utilities")]
    other = names.position("other_manufactures")
    columns = [names.position("fuels"), names.position("crude_ores"), other]
    sold, bought = exports[:, columns].copy(), imports[:, columns].copy()
    sold[:, 2] *= mined
    bought[:, 2] *= mined
    revealed = np.maximum(sold - bought, 0.1 * sold)
    for n in np.flatnonzero(~costs.own):
        supply = min(costs.size[n, utilities] * totals[n].sum(), 0.8 * total[n])
        proxy = costs.composition[n, mines] / costs.composition[n, mines].sum()
        seen = revealed[n] / revealed[n].sum() if revealed[n].sum() > 0 else proxy
        value[n, utilities] = supply
        value[n, mines] = (total[n] - supply) * (REVEALED * seen + (1 - REVEALED) * proxy)
    return value


def demand_composition(
    prior: Float[Array, " a"],
    share: Float[Array, " a"],
    inputs: Float[Array, "j a"],
    final: Float[Array, " j"],
    exports: Float[Array, " j"],
    imports: Float[Array, " j"],
    totals: Float[Array, " g"],
    names: Sectors,
) -> Float[Array, " a"]:
    """Return value added moved, inside its group, towards what demand at home asks for.

    Output asked for is use at home by the proxies' coefficients, plus exports, less imports. A
    country that imports nearly all its cars makes few.
    """
    sector, group = names.activity_sector, names.activity_group
    base = np.bincount(sector, prior / share, len(names.codes))
    spending = max(totals.sum() + (imports - exports).sum(), 0.3 * totals.sum())
    mines = np.array([a.startswith("mining") for a in names.activities])
    value = prior
    for _ in range(30):
        asked = inputs @ (value / share) + final * spending + exports - imports
        pull = np.clip(asked / np.maximum(base, 1e-300), 1 / DEMAND_BOUND, DEMAND_BOUND)
        moved = prior * np.where(mines, 1.0, pull[sector] ** DEMAND_POWER)
        moved = moved * ratio(totals, np.bincount(group, moved, len(GROUPS)))[group]
        value = np.sqrt(value * moved)
    return value
