"""The reviewed tables of the corridor: places, links, charges, closures, what could be built.

May import nothing of Hansa. Every row names its source and how sure it is; every uncertain
number is a range (low, central, high), where low is cheap and fast.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Range = tuple[float, float, float]
#: Ends, km, straits and canals, longitudes and latitudes of a lane of the sea.
Lane = tuple[str, str, float, frozenset[str], tuple[tuple[float, float], ...]]

LEVELS = ("low", "central", "high")
MODES = ("sea", "rail", "road", "caspian", "river")
KINDS = ("port", "caspian port", "border", "rail terminal", "city")
GAUGES = (1000, 1067, 1435, 1520, 1600, 1676)
CONFIDENCE = ("high", "medium", "low")


@dataclass(frozen=True)
class Country:
    """A country's names; of an aggregate of the world also its largest member with a hub."""

    code: str
    name: str
    aliases: tuple[str, ...]
    largest_member: str


@dataclass(frozen=True)
class Place:
    """A port, terminal, border station or city.

    Attributes
    ----------
    id, name, country : str
        Country is an ISO3 code.
    aliases : tuple of str
    lat, lon : float, degrees
    kind : str
        One of ``KINDS``; only a ``port`` has access to the sea.
    gauges : tuple of int, mm
        More than one: containers change trains here.
    hub_share : float
        Part of the country's trade that begins or ends here (own estimate), 0 for none.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    country: str
    lat: float
    lon: float
    kind: str
    gauges: tuple[int, ...]
    hub_share: float
    source: str
    confidence: str


@dataclass(frozen=True)
class Link:
    """A line on land or on inland water, open in both directions.

    Attributes
    ----------
    row : str
        Where it stands, for messages.
    start, end : str
        Ids of places.
    mode : str
    km : tuple of (country, km)
        Length by country; the country is empty on water.
    gauge : int or None, mm
    capacity : float or None, million tonnes a year
        Where published.
    opens, closes : date or None
        In use from the first and until before the second.
    """

    row: str
    start: str
    end: str
    mode: str
    km: tuple[tuple[str, float], ...]
    gauge: int | None
    electrified: bool
    capacity: float | None
    opens: dt.date | None
    closes: dt.date | None
    source: str
    confidence: str

    @property
    def length(self) -> float:
        """Length, km."""
        return sum(km for _, km in self.km)

    def is_open(self, on: dt.date) -> bool:
        """Return whether the link is in use on a day."""
        return (self.opens is None or self.opens <= on) and (
            self.closes is None or on < self.closes
        )


@dataclass(frozen=True)
class Charge:
    """What one thing costs and how long it takes.

    Attributes
    ----------
    key : tuple of str
        Rates: mode, country. Terminals: transfer, country or place. Borders: exit, entry, mode.
    dollars : range
        Per TEU, or per TEU-km for rates.
    hours : range
        Hours; for rates km a day.
    """

    key: tuple[str, ...]
    dollars: Range
    hours: Range
    source: str
    confidence: str


@dataclass(frozen=True)
class Premium:
    """Dollars per TEU paid on every entry into a country by one mode, between two dates."""

    id: str
    country: str
    mode: str
    begins: dt.date | None
    ends: dt.date | None
    dollars: Range
    source: str
    confidence: str


@dataclass(frozen=True)
class Cargo:
    """What a sector's goods are worth and how much they mind waiting.

    Attributes
    ----------
    dollars_per_tonne, tonnes_per_teu : float
    time : range, per cent of value a day
    movable : float
        Share of the sector's trade that a container route can carry.
    bulk : float
        Dollars of this sector on a route over those of a container with the same weight.
    by_air : float
        Share of the movable trade that flies, and so gains nothing from the surface.
    """

    sector: str
    dollars_per_tonne: float
    tonnes_per_teu: float
    time: Range
    movable: float
    bulk: float
    by_air: float
    source: str
    confidence: str

    @property
    def value(self) -> float:
        """Dollars per TEU."""
        return self.dollars_per_tonne * self.tonnes_per_teu

    def day(self, level: str = "central") -> float:
        """Dollars that one day costs per TEU."""
        return self.value * self.time[LEVELS.index(level)] / 100


@dataclass(frozen=True)
class Through:
    """A published through rate or transit time (the attributes are its columns)."""

    id: str
    what: str
    stops: tuple[str, ...]
    modes: tuple[str, ...]
    on: dt.date
    ends: str
    days: tuple[float, float] | None
    dollars: tuple[float, float] | None
    unit: str
    source: str
    confidence: str


@dataclass(frozen=True)
class Tables:
    """Everything read, before it is checked (see `linter`)."""

    countries: tuple[Country, ...]
    places: tuple[Place, ...]
    links: tuple[Link, ...]
    rates: tuple[Charge, ...]
    terminals: tuple[Charge, ...]
    borders: tuple[Charge, ...]
    premia: tuple[Premium, ...]
    cargo: tuple[Cargo, ...]
    through: tuple[Through, ...]
    ocean: Mapping[str, Any]
    closures: tuple[Mapping[str, Any], ...]
    interventions: Mapping[str, Any]
    settings: Mapping[str, Any]
    scales: Mapping[str, float]
    sea_rows: tuple[Lane, ...]
