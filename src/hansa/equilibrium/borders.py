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
from hansa.equilibrium.reference import Reference, deficit_by_wage

Array = np.ndarray

#: A bloc's imbalance below this share of its value added is rounding: no certificate sees it.
ROUNDING = 5e-11
#: Borders at which less than this share of trade is left go to Newton's method.
THIN = 1e-4
#: log(1 / flow) between countries that trade nothing; beyond any flow that is not zero.
_APART = 1e4


@dataclass(frozen=True, eq=False)
class Borders:
    """Blocs within blocs: with one numeraire for each separate bloc, N equations for N wages.

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
    return np.asarray(
        trade.net * per_access[:, :, None] * ev.competitiveness[:, :, 0][:, None, :]
    )


def nested_borders(
    e: Economy, flow: Float[Array, "n n"], blocs: Int[Array, " n"]
) -> Borders:
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


def thinned(
    e: Economy, before: Float[Array, "n n"], after: Float[Array, "n n"], blocs: Int[Array, " n"]
) -> bool:
    """Whether at some border less than a share THIN is left of what crossed it.

    Parameters
    ----------
    e : Economy
    before, after : (N, N) arrays, million USD
        Net payments, destination first.
    blocs : (N,) int array

    Returns
    -------
    bool
    """
    borders = nested_borders(e, after, blocs)
    members, others = borders.members, borders.others
    both = (before + before.T, after + after.T)
    old, new = (_crossing(members, others, flow) for flow in both)
    return bool((new < THIN * old).any())


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
    crossing = _crossing(clusters, ~clusters, closeness)
    lesser = np.where(crossing[pairs[:, 0]] <= crossing[pairs[:, 1]], pairs[:, 0], pairs[:, 1])
    return clusters[lesser]


def _crossing(to: Array, of: Array, flow: Float[Array, "n n"]) -> Float[Array, " k"]:
    """Return what the members of `to` pay the members of `of`, row by row."""
    return ((to.astype(np.float64) @ flow) * of).sum(1)


def border_gaps(
    e: Economy, d: Drivers, s: State, ev: Evaluation, flow: Float[Array, "n n"], borders: Borders
) -> tuple[Float[Array, " n"], float]:
    """Return the log of what comes in over what goes out at each border, then the numeraires.

    Parameters
    ----------
    e, d, s, ev
        One scenario (B = 1) whose spending equations hold.
    flow : (N, N) array, million USD
    borders : Borders

    Returns
    -------
    gaps : (N,) array
        Zero in equilibrium.
    float
        Largest imbalance taken as rounding, as a share of a country's value added.
    """
    paid = _payments(e, d, s, ev, flow, borders)
    numeraire = borders.numeraire @ np.exp(s.log_wage[:, 0])
    gaps = np.concatenate([np.log(paid.inward) - np.log(paid.outward), np.log(numeraire)])
    return gaps, paid.ignored


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
    e: Economy, d: Drivers, s: State, ev: Evaluation, flow: Float[Array, "n n"], borders: Borders
) -> Payments:
    received = (deficit(e, np.exp(s.log_wage), d.deficits) + d.transfer)[:, 0]
    wage_bill = ev.wage_bill[:, 0]
    imbalance = borders.members @ received
    size = np.minimum(borders.members @ wage_bill, borders.others @ wage_bill)
    small = np.abs(imbalance) <= ROUNDING * size
    ignored = min(float(np.abs(received / wage_bill).max()), ROUNDING) if small.any() else 0.0
    imbalance = np.where(small, 0.0, imbalance)
    return Payments(
        _crossing(borders.others, borders.members, flow) + np.maximum(imbalance, 0.0),
        _crossing(borders.members, borders.others, flow) + np.maximum(-imbalance, 0.0),
        imbalance,
        ignored,
    )


def border_map(
    e: Economy,
    trade: Trade,
    d: Drivers,
    s: State,
    ev: Evaluation,
    borders: Borders,
    reference: Reference,
) -> Float[Array, "n n"]:
    """Return the derivative of `border_gaps` with respect to log wages.

    Parameters
    ----------
    e, trade, d, s, ev
        One scenario (B = 1).
    borders : Borders
    reference : Reference
        Responses of prices and spending to wages at this state.

    Returns
    -------
    (N, N) array
    """
    flow = flows(trade, s, ev)
    j, n, _ = flow.shape
    paid = _payments(e, d, s, ev, flow.sum(0), borders)
    inward, outward, imbalance = paid.inward, paid.outward, paid.imbalance
    price = reference.price_by_wage.reshape(j, n, n)
    cost = per_country(e.input_share, price)
    own = np.arange(n)
    cost[:, own, own] += e.value_added_share
    theta = e.trade_elasticity[:, None, None]
    spending = np.where(s.spending > 0, s.spending, np.inf)
    pay = theta * price + reference.spending_by_wage.reshape(j, n, n) / spending
    members, others = borders.members.astype(float), borders.others.astype(float)
    members_in, members_out = members / inward[:, None], members / outward[:, None]
    others_in, others_out = others / inward[:, None], others / outward[:, None]
    # By origin: others buy from members (in), members buy from others (out); then by destination.
    sold = members * np.matmul(others_in, flow) - others * np.matmul(members_out, flow)
    turned = flow.transpose(0, 2, 1)
    bought = others * np.matmul(members_in, turned) - members * np.matmul(others_out, turned)
    gaps = np.matmul(bought, pay).sum(0) - np.matmul(theta * sold, cost).sum(0)
    received = members @ deficit_by_wage(e, np.exp(s.log_wage[:, 0]), d.deficits)
    gaps += received * np.where(imbalance == 0, 0, 1 / np.where(imbalance > 0, inward, outward))[:, None]
    return np.concatenate([gaps, borders.numeraire])
