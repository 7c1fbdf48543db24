"""The order in which a senders' coalition grows: most harm, most harm for its cost, or given.

May import its neighbours `subsets`, `table`, `frontier` and `verdict`. After Chowdhry, Hinz, Kamin
& Wanner (2024), "Brothers in arms: the value of coalitions in sanctions regimes", Economic Policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float

from hansa.club.frontier import harm_to
from hansa.club.subsets import club_of, mask_of
from hansa.club.table import ClubTable
from hansa.club.verdict import Verdict
from hansa.errors import DataError, unknown

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

#: What each criterion takes as the next member.
SENDER_CRITERIA = {
    "harm": "most further harm to the targets",
    "ratio": "most further harm per dollar of further cost to the coalition",
    "given": "in a given order",
}


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What some coalitions of m players do.

    Attributes
    ----------
    harm, slack : (k,) arrays, million USD
        Loss of the targets against the empty coalition, and its error. NaN where not solved.
    loss : (k, m) array, million USD
        Loss of every player, member or not, against the empty coalition.
    """

    harm: Float[Array, " k"]
    slack: Float[Array, " k"]
    loss: Float[Array, "k m"]


#: From who is in, (k, m), to what that does.
Solver = Callable[[Bool[Array, "k m"]], Outcomes]


@dataclass(frozen=True)
class SenderStep:
    """One accession to a coalition.

    Attributes
    ----------
    joiner : str
    coalition : tuple of str
        After the step.
    more_harm, more_cost : float, million USD
        Further harm; further loss of the coalition with the joiner, each from where it stood.
    harm, cost : float, million USD
        Of the coalition after the step, against the empty one.
    choice : Verdict
        YES: clearly the first choice; TIE: another was within the errors; UNKNOWN: an
        alternative was not solved. YES in a given order.
    """

    joiner: str
    coalition: tuple[str, ...]
    more_harm: float
    more_cost: float
    harm: float
    cost: float
    choice: Verdict


