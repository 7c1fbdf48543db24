"""The reviewed tables of the corridor: places, links, charges, closures, what could be built.

May import only ``hansa.errors``. Every row names its source and how sure it is; every uncertain
number is a range (low, central, high), where low is cheap and fast.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from hansa.errors import DataError, unknown

Range = tuple[float, float, float]

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
        return (self.opens is None or self.opens <= on) and (self.closes is None or on < self.closes)


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
    sea_rows: tuple[tuple[str, str, float, frozenset[str], tuple[tuple[float, float], ...]], ...]


def read_tables(folder: Path | None = None) -> Tables:
    """Return the tables of a folder; a file that it lacks is taken from the shipped ones.

    Parameters
    ----------
    folder : path, optional

    Returns
    -------
    Tables

    Raises
    ------
    DataError
        Names the file and line that cannot be read.
    """
    if folder is not None and not folder.is_dir():
        raise DataError(f"no folder of corridor tables at {folder}")
    files = _Files(folder)
    return Tables(
        countries=tuple(_country(row) for row in files.rows("countries.csv")),
        places=tuple(_place(row) for row in files.rows("nodes.csv")),
        links=tuple(_link(row) for row in files.rows("links.csv")),
        rates=tuple(_charge(row, ("mode", "country"), "km_day") for row in files.rows("rates.csv")),
        terminals=tuple(
            _charge(row, ("transfer", "place"), "hours") for row in files.rows("terminals.csv")
        ),
        borders=tuple(
            _charge(row, ("exit", "entry", "mode"), "hours") for row in files.rows("borders.csv")
        ),
        premia=tuple(_premium(row) for row in files.rows("premia.csv")),
        cargo=tuple(_cargo(row) for row in files.rows("cargo.csv")),
        through=tuple(_through(row) for row in files.rows("throughrates.csv")),
        ocean=files.yaml("ocean.yaml"),
        closures=tuple(files.yaml("closures.yaml")),
        interventions=files.yaml("interventions.yaml"),
        settings=files.yaml("settings.yaml"),
        scales=files.yaml("scales.yaml"),
        sea_rows=tuple(_lane(row) for row in files.rows("sea.csv")),
    )


class _Row(dict[str, str]):
    """A row of a CSV file that knows where it stands."""

    where: str

    def text(self, column: str) -> str:
        if column not in self:
            raise DataError(f"{self.where}: {unknown('column', column, self)}")
        return self[column].strip()

    def number(self, column: str) -> float:
        try:
            return float(self.text(column))
        except ValueError:
            raise DataError(
                f"{self.where}: {column} must be a number, not {self[column]!r}"
            ) from None

    def maybe(self, column: str) -> float | None:
        return self.number(column) if self.text(column) else None

    def day(self, column: str) -> dt.date | None:
        text = self.text(column)
        try:
            return dt.date.fromisoformat(text) if text else None
        except ValueError:
            raise DataError(f"{self.where}: {column} must be YYYY-MM-DD, not {text!r}") from None

    def range(self, name: str) -> Range:
        return (self.number(f"{name}_low"), self.number(f"{name}_central"),
                self.number(f"{name}_high"))  # fmt: skip

    def parts(self, column: str) -> tuple[str, ...]:
        return tuple(p.strip() for p in self.text(column).split(";") if p.strip())


class _Files:
    """Reads a file from the user's folder, or else the shipped one."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def text(self, name: str) -> str:
        if self.folder is not None and (self.folder / name).is_file():
            return (self.folder / name).read_text(encoding="utf-8")
        return (resources.files("hansa.corridor") / "data" / name).read_text(encoding="utf-8")

    def rows(self, name: str) -> Iterator[_Row]:
        lines = csv.DictReader(self.text(name).splitlines())
        for fields in lines:
            where = f"{name} line {lines.line_num}"
            if None in fields or None in fields.values():
                raise DataError(f"{where}: {len(lines.fieldnames or ())} columns expected")
            row = _Row(fields)
            row.where = where
            yield row

    def yaml(self, name: str) -> Any:
        try:
            return yaml.safe_load(self.text(name))
        except yaml.YAMLError as error:
            raise DataError(f"{name}: {error}") from error


