"""ClubTable: the welfare of every country under every club, and the error of each number.

May import ``hansa.errors`` and its neighbours `subsets` and `verdict`. One club is one
equilibrium, so this is a game in partition-function form (Thrall & Lucas 1963, Naval Research
Logistics Quarterly 10, 281-298); players outside a club stand alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int64

from hansa.club.subsets import check_players, club_of, label_of, labels, mask_of, split
from hansa.club.verdict import ROUNDING
from hansa.errors import DataError, unknown

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class ClubTable:
    """Welfare of N countries under all 2^m clubs of m players; rows in mask order.

    Attributes
    ----------
    players : tuple of str
        Codes of the candidates, length m; player k is bit k of a club's mask.
    countries : tuple of str
        Codes of all economies, length N; empty for a game known by joint values only.
    welfare : (2^m, N) array, ratio
        W_hat of each country in each club's equilibrium. Rows of failed clubs become NaN.
    ev : (2^m, N) array, million USD
        ``(welfare[S] - welfare[empty]) * income``: measured against the empty club.
    solved : (2^m,) array of bool
        Whether the club's equilibrium was found.
    residual : (2^m,) array, ratio
        Largest relative residual of each solution.
    joint : (2^m,) array or None, million USD
        Joint values, given instead of `welfare` and `ev`; else None.
    baseline_income : (N,) array or None, million USD
        Income that turns welfare into money; if None it is read off `ev` and `welfare`.
    senders : tuple of str
        Countries that impose the sanctions, for the spillover table.
    safety : float
        A comparison within ``safety`` times the two solutions' residuals is a tie.
    """

    players: tuple[str, ...]
    countries: tuple[str, ...]
    welfare: Float[Array, "c n"]
    ev: Float[Array, "c n"]
    solved: Bool[Array, " c"]
    residual: Float[Array, " c"]
    joint: Float[Array, " c"] | None = None
    baseline_income: Float[Array, " n"] | None = None
    senders: tuple[str, ...] = ()
    safety: float = 1.0

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "players", check_players(self.players))
        put(self, "countries", tuple(self.countries))
        put(self, "senders", tuple(self.senders))
        clubs, n = 1 << len(self.players), len(self.countries)
        shapes = {"welfare": (clubs, n), "ev": (clubs, n), "solved": (clubs,)}
        shapes |= {"residual": (clubs,), "joint": (clubs,), "baseline_income": (n,)}
        for name, shape in shapes.items():
            if getattr(self, name) is None:
                continue
            given = np.shape(getattr(self, name))
            if given != shape:
                raise DataError(
                    f"{name} has shape {given}, expected {shape} for {len(self.players)} players "
                    f"and {n} countries"
                )
        if self.safety <= 0:
            raise DataError(f"safety must be positive, not {self.safety}")
        if len(set(self.countries)) < n:
            raise DataError("country codes of a game must be unique")
        for code in (*(() if self.joint is not None else self.players), *self.senders):
            if code not in self.countries:
                raise DataError(unknown("country", code, self.countries))
        self._check_numbers()
        self._poison_failed_rows()

    def _check_numbers(self) -> None:
        """Refuse a solved club whose numbers are not numbers, and EV that is not EV."""
        columns = {"residual": self.residual[:, None], "welfare": self.welfare, "ev": self.ev}
        if self.joint is not None:
            columns["joint"] = self.joint[:, None]
        solved = self.solved[:, None]
        for name, array in columns.items():
            # Without the empty club there is nothing to measure EV against.
            needed = solved & self.solved[0] if name == "ev" else solved
            wrong = needed & ~np.isfinite(array)
            if name == "residual":
                wrong |= solved & ~(array >= 0)
            if wrong.any():
                row, column = np.argwhere(wrong)[0]
                where = f" of {self.countries[column]}" if array.shape[1] > 1 else ""
                raise DataError(
                    f"{name}{where} under the club {label_of(self.players, int(row))} is "
                    f"{array[row, column]}, though the club is marked solved"
                )
        if not (self.countries and self.solved[0]):
            return
        gain = np.where(solved, self.welfare - self.welfare[0], 0.0)
        money = np.where(solved, self.ev, 0.0)
        gap = np.abs(money - gain * self.income)
        allowed = 1e-6 * np.abs(money) + 1e-9 * np.maximum(self.income, 1.0)
        wrong = (gap > allowed) | ~(self.income >= 0)
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise DataError(
                f"ev of {self.countries[column]} under the club "
                f"{label_of(self.players, int(row))} is {money[row, column]:.6g}, which is not its "
                f"welfare change {gain[row, column]:.6g} times one positive income for all clubs. "
                f"Measure ev against the empty club, or use Game.from_welfare."
            )

    def _poison_failed_rows(self) -> None:
        """Make what failed NaN, and freeze all arrays (through views: the caller's stay free)."""
        put = object.__setattr__
        for name in ("welfare", "ev", "residual", "joint", "solved"):
            array = getattr(self, name)
            if array is None:
                continue
            if name not in ("solved",) and not self.solved.all():
                array = array.copy()
                array[~self.solved] = np.nan
                if name == "ev" and not self.solved[0]:
                    array[:] = np.nan
            view = array.view()
            view.flags.writeable = False
            put(self, name, view)

    # ---- labels -------------------------------------------------------------------------

    @property
    def m(self) -> int:
        """Number of players."""
        return len(self.players)

    def mask(self, club: str | Iterable[str]) -> int:
        """Return the row of a club given by codes; raises DataError naming the nearest code."""
        return mask_of(self.players, club)

    def label(self, mask: int) -> str:
        """Return the label of a row, for example ``IRN+RUS``."""
        return label_of(self.players, mask)

    def labels(self) -> list[str]:
        """Return the labels of all rows."""
        return labels(self.players)

    @cached_property
    def position(self) -> Int64[Array, " m"]:
        """Column of each player among the countries, (m,)."""
        self.need_countries("the players' columns")
        return np.array([self.countries.index(p) for p in self.players], dtype=np.int64)

    def outside(self, codes: Sequence[str], refused: str) -> list[int]:
        """Return the columns of countries that are no players; `refused` says why not a player."""
        for code in codes:
            if code not in self.countries:
                raise DataError(unknown("country", code, self.countries))
            if code in self.players:
                raise DataError(f"{code} is {refused}")
        return [self.countries.index(code) for code in codes]

    def need_countries(self, what: str) -> None:
        """Raise DataError if the game is known by joint values only."""
        if self.joint is not None:
            raise DataError(
                f"{what}: this game holds joint values only; build it from welfare "
                f"(Game.from_welfare) to ask about single countries"
            )

    def failed_note(self) -> str:
        """Return a sentence about the clubs that were not solved; empty if all were."""
        failed = np.flatnonzero(~self.solved)
        if not failed.size:
            return ""
        some = ", ".join(self.label(int(row)) for row in failed[:3])
        more = ", ..." if failed.size > 3 else ""
        return (
            f"{failed.size} of {self.solved.size} clubs were not solved ({some}{more}); "
            f"a game among fewer players may leave them out: game.among([...])"
        )

    # ---- numbers and their errors -------------------------------------------------------

    @cached_property
    def income(self) -> Float[Array, " n"]:
        """Baseline income of each country, given or implied by `ev`, (N,), million USD.

        Implied: zero where no club changes the country's welfare by more than rounding.
        """
        if self.baseline_income is not None:
            return self.baseline_income
        rows = self.solved & self.solved[0]
        gain = np.where(rows[:, None], self.welfare - self.welfare[0], 0.0)
        money = np.where(rows[:, None], self.ev, 0.0)
        square = np.einsum("cn,cn->n", gain, gain)
        product = np.einsum("cn,cn->n", gain, money)
        moved = np.abs(gain).max(axis=0, initial=0.0) > 4 * ROUNDING
        return np.divide(product, square, out=np.zeros(gain.shape[1]), where=moved)

    @cached_property
    def error(self) -> Float[Array, " c"]:
        """Relative error of each club's welfare: safety x residual, not below rounding, (2^m,)."""
        return self.safety * np.maximum(self.residual, ROUNDING)

    def welfare_slack(self, n: int) -> Float[Array, " c"]:
        """Return the error of column n of `welfare`, (2^m,), ratio."""
        return self.error * np.abs(self.welfare[:, n])

    def ev_slack(self, n: int) -> Float[Array, " c"]:
        """Return the error of column n of `ev` but for the shared empty club, million USD."""
        return self.welfare_slack(n) * self.income[n]

    @cached_property
    def joint_value(self) -> Float[Array, " c"]:
        """v(S): the members' joint equivalent variation, (2^m,), million USD; NaN if failed."""
        if self.joint is not None:
            return self.joint
        total = np.zeros(1 << self.m)
        for k, n in enumerate(self.position):
            inside = split(total, k)[1]
            inside += split(np.ascontiguousarray(self.ev[:, n]), k)[1]
        total[~self.solved] = np.nan
        total[0] = 0.0
        return total

    @cached_property
    def joint_slack(self) -> Float[Array, " c"]:
        """Error of `joint_value`, (2^m,), million USD.

        Members' incomes times the errors of the club's and the empty club's solutions.
        """
        if self.joint is not None:
            known = self.joint[self.solved]
            scale = float(np.abs(known).max()) if known.size else 0.0
            return self.error * scale
        total = np.zeros(1 << self.m)
        for k, n in enumerate(self.position):
            slack = self.ev_slack(int(n))
            inside = split(total, k)[1]
            inside += split(slack, k)[1] + slack[0]
        return total

    @property
    def exact(self) -> bool:
        """Whether all numbers are exact but for rounding (all residuals are zero)."""
        return bool((self.residual[self.solved] == 0).all())


def restricted(table: ClubTable, players: Iterable[str]) -> ClubTable:
    """Return the table of clubs among some of the players only, in the order of the table."""
    mask = table.mask(players)
    rows = np.zeros(1, dtype=np.int64)
    for k in range(table.m):
        if mask >> k & 1:
            rows = np.concatenate([rows, rows | 1 << k])
    return ClubTable(
        club_of(table.players, mask),
        table.countries,
        table.welfare[rows],
        table.ev[rows],
        table.solved[rows],
        table.residual[rows],
        None if table.joint is None else table.joint[rows],
        table.income if table.joint is None else None,
        table.senders,
        table.safety,
    )
