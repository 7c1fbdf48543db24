"""Who pays whom so that nobody wants to leave: transfers after the equilibrium.

May import its neighbours. Carraro, Eyckmans & Finus (2006), Review of International Organizations
1, 379-396; shares of the surplus after Eyckmans & Finus (2004), Fondazione Eni working paper 155.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hansa.club.shapley import shapley_value
from hansa.club.stability import temptation
from hansa.club.subsets import club_of
from hansa.club.table import ClubTable, restricted
from hansa.club.verdict import Verdict
from hansa.errors import DataError, unknown

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray


@dataclass(frozen=True)
class Payment:
    """One transfer: `payer` gives `receiver` an `amount` in million USD."""

    payer: str
    receiver: str
    amount: float


@dataclass(frozen=True, eq=False)
class Transfers:
    """A budget-balanced scheme that makes a club internally stable, if there is one.

    Attributes
    ----------
    club : tuple of str
        Its s members.
    share : str
        How the surplus is divided: equal, shapley or given.
    holds : Verdict
        Whether transfers can hold the club (potential internal stability). With NO and UNKNOWN
        there are no payments.
    needed : Verdict
        Whether they are needed: NO if the club is internally stable without them.
    surplus : float, million USD
        What the members get together beyond their free-riding payoffs; negative: what lacks.
    gain : (s,) array, million USD
        Equivalent variation of each member in the club, before transfers.
    free_riding : (s,) array, million USD
        What each would have after leaving alone.
    payment : (s,) array, million USD
        Received (positive) or paid (negative); sums to zero. NaN if `holds` is NO or UNKNOWN.
    after : (s,) array, million USD
        Gain after transfers: free-riding payoff plus a share of the surplus.
    payments : tuple of Payment
        The same, payer by payer: the largest payer settles with the largest receiver first.
    """

    club: tuple[str, ...]
    share: str
    holds: Verdict
    needed: Verdict
    surplus: float
    gain: Float[Array, " s"]
    free_riding: Float[Array, " s"]
    payment: Float[Array, " s"]
    after: Float[Array, " s"]
    payments: tuple[Payment, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per member, money in million USD."""
        import pandas as pd

        return pd.DataFrame(
            {
                "member": self.club,
                "gain_musd": self.gain,
                "free_riding_musd": self.free_riding,
                "payment_musd": self.payment,
                "after_musd": self.after,
                "holds": str(self.holds),
            }
        )

    def payments_frame(self) -> pd.DataFrame:
        """Return one row per payment: payer, receiver, million USD."""
        import pandas as pd

        rows = [(p.payer, p.receiver, p.amount) for p in self.payments]
        return pd.DataFrame(rows, columns=["payer", "receiver", "amount_musd"])


def stabilising_transfers(
    table: ClubTable, club: str | Iterable[str], share: str | Mapping[str, float | int] = "equal"
) -> Transfers:
    """Return who should pay whom so that no member gains by leaving.

    Each member gets its free-riding payoff ``EV_n(S without n)`` plus a share of what the club
    has beyond the sum of those. Payments are reckoned after the equilibrium: they do not change
    prices in turn (equalising transfers, solved inside the equilibrium, do).

    Parameters
    ----------
    table : ClubTable
    club : iterable of str, or label
    share : str or mapping, default "equal"
        ``equal``: the surplus in equal parts. ``shapley``: in proportion to the Shapley values of
        the game among the members only, which must be positive. Or positive weights by member.

    Returns
    -------
    Transfers

    Raises
    ------
    DataError
        If a code or share is not known, the club is empty, a weight is missing or not positive,
        or the game holds joint values only.

    References
    ----------
    Carraro, C., Eyckmans, J., Finus, M. (2006). Optimal transfers and participation decisions in
    international environmental agreements. Review of International Organizations 1, 379-396.
    """
    table.need_countries("transfers")
    mask = table.mask(club)
    if not mask:
        raise DataError("transfers need a club with members; the empty club was given")
    members = club_of(table.players, mask)
    at = np.array([table.players.index(code) for code in members])
    moves = temptation(table, members)
    gain = table.ev[mask, table.position[at]]
    free_riding = gain + moves.gain[at]
    surplus = float((gain - free_riding).sum())
    holds = moves.potential
    needed = Verdict.NO if moves.internal is Verdict.YES else Verdict.YES
    if moves.internal in (Verdict.TIE, Verdict.UNKNOWN):
        needed = moves.internal
    if holds in (Verdict.YES, Verdict.TIE):
        payment = free_riding + _weights(table, members, share) * surplus - gain
        payment -= payment.mean()
        payments = _settled(members, payment)
    else:
        payment, payments = np.full(len(members), np.nan), ()
    name = share if isinstance(share, str) else "given"
    return Transfers(
        members, name, holds, needed, surplus, gain, free_riding, payment, gain + payment, payments
    )


def _weights(
    table: ClubTable, members: tuple[str, ...], share: str | Mapping[str, float | int]
) -> Float[Array, " s"]:
    """Return each member's share of the surplus; sums to one."""
    if isinstance(share, Mapping):
        for code in share:
            if code not in members:
                raise DataError(unknown("member", code, members))
        missing = [code for code in members if code not in share]
        if missing:
            raise DataError(f"share gives no weight to {', '.join(missing)}")
        weight = np.array([float(share[code]) for code in members])
    elif share == "equal":
        weight = np.ones(len(members))
    elif share == "shapley":
        weight = shapley_value(restricted(table, members)).value
    else:
        raise DataError(unknown("share", share, ("equal", "shapley")))
    bad = [code for code, w in zip(members, weight, strict=True) if not w > 0]
    if bad:
        raise DataError(
            f"shares of the surplus must be positive and known, and are not for "
            f"{', '.join(bad)} ({share if isinstance(share, str) else 'given'}); use share='equal'"
        )
    return weight / weight.sum()


def _settled(members: tuple[str, ...], payment: Float[Array, " s"]) -> tuple[Payment, ...]:
    """Return at most s - 1 payments that settle the balances."""
    left = payment.copy()
    smallest = 1e-12 * float(np.abs(payment).max(initial=0.0))
    out: list[Payment] = []
    for _ in range(len(members)):
        payer, receiver = int(np.argmin(left)), int(np.argmax(left))
        amount = float(min(-left[payer], left[receiver]))
        if amount <= smallest:
            break
        out.append(Payment(members[payer], members[receiver], amount))
        left[payer] += amount
        left[receiver] -= amount
    return tuple(out)
