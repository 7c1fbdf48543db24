"""Game: the table of all clubs with every question one can ask of it.

May import ``hansa.errors`` and its neighbours; holds no arithmetic of its own, each method hands
the table to the module that answers. Papers: see those modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float

from hansa.club.core import Core, least_core
from hansa.club.figure import game_figure
from hansa.club.formation import Paths, formation_paths
from hansa.club.frontier import Frontier, Partners, next_partners, sender_frontier
from hansa.club.nucleolus import Nucleolus, nucleolus_division
from hansa.club.shapley import Shapley, shapley_value
from hansa.club.spillover import Spillovers, spillovers
from hansa.club.stability import Stability, Temptation, club_stability, temptation
from hansa.club.subsets import check_players, club_of, label_of, mask_of
from hansa.club.table import ClubTable, restricted
from hansa.club.transfers import Transfers, stabilising_transfers
from hansa.club.value import Best, Values, best_clubs, club_values
from hansa.errors import DataError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Game(ClubTable):
    """Every club of some candidates, solved; attributes are those of `ClubTable`.

    Build one with `from_welfare`, or `from_values` for a textbook game.

    Examples
    --------
    One left glove, two right ones; a pair is worth one (Shapley & Shubik 1969):

    >>> game = Game.from_values(["L", "R", "S"], lambda club: float("L" in club and len(club) > 1))
    >>> game.shapley().value.round(4).tolist()
    [0.6667, 0.1667, 0.1667]
    >>> str(game.core().nonempty), game.nucleolus().value.round(6).tolist()
    ('yes', [1.0, 0.0, 0.0])
    """

    @classmethod
    def from_welfare(
        cls,
        players: Sequence[str],
        countries: Sequence[str],
        welfare: Float[Array, "c n"],
        income: Float[Array, " n"] | Sequence[float | int],
        solved: Bool[Array, " c"] | None = None,
        residual: Float[Array, " c"] | None = None,
        senders: Sequence[str] = (),
        safety: float = 1.0,
    ) -> Game:
        """Return the game of a welfare table.

        Parameters
        ----------
        players : sequence of str, length m
        countries : sequence of str, length N
        welfare : (2^m, N) array, ratio
            W_hat by club in mask order (bit k of the row number: player k is in).
        income : (N,) array, million USD
            Baseline income I_n > 0: ``ev = (welfare - welfare[0]) * income``.
        solved : (2^m,) array of bool, default all
        residual : (2^m,) array, ratio, default zeros
            Largest relative residual of each solution.
        senders : sequence of str, optional
        safety : float, default 1.0
            A comparison within this many residuals of the two solutions is a tie.

        Raises
        ------
        DataError
            If shapes do not fit, a code is not known, an income is not positive, or a solved
            club holds something that is not a number.
        """
        welfare = np.asarray(welfare, dtype=np.float64)
        income = np.asarray(income, dtype=np.float64)
        names = tuple(countries)
        if income.shape != (len(names),):
            raise DataError(f"income has shape {income.shape}, expected ({len(names)},)")
        if not (income > 0).all():
            n = int(np.argmin(np.where(np.isnan(income), -np.inf, income)))
            raise DataError(f"income of {names[n]} must be positive, not {income[n]}")
        if welfare.ndim != 2 or welfare.shape[1] != len(names):
            raise DataError(f"welfare has shape {welfare.shape}, expected (clubs, {len(names)})")
        clubs = welfare.shape[0]
        return cls(
            tuple(players),
            names,
            welfare,
            (welfare - welfare[0]) * income,
            np.ones(clubs, dtype=bool) if solved is None else np.asarray(solved, dtype=bool),
            np.zeros(clubs) if residual is None else np.asarray(residual, dtype=np.float64),
            None,
            income,
            tuple(senders),
            safety,
        )

    @classmethod
    def from_values(
        cls,
        players: Sequence[str],
        values: Sequence[float | int]
        | Float[Array, " c"]
        | Mapping[tuple[str, ...], float | int]
        | Callable[[tuple[str, ...]], float | int],
        residual: Float[Array, " c"] | None = None,
    ) -> Game:
        """Return a game of joint values alone, as in a textbook; nothing is known of countries.

        Parameters
        ----------
        players : sequence of str, length m
        values : (2^m,) array in mask order, mapping by club, or function of a club
            Million USD. NaN marks a club that was not solved. A mapping may leave out the
            empty club, whose value must be zero.
        residual : (2^m,) array, default zeros
            Relative to the largest value.

        Raises
        ------
        DataError
            If a club is missing, or the empty club has a value.
        """
        names = check_players(players)
        clubs = 1 << len(names)
        if isinstance(values, Mapping):
            joint = _from_mapping(names, values)
        elif callable(values):
            joint = np.array([float(values(club_of(names, q))) for q in range(clubs)])
        else:
            joint = np.array(values, dtype=np.float64)
        if joint.shape != (clubs,):
            raise DataError(f"values have shape {joint.shape}, expected ({clubs},)")
        if joint[0] != 0:
            raise DataError(f"the value of the empty club must be zero, not {joint[0]}")
        nobody = np.zeros((clubs, 0))
        known = np.isfinite(joint)
        error = np.zeros(clubs) if residual is None else np.asarray(residual, dtype=np.float64)
        return cls(names, (), nobody, nobody, known, error, joint)

    def __repr__(self) -> str:
        failed = int((~self.solved).sum())
        return (
            f"Game({'+'.join(self.players)}: {self.solved.size} clubs, {failed} failed, "
            f"{len(self.countries)} economies)"
        )

    def among(self, players: str | Iterable[str]) -> Game:
        """Return the game among some of the players only; the others stay outside."""
        part = restricted(self, players)
        return Game(**{name: getattr(part, name) for name in part.__dataclass_fields__})

    # ---- questions ----------------------------------------------------------------------

    def value(self) -> Values:
        """Return the joint value of every club; see `hansa.club.value.club_values`."""
        return club_values(self)

    def best(self) -> Best:
        """Return the best club jointly and for each; see `hansa.club.value.best_clubs`."""
        return best_clubs(self)

    def shapley(self) -> Shapley:
        """Return the exact Shapley value; see `hansa.club.shapley.shapley_value`."""
        return shapley_value(self)

    def core(self) -> Core:
        """Return whether the core is empty and by how much; see `hansa.club.core.least_core`."""
        return least_core(self)

    def least_core(self) -> Core:
        """Return the least core: the same result as `core`, which reports both."""
        return least_core(self)

    def nucleolus(self) -> Nucleolus:
        """Return the nucleolus, for at most 12 players; see `hansa.club.nucleolus`."""
        return nucleolus_division(self)

    def stable(self) -> Stability:
        """Return the stability of every club; see `hansa.club.stability.club_stability`."""
        return club_stability(self)

    def temptation(self, club: str | Iterable[str]) -> Temptation:
        """Return who gains by leaving or joining one club; see `hansa.club.stability`."""
        return temptation(self, club)

    def paths(self, start: str | Iterable[str] = (), own_unit: str = "musd") -> Paths:
        """Return how the club forms; see `hansa.club.formation.formation_path`."""
        return formation_paths(self, start, own_unit)

    def spillovers(
        self,
        club: str | Iterable[str],
        senders: Iterable[str] | None = None,
        against: str | Iterable[str] = (),
    ) -> Spillovers:
        """Return what a club does to everyone; see `hansa.club.spillover.spillovers`."""
        return spillovers(self, club, senders, against)

    def transfers(
        self, club: str | Iterable[str], share: str | Mapping[str, float | int] = "equal"
    ) -> Transfers:
        """Return who pays whom to hold a club; see `hansa.club.transfers`."""
        return stabilising_transfers(self, club, share)

    def frontier(self, targets: str | Iterable[str], maximum: float | None = None) -> Frontier:
        """Return harm against cost, players being senders; see `hansa.club.frontier`."""
        return sender_frontier(self, targets, maximum)

    def partners(
        self, targets: str | Iterable[str], coalition: str | Iterable[str] = ()
    ) -> Partners:
        """Return the best next partner of a senders' coalition; see `hansa.club.frontier`."""
        return next_partners(self, targets, coalition)

    def plot(self, title: str = "") -> Figure:
        """Return a figure of the game; see `hansa.club.figure.game_figure`."""
        return game_figure(self, title)


def _from_mapping(
    players: tuple[str, ...], values: Mapping[tuple[str, ...], float | int]
) -> Float[Array, " c"]:
    """Return values in mask order from a mapping by club, members in any order."""
    joint = np.full(1 << len(players), np.nan)
    joint[0], given = 0.0, {0}
    for club, value in values.items():
        mask = mask_of(players, club)
        joint[mask] = value
        given.add(mask)
    missing = [q for q in range(1 << len(players)) if q not in given]
    if missing:
        raise DataError(f"no value is given for the club {label_of(players, missing[0])}")
    return joint
