"""What cannot be solved is refused before anything is solved, with the culprit named.

May import ``hansa.errors`` and its siblings. Two questions: does everybody keep a supplier of
what they need, through all stages of production; and which countries still trade with each
other (each such bloc needs a numeraire and balanced deficits of its own)?
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from jaxtyping import Bool, Float, Int
from scipy.sparse.csgraph import connected_components

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
        Countries that trade with each other, directly or through others, share a number.
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
    needed = (e.final_share.T > 0) | ((e.input_share > 0) & _active(e)[:, :, None]).any(1)
    available = _available(e, open_)
    missing = needed & ~available
    blocs = np.zeros(len(e.countries), dtype=np.int64)
    if missing.any():
        n, j = (int(k[0]) for k in np.nonzero(missing))
        return Feasibility(
            f"{e.countries[n]} loses every supplier of {e.sectors[j]}, which it needs, so its "
            "price is not finite. Leave one supplier, use a large finite cost instead of inf, "
            "or give it domestic supply.",
            blocs,
        )
    flows = (open_ & needed.T[:, :, None]).any(0)
    np.fill_diagonal(flows, False)
    graph = sp.csr_array(flows)
    _, weak = connected_components(graph, directed=True, connection="weak")
    _, strong = connected_components(graph, directed=True, connection="strong")
    blocs = weak.astype(np.int64)
    return Feasibility(_one_way(e, blocs, strong, imbalance), blocs)


def _active(e: Economy) -> Bool[Array, "n j"]:
    """Sectors that sell anything to anybody in the baseline, (N, J)."""
    return np.asarray((e.trade_share > 0).any(1).T)


def _available(e: Economy, open_: Bool[Array, "j n n"]) -> Bool[Array, "n j"]:
    """Which goods each country can buy, given that suppliers need inputs themselves."""
    uses = (e.input_share > 0) & _active(e)[:, :, None]
    makes = np.ones((len(e.countries), len(e.sectors)), dtype=bool)
    while True:
        available: Array = np.asarray((open_ & makes.T[:, None, :]).any(2).T)
        able = ~(uses & ~available[:, None, :]).any(2)
        if (able == makes).all():
            return available
        makes &= able


def _one_way(e: Economy, blocs: Array, strong: Array, imbalance: Array) -> str:
    """Name a bloc that cannot pay for what it buys, or whose deficits do not sum to zero."""
    scale = 1e-9 * float(e.value_added.sum())
    for group in np.unique(strong):
        inside = strong == group
        bloc = blocs == blocs[inside][0]
        if (bloc & ~inside).any() and abs(imbalance[inside].sum()) <= scale:
            code = e.countries[int(np.flatnonzero(inside)[0])]
            return (
                f"{code} can only buy from or only sell to the rest of the world, so its trade "
                "cannot balance. Open the other direction or shut both."
            )
    for group in np.unique(blocs):
        inside = blocs == group
        if (~inside).any() and abs(imbalance[inside].sum()) > scale:
            members = [e.countries[k] for k in np.flatnonzero(inside)]
            shown = ", ".join(members[:5]) + (", ..." if len(members) > 5 else "")
            return (
                f"deficits within the cut-off bloc {shown} sum to "
                f"{imbalance[inside].sum():.6g} million USD, not to zero, and no trade is left "
                'to pay for them. Use deficits="balanced".'
            )
    return ""
