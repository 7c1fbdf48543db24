"""The core and the least core, by linear programming with constraint generation.

May import its neighbours `table`, `subsets`, `shapley`, `verdict`. Gillies (1959), Annals of Math.
Studies 40; Maschler, Peleg & Shapley (1979), Mathematics of Operations Research 4, 303-338.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int64

from hansa.club.shapley import order_weights
from hansa.club.subsets import club_of, label_of, mask_of, split, subset_sums
from hansa.club.table import ClubTable
from hansa.club.verdict import Verdict
from hansa.errors import ConvergenceError

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

#: Tolerances of the linear programmes, in units of the largest excess.
LP_TOLERANCE = 1e-10
#: A club may exceed the least core's bound by this much, in the same unit, and count as met.
GAP = 1e-9


@dataclass(frozen=True, eq=False)
class Core:
    """Whether the core is nonempty, by how much, and a division of v(N) in the least core.

    Attributes
    ----------
    players : tuple of str
    nonempty : Verdict
        YES: some division of v(N) gives every club what it can have on its own. NO: none does.
        TIE: `epsilon` is within the error of the values. A failed club leaves NO standing if
        the others alone empty the core.
    epsilon : float, million USD
        Least core: the smallest amount by which the worst-off club must fall short. Positive:
        the core is empty by that much; negative: every club gets at least that much more than
        its own value. NaN if it rests on a club that was not solved.
    at_least : float, million USD
        Lower bound on `epsilon` from the solved clubs; minus infinity if they set none, NaN if
        the club of all was not solved.
    slack : float, million USD
        Error of `epsilon`.
    point : (m,) array, million USD
        A division in the least core, and in the core if that is nonempty. NaN if unknown.
    blocking : tuple of tuple of str
        Clubs that fix `epsilon`: together balanced (Bondareva-Shapley), no division does better
        by all of them.
    weight : (b,) array
        Their balancing weights; sum to one.
    note : str
        Says why something is unknown; else empty.
    """

    players: tuple[str, ...]
    nonempty: Verdict
    epsilon: float
    at_least: float
    slack: float
    point: Float[Array, " m"]
    blocking: tuple[tuple[str, ...], ...]
    weight: Float[Array, " b"]
    note: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Return one row per player: its part of the division, million USD, and the verdict."""
        import pandas as pd

        return pd.DataFrame(
            {
                "player": self.players,
                "least_core_musd": self.point,
                "epsilon_musd": self.epsilon,
                "core_nonempty": str(self.nonempty),
            }
        )

    def blocking_frame(self) -> pd.DataFrame:
        """Return one row per blocking club and its balancing weight."""
        import pandas as pd

        names = [label_of(self.players, mask_of(self.players, c)) for c in self.blocking]
        return pd.DataFrame({"club": names, "weight": self.weight})


def centred(table: ClubTable) -> tuple[Float[Array, " m"], Float[Array, " c"], float]:
    """Return a division, the excesses ``v(S) - x(S)`` it leaves in units of the largest, the unit.

    Least core and nucleolus move along when each player's amount is added to all clubs with it.
    Clubs' values are nearly additive as a rule; what is left after the Shapley value's part is
    what the programmes are about, and they need a fraction of the constraints to settle it.
    With failed clubs the weighted mean of the known contributions stands in.

    Returns
    -------
    reference : (m,) array, million USD
    value : (2^m,) array
    unit : float, million USD
    """
    m, weight = table.m, order_weights(table.m)
    reference = np.zeros(m)
    for k in range(m):
        without, with_ = split(table.joint_value, k)
        step = (with_ - without).ravel()
        known = np.isfinite(step)
        if known.any():
            reference[k] = weight[known] @ step[known] / weight[known].sum()
    excess = table.joint_value - subset_sums(reference)
    known = np.isfinite(excess)
    # An additive game leaves rounding only: do not blow that up.
    unit = max(
        float(np.abs(excess[known]).max()),
        1e-6 * float(np.abs(table.joint_value[known]).max()),
    )
    unit = unit or 1.0
    return reference, excess / unit, unit


@dataclass(frozen=True, eq=False)
class LeastExcess:
    """Optimum of one linear programme.

    Attributes
    ----------
    point : (m,) array
    epsilon : float
    weight : (r,) array
        Multipliers of the clubs; sum to one.
    """

    point: Float[Array, " m"]
    epsilon: float
    weight: Float[Array, " r"]


