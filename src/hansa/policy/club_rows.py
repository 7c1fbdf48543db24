"""What a club's measures may rest on, flow by flow and pair by pair: weights, and science ties.

May import only ``hansa.errors``. The rows come from the rooms of capability and of science; here
they are only what a club does with them. Coe & Helpman (1995, European Economic Review 39,
859-887) for the elasticity of productivity to knowledge from abroad.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from hansa.errors import DataError

__all__ = ["Knowledge", "LinkRow", "WeightRow"]


@dataclass(frozen=True)
class WeightRow:
    """By how much the non-tariff measure works on one flow.

    Attributes
    ----------
    destination, origin, sector : str
    weight : float
        Exponent >= 0 of the common hat 1 + nontariff: 0 leaves the flow as it is, 1 is the
        measure itself, 2 works twice.
    """

    destination: str
    origin: str
    sector: str
    weight: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.weight) and self.weight >= 0):
            raise DataError(
                f"weight of {self.destination} from {self.origin} in {self.sector} must be a "
                f"number >= 0, not {self.weight}"
            )


@dataclass(frozen=True)
class LinkRow:
    """The share of a member's links in science that go to one partner.

    Attributes
    ----------
    member, partner : str
    share : float
        0 to 1, of its links with all countries.
    """

    member: str
    partner: str
    share: float

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise DataError(
                f"share of {self.partner} in the links of {self.member} must lie in 0..1, "
                f"not {self.share}"
            )


@dataclass(frozen=True)
class Knowledge:
    """Productivity that members of a club gain by working together in science.

    Attributes
    ----------
    links : tuple of LinkRow
        Of pairs of candidates, both directions.
    increase : float
        Relative change of joint work among members: 0.5 is half as much again.
    elasticity : float
        >= 0; per cent of productivity for one per cent more links with abroad.
    """

    links: tuple[LinkRow, ...]
    increase: float
    elasticity: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.increase) and self.increase > -1):
            raise DataError(f"increase of joint work must be above -1, not {self.increase}")
        if not (math.isfinite(self.elasticity) and self.elasticity >= 0):
            raise DataError(f"elasticity to knowledge must be >= 0, not {self.elasticity}")

    def hats(self, members: Iterable[str]) -> dict[str, float]:
        """Return the productivity hat of each member of a club.

        Parameters
        ----------
        members : iterable of str
            Who is in.

        Returns
        -------
        dict
            By member: K^phi with K = 1 + increase x the share of its links that go to the
            other members; 1 for a member without rows.
        """
        club = list(members)
        share = dict.fromkeys(club, 0.0)
        for row in self.links:
            if row.member in share and row.partner in share:
                share[row.member] += row.share
        return {c: (1 + self.increase * s) ** self.elasticity for c, s in share.items()}
