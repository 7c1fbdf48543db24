"""Published numbers beside ours: computed from the original files, shipped as a small table.

May import every room to the left of ``study``. Of the files to be checked against nothing ships but
our results; the published numbers are those printed in the papers. Run by ``hansa replicate``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

import numpy as np
from rich.console import RenderableType

from hansa.equilibrium import Result, balance, solve
from hansa.equilibrium.economy import Economy
from hansa.equilibrium.solve import settle
from hansa.errors import DataError
from hansa.shock import Shock
from hansa.world.page_parts import table
from hansa.world.sources import base, cp2015, gegravity, wiod2013
from hansa.world.world import World

__all__ = [
    "Replication", "closed_form", "replicate", "replication_page", "shipped_replications",
    "write_replications",
]  # fmt: skip

Say = Callable[[str], None]

FILE = "replications.json"
NAFTA = ("MEX", "CAN", "USA")
#: Caliendo & Parro (2015), table 2, per cent, as printed.
TABLE_2 = {
    "welfare (linearised)": (1.31, -0.06, 0.08),
    "terms of trade": (-0.41, -0.11, 0.04),
    "volume of trade": (1.72, 0.04, 0.04),
    "real wage": (1.72, 0.32, 0.11),
}
AUTARKY = ("RUS", "IND", "DEU", "BRA", "USA")
#: Elasticity of gegravity's sample, and Canada's real GDP as the package prints it, per cent.
THETA, PRINTED = 4.0, 0.41826


@dataclass(frozen=True)
class Replication:
    """One number, as published (or by a closed form) and as computed here.

    Attributes
    ----------
    source, country, quantity, unit : str
    published, ours : float
    digits : int
        Decimals to compare at.
    note : str
    """

    source: str
    country: str
    quantity: str
    published: float
    ours: float
    unit: str
    digits: int
    note: str = ""

    @property
    def agrees(self) -> bool:
        """Whether ours rounds to the published digits (or is half a digit from them)."""
        return abs(self.published - self.ours) <= 0.51 * 10.0**-self.digits


def replicate(folder: str | Path, say: Say | None = None) -> tuple[Replication, ...]:
    """Return every published number beside ours, from the raw tables."""
    tell = say or (lambda _: None)
    tell("Caliendo & Parro (2015), table 2")
    rows = [*nafta_rows(Path(folder) / "replication" / "cp2015")]
    tell("autarky against its closed form (WIOD 2011)")
    rows += autarky_rows(Path(folder) / wiod2013.FILE)
    tell("gegravity's sample")
    rows += gegravity_rows(Path(folder) / "replication" / "gegravity" / "sample_data_set.dlm")
    return tuple(rows)


def nafta_rows(folder: Path) -> Iterable[Replication]:
    """Yield table 2 of Caliendo & Parro (2015): NAFTA's tariffs of 1993 go to those of 2005."""
    world = settle(Economy.from_parts(cp2015.load_parts(folder)), "cp2015", 1993)
    at = [world.country(c) for c in NAFTA]
    mask = np.zeros(world.tariff.shape, dtype=bool)
    mask[np.ix_(at, at)] = True
    result = solve(world, Shock.tariff_schedule(world, cp2015.tariffs(folder, 2005), mask))
    ours = {
        "welfare (linearised)": result.welfare_linear,
        "terms of trade": result.terms_of_trade,
        "volume of trade": result.volume_of_trade,
        "real wage": result.real_wage - 1,
    }
    for quantity, published in TABLE_2.items():
        for code, value in zip(NAFTA, published, strict=True):
            found = 100 * float(ours[quantity].sel(country=code))
            yield Replication(
                "Caliendo & Parro (2015), table 2", code, quantity, value, found, "%", 2
            )


