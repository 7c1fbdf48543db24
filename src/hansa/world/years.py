"""What the embedded worlds of different years do not share: `choices` of a year.

May import only ``hansa.errors`` and the settings of this room. Reads ``data/years.yaml``, whose
comments give the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hansa.errors import DataError
from hansa.world.sectors import settings

__all__ = ["YEARS", "Choices", "choices"]

#: Years of which a world can be built: those of the trade matrix that the other tables reach.
YEARS = (2005, 2015)


@dataclass(frozen=True)
class Choices:
    """Choices that hold for one year.

    Attributes
    ----------
    year : int
    chapters : int
        Year of exports by HS chapter and of population.
    taiwan_gdp : float
        Million USD.
    services_named : dict
        Country to services ``exports`` and ``imports`` as shares of those of goods.
    goods_unallocated : list of str
        Countries with goods exports that the trade matrix gives no partner.
    relocated : list of str
        Countries whose manufacturing moved in on paper in the year.
    undivided : list of str
        Countries whose mining and utilities are inside manufacturing.
    nameless : dict
        Continent of the partner (or ``other``) to the code that nameless trade is read as.
    inside : dict
        Code to the economy it is part of.
    names : dict
        Names of economies that hold more than their code says.
    sources : dict
        Changes to the variables of ``sources.yaml``.
    notes : list of str
    """

    year: int
    chapters: int
    taiwan_gdp: float
    services_named: dict[str, dict[str, float]]
    goods_unallocated: list[str]
    relocated: list[str]
    undivided: list[str]
    nameless: dict[str, str]
    inside: dict[str, str]
    names: dict[str, str]
    sources: dict[str, dict[str, Any]]
    notes: list[str]

    @property
    def name(self) -> str:
        """Name of the world of the year."""
        return f"world-{self.year}"

    def variables(self) -> dict[str, dict[str, Any]]:
        """Return the sources of each variable in this year."""
        shared: dict[str, dict[str, Any]] = settings("sources.yaml")["variables"]
        return {name: {**facts, **self.sources.get(name, {})} for name, facts in shared.items()}


def choices(year: int) -> Choices:
    """Return the choices of a year; raises DataError if no world of it can be built."""
    if year not in YEARS:
        known = " and ".join(map(str, YEARS))
        raise DataError(f"a world can be built of {known}, not of {year}: see years.yaml, DATA.md")
    return Choices(year=year, **settings("years.yaml")[str(year)])
