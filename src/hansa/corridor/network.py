"""Network: the checked tables, loaded once, and the one door from names to places.

May import ``hansa.errors`` and its siblings.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from hansa.corridor.linter import faults
from hansa.corridor.reading import read_tables
from hansa.corridor.sea import SeaLanes
from hansa.corridor.tables import Cargo, Link, Place, Tables
from hansa.errors import DataError, unknown


@dataclass(frozen=True, eq=False)
class Network:
    """Places, links and charges; immutable. Get it from `load_network`.

    Attributes
    ----------
    tables : Tables
    sea : SeaLanes
    """

    tables: Tables
    sea: SeaLanes

    @property
    def places(self) -> tuple[Place, ...]:
        """All places."""
        return self.tables.places

    @property
    def links(self) -> tuple[Link, ...]:
        """All links on land and inland water."""
        return self.tables.links

    def __repr__(self) -> str:
        return (
            f"Network({len(self.places)} places, {len(self.links)} links, "
            f"{len(self.sea.ports)} sea ports, {len(self.countries)} countries)"
        )

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each place by id."""
        return {p.id: k for k, p in enumerate(self.places)}

    @cached_property
    def lengths(self) -> dict[frozenset[str], float]:
        """Km between two places that a link joins, of the first in the table."""
        found: dict[frozenset[str], float] = {}
        for link in self.links:
            found.setdefault(frozenset((link.start, link.end)), link.length)
        return found

    @cached_property
    def hubs(self) -> dict[str, tuple[Place, ...]]:
        """Places where a country's trade begins or ends, the largest first."""
        found: dict[str, list[Place]] = {}
        for place in self.places:
            if place.hub_share > 0:
                found.setdefault(place.country, []).append(place)
        return {c: tuple(sorted(h, key=lambda p: -p.hub_share)) for c, h in found.items()}

    @property
    def countries(self) -> tuple[str, ...]:
        """Countries with at least one hub."""
        return tuple(sorted(self.hubs))

    @cached_property
    def cargo(self) -> dict[str, Cargo]:
        """Cargo by sector."""
        return {c.sector: c for c in self.tables.cargo}

    @cached_property
    def zones(self) -> dict[str, str]:
        """Zone of each country that has one."""
        zones: Mapping[str, Iterable[str]] = self.tables.settings["zones"]
        return {country: zone for zone, members in zones.items() for country in members}

    @property
    def settings(self) -> Mapping[str, Any]:
        """What routing and choice assume."""
        return self.tables.settings

    @cached_property
    def _names(self) -> dict[str, Place]:
        names: dict[str, Place] = {}
        for country in self.tables.countries:
            hubs = self.hubs.get(country.largest_member or country.code)
            if hubs:
                for word in (country.code, country.name, *country.aliases):
                    names.setdefault(_plain(word), hubs[0])
        for place in self.places:
            for word in place.aliases:
                names.setdefault(_plain(word), place)
        for place in self.places:
            names[_plain(place.name)] = names[_plain(place.id)] = place
        return names

    def place(self, name: str) -> Place:
        """Return a place by id, name, alias, or country (ISO3 code or name: its main hub).

        Raises
        ------
        DataError
            If nothing is called so; names the nearest.
        """
        found = self._names.get(_plain(name))
        if found is None:
            words = [p.name for p in self.places] + [a for p in self.places for a in p.aliases]
            words += [w for c in self.tables.countries for w in (c.name, c.code, *c.aliases)]
            raise DataError(unknown("place", name, words))
        return found


def _plain(name: str) -> str:
    """Return a name in small letters without accents, dashes and full stops."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return " ".join(bare.lower().replace("-", " ").replace(".", " ").replace("_", " ").split())


def load_network(folder: str | Path | None = None) -> Network:
    """Return the network of the shipped tables, or of a folder of your own.

    Parameters
    ----------
    folder : path, optional
        CSV and YAML files with the names of the shipped ones; a file that is not there is taken
        from the shipped set.

    Returns
    -------
    Network

    Raises
    ------
    DataError
        If the linter finds a fault: names the row.
    """
    return _load(None if folder is None else Path(folder).resolve())


@lru_cache(maxsize=4)
def _load(folder: Path | None) -> Network:
    tables = read_tables(folder)
    found = faults(tables)
    if found:
        more = f" (and {len(found) - 1} more faults)" if len(found) > 1 else ""
        raise DataError(f"the corridor's tables are wrong: {found[0]}{more}")
    return Network(tables, SeaLanes.from_tables(tables))
