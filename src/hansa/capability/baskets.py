"""What an exporter's sales in a sector consist of: from sectors of a world to HS chapters.

May import ``hansa.errors``, ``hansa.world`` and its siblings. The correspondence is that of the
embedded world (``hansa/world/data/sectors.yaml``); an exporter's basket is the same for all buyers.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float

from hansa.capability.exports import YEARS, Year, load_exports, period
from hansa.errors import DataError
from hansa.world.calibrate_trade import chapter_weights, sector_of, with_computers
from hansa.world.sectors import sectors
from hansa.world.world import World

__all__ = ["by_sector", "chapter_share", "goods_of", "in_world", "near_year"]

Array = np.ndarray


def goods_of(world: World) -> tuple[str, ...]:
    """Return the sectors that have HS chapters.

    Raises
    ------
    DataError
        If the world's sectors are not those of the embedded one: chapters are written for these.
    """
    if world.sectors != sectors().codes:
        raise DataError(
            f"{world.name} has other sectors than the embedded world; HS chapters are put on "
            "those sectors only, so give a world with them"
        )
    return sectors().goods


def in_world(world: World, value: Float[Array, "m ..."]) -> Float[Array, "n ..."]:
    """Return rows of the shipped economies in the order of a world's countries; zeros where a
    country of the world is not among them."""
    codes = load_exports().economies
    place = {c: k for k, c in enumerate(codes)}
    found = np.array([place.get(c, -1) for c in world.countries])
    return np.where((found >= 0).reshape(-1, *[1] * (value.ndim - 1)), value[found], 0.0)


@lru_cache(maxsize=16)
def by_sector(year: Year) -> Float[Array, "n k j"]:
    """Return exports by economy, chapter and sector (J of the world, services zero), million USD.

    Most chapters are one sector. Those that are not divide as their usual sections of SITC do, and
    chapter 84 into machinery and computers by the world's rule.
    """
    import pandas as pd

    table, codes = load_exports(), sectors()
    wide = with_computers(pd.DataFrame(table.at(period(year)), columns=list(table.chapters)))
    labels = list(wide.columns)
    weight, place = chapter_weights(labels), sector_of(labels, codes)
    share = np.zeros((len(labels), len(codes.codes)))
    np.add.at(share, (np.arange(len(labels))[None, :], place), weight / weight.sum(0))
    split = wide.to_numpy()[:, :, None] * share
    split[:, labels.index("84")] += split[:, labels.index("84c")]
    return split[:, : len(table.chapters)]


def chapter_share(world: World, year: Year | None = None) -> Float[Array, "n k j"]:
    """Return of what chapters each country's exports of each sector consist, in a world's order.

    Parameters
    ----------
    world : World
        With the sectors of the embedded one.
    year : int or (int, int), optional
        The world's own by default, or the nearest that the table has.

    Returns
    -------
    (N, K, J) array
        Sums to one over chapters for goods, to zero for services. A country that exports nothing
        of a sector has the basket of all.
    """
    goods_of(world)
    split = by_sector(near_year(world) if year is None else year)
    share = _shares(in_world(world, split))
    nothing = share.sum(1, keepdims=True) == 0
    return np.where(nothing, _shares(split.sum(0)[None]), share)


def near_year(world: World) -> int:
    """Return the year of the table of exports that is nearest to a world's."""
    return int(np.clip(world.year, YEARS[0], YEARS[-1]))


def _shares(split: Float[Array, "n k j"]) -> Float[Array, "n k j"]:
    total = split.sum(1, keepdims=True)
    return np.divide(split, total, out=np.zeros_like(split), where=total > 0)
