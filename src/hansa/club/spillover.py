"""What a club does to everyone: members, candidates left out, senders and the rest.

May import its neighbours `table`, `subsets` and `verdict`. Externalities of a partition-function
game (Thrall & Lucas 1963; Yi 1997, Games and Economic Behavior 20, 201-237).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int8

from hansa.club.subsets import club_of
from hansa.club.table import ClubTable
from hansa.club.verdict import exceeds_zero, words
from hansa.errors import DataError, unknown

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

#: Roles a country can have beside a club.
ROLES = ("member", "candidate", "sender", "other")


@dataclass(frozen=True, eq=False)
class Spillovers:
    """Change of every country's welfare between two clubs, by default from no club.

    Attributes
    ----------
    club, against : tuple of str
    countries : tuple of str
        All N of them.
    role : tuple of str
        One of member, candidate (a player outside the club), sender, other.
    ev : (N,) array, million USD
        NaN if a club was not solved.
    percent : (N,) array, percent of welfare under `against`
    gains : (N,) array of int8
        Codes of `Verdict` on "gains".
    """

    club: tuple[str, ...]
    against: tuple[str, ...]
    countries: tuple[str, ...]
    role: tuple[str, ...]
    ev: Float[Array, " n"]
    percent: Float[Array, " n"]
    gains: Int8[Array, " n"]

    def total(self, *roles: str) -> float:
        """Return the sum over countries with the given roles (all if none), million USD."""
        for role in roles:
            if role not in ROLES:
                raise DataError(unknown("role", role, ROLES))
        chosen = [not roles or role in roles for role in self.role]
        return float(self.ev[chosen].sum())

    def to_frame(self) -> pd.DataFrame:
        """Return one row per country: role, change in million USD and in percent, verdict."""
        import pandas as pd

        return pd.DataFrame(
            {
                "country": self.countries,
                "role": self.role,
                "ev_musd": self.ev,
                "welfare_percent": self.percent,
                "gains": words(self.gains),
            }
        )


def spillovers(
    table: ClubTable,
    club: str | Iterable[str],
    senders: Iterable[str] | None = None,
    against: str | Iterable[str] = (),
) -> Spillovers:
    """Return what a club changes for every country.

    Parameters
    ----------
    table : ClubTable
    club : iterable of str, or label
    senders : iterable of str, optional
        Default: the table's own.
    against : iterable of str, or label, default the empty club
        The club it is compared with.

    Returns
    -------
    Spillovers
        (N,) in the order of the countries.

    Raises
    ------
    DataError
        If a code is not known, or the game holds joint values only.
    """
    table.need_countries("spillovers")
    senders = table.senders if senders is None else tuple(senders)
    for code in senders:
        if code not in table.countries:
            raise DataError(unknown("country", code, table.countries))
    new, old = table.mask(club), table.mask(against)
    members = club_of(table.players, new)
    change = table.welfare[new] - table.welfare[old]
    slack = table.error[new] * np.abs(table.welfare[new]) + table.error[old] * np.abs(
        table.welfare[old]
    )
    role = tuple(
        "member"
        if code in members
        else "candidate"
        if code in table.players
        else "sender"
        if code in senders
        else "other"
        for code in table.countries
    )
    return Spillovers(
        members,
        club_of(table.players, old),
        table.countries,
        role,
        table.ev[new] - table.ev[old],
        100 * change / table.welfare[old],
        exceeds_zero(change, slack),
    )
