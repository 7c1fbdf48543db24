"""The Shapley value: exact from all 2^m clubs, or by sampled orders with a standard error.

May import its neighbours `table`, `subsets`. Shapley (1953), "A value for n-person games",
Annals of Mathematics Studies 28; Castro, Gomez & Tejada (2009), Computers & OR 36, 1726-1730.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float

from hansa.club.subsets import club_sizes, mask_of, split
from hansa.club.table import ClubTable
from hansa.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

#: Clubs valued at once when sampling.
BATCH = 1 << 16


@dataclass(frozen=True, eq=False)
class Shapley:
    """Shapley value of each player.

    Attributes
    ----------
    players : tuple of str
    value : (m,) array, million USD
        NaN where it rests on a club that was not solved.
    slack : (m,) array, million USD
        Bound on the error that comes from the solutions' residuals.
    standard_error : (m,) array, million USD
        Of sampling; zero if exact.
    known : (m,) array of bool
    draws : int
        Antithetic pairs of orders; zero if exact.
    note : str
        Says why a value is unknown; else empty.
    """

    players: tuple[str, ...]
    value: Float[Array, " m"]
    slack: Float[Array, " m"]
    standard_error: Float[Array, " m"]
    known: Bool[Array, " m"]
    draws: int
    note: str = ""

    def of(self, player: str) -> float:
        """Return one player's value in million USD; NaN if unknown."""
        return float(self.value[mask_of(self.players, (player,)).bit_length() - 1])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per player: value, slack, standard error (million USD), status."""
        import pandas as pd

        return pd.DataFrame(
            {
                "player": self.players,
                "shapley_musd": self.value,
                "slack_musd": self.slack,
                "standard_error_musd": self.standard_error,
                "status": np.where(self.known, "known", "unknown"),
            }
        )


def shapley_value(table: ClubTable) -> Shapley:
    """Return the exact Shapley value from all 2^m clubs.

    One pass over the clubs for each player, O(m 2^m): the marginal contributions to the clubs
    without the player, weighted by ``s! (m-s-1)! / m!``. Taking differences first keeps a
    dummy player's value exact.

    Parameters
    ----------
    table : ClubTable

    Returns
    -------
    Shapley
        Every player's value rests on every club, so one failed club makes all unknown.

    References
    ----------
    Shapley, L. S. (1953). A value for n-person games. Annals of Mathematics Studies 28, 307-317.
    """
    m = table.m
    value, slack = np.full(m, np.nan), np.full(m, np.nan)
    known = bool(table.solved.all())
    if known:
        weight = order_weights(m)
        for k in range(m):
            without, with_ = split(table.joint_value, k)
            value[k] = weight @ (with_ - without).ravel()
            without, with_ = split(table.joint_slack, k)
            slack[k] = weight @ (with_ + without).ravel()
    return Shapley(
        table.players, value, slack, np.zeros(m), np.full(m, known), 0, table.failed_note()
    )


def order_weights(m: int) -> Float[Array, " h"]:
    """Return the share of orders in which exactly a given club stands before a given player.

    Returns
    -------
    (2^(m-1),) array
        By the mask of the club among the other m - 1 players; sums to one.
    """
    by_size = np.array([1.0 / (m * comb(m - 1, s)) for s in range(m)])
    return by_size[club_sizes(m - 1)]


def sampled_shapley(
    players: Iterable[str],
    value: Callable[[Bool[Array, "k m"]], Float[Array, " k"]],
    draws: int = 1000,
    seed: int = 0,
) -> Shapley:
    """Return the Shapley value estimated from random orders, each with its reverse.

    A player who comes early in an order comes late in its reverse, so the two marginal
    contributions tend to err in opposite ways. Unbiased; the standard error is that of the
    means of pairs.

    Parameters
    ----------
    players : iterable of str
        Any number of them.
    value : callable
        Takes a (k, m) array of bool, who is in each of k clubs, and returns their k joint
        values in million USD, NaN where one is not known.
    draws : int, default 1000
        Pairs of orders; each values 2 (m + 1) clubs.
    seed : int, default 0

    Returns
    -------
    Shapley
        A value that is NaN makes unknown only the players whose contribution was asked of it.

    Raises
    ------
    DataError
        If `draws` is below two or `value` returns something of another shape.

    References
    ----------
    Castro, J., Gomez, D., Tejada, J. (2009). Polynomial calculation of the Shapley value based
    on sampling. Computers & Operations Research 36, 1726-1730.
    """
    names = tuple(players)
    if not names or len(set(names)) < len(names):
        raise DataError("players must be at least one, and unique")
    if draws < 2:
        raise DataError(f"draws must be at least 2 for a standard error, not {draws}")
    m, rng = len(names), np.random.default_rng(seed)
    done, mean, square = 0, np.zeros(m), np.zeros(m)
    step = max(1, BATCH // (2 * (m + 1)))
    while done < draws:
        count = min(step, draws - done)
        orders = rng.permuted(np.tile(np.arange(m), (count, 1)), axis=1)
        pair = (_marginals(orders, value) + _marginals(orders[:, ::-1], value)) / 2
        # Chan's update: no cancellation between a large mean and a small spread.
        batch_mean = pair.mean(axis=0)
        shift, total = batch_mean - mean, done + count
        square += ((pair - batch_mean) ** 2).sum(axis=0) + shift**2 * (done * count / total)
        mean += shift * (count / total)
        done = total
    known = np.isfinite(mean)
    error = np.sqrt(square / (draws - 1) / draws)
    note = "" if known.all() else "some of the clubs asked for have no known value"
    # The residuals behind a callable's values are the caller's to know.
    return Shapley(names, mean, np.full(m, np.nan), error, known, draws, note)


def _marginals(
    orders: Array, value: Callable[[Bool[Array, "k m"]], Float[Array, " k"]]
) -> Float[Array, "d m"]:
    """Return what each player adds to those before it, for each of the given orders."""
    count, m = orders.shape
    place = np.argsort(orders, axis=1)
    before = place[:, None, :] < np.arange(m + 1)[None, :, None]
    worth = np.asarray(value(before.reshape(-1, m)), dtype=np.float64)
    if worth.shape != (count * (m + 1),):
        raise DataError(
            f"value() returned shape {worth.shape} for {count * (m + 1)} clubs; "
            "it must return one number for each"
        )
    steps = np.diff(worth.reshape(count, m + 1), axis=1)
    return np.take_along_axis(steps, place, axis=1)
