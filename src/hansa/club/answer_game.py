"""A game in two stages: senders choose how hard they answer, candidates then choose membership.

May import its neighbours `answer`, `table`, `subsets`, `stability` and `verdict`; knows no trade.
Subgame perfection: Selten (1965); stable clubs: d'Aspremont et al. (1983), as in Barrett (1994),
"Self-enforcing international environmental agreements", Oxford Economic Papers 46, 878-894.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int8, Int64

from hansa.club.answer import check_grid
from hansa.club.stability import club_stability
from hansa.club.subsets import club_of, label_of
from hansa.club.table import ClubTable
from hansa.club.verdict import Verdict, words
from hansa.errors import DataError, unknown

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

#: Which second-stage equilibrium senders count on, where there are several.
SELECTIONS = {"optimistic": "the best for the senders", "pessimistic": "the worst for the senders"}


@dataclass(frozen=True)
class Choice:
    """What senders choose while the weight on harm lies in one range.

    Attributes
    ----------
    selection : str
        optimistic or pessimistic.
    weight_from, weight_to : float
        Range of lambda, dollars of their own that a dollar of harm is worth to senders.
    strength : float
        Chosen; the smallest of those that tie.
    tied : tuple of float
        Other strengths within the errors of it.
    clubs : tuple of tuple of str
        The clubs counted on at that strength, in the order of the weight.
    """

    selection: str
    weight_from: float
    weight_to: float
    strength: float
    tied: tuple[float, ...]
    clubs: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Equilibrium:
    """One outcome that some selection of second-stage equilibria makes subgame perfect.

    Attributes
    ----------
    strength : float
    club : tuple of str
    stable : Verdict
        YES, or TIE where its stability is within the errors.
    senders, harm : float, million USD
        The senders' joint gain and the candidates' joint loss, both against no club.
    weight_from, weight_to : float
        Range of lambda for which it is one; an outcome may have several ranges.
    """

    strength: float
    club: tuple[str, ...]
    stable: Verdict
    senders: float
    harm: float
    weight_from: float
    weight_to: float


@dataclass(frozen=True, eq=False)
class AnswerGame:
    """The two-stage game, solved for all weights lambda >= 0.

    Attributes
    ----------
    players, senders : tuple of str
    strength : (g,) array
        What senders may choose.
    at : (q,) array of int
        Position in `strength` of each second-stage equilibrium.
    mask : (q,) array of int
        Its club.
    stable : (q,) array of int8
        Codes of `Verdict`: YES or TIE.
    own, harm : (q,) arrays, million USD
        Senders' joint equivalent variation, and candidates' joint loss, both against no club.
    own_slack, harm_slack : (q,) arrays, million USD
    complete : (g,) array of bool
        Whether the stability of every club is known at that strength. Where it is not, there
        may be equilibria beside those listed.
    choices : tuple of Choice
    equilibria : tuple of Equilibrium
    """

    players: tuple[str, ...]
    senders: tuple[str, ...]
    strength: Float[Array, " g"]
    at: Int64[Array, " q"]
    mask: Int64[Array, " q"]
    stable: Int8[Array, " q"]
    own: Float[Array, " q"]
    harm: Float[Array, " q"]
    own_slack: Float[Array, " q"]
    harm_slack: Float[Array, " q"]
    complete: Bool[Array, " g"]
    choices: tuple[Choice, ...]
    equilibria: tuple[Equilibrium, ...]

    def chosen(self, weight: float, selection: str = "pessimistic") -> Choice:
        """Return what senders choose at one weight lambda >= 0."""
        if selection not in SELECTIONS:
            raise DataError(unknown("selection", selection, SELECTIONS))
        if not weight >= 0:
            raise DataError(f"the weight on harm must be >= 0, not {weight}")
        own = [c for c in self.choices if c.selection == selection]
        return next(c for c in own if c.weight_from <= weight <= c.weight_to)

    def stages_frame(self) -> pd.DataFrame:
        """Return the second-stage equilibria: one row per strength and stable club."""
        import pandas as pd

        return pd.DataFrame(
            {
                "strength": self.strength[self.at],
                "club": [label_of(self.players, int(q)) for q in self.mask],
                "stable": words(self.stable),
                "senders_musd": self.own,
                "harm_musd": self.harm,
                "complete": self.complete[self.at],
            }
        )

    def choices_frame(self) -> pd.DataFrame:
        """Return what senders choose, one row per selection and range of the weight on harm."""
        import pandas as pd

        rows = [
            {
                "selection": c.selection, "weight_from": c.weight_from, "weight_to": c.weight_to,
                "strength": c.strength, "tied": "; ".join(f"{t:g}" for t in c.tied),
                "clubs": "; ".join("+".join(club) or "(none)" for club in c.clubs),
            }
            for c in self.choices
        ]  # fmt: skip
        columns = ("selection", "weight_from", "weight_to", "strength", "tied", "clubs")
        return pd.DataFrame(rows, columns=list(columns))

    def to_frame(self) -> pd.DataFrame:
        """Return the subgame-perfect outcomes, one row per range of the weight on harm."""
        import pandas as pd

        rows = [
            {
                "strength": e.strength, "club": "+".join(e.club) or "(none)",
                "stable": str(e.stable), "senders_musd": e.senders, "harm_musd": e.harm,
                "weight_from": e.weight_from, "weight_to": e.weight_to,
            }
            for e in self.equilibria
        ]  # fmt: skip
        columns = (
            "strength", "club", "stable", "senders_musd", "harm_musd", "weight_from", "weight_to",
        )  # fmt: skip
        return pd.DataFrame(rows, columns=list(columns))


def answer_game(
    tables: Sequence[ClubTable],
    strength: Iterable[float | int],
    senders: Iterable[str] = (),
    with_ties: bool = False,
) -> AnswerGame:
    """Return what senders choose and which clubs follow, for every weight on harm.

    First senders, acting as one, choose the strength p of their answer from the grid. Then
    candidates choose membership; the second-stage equilibria at p are the clubs that are stable
    inside and outside at p. The senders' payoff from (p, S) is ``sum of EV_n over senders +
    lambda * (loss of all candidates)``, both measured against no club. A weight of zero is the
    plain interest of the senders; the larger it is, the more harm itself counts.

    Where a club of one is the same equilibrium as none, it is the same outcome, and whether it
    is stable is a tie by construction: nobody can found a club alone.

    Parameters
    ----------
    tables : sequence of ClubTable
        The same players and countries, one table per strength.
    strength : iterable of float
        Increasing, as many as tables.
    senders : iterable of str
        ISO3 codes, at least one; those of the first table by default.
    with_ties : bool, default False
        Whether clubs whose stability is a tie count beside those that are stable. If not, they
        count only at strengths at which no club is clearly stable.

    Returns
    -------
    AnswerGame

    Raises
    ------
    DataError
        If the tables do not fit, or a sender is unknown, a candidate, or missing; or if at some
        strength no club is known to be stable or tied.

    Notes
    -----
    An outcome (p, S) is subgame perfect for a weight if S is an equilibrium at p and no other
    strength is better for the senders, whichever equilibrium follows there: its payoff is at
    least the largest of the other strengths' worst ones. For p as a probability, give the
    tables of `hansa.club.expected_tables`.

    References
    ----------
    Selten, R. (1965). Spieltheoretische Behandlung eines Oligopolmodells mit Nachfrageträgheit.
    Zeitschrift für die gesamte Staatswissenschaft 121, 301-324 and 667-689.
    """
    grid = np.array(list(strength), dtype=np.float64)
    check_grid(tables, grid)
    codes = tuple(senders) or tables[0].senders
    columns = _columns(tables[0], codes)
    rows = []
    complete = np.ones(grid.size, dtype=bool)
    for g, table in enumerate(tables):
        stable, merged = _outcomes(table)
        complete[g] = not (stable == Verdict.UNKNOWN).any()
        counted = merged & ((stable == Verdict.YES) | ((stable == Verdict.TIE) & with_ties))
        if not counted.any():
            counted = merged & (stable == Verdict.TIE)
        if not counted.any():
            why = table.failed_note() or "the candidates' moves go round in a circle"
            raise DataError(
                f"at strength {grid[g]:g} no club is known to be stable, so that what follows "
                f"there is open: {why}"
            )
        for q in np.flatnonzero(counted):
            own, own_slack = _joint(table, int(q), columns)
            harm, harm_slack = _joint(table, int(q), table.position)
            rows.append((g, int(q), int(stable[q]), own, 0.0 - harm, own_slack, harm_slack))
    held = [np.array(column) for column in zip(*rows, strict=True)]
    lines = _Lines(
        held[0], held[3].astype(float), held[4].astype(float), held[5].astype(float),
        held[6].astype(float),
    )  # fmt: skip
    players = tables[0].players
    ranges = lines.ranges()
    return AnswerGame(
        players, codes, grid, held[0].astype(np.int64), held[1].astype(np.int64),
        held[2].astype(np.int8), lines.own, lines.harm, lines.own_slack, lines.harm_slack,
        complete, tuple(_choices(lines, ranges, grid, players, held[1])),
        tuple(_perfect(lines, ranges, grid, players, held[1], held[2])),
    )  # fmt: skip


def _columns(table: ClubTable, senders: tuple[str, ...]) -> Int64[Array, " s"]:
    """Return the columns of the senders; refuses the unknown, candidates, and none at all."""
    if not senders:
        raise DataError("a game of the senders' answer needs at least one sender")
    refused = "a candidate of the club and cannot be a sender against it"
    return np.array(table.outside(senders, refused), dtype=np.int64)


def _outcomes(table: ClubTable) -> tuple[Int8[Array, " c"], Bool[Array, " c"]]:
    """Return the stability of every club, and which are outcomes of their own.

    Clubs of one that change nothing are one outcome with the empty club.
    """
    stable = club_stability(table).stable
    own = np.ones(stable.size, dtype=bool)
    for k in range(table.m):
        row = 1 << k
        change = np.abs(table.welfare[row] - table.welfare[0])
        room = (table.error[row] + table.error[0]) * np.abs(table.welfare[0])
        own[row] = not (change <= room).all()
    return stable, own


def _joint(table: ClubTable, row: int, columns: Int64[Array, " s"]) -> tuple[float, float]:
    """Return the sum of some countries' equivalent variations in one club, and its error."""
    slack = (table.error[row] + table.error[0]) * np.abs(table.welfare[row, columns])
    return float(table.ev[row, columns].sum()), float((slack * table.income[columns]).sum())