def least_core(table: ClubTable) -> Core:
    """Return the least core: min over divisions of the largest excess ``v(S) - x(S)``.

    The excess runs over all clubs but the empty one and the club of all. The programme starts
    from the singletons and their complements and takes in the most violated clubs until none
    is left, so that a million clubs cost a few hundred constraints.

    Parameters
    ----------
    table : ClubTable

    Returns
    -------
    Core
        With one player there is no club to satisfy: epsilon is zero and the core nonempty.

    Raises
    ------
    ConvergenceError
        If the linear programme fails.

    References
    ----------
    Gillies, D. B. (1959). Solutions to general non-zero-sum games. Annals of Mathematics
    Studies 40, 47-85. Maschler, M., Peleg, B., Shapley, L. S. (1979). Geometric properties of the
    kernel, nucleolus, and related solution concepts. Mathematics of Operations Research 4.
    """
    m, note = table.m, table.failed_note()
    whole = float(table.joint_value[-1])
    if not np.isfinite(whole):
        nothing = np.full(m, np.nan)
        return Core(
            table.players, Verdict.UNKNOWN, np.nan, np.nan, np.nan, nothing, (), np.zeros(0), note
        )
    if m == 1:
        alone = np.array([whole])
        return Core(table.players, Verdict.YES, 0.0, 0.0, 0.0, alone, (), np.zeros(0))
    known = np.flatnonzero(table.solved)
    slack = float(table.joint_slack[known].max() + table.joint_slack[-1])
    reference, value, scale = centred(table)
    point, epsilon, rows, weight = _minimal_excess(value, m)
    epsilon, point = epsilon * scale, reference + point * scale
    complete = bool(table.solved.all())
    # Zero residuals mean the values are exact: then x(S) >= v(S) may hold with equality.
    tie = GAP * scale if table.exact else max(slack, GAP * scale)
    if epsilon > tie:
        nonempty = Verdict.NO
    elif not complete:
        nonempty = Verdict.UNKNOWN
    else:
        nonempty = Verdict.YES if table.exact or epsilon < -tie else Verdict.TIE
    return Core(
        table.players,
        nonempty,
        epsilon if complete else np.nan,
        epsilon,
        slack,
        point if complete else np.full(m, np.nan),
        tuple(club_of(table.players, int(q)) for q in rows),
        weight,
        note,
    )


def least_excess(
    masks: Int64[Array, " r"],
    value: Float[Array, " c"],
    settled: Float[Array, "e m"],
    amount: Float[Array, " e"],
    least: Float[Array, " m"],
    floor: float = -np.inf,
) -> LeastExcess:
    """Return the division that minimises the largest excess of the given clubs.

    Parameters
    ----------
    masks : (r,) array of int
        The clubs ``S`` with ``v(S) - x(S) <= epsilon``.
    value : (2^m,) array
    settled, amount : (e, m), (e,) arrays
        Equations ``settled @ x = amount``.
    least : (m,) array
        Lower bounds of x; minus infinity where there is none.
    floor : float
        Lower bound of epsilon.

    Raises
    ------
    ConvergenceError
        If HiGHS does not find the optimum.
    """
    from scipy.optimize import linprog

    m = len(least)
    inside = (masks[:, None] >> np.arange(m) & 1).astype(np.float64)
    # The simplex method ends in a vertex: multipliers are exactly zero off the basis.
    found = linprog(
        np.append(np.zeros(m), 1.0),
        A_ub=-np.column_stack([inside, np.ones(len(masks))]),
        b_ub=-value[masks],
        A_eq=np.column_stack([settled, np.zeros(len(settled))]),
        b_eq=amount,
        bounds=[(float(low), None) for low in (*least, floor)],
        method="highs-ds",
        options={
            "primal_feasibility_tolerance": LP_TOLERANCE,
            "dual_feasibility_tolerance": LP_TOLERANCE,
        },
    )
    if found.status != 0 or found.x is None:
        raise ConvergenceError(f"a linear programme of the core was not solved: {found.message}")
    return LeastExcess(found.x[:m], float(found.x[m]), -found.ineqlin.marginals)


def _minimal_excess(
    value: Float[Array, " c"], m: int
) -> tuple[Float[Array, " m"], float, Int64[Array, " b"], Float[Array, " b"]]:
    """Return a division, the least largest excess, the clubs that fix it and their weights."""
    last = (1 << m) - 1
    single = 1 << np.arange(m, dtype=np.int64)
    masks = np.unique(np.concatenate([single, last - single]))
    masks = masks[np.isfinite(value[masks])]
    # Excesses are at most one: no epsilon is below this, unless failed clubs leave it unbounded.
    floor, free = -4.0 * m, np.full(m, -np.inf)
    while True:
        found = least_excess(masks, value, np.ones((1, m)), value[last:], free, floor)
        excess = value - subset_sums(found.point)
        excess[[0, last]] = -np.inf
        excess[np.isnan(excess)] = -np.inf
        excess[masks] = -np.inf
        new = np.flatnonzero(excess > found.epsilon + GAP)
        if not new.size:
            tight = found.weight > GAP
            epsilon = found.epsilon if found.epsilon > floor + GAP else -np.inf
            return found.point, epsilon, masks[tight], found.weight[tight]
        most = min(new.size, 8 * m)
        new = new[np.argpartition(-excess[new], most - 1)[:most]]
        masks = np.concatenate([masks, new])