def _country(row: _Row) -> Country:
    return Country(
        row.text("code"), row.text("name"), row.parts("aliases"), row.text("largest_member")
    )


def _place(row: _Row) -> Place:
    return Place(
        id=row.text("id"),
        name=row.text("name"),
        aliases=row.parts("aliases"),
        country=row.text("country"),
        lat=row.number("lat"),
        lon=row.number("lon"),
        kind=row.text("kind"),
        gauges=tuple(int(g) for g in row.parts("gauges")),
        hub_share=row.number("hub_share"),
        source=row.text("source"),
        confidence=row.text("confidence"),
    )


def _link(row: _Row) -> Link:
    km = []
    for part in row.parts("km"):
        country, _, number = part.rpartition(":")
        try:
            km.append((country, float(number)))
        except ValueError:
            raise DataError(f"{row.where}: km must be a number or IRN:300;..., not {part!r}") from None
    gauge = row.maybe("gauge")
    return Link(
        row=f"{row.where} ({row.text('from')} - {row.text('to')})",
        start=row.text("from"),
        end=row.text("to"),
        mode=row.text("mode"),
        km=tuple(km),
        gauge=None if gauge is None else int(gauge),
        electrified=row.text("electrified") == "1",
        capacity=row.maybe("capacity_mt"),
        opens=row.day("opens"),
        closes=row.day("closes"),
        source=row.text("source"),
        confidence=row.text("confidence"),
    )


def _charge(row: _Row, key: tuple[str, ...], hours: str) -> Charge:
    return Charge(
        key=tuple(row.text(k) for k in key),
        dollars=row.range("dollars"),
        hours=row.range(hours),
        source=row.text("source"),
        confidence=row.text("confidence"),
    )


def _premium(row: _Row) -> Premium:
    return Premium(
        id=row.text("id"),
        country=row.text("country"),
        mode=row.text("mode"),
        begins=row.day("begins"),
        ends=row.day("ends"),
        dollars=row.range("dollars"),
        source=row.text("source"),
        confidence=row.text("confidence"),
    )


def _cargo(row: _Row) -> Cargo:
    return Cargo(
        sector=row.text("sector"),
        dollars_per_tonne=row.number("dollars_per_tonne"),
        tonnes_per_teu=row.number("tonnes_per_teu"),
        time=row.range("time"),
        movable=row.number("movable"),
        bulk=row.number("bulk"),
        by_air=row.number("by_air"),
        source=row.text("source"),
        confidence=row.text("confidence"),
    )


def _through(row: _Row) -> Through:
    def span(name: str) -> tuple[float, float] | None:
        low, high = row.maybe(f"{name}_low"), row.maybe(f"{name}_high")
        return None if low is None or high is None else (low, high)

    on = row.day("on")
    if on is None:
        raise DataError(f"{row.where}: a through rate needs its date")
    return Through(
        id=row.text("id"),
        what=row.text("what"),
        stops=row.parts("stops"),
        modes=row.parts("modes"),
        on=on,
        ends=row.text("ends"),
        days=span("days"),
        dollars=span("dollars"),
        unit=row.text("unit"),
        source=row.text("source"),
        confidence=row.text("confidence"),
    )


def _lane(
    row: _Row,
) -> tuple[str, str, float, frozenset[str], tuple[tuple[float, float], ...]]:
    points = []
    for pair in row.text("shape").split(";"):
        lon, lat = pair.split()
        points.append((float(lon), float(lat)))
    return (
        row.text("from"), row.text("to"), row.number("km"),
        frozenset(row.parts("passages")), tuple(points),
    )  # fmt: skip
