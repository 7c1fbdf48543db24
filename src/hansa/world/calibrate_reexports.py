"""Re-exports taken out of their hubs and sent directly from where they came to where they went.

May import ``hansa.errors`` and the sectors. The totals of every other country are kept, except for
goods that return to where they came from, which leave the trade of both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Array = np.ndarray


@dataclass(frozen=True)
class Rerouted:
    """Trade without re-exports.

    Attributes
    ----------
    flows : (N, N, J) array
        Destination, origin, sector.
    returned : (N, J) array
        Goods of each country that came back to it through a hub: taken out of its exports and
        imports.
    added : (N, N, J) array
        The direct flows added.
    """

    flows: Float[Array, "n n j"]
    returned: Float[Array, "n j"]
    added: Float[Array, "n n j"]


def direct_flows(
    bought: Float[Array, " n"], sold: Float[Array, " n"], steps: int = 5000
) -> tuple[Float[Array, "n n"], Float[Array, " n"]]:
    """Return a hub's re-exports as direct flows (destination, origin), and what returns.

    Parameters
    ----------
    bought : (N,) array
        Re-exported goods by where the hub bought them.
    sold : (N,) array
        The same goods by where it sold them; same sum.

    Returns
    -------
    flows : (N, N) array
        No country sells to itself; sums are `sold` and `bought` less what returns.
    returned : (N,) array
        What cannot be matched without a country selling to itself.
    """
    total = bought.sum()
    returned = np.maximum(bought + sold - total, 0.0)
    rows, columns = sold - returned, bought - returned
    # One country at most holds more than all the others together; then it must be one side of
    # every flow.
    big = int(np.argmax(returned))
    if returned[big] > 0:
        flows = np.zeros((len(rows), len(rows)))
        flows[big], flows[:, big] = columns, rows
        flows[big, big] = 0.0
        return flows, returned
    flows = np.outer(rows, columns)
    np.fill_diagonal(flows, 0.0)
    for _ in range(steps):
        flows *= _over(rows, flows.sum(axis=1))[:, None]
        flows *= _over(columns, flows.sum(axis=0))
        if np.abs(flows.sum(axis=1) - rows).max() <= 1e-12 * total:
            break
    return flows, returned


def _over(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def reroute(flows: Float[Array, "n n j"], reexports: Float[Array, "n j"]) -> Rerouted:
    """Return trade without the re-exports.

    Parameters
    ----------
    flows : (N, N, J) array
        Destination, origin, sector; the diagonal is left alone.
    reexports : (N, J) array
        What to take out of each hub's exports (and imports) of each sector; hubs are taken in
        order of size, largest first, ties by position.
    """
    flows = flows.copy()
    returned = np.zeros(reexports.shape)
    added = np.zeros_like(flows)
    order = sorted(np.argwhere(reexports > 0).tolist(), key=lambda p: (-reexports[p[0], p[1]], p))
    for hub, sector in order:
        sold, bought = flows[:, hub, sector].copy(), flows[hub, :, sector].copy()
        sold[hub] = bought[hub] = 0.0
        amount = min(reexports[hub, sector], bought.sum(), sold.sum())
        if amount <= 0:
            continue
        sold *= amount / sold.sum()
        bought *= amount / bought.sum()
        direct, back = direct_flows(bought, sold)
        flows[:, hub, sector] -= sold
        flows[hub, :, sector] -= bought
        flows[:, :, sector] += direct
        added[:, :, sector] += direct
        returned[:, sector] += back
    return Rerouted(flows=np.maximum(flows, 0.0), returned=returned, added=added)
