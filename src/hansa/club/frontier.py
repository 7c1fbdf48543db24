"""Senders' coalitions: harm imposed against cost borne, and the best next partner.

May import its neighbours `table`, `subsets` and `verdict`. Chowdhry, Hinz, Kamin & Wanner (2024),
"Brothers in arms: the value of coalitions in sanctions regimes", Economic Policy 39, 471-512.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int8

from hansa.club.subsets import club_of, club_sizes, labels, mask_of
from hansa.club.table import ClubTable
from hansa.club.verdict import Verdict, exceeds_zero, words
from hansa.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Frontier:
    """Harm to the targets and cost to the senders of every coalition, in mask order.

    Attributes
    ----------
    players : tuple of str
        The senders.
    targets : tuple of str
    harm : (2^m,) array, million USD
        What the targets lose against the empty coalition (positive: a loss). NaN if failed.
    cost : (2^m,) array, million USD
        What the coalition's members lose (positive: a loss). NaN if failed.
    maximum : float, million USD
        Harm taken as the whole.
    share : (2^m,) array
        Harm as a share of `maximum`.
    efficient : (2^m,) array of int8
        Codes of `Verdict`: no other coalition harms at least as much for at most the same
        cost, and more or for less. TIE where another is within the errors of doing so.
    """

    players: tuple[str, ...]
    targets: tuple[str, ...]
    harm: Float[Array, " c"]
    cost: Float[Array, " c"]
    maximum: float
    share: Float[Array, " c"]
    efficient: Int8[Array, " c"]

    def of(self, coalition: str | Iterable[str]) -> tuple[float, float]:
        """Return harm and cost of one coalition in million USD."""
        row = mask_of(self.players, coalition)
        return float(self.harm[row]), float(self.cost[row])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per coalition, money in million USD."""
        import pandas as pd

        return pd.DataFrame(
            {
                "coalition": labels(self.players),
                "size": club_sizes(len(self.players)),
                "harm_musd": self.harm,
                "cost_musd": self.cost,
                "share_of_maximum": self.share,
                "efficient": words(self.efficient),
            }
        )


@dataclass(frozen=True, eq=False)
class Partners:
    """What each outsider would add to a coalition.

    Attributes
    ----------
    coalition : tuple of str
    candidate : tuple of str
        The k players outside it.
    harm, cost : (k,) arrays, million USD
        Further harm to the targets; further cost to the coalition with the candidate.
    slack : (k,) array, million USD
        Error of `harm`.
    best : str
        The candidate that adds the most harm, of the known; empty if none does.
    verdict : Verdict
        Whether it clearly is that; TIE if another is within the errors or it adds no more
        than them.
    """

    coalition: tuple[str, ...]
    candidate: tuple[str, ...]
    harm: Float[Array, " k"]
    cost: Float[Array, " k"]
    slack: Float[Array, " k"]
    best: str
    verdict: Verdict

    def to_frame(self) -> pd.DataFrame:
        """Return one row per candidate, the most harmful first, money in million USD."""
        import pandas as pd

        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(self.cost > 0, self.harm / self.cost, np.inf)
        frame = pd.DataFrame(
            {
                "candidate": self.candidate,
                "harm_musd": self.harm,
                "cost_musd": self.cost,
                "harm_per_cost": np.where(np.isfinite(self.harm), ratio, np.nan),
            }
        )
        return frame.sort_values("harm_musd", ascending=False, ignore_index=True)


def sender_frontier(
    table: ClubTable, targets: str | Iterable[str], maximum: float | None = None
) -> Frontier:
    """Return harm imposed against cost borne for every coalition of senders.

    Parameters
    ----------
    table : ClubTable
        Its players are senders; a club's equilibrium holds the sanctions of its members.
    targets : str or iterable of str
        Countries harmed; none may be a player.
    maximum : float, optional
        Greatest harm there could be, million USD: that of all countries joining. Default: the
        harm done by all players together.

    Returns
    -------
    Frontier
        (2^m,) million USD.

    Raises
    ------
    DataError
        If a target is not known or is a player, or the game holds joint values only.
    """
    codes, harm, slack = harm_to(table, targets)
    cost, cost_slack = 0.0 - table.joint_value, table.joint_slack
    whole = float(harm[-1]) if maximum is None else float(maximum)
    share = harm / whole if whole else np.full(harm.shape, np.nan)
    efficient = _efficient(harm, cost, slack, cost_slack)
    return Frontier(table.players, codes, harm, cost, whole, share, efficient)


