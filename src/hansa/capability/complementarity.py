"""The complementarity index: does one country export what another imports?

May import ``hansa.errors``, ``hansa.world`` and its siblings. Michaely (1996, Trade Preferential
Agreements in Latin America: An Ex-Ante Assessment, World Bank Policy Research Working Paper 1583).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hansa.capability.baskets import by_sector, chapter_share, goods_of, in_world
from hansa.capability.exports import SOURCE, YEARS, period
from hansa.errors import DataError, unknown
from hansa.world.world import World

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["complementarity", "complementarity_trend", "michaely"]

Array = np.ndarray


def michaely(imports: Float[Array, "n k"], exports: Float[Array, "m k"]) -> Float[Array, "n m"]:
    """Return Michaely's index of every importer with every exporter, 0 to 1.

    Parameters
    ----------
    imports : (N, K) array
        By importer and product; any unit.
    exports : (M, K) array
        By exporter and product.

    Returns
    -------
    (N, M) array
        1 - sum_k |m_nk - x_mk| / 2, with m and x the shares of products: one where the exporter
        sells just what the importer buys, zero where nothing of it. NaN without any trade.
    """
    bought, sold = _shares(imports), _shares(exports)
    return 1 - np.abs(bought[:, None, :] - sold).sum(2) / 2


def complementarity(
    world: World,
    *,
    years: tuple[int, int] = (YEARS[0], YEARS[-1]),
    level: str = "sector",
    leave_out: Iterable[str] = (),
) -> xr.DataArray:
    """Return the complementarity of every importer with every exporter, by year.

    Parameters
    ----------
    world : World
        With the sectors of the embedded one. Its imports are what importers want.
    years : (int, int)
        First and last year of the exports.
    level : {"sector", "chapter"}
        The grain: 14 sectors of goods, whose imports are in the world; or 96 HS chapters, where an
        importer's basket is put together from what each of its origins sells to all.
    leave_out : iterable of str
        Sectors that count in neither basket. Baskets are values: when oil gets cheaper an oil
        exporter's basket seems to widen; ``("fuels",)`` takes that away.

    Returns
    -------
    xarray.DataArray
        (destination, origin, year), 0 to 1; a country with itself is NaN.

    Raises
    ------
    DataError
        Unknown level or sector, a year that is not there, or a world with other sectors.

    Notes
    -----
    No open table has imports by importer and chapter. So the importers' baskets are those of the
    world's year throughout, and what moves over the years is what exporters sell: the index cannot
    see that an importer came to want something else. By sector it cannot see inside sectors (jet
    engines and lathes are both machinery); by chapter importers' baskets are modelled, and pairs
    that trade much look somewhat more complementary than they are.

    References
    ----------
    Michaely (1996), World Bank Policy Research Working Paper 1583.

    Examples
    --------
    >>> import hansa as hs
    >>> fit = hs.capability.complementarity(hs.load_world(), years=(2019, 2019))
    >>> bool(fit.sel(destination="RUS", origin="CHN") > fit.sel(destination="RUS", origin="IRN"))
    True
    """
    import xarray as xr

    if level not in ("sector", "chapter"):
        raise DataError(unknown("level", level, ("sector", "chapter")))
    first, last = period(years)
    span = list(range(first, last + 1))
    goods = _counted(world, leave_out)
    imports = _imports(world, level, goods)
    index = np.stack([michaely(imports, _exports(world, t, level, goods)) for t in span], axis=2)
    own = np.arange(len(world.countries))
    index[own, own] = np.nan
    codes = list(world.countries)
    return xr.DataArray(
        index,
        {"destination": codes, "origin": codes, "year": span},
        ("destination", "origin", "year"),
        "complementarity",
        {
            "unit": "share, 0 to 1",
            "evidence": "derived" if level == "sector" else "modelled",
            "source": f"Michaely index; imports: {world.name}; exports: {SOURCE}",
        },
    )


def complementarity_trend(index: xr.DataArray, members: list[str] | None = None) -> pd.DataFrame:
    """Return the index in the first and the last year and its trend, by pair.

    Parameters
    ----------
    index : xarray.DataArray
        Of `complementarity`, two years or more.
    members : list of str, optional
        Only pairs of these.

    Returns
    -------
    DataFrame
        ``destination``, ``origin``, ``first``, ``last``, ``trend`` (least squares, change a year),
        ``t`` (of the trend, classical), ``rank`` (of the origin among all of the destination's, in
        the last year; one is the most complementary).

    Raises
    ------
    DataError
        Fewer than three years, or an unknown member.
    """
    import pandas as pd

    years = index.coords["year"].values.astype(np.float64)
    if years.size < 3:
        raise DataError("a trend needs three years or more; widen years=")
    codes = [str(c) for c in index.coords["destination"].values]
    for code in members or ():
        if code not in codes:
            raise DataError(unknown("country", code, codes))
    value = index.values
    order = np.argsort(np.argsort(-np.nan_to_num(value[:, :, -1], nan=-1.0), axis=1), axis=1) + 1
    slope, t = _trend(years, value)
    kept = np.isin(codes, members or codes)
    n, i = np.nonzero(kept[:, None] & kept & ~np.isnan(value[:, :, 0]))
    table = pd.DataFrame(
        {
            "destination": np.array(codes)[n],
            "origin": np.array(codes)[i],
            "first": value[n, i, 0],
            "last": value[n, i, -1],
            "trend": slope[n, i],
            "t": t[n, i],
            "rank": order[n, i],
        }
    )
    table.attrs = dict(index.attrs)
    return table


def _counted(world: World, leave_out: Iterable[str]) -> list[int]:
    left = (leave_out,) if isinstance(leave_out, str) else tuple(leave_out)
    for code in left:
        world.sector(code)
    return [world.sector(s) for s in goods_of(world) if s not in left]


def _imports(world: World, level: str, goods: list[int]) -> Float[Array, "n k"]:
    if level == "sector":
        return world.imports[:, goods]
    flow = world.expenditure / (1 + world.tariff)
    own = np.arange(len(world.countries))
    flow[own, own] = 0.0
    basket = chapter_share(world)[:, :, goods]
    return np.einsum("nij,ikj->nk", flow[:, :, goods], basket, optimize=True)


def _exports(world: World, year: int, level: str, goods: list[int]) -> Float[Array, "n k"]:
    split = by_sector(year)[:, :, goods]
    return in_world(world, split.sum(2 if level == "chapter" else 1))


def _shares(value: Float[Array, "n k"]) -> Float[Array, "n k"]:
    total = value.sum(1, keepdims=True)
    return np.divide(value, total, out=np.full_like(value, np.nan), where=total > 0)


def _trend(years: Float[Array, " t"], value: Float[Array, "n m t"]) -> tuple[Array, Array]:
    """Return least-squares slopes over years and their t-values."""
    x = years - years.mean()
    slope = (value * x).sum(2) / (x @ x)
    rest = value - value.mean(2, keepdims=True) - slope[:, :, None] * x
    error = np.sqrt((rest**2).sum(2) / (x.size - 2) / (x @ x))
    return slope, np.divide(slope, error, out=np.full_like(slope, np.nan), where=error > 0)
