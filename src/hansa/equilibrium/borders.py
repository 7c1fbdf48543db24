"""Borders: the trade balances of nested blocs, the equations that loose wages obey.

May import only its siblings. Labour-market gaps are sums over all sales, in whose rounding a
vanishing flow drowns. By Walras' law the gaps of a bloc sum to what crosses its border, and the
log of exports over imports keeps its full relative accuracy however little crosses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.cluster.hierarchy import linkage

from hansa.equilibrium.economy import Drivers, Economy, Trade
from hansa.equilibrium.equations import Evaluation, State, deficit, per_country
from hansa.equilibrium.reference import (
    Reference,
    deficit_by_wage,
    local_shares,
    wage_columns,
)

Array = np.ndarray

#: A bloc's imbalance below this share of its value added is rounding: no certificate sees it.
ROUNDING = 5e-11
#: log(1 / flow) between countries that trade nothing; beyond any flow that is not zero.
_APART = 1e4


@dataclass(frozen=True, eq=False)
class Borders:
    """Blocs within blocs: with one numeraire for each separate bloc, an equation for each country.

    Attributes
    ----------
    members : (K, N) bool array
        Each row is a bloc on one side of a border: the lesser side wherever two clusters of
        a hierarchical clustering by trade meet.
    others : (K, N) bool array
        Everybody else.
    numeraire : (C, N) array
        Shares in value added of each separate bloc; K + C = N.
    """

    members: Bool[Array, "k n"]
    others: Bool[Array, "k n"]
    numeraire: Float[Array, "c n"]


def flows(trade: Trade, s: State, ev: Evaluation) -> Float[Array, "j n n"]:
    """Return what every destination pays every origin, net of tariffs, of one scenario."""
    per_access = (s.spending / ev.access)[:, :, 0]
    return np.asarray(trade.net * per_access[:, :, None] * ev.competitiveness[:, :, 0][:, None, :])


def nested_borders(e: Economy, flow: Float[Array, "n n"], blocs: Int[Array, " n"]) -> Borders:
    """Return the borders between clusters of countries, the closest joined first.

    Parameters
    ----------
    e : Economy
    flow : (N, N) array, million USD
        Net payments, destination first.
    blocs : (N,) int array
        Separate blocs, see `Feasibility`.

    Returns
    -------
    Borders
    """
    n = blocs.size
    rows = [np.zeros((0, n), dtype=bool)]
    numbers = np.unique(blocs)
    for number in numbers:
        at = np.flatnonzero(blocs == number)
        if at.size > 1:
            sides = np.zeros((at.size - 1, n), dtype=bool)
            sides[:, at] = _lesser_sides(np.abs(flow[np.ix_(at, at)]))
            rows.append(sides)
    members = np.concatenate(rows)
    weight = (numbers[:, None] == blocs) * e.value_added
    return Borders(members, ~members, weight / weight.sum(1, keepdims=True))


def _lesser_sides(flow: Float[Array, "m m"]) -> Bool[Array, "l m"]:
    """Return, for every merger of a single-linkage clustering, the side that trades less."""
    m = flow.shape[0]
    closeness = flow + flow.T
    off = ~np.eye(m, dtype=bool)
    nearest = closeness[off].max()
    ratio = np.where((closeness > 0) & off, closeness, 0.0) / (nearest if nearest > 0 else 1.0)
    with np.errstate(divide="ignore"):
        distance = np.minimum(-np.log(ratio), _APART)
    mergers = linkage(distance[np.triu_indices(m, 1)], "single")
    clusters = np.zeros((2 * m - 1, m), dtype=bool)
    clusters[:m] = np.eye(m, dtype=bool)
    pairs = mergers[:, :2].astype(np.int64)
    for k, (a, b) in enumerate(pairs):
        clusters[m + k] = clusters[a] | clusters[b]
    traded = crossing(clusters, ~clusters, closeness)
    lesser = np.where(traded[pairs[:, 0]] <= traded[pairs[:, 1]], pairs[:, 0], pairs[:, 1])
    return clusters[lesser]


def crossing(to: Array, of: Array, flow: Float[Array, "n n"]) -> Float[Array, " k"]:
    """Return what the members of `to` pay the members of `of`, row by row."""
    return ((to.astype(np.float64) @ flow) * of).sum(1)


@dataclass(frozen=True, eq=False)
class Payments:
    """What crosses each border, deficits and transfers included.

    Attributes
    ----------
    inward, outward : (K,) arrays, million USD
        Equal in equilibrium; what a bloc receives as a gift counts as inward.
    imbalance : (K,) array, million USD
        Deficits and transfers of each bloc; rounding set to zero.
    ignored : float
        Largest such rounding, as a share of a country's value added.
    """

    inward: Float[Array, " k"]
    outward: Float[Array, " k"]
    imbalance: Float[Array, " k"]
    ignored: float


def _payments(
    e: Economy, d: Drivers, ev: Evaluation, flow: Float[Array, "n n"], borders: Borders
) -> Payments:
    earned = ev.wage_bill.sum(0)
    received = (deficit(e, earned, d.deficits) + d.transfer)[:, 0]
    earned = earned[:, 0]
    imbalance = borders.members @ received
    size = np.minimum(borders.members @ earned, borders.others @ earned)
    small = np.abs(imbalance) <= ROUNDING * size
    ignored = min(float(np.abs(received / earned).max()), ROUNDING) if small.any() else 0.0
    imbalance = np.where(small, 0.0, imbalance)
    return Payments(
        crossing(borders.others, borders.members, flow) + np.maximum(imbalance, 0.0),
        crossing(borders.members, borders.others, flow) + np.maximum(-imbalance, 0.0),
        imbalance,
        ignored,
    )


def border_gaps(
    e: Economy, d: Drivers, ev: Evaluation, flow: Float[Array, "n n"], borders: Borders
) -> tuple[Float[Array, " c"], float]:
    """Return one gap for each wage, all zero in equilibrium.

    Parameters
    ----------
    e, d, ev
        One scenario (B = 1) whose spending equations hold.
    flow : (N, N) array, million USD
        Net payments, destination first.
    borders : Borders

    Returns
    -------
    gaps : (F * N,) array
        Log labour gaps of all but one labour of each country; the log of what comes in over
        what goes out at each border; the log of each separate bloc's numeraire.
    ignored : float
        Largest imbalance taken as rounding, as a share of a country's value added.
    """
    paid = _payments(e, d, ev, flow, borders)
    numeraire = borders.numeraire @ (ev.wage_bill.sum(0)[:, 0] / e.value_added)
    labour = np.log(ev.labour[:, :, 0].ravel()[_kept_labour(e)])
    balance = np.log(paid.inward) - np.log(paid.outward)
    return np.concatenate([labour, balance, np.log(numeraire)]), paid.ignored


def _kept_labour(e: Economy) -> Bool[Array, " c"]:
    """Which labour markets are looked at: in each country the largest follows from the others."""
    income = e.factor_income
    largest = np.arange(income.shape[0])[:, None] == income.argmax(0)
    return ~largest.ravel()


def border_map(
    e: Economy,
    trade: Trade,
    d: Drivers,
    s: State,
    ev: Evaluation,
    borders: Borders,
    reference: Reference,
) -> Float[Array, "c c"]:
    """Return the derivative of `border_gaps` with respect to log wages.

    Parameters
    ----------
    e, trade, d, s, ev
        One scenario (B = 1).
    borders : Borders
    reference : Reference
        Responses to wages at this state.

    Returns
    -------
    (F * N, F * N) array
    """
    flow = flows(trade, s, ev)
    j, n, _ = flow.shape
    paid = _payments(e, d, ev, flow.sum(0), borders)
    local = local_shares(e, ev.demand, s)
    price = reference.price_by_wage.reshape(j, n, -1)
    cost = per_country(local.inputs, price) + local.value_added[:, :, None] * wage_columns(e)
    theta = e.trade_elasticity[:, None, None]
    spending = np.where(s.spending > 0, s.spending, np.inf)
    pay = theta * price + reference.spending_by_wage.reshape(j, n, -1) / spending
    members, others = borders.members.astype(float), borders.others.astype(float)
    inward, outward = paid.inward[:, None], paid.outward[:, None]
    # Others buy from members (inward) and members from others (outward): by origin, by buyer.
    sold = members * ((others / inward) @ flow) - others * ((members / outward) @ flow)
    turned = flow.transpose(0, 2, 1)
    bought = others * ((members / inward) @ turned) - members * ((others / outward) @ turned)
    balance = (bought @ pay).sum(0) - ((theta * sold) @ cost).sum(0)
    gift = paid.imbalance[:, None]
    if gift.any():
        change = members @ deficit_by_wage(e, ev.wage_bill[:, :, 0], d.deficits)
        balance += np.where(gift == 0, 0.0, change / np.where(gift > 0, inward, outward))
    weight = borders.numeraire[:, None, :] * (e.factor_income / e.value_added)
    return np.concatenate(
        [reference.labour_by_wage[_kept_labour(e)], balance, weight.reshape(len(weight), -1)]
    )
