"""What sanctions took away from one country: by sector, by HS chapter, by field.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock``, ``hansa.policy``,
``hansa.equilibrium`` and its siblings. Volumes are those of the equilibrium (Caliendo & Parro 2015,
REStud 82, 1-44).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float

from hansa.capability.baskets import chapter_share, goods_of
from hansa.capability.exports import SOURCE, load_exports
from hansa.capability.fields import fields
from hansa.capability.senders import acting_senders
from hansa.capability.supply import Supply, equilibria, supply_of
from hansa.equilibrium import Horizon
from hansa.shock import DeficitRule, Shock
from hansa.world.world import World

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Lost", "losses", "lost"]

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Lost:
    """What one country no longer gets from the senders, and what came instead. Make with `lost`.

    All volumes are at the prices of the world's year, tariffs left out.

    Attributes
    ----------
    world : World
    target : str
    senders : tuple of str
    goods : tuple of str
        The J sectors with HS chapters.
    chapters : tuple of str
        The K chapters.
    before, after : (N, J) arrays, million USD
        What the target buys from each origin, itself included.
    price, price_if_shut : (J,) arrays, ratio
        How much more of its income the target pays for the same goods of the sector: under the
        regime, and if the senders delivered nothing at all. NaN where that was not solved.
    from_senders, lost : (K, J) arrays, million USD
        By chapter and sector: bought from the senders before, and no longer under the regime.
        Chapters are modelled: each sender sells the target what it sells to all.
    imports : (K, J) array, million USD
        Bought abroad before.
    dearer : (N, J) array, fraction
        By how much the regime makes deliveries to the target dearer, whoever acts: senders, or
        third countries that fear a penalty.
    elasticity : (J,) array
        theta at the horizon.
    label : str
        The regime, in words.
    """

    world: World
    target: str
    senders: tuple[str, ...]
    goods: tuple[str, ...]
    chapters: tuple[str, ...]
    before: Float[Array, "n j"]
    after: Float[Array, "n j"]
    price: Float[Array, " j"]
    price_if_shut: Float[Array, " j"]
    from_senders: Float[Array, "k j"]
    lost: Float[Array, "k j"]
    imports: Float[Array, "k j"]
    dearer: Float[Array, "n j"]
    elasticity: Float[Array, " j"]
    label: str

    def __repr__(self) -> str:
        return (
            f"Lost({self.target}: {self.lost.sum() / 1e3:.1f} bn USD of "
            f"{self.from_senders.sum() / 1e3:.1f} bn from {len(self.senders)} senders)"
        )

    @property
    def total(self) -> float:
        """Lost volume of goods, million USD."""
        return float(self.lost.sum())

    @property
    def sender_share(self) -> float:
        """Share of goods imports that came from the senders before."""
        return float(self.from_senders.sum() / self.imports.sum())

    def sectors(self) -> pd.DataFrame:
        """Return one row per sector of goods.

        Returns
        -------
        DataFrame
            Index ``sector``. ``name``, ``imports_musd``, ``from_senders_musd``, ``sender_share``,
            ``lost_musd``, ``lost_share`` (of what came from senders), ``more_from_others_musd``,
            ``more_from_home_musd`` (rises of volume), ``price``, ``price_if_shut`` (ratios, of
            income), ``bill_musd`` (what the rise of price adds to what is spent on the sector).
        """
        import pandas as pd

        n = self.world.country(self.target)
        sent = np.isin(self.world.countries, self.senders)
        home = np.arange(len(self.world.countries)) == n
        rise = self.after - self.before
        from_senders = self.before[sent].sum(0)
        table = pd.DataFrame(
            {
                "name": [self.world.sector_name(s) for s in self.goods],
                "imports_musd": self.before[~home].sum(0),
                "from_senders_musd": from_senders,
                "sender_share": _ratio(from_senders, self.before[~home].sum(0)),
                "lost_musd": -rise[sent].sum(0),
                "lost_share": _ratio(-rise[sent].sum(0), from_senders),
                "more_from_others_musd": rise[~sent & ~home].sum(0),
                "more_from_home_musd": rise[home].sum(0),
                "price": self.price,
                "price_if_shut": self.price_if_shut,
                "bill_musd": (self.price - 1) * self.before.sum(0),
            },
            index=pd.Index(self.goods, name="sector"),
        )
        table.attrs |= self._attrs("million USD at prices of the world's year; ratios")
        return table

    def by_chapter(self) -> pd.DataFrame:
        """Return one row per HS chapter, the largest loss first.

        Returns
        -------
        DataFrame
            Index ``chapter``. ``name``, ``imports_musd``, ``from_senders_musd``,
            ``sender_share``, ``lost_musd``.
        """
        import pandas as pd

        names = load_exports().names
        table = pd.DataFrame(
            {
                "name": [names[c] for c in self.chapters],
                "imports_musd": self.imports.sum(1),
                "from_senders_musd": self.from_senders.sum(1),
                "sender_share": _ratio(self.from_senders.sum(1), self.imports.sum(1)),
                "lost_musd": self.lost.sum(1),
            },
            index=pd.Index(self.chapters, name="chapter"),
        ).sort_values("lost_musd", ascending=False)
        table.attrs |= self._attrs("million USD at prices of the world's year")
        return table

    def by_field(self) -> pd.DataFrame:
        """Return one row per field of `fields`; fields overlap, so rows do not add up.

        Returns
        -------
        DataFrame
            Index ``field``. ``name``, ``grip``, ``imports_musd``, ``from_senders_musd``,
            ``sender_share``, ``lost_musd``.
        """
        import pandas as pd

        rows = {}
        for key, field in fields().items():
            inside = field.mask(self.chapters)
            sums = [float(a[inside].sum()) for a in (self.imports, self.from_senders, self.lost)]
            rows[key] = (field.name, field.grip, *sums)
        columns = ["name", "grip", "imports_musd", "from_senders_musd", "lost_musd"]
        table = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("field")
        share = _ratio(table["from_senders_musd"].to_numpy(), table["imports_musd"].to_numpy())
        table.insert(4, "sender_share", share)
        table.attrs |= self._attrs("million USD at prices of the world's year")
        return table

    def _attrs(self, unit: str) -> dict[str, str]:
        return {
            "unit": unit,
            "evidence": "modelled",
            "source": f"{self.world.name}, equilibrium under {self.label}; chapters: {SOURCE}",
        }


def lost(
    world: World,
    regime: Shock,
    target: str,
    *,
    before: Shock | None = None,
    senders: Iterable[str] | None = None,
    deficits: DeficitRule = "balanced",
    horizon: str | Horizon = "long",
) -> Lost:
    """Return what a regime took away from a country that imports from its senders.

    Parameters
    ----------
    world : World
        With the sectors of the embedded one.
    regime : Shock
        For example `hansa.sanctions`.
    target : str
    before : Shock, optional
        What was in force before, on the same world; nothing new by default, so that sanctions the
        world's own year already had are not in the loss. ``hansa.sanctions(world, on=None)`` is
        the world without any.
    senders : iterable of str, optional
        ``EU`` stands for its members. By default the states whose acts the registry holds, where
        the regime makes their deliveries to the target dearer than before.
    deficits, horizon
        As in `hansa.solve`.

    Returns
    -------
    Lost

    Raises
    ------
    DataError
        Unknown code, a world with other sectors, or no sender.
    ConvergenceError
        If an equilibrium is not found.

    Examples
    --------
    >>> import hansa as hs
    >>> world = hs.load_world()
    >>> taken = hs.capability.lost(world, hs.sanctions(world, on="2024-02-19"), "RUS")
    >>> bool(taken.sectors().loc["machinery", "sender_share"] > 0.5)
    True
    """
    return losses(
        world, regime, [target], before=before, senders=senders, deficits=deficits, horizon=horizon
    )[0]


def losses(
    world: World,
    regime: Shock,
    targets: Iterable[str],
    *,
    before: Shock | None = None,
    senders: Iterable[str] | None = None,
    deficits: DeficitRule = "balanced",
    horizon: str | Horizon = "long",
) -> tuple[Lost, ...]:
    """Return what a regime took away from each of some countries, from one sweep.

    Parameters
    ----------
    world, regime, before, senders, deficits, horizon
        As in `lost`.
    targets : iterable of str

    Returns
    -------
    tuple of Lost

    Raises
    ------
    DataError, ConvergenceError
        As `lost`.
    """
    goods = goods_of(world)
    before = Shock.neutral(world, "before") if before is None else before
    named = {t: acting_senders(world, t, regime, before, senders) for t in targets}
    shut = [
        regime.then(Shock.trade_cost(world, hat=np.inf, destination=t, origin=states, sector=goods))
        for t, states in named.items()
    ]
    result = equilibria(world, [before, regime, *shut], 2, deficits, horizon)
    basket = chapter_share(world)
    hat = regime.cost_array() / before.cost_array()
    return tuple(
        _measured(world, t, states, supply_of(world, t, result, (0, 1, 2 + k)), basket, hat, regime)
        for k, (t, states) in enumerate(named.items())
    )


def _measured(
    world: World,
    target: str,
    senders: tuple[str, ...],
    found: Supply,
    basket: Float[Array, "n k j"],
    hat: Float[Array, "n n j"],
    regime: Shock,
) -> Lost:
    """Return the loss of one country from what it buys before, under the regime, and shut."""
    goods, n = goods_of(world), world.country(target)
    at = np.array([world.sector(s) for s in goods])
    bought, sold = found.volume[:, :, at], basket[:, :, at]
    sent = np.isin(world.countries, senders)
    abroad = np.arange(len(world.countries)) != n
    return Lost(
        world=world,
        target=target,
        senders=senders,
        goods=goods,
        chapters=load_exports().chapters,
        before=bought[0],
        after=bought[1],
        price=found.price[1, at] / found.price[0, at],
        price_if_shut=found.price[2, at] / found.price[0, at],
        from_senders=_by_chapter(bought[0], sold, sent),
        lost=_by_chapter(bought[0] - bought[1], sold, sent),
        imports=_by_chapter(bought[0], sold, abroad),
        dearer=hat[n][:, at] - 1,
        elasticity=found.elasticity[at],
        label=regime.label or repr(regime),
    )


def _by_chapter(
    volume: Float[Array, "n j"], basket: Float[Array, "n k j"], origins: Bool[Array, " n"]
) -> Float[Array, "k j"]:
    """Return volumes of some origins by the chapters that each of them sells."""
    return np.einsum("nj,nkj->kj", volume[origins], basket[origins])


def _ratio(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros_like(part, dtype=np.float64), where=whole > 0)