@dataclass(frozen=True)
class SenderPath:
    """How a coalition grows to that of all players.

    Attributes
    ----------
    criterion : str
        harm, ratio or given.
    start : tuple of str
    steps : tuple of SenderStep
        All further players, also those that add no harm. It ends early only where no
        alternative was solved.
    """

    criterion: str
    start: tuple[str, ...]
    steps: tuple[SenderStep, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per step, money in million USD."""
        import pandas as pd

        rows = [
            {
                "criterion": self.criterion, "start": "+".join(self.start) or "(none)",
                "step": number, "joiner": s.joiner, "coalition": "+".join(s.coalition),
                "more_harm_musd": s.more_harm, "more_cost_musd": s.more_cost,
                "harm_musd": s.harm, "cost_musd": s.cost, "choice": str(s.choice),
            }
            for number, s in enumerate(self.steps, start=1)
        ]  # fmt: skip
        columns = (
            "criterion", "start", "step", "joiner", "coalition", "more_harm_musd",
            "more_cost_musd", "harm_musd", "cost_musd", "choice",
        )  # fmt: skip
        return pd.DataFrame(rows, columns=list(columns))


def outcomes_of(table: ClubTable, targets: str | Iterable[str]) -> Solver:
    """Return the function that looks up, in a table of all coalitions, what some of them do."""
    _, harm, slack = harm_to(table, targets)
    bits = 1 << np.arange(table.m)

    def look(inside: Bool[Array, "k m"]) -> Outcomes:
        rows = inside @ bits
        return Outcomes(harm[rows], slack[rows], 0.0 - table.ev[rows][:, table.position])

    return look


def sender_path(
    players: Sequence[str],
    solver: Solver,
    criterion: str = "harm",
    start: str | Iterable[str] = (),
    order: Sequence[str] = (),
) -> SenderPath:
    """Return how a coalition grows from a start to all players, one by one.

    Only the coalitions that lie on the way or were alternatives to it are asked for: at most
    m (m + 1) / 2, so it serves any number of players.

    Parameters
    ----------
    players : sequence of str, length m
    solver : callable
        From who is in, (k, m) bool, to `Outcomes`; `outcomes_of` makes one from a table.
    criterion : str, default "harm"
        *harm*: most further harm. *ratio*: most further harm per dollar of further cost to the
        coalition with the joiner; where it harms and costs nothing, the ratio is infinite and
        the greater harm wins; where it adds no harm, it comes last. *given*: as in `order`.
    start : iterable of str, or label, default the empty coalition
    order : sequence of str
        For *given*: every player outside the start, once.

    Returns
    -------
    SenderPath

    Raises
    ------
    DataError
        Unknown criterion or player, or an order that is not one of the others.
    """
    names = tuple(players)
    if criterion not in SENDER_CRITERIA:
        raise DataError(unknown("criterion", criterion, SENDER_CRITERIA))
    begun = club_of(names, mask_of(names, start))
    if criterion == "given":
        mask_of(names, order)  # names the unknown and the repeated
        missing = set(names) - set(begun) - set(order)
        if missing or set(order) & set(begun):
            odd = ", ".join(sorted(missing or set(order) & set(begun)))
            raise DataError(f"the order must hold every player outside the start once: {odd}")
    inside = np.array([p in begun for p in names])
    here = solver(inside[None])
    steps: list[SenderStep] = []
    while not inside.all():
        free = np.flatnonzero(~inside)
        if criterion == "given":
            free = np.array([names.index(order[len(steps)])])
        after = np.tile(inside, (free.size, 1))
        after[np.arange(free.size), free] = True
        there = solver(after)
        cost = np.array([
            (there.loss[k, after[k]] - here.loss[0, after[k]]).sum() for k in range(free.size)
        ])  # fmt: skip
        more, error = there.harm - here.harm[0], there.slack + here.slack[0]
        k, choice = _chosen(more, cost, error, criterion)
        if k < 0:
            break
        inside = after[k]
        steps.append(
            SenderStep(
                names[free[k]], club_of(names, mask_of(names, _in(names, inside))),
                float(more[k]), float(cost[k]), float(there.harm[k]),
                float(there.loss[k, inside].sum()), choice,
            )
        )  # fmt: skip
        here = Outcomes(there.harm[[k]], there.slack[[k]], there.loss[[k]])
    return SenderPath(criterion, begun, tuple(steps))


def _in(names: tuple[str, ...], inside: Bool[Array, " m"]) -> tuple[str, ...]:
    return tuple(p for p, is_in in zip(names, inside, strict=True) if is_in)


def _chosen(
    more: Float[Array, " k"], cost: Float[Array, " k"], error: Float[Array, " k"], criterion: str
) -> tuple[int, Verdict]:
    """Return the place of the first choice (-1: none is known) and how sure it is."""
    known = np.isfinite(more) & np.isfinite(cost)
    if not known.any():
        return -1, Verdict.UNKNOWN
    score = more
    if criterion == "ratio":
        harms = known & (more > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            score = np.where(harms & (cost > 0), more / cost, np.where(harms, np.inf, -np.inf))
    # Among equal scores the greater harm wins.
    ranked = np.lexsort((np.where(known, more, -np.inf), np.where(known, score, -np.inf)))
    best = int(ranked[-1])
    verdict = Verdict.YES
    if not known.all():
        verdict = Verdict.UNKNOWN
    elif more.size > 1 and _close(more, cost, error, best, int(ranked[-2]), criterion):
        verdict = Verdict.TIE
    return best, verdict


def _close(
    more: Float[Array, " k"],
    cost: Float[Array, " k"],
    error: Float[Array, " k"],
    first: int,
    second: int,
    criterion: str,
) -> bool:
    """Return whether the errors could make the second choice the first."""
    if criterion == "ratio" and cost[first] > 0 and cost[second] > 0:
        # a / b against c / d, cross-multiplied; the errors of costs are of those of harm's size.
        gap = more[first] * cost[second] - more[second] * cost[first]
        room = error[first] * (abs(cost[second]) + abs(more[second]))
        room += error[second] * (abs(cost[first]) + abs(more[first]))
        return bool(gap <= room)
    return bool(more[first] - more[second] <= error[first] + error[second])
