"""Clubs as bitmasks: names in and out, and the folds over all subsets that everything uses.

May import only ``hansa.errors``. Bit k of a mask is player k; an array over all 2^m clubs is
in mask order. No paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Bool, Float, Int64

from hansa.errors import DataError, unknown

Array = np.ndarray

#: How the empty club is written in tables.
EMPTY = "(none)"

#: Most players for which an array over all clubs is kept.
MOST_PLAYERS = 24


def check_players(players: Iterable[str]) -> tuple[str, ...]:
    """Return the players as a tuple; raises DataError if none, repeated or too many."""
    names = tuple(players)
    repeated = sorted({p for p in names if names.count(p) > 1})
    if repeated:
        raise DataError(f"players must be unique; repeated: {', '.join(repeated)}")
    if not names:
        raise DataError("a game needs at least one player")
    if len(names) > MOST_PLAYERS:
        raise DataError(
            f"{len(names)} players make {2 ** len(names):.3g} clubs; a table holds at most "
            f"{MOST_PLAYERS} players. Use hansa.club.sampled_shapley for more."
        )
    return names


def mask_of(players: Sequence[str], club: str | Iterable[str]) -> int:
    """Return the bitmask of a club.

    Parameters
    ----------
    players : sequence of str
    club : iterable of str, or str
        Codes in any order, or a label as written in tables (``"IRN+BLR"``, ``"(none)"``).

    Raises
    ------
    DataError
        If a code is not a player (names the nearest one) or comes twice.

    Examples
    --------
    >>> mask_of(("IRN", "BLR", "RUS"), ("RUS", "IRN"))
    5
    """
    if isinstance(club, str):
        club = () if club in ("", EMPTY) else club.split("+")
    mask = 0
    for code in club:
        if code not in players:
            raise DataError(unknown("player", code, players))
        bit = 1 << list(players).index(code)
        if mask & bit:
            raise DataError(f"player {code!r} comes twice in the club")
        mask |= bit
    return mask


def club_of(players: Sequence[str], mask: int) -> tuple[str, ...]:
    """Return the members of a mask, in the order of the players.

    Examples
    --------
    >>> club_of(("IRN", "BLR", "RUS"), 5)
    ('IRN', 'RUS')
    """
    if not 0 <= mask < 1 << len(players):
        raise DataError(f"club mask {mask} is outside 0..{(1 << len(players)) - 1}")
    return tuple(p for k, p in enumerate(players) if mask >> k & 1)


def label_of(players: Sequence[str], mask: int) -> str:
    """Return a club's label, for example ``IRN+RUS``."""
    return "+".join(club_of(players, mask)) or EMPTY


def labels(players: Sequence[str]) -> list[str]:
    """Return the labels of all 2^m clubs in mask order."""
    out = [""]
    for player in players:
        out += [f"{name}+{player}" if name else player for name in out]
    out[0] = EMPTY
    return out


def club_sizes(m: int) -> Int64[Array, " c"]:
    """Return the number of members of each of the 2^m clubs."""
    return np.bitwise_count(np.arange(1 << m, dtype=np.uint32)).astype(np.int64)


def membership(m: int) -> Bool[Array, "c m"]:
    """Return who is in each of the 2^m clubs."""
    return (np.arange(1 << m)[:, None] >> np.arange(m) & 1).astype(bool)


def split(array: Array, k: int) -> tuple[Array, Array]:
    """Return two views of an array over clubs: without player k, and the same clubs with k.

    Both have shape (2^(m-1-k), 2^k); raveled, position q is the same club of the other
    players for every k up to the naming of the bits, so its size is the number of ones in q.
    """
    halves = array.reshape(-1, 2, 1 << k)
    return halves[:, 0, :], halves[:, 1, :]


def subset_sums(each: Float[Array, " m"]) -> Float[Array, " c"]:
    """Return the sum of the members' numbers for each of the 2^m clubs, in O(2^m)."""
    out = np.zeros(1 << len(each))
    for k, amount in enumerate(each):
        out[1 << k : 2 << k] = out[: 1 << k] + amount
    return out
