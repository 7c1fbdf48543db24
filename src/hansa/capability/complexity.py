"""Who can make what: comparative advantage, complexity and product space of the shipped exports.

May import ``hansa.errors`` and its siblings. Definitions: Balassa (1965); Hidalgo & Hausmann
(2009); Hausmann, Hidalgo et al. (2014); see `hansa.capability.indices`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hansa.capability import indices
from hansa.capability.exports import SOURCE, YEARS, Year, load_exports, period

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Complexity", "complexity", "complexity_trend", "density", "proximity", "rca"]

Array = np.ndarray
#: An exporter has a product where its RCA is at least this.
THRESHOLD = 1.0


@dataclass(frozen=True, eq=False)
class Complexity:
    """Complexity of the economies of the sample and of the HS chapters. Make with `complexity`.

    Attributes
    ----------
    year : int or (int, int)
    countries : tuple of str
        The N economies of the sample.
    chapters : tuple of str
        The K chapters.
    rca, density, outlook_gain : (N, K) arrays
    presence : (N, K) array
        M: one where RCA is at least one.
    proximity : (K, K) array
    diversity, ubiquity : (N,), (K,) arrays
        Number of chapters an economy has; of economies that have a chapter.
    eci, pci : (N,), (K,) arrays
        Standard deviations of ECI over the sample. ECI correlates positively with diversity.
    outlook : (N,) array
        Complexity outlook index, standardised.
    gap : float
        Distance of the second to the third eigenvalue.
    """

    year: Year
    countries: tuple[str, ...]
    chapters: tuple[str, ...]
    rca: Float[Array, "n k"]
    presence: Float[Array, "n k"]
    proximity: Float[Array, "k k"]
    density: Float[Array, "n k"]
    diversity: Float[Array, " n"]
    ubiquity: Float[Array, " k"]
    eci: Float[Array, " n"]
    pci: Float[Array, " k"]
    outlook: Float[Array, " n"]
    outlook_gain: Float[Array, "n k"]
    gap: float

    def __repr__(self) -> str:
        n, k = self.rca.shape
        return f"Complexity({self.year}: {n} economies x {k} HS chapters)"

    def economies(self) -> pd.DataFrame:
        """Return one row per economy: eci, rank, diversity, outlook; the most complex first."""
        import pandas as pd

        table = pd.DataFrame(
            {"eci": self.eci, "diversity": self.diversity.astype(int), "outlook": self.outlook},
            index=pd.Index(self.countries, name="country"),
        ).sort_values("eci", ascending=False)
        table.insert(1, "rank", np.arange(1, len(table) + 1))
        table.attrs = {"unit": "standard deviations; diversity in chapters", "source": SOURCE}
        return table

    def products(self) -> pd.DataFrame:
        """Return one row per chapter: name, pci, ubiquity; the most complex first."""
        import pandas as pd

        table = pd.DataFrame(
            {
                "name": [load_exports().names[k] for k in self.chapters],
                "pci": self.pci,
                "ubiquity": self.ubiquity.astype(int),
            },
            index=pd.Index(self.chapters, name="chapter"),
        ).sort_values("pci", ascending=False)
        table.attrs = {"unit": "standard deviations of ECI", "source": SOURCE}
        return table

    def to_frame(self) -> pd.DataFrame:
        """Return one row per economy and chapter: rca, presence, density, outlook_gain."""
        import pandas as pd

        index = pd.MultiIndex.from_product(
            [self.countries, self.chapters], names=["country", "chapter"]
        )
        columns = ("rca", "presence", "density", "outlook_gain")
        return pd.DataFrame({c: getattr(self, c).ravel() for c in columns}, index).reset_index()


def rca(year: Year = 2019) -> xr.DataArray:
    """Return revealed comparative advantage by HS chapter, of every economy.

    Parameters
    ----------
    year : int or (int, int)
        2011 to 2020; several years are averaged before the index is taken.

    Returns
    -------
    xarray.DataArray
        (country, chapter), ratio. The basket of comparison is that of the complexity sample
        (``data/sample.yaml``), for all economies alike.

    Raises
    ------
    DataError
        A year that is not there.

    References
    ----------
    Balassa (1965), Manchester School 33(2), 99-123.

    Examples
    --------
    >>> import hansa as hs
    >>> bool(hs.capability.rca(2019).sel(country="RUS", chapter="27") > 3)
    True
    """
    table = load_exports()
    value = _advantage(period(year))
    return table.labelled(value, "rca", "ratio", year, reference="Balassa 1965")


def complexity(year: Year = 2019) -> Complexity:
    """Return ECI, PCI, proximity, density and outlook of the sample of economies.

    Parameters
    ----------
    year : int or (int, int)
        2011 to 2020.

    Returns
    -------
    Complexity

    Raises
    ------
    DataError
        A year that is not there.

    Notes
    -----
    96 chapters are coarse: published ECI rest on some 1200 products and their ranks differ.

    References
    ----------
    Hidalgo & Hausmann (2009), PNAS 106(26), 10570-10575; Hausmann, Hidalgo et al. (2014), The Atlas
    of Economic Complexity.

    Examples
    --------
    >>> import hansa as hs
    >>> table = hs.capability.complexity(2019).economies()
    >>> bool(table.loc["DEU", "eci"] > table.loc["IRN", "eci"])
    True
    """
    return _complexity(period(year))


def proximity(year: Year = 2019) -> xr.DataArray:
    """Return the proximity of HS chapters, (chapter, other), 0 to 1.

    Parameters
    ----------
    year : int or (int, int)

    Returns
    -------
    xarray.DataArray

    References
    ----------
    Hidalgo, Klinger, Barabasi & Hausmann (2007), Science 317, 482-487.
    """
    import xarray as xr

    held = complexity(year)
    coords = {"chapter": list(held.chapters), "other": list(held.chapters)}
    attrs = {"unit": "probability", "year": str(year), "source": SOURCE}
    return xr.DataArray(held.proximity, coords, ("chapter", "other"), "proximity", attrs)


def density(year: Year = 2019) -> xr.DataArray:
    """Return how near each HS chapter is to what an economy already exports, 0 to 1.

    Parameters
    ----------
    year : int or (int, int)

    Returns
    -------
    xarray.DataArray
        (country, chapter), of every economy; proximities are those of the sample.

    References
    ----------
    Hidalgo, Klinger, Barabasi & Hausmann (2007), Science 317, 482-487.

    Examples
    --------
    >>> import hansa as hs
    >>> near = hs.capability.density(2019)
    >>> bool(near.sel(country="DEU", chapter="84") > near.sel(country="IRN", chapter="84"))
    True
    """
    has = (_advantage(period(year)) >= THRESHOLD).astype(np.float64)
    value = indices.density_of(has, complexity(year).proximity)
    return load_exports().labelled(value, "density", "share of proximity", year)


def complexity_trend(first: int = YEARS[0], last: int = YEARS[-1]) -> pd.DataFrame:
    """Return ECI and its rank by year.

    Parameters
    ----------
    first, last : int
        Years, both included.

    Returns
    -------
    DataFrame
        ``country``, ``year``, ``eci``, ``rank``; the sample is the same in every year.
    """
    import pandas as pd

    first, last = period((first, last))
    rows = [complexity(t).economies().reset_index().assign(year=t) for t in range(first, last + 1)]
    table = pd.concat(rows, ignore_index=True)[["country", "year", "eci", "rank"]]
    table.attrs = {"unit": "standard deviations", "source": SOURCE}
    return table


@lru_cache(maxsize=16)
def _advantage(years: tuple[int, int]) -> Float[Array, "n k"]:
    table = load_exports()
    value = table.at(years)
    return indices.balassa(value, value[table.sample])


@lru_cache(maxsize=16)
def _complexity(years: tuple[int, int]) -> Complexity:
    table = load_exports()
    inside = table.sample
    advantage = _advantage(years)[inside]
    has = (advantage >= THRESHOLD).astype(np.float64)
    near = indices.proximity_of(has)
    close = indices.density_of(has, near)
    found = indices.eigen(has)
    index, gain = indices.outlook(has, near, close, found.raw)
    return Complexity(
        year=years[0] if years[0] == years[1] else years,
        countries=tuple(c for c, kept in zip(table.economies, inside, strict=True) if kept),
        chapters=table.chapters,
        rca=advantage,
        presence=has,
        proximity=near,
        density=close,
        diversity=has.sum(1),
        ubiquity=has.sum(0),
        eci=found.eci,
        pci=found.pci,
        outlook=index,
        outlook_gain=gain,
        gap=found.gap,
    )
