"""What each activity costs to run: WIOD's tables read at the grain of the activities.

May import ``hansa.errors``, the sectors and the WIOD sources (Timmer et al. 2015, Rev. Int. Econ.
23). Coefficients are of total use (domestic and imported); the 2016 release gives domestic use and
the total of imported inputs by industry, the 2013 release the products those imports consist of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from hansa.world.sectors import Sectors, settings
from hansa.world.sources.wiod2013 import Wiod2013
from hansa.world.sources.wiod2016 import INDUSTRIES, Wiod2016

Array = np.ndarray

#: Industries with less than this share of a country's output have no column of their own: the
#: pooled one of all countries is used.
THINNEST = 2e-5


@dataclass(frozen=True)
class Technology:
    """Costs and demand of the countries that have a table.

    Attributes
    ----------
    countries : tuple of str
    inputs : (C, J, A) array
        Input of sector j per unit of output of activity a.
    value_added_share : (C, A) array
        With `inputs` sums to one.
    composition : (C, A) array
        Share of each activity in the value added of its UN group.
    activity_size : (C, A) array
        Share of each activity in total value added.
    final : (C, J) array
        Shares of final use.
    exports : (C, J) array
        What is exported, million USD of 2014.
    export_share : (C, J) array
        Exports over output.
    tradability : (J,) array
        The same for all countries together.
    """

    countries: tuple[str, ...]
    inputs: Float[Array, "c j a"]
    value_added_share: Float[Array, "c a"]
    composition: Float[Array, "c a"]
    activity_size: Float[Array, "c a"]
    final: Float[Array, "c j"]
    exports: Float[Array, "c j"]
    export_share: Float[Array, "c j"]
    tradability: Float[Array, " j"]


def product_map(names: Sectors) -> tuple[Float[Array, "s k j"], Float[Array, "k j"]]:
    """Return where the products of the 56 industries go, by who uses them.

    Returns
    -------
    by_user : (56, 56, J) array
        User industry, product industry, sector: shares that sum to one over sectors.
    final : (56, J) array
        The same for final use.
    """
    rule = settings("sectors.yaml")
    base = np.zeros((len(INDUSTRIES), len(names.codes)))
    for activity in rule["activities"].values():
        if activity["industries"] in (["B"], ["C20"]):
            continue
        for industry in activity["industries"]:
            base[INDUSTRIES.index(industry)] = 0.0
            base[INDUSTRIES.index(industry), names.position(activity["sector"])] = 1.0
    by_user = np.repeat(base[None], len(INDUSTRIES), axis=0)
    final = base.copy()
    mining, chemicals = INDUSTRIES.index("B"), INDUSTRIES.index("C20")
    targets = [(by_user[s], user) for s, user in enumerate(INDUSTRIES)] + [(final, "final")]
    for table, user in targets:
        table[mining] = mining_split(user, names)
        table[chemicals] = 0.0
        share = rule["fertiliser_use"].get(user, rule["fertiliser_use"]["default"])
        table[chemicals, names.position("fertilisers")] = share
        table[chemicals, names.position("chemicals")] = 1 - share
    return by_user, final


def mining_split(user: str, names: Sectors) -> Float[Array, " j"]:
    """Return how a user's purchases from mining divide over sectors."""
    rule = settings("sectors.yaml")["mining_use"]
    part = rule.get(user, rule["default"])
    split = np.zeros(len(names.codes))
    split[names.position("fuels")] = part["fuels"]
    split[names.position("other_manufactures")] = part["gems"]
    split[names.position("crude_ores")] = 1 - part["fuels"] - part["gems"]
    return split


