"""Network: the checked tables, loaded once, and the one door from names to places.

May import ``hansa.errors``, ``hansa.world`` (names of countries only) and its siblings.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from hansa.corridor.linter import faults
from hansa.corridor.sea import SeaLanes
from hansa.corridor.tables import Cargo, Link, Place, Tables, read_tables
from hansa.errors import DataError, unknown

#: Names of countries that people use beside those of the table.
COUNTRY_NAMES = {
    "usa": "USA", "united states": "USA", "uk": "GBR", "britain": "GBR", "uae": "ARE",
    "emirates": "ARE", "turkey": "TUR", "south korea": "KOR", "north korea": "PRK",
    "ivory coast": "CIV", "czech republic": "CZE", "russian federation": "RUS",
}  # fmt: skip


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
        for country, hubs in self.hubs.items():
            names[country.lower()] = hubs[0]
        for word, country in (*COUNTRY_NAMES.items(), *_country_names().items()):
            if country in self.hubs:
                names.setdefault(_plain(word), self.hubs[country][0])
        for place in self.places:
            for word in place.aliases:
                names.setdefault(_plain(word), place)
        for place in self.places:
            names[_plain(place.name)] = names[place.id] = place
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
            words += [*(w.title() for w in _country_names()), *self.countries]
            raise DataError(unknown("place", name, words))
        return found


@lru_cache(maxsize=1)
def _country_names() -> dict[str, str]:
    """Return ISO3 codes by the names that the embedded world gives, in small letters."""
    from hansa.world.load import load_world

    names: Mapping[str, str] = load_world().meta.get("country_names", {})
    return {name.lower(): code for code, name in names.items()}


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
