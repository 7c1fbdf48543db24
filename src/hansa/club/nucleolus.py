"""The nucleolus, by a sequence of linear programmes.

May import its neighbours `table`, `subsets`, `core` and `verdict`. Schmeidler (1969), SIAM Journal
on Applied Mathematics 17, 1163-1170; traps: Guajardo & Jornsten (2015), EJOR 241, 931-935.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hansa.club.core import GAP, centred, least_excess
from hansa.club.subsets import mask_of, membership, subset_sums
from hansa.club.table import ClubTable
from hansa.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

#: Most players for which the nucleolus is computed.
MOST_PLAYERS = 12
#: Distance from the span of 0/1 vectors below which a club lies in it. For 12 players the
#: distance of a club that does not is above 1e-4 (Hadamard's bound on the determinants).
_IN_SPAN = 1e-7


@dataclass(frozen=True, eq=False)
class Nucleolus:
    """The division of v(N) that treats the worst-off clubs best.

    Attributes
    ----------
    players : tuple of str
    kind : str
        ``nucleolus``; ``prenucleolus`` where v(N) is less than the singletons' values together,
        so that no division leaves each player at least its own; ``unknown``.
    value : (m,) array, million USD
        NaN if unknown.
    levels : (k,) array, million USD
        Largest excess fixed by each programme, in order; not increasing. The first is the
        least core's epsilon (of the divisions allowed).
    note : str
        Says why it is unknown; else empty.
    """

    players: tuple[str, ...]
    kind: str
    value: Float[Array, " m"]
    levels: Float[Array, " k"]
    note: str = ""

    def of(self, player: str) -> float:
        """Return one player's part in million USD; NaN if unknown."""
        return float(self.value[mask_of(self.players, (player,)).bit_length() - 1])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per player: its part (million USD) and the kind of solution."""
        import pandas as pd

        return pd.DataFrame(
            {"player": self.players, "nucleolus_musd": self.value, "kind": self.kind}
        )


def nucleolus_division(table: ClubTable) -> Nucleolus:
    """Return the nucleolus: the imputation whose sorted excesses are lexicographically least.

    Each programme minimises the largest excess of the clubs not yet settled. The clubs with a
    positive multiplier are tight in every optimum (a club tight in one optimum need not be);
    those that raise the rank are settled at that excess, and all clubs in their span with them.
    So there are at most m - 1 programmes, and the result is the solution of m equations.

    Parameters
    ----------
    table : ClubTable
        At most 12 players.

    Returns
    -------
    Nucleolus

    Raises
    ------
    DataError
        If there are more than 12 players.
    ConvergenceError
        If a linear programme fails.

    References
    ----------
    Schmeidler, D. (1969). The nucleolus of a characteristic function game. SIAM Journal on
    Applied Mathematics 17, 1163-1170. Guajardo, M., Jornsten, K. (2015). Common mistakes in
    computing the nucleolus. European Journal of Operational Research 241, 931-935.
    """
    m = table.m
    if m > MOST_PLAYERS:
        raise DataError(
            f"the nucleolus is computed for at most {MOST_PLAYERS} players, not {m}; "
            "use least_core, or a game among fewer: game.among([...])"
        )
    if not table.solved.all():
        return Nucleolus(
            table.players, "unknown", np.full(m, np.nan), np.zeros(0), table.failed_note()
        )
    reference, value, scale = centred(table)
    single = 1 << np.arange(m)
    alone = value[single]
    spare = value[-1] - alone.sum()
    error = (table.joint_slack[single].sum() + table.joint_slack[-1]) / scale
    if m == 1 or abs(spare) <= max(error, GAP):
        # One imputation only: each its own value (the rest is the error of the values).
        point, levels, kind = alone + spare / m, np.zeros(0), "nucleolus"
    elif spare > 0:
        point, levels = _lexicographic_minimum(value, m, alone)
        kind = "nucleolus"
    else:
        point, levels = _lexicographic_minimum(value, m, np.full(m, -np.inf))
        kind = "prenucleolus"
    return Nucleolus(table.players, kind, reference + point * scale, levels * scale)


def excesses(table: ClubTable, division: Float[Array, " m"]) -> Float[Array, " c"]:
    """Return ``v(S) - x(S)`` of every club under a division, (2^m,), million USD."""
    return table.joint_value - subset_sums(np.asarray(division, dtype=np.float64))


def _lexicographic_minimum(
    value: Float[Array, " c"], m: int, least: Float[Array, " m"]
) -> tuple[Float[Array, " m"], Float[Array, " k"]]:
    """Return the division with lexicographically least excesses, and the level of each step."""
    inside = membership(m).astype(np.float64)
    settled, amount = inside[-1:], value[-1:]
    open_clubs = np.arange(1, (1 << m) - 1)
    levels: list[float] = []
    while len(settled) < m:
        # Orthonormal basis of the settled clubs: what lies in it has a fixed excess.
        basis = np.linalg.qr(settled.T)[0]
        rest = inside[open_clubs] - (inside[open_clubs] @ basis) @ basis.T
        open_clubs = open_clubs[np.linalg.norm(rest, axis=1) > _IN_SPAN]
        found = least_excess(open_clubs, value, settled, amount, least)
        level, weight = found.epsilon, found.weight
        levels.append(level)
        # The multipliers sum to one over at most m + 1 clubs: the largest is never noise.
        for place in np.argsort(-weight, kind="stable"):
            if weight[place] <= GAP or len(settled) == m:
                break
            club = inside[open_clubs[place]]
            if np.linalg.norm(club - (club @ basis) @ basis.T) <= _IN_SPAN:
                continue
            settled = np.vstack([settled, club])
            amount = np.append(amount, value[open_clubs[place]] - level)
            basis = np.linalg.qr(settled.T)[0]
    return np.linalg.solve(settled, amount), np.array(levels)