def divide_merged(table: Wiod2016) -> Wiod2016:
    """Return the tables with industries that are inside another taken out of it.

    A table with nothing in an industry of ``merged`` (``sectors.yaml``) has it in its host: rows
    divide by user, columns and totals by output, as in all the tables that show both.
    """
    use, output = table.domestic_use.copy(), table.output.copy()
    final = {f: getattr(table, f).copy() for f in ("final_use", "final_origin", "final_domestic")}
    totals = {f: getattr(table, f).copy() for f in ("inputs", "value_added", "margins")}
    for hidden_code, host_code in settings("sectors.yaml")["merged"].items():
        hidden, host = INDUSTRIES.index(hidden_code), INDUSTRIES.index(host_code)
        shown = table.output[:, hidden] > 0
        made = _part(table.output[shown, hidden].sum(), table.output[shown, host].sum())
        used = _part(
            table.domestic_use[shown, hidden].sum(axis=0),
            table.domestic_use[shown, host].sum(axis=0),
        )
        eaten = _part(
            table.final_domestic[shown, hidden].sum(), table.final_domestic[shown, host].sum()
        )
        for c in np.flatnonzero(~shown):
            use[c, hidden] = used * use[c, host]
            use[c, host] = (1 - used) * use[c, host]
            use[c, :, hidden] = made * use[c, :, host]
            use[c, :, host] = (1 - made) * use[c, :, host]
            moved = eaten * final["final_domestic"][c, host]
            for values in final.values():
                values[c, hidden] += moved
                values[c, host] -= moved
            for values in (output, *totals.values()):
                values[c, hidden] = made * values[c, host]
                values[c, host] = (1 - made) * values[c, host]
    return replace(table, domestic_use=use, output=output, **final, **totals)


def _part(one: Array | float, other: Array | float) -> Array:
    """Return one / (one + other), 0 where both are 0."""
    both = np.asarray(one + other, dtype=np.float64)
    return np.divide(one, both, out=np.zeros_like(both), where=both > 0)


def total_use(table: Wiod2016, pattern: Float[Array, "c k k"]) -> Float[Array, "c k k"]:
    """Return use of products of any origin.

    Parameters
    ----------
    table
        The 2014 tables.
    pattern : (C, 56, 56) array
        What imported inputs consist of: any scale, columns are rescaled to each industry's
        imported inputs (its total inputs less its domestic ones).
    """
    imported = np.maximum(table.inputs - table.domestic_use.sum(axis=1), 0.0)
    column = pattern.sum(axis=1)
    share = pattern / np.where(column > 0, column, 1.0)[:, None, :]
    return table.domestic_use + share * imported[:, None, :]


def import_pattern(table: Wiod2016, earlier: Wiod2013) -> Float[Array, "c k k"]:
    """Return what imported inputs consist of, from the inter-country table of 2011.

    A product class of the 35 that holds several of the 56 divides by user as `pooled_pattern`
    does. Countries the earlier table lacks take the sum of those it has.
    """
    abroad = earlier.total_use.copy()
    for n in range(len(earlier.countries)):
        abroad[n] -= earlier.intermediate[n, :, n, :]
    abroad = np.maximum(abroad, 0.0)
    rule = settings("sectors.yaml")["wiod2013"]
    within = np.zeros((len(earlier.industries), len(INDUSTRIES)))
    for code, industries in rule.items():
        for industry in industries:
            within[earlier.industries.index(code), INDUSTRIES.index(industry)] = 1.0
    # Users first: a user of the 56 buys as its class (or classes) of the 35 did.
    by_class = abroad @ within
    pooled = pooled_pattern(table)[0]
    # Shares of the 56 products inside their class, by user; equal where nobody uses any.
    divide = within[:, :, None] * np.maximum(pooled, 1e-9 * pooled.max())[None]
    divide = divide / np.maximum(divide.sum(axis=1, keepdims=True), 1e-300)
    pattern = np.einsum("nqs,qks->nks", by_class, divide)
    index = {c: i for i, c in enumerate(earlier.countries)}
    everyone = pattern.sum(axis=0)
    return np.stack([pattern[index[c]] if c in index else everyone for c in table.countries])


def pooled_pattern(table: Wiod2016) -> Float[Array, "c k k"]:
    """Return an import pattern from the 2014 tables alone.

    All countries' domestic use together, each product weighted by the share of it that crosses
    borders.
    """
    exported = table.output - table.domestic_use.sum(axis=2) - table.final_domestic
    tradable = np.clip(exported.sum(axis=0) / table.output.sum(axis=0), 0.0, 1.0)
    pooled = table.domestic_use.sum(axis=0) * tradable[:, None]
    return np.repeat(pooled[None], len(table.countries), axis=0)


