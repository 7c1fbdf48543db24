"""ClubTrade: trade operators of many clubs, one shared part and one difference for all.

May import ``hansa.shock``, ``hansa.shock_clubs`` and its siblings. What a club changes is the same
for each pair of members whoever else is in, so access of scenario b is A + m_b m_b' * D: products
with shared matrices, and no work per club but to mask. Dekle, Eaton & Kortum (2008).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from hansa.equilibrium.economy import Cells, Economy, Trade, changed_cells
from hansa.shock import Shock
from hansa.shock_clubs import ClubShocks

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Flow:
    """A matrix over (to, from) for every sector, with differences switched by membership.

    Attributes
    ----------
    home : (J, N) array
        What holds without a club, of a country with itself.
    shared : (T, N, N) array
        What holds without a club, of traded sectors: the T from `first` on. Others are not
        traded.
    within : (T, K, K) array
        Difference between two members.
    inward, outward : (T, K, Q) and (T, Q, K) arrays
        Difference between a member and an outsider, to the member and to the outsider.
    players, outsiders : (K,) and (Q,) int arrays
        Positions of countries.
    first : int
    """

    home: Float[Array, "j n"]
    shared: Float[Array, "t n n"]
    within: Float[Array, "t k k"]
    inward: Float[Array, "t k q"]
    outward: Float[Array, "t q k"]
    players: Int[Array, " k"]
    outsiders: Int[Array, " q"]
    first: int

    @property
    def turned(self) -> Flow:
        """The same with to and from exchanged."""
        return replace(
            self,
            shared=np.ascontiguousarray(self.shared.transpose(0, 2, 1)),
            within=np.ascontiguousarray(self.within.transpose(0, 2, 1)),
            inward=np.ascontiguousarray(self.outward.transpose(0, 2, 1)),
            outward=np.ascontiguousarray(self.inward.transpose(0, 2, 1)),
        )

    def scaled(self, to: Float[Array, " n"], source: Float[Array, " n"]) -> Flow:
        """Return the flow with every entry multiplied by ``to[n] * source[i]``."""
        p, q = self.players, self.outsiders
        return replace(
            self,
            home=self.home * to * source,
            shared=self.shared * to[:, None] * source,
            within=self.within * to[p][:, None] * source[p],
            inward=self.inward * to[p][:, None] * source[q],
            outward=self.outward * to[q][:, None] * source[p],
        )

    @property
    def traded(self) -> slice:
        """Which sectors are traded."""
        return slice(self.first, self.first + len(self.shared))

    @property
    def untraded(self) -> tuple[slice, slice]:
        """Which sectors are not: those before and those after."""
        return slice(0, self.first), slice(self.first + len(self.shared), len(self.home))

    @cached_property
    def place(self) -> Any:
        """Index of the players among countries: a slice where they are neighbours, a view then."""
        p = self.players
        if p.size and np.array_equal(p, np.arange(p[0], p[0] + p.size)):
            return slice(int(p[0]), int(p[0]) + p.size)
        return p

    def scratch(self, width: int) -> tuple[Array, Array]:
        """Return memory that `apply` may write over, for scenarios of a given number."""
        t, k = self.within.shape[:2]
        return np.empty((t, k, width)), np.empty((t, k, width))

    def apply(
        self,
        x: Float[Array, "j n b"],
        members: Float[Array, "k b"],
        out: Float[Array, "j n b"],
        scratch: tuple[Array, Array],
    ) -> None:
        """Write the sums over `from` of this flow times x into `out`."""
        for part in self.untraded:
            np.multiply(self.home[part, :, None], x[part], out=out[part])
        self.apply_traded(x[self.traded], members, out[self.traded], scratch)

    def apply_traded(
        self,
        x: Float[Array, "t n b"],
        members: Float[Array, "k b"],
        out: Float[Array, "t n b"],
        scratch: tuple[Array, Array],
    ) -> None:
        """As `apply`, for traded sectors alone."""
        np.matmul(self.shared, x, out=out)
        inside, change = scratch
        np.multiply(x[:, self.place], members, out=inside)
        np.matmul(self.within, inside, out=change)
        if self.outsiders.size:
            change += np.matmul(self.inward, x[:, self.outsiders])
            out[:, self.outsiders] += np.matmul(self.outward, inside)
        change *= members
        out[:, self.place] += change


@dataclass(frozen=True, eq=False)
class ClubTrade:
    """The operators of some clubs, as `hansa.equilibrium.equations.TradeOperators`.

    Attributes
    ----------
    access, net : Flow
        pi * kappa^-theta, and the same over 1 + t'; to destinations, from origins.
    sold : Flow
        `net` turned.
    taxed : bool
    members : (K, B) array
        One where a player is in a club of at least two, else zero.
    """

    access: Flow
    net: Flow
    sold: Flow
    taxed: bool
    members: Any

    def buy(self, x: Any) -> Any:
        """Sum over origins of access times x: what destinations see."""
        return self._applied(self.access, x)

    def buy_net(self, x: Any) -> Any:
        """As `buy`, net of tariffs."""
        return self._applied(self.net, x)

    def sell(self, z: Any) -> Any:
        """Sum over destinations of net access times z: what origins see."""
        return self._applied(self.sold, z)

    def _applied(self, flow: Flow, x: Any) -> Any:
        out = np.empty_like(x)
        flow.apply(x, self.members, out, flow.scratch(x.shape[2]))
        return out

    def of(self, members: Array) -> ClubTrade:
        """Return the operators of other clubs of the same players, given by who is in, (S, K)."""
        return replace(self, members=np.ascontiguousarray(members.T, dtype=np.float64))


def club_trade(e: Economy, base: Trade, before: Shock, shocks: ClubShocks) -> ClubTrade | None:
    """Return the operators of clubs, or None where a club shuts trade (each needs a check then).

    Parameters
    ----------
    e : Economy
    base : Trade
        Operators of the shock that comes first, nothing sparse.
    before : Shock
        That shock.
    shocks : ClubShocks

    Returns
    -------
    ClubTrade or None
    """
    parts = [changed_cells(e, shock, before) for shock in (shocks.within, shocks.across)]
    if any(cells.shuts(base) for cells in parts):
        return None
    within, across = (cells.beyond(base) for cells in parts)
    players = np.array([e.countries.index(c) for c in shocks.states], dtype=np.int64)
    ends = np.union1d(across.row, across.column)
    outsiders = np.setdiff1d(ends, players)
    access = _flow(base.access, "access", within, across, players, outsiders)
    net = _flow(base.net, "net", within, across, players, outsiders)
    taxed = base.taxed or any(
        bool((getattr(access, name) != getattr(net, name)).any())
        for name in ("within", "inward", "outward")
    )
    return ClubTrade(access, net, net.turned, taxed, np.zeros((players.size, 1)))


def _flow(
    shared: Array, name: str, within: Cells, across: Cells, players: Array, outsiders: Array
) -> Flow:
    change = np.zeros_like(shared)
    for cells in (within, across):
        at = (cells.sector, cells.row, cells.column)
        change[at] = getattr(cells, name) - shared[at]
    own = np.arange(shared.shape[1])
    foreign = shared.copy()
    foreign[:, own, own] = 0.0
    traded = np.flatnonzero(foreign.any((1, 2)) | change.any((1, 2)))
    span = slice(traded.min(), traded.max() + 1) if traded.size else slice(0, 0)

    def block(rows: Array, columns: Array) -> Array:
        return np.ascontiguousarray(change[span, rows[:, None], columns])

    return Flow(
        np.ascontiguousarray(shared[:, own, own]),
        np.ascontiguousarray(shared[span]),
        block(players, players),
        block(players, outsiders),
        block(outsiders, players),
        players,
        outsiders,
        int(span.start),
    )
