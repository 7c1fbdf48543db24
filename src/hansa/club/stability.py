"""Stability of every club: would a member leave, would an outsider join, could transfers hold it.

May import its neighbours `table`, `subsets` and `verdict`. d'Aspremont et al. (1983), Canadian
Journal of Economics 16, 17-25; Carraro, Eyckmans & Finus (2006), Review of Int. Organizations 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int8

from hansa.club.subsets import club_of, club_sizes, labels, mask_of, split
from hansa.club.table import ClubTable
from hansa.club.verdict import Verdict, all_hold, exceeds_zero, opposite, words

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Stability:
    """Verdicts on all 2^m clubs, in mask order.

    Attributes
    ----------
    players : tuple of str
    internal : (2^m,) array of int8
        Codes of `Verdict`: no member would be better off leaving. YES for the empty club.
    external : (2^m,) array of int8
        No outsider would be better off, or as well off, joining. YES for the club of all.
    potential : (2^m,) array of int8
        The members together get at least what they would get by leaving one at a time, so
        that transfers can make the club internally stable.
    surplus : (2^m,) array, million USD
        What the members together get beyond those free-riding payoffs. NaN if unknown.
    leaver : (2^m,) array of int8
        Position of the member that gains most (loses least) by leaving; -1 if none or unknown.
    leave_gain : (2^m,) array, million USD
        Its gain from leaving; negative if it loses. NaN if none or unknown; where a clear no
        stands beside unknown members, the greatest known gain.
    joiner : (2^m,) array of int8
        Position of the outsider that gains most by joining; -1 if none or unknown.
    join_gain : (2^m,) array, million USD
        Its gain from joining. NaN if none or unknown.
    """

    players: tuple[str, ...]
    internal: Int8[Array, " c"]
    external: Int8[Array, " c"]
    potential: Int8[Array, " c"]
    surplus: Float[Array, " c"]
    leaver: Int8[Array, " c"]
    leave_gain: Float[Array, " c"]
    joiner: Int8[Array, " c"]
    join_gain: Float[Array, " c"]

    @property
    def stable(self) -> Int8[Array, " c"]:
        """Internally and externally stable, (2^m,), codes of `Verdict`."""
        return np.maximum(self.internal, self.external)

    def verdict(self, club: str | Iterable[str], kind: str = "stable") -> Verdict:
        """Return one club's verdict; `kind` is stable, internal, external or potential."""
        if kind not in ("stable", "internal", "external", "potential"):
            raise ValueError(f"kind {kind!r} is not stable, internal, external or potential")
        return Verdict(int(getattr(self, kind)[mask_of(self.players, club)]))

    def clubs(self, kind: str = "stable", verdict: Verdict = Verdict.YES) -> list[tuple[str, ...]]:
        """Return the clubs with the given verdict, in mask order."""
        rows = np.flatnonzero(getattr(self, kind) == verdict)
        return [club_of(self.players, int(row)) for row in rows]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per club: verdicts as words, surplus, leaver and joiner with gains."""
        import pandas as pd

        names = np.array([*self.players, ""], dtype=object)
        return pd.DataFrame(
            {
                "club": labels(self.players),
                "size": club_sizes(len(self.players)),
                "stable": words(self.stable),
                "internal": words(self.internal),
                "external": words(self.external),
                "potential": words(self.potential),
                "surplus_musd": self.surplus,
                "leaver": names[self.leaver],
                "leave_gain_musd": self.leave_gain,
                "joiner": names[self.joiner],
                "join_gain_musd": self.join_gain,
            }
        )


@dataclass(frozen=True, eq=False)
class Temptation:
    """What each player gains by changing sides, one club at a time.

    Attributes
    ----------
    club : tuple of str
    internal, external, potential : Verdict
    players : tuple of str
    member : (m,) array of bool
    gain : (m,) array, million USD
        Of leaving for a member, of joining for an outsider. NaN if unknown.
    gain_percent : (m,) array, percent
        The same as change of W_hat.
    gains : (m,) array of int8
        Codes of `Verdict` on "gains by changing sides".
    """

    club: tuple[str, ...]
    internal: Verdict
    external: Verdict
    potential: Verdict
    players: tuple[str, ...]
    member: Bool[Array, " m"]
    gain: Float[Array, " m"]
    gain_percent: Float[Array, " m"]
    gains: Int8[Array, " m"]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per player."""
        import pandas as pd

        return pd.DataFrame(
            {
                "player": self.players,
                "move": np.where(self.member, "leave", "join"),
                "gain_musd": self.gain,
                "gain_percent": self.gain_percent,
                "would": words(self.gains),
            }
        )


