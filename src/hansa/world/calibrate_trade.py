"""Goods trade by sector: SITC sections split by the exporter's HS chapters.

May import ``hansa.errors`` and the sectors, regions and sources of this room. The section cells are
data; the split is the exporter's, the same for all its destinations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from hansa.world.regions import Regions
from hansa.world.sectors import Sectors, settings

Array = np.ndarray

#: How far, in shares of value added, the matrix's deficit may exceed the accounts'.
ABSORBED = 0.15
#: Net imports of fuels beyond this share of value added are in transit or fill ships' bunkers: the
#: largest of any economy that burns what it buys is about 0.10 (Ukraine, Taiwan).
FUELS_BURNT = 0.12


@dataclass(frozen=True)
class GoodsTrade:
    """Bilateral goods trade, million USD f.o.b.

    Attributes
    ----------
    sections : (N, N, 10) array
        Destination, origin, SITC section; trade inside an aggregate on its diagonal.
    flows : (N, N, J) array
        The same by sector (services are zero).
    whole : (N, N, J) array
        The part of `flows` that comes from sections that are wholly one sector.
    split : (N, 10, J) array
        Share of each sector in each section of the origin's exports.
    mined : (N,) array
        Share of gems and gold (HS 71, sections 6 and 9) in the origin's other manufactures.
    """

    sections: Float[Array, "n n s"]
    flows: Float[Array, "n n j"]
    whole: Float[Array, "n n j"]
    split: Float[Array, "n s j"]
    mined: Float[Array, " n"]


def section_cube(trade: pd.DataFrame, where: Regions) -> Float[Array, "n n s"]:
    """Return trade (destination, origin, section) added up to economies."""
    n = len(where.codes)
    cube = np.zeros((n, n, 10))
    destination = where.positions(trade["importer"])
    origin = where.positions(trade["exporter"])
    np.add.at(cube, (destination, origin, trade["section"].to_numpy()), trade["value"].to_numpy())
    return cube


def with_computers(chapters: pd.DataFrame) -> pd.DataFrame:
    """Return exports by chapter with computers (``84c``) taken out of chapter 84."""
    rule = settings("sectors.yaml")["computers"]
    both = chapters["84"] + chapters["85"]
    share = (chapters["85"] / both.where(both > 0, 1.0)) ** rule["power"] * rule["scale"]
    return chapters.assign(**{"84": chapters["84"] * (1 - share), "84c": chapters["84"] * share})


def chapter_weights(chapters: list[str]) -> Float[Array, "s k"]:
    """Return the share of each HS chapter's trade that falls in each SITC section."""
    rule = settings("sectors.yaml")
    weight = np.zeros((10, len(chapters)))
    for k, chapter in enumerate(chapters):
        for section, share in rule["chapters"][chapter]["sections"].items():
            weight[int(section), k] = float(share)
    weight[9] = np.maximum(weight[9], float(rule["section_nine_floor"]))
    return weight


def sector_of(chapters: list[str], names: Sectors) -> Array:
    """Return the position of the sector of each (section, chapter), (10, K)."""
    rule = settings("sectors.yaml")
    table = np.zeros((10, len(chapters)), dtype=int)
    for k, chapter in enumerate(chapters):
        sector = rule["chapters"][chapter]["sector"]
        for section in range(10):
            if isinstance(sector, str):
                code = sector
            else:
                code = sector.get(section) or list(sector.values())[-1]
            table[section, k] = names.position(code)
    for section, code in rule["sections_whole"].items():
        table[int(section), :] = names.position(code)
    return table


def fit_sections(
    sections: Float[Array, " s"], chapters: Float[Array, " k"], weight: Float[Array, "s k"]
) -> Float[Array, "s k"]:
    """Return one exporter's trade by section and chapter.

    A biproportional fit: it starts from the chapters' usual sections, takes the section totals as
    given and, as far as they allow, the chapter totals scaled to the same sum; the last step
    meets the sections exactly.
    """
    total = sections.sum()
    target = chapters * (total / chapters.sum()) if chapters.sum() > 0 else chapters
    table = weight * np.maximum(target, 1e-9 * max(total, 1.0))
    for _ in range(60):
        row = table.sum(axis=1)
        table = table * np.divide(sections, row, out=np.zeros(10), where=row > 0)[:, None]
        column = table.sum(axis=0)
        table = table * np.divide(target, column, out=np.ones_like(target), where=column > 0)
    row = table.sum(axis=1)
    return table * np.divide(sections, row, out=np.zeros(10), where=row > 0)[:, None]


