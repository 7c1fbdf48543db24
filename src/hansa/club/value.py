"""The value of every club, and the best club: jointly and for each member.

May import its neighbours `table`, `subsets` and `verdict`. v(S) is the sum of the members'
equivalent variations (von Neumann & Morgenstern 1944, on a partition-function table).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int8, Int64

from hansa.club.subsets import club_of, club_sizes, label_of, labels, mask_of, split
from hansa.club.table import ClubTable
from hansa.club.verdict import Verdict, words

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Values:
    """Joint value of every club.

    Attributes
    ----------
    players : tuple of str
    value : (2^m,) array, million USD
        NaN where the club was not solved.
    slack : (2^m,) array, million USD
        Error of `value`.
    solved : (2^m,) array of bool
    """

    players: tuple[str, ...]
    value: Float[Array, " c"]
    slack: Float[Array, " c"]
    solved: Bool[Array, " c"]

    def of(self, club: str | tuple[str, ...]) -> float:
        """Return the joint value of one club in million USD; NaN if it was not solved."""
        return float(self.value[mask_of(self.players, club)])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per club: label, size, value and slack (million USD), status.

        The status is known, failed, or unknown: solved, but the empty club was not.
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "club": labels(self.players),
                "size": club_sizes(len(self.players)),
                "value_musd": self.value,
                "slack_musd": np.where(np.isfinite(self.value), self.slack, np.nan),
                "status": np.where(
                    np.isfinite(self.value), "known", np.where(self.solved, "unknown", "failed")
                ),
            }
        )


@dataclass(frozen=True, eq=False)
class Best:
    """The club with the greatest joint value, and the club each player would choose.

    A verdict is YES if the club is best by more than the errors, TIE if another one is within
    them, UNKNOWN if a club that was not solved might be better; the club shown is then the best
    of those solved.

    Attributes
    ----------
    players : tuple of str
    club : tuple of str
        The club of greatest joint value; of tied ones the smallest.
    value : float, million USD
        Its joint value.
    verdict : Verdict
    tied : tuple of tuple of str
        Other clubs within the errors of it, at most 20.
    own_mask : (m,) array of int
        For each player, the mask of the club with it that it gains most from; -1 if none solved.
    own_ev : (m,) array, million USD
        What that club gives the player.
    own_verdict : (m,) array of int8
        Codes of `Verdict`.
    """

    players: tuple[str, ...]
    club: tuple[str, ...]
    value: float
    verdict: Verdict
    tied: tuple[tuple[str, ...], ...]
    own_mask: Int64[Array, " m"]
    own_ev: Float[Array, " m"]
    own_verdict: Int8[Array, " m"]

    def own_club(self, player: str) -> tuple[str, ...]:
        """Return the club that gives `player` most."""
        k = int(mask_of(self.players, (player,))).bit_length() - 1
        return club_of(self.players, int(self.own_mask[k]))

    def to_frame(self) -> pd.DataFrame:
        """Return one row for the joint choice and one per player."""
        import pandas as pd

        own = [label_of(self.players, int(q)) if q >= 0 else "" for q in self.own_mask]
        return pd.DataFrame(
            {
                "for": ["all members", *self.players],
                "club": [label_of(self.players, mask_of(self.players, self.club)), *own],
                "gain_musd": [self.value, *self.own_ev],
                "best": [str(self.verdict), *words(self.own_verdict)],
            }
        )


def club_values(table: ClubTable) -> Values:
    """Return v(S) of every club.

    Parameters
    ----------
    table : ClubTable

    Returns
    -------
    Values
        (2^m,) million USD.
    """
    return Values(table.players, table.joint_value, table.joint_slack, table.solved)


def best_clubs(table: ClubTable) -> Best:
    """Return the club of greatest joint value and each player's own choice.

    Parameters
    ----------
    table : ClubTable
        For a game of joint values only, the players' own choices are unknown.
    """
    m = table.m
    everyone = np.arange(1 << m)
    mask, verdict, near = _greatest(table.joint_value, table.joint_slack, everyone)
    own_mask = np.full(m, -1, dtype=np.int64)
    own_ev = np.full(m, np.nan)
    own_verdict = np.full(m, Verdict.UNKNOWN, dtype=np.int8)
    for k in range(m if table.joint is None else 0):
        n = int(table.position[k])
        rows = split(everyone, k)[1].ravel()
        own_mask[k], own_verdict[k], _ = _greatest(table.ev[:, n], table.ev_slack(n), rows)
        if own_mask[k] >= 0:
            own_ev[k] = table.ev[own_mask[k], n]
    tied = tuple(club_of(table.players, int(q)) for q in near[:20])
    # The empty club has value zero by definition, so there always is a known one.
    club = club_of(table.players, mask)
    return Best(
        table.players,
        club,
        float(table.joint_value[mask]),
        verdict,
        tied,
        own_mask,
        own_ev,
        own_verdict,
    )


def _greatest(
    value: Float[Array, " c"], slack: Float[Array, " c"], rows: Int64[Array, " r"]
) -> tuple[int, Verdict, Int64[Array, " t"]]:
    """Return the row of the greatest known value, whether it is, and the rows tied with it.

    Among the rows tied with the greatest the one with fewest members is returned.
    """
    known = rows[np.isfinite(value[rows])]
    if not known.size:
        return -1, Verdict.UNKNOWN, known
    top = known[np.argmax(value[known])]
    near = known[value[top] - value[known] <= slack[top] + slack[known]]
    near = near[np.argsort(np.bitwise_count(near), kind="stable")]
    verdict = Verdict.TIE if near.size > 1 else Verdict.YES
    if known.size < rows.size:
        verdict = Verdict.UNKNOWN
    return int(near[0]), verdict, near[1:]
