"""All clubs of a few players, the small ones first: each size begins where the smaller ones point.

May import only array types. What a club changes is nearly the sum of what its parts change: the
terms of the Moebius transform (Rota 1964, Z. Wahrscheinlichkeitstheorie 2, 340-368) shrink with
their size. Leaving out the last one gives a start so near that few steps remain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

Array = np.ndarray

#: With more players the states of all smaller clubs would take too much memory.
MOST_PLAYERS = 8
#: Most clubs in one piece of work: as many as the engine has at work together in large worlds.
WIDE = 32


@dataclass(frozen=True, eq=False)
class Level:
    """The clubs of one size.

    Attributes
    ----------
    clubs : (L,) int array
        Their bitmasks, which are their rows in the table of all clubs.
    smaller : (M,) int array
        Bitmasks of all smaller clubs that change anything.
    weight : (L, M) array
        Of the change that each of those makes: +1, -1 in turn by size, for a part of the club.
    """

    clubs: Int[Array, " l"]
    smaller: Int[Array, " m"]
    weight: Float[Array, "l m"]

    def pieces(self) -> list[range]:
        """Return the positions of its clubs in pieces of work; a rule of their number alone."""
        size = len(self.clubs)
        each = -(-size // -(-size // WIDE))
        return [range(a, min(a + each, size)) for a in range(0, size, each)]

    def starts(self, rows: Float[Array, "s d"], first: Float[Array, " d"]) -> Float[Array, "l d"]:
        """Return where the search for each club begins.

        Parameters
        ----------
        rows : (2^K, D) array
            States by bitmask; those of smaller clubs are read.
        first : (D,) array
            The state without a club.
        """
        starts = self.weight @ (rows[self.smaller] - first) + first
        good = np.isfinite(starts).all(1)
        starts[~good] = first
        return starts


def every_club(members: Bool[Array, "s k"]) -> bool:
    """Return whether the rows are all clubs of at most `MOST_PLAYERS`, in order of bitmasks."""
    clubs, players = members.shape
    if players > MOST_PLAYERS or clubs != 1 << players:
        return False
    return bool((members == (np.arange(clubs)[:, None] >> np.arange(players) & 1)).all())


def levels(players: int, least: int = 2) -> list[Level]:
    """Return the clubs of `least` players, the smallest that change anything, ... of all."""
    masks = np.arange(1 << players)
    size = np.bitwise_count(masks)
    found = []
    for s in range(max(least, 1), players + 1):
        clubs, smaller = masks[size == s], masks[(size >= max(least, 1)) & (size < s)]
        part = (clubs[:, None] & smaller) == smaller
        sign = np.where((s - 1 - size[smaller].astype(int)) % 2, -1.0, 1.0)
        found.append(Level(clubs, smaller, part * sign))
    return found
