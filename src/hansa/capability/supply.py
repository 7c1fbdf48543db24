"""How many goods reach each buyer from each origin after a shock, at the prices of before.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock`` and ``hansa.equilibrium``. Volumes
from values and shares: in the gravity of the model (Caliendo & Parro 2015) a share tells its price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hansa.equilibrium import Horizon, sweep
from hansa.equilibrium.results import Result
from hansa.errors import ConvergenceError
from hansa.shock import DeficitRule, Shock
from hansa.world.world import World

__all__ = ["Supply", "equilibria", "supplies", "supply_of"]

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Supply:
    """What one country buys in several equilibria.

    Attributes
    ----------
    volume : (S, N, J) array, million USD
        By scenario, origin and sector: the world's own purchases times the model's hats of volume,
        at the prices of the world's year, tariffs left out.
    price : (S, J) array
        P hat of the sector over the hat of the country's income: how much more of its income the
        same goods take.
    welfare : (S,) array
        W hat.
    solved : (S,) array of bool
    elasticity : (J,) array
        theta at the horizon.
    """

    volume: Float[Array, "s n j"]
    price: Float[Array, "s j"]
    welfare: Float[Array, " s"]
    solved: Array
    elasticity: Float[Array, " j"]


def supplies(
    world: World,
    country: str,
    shocks: Sequence[Shock],
    *,
    deficits: DeficitRule = "balanced",
    horizon: str | Horizon = "long",
) -> Supply:
    """Return what a country buys after each of some shocks.

    Parameters
    ----------
    world : World
    country : str
    shocks : sequence of Shock
    deficits, horizon
        As in `hansa.solve`.

    Returns
    -------
    Supply

    Raises
    ------
    ConvergenceError
        If an equilibrium is not found.
    """
    result = equilibria(world, shocks, len(shocks), deficits, horizon)
    return supply_of(world, country, result, range(len(shocks)))


def equilibria(
    world: World,
    shocks: Sequence[Shock],
    required: int,
    deficits: DeficitRule,
    horizon: str | Horizon,
) -> Result:
    """Return the equilibria of some shocks, of which the first so many must be solved."""
    result = sweep(world, shocks, deficits=deficits, horizon=horizon, threads=1)
    for k in range(required):
        if not result.solved[k]:
            raise ConvergenceError(
                f"the equilibrium of scenario {result.scenarios[k]!r} was not found: "
                f"{result.messages[k] or 'no state met the tolerance'}"
            )
    return result


def supply_of(world: World, country: str, result: Result, rows: Sequence[int]) -> Supply:
    """Return what a country buys in some scenarios of a result; NaN where one is not solved."""
    n, theta, chosen = world.country(country), result.economy.trade_elasticity, list(rows)
    price = result.price.values[chosen, n]
    income = result.income.values[chosen, n] / result.world.income[n]
    bought = world.expenditure[n] / (1 + world.tariff[n])
    volume = np.full((len(chosen), *bought.shape), np.nan)
    for s, row in enumerate(chosen):
        if result.solved[row]:
            value = result.trade(row).values[n]
            volume[s] = bought * _volume_hat(result.world, n, value, price[s], theta)
    welfare = result.welfare.values[chosen, n]
    return Supply(volume, price / income[:, None], welfare, result.solved[chosen], theta)


def _volume_hat(
    baseline: World,
    n: int,
    value: Float[Array, "n j"],
    price: Float[Array, " j"],
    theta: Float[Array, " j"],
) -> Float[Array, "n j"]:
    """Return hats of volume: the share's hat is (own price / price index)^-theta, so
    the hat of value over that of the delivered price is spending / price * share^(1 + 1/theta)."""
    old = baseline.expenditure[n]
    spent_old, spent = baseline.spending[n], value.sum(0)
    new_share = np.divide(value, spent, out=np.zeros_like(value), where=spent > 0)
    share = np.divide(new_share, baseline.trade_share[n], out=np.zeros_like(old), where=old > 0)
    total = np.divide(spent, spent_old, out=np.ones_like(spent), where=spent_old > 0)
    return total / price * share ** (1 + 1 / theta)
