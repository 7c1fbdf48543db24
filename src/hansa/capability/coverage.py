"""How much of what its members lost a club can supply itself, chapter by chapter.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock`` and its siblings. Chapters are wide
and exports are not spare capacity, so coverage is an upper bound: what is not covered here, is not.
Who may supply whom is a flow problem (Ford & Fulkerson 1956), solved in closed form.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from hansa.capability.baskets import in_world
from hansa.capability.complexity import THRESHOLD, rca
from hansa.capability.exports import SOURCE, Year, load_exports
from hansa.capability.fields import fields
from hansa.capability.lost import Lost, losses
from hansa.capability.senders import touched
from hansa.capability.suppliers import DIVERTIBLE, suppliers
from hansa.errors import DataError
from hansa.shock import Shock
from hansa.world.world import World

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Coverage", "coverage", "matched"]

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Coverage:
    """What a club's members lost, and what other members export of it. Make with `coverage`.

    Attributes
    ----------
    members : tuple of str
        M codes.
    losses : tuple of Lost
        Of the members that lost anything, in the order of `members`.
    chapters, names : tuple of str
        The K HS chapters.
    need : (M, K) array, million USD
        Lost volume; zero where a member lost nothing, or gained.
    exports : (M, K) array, million USD a year
    rca : (M, K) array
    divertible : float
        Share of exports that members can turn to one another.
    year : int or (int, int)
        Of exports.
    """

    members: tuple[str, ...]
    losses: tuple[Lost, ...]
    chapters: tuple[str, ...]
    names: tuple[str, ...]
    need: Float[Array, "m k"]
    exports: Float[Array, "m k"]
    rca: Float[Array, "m k"]
    divertible: float
    year: Year

    def __repr__(self) -> str:
        return (
            f"Coverage({', '.join(self.members)}: at most {self.total():.0%} of "
            f"{self.need.sum() / 1e3:.1f} bn USD with {self.divertible:.0%} of exports)"
        )

    def covered(self, divertible: float | None = None, able: bool = False) -> Float[Array, " k"]:
        """Return what members can supply to one another, by chapter, (K,), million USD.

        Parameters
        ----------
        divertible : float, optional
            Another share of exports; 1.0 is the ceiling.
        able : bool
            Whether only members with an RCA of at least one in a chapter supply it.
        """
        share = self.divertible if divertible is None else divertible
        offered = share * np.where((self.rca >= THRESHOLD) | (not able), self.exports, 0.0)
        return matched(self.need, offered)

    def total(self, divertible: float | None = None, able: bool = False) -> float:
        """Return the share of everything lost that members can supply, 0 to 1."""
        return float(self.covered(divertible, able).sum() / self.need.sum())

    def by_chapter(self) -> pd.DataFrame:
        """Return one row per HS chapter, what the club cannot replace first.

        Returns
        -------
        DataFrame
            Index ``chapter``. ``name``, ``lost_musd``, ``covered_musd``, ``share``, ``ceiling``
            (share if all exports were turned), ``missing_musd``, ``supplier`` (the member that
            exports most of it) and its ``rca``.
        """
        import pandas as pd

        need, covered = self.need.sum(0), self.covered()
        best = self.exports.argmax(0)
        table = pd.DataFrame(
            {
                "name": self.names,
                "lost_musd": need,
                "covered_musd": covered,
                "share": _share(covered, need),
                "ceiling": _share(self.covered(1.0), need),
                "missing_musd": need - covered,
                "supplier": [self.members[m] for m in best],
                "rca": np.take_along_axis(self.rca, best[None], 0)[0],
            },
            index=pd.Index(self.chapters, name="chapter"),
        ).sort_values("missing_musd", ascending=False)
        table.attrs |= self._attrs()
        return table

    def by_field(self) -> pd.DataFrame:
        """Return one row per field, and ``all`` for the whole basket; fields overlap.

        Returns
        -------
        DataFrame
            Index ``field``. ``name``, ``grip``, ``lost_musd``, ``covered_musd``, ``share``,
            ``able`` (share if only members with RCA of at least one supply), ``ceiling``,
            ``missing_musd``.
        """
        import pandas as pd

        masks = {key: field.mask(self.chapters) for key, field in fields().items()}
        masks["all"] = np.ones(len(self.chapters), dtype=bool)
        need = self.need.sum(0)
        cases = {"share": self.covered(), "able": self.covered(able=True)}
        cases["ceiling"] = self.covered(1.0)
        rows = {}
        for key, inside in masks.items():
            field = fields().get(key)
            lost_here, covered = need[inside].sum(), cases["share"][inside].sum()
            rows[key] = {
                "name": field.name if field else "All goods",
                "grip": field.grip if field else "most",
                "lost_musd": lost_here,
                "covered_musd": covered,
                **{k: float(_share(v[inside].sum(), lost_here)) for k, v in cases.items()},
                "missing_musd": lost_here - covered,
            }
        table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("field")
        table.attrs |= self._attrs()
        return table

    def by_member(self) -> pd.DataFrame:
        """Return one row per member: what the others can supply of what it alone lost.

        Returns
        -------
        DataFrame
            Index ``member``. ``lost_musd``, ``sender_share`` (of its imports of goods before),
            ``share``, ``ceiling`` (of its loss, if the others served it alone), ``supplies_musd``
            (what it can supply of the others' losses).
        """
        import pandas as pd

        shares = {x.target: x.sender_share for x in self.losses}
        rows = {}
        for m, code in enumerate(self.members):
            others = np.arange(len(self.members)) != m
            theirs = self.exports[others].sum(0)
            need = self.need[m]
            given = np.minimum(self.divertible * self.exports[m], self.need[others].sum(0))
            rows[code] = {
                "lost_musd": need.sum(),
                "sender_share": shares.get(code, 0.0),
                "share": float(
                    _share(np.minimum(self.divertible * theirs, need).sum(), need.sum())
                ),
                "ceiling": float(_share(np.minimum(theirs, need).sum(), need.sum())),
                "supplies_musd": given.sum(),
            }
        table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("member")
        table.attrs |= self._attrs()
        return table

    def curve(self, shares: Sequence[float] = (0.05, 0.1, 0.25, 0.5, 1.0)) -> pd.DataFrame:
        """Return the share of the lost basket that is covered, by the share of exports turned.

        Returns
        -------
        DataFrame
            Index ``divertible``; ``share`` and ``able``.
        """
        import pandas as pd

        rows = {d: {"share": self.total(d), "able": self.total(d, able=True)} for d in shares}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("divertible")

    def outsiders(self, top: int = 10) -> pd.DataFrame:
        """Return, for what is missing most, who outside the club and the senders exports it.

        Returns
        -------
        DataFrame
            Index ``chapter``. ``name``, ``missing_musd``, ``supplier``, ``exports_musd``, ``times``
            (its exports over what is missing), ``dearer`` (by how much the regime makes its
            deliveries to the member that lost most dearer too).
        """
        import pandas as pd

        missing = self.by_chapter()["missing_musd"]
        first = max(self.losses, key=lambda x: x.total)
        left_out = {*self.members, *first.senders, *first.world.meta.get("aggregates", {})}
        among = [c for c in first.world.countries if c not in left_out]
        rows = {}
        for chapter, amount in list(zip(missing.index.astype(str), missing, strict=True))[:top]:
            k = self.chapters.index(chapter)
            if amount <= 0 or np.maximum(first.lost[k], 0.0).sum() <= 0:
                continue
            found = suppliers(first, chapter=chapter, year=self.year, among=among, k=len(among))
            best = found.nlargest(1, "exports_musd").reset_index().to_dict("records")[0]
            rows[chapter] = {
                "name": self.names[k],
                "missing_musd": amount,
                "times": best["exports_musd"] / amount,
                **{name: best[name] for name in ("supplier", "exports_musd", "dearer")},
            }
        table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("chapter")
        table.attrs |= self._attrs()
        return table

    def _attrs(self) -> dict[str, Any]:
        return {
            "unit": "million USD; shares",
            "evidence": "modelled",
            "divertible": self.divertible,
            "year": str(self.year),
            "source": f"{SOURCE}; losses: {self.losses[0].world.name} under {self.losses[0].label}",
        }


def coverage(
    world: World,
    regime: Shock,
    members: Iterable[str],
    *,
    before: Shock | None = None,
    year: Year = 2019,
    divertible: float = DIVERTIBLE,
    **options: Any,
) -> Coverage:
    """Return how much of what its members lost to sanctions a club can supply itself.

    Parameters
    ----------
    world : World
        With the sectors of the embedded one.
    regime : Shock
    members : iterable of str
    before : Shock, optional
        As in `lost`.
    year : int or (int, int)
        Of the members' exports.
    divertible : float
        Share of its exports of each chapter that a member can turn to the others, 0 to 1: an
        assumption; `Coverage.curve` shows others.
    **options
        As `lost`.

    Returns
    -------
    Coverage

    Raises
    ------
    DataError
        Unknown code, fewer than two members, a share outside 0..1, or no loss at all.
    ConvergenceError
        If an equilibrium is not found.

    Examples
    --------
    >>> import hansa as hs
    >>> world = hs.load_world()
    >>> regime = hs.sanctions(world, on="2024-02-19")
    >>> club = hs.capability.coverage(world, regime, ["IRN", "BLR", "RUS"])
    >>> 0 < club.total() < club.total(divertible=1.0) <= 1
    True
    """
    codes = (members,) if isinstance(members, str) else tuple(members)
    if len(set(codes)) < max(2, len(codes)):
        raise DataError(f"a club needs two members or more, each once, not {codes}")
    if not 0 < divertible <= 1:
        raise DataError(f"divertible must be above 0 and at most 1, not {divertible}")
    found = _losses(world, regime, codes, before, options)
    table = load_exports()
    at = [world.country(c) for c in codes]
    need = np.zeros((len(codes), len(table.chapters)))
    for loss in found:
        need[codes.index(loss.target)] = np.maximum(loss.lost.sum(1), 0.0)
    return Coverage(
        members=codes,
        losses=found,
        chapters=table.chapters,
        names=tuple(table.names[c] for c in table.chapters),
        need=need,
        exports=in_world(world, table.at(year))[at],
        rca=in_world(world, rca(year).values)[at],
        divertible=divertible,
        year=year,
    )


def matched(need: Float[Array, "m k"], offer: Float[Array, "m k"]) -> Float[Array, " k"]:
    """Return how much of the needs of some countries the offers of the others can meet.

    Nobody supplies itself, everybody may supply everybody else. The largest flow is the smallest
    cut: all needs, all offers, or all but one country's on both sides.

    Parameters
    ----------
    need, offer : (M, K) arrays
        By country and product.

    Returns
    -------
    (K,) array
    """
    needed, offered = need.sum(0), offer.sum(0)
    all_but_one = (needed - need + offered - offer).min(0)
    return np.minimum(np.minimum(needed, offered), all_but_one)


def _losses(
    world: World, regime: Shock, members: tuple[str, ...], before: Shock | None, options: Any
) -> tuple[Lost, ...]:
    """Return the loss of each member to whom the regime makes senders' deliveries dearer."""
    if options.get("senders") is None:
        since = Shock.neutral(world) if before is None else before
        hit = touched(world, members, regime, since)
    else:
        hit = members
    if not hit:
        raise DataError(
            f"{regime!r} makes deliveries of senders dearer for none of {', '.join(members)}; "
            "sanctions that the world already carries are seen with before="
        )
    return losses(world, regime, hit, before=before, **options)


def _share(part: Any, whole: Any) -> Any:
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