def autarky_rows(path: Path) -> Iterable[Replication]:
    """Yield the welfare of autarky, by the solver and by the closed form of the handbook."""
    world = balance(World.from_wiod(path))
    for code in AUTARKY:
        yield Replication(
            "Costinot & Rodriguez-Clare (2014), closed form on WIOD 2011", code,
            "welfare in autarky", 100 * (closed_form(world, code) - 1),
            100 * (_welfare(solve(world, _cut_off(world, code)), code) - 1), "%", 7,
        )  # fmt: skip


def closed_form(world: World, country: str) -> float:
    """Return W hat of autarky: prod_j prod_k pi_nn^k ^ (alpha^j a^jk / theta^k).

    Parameters
    ----------
    world : World
        Balanced and without tariffs.
    country : str

    References
    ----------
    Costinot & Rodriguez-Clare (2014), Handbook of International Economics 4, ch. 4.
    """
    n, j = world.country(country), len(world.sectors)
    leontief = np.linalg.inv(np.eye(j) - world.input_share[n].T)
    own = np.log(world.trade_share[n, n]) / world.trade_elasticity
    return float(np.exp(world.final_share[n] @ leontief @ own))


def _cut_off(world: World, country: str) -> Shock:
    inward = Shock.trade_cost(world, hat=np.inf, destination=country)
    return inward.then(Shock.trade_cost(world, hat=np.inf, origin=country))


def _welfare(result: Result, country: str) -> float:
    return float(result.welfare.sel(country=country))


def gegravity_rows(path: Path) -> Iterable[Replication]:
    """Yield Canada's gain from a free-trade agreement with Japan in gegravity's sample."""
    world = gegravity.load_world(path, trade_elasticity=THETA)
    hat = float(np.exp(-gegravity.COEFFICIENTS["pta"] / THETA))
    pair = ["CAN", "JPN"]
    shock = Shock.trade_cost(world, hat=hat, destination=pair, origin=pair)
    result = solve(world, shock, deficits="proportional")
    yield Replication(
        "gegravity, sample of 30 countries", "CAN", "real GDP",
        PRINTED, 100 * (float(result.real_wage.sel(country="CAN")) - 1), "%", 5,
        "another definition: gegravity keeps expenditure shares at the baseline, here they move",
    )  # fmt: skip


# ---- what ships, and what the terminal shows --------------------------------------------------


def _path(folder: str | Path | None) -> Path:
    return (
        Path(folder) / FILE if folder else Path(str(resources.files("hansa.study"))) / "data" / FILE
    )


def write_replications(rows: Iterable[Replication], folder: str | Path | None = None) -> Path:
    """Write the table into the package (or `folder`), rounded past the digits compared."""
    kept = [
        {
            **asdict(r),
            "published": round(r.published, r.digits + 2),
            "ours": round(r.ours, r.digits + 2),
        }
        for r in rows
    ]
    path = _path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def shipped_replications(folder: str | Path | None = None) -> tuple[Replication, ...]:
    """Return the table that ships; raises DataError if it is not there."""
    path = _path(folder)
    if not path.is_file():
        raise DataError(f"{FILE} is not in {path.parent}; `hansa replicate --write` makes it")
    return tuple(Replication(**row) for row in json.loads(path.read_text(encoding="utf-8")))


def raw_tables() -> Path:
    """Return the folder of raw tables, or raise DataError."""
    folder = base.find_data()
    if folder is None:
        raise DataError("replication needs the raw tables: set HANSA_DATA; see DATA.md")
    return folder


def replication_page(rows: Iterable[Replication]) -> RenderableType:
    """Return the table for a terminal."""
    shown = table(
        "Published numbers and ours", ("Source", "Country", "Quantity"),
        ("Published", "Ours", "Agree"),
    )  # fmt: skip
    for r in rows:
        said = "yes" if r.agrees else r.note or "no"
        shown.add_row(
            r.source, r.country, r.quantity, f"{r.published:.{r.digits}f} {r.unit}",
            f"{r.ours:.{r.digits}f} {r.unit}", said,
        )  # fmt: skip
    return shown
