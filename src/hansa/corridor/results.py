"""What a query of a route returns: legs, a route, and the routes beside it.

May import ``hansa.errors`` and its siblings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hansa.corridor.scenario import Scenario
from hansa.corridor.sea import Shape

if TYPE_CHECKING:
    import pandas as pd


Lines = frozenset[tuple[Any, float]]


def overlap(one: Lines, other: Lines) -> float:
    """Return the length that two ways share over the length of both together, 0 to 1."""
    union = sum(km for _, km in one | other)
    return sum(km for _, km in one & other) / union if union else 1.0


@dataclass(frozen=True)
class Leg:
    """One move, or one stay.

    Attributes
    ----------
    start, end : str
        Names of places; equal for a stay.
    mode : str
        ``sea``, ``rail``, ``road``, ``caspian``, ``river``, or ``handling`` for a stay.
    what : str
        For example ``rail 1520`` or ``sea to rail``.
    km, hours, dollars : float
        Per TEU; borders included.
    border : str
        ``IRN > AZE`` where the leg crosses one, else empty.
    border_hours : float
    passages : tuple of str
        Straits and canals of a leg at sea.
    shape : tuple of (longitude, latitude)
    source, confidence : str
    """

    start: str
    end: str
    mode: str
    what: str
    km: float
    hours: float
    dollars: float
    border: str
    border_hours: float
    passages: tuple[str, ...]
    shape: Shape
    source: str
    confidence: str


@dataclass(frozen=True, eq=False)
class Route:
    """A way from door to door for one TEU.

    Attributes
    ----------
    legs : tuple of Leg
    family : str
        Name of the family of routes, such as ``INSTC, west of the Caspian``.
    time_value : float
        Dollars that a day costs.
    lines : frozenset
        What it is made of, for comparing routes: (pair of places or lane of the sea, km).
    """

    legs: tuple[Leg, ...]
    family: str
    time_value: float
    lines: Lines

    @property
    def start(self) -> str:
        """Name of the first place."""
        return self.legs[0].start

    @property
    def end(self) -> str:
        """Name of the last place."""
        return self.legs[-1].end

    @cached_property
    def km(self) -> float:
        """Length, km."""
        return sum(leg.km for leg in self.legs)

    @cached_property
    def hours(self) -> float:
        """Time from door to door, hours."""
        return sum(leg.hours for leg in self.legs)

    @property
    def days(self) -> float:
        """Time from door to door, days."""
        return self.hours / 24

    @cached_property
    def dollars(self) -> float:
        """Freight and charges per TEU, dollars."""
        return sum(leg.dollars for leg in self.legs)

    @property
    def cost(self) -> float:
        """Generalised cost per TEU, dollars: freight, charges and the value of time."""
        return self.dollars + self.days * self.time_value

    @property
    def borders(self) -> tuple[str, ...]:
        """Borders crossed on land or on the Caspian, in order."""
        return tuple(leg.border for leg in self.legs if leg.border)

    @property
    def passages(self) -> tuple[str, ...]:
        """Straits and canals passed, in order of the legs."""
        return tuple(p for leg in self.legs for p in leg.passages)

    @property
    def stops(self) -> tuple[str, ...]:
        """Places where the way of travelling changes, with both ends."""
        stays = [leg.start for leg in self.legs if leg.mode == "handling"]
        return tuple(dict.fromkeys([self.start, *stays, self.end]))

    def km_by_mode(self) -> dict[str, float]:
        """Return the length by mode, km."""
        found: dict[str, float] = {}
        for leg in self.legs:
            if leg.km:
                found[leg.mode] = found.get(leg.mode, 0.0) + leg.km
        return found

    def overlap(self, other: Route) -> float:
        """Return the length that two routes share over the length of both together, 0 to 1."""
        return overlap(self.lines, other.lines)

    def to_frame(self) -> pd.DataFrame:
        """Return the legs as a table: km, hours and dollars per TEU."""
        import pandas as pd

        columns = ("start", "end", "mode", "what", "km", "hours", "dollars", "border",
                   "border_hours", "source", "confidence")  # fmt: skip
        return pd.DataFrame([{c: getattr(leg, c) for c in columns} for leg in self.legs])

    def features(self, rank: int = 0) -> Iterator[dict[str, Any]]:
        """Yield the moves as GeoJSON features."""
        for leg in self.legs:
            if leg.mode != "handling":
                yield {
                    "type": "Feature",
                    "geometry": {
                        "type": "LineString",
                        "coordinates": [[round(x, 3), round(y, 3)] for x, y in leg.shape],
                    },
                    "properties": {
                        "rank": rank, "family": self.family, "mode": leg.mode, "what": leg.what,
                        "from": leg.start, "to": leg.end, "km": round(leg.km, 1),
                        "hours": round(leg.hours, 1), "dollars": round(leg.dollars, 1),
                        "border": leg.border, "source": leg.source, "confidence": leg.confidence,
                    },
                }  # fmt: skip


@dataclass(frozen=True, eq=False)
class Routes:
    """The best route and the alternatives to it.

    Attributes
    ----------
    routes : tuple of Route
        The best first; no two share most of their way.
    scenario : Scenario
    objective : str
        ``least``, ``cheapest`` or ``fastest``.
    cargo : str
        Sector, or ``any``.
    """

    routes: tuple[Route, ...]
    scenario: Scenario
    objective: str
    cargo: str

    @property
    def best(self) -> Route:
        """The best route."""
        return self.routes[0]

    @property
    def alternatives(self) -> tuple[Route, ...]:
        """The others."""
        return self.routes[1:]

    def __iter__(self) -> Iterator[Route]:
        return iter(self.routes)

    def __len__(self) -> int:
        return len(self.routes)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per route: km, days, dollars and generalised cost per TEU."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "route": " - ".join(r.stops), "family": r.family, "km": r.km, "days": r.days,
                    "dollars": r.dollars, "cost": r.cost, "borders": len(r.borders),
                }
                for r in self.routes
            ]
        )  # fmt: skip

    def to_geojson(self, path: str | Path | None = None) -> str:
        """Return all routes as a GeoJSON collection of lines; also write it where a path is given.

        Parameters
        ----------
        path : path, optional

        Returns
        -------
        str
        """
        text = json.dumps(
            {
                "type": "FeatureCollection",
                "features": [f for k, r in enumerate(self.routes) for f in r.features(k)],
            }
        )
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text