def next_partners(
    table: ClubTable, targets: str | Iterable[str], coalition: str | Iterable[str] = ()
) -> Partners:
    """Return what each further sender would add to a coalition's harm and cost.

    Parameters
    ----------
    table : ClubTable
    targets : str or iterable of str
    coalition : iterable of str, or label, default the empty one

    Returns
    -------
    Partners

    Raises
    ------
    DataError
        If a code is not known, or the game holds joint values only.
    """
    _, harm, slack = harm_to(table, targets)
    here = table.mask(coalition)
    free = np.array([k for k in range(table.m) if not here >> k & 1], dtype=np.int64)
    after = here | 1 << free
    more, error = harm[after] - harm[here], slack[after] + slack[here]
    cost = np.full(len(free), np.nan)
    for place, row in enumerate(after):
        inside = table.position[(int(row) >> np.arange(table.m) & 1).astype(bool)]
        # Against the same countries before: the candidate's cost counts from where it stood.
        cost[place] = -(table.ev[row, inside] - table.ev[here, inside]).sum()
    names = tuple(table.players[k] for k in free)
    best, verdict = _most(more, error)
    name = names[best] if best >= 0 else ""
    return Partners(club_of(table.players, here), names, more, cost, error, name, verdict)


def harm_to(
    table: ClubTable, targets: str | Iterable[str]
) -> tuple[tuple[str, ...], Float[Array, " c"], Float[Array, " c"]]:
    """Return the targets, their joint loss under each coalition, and its error."""
    table.need_countries("harm to targets")
    codes = (targets,) if isinstance(targets, str) else tuple(targets)
    if not codes or len(set(codes)) < len(codes):
        raise DataError("targets must be at least one country, none of them twice")
    columns = table.outside(codes, "a player of this game and cannot be its target")
    harm = 0.0 - table.ev[:, columns].sum(axis=1)
    slack = np.sum([table.ev_slack(n) for n in columns], axis=0)
    return codes, harm, slack


def _most(more: Float[Array, " k"], error: Float[Array, " k"]) -> tuple[int, Verdict]:
    """Return the place of the greatest known addition (-1: none adds) and how sure it is."""
    known = np.flatnonzero(np.isfinite(more))
    if not known.size:
        return -1, Verdict.UNKNOWN if more.size else Verdict.YES
    best = int(known[np.argmax(more[known])])
    close = more[best] - more[known] <= error[best] + error[known]
    adds = exceeds_zero(more[[best]], error[[best]])[0]
    if known.size < more.size:
        verdict = Verdict.UNKNOWN
    elif adds == Verdict.TIE or (adds == Verdict.YES and close.sum() > 1):
        verdict = Verdict.TIE
    else:
        verdict = Verdict.YES
    return (best if adds != Verdict.NO else -1), verdict


def _efficient(
    harm: Float[Array, " c"],
    cost: Float[Array, " c"],
    harm_slack: Float[Array, " c"],
    cost_slack: Float[Array, " c"],
) -> Int8[Array, " c"]:
    """Return verdicts on "not dominated", by one sort: O(c log c) for all coalitions."""
    codes = np.full(harm.shape, Verdict.UNKNOWN, dtype=np.int8)
    known = np.flatnonzero(np.isfinite(harm) & np.isfinite(cost))
    if not known.size:
        return codes
    order = known[np.lexsort((-harm[known], cost[known]))]
    h, c = harm[order], cost[order]
    # One error for all keeps this a sort: the largest there is, so ties are not missed.
    h_err, c_err = 2 * float(harm_slack[known].max()), 2 * float(cost_slack[known].max())
    greatest = np.maximum.accumulate(h)
    second = np.full(h.shape, -np.inf)
    second[1:] = np.maximum.accumulate(np.minimum(h[1:], greatest[:-1]))
    as_cheap = np.searchsorted(c, c, side="right") - 1
    cheaper = np.searchsorted(c, c - c_err, side="left") - 1
    nearly = np.searchsorted(c, c + c_err, side="right") - 1
    dominated = greatest[as_cheap] > h + h_err
    dominated |= (cheaper >= 0) & (greatest[np.maximum(cheaper, 0)] >= h)
    tied = (greatest[nearly] > h + h_err) | (second[nearly] >= h - h_err)
    verdict = np.where(tied, Verdict.TIE, Verdict.YES)
    if known.size < harm.size:
        verdict[:] = Verdict.UNKNOWN
    codes[order] = np.where(dominated, Verdict.NO, verdict)
    return codes
