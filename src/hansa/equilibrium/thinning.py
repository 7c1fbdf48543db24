"""Thinning: which scenarios leave so little trade across a border that it is nearly shut.

May import only its siblings. Judged at unchanged wages and prices, before anything is solved: the
relative wage across such a border hangs on flows that the residuals of a batch cannot see.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

from hansa.equilibrium.borders import crossing, nested_borders
from hansa.equilibrium.economy import Cells, Economy, Trade

Array = np.ndarray

#: A border is nearly shut where less than this share of the trade across it is left, by the
#: geometric mean of both directions.
THIN = 1e-4


@dataclass(frozen=True, eq=False)
class Thinning:
    """How much of the baseline's trade scenarios leave that come after one base.

    Attributes
    ----------
    economy : Economy
    trade : Trade
        Operators of the base, nothing sparse.
    """

    economy: Economy
    trade: Trade

    @cached_property
    def baseline(self) -> Float[Array, "n n"]:
        """Net payments in the baseline, destination first, million USD."""
        e = self.economy
        return (e.trade_share / (1 + e.tariff) * e.spending[:, :, None]).sum(0)

    @cached_property
    def base(self) -> Float[Array, "n n"]:
        """The same at the costs and tariffs of the base, all else unchanged."""
        return (self.trade.net * self.economy.spending[:, :, None]).sum(0)

    @cached_property
    def base_near_shut(self) -> bool:
        """Whether the base itself nearly shuts a border."""
        thin = _thins(self.trade.access, self.economy.trade_share)
        return bool(thin.any()) and self._thinned(self.base)

    def thins(self, cells: Cells) -> bool:
        """Whether hardly anything is left of some flow: no border is nearly shut without one."""
        before = self.economy.trade_share[cells.sector, cells.row, cells.column]
        return bool(_thins(cells.access, before).any())

    def near_shut(self, cells: Cells) -> bool:
        """Whether a scenario that changes these flows of the base nearly shuts a border.

        Parameters
        ----------
        cells : Cells

        Returns
        -------
        bool
        """
        if not self.thins(cells):
            return self.base_near_shut
        at = (cells.sector, cells.row, cells.column)
        n = self.baseline.shape[0]
        change = (cells.net - self.trade.net[at]) * self.economy.spending[cells.sector, cells.row]
        moved = np.bincount(cells.row * n + cells.column, weights=change, minlength=n * n)
        return self._thinned(np.maximum(self.base + moved.reshape(n, n), 0.0))

    def _thinned(self, after: Float[Array, "n n"]) -> bool:
        e = self.economy
        borders = nested_borders(e, after, np.zeros(len(e.countries), dtype=np.int64))
        # Trade must balance: where one direction is nearly shut, wages shrink the other too.
        both = ((borders.members, borders.others), (borders.others, borders.members))
        old, new = (
            np.prod([crossing(*sides, flow) for sides in both], axis=0)
            for flow in (self.baseline, after)
        )
        return bool((new < THIN**2 * old).any())


def _thins(access: Array, before: Array) -> Bool[Array, " *cells"]:
    """Where hardly anything, but not nothing, is left of a flow."""
    return np.asarray((access > 0) & (access < THIN * before))