@dataclass(frozen=True, eq=False)
class _Lines:
    """Payoffs as lines in the weight: ``own + weight * harm``, each at one strength."""

    at: Array
    own: Float[Array, " q"]
    harm: Float[Array, " q"]
    own_slack: Float[Array, " q"]
    harm_slack: Float[Array, " q"]

    def payoff(self, weight: float) -> Float[Array, " q"]:
        """Return the payoff of each outcome at a weight."""
        return self.own + weight * self.harm

    def slack(self, weight: float) -> Float[Array, " q"]:
        """Return the error of each payoff."""
        return self.own_slack + weight * self.harm_slack

    def selected(self, weight: float, selection: str) -> Int64[Array, " g"]:
        """Return, for each strength, the outcome counted on at a weight."""
        value = self.payoff(weight) * (1 if selection == "optimistic" else -1)
        return np.array([
            rows[np.argmax(value[rows])]
            for rows in (np.flatnonzero(self.at == g) for g in range(int(self.at.max()) + 1))
        ])  # fmt: skip

    def ranges(self) -> list[tuple[float, float]]:
        """Return ranges of the weight within which no two payoffs that matter change places.

        Only lines on the upper or the lower hull of their strength are ever counted on, but any
        outcome may meet those hulls; so all lines cross the hulls' lines.
        """
        hulls = sorted({
            int(k) for g in np.unique(self.at) for sign in (1, -1)
            for k in _hull(np.flatnonzero(self.at == g), sign * self.own, sign * self.harm)
        })  # fmt: skip
        a, b = np.array(hulls)[:, None], np.arange(self.own.size)[None, :]
        slope = self.harm[b] - self.harm[a]
        with np.errstate(divide="ignore", invalid="ignore"):
            meet = (self.own[a] - self.own[b]) / slope
        points = np.unique(meet[np.isfinite(meet) & (meet > 0)])
        if points.size:  # two crossings at one place but for rounding are one
            points = points[np.append(True, np.diff(points) > 1e-12 * points[1:])]
        return list(pairwise([0.0, *points.tolist(), np.inf]))


