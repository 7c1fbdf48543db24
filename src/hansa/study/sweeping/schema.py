"""The sweep file: grids, draws and clubs of one world, and how it is read.

May import ``hansa.errors``, ``hansa.policy`` and the study room's schema. YAML in, checked
pydantic models out; an unknown key is an error that names the nearest known one.
"""

from __future__ import annotations

import datetime as dt
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, Field, field_validator, model_validator

from hansa.errors import unknown
from hansa.policy import Measures
from hansa.study.draws import SIZES
from hansa.study.reading import parse, shipped, text_of
from hansa.study.schema import Candidates, Level, Regime, Strict

#: Most candidates of whom all clubs can be swept.
MOST = 20
#: A date on which nobody is sanctioned, the sanctions of the baseline year lifted.
NEVER = "none"

Change = Annotated[float, Field(gt=-1.0, allow_inf_nan=False)]
HorizonName = Literal["short", "medium", "long"]
#: Dimensions of the grid that are no measures of the club; the first is the slowest.
REGIME = ("horizon", "on", "strength", "secondary")
Rate = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


class Players(Candidates):
    """Who may join.

    Attributes
    ----------
    candidates : list of str
        ISO3 codes, two to twenty.
    measures : hansa.Measures
        What members do for one another, where the grid or the draws do not say otherwise.
    """

    candidates: tuple[str, ...] = Field(min_length=2, max_length=MOST)