def technology(
    table: Wiod2016, pattern: Float[Array, "c k k"], mined: dict[str, Array], names: Sectors
) -> Technology:
    """Return costs and demand by activity.

    Parameters
    ----------
    table
        The 2014 tables.
    pattern
        See `total_use`.
    mined : dict
        Country to what it exports of mined fuels, ores and gems (any unit), which splits the part
        of its mining that is exported.
    names
        The sectors.
    """
    use = total_use(table, pattern)
    by_user, by_final = product_map(names)
    use_by_sector = np.einsum("cks,skj->cjs", use, by_user)
    transport = names.position("transport_communication")
    use_by_sector[:, transport, :] += np.maximum(table.margins, 0.0)
    value_added = np.maximum(table.value_added, 0.02 * table.output)
    cost = use_by_sector.sum(axis=1) + value_added
    inputs, va_share = _columns(use_by_sector, value_added, cost, table.output, names)
    split = industry_split(table, mined, names)
    size = np.einsum("cs,csa->ca", value_added, split)
    in_group = names.by_group(size)[:, names.activity_group]
    final = np.maximum(table.final_use, 0.0) @ by_final
    exported = table.output - table.domestic_use.sum(axis=2) - table.final_domestic
    trade, made = np.maximum(exported, 0.0) @ by_final, table.output @ by_final
    return Technology(
        countries=table.countries,
        inputs=inputs,
        value_added_share=va_share,
        composition=size / np.where(in_group > 0, in_group, 1.0),
        activity_size=size / size.sum(axis=1, keepdims=True),
        final=final / final.sum(axis=1, keepdims=True),
        exports=trade,
        export_share=np.clip(trade / np.maximum(made, 1e-9), 0.0, 1.0),
        tradability=trade.sum(axis=0) / made.sum(axis=0),
    )


def _columns(
    use: Array, value_added: Array, cost: Array, output: Array, names: Sectors
) -> tuple[Float[Array, "c j a"], Float[Array, "c a"]]:
    """Return cost shares by activity; thin industries take the pooled column."""
    rule = settings("sectors.yaml")["activities"]
    pooled_use, pooled_va, pooled_cost = use.sum(0), value_added.sum(0), cost.sum(0)
    count, sectors = use.shape[0], use.shape[1]
    inputs = np.zeros((count, sectors, len(names.activities)))
    va_share = np.zeros((count, len(names.activities)))
    for a, activity in enumerate(rule.values()):
        rows = [INDUSTRIES.index(i) for i in activity["industries"]]
        spent = cost[:, rows].sum(axis=1)
        thin = output[:, rows].sum(axis=1) < THINNEST * output.sum(axis=1)
        safe = np.where(thin, 1.0, spent)
        inputs[:, :, a] = use[:, :, rows].sum(axis=2) / safe[:, None]
        va_share[:, a] = value_added[:, rows].sum(axis=1) / safe
        inputs[thin, :, a] = pooled_use[:, rows].sum(axis=1) / pooled_cost[rows].sum()
        va_share[thin, a] = pooled_va[rows].sum() / pooled_cost[rows].sum()
    return inputs, va_share


def industry_split(
    table: Wiod2016, mined: dict[str, Array], names: Sectors
) -> Float[Array, "c s a"]:
    """Return how each industry's output divides over activities, (C, 56, A).

    Only mining (fuels, ores, gems) and chemicals (fertilisers) divide: by who uses them at home,
    and abroad, for mining, by what the country exports.
    """
    rule = settings("sectors.yaml")
    split = np.zeros((len(table.countries), len(INDUSTRIES), len(names.activities)))
    for a, activity in enumerate(rule["activities"].values()):
        for industry in activity["industries"]:
            if industry not in ("B", "C20") or activity["industries"] == ["C20", "C22"]:
                split[:, INDUSTRIES.index(industry), a] = 1.0
    by_user, by_final = product_map(names)
    exported = np.maximum(table.output - table.domestic_use.sum(axis=2) - table.final_domestic, 0.0)
    b, c20 = INDUSTRIES.index("B"), INDUSTRIES.index("C20")
    for k, parts in ((b, ("mining_fuels", "mining_ores", "mining_gems")),
                     (c20, ("fertilisers", "chemicals"))):  # fmt: skip
        home = np.einsum("cs,sj->cj", table.domestic_use[:, k], by_user[:, k])
        home += np.maximum(table.final_domestic[:, k], 0.0)[:, None] * by_final[k]
        for c, country in enumerate(table.countries):
            made = np.array([home[c, names.activity_sector[names.activity(p)]] for p in parts])
            abroad = mined[country] if k == b else mined[country + ":chemicals"]
            if abroad.sum() > 0:
                made = made + exported[c, k] * abroad / abroad.sum()
            share = made / made.sum() if made.sum() > 0 else np.full(len(parts), 1 / len(parts))
            for p, value in zip(parts, share, strict=True):
                split[c, k, names.activity(p)] = value
    return split
