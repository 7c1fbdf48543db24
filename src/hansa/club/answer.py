"""The senders' answer: how likely or how hard it must be for each club to stop being stable.

May import its neighbours `table`, `subsets`, `stability` and `verdict`. Stability after
d'Aspremont et al. (1983), Canadian Journal of Economics 16, 17-25.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int8

from hansa.club.stability import membership_gain
from hansa.club.subsets import labels, mask_of
from hansa.club.table import ClubTable
from hansa.club.verdict import Verdict, words
from hansa.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class BreakingPoints:
    """The strength of the senders' answer at which each club stops being internally stable.

    Attributes
    ----------
    players : tuple of str
    strength : (g,) array
        Grid on which the games were solved: a probability, or an intensity.
    point : (2^m,) array
        Smallest strength at which some member would rather leave; infinite if none would up to
        the end of the grid, NaN if unknown.
    leaver : (2^m,) array of int8
        Position of the member that leaves there; -1 if none.
    point_with_transfers : (2^m,) array
        The same for potential internal stability: where no transfers can hold the club.
    breaks, breaks_with_transfers : (2^m,) arrays of int8
        Codes of `Verdict`: YES if it breaks within the grid, NO if it clearly holds to its
        end, TIE if someone's gain is within the errors at the end.
    """

    players: tuple[str, ...]
    strength: Float[Array, " g"]
    point: Float[Array, " c"]
    leaver: Int8[Array, " c"]
    point_with_transfers: Float[Array, " c"]
    breaks: Int8[Array, " c"]
    breaks_with_transfers: Int8[Array, " c"]

    def of(self, club: str | Iterable[str]) -> float:
        """Return the breaking point of one club."""
        return float(self.point[mask_of(self.players, club)])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per club."""
        import pandas as pd

        names = np.array([*self.players, ""], dtype=object)
        return pd.DataFrame(
            {
                "club": labels(self.players),
                "breaks": words(self.breaks),
                "breaking_point": self.point,
                "leaver": names[self.leaver],
                "breaks_with_transfers": words(self.breaks_with_transfers),
                "breaking_point_with_transfers": self.point_with_transfers,
            }
        )


def breaking_points(tables: Sequence[ClubTable], strength: Iterable[float | int]) -> BreakingPoints:
    """Return the strength of the senders' answer at which each club stops being stable.

    Between two solved strengths each member's gain from staying is taken as a straight line.
    With two games, no answer at 0 and the full answer at 1, this is exact for an answer that
    comes with probability p and members that weigh expected welfare.

    Parameters
    ----------
    tables : sequence of ClubTable
        The same players and countries, one table per strength.
    strength : iterable of float
        Increasing, as many as tables.

    Returns
    -------
    BreakingPoints
        (2^m,) strengths; a club rests on itself and its neighbours without one member, at all
        strengths up to its breaking point.

    Raises
    ------
    DataError
        If strengths do not increase, or the tables differ in players or countries.
    """
    grid = np.array(list(strength), dtype=np.float64)
    check_grid(tables, grid)
    first = tables[0]
    clubs = 1 << first.m
    members, in_total = Crossing(clubs), Crossing(clubs)
    surplus, slack = np.zeros((len(grid), clubs)), np.zeros((len(grid), clubs))
    for k in range(first.m):
        gain, error = np.empty((len(grid), clubs)), np.empty((len(grid), clubs))
        for g, table in enumerate(tables):
            gain[g], error[g] = membership_gain(table, k)
        surplus += np.where(np.arange(clubs) >> k & 1, gain, 0.0)
        slack += np.where(np.arange(clubs) >> k & 1, error, 0.0)
        members.see(k, grid, gain, error, np.arange(clubs) >> k & 1 == 1)
    in_total.see(0, grid, surplus, slack, np.arange(clubs) > 0)
    return BreakingPoints(
        first.players, grid, *members.answer(), in_total.answer()[0], members.verdict(),
        in_total.verdict(),
    )  # fmt: skip


def check_grid(tables: Sequence[ClubTable], grid: Float[Array, " g"]) -> None:
    """Raise DataError unless strengths increase and the tables hold the same game."""
    if len(tables) != len(grid) or len(grid) < 2:
        raise DataError(f"{len(tables)} tables for {len(grid)} strengths; give two or more of each")
    if not (np.diff(grid) > 0).all():
        raise DataError(f"strengths must increase: {grid.tolist()}")
    for table in tables:
        table.need_countries("breaking points")
        if table.players != tables[0].players or table.countries != tables[0].countries:
            raise DataError("all tables must have the same players and countries, in one order")


class Crossing:
    """First strength at which one of several margins turns clearly negative, club by club."""

    def __init__(self, clubs: int) -> None:
        self.point = np.full(clubs, np.inf)
        self.who = np.full(clubs, -1, dtype=np.int8)
        # A margin that is not known up to here leaves the answer open from there on.
        self.open_from = np.full(clubs, np.inf)
        self.tie = np.zeros(clubs, dtype=bool)

    def see(
        self,
        k: int,
        grid: Float[Array, " g"],
        margin: Float[Array, "g c"],
        slack: Float[Array, "g c"],
        counts: Array,
    ) -> None:
        """Take in one margin, for the clubs where it counts."""
        negative = margin < -slack
        unknown = ~np.isfinite(margin)
        point = np.full(margin.shape[1], np.inf)
        open_from = np.full(margin.shape[1], np.inf)
        for g in range(len(grid) - 1, -1, -1):
            here = negative[g]
            point[here] = grid[g]
            if g:
                before, after = margin[g - 1], margin[g]
                cross = here & (before > 0)
                step = before[cross] / (before[cross] - after[cross])
                point[cross] = grid[g - 1] + step * (grid[g] - grid[g - 1])
                level = here & ~negative[g - 1] & (before <= 0)
                point[level] = grid[g - 1]
            open_from[unknown[g]] = grid[max(g - 1, 0)]
        sooner = counts & (point < self.point)
        self.point[sooner], self.who[sooner] = point[sooner], k
        self.open_from = np.where(counts, np.minimum(self.open_from, open_from), self.open_from)
        # Within the errors at the end of the grid and not broken before: nearly broken.
        self.tie |= counts & np.isinf(point) & ~unknown[-1] & (margin[-1] <= slack[-1])

    @property
    def _unknown(self) -> Array:
        return np.isfinite(self.open_from) & (self.open_from < self.point)

    def answer(self) -> tuple[Array, Array]:
        """Return the points and who crosses there; NaN and -1 where unknown."""
        lost = self._unknown
        return np.where(lost, np.nan, self.point), np.where(lost, -1, self.who).astype(np.int8)

    def verdict(self) -> Int8[Array, " c"]:
        """Return the verdict on "breaks within the grid"."""
        codes = np.full(self.point.shape, Verdict.NO, dtype=np.int8)
        codes[self.tie] = Verdict.TIE
        codes[self._unknown] = Verdict.UNKNOWN
        # One member that clearly leaves somewhere on the grid breaks the club, known when or not.
        codes[np.isfinite(self.point)] = Verdict.YES
        return codes
