"""The senders' answer, member by member: when each stops gaining, and the clubs it cannot break.

May import its neighbours `answer`, `table`, `subsets`, `stability` and `verdict`. Stability after
d'Aspremont et al. (1983), Canadian Journal of Economics 16, 17-25.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int8

from hansa.club.answer import Crossing, check_grid
from hansa.club.stability import club_stability, membership_gain
from hansa.club.subsets import club_of, labels, mask_of, membership
from hansa.club.table import ClubTable
from hansa.club.verdict import Verdict, words
from hansa.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class MemberPoints:
    """For every club and member, the strength of the answer at which it stops gaining.

    Attributes
    ----------
    players : tuple of str
    strength : (g,) array
        Grid on which the games were solved.
    leaves : (2^m, m) array
        Smallest strength at which the member would gain by leaving; infinite if it would not up
        to the end of the grid; NaN if unknown, or not a member.
    loses : (2^m, m) array
        The same for losing against no club at all.
    leaves_verdict, loses_verdict : (2^m, m) arrays of int8
        Codes of `Verdict` on "does so within the grid", 0 if not a member.
    robust : (2^m,) array of int8
        Stable inside and outside at every strength of the grid: codes of `Verdict`.
    """

    players: tuple[str, ...]
    strength: Float[Array, " g"]
    leaves: Float[Array, "c m"]
    loses: Float[Array, "c m"]
    leaves_verdict: Int8[Array, "c m"]
    loses_verdict: Int8[Array, "c m"]
    robust: Int8[Array, " c"]

    def of(self, club: str | Iterable[str], member: str) -> tuple[float, float]:
        """Return the strengths at which one member of a club would leave, and loses by it."""
        row = mask_of(self.players, club)
        k = mask_of(self.players, (member,)).bit_length() - 1
        return float(self.leaves[row, k]), float(self.loses[row, k])

    def robust_clubs(self, verdict: Verdict = Verdict.YES) -> list[tuple[str, ...]]:
        """Return the clubs of two or more with the given verdict on being robust."""
        rows = np.flatnonzero(self.robust == verdict)
        clubs = (club_of(self.players, int(row)) for row in rows)
        return [c for c in clubs if len(c) > 1]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per club and member."""
        import pandas as pd

        row, k = np.nonzero(membership(len(self.players)))
        return pd.DataFrame(
            {
                "club": np.array(labels(self.players), dtype=object)[row],
                "member": np.array(self.players, dtype=object)[k],
                "leaves": words(self.leaves_verdict[row, k]),
                "leaves_at": self.leaves[row, k],
                "loses": words(self.loses_verdict[row, k]),
                "loses_at": self.loses[row, k],
                "robust": words(self.robust[row]),
            }
        )


def member_points(tables: Sequence[ClubTable], strength: Iterable[float | int]) -> MemberPoints:
    """Return, for every club and member, the strength of the answer at which it stops gaining.

    Between two solved strengths gains are taken as straight lines, as in `breaking_points`.

    Parameters
    ----------
    tables : sequence of ClubTable
        The same players and countries, one table per strength.
    strength : iterable of float
        Increasing, as many as tables.

    Returns
    -------
    MemberPoints

    Raises
    ------
    DataError
        If strengths do not increase, or the tables differ in players or countries.
    """
    grid = np.array(list(strength), dtype=np.float64)
    check_grid(tables, grid)
    first = tables[0]
    inside = membership(first.m)
    shape = inside.shape
    points = {name: np.full(shape, np.nan) for name in ("leaves", "loses")}
    codes = {name: np.zeros(shape, dtype=np.int8) for name in points}
    for k, n in enumerate(first.position.tolist()):
        staying = [membership_gain(table, k) for table in tables]
        gaining = [(table.ev[:, n], table.ev_slack(n) + table.ev_slack(n)[0]) for table in tables]
        for name, margins in (("leaves", staying), ("loses", gaining)):
            margin, slack = (np.array(part) for part in zip(*margins, strict=True))
            crossing = Crossing(shape[0])
            crossing.see(k, grid, margin, slack, inside[:, k])
            points[name][:, k] = np.where(inside[:, k], crossing.answer()[0], np.nan)
            codes[name][:, k] = np.where(inside[:, k], crossing.verdict(), 0)
    robust = np.max([club_stability(table).stable for table in tables], axis=0).astype(np.int8)
    return MemberPoints(
        first.players, grid, points["leaves"], points["loses"], codes["leaves"], codes["loses"],
        robust,
    )  # fmt: skip


def expected_tables(
    without: ClubTable, full: ClubTable, probability: Iterable[float | int]
) -> list[ClubTable]:
    """Return the games in which the full answer comes with a probability, else none.

    Members weigh welfare by its chances: ``W(S) = (1 - p) W_without(S) + p W_full(S)``. With it
    every question asked of an intensity can be asked of a probability.

    Parameters
    ----------
    without, full : ClubTable
        Without an answer and with the full one; the same players and countries.
    probability : iterable of float
        Increasing, in 0..1.

    Returns
    -------
    list of ClubTable
    """
    grid = np.array(list(probability), dtype=np.float64)
    check_grid([without] * grid.size, grid)
    check_grid([without, full], np.array([0.0, 1.0]))
    if grid.min() < 0 or grid.max() > 1:
        raise DataError(f"probabilities must lie in 0..1: {grid.tolist()}")

    def mixed(a: Array, b: Array, p: float) -> Array:
        return np.asarray((1 - p) * a + p * b)

    return [
        replace(
            without,
            welfare=mixed(without.welfare, full.welfare, p),
            ev=mixed(without.ev, full.ev, p),
            solved=without.solved & full.solved,
            residual=np.maximum(without.residual, full.residual),
        )
        for p in grid
    ]