def _hull(rows: Int64[Array, " r"], own: Array, harm: Array) -> list[int]:
    """Return the lines that are highest somewhere on weights from zero on."""
    kept: list[int] = []
    for k in rows[np.lexsort((own[rows], harm[rows]))].tolist():
        while kept and own[k] >= own[kept[-1]]:
            kept.pop()  # flatter, and never higher
        while len(kept) > 1 and _beneath(kept[-2], kept[-1], k, own, harm):
            kept.pop()
        kept.append(k)
    return kept


def _beneath(a: int, b: int, c: int, own: Array, harm: Array) -> bool:
    """Return whether b is nowhere above both its neighbours by slope."""
    return bool((own[a] - own[c]) * (harm[b] - harm[a]) <= (own[a] - own[b]) * (harm[c] - harm[a]))


def _inside(low: float, high: float) -> float:
    """Return a weight inside a range."""
    return 2 * low + 1 if np.isinf(high) else (low + high) / 2


def _choices(
    lines: _Lines,
    ranges: list[tuple[float, float]],
    grid: Array,
    players: tuple[str, ...],
    mask: Array,
) -> list[Choice]:
    """Return what is chosen in each range, neighbouring ranges of the same choice joined."""
    out: list[Choice] = []
    for selection in SELECTIONS:
        first = len(out)
        for low, high in ranges:
            weight = _inside(low, high)
            counted = lines.selected(weight, selection)
            value, slack = lines.payoff(weight)[counted], lines.slack(weight)[counted]
            top = int(np.argmax(value))
            near = np.flatnonzero(value[top] - value <= slack[top] + slack)
            chosen, tied = float(grid[near[0]]), tuple(float(p) for p in grid[near[1:]])
            club = club_of(players, int(mask[counted[near[0]]]))
            last = out[-1] if len(out) > first else None
            if last is not None and (last.strength, last.tied) == (chosen, tied):
                clubs = last.clubs if last.clubs[-1] == club else (*last.clubs, club)
                out[-1] = Choice(selection, last.weight_from, high, chosen, tied, clubs)
            else:
                out.append(Choice(selection, low, high, chosen, tied, (club,)))
    return out


def _perfect(
    lines: _Lines,
    ranges: list[tuple[float, float]],
    grid: Array,
    players: tuple[str, ...],
    mask: Array,
    stable: Array,
) -> list[Equilibrium]:
    """Return the ranges in which each outcome is at least the others' worst, up to the errors."""
    holds: dict[int, list[tuple[float, float]]] = {}
    for low, high in ranges:
        weight = _inside(low, high)
        worst = lines.selected(weight, "pessimistic")
        value, slack = lines.payoff(weight), lines.slack(weight)
        for k in range(value.size):
            others = worst[lines.at[worst] != lines.at[k]]
            if (value[k] >= value[others] - slack[others] - slack[k]).all():
                held = holds.setdefault(k, [])
                if held and held[-1][1] == low:
                    held[-1] = (held[-1][0], high)
                else:
                    held.append((low, high))
    return [
        Equilibrium(
            float(grid[lines.at[k]]), club_of(players, int(mask[k])), Verdict(int(stable[k])),
            float(lines.own[k]), float(lines.harm[k]), low, high,
        )
        for k in sorted(holds) for low, high in holds[k]
    ]  # fmt: skip
