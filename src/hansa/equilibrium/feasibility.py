"""What cannot be solved is refused before anything is solved, with the culprit named.

May import ``hansa.errors`` and its siblings. Two questions: does everybody keep a supplier of
what they need, through all stages of production; and whose consumers still pay for whose labour
(each such bloc needs a numeraire and balanced deficits of its own)?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from jaxtyping import Bool, Float, Int
from scipy.sparse.csgraph import breadth_first_order, connected_components

from hansa.equilibrium.economy import Cells, Economy, Trade

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Feasibility:
    """Whether a scenario can have an equilibrium, and its blocs.

    Attributes
    ----------
    problem : str
        Empty if it can; otherwise a sentence with the country, the sector and the mend.
    blocs : (N,) int array
        Countries whose consumers pay for each other's labour, directly, through inputs or
        through third countries, share a number.
    """

    problem: str
    blocs: Int[Array, " n"]


def access_with(base: Trade, cells: Cells) -> Float[Array, "j n n"]:
    """Return pi * kappa^-theta of one scenario as a dense array."""
    access = base.access.copy()
    access[cells.sector, cells.row, cells.column] = cells.access
    return access


def check(e: Economy, access: Float[Array, "j n n"], imbalance: Float[Array, " n"]) -> Feasibility:
    """Return what stands against solving a scenario.

    Parameters
    ----------
    e : Economy
    access : (J, N, N) array
        pi * kappa^-theta of the scenario.
    imbalance : (N,) array, million USD
        Deficits and transfers together.

    Returns
    -------
    Feasibility
    """
    open_ = access > 0
    needed = _needed(e, open_)
    missing = needed & ~_available(e, open_, needed)
    blocs = np.zeros(len(e.countries), dtype=np.int64)
    if missing.any():
        n, j = (int(k[0]) for k in np.nonzero(missing))
        return Feasibility(
            f"{e.countries[n]} loses every supplier of {e.sectors[j]}, which it needs, so its "
            "price is not finite. Leave one supplier, use a large finite cost instead of inf, "
            "or give it domestic supply.",
            blocs,
        )
    if problem := _unsold(e, open_, needed):
        return Feasibility(problem, blocs)
    pays = _pays(e, open_)
    blocs = connected_components(pays, directed=True, connection="weak")[1].astype(np.int64)
    return Feasibility(_one_way(e, pays, blocs, imbalance), blocs)


def _made(open_: Bool[Array, "j n n"], needed: Bool[Array, "n j"]) -> Bool[Array, "n j"]:
    """Which goods each country makes: those that someone who needs them can buy from it."""
    return np.asarray((open_ & needed.T[:, :, None]).any(1).T)


def _needed(e: Economy, open_: Bool[Array, "j n n"]) -> Bool[Array, "n j"]:
    """Which goods each country buys: for its consumers, or as inputs of what it makes."""
    uses = e.input_share > 0
    needed: Array = e.final_share.T > 0
    while True:
        more = needed | (uses & _made(open_, needed)[:, :, None]).any(1)
        if (more == needed).all():
            return needed
        needed = more


def _unsold(e: Economy, open_: Bool[Array, "j n n"], needed: Bool[Array, "n j"]) -> str:
    """Name a country (and sector, where labour cannot leave it) whose labour nobody pays."""
    working = np.asarray(_made(open_, needed).T & (e.value_added_share > 0))
    if len(e.factor_income) == 1:
        working = np.atleast_2d(working.any(0))
    idle = np.asarray((e.factor_income > 0) & ~working)
    if not idle.any():
        return ""
    j, n = (int(k[0]) for k in np.nonzero(idle))
    what = e.sectors[j] if len(e.factor_income) > 1 else f"what it makes ({_some(e.sectors)})"
    return (
        f"{e.countries[n]} loses every buyer of {what}, so the wage there would be zero. Leave "
        "one buyer, or use a large finite cost instead of inf."
    )


def _available(
    e: Economy, open_: Bool[Array, "j n n"], needed: Bool[Array, "n j"]
) -> Bool[Array, "n j"]:
    """Which goods each country can buy, given that suppliers need inputs themselves."""
    uses = (e.input_share > 0) & _made(open_, needed)[:, :, None]
    makes = np.ones_like(needed)
    while True:
        available: Array = np.asarray((open_ & makes.T[:, None, :]).any(2).T)
        able = ~(uses & ~available[:, None, :]).any(2)
        if (able == makes).all():
            return available
        makes &= able


def _pays(e: Economy, open_: Bool[Array, "j n n"]) -> sp.csr_array:
    """Return the graph of whose consumers (rows) pay for whose labour (columns), (N, N).

    What a country buys for its exports alone does not count: it spends no income of its own on
    it, so it cannot balance its trade.
    """
    wants = e.final_share > 0
    works = e.value_added_share > 0
    paid = (open_ & wants[:, :, None] & works[:, None, :]).any(0)
    direct = sp.csr_array(np.asarray(paid, dtype=np.float32))
    if connected_components(direct, directed=True, connection="strong")[0] == 1:
        return direct
    # The labour of others inside inputs, to any depth: [sector, buyer, worker].
    opened = open_.astype(np.float32)
    uses = (e.input_share > 0).astype(np.float32)
    own = works[:, :, None] & np.eye(len(e.countries), dtype=bool)
    inside = np.zeros_like(open_)
    while True:
        into = np.matmul(uses, inside.transpose(1, 0, 2).astype(np.float32)).transpose(1, 0, 2)
        more = np.matmul(opened, (own | (into > 0)).astype(np.float32)) > 0
        if (more == inside).all():
            return sp.csr_array(np.asarray((inside & wants[:, :, None]).any(0), dtype=np.float32))
        inside = more


def _one_way(e: Economy, pays: sp.csr_array, blocs: Array, imbalance: Array) -> str:
    """Name a bloc that cannot pay for what it buys, or whose deficits do not sum to zero."""
    scale = 1e-9 * float(e.value_added.sum())
    count, strong = connected_components(pays, directed=True, connection="strong")
    if count == 1:
        return ""
    for group in range(count):
        start = int(np.flatnonzero(strong == group)[0])
        bloc = blocs == blocs[start]
        for graph, sign, verb in ((pays, -1, "sell to"), (pays.T.tocsr(), 1, "buy from")):
            closed = np.zeros(len(e.countries), dtype=bool)
            closed[breadth_first_order(graph, start, return_predecessors=False)] = True
            if (bloc & ~closed).any() and sign * float(imbalance[closed].sum()) <= scale:
                return (
                    f"{_listed(e, closed)} can only {verb} the rest of the world, so its trade "
                    "cannot balance. Open the other direction, or shut both."
                )
    for group in np.unique(blocs):
        inside = blocs == group
        if (~inside).any() and abs(imbalance[inside].sum()) > scale:
            return (
                f"deficits within the cut-off bloc {_listed(e, inside)} sum to "
                f"{imbalance[inside].sum():.6g} million USD, not to zero, and no trade is left "
                'to pay for them. Use deficits="balanced".'
            )
    return ""


def _listed(e: Economy, members: Bool[Array, " n"]) -> str:
    return _some([e.countries[k] for k in np.flatnonzero(members)])


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