def goods_trade(
    trade: pd.DataFrame, chapters: pd.DataFrame, where: Regions, names: Sectors
) -> GoodsTrade:
    """Return goods trade by sector.

    Parameters
    ----------
    trade : DataFrame
        ``hansa.world.sources.unctad.tidy``.
    chapters : DataFrame
        ``hansa.world.sources.baci.tidy``, `with_computers`.
    where, names
        The economies and the sectors.
    """
    cube = section_cube(trade, where)
    labels = list(chapters.columns)
    weight, sector = chapter_weights(labels), sector_of(labels, names)
    by_chapter = where.totals(chapters)
    world = by_chapter.sum(axis=0)
    n, j = len(where.codes), len(names.codes)
    split, mined = np.zeros((n, 10, j)), np.zeros(n)
    gems = labels.index("71")
    for i in range(n):
        sold = cube[:, i].sum(axis=0)
        own = by_chapter[i] if by_chapter[i].sum() > 0 else world
        fitted = fit_sections(sold, own, weight)
        share = fitted / np.where(sold > 0, sold, 1.0)[:, None]
        np.add.at(split[i], (np.arange(10)[:, None], sector), share)
        other = (fitted * (sector == names.position("other_manufactures"))).sum()
        mined[i] = (fitted[6, gems] + fitted[9, gems]) / other if other > 0 else 0.0
    flows = np.einsum("nis,isj->nij", cube, split)
    whole = np.zeros_like(flows)
    for section, code in settings("sectors.yaml")["sections_whole"].items():
        whole[:, :, names.position(code)] += cube[:, :, int(section)]
    return GoodsTrade(sections=cube, flows=flows, whole=whole, split=split, mined=mined)


def absorbable(
    flows: Float[Array, "n n j"],
    deficit: Float[Array, " n"],
    other: Float[Array, " n"],
    value_added: Float[Array, " n"],
) -> Float[Array, " n"]:
    """Return what each economy's goods imports are multiplied by so that it can absorb them.

    The matrix is what exporters report. Where it gives an economy a deficit that exceeds its
    accounts' by more than ``ABSORBED`` of its value added (transit, entrepots, ships registered
    there), all its goods imports shrink until it no longer does.

    Parameters
    ----------
    flows : (N, N, J) array
        Goods, destination, origin, sector.
    deficit : (N,) array
        Imports less exports of goods and services, UN accounts, million USD.
    other : (N,) array
        Imports less exports of services in the world, million USD.
    value_added : (N,) array
    """
    bought, sold = flows.sum(axis=(1, 2)), flows.sum(axis=(0, 2))
    excess = bought - sold + other - deficit - ABSORBED * value_added
    return 1 - np.clip(excess / np.where(bought > 0, bought, 1.0), 0.0, 0.9)


def without_transit(
    flows: Float[Array, "n n"], value_added: Float[Array, " n"]
) -> tuple[Float[Array, "n n"], Float[Array, " n"]]:
    """Return trade in fuels without what ports cannot burn, and what each port lost.

    Exporters record the port a tanker leaves for. What lands beyond ``FUELS_BURNT`` of value added
    (net of the port's own exports) is given back to its origins, which sell it to their other
    customers in proportion to what these buy. Every exporter keeps its total.

    Parameters
    ----------
    flows : (N, N) array, million USD
        Fuels, destination, origin; the diagonal is zero.
    value_added : (N,) array, million USD

    Returns
    -------
    tuple of (N, N) and (N,) arrays, million USD
    """
    bought, sold = flows.sum(axis=1), flows.sum(axis=0)
    excess = np.clip(bought - sold - FUELS_BURNT * value_added, 0.0, None)
    kept = flows * (1 - excess / np.where(bought > 0, bought, 1.0))[:, None]
    freed = (flows - kept).sum(axis=0)
    others = kept * (excess == 0)[:, None]
    wanted = others.sum(axis=0)
    # An exporter that sells to such ports alone keeps selling to them.
    movable = wanted > 0
    kept[:, ~movable] = flows[:, ~movable]
    share = others / np.where(movable, wanted, 1.0)
    moved = kept + share * np.where(movable, freed, 0.0)
    return moved, bought - np.minimum(moved.sum(axis=1), bought)
