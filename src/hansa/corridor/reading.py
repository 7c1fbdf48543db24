"""Reading the corridor's tables from the package or from a folder of your own.

May import ``hansa.errors`` and its siblings.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from hansa.corridor.tables import (
    Cargo,
    Charge,
    Country,
    Lane,
    Link,
    Place,
    Premium,
    Range,
    Tables,
    Through,
)
from hansa.errors import DataError, unknown


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
            raise DataError(
                f"{row.where}: km must be a number or IRN:300;..., not {part!r}"
            ) from None
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


def _lane(row: _Row) -> Lane:
    points = []
    for pair in row.text("shape").split(";"):
        lon, lat = pair.split()
        points.append((float(lon), float(lat)))
    return (
        row.text("from"), row.text("to"), row.number("km"),
        frozenset(row.parts("passages")), tuple(points),
    )  # fmt: skip