class Grid(Strict):
    """Named dimensions; every combination of their values is a grid point.

    Attributes
    ----------
    horizon : list of {"short", "medium", "long"}
        How long after; see `hansa.equilibrium.technology.HORIZONS`.
    on : list of date or "none"
        Sanctions as of when; "none" lifts them all, those of the baseline year too.
    strength : list of {"low", "central", "high"}
    secondary : list of bool
        Whether acts that expose third countries' trade to penalties count.
    nontariff, payments : list of float
        Sizes of the club's measures.
    tariffs : list of float or null
        Rate that members put on each other; null leaves tariffs as they are.
    """

    horizon: tuple[HorizonName, ...] = ()
    on: tuple[dt.date | Literal["none"], ...] = ()
    strength: tuple[Level, ...] = ()
    secondary: tuple[bool, ...] = ()
    nontariff: tuple[Change, ...] = ()
    payments: tuple[Change, ...] = ()
    tariffs: tuple[Rate | None, ...] = ()

    @field_validator("*")
    @classmethod
    def _no_repeats(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a value is given twice")
        return value


class SweepDraws(Strict):
    """Draws of the uncertain parameters.

    Attributes
    ----------
    number : int
    seed : int
    elasticities : bool
        Whether trade elasticities are drawn from their standard errors.
    strength : bool
        Whether the strength of sanctions is drawn, triangular between low, central and high.
    nontariff, payments, tariffs : (low, high) or None
        Range from which a measure's size is drawn uniformly; None leaves it as it is.
    """

    number: int = Field(ge=1, le=100_000)
    seed: int = Field(default=2024, ge=0)
    elasticities: bool = True
    strength: bool = True
    nontariff: tuple[Change, Change] | None = None
    payments: tuple[Change, Change] | None = None
    tariffs: tuple[Rate, Rate] | None = None

    @field_validator(*SIZES)
    @classmethod
    def _a_range(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value is not None and value[0] > value[1]:
            raise ValueError("a range has the lower end first")
        return value

    @property
    def drawn(self) -> tuple[str, ...]:
        """Names of the grid's dimensions that are drawn instead."""
        return tuple(name for name in ("strength", *SIZES) if getattr(self, name))


class Point(NamedTuple):
    """One grid point; names of dimensions as in `Grid`."""

    horizon: HorizonName
    on: dt.date | Literal["none"]
    strength: Level
    secondary: bool
    nontariff: float
    payments: float
    tariffs: float | None


class Sweep(Strict):
    """A sweep: every grid point, in every draw, for every club.

    Attributes
    ----------
    name : str
        Folder of the results.
    title : str
    world : str
        Name of an embedded world or path of a table.
    regime : Regime or None
        May be left out where the grid names dates.
    club : Players
    clubs : "all" or list of lists of str
        All subsets of the candidates, or these.
    grid : Grid
    draws : SweepDraws or None
        None solves each scenario once, at the central parameters.
    horizon : {"short", "medium", "long"}
    deficits : {"balanced", "fixed", "proportional"}
    keep : "candidates", "all" or list of str
        Countries whose results are written: the candidates, and these. The world as a whole
        is always written.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: str = ""
    world: str = "world-2015"
    regime: Regime | None = None
    club: Players
    clubs: Literal["all"] | tuple[tuple[str, ...], ...]
    grid: Grid = Grid()
    draws: SweepDraws | None = None
    horizon: HorizonName = "long"
    deficits: Literal["balanced", "fixed", "proportional"] = "balanced"
    keep: Literal["candidates", "all"] | tuple[str, ...] = "candidates"

    @field_validator("clubs", mode="before")
    @classmethod
    def _all_or_lists(cls, value: Any) -> Any:
        lists = isinstance(value, list | tuple) and all(isinstance(v, list | tuple) for v in value)
        if value != "all" and not (lists and value):
            raise ValueError("clubs are `all`, or a list of lists of members such as [[], [IRN]]")
        return value

    @field_validator("keep", mode="before")
    @classmethod
    def _words_or_codes(cls, value: Any) -> Any:
        if isinstance(value, str) and value not in ("candidates", "all"):
            raise ValueError("keep is `candidates`, `all`, or a list of further countries")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Sweep:
        if self.regime is None and not self.grid.on:
            raise ValueError("key 'regime' is missing (or give dates in grid.on)")
        for name in self.draws.drawn if self.draws else ():
            if getattr(self.grid, name):
                raise ValueError(f"{name} is a dimension of the grid and also drawn; keep one")
        seen: set[frozenset[str]] = set()
        for club in self.clubs if self.clubs != "all" else ():
            for code in club:
                if code not in self.club.candidates:
                    raise ValueError("clubs: " + unknown("candidate", code, self.club.candidates))
            if len(set(club)) < len(club) or frozenset(club) in seen:
                raise ValueError(f"clubs: {'+'.join(club) or '[]'} comes twice, or a member does")
            seen.add(frozenset(club))
        return self

    @property
    def regimes(self) -> list[tuple[Any, ...]]:
        """All (horizon, on, strength, secondary), the first dimension slowest."""
        base = {"horizon": self.horizon, "on": None, "strength": "central", "secondary": True}
        if self.regime is not None:
            base |= {name: getattr(self.regime, name) for name in REGIME[1:]}
        return list(product(*(getattr(self.grid, n) or (base[n],) for n in REGIME)))

    @property
    def sizes(self) -> list[tuple[Any, ...]]:
        """All (nontariff, payments, tariffs), the first dimension slowest."""
        measures = self.club.measures
        return list(product(*(getattr(self.grid, n) or (getattr(measures, n),) for n in SIZES)))

    @property
    def points(self) -> list[Point]:
        """All grid points: regimes, and within each the sizes of the measures."""
        return [Point(*regime, *size) for regime in self.regimes for size in self.sizes]

    def measures(self, size: tuple[Any, ...]) -> Measures:
        """Return the club's measures at a size (nontariff, payments, tariffs)."""
        return self.club.measures.model_copy(update=dict(zip(SIZES, size, strict=True)))


_PARTS: dict[str, type[BaseModel]] = {
    "regime": Regime,
    "club": Players,
    "measures": Measures,
    "grid": Grid,
    "draws": SweepDraws,
}


def load_sweep(name_or_path: str | Path) -> Sweep:
    """Return the sweep in a file, or a shipped sweep by name.

    Parameters
    ----------
    name_or_path : str or Path
        Path of a YAML file, or the name of a shipped sweep such as ``caspian-draws``.

    Returns
    -------
    Sweep

    Raises
    ------
    StudyError
        Unknown sweep, key or value; names it and the nearest known one.
    """
    return parse_sweep(*text_of("sweep", name_or_path, shipped_sweeps))


def shipped_sweeps() -> dict[str, str]:
    """Return the texts of the sweeps that ship with the package, by name."""
    return shipped("sweeps")


def parse_sweep(text: str, where: str) -> Sweep:
    """Return the sweep in a YAML text; `where` is named in errors."""
    return parse(text, where, Sweep, _PARTS)
