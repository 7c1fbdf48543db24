"""The path by which a club forms, one player at a time, by three criteria.

May import its neighbours `table`, `subsets` and `verdict`. After Chowdhry, Hinz, Kamin & Wanner
(2024), "Brothers in arms: the value of coalitions in sanctions regimes", Economic Policy 39.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from hansa.club.subsets import club_of, label_of, mask_of
from hansa.club.table import ClubTable
from hansa.club.verdict import Verdict, all_hold, exceeds_zero
from hansa.errors import DataError, unknown

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

#: What each criterion takes as the next member.
CRITERIA = {
    "own": "gains most for itself and hurts no incumbent",
    "joint": "greatest gain of incumbents and joiner together",
    "ratio": "greatest joint gain per dollar that everyone else loses",
}


@dataclass(frozen=True)
class Step:
    """One accession.

    Attributes
    ----------
    joiners : tuple of str
        Usually one; two where a club is founded and no player gains alone.
    club : tuple of str
        After the step.
    own_gain, joint_gain : float, million USD
        Of the joiners; of all members after the step, joiners included.
    worst_change : float, million USD
        Smallest change among incumbents; NaN if there are none.
    loss_of_others : float, million USD
        Sum of what the losers outside the club lose by the step (positive).
    score : float
        What was maximised: million USD, percent, or dollars per dollar lost by others.
    verdict : Verdict
        YES: clearly the first choice; TIE: another was within the errors; UNKNOWN: a club that
        would have been another choice was not solved, here or before.
    """

    joiners: tuple[str, ...]
    club: tuple[str, ...]
    own_gain: float
    joint_gain: float
    worst_change: float
    loss_of_others: float
    score: float
    verdict: Verdict


@dataclass(frozen=True)
class Path:
    """How the club grows under one criterion.

    Attributes
    ----------
    criterion : str
        own, joint or ratio.
    players : tuple of str
    start : tuple of str
    steps : tuple of Step
    club : tuple of str
        Where it ends.
    end : str
        Why it ends there.
    verdict : Verdict
        On the whole path, its end included.
    """

    criterion: str
    players: tuple[str, ...]
    start: tuple[str, ...]
    steps: tuple[Step, ...]
    club: tuple[str, ...]
    end: str
    verdict: Verdict

    def to_frame(self) -> pd.DataFrame:
        """Return one row per step, with money in million USD."""
        import pandas as pd

        columns = (
            "criterion", "step", "joiners", "club", "own_gain_musd", "joint_gain_musd",
            "worst_change_musd", "loss_of_others_musd", "score", "choice",
        )  # fmt: skip
        rows = [
            (
                self.criterion,
                number,
                "+".join(s.joiners),
                label_of(self.players, mask_of(self.players, s.club)),
                s.own_gain,
                s.joint_gain,
                s.worst_change,
                s.loss_of_others,
                s.score,
                str(s.verdict),
            )
            for number, s in enumerate(self.steps, start=1)
        ]
        return pd.DataFrame(rows, columns=list(columns))


@dataclass(frozen=True)
class Paths:
    """The paths of the three criteria.

    Attributes
    ----------
    own, joint, ratio : Path
    """

    own: Path
    joint: Path
    ratio: Path

    def to_frame(self) -> pd.DataFrame:
        """Return the steps of the three paths, one below the other."""
        import pandas as pd

        parts = [path.to_frame() for path in (self.own, self.joint, self.ratio) if path.steps]
        return pd.concat(parts, ignore_index=True) if parts else self.own.to_frame()


def formation_paths(
    table: ClubTable, start: str | Iterable[str] = (), own_unit: str = "musd"
) -> Paths:
    """Return the formation paths by all three criteria; see `formation_path`."""
    start = club_of(table.players, table.mask(start))
    return Paths(*(formation_path(table, name, start, own_unit) for name in CRITERIA))


def formation_path(
    table: ClubTable, criterion: str, start: str | Iterable[str] = (), own_unit: str = "musd"
) -> Path:
    """Return how a club grows when the best candidate joins at each step.

    *own*: a candidate must gain and no incumbent may lose; the one that gains most joins.
    *joint*: incumbents and joiner together must gain; the greatest gain joins. *ratio*: as
    joint, but the gain is divided by what all others who lose, lose; where nobody does, it is
    infinite and the greater gain wins. All changes are those of the step itself, from the club
    before to the club after. A gain within the errors is none.

    A club of one changes nothing as a rule; where no single player is eligible to begin from
    the empty club, the best eligible pair founds it.

    Parameters
    ----------
    table : ClubTable
    criterion : str
        own, joint or ratio.
    start : iterable of str, or label, default the empty club
    own_unit : str, default "musd"
        For *own*, whether gains are compared in million USD or in ``percent`` of own welfare.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        If the criterion, unit or a code is not known, or the game holds joint values only.

    References
    ----------
    Chowdhry, S., Hinz, J., Kamin, K., Wanner, J. (2024). Brothers in arms: the value of
    coalitions in sanctions regimes. Economic Policy 39, 471-512.
    """
    table.need_countries("a formation path")
    if criterion not in CRITERIA:
        raise DataError(unknown("criterion", criterion, CRITERIA))
    if own_unit not in ("musd", "percent"):
        raise DataError(unknown("unit", own_unit, ("musd", "percent")))
    origin = here = table.mask(start)
    steps: list[Step] = []
    everyone, verdict = (1 << table.m) - 1, Verdict.YES
    end = "every candidate is a member"
    while here != everyone:
        moves = _moves(table, here, criterion, own_unit)
        if any(move.eligible is Verdict.UNKNOWN for move in moves):
            verdict = Verdict.UNKNOWN
        eligible = [move for move in moves if move.eligible is Verdict.YES]
        if not eligible:
            end, closing = _why_none(moves)
            verdict = max(verdict, closing)
            break
        first, choice = _first(eligible)
        verdict = max(verdict, choice)
        steps.append(first.step(verdict if verdict is Verdict.UNKNOWN else choice))
        here = first.after
    club = club_of(table.players, here)
    start_club = club_of(table.players, origin)
    return Path(criterion, table.players, start_club, tuple(steps), club, end, verdict)


@dataclass(frozen=True)
class _Move:
    """A possible step and how it scores; `low` and `high` bound the score by the errors."""

    after: int
    joiners: tuple[str, ...]
    club: tuple[str, ...]
    own: float
    joint: float
    joint_slack: float
    worst: float
    loss: float
    score: float
    low: float
    high: float
    gains: Verdict
    unhurt: Verdict
    eligible: Verdict

    def step(self, verdict: Verdict) -> Step:
        return Step(
            self.joiners, self.club, self.own, self.joint, self.worst, self.loss, self.score,
            verdict,
        )  # fmt: skip


def _moves(table: ClubTable, here: int, criterion: str, own_unit: str) -> list[_Move]:
    """Return the steps open from a club: single accessions, or founding pairs if none will do."""
    free = [1 << k for k in range(table.m) if not here >> k & 1]
    singles = [_move(table, here, bit, criterion, own_unit) for bit in free]
    if here or any(move.eligible is Verdict.YES for move in singles):
        return singles
    pairs = [_move(table, here, a | b, criterion, own_unit) for a, b in combinations(free, 2)]
    unsure = [move for move in singles if move.eligible is Verdict.UNKNOWN]
    return pairs + unsure if pairs else singles


def _move(table: ClubTable, here: int, joining: int, criterion: str, own_unit: str) -> _Move:
    """Return one step with its gains, losses, score and whether the criterion allows it."""
    after = here | joining
    change = table.ev[after] - table.ev[here]
    slack = (
        table.error[after] * np.abs(table.welfare[after])
        + table.error[here] * np.abs(table.welfare[here])
    ) * table.income
    bits = np.arange(table.m)
    join = table.position[(joining >> bits & 1).astype(bool)]
    old = table.position[(here >> bits & 1).astype(bool)]
    members = np.concatenate([old, join])
    outside = np.delete(np.arange(len(table.countries)), members)
    lost = np.where(change[outside] < -slack[outside], -change[outside], 0.0)
    loss, loss_slack = float(lost.sum()), float(slack[outside][lost > 0].sum())
    joint, joint_slack = float(change[members].sum()), float(slack[members].sum())
    if not np.isfinite(joint):
        # A failed club has nobody known to lose: neither a loss nor a gain of zero.
        loss = loss_slack = np.nan
    own, own_slack = float(change[join].sum()), float(slack[join].sum())
    unhurt = all_hold(_not_negative(change[old], slack[old]))
    if criterion == "own":
        gains = all_hold(exceeds_zero(change[join], slack[join]))
        eligible = max(gains, unhurt)
        score, low, high = own, own - own_slack, own + own_slack
        if own_unit == "percent":
            here_welfare, after_welfare = table.welfare[here, join], table.welfare[after, join]
            score = float(100 * (after_welfare / here_welfare - 1).mean())
            spread = 100 * float(
                ((table.error[after] + table.error[here]) * after_welfare / here_welfare).mean()
            )
            low, high = score - spread, score + spread
    else:
        gains = Verdict(int(exceeds_zero(np.array([joint]), np.array([joint_slack]))[0]))
        eligible = gains
        score, low, high = joint, joint - joint_slack, joint + joint_slack
        if criterion == "ratio":
            low = _ratio(low, loss + loss_slack)
            high = _ratio(high, loss - loss_slack)
            score = _ratio(joint, loss)
    worst = float(change[old].min()) if len(old) else np.nan
    return _Move(
        after, club_of(table.players, joining), club_of(table.players, after), own, joint,
        joint_slack, worst, loss, score, low, high, gains, unhurt, eligible,
    )  # fmt: skip


def _not_negative(change: Array, slack: Array) -> Array:
    """Return verdicts on "does not lose"; a change within the errors is not a loss."""
    codes = exceeds_zero(change, slack)
    codes[codes == Verdict.TIE] = Verdict.YES
    return codes


def _ratio(gain: float, loss: float) -> float:
    if np.isnan(gain) or np.isnan(loss):
        return float("nan")
    return gain / loss if loss > 0 else float(np.inf)


def _first(moves: list[_Move]) -> tuple[_Move, Verdict]:
    """Return the move of the greatest score and whether it clearly is that."""
    ranked = sorted(moves, key=lambda move: (-move.score, -move.joint))
    first = ranked[0]
    for rival in ranked[1:]:
        if np.isinf(first.score) and np.isinf(rival.score):
            close = first.joint - rival.joint <= first.joint_slack + rival.joint_slack
        else:
            close = rival.high >= first.low
        if close:
            return first, Verdict.TIE
    return first, Verdict.YES


def _why_none(moves: list[_Move]) -> tuple[str, Verdict]:
    """Return why no step is taken, and how sure that is."""
    if any(move.eligible is Verdict.UNKNOWN for move in moves):
        return "the clubs that might come next were not solved", Verdict.UNKNOWN
    sure = Verdict.TIE if any(move.eligible is Verdict.TIE for move in moves) else Verdict.YES
    if any(move.gains is Verdict.YES for move in moves):
        return "each candidate that gains would hurt an incumbent", sure
    if sure is Verdict.TIE:
        return "no candidate gains by more than the errors", sure
    return "no candidate gains", sure
