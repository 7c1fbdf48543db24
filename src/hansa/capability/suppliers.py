"""Who can supply what was lost: candidates for a chapter, a field or the whole lost basket.

May import ``hansa.errors`` and its siblings. Capacity, comparative advantage (Balassa 1965) and
density (Hidalgo et al. 2007) are measured; prices are those of the model's demand (Armington 1969).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float

from hansa.capability.baskets import chapter_share, in_world
from hansa.capability.complexity import density, rca
from hansa.capability.exports import SOURCE, Year, load_exports
from hansa.capability.fields import field as field_named
from hansa.capability.lost import Lost
from hansa.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DIVERTIBLE", "best_suppliers", "suppliers"]

Array = np.ndarray
#: Share of its exports that a supplier can turn to a new buyer: an assumption, to be varied.
DIVERTIBLE = 0.25


def suppliers(
    lost: Lost,
    *,
    chapter: str | None = None,
    field: str | None = None,
    year: Year = 2019,
    divertible: float = DIVERTIBLE,
    costs: Any = None,
    among: Iterable[str] | None = None,
    k: int = 10,
) -> pd.DataFrame:
    """Return candidate suppliers of what a country lost, best first.

    Parameters
    ----------
    lost : Lost
    chapter, field : str, optional
        One HS chapter, or one of `fields`; the whole lost basket by default.
    year : int or (int, int)
        Of the candidates' exports.
    divertible : float
        Share of its exports of a chapter that a candidate can turn to the target, 0 to 1.
    costs : (N, N) array, DataFrame or DataArray, optional
        Cost of transport by destination and origin as a fraction of the price (a corridor's, for
        example); labelled ones may be in any order, and lack pairs.
    among : iterable of str, optional
        Only these; by default all economies but the target, the senders and aggregates.
    k : int
        How many.

    Returns
    -------
    DataFrame
        Index ``supplier``. Sorted by ``covers``, then ``rca``.

        - ``covers``: share of the lost basket that the candidate's divertible exports match,
          chapter by chapter
        - ``exports_musd``, ``times``: its exports of the chapters, and over the lost amount
        - ``output_musd``: its output of the sectors that the lost goods are of (those with a
          hundredth of the loss or more), in the world's year
        - ``rca``, ``density``: means over the chapters, weighted by what was lost
        - ``sells_musd``, ``more_musd``: what it sold the target before, and how much more the
          equilibrium has it sell under the regime (negative: less)
        - ``discount``: by how much its delivered price would have to fall for buyers to take
          ``covers`` of the lost amount more from it, first order in prices of others: the price
          of replacement, for a corridor's saving to be held against
        - ``dearer``: by how much the regime makes its deliveries dearer too, as third countries
          fear penalties; weighted by what was lost
        - ``corridor_cost``: from `costs`, NaN where not given

    Raises
    ------
    DataError
        Unknown code, chapter or field; both chapter and field; costs of another shape.

    Examples
    --------
    >>> import hansa as hs
    >>> world = hs.load_world()
    >>> taken = hs.capability.lost(world, hs.sanctions(world, on="2024-02-19"), "RUS")
    >>> "CHN" in hs.capability.suppliers(taken, field="machinery").index[:3]
    True
    """
    import pandas as pd

    if not 0 < divertible <= 1:
        raise DataError(f"divertible must be above 0 and at most 1, not {divertible}")
    world = lost.world
    inside = _chosen_chapters(lost, chapter, field)
    need = np.maximum(lost.lost, 0.0) * inside[:, None]
    by_chapter = need.sum(1)
    total = by_chapter.sum()
    if total <= 0:
        raise DataError(f"{lost.target} lost nothing of {field or chapter or 'any chapter'}")
    table = load_exports()
    exports = in_world(world, table.at(year))
    given = np.minimum(divertible * exports, by_chapter)
    weight = by_chapter / total
    basket = chapter_share(world)[:, :, [world.sector(s) for s in lost.goods]]
    sells = lost.before[:, None, :] * basket * inside[None, :, None]
    more = (lost.after - lost.before)[:, None, :] * basket * inside[None, :, None]
    columns = {
        "covers": given.sum(1) / total,
        "exports_musd": exports[:, inside].sum(1),
        "times": exports[:, inside].sum(1) / total,
        "output_musd": _output(lost, need),
        "rca": in_world(world, rca(year).values) @ weight,
        "density": in_world(world, density(year).values) @ weight,
        "sells_musd": sells.sum((1, 2)),
        "more_musd": more.sum((1, 2)),
        "discount": _discount(sells, need, given, lost.elasticity),
        "dearer": lost.dearer @ (need.sum(0) / total),
        "corridor_cost": _corridor(lost, costs),
    }
    frame = pd.DataFrame(columns, index=pd.Index(world.countries, name="supplier"))
    frame = frame[_candidates(lost, among)]
    frame = frame.sort_values(["covers", "rca"], ascending=False).head(k)
    frame.attrs = {
        "unit": "million USD; ratios",
        "evidence": "modelled",
        "year": str(year),
        "lost_musd": float(total),
        "divertible": divertible,
        "source": f"{SOURCE}; {world.name} under {lost.label}",
    }
    return frame


def best_suppliers(
    lost: Lost, *, year: Year = 2019, top: int = 15, k: int = 3, **options: Any
) -> pd.DataFrame:
    """Return the best candidates for each of the most lost chapters.

    Parameters
    ----------
    lost : Lost
    year : int or (int, int)
    top : int
        How many chapters, the largest losses.
    k : int
        How many suppliers of each.
    **options
        As `suppliers`.

    Returns
    -------
    DataFrame
        One row per chapter and rank: ``chapter``, ``name``, ``lost_musd``, ``rank``, ``supplier``
        and the columns of `suppliers`.
    """
    import pandas as pd

    frames = []
    table = lost.by_chapter()
    for row in table[table["lost_musd"] > 0].head(top).reset_index().to_dict("records"):
        found = suppliers(lost, chapter=row["chapter"], year=year, k=k, **options).reset_index()
        about = {name: row[name] for name in ("chapter", "name", "lost_musd")}
        ranks = pd.DataFrame({**about, "rank": np.arange(1, len(found) + 1)})
        frames.append(pd.concat([ranks, found], axis=1))
    result = pd.concat(frames, ignore_index=True)
    result.attrs = {"unit": "million USD; ratios", "source": f"{SOURCE}; {lost.label}"}
    return result


def _chosen_chapters(lost: Lost, chapter: str | None, field: str | None) -> Bool[Array, " k"]:
    if chapter is not None and field is not None:
        raise DataError("give a chapter or a field, not both")
    if field is not None:
        return field_named(field).mask(lost.chapters)
    inside = np.ones(len(lost.chapters), dtype=bool)
    if chapter is not None:
        at = load_exports().chapter(chapter)
        inside = np.arange(len(lost.chapters)) == at
    return inside


def _candidates(lost: Lost, among: Iterable[str] | None) -> Bool[Array, " n"]:
    world = lost.world
    if among is None:
        aggregates = set(world.meta.get("aggregates", {}))
        left_out = {lost.target, *lost.senders, *aggregates}
        return np.array([c not in left_out for c in world.countries])
    named = [among] if isinstance(among, str) else list(among)
    for code in named:
        world.country(code)
    return np.array([c in named and c != lost.target for c in world.countries])


def _output(lost: Lost, need: Float[Array, "k j"]) -> Float[Array, " n"]:
    by_sector = need.sum(0)
    concerned = [s for s, x in zip(lost.goods, by_sector, strict=True) if x >= need.sum() / 100]
    return lost.world.output[:, [lost.world.sector(s) for s in concerned]].sum(1)


def _discount(
    sells: Float[Array, "n k j"],
    need: Float[Array, "k j"],
    given: Float[Array, "n k"],
    theta: Float[Array, " j"],
) -> Float[Array, " n"]:
    """Return the mean fall of price, weighted by what is given: volume goes with price^-(theta+1),
    so a rise of volume from q to q + d takes a price lower by 1 - (1 + d/q)^(-1/(theta+1))."""
    by_chapter = need.sum(1)
    split = np.divide(need, by_chapter[:, None], out=np.zeros_like(need), where=need > 0)
    extra = given[:, :, None] * split
    rise = np.divide(extra, sells, out=np.full_like(sells, np.inf), where=sells > 0)
    fall = 1 - (1 + rise) ** (-1 / (theta + 1))
    total = extra.sum((1, 2))
    paid = np.where(extra > 0, fall * extra, 0.0).sum((1, 2))
    return np.divide(paid, total, out=np.full_like(total, np.nan), where=total > 0)


def _corridor(lost: Lost, costs: Any) -> Float[Array, " n"]:
    """Return the cost of transport to the target by origin; NaN where there is none."""
    codes = list(lost.world.countries)
    if costs is None:
        return np.full(len(codes), np.nan)
    if hasattr(costs, "to_pandas"):
        costs = costs.transpose("destination", "origin").to_pandas()
    if isinstance(costs, Mapping) or hasattr(costs, "loc"):
        import pandas as pd

        frame = pd.DataFrame(costs)
        if lost.target not in frame.index:
            raise DataError(f"the costs have no destination {lost.target}")
        return frame.loc[lost.target].reindex(codes).to_numpy(dtype=np.float64)
    array = np.asarray(costs, dtype=np.float64)
    if array.shape != (len(codes), len(codes)):
        raise DataError(
            f"costs have shape {array.shape}, expected destination x origin, "
            f"{(len(codes), len(codes))}; or give them with labels"
        )
    return array[lost.world.country(lost.target)]