def club_stability(table: ClubTable) -> Stability:
    """Return internal, external and potential internal stability of every club.

    Internal: ``W_n(S) >= W_n(S without n)`` for all members n. External: ``W_n(S with n) <
    W_n(S)`` for all outsiders n. Potential internal: ``sum of EV_n(S) >= sum of EV_n(S without
    n)`` over members, in money, so that transfers made after the equilibrium could hold it.
    A difference within the two solutions' errors is a tie. A club of one often is the same
    equilibrium as no club: expect ties there.

    Parameters
    ----------
    table : ClubTable

    Returns
    -------
    Stability
        Verdicts (2^m,); each rests on the club and its 2^m neighbours only.

    Raises
    ------
    DataError
        If the game holds joint values only.

    References
    ----------
    d'Aspremont, C., Jacquemin, A., Gabszewicz, J. J., Weymark, J. A. (1983). On the stability of
    collusive price leadership. Canadian Journal of Economics 16, 17-25. Carraro, C., Eyckmans,
    J., Finus, M. (2006). Optimal transfers and participation decisions in international
    environmental agreements. Review of International Organizations 1, 379-396.
    """
    table.need_countries("stability")
    clubs = 1 << table.m
    internal = np.full(clubs, Verdict.YES, dtype=np.int8)
    external = np.full(clubs, Verdict.YES, dtype=np.int8)
    surplus, slack = np.zeros(clubs), np.zeros(clubs)
    leave, join = _Keenest(clubs), _Keenest(clubs)
    for k, n in enumerate(table.position):
        stays, gain, gain_slack = _inside_gain(table, k, int(n))
        _, inside = split(internal, k)
        np.maximum(inside, stays, out=inside)
        outside, _ = split(external, k)
        np.maximum(outside, opposite(stays), out=outside)
        split(surplus, k)[1][:] += gain
        split(slack, k)[1][:] += gain_slack
        leave.see(k, -gain, inside=True)
        join.see(k, gain, inside=False)
    leave.forget(internal == Verdict.UNKNOWN)
    join.forget(external == Verdict.UNKNOWN)
    potential = exceeds_zero(surplus, slack)
    potential[0] = Verdict.YES
    return Stability(
        table.players, internal, external, potential, surplus,
        leave.who, leave.gain, join.who, join.gain,
    )  # fmt: skip


def temptation(table: ClubTable, club: str | Iterable[str]) -> Temptation:
    """Return what each member gains by leaving a club and each outsider by joining it.

    Parameters
    ----------
    table : ClubTable
    club : iterable of str, or label

    Returns
    -------
    Temptation

    Raises
    ------
    DataError
        If a code is not a player, or the game holds joint values only.
    """
    table.need_countries("temptation")
    mask, m = table.mask(club), table.m
    other = mask ^ (1 << np.arange(m))
    member = (mask >> np.arange(m) & 1).astype(bool)
    here, there = table.welfare[mask, table.position], table.welfare[other, table.position]
    change = there - here
    slack = table.error[other] * np.abs(there) + table.error[mask] * np.abs(here)
    gain = table.ev[other, table.position] - table.ev[mask, table.position]
    gains = exceeds_zero(change, slack)
    surplus = -gain[member].sum()
    surplus_slack = (slack * table.income[table.position])[member].sum()
    potential = exceeds_zero(np.array([surplus]), np.array([surplus_slack]))
    percent = 100 * change / here
    return Temptation(
        club_of(table.players, mask),
        all_hold(opposite(gains[member])),
        all_hold(opposite(gains[~member])),
        Verdict(int(potential[0])) if mask else Verdict.YES,
        table.players, member, gain, percent, gains,
    )  # fmt: skip


class _Keenest:
    """Running best mover of each club while the players are gone through one by one."""

    def __init__(self, clubs: int) -> None:
        self.gain = np.full(clubs, np.nan)
        self.who = np.full(clubs, -1, dtype=np.int8)

    def see(self, k: int, gain: Float[Array, "a b"], inside: bool) -> None:
        """Take player k where it gains more than those seen before."""
        best, who = split(self.gain, k)[inside], split(self.who, k)[inside]
        better = (gain > best) | (np.isnan(best) & np.isfinite(gain))
        best[better] = gain[better]
        who[better] = k

    def forget(self, unknown: Bool[Array, " c"]) -> None:
        """Drop the answer where someone's gain is not known and no verdict stands."""
        self.gain[unknown], self.who[unknown] = np.nan, -1


def membership_gain(table: ClubTable, k: int) -> tuple[Float[Array, " c"], Float[Array, " c"]]:
    """Return what player k gains in each club against leaving it, and the error, million USD.

    For clubs without k: what it gains by joining.
    """
    n = int(table.position[k])
    out, slack = np.empty(1 << table.m), np.empty(1 << table.m)
    _, gain, error = _inside_gain(table, k, n)
    for whole, part in ((out, gain), (slack, error)):
        for half in split(whole, k):
            half[:] = part
    return out, slack


def _inside_gain(
    table: ClubTable, k: int, n: int
) -> tuple[Int8[Array, "a b"], Float[Array, "a b"], Float[Array, "a b"]]:
    """Return the verdict on "k is better off inside", its gain in money and that gain's error."""
    without, with_ = split(np.ascontiguousarray(table.welfare[:, n]), k)
    slack_without, slack_with = split(table.welfare_slack(n), k)
    slack = slack_without + slack_with
    verdict = exceeds_zero(with_ - without, slack)
    without, with_ = split(np.ascontiguousarray(table.ev[:, n]), k)
    return verdict, with_ - without, slack * table.income[n]
