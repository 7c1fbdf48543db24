"""Exports of every economy by HS chapter and year: the table everything in this room starts from.

May import ``hansa.errors``. Shipped in ``data/``, made by ``hansa.capability.build`` from BACI
(Gaulier & Zignago 2010, CEPII working paper 2010-23; Etalab 2.0).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from io import StringIO
from typing import TYPE_CHECKING

import numpy as np
import yaml
from jaxtyping import Bool, Float

from hansa.errors import DataError, unknown

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["SOURCE", "YEARS", "Exports", "Year", "exports", "load_exports", "period"]

Array = np.ndarray
#: One year, or the first and the last of several that are added up.
Year = int | tuple[int, int]

YEARS = tuple(range(2011, 2021))
SOURCE = "CEPII BACI HS92 (Gaulier & Zignago 2010), exports by HS chapter, economies of world-2015"


@dataclass(frozen=True, eq=False)
class Exports:
    """The shipped table.

    Attributes
    ----------
    economies : tuple of str
        ISO3 codes and aggregates, as in the embedded world; length N.
    chapters : tuple of str
        HS (1992) chapters "01" to "97", length K.
    names : dict
        Chapter to its English name.
    value : (T, N, K) array, million USD
        By year of ``YEARS``.
    population : (N,) array, thousand people
        Mean over the years that have it; NaN for aggregates.
    """

    economies: tuple[str, ...]
    chapters: tuple[str, ...]
    names: dict[str, str]
    value: Float[Array, "t n k"]
    population: Float[Array, " n"]

    @cached_property
    def sample(self) -> Bool[Array, " n"]:
        """Whose exports enter the measures of complexity; the rule is in ``data/sample.yaml``."""
        rule = yaml.safe_load(_data("sample.yaml"))
        large = self.value.sum(2).mean(0) >= rule["exports"]
        return large & (np.nan_to_num(self.population) >= rule["population"])

    def at(self, year: Year) -> Float[Array, "n k"]:
        """Return exports of a year, or yearly means of several, (N, K), million USD."""
        first, last = period(year)
        return self.value[first - YEARS[0] : last - YEARS[0] + 1].mean(0)

    def economy(self, code: str) -> int:
        """Return the position of an economy; raises DataError naming the nearest."""
        if code not in self.economies:
            raise DataError(unknown("economy", code, self.economies))
        return self.economies.index(code)

    def chapter(self, code: str) -> int:
        """Return the position of a chapter; raises DataError naming the nearest."""
        if code not in self.chapters:
            hint = "(chapters have two digits, 01 to 97; 77 is empty)"
            raise DataError(unknown("HS chapter", code, self.chapters, hint))
        return self.chapters.index(code)

    def labelled(
        self, value: Array, name: str, unit: str, year: Year, **attrs: str
    ) -> xr.DataArray:
        """Return an (N, K) array with its labels, unit and source."""
        import xarray as xr

        coords = {"country": list(self.economies), "chapter": list(self.chapters)}
        held = {"unit": unit, "year": str(year), "evidence": "derived", "source": SOURCE, **attrs}
        return xr.DataArray(value, coords, ("country", "chapter"), name, held)


def period(year: Year) -> tuple[int, int]:
    """Return the first and the last year of a period.

    Raises
    ------
    DataError
        If a year is outside 2011 to 2020, or the first is after the last.
    """
    first, last = (year, year) if isinstance(year, int) else tuple(year)
    if not YEARS[0] <= first <= last <= YEARS[-1]:
        raise DataError(f"years must lie in {YEARS[0]}..{YEARS[-1]}, first before last, not {year}")
    return first, last


@lru_cache(maxsize=1)
def load_exports() -> Exports:
    """Return the shipped table of exports; read once."""
    import pandas as pd

    with (resources.files("hansa.capability") / "data" / "exports.parquet").open("rb") as file:
        table = pd.read_parquet(file)
    economies = pd.read_csv(_open("economies.csv"), dtype={"code": str}, keep_default_na=False)
    chapters = pd.read_csv(_open("chapters.csv"), dtype=str)
    codes, keys = tuple(economies["code"]), tuple(chapters["chapter"])
    value = np.zeros((len(YEARS), len(codes), len(keys)))
    n = pd.Index(codes).get_indexer(table["exporter"])
    k = pd.Index(keys).get_indexer(table["chapter"])
    value[:, n, k] = table[[str(t) for t in YEARS]].to_numpy(dtype=np.float64).T / 1e3
    value.flags.writeable = False
    people = pd.to_numeric(economies["population"], errors="coerce").to_numpy(dtype=np.float64)
    names = dict(zip(keys, chapters["name"], strict=True))
    return Exports(codes, keys, names, value, people)


def exports(year: Year = 2019) -> xr.DataArray:
    """Return exports by economy and HS chapter.

    Parameters
    ----------
    year : int or (int, int)
        2011 to 2020; of several years the yearly mean.

    Returns
    -------
    xarray.DataArray
        (country, chapter), million USD.

    Raises
    ------
    DataError
        A year that is not there.

    Examples
    --------
    >>> import hansa as hs
    >>> bool(hs.capability.exports(2019).sel(country="CHN").sum() > 2e6)
    True
    """
    table = load_exports()
    return table.labelled(table.at(year), "exports", "million USD", year)


def _data(name: str) -> str:
    return (resources.files("hansa.capability") / "data" / name).read_text(encoding="utf-8")


def _open(name: str) -> StringIO:
    return StringIO(_data(name))
