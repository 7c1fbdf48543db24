"""Output that supports every country's exports, and the re-exports it cannot have made.

May import ``hansa.errors``, the sectors and the accounts. Money in million USD. The choices are the
constants below; DATA.md states them in words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hansa.world.calibrate_accounts import Costs, demand_composition, ratio
from hansa.world.sectors import GROUPS, Sectors

Array = np.ndarray

#: No sector may export more than this share of its output.
EXPORT_CAP = 0.9
#: Domestic sales are at least this share of domestic spending, so that every country has some
#: supply of its own of everything it uses.
HOME_FLOOR = 0.01
#: In a country with its own table, exports beyond the cap on this multiple of the table's output
#: are taken to be re-exports.
STRETCH = 1.3
#: A country whose goods exports in the matrix exceed its table's by more than the first factor is a
#: hub: there exports beyond the second factor times the table's export share are re-exports.
HUB, HUB_STRETCH = 1.5, 1.1
#: Re-exports take at most this share of a sector's imports: without a table, and with one.
REEXPORT_LIMIT, REEXPORT_LIMIT_TABLE = 0.95, 0.85
#: Value-added shares may fall to the first of these shares of the table's where exports demand more
#: output than the group's value added supports (processing trade), and to the second where there
#: are no imports that re-exports could have come from.
THIN_MARGIN, THINNEST_MARGIN = 0.8, 0.5
#: Sectors whose goods the HS and the industries of WIOD divide differently (computers are HS 84 but
#: made by electronics; medicines' ingredients are chemicals): re-exports show only in their sum.
POOLS = (
    ("chemicals", "pharma", "fertilisers"),
    ("machinery", "electronics"),
    ("vehicles", "other_transport"),
    ("metals", "crude_ores"),
)


@dataclass(frozen=True)
class Trade:
    """What each country sells and buys abroad, (N, J) arrays, million USD.

    Attributes
    ----------
    exports, imports
        As they stand.
    passed
        Re-exports already taken out of both.
    made
        Largest exports over the table's output that are not yet re-exports, as a ratio; used
        where there is a table.
    """

    exports: Float[Array, "n j"]
    imports: Float[Array, "n j"]
    passed: Float[Array, "n j"]
    made: Float[Array, "n j"]


@dataclass(frozen=True)
class Supply:
    """Output and value added.

    Attributes
    ----------
    value_added, output : (N, A) arrays
        By activity.
    reexports : (N, J) array
        What each country's exports hold of other countries' goods.
    cut : (N, J) array
        Exports that neither output nor re-exported imports can have supplied.
    thinned : (N, A) array
        Value-added share used over the table's.
    """

    value_added: Float[Array, "n a"]
    output: Float[Array, "n a"]
    reexports: Float[Array, "n j"]
    cut: Float[Array, "n j"]
    thinned: Float[Array, "n a"]


def fit_value_added(
    prior: Float[Array, " a"],
    share: Float[Array, " a"],
    floor: Float[Array, " j"],
    totals: Float[Array, " g"],
    names: Sectors,
) -> Float[Array, " a"]:
    """Return activity value added nearest in proportion to `prior`.

    Group totals are met exactly; sectors' output is raised to `floor` as far as they allow.

    Parameters
    ----------
    prior, share : (A,) arrays
        Value added (any scale) and value-added share.
    floor : (J,) array
        Least output by sector.
    totals : (G,) array
        Value added by UN group.
    """
    sector, group = names.activity_sector, names.activity_group
    # Gems and gold that are sold but not mined are passed on, not dug up.
    mined = np.arange(len(prior)) == names.activity("mining_gems")
    value = np.maximum(prior, 1e-9 * totals[group])
    value = value * ratio(totals, np.bincount(group, value, len(GROUPS)))[group]
    for _ in range(400):
        output = np.bincount(sector, value / share, len(names.codes))
        factor = np.maximum(1.0, floor / np.maximum(output, 1e-300))
        if factor.max() < 1 + 1e-9:
            break
        value = value * np.where(mined, 1.0, factor[sector])
        value = value * ratio(totals, np.bincount(group, value, len(GROUPS)))[group]
    return value


def output_floor(exports: Float[Array, " j"], imports: Float[Array, " j"]) -> Float[Array, " j"]:
    """Return the least output that supports exports and a little supply at home."""
    return np.maximum(exports / EXPORT_CAP, exports + HOME_FLOOR / (1 - HOME_FLOOR) * imports)


def most_made(
    goods_exports: Float[Array, " n"],
    table_exports: Float[Array, " n"],
    export_share: Float[Array, "n j"],
) -> Float[Array, "n j"]:
    """Return the largest exports, over a table's output, that the country can have made itself.

    Parameters
    ----------
    goods_exports, table_exports : (N,) arrays
        All goods, of the matrix and of the table.
    export_share : (N, J) array
        Exports over output in the table.
    """
    most = np.full(export_share.shape, EXPORT_CAP * STRETCH)
    hub = goods_exports > HUB * table_exports
    return np.where(hub[:, None], np.minimum(most, HUB_STRETCH * export_share), most)


def supply(
    totals: Float[Array, "n g"],
    prior: Float[Array, "n a"],
    costs: Costs,
    trade: Trade,
    names: Sectors,
) -> Supply:
    """Return output and value added that support every country's exports, and the re-exports.

    Country by country: the prior (moved by demand where it is a proxy's) is raised where exports
    need it; if the group's value added does not suffice, value-added shares fall, down to
    ``THIN_MARGIN``; what is then missing is re-exports, as far as there are imports; then shares
    fall to ``THINNEST_MARGIN``; what is then missing are exports the country cannot have made or
    passed on, which are cut. Countries with an own table keep its composition: there exports
    beyond ``trade.made`` times its output are re-exports first.

    Parameters
    ----------
    totals : (N, G) array
        Value added by UN group; met exactly.
    prior : (N, A) array
        See `hansa.world.calibrate_accounts.prior_value_added`.
    costs, trade, names
        Tables, trade and sectors.
    """
    share = costs.value_added_share
    value, thinned = np.zeros_like(prior), np.ones_like(prior)
    again, cut = np.zeros_like(trade.exports), np.zeros_like(trade.exports)
    goods = np.arange(len(names.codes)) < len(names.goods)
    for n in range(len(prior)):
        start, sold, bought = prior[n], trade.exports[n], trade.imports[n]
        limit = REEXPORT_LIMIT_TABLE if costs.own[n] else REEXPORT_LIMIT
        room = np.where(goods, limit * (bought + trade.passed[n]) - trade.passed[n], 0.0)
        room = np.maximum(room, 0.0)
        if costs.own[n]:
            again[n] = table_reexports(start, share[n], sold, room, trade.made[n], names)
        else:
            start = demand_composition(
                start, share[n], costs.inputs[n], costs.final[n], sold, bought, totals[n], names
            )
        value[n], thinned[n], again[n], cut[n] = _support(
            start, share[n], sold, bought, again[n], room, totals[n], names
        )
    return Supply(
        value_added=value,
        output=value / (share * thinned),
        reexports=again,
        cut=cut,
        thinned=thinned,
    )


def table_reexports(
    prior: Float[Array, " a"],
    share: Float[Array, " a"],
    exports: Float[Array, " j"],
    room: Float[Array, " j"],
    most: Float[Array, " j"],
    names: Sectors,
) -> Float[Array, " j"]:
    """Return exports beyond what a country's own table can have made.

    Parameters
    ----------
    prior, share : (A,) arrays
        Value added and its share in output, by activity.
    exports, room : (J,) arrays
        Exports, and the re-exports that imports allow.
    most : (J,) array
        Largest exports over output.
    """
    limit = most * np.bincount(names.activity_sector, prior / share, len(names.codes))
    beyond = np.maximum(exports - limit, 0.0)
    for pool in POOLS:
        members = [names.position(p) for p in pool]
        excess = max(exports[members].sum() - limit[members].sum(), 0.0)
        beyond[members] *= excess / max(beyond[members].sum(), 1e-300)
    return np.minimum(beyond, room)


def _support(
    prior: Array,
    share: Array,
    exports: Array,
    imports: Array,
    again: Array,
    room: Array,
    totals: Array,
    names: Sectors,
) -> tuple[Array, Array, Array, Array]:
    sector = names.activity_sector
    thinned, again, cut = np.ones_like(share), again.copy(), np.zeros_like(exports)
    for _ in range(400):
        left = exports - again - cut
        floor = output_floor(left, imports - again)
        value = fit_value_added(prior, share * thinned, floor, totals, names)
        output = np.bincount(sector, value / (share * thinned), len(names.codes))
        short = np.maximum(floor - output, 0.0)
        tight = short > 1e-4 * floor
        if not tight.any():
            break
        can = tight & (room - again > 1e-3 * room) & (left > 0)
        thin = tight[sector] & (thinned > THIN_MARGIN)
        thinner = tight[sector] & ~can[sector] & (thinned > THINNEST_MARGIN)
        if thin.any():
            thinned = np.where(thin, np.maximum(thinned * 0.95, THIN_MARGIN), thinned)
        elif can.any():
            step = np.minimum(np.minimum(EXPORT_CAP * short, room - again), left)
            again = again + np.where(can, step, 0.0)
        elif thinner.any():
            thinned = np.where(thinner, np.maximum(thinned * 0.95, THINNEST_MARGIN), thinned)
        else:
            cut = cut + np.where(tight, np.minimum(EXPORT_CAP * short, left), 0.0)
    return value, thinned, again, cut
