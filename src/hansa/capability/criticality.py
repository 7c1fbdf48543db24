"""How much a country's welfare and output fall when an imported input gets short.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock``, ``hansa.equilibrium`` and its
siblings. Derivatives of the equilibrium, not an index made by hand; compare Baqaee & Farhi (2024,
Econometrica 92, 505-541): substitution decides what a shortage costs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hansa.capability.baskets import goods_of
from hansa.equilibrium import Horizon, Linearisation, Perturbation, Result, linearise, solve
from hansa.errors import DataError
from hansa.shock import DeficitRule, Shock
from hansa.world.world import World

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Criticality", "critical_at", "criticality"]

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Criticality:
    """What a shortage of each imported input costs, to first order. Make with `criticality`.

    Attributes
    ----------
    target : str
    origins : tuple of str
        Whose deliveries get short.
    goods, names : tuple of str
        The J sectors.
    imports : (J,) array, million USD
        Bought from the origins, tariff included, where derivatives are taken.
    income : float, million USD
        Of the target there.
    welfare, output, volume : (J,) arrays, per cent per per cent
        By how much welfare, real output of all sectors together (each at its value), and the volume
        bought from the origins change when the input's delivery gets one per cent dearer.
    output_by_sector : (J, S) array, per cent per per cent
        Real output of each of the S sectors, by the input that gets dearer.
    sectors : tuple of str
        The S sectors.
    source : str
    """

    target: str
    origins: tuple[str, ...]
    goods: tuple[str, ...]
    names: tuple[str, ...]
    imports: Float[Array, " j"]
    income: float
    welfare: Float[Array, " j"]
    output: Float[Array, " j"]
    volume: Float[Array, " j"]
    output_by_sector: Float[Array, "j s"]
    sectors: tuple[str, ...]
    source: str

    def __repr__(self) -> str:
        worst = self.to_frame().index[0]
        return f"Criticality({self.target}: {worst} first of {len(self.goods)} inputs)"

    @property
    def welfare_per_shortage(self) -> Float[Array, " j"]:
        """Per cent of welfare lost per per cent of the input that does not arrive, (J,); NaN where
        the origins sell none."""
        return self._per_shortage(self.welfare)

    @property
    def output_per_shortage(self) -> Float[Array, " j"]:
        """Per cent of output lost per per cent of the input that does not arrive, (J,); below zero
        where making the input at home, or exporting to pay for it, outweighs what users lose."""
        return self._per_shortage(self.output)

    @property
    def welfare_per_dollar(self) -> Float[Array, " j"]:
        """Dollars of welfare lost per dollar of the input that does not arrive, (J,)."""
        bought = np.where(self.imports > 0, self.imports, np.nan)
        return self.welfare_per_shortage * self.income / bought

    def to_frame(self) -> pd.DataFrame:
        """Return one row per input, the costliest shortage first.

        Returns
        -------
        DataFrame
            Index ``sector``. ``name``, ``imports_musd``, ``welfare_per_shortage``,
            ``output_per_shortage`` (per cent per per cent that does not arrive),
            ``welfare_per_dollar``, ``hit_most`` (the sector whose output falls most), ``hit`` (per
            cent of its output per per cent that does not arrive), ``welfare_per_cost``,
            ``volume_per_cost`` (per cent per per cent of delivery cost).
        """
        import pandas as pd

        by_sector = self._per_shortage(self.output_by_sector)
        most = np.nan_to_num(by_sector, nan=-np.inf).argmax(1)
        table = pd.DataFrame(
            {
                "name": self.names,
                "imports_musd": self.imports,
                "welfare_per_shortage": self.welfare_per_shortage,
                "output_per_shortage": self.output_per_shortage,
                "welfare_per_dollar": self.welfare_per_dollar,
                "hit_most": [self.sectors[k] for k in most],
                "hit": np.take_along_axis(by_sector, most[:, None], 1)[:, 0],
                "welfare_per_cost": self.welfare,
                "volume_per_cost": self.volume,
            },
            index=pd.Index(self.goods, name="sector"),
        ).sort_values("welfare_per_shortage", ascending=False)
        table.attrs = {
            "unit": "per cent per per cent; USD per USD; million USD",
            "evidence": "modelled",
            "source": self.source,
        }
        return table

    def _per_shortage(self, change: Array) -> Array:
        less = np.where(self.volume < 0, self.volume, np.nan)
        return change / (less if change.ndim == 1 else less[:, None])


def criticality(
    world: World,
    target: str,
    *,
    origins: Iterable[str] | None = None,
    regime: Shock | None = None,
    deficits: DeficitRule = "balanced",
    horizon: str | Horizon = "medium",
) -> Criticality:
    """Return what a shortage of each imported input would cost a country, to first order.

    For each sector of goods, delivery from the origins to the target gets dearer by a little. The
    derivatives of the equilibrium say how much less of it then arrives, and by how much welfare and
    output fall; the ratio is the cost of a shortage, with everything that replaces the missing
    goods (other origins, home, other inputs) taken into account.

    Parameters
    ----------
    world : World
        With the sectors of the embedded one.
    target : str
    origins : iterable of str, optional
        Whose deliveries get short, for example `Lost.senders`; everybody abroad by default.
    regime : Shock, optional
        What is in force where derivatives are taken.
    deficits : {"balanced", "fixed", "proportional"}
    horizon : {"short", "medium", "long"} or Horizon
        What a shortage costs rests on how well origins and inputs replace one another: the
        shorter the horizon, the less they do.

    Returns
    -------
    Criticality

    Raises
    ------
    DataError
        Unknown code, or a world with other sectors.
    ConvergenceError
        As `hansa.solve` and `hansa.linearise`.

    References
    ----------
    Baqaee & Farhi (2024), Econometrica 92(2), 505-541.

    Examples
    --------
    >>> import hansa as hs
    >>> critical = hs.capability.criticality(hs.load_world(), "IRN")
    >>> bool((critical.welfare_per_shortage > 0).all())
    True
    """
    goods_of(world)
    world.country(target)
    result = solve(world, regime, deficits=deficits, horizon=horizon)
    return critical_at(linearise(result), result, target, origins)


def critical_at(
    here: Linearisation, result: Result, target: str, origins: Iterable[str] | None = None
) -> Criticality:
    """Return what `criticality` does, at an equilibrium that is solved and linearised already."""
    world = result.world
    goods, n = goods_of(world), world.country(target)
    sellers = np.ones(len(world.countries), dtype=bool)
    if origins is not None:
        sellers[:] = False
        sellers[[world.country(c) for c in origins]] = True
    sellers[n] = False
    if not sellers.any():
        raise DataError(f"nobody but {target} is among the origins, so no import gets short")
    flows, sales = result.trade().values[n], result.output.values[n]
    rows = [_dearer(here, flows, sales, n, sellers, world.sector(s)) for s in goods]
    at = [world.sector(s) for s in goods]
    return Criticality(
        target=target,
        origins=tuple(c for c, k in zip(world.countries, sellers, strict=True) if k),
        goods=goods,
        names=tuple(world.sector_name(s) for s in goods),
        imports=flows[sellers][:, at].sum(0),
        income=float(result.income.values[n]),
        welfare=np.array([row.welfare for row in rows]),
        output=np.array([row.output for row in rows]),
        volume=np.array([row.volume for row in rows]),
        output_by_sector=np.array([row.by_sector for row in rows]),
        sectors=world.sectors,
        source=f"first order of the equilibrium of {world.name} at {here.shock!r}, "
        f"{result.deficits} deficits, {result.horizon.name} horizon",
    )


@dataclass(frozen=True, eq=False)
class _Change:
    """First-order changes of logs of one country when one input gets dearer by one log point."""

    welfare: float
    output: float
    volume: float
    by_sector: Float[Array, " s"]


def _dearer(
    here: Linearisation, bought: Array, sales: Array, n: int, sellers: Array, j: int
) -> _Change:
    cost = np.zeros(here.world.expenditure.shape)
    cost[n, sellers, j] = 1.0
    change = here.jvp(Perturbation.of(here.world, log_trade_cost=cost))
    theta, spending = here.point.economy.trade_elasticity, bought.sum(0)
    price = change.log_price.values[n]
    flow = _over(change.trade.values[n], bought)
    # A share tells its price: dlog pi = -theta (dlog p - dlog P).
    paid = price - (flow - change.spending.values[n] / spending) / theta
    made = _over(change.sales.values[n], sales) - paid[n]
    output = np.where((sales > 0) & (bought[n] > 0), made, 0.0)
    weight = bought[sellers, j]
    volume = (weight @ (flow - paid)[sellers, j]) / weight.sum() if weight.sum() > 0 else 0.0
    return _Change(
        welfare=float(change.log_welfare.values[n]),
        output=float(sales @ output / sales.sum()),
        volume=float(volume),
        by_sector=output,
    )


def _over(change: Array, level: Array) -> Array:
    return np.divide(change, level, out=np.zeros_like(change), where=level > 0)
