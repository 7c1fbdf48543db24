"""ClubShocks: the shocks of many clubs of one set of players, without building any of them.

May import ``hansa.errors``, ``hansa.world`` and ``hansa.shock``. A club changes the trade among its
members, and perhaps its members' trade with given outsiders; so two shocks and a table of who is
in hold a million scenarios. Measures as in Chowdhry, Hinz, Kamin & Wanner (2024).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import overload

import numpy as np
from jaxtyping import Bool, Int

from hansa.errors import DataError
from hansa.shock import Shock

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class ClubShocks(Sequence[Shock]):
    """A sequence of Shocks, one for each club; each is made only when it is asked for.

    Attributes
    ----------
    players : tuple of str
        Codes of those who may be members: ISO3, or any name of a group.
    within : Shock
        What the club of all players changes: cost hats and tariffs on flows among players. A
        flow changes in a club's scenario if both its ends are members.
    across : Shock
        Cost hats and tariffs on flows between players and outsiders; a flow changes if its
        player is a member. Neutral if outsiders do not answer.
    members : (S, K) array of bool
        Who is in, by scenario.
    least : int
        A club of fewer members changes nothing: two for a club of the sanctioned, one for a
        coalition of senders, each of whom can act alone.
    groups : mapping
        The countries of a player that is a group, such as the European Union; a player that is
        not here is a country itself.

    Raises
    ------
    DataError
        If `within` or `across` hold other changes, or changes elsewhere.
    """

    players: tuple[str, ...]
    within: Shock
    across: Shock
    members: Bool[Array, "s k"]
    least: int = 2
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.members.shape[1] != len(self.players):
            raise DataError(
                f"the table of members has {self.members.shape[1]} columns for "
                f"{len(self.players)} players"
            )
        if len(set(self.states)) < len(self.states):
            twice = sorted({c for c in self.states if self.states.count(c) > 1})
            raise DataError(f"countries of more than one player: {', '.join(twice)}")
        for name, ends in (("within", 2), ("across", 1)):
            shock = getattr(self, name)
            if shock.productivity_cell.size or shock.transfer.any() or shock.deficits:
                raise DataError(f"{name} may change only costs and tariffs of trade")
            for cells in (shock.cost_cell, shock.tariff_cell):
                row, column = self._ends(cells)
                if ((row >= 0).astype(int) + (column >= 0) != ends).any():
                    raise DataError(f"{name} changes a flow with other than {ends} players as ends")

    def __len__(self) -> int:
        return len(self.members)

    @overload
    def __getitem__(self, at: int) -> Shock: ...

    @overload
    def __getitem__(self, at: slice) -> ClubShocks: ...

    def __getitem__(self, at: int | slice) -> Shock | ClubShocks:
        if isinstance(at, slice):
            return replace(self, members=self.members[at])
        inside = self.counted[at]
        club = self._part(self.within, inside, 2).then(self._part(self.across, inside, 1))
        return club.named(self.label(at))

    @cached_property
    def states(self) -> tuple[str, ...]:
        """The Q countries that the players are, in order; the players themselves without groups."""
        return tuple(c for p in self.players for c in self.groups.get(p, (p,)))

    @property
    def counted(self) -> Bool[Array, "s q"]:
        """Which countries are in a club of at least `least` players, (S, Q)."""
        inside = self.members & (self.members.sum(1) >= self.least)[:, None]
        if not self.groups:
            return inside
        return inside.repeat([len(self.groups.get(p, (p,))) for p in self.players], axis=1)

    def label(self, at: int) -> str:
        """Return how a scenario is called: its members."""
        return "+".join(p for p, m in zip(self.players, self.members[at], strict=True) if m) or (
            "no club"
        )

    def _part(self, shock: Shock, inside: Bool[Array, " q"], needed: int) -> Shock:
        """Return the part of a shock on flows with the needed number of members as ends."""

        def kept(cells: Array) -> Array:
            row, column = (np.where(end >= 0, inside[end], False) for end in self._ends(cells))
            return row.astype(int) + column == needed

        cost, tariff = kept(shock.cost_cell), kept(shock.tariff_cell)
        return replace(
            shock,
            cost_cell=shock.cost_cell[cost],
            cost_hat=shock.cost_hat[cost],
            tariff_cell=shock.tariff_cell[tariff],
            tariff_rate=shock.tariff_rate[tariff],
            label="",
        )

    def _ends(self, cells: Int[Array, " c"]) -> tuple[Int[Array, " c"], Int[Array, " c"]]:
        """Return which state of a player is destination and origin of flows; -1 if it is none."""
        n, j = len(self.within.countries), len(self.within.sectors)
        state = np.full(n, -1)
        state[[self.within.countries.index(c) for c in self.states]] = range(len(self.states))
        row, rest = np.divmod(cells, n * j)
        return state[row], state[rest // j]
