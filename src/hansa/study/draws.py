"""Draws of the uncertain parameters: what they are, and what they do to a world and a regime.

May import every room to the left. Draw k depends on the seed and on k only, so that it does not
matter in which order, in how many sittings or on how many machines the draws are solved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from hansa.errors import DataError
from hansa.shock import Shock
from hansa.world.world import World

Array = np.ndarray
#: Sizes of a club's measures, in the order in which they are drawn.
SIZES = ("nontariff", "payments", "tariffs")
#: Where the named strengths of sanctions lie between low and high.
POSITION = {"low": -1.0, "central": 0.0, "high": 1.0}
#: No trade elasticity is drawn below this.
LOWEST_ELASTICITY = 0.5


@dataclass(frozen=True, eq=False)
class Draw:
    """One draw of everything that is uncertain.

    Attributes
    ----------
    trade_elasticity : (J,) array
        Lognormal about the world's, with the published relative standard errors.
    strength : float
        Position of the cost of sanctions between low (-1), central (0) and high (1), triangular.
    share : (3,) array
        Position of each of `SIZES` within its range, uniform on 0 to 1.
    """

    trade_elasticity: Float[Array, " j"]
    strength: float
    share: Float[Array, " s"]

    def size(self, name: str, low: float, high: float) -> float:
        """Return the drawn size of a measure, uniform between two ends."""
        return low + (high - low) * float(self.share[SIZES.index(name)])


def draw_parameters(world: World, seed: int, k: int) -> Draw:
    """Return draw number k; all of it is drawn always, whatever of it is used.

    Parameters
    ----------
    world : World
        Gives elasticities and their standard errors; where there is none nothing is drawn.
    seed : int
    k : int

    Returns
    -------
    Draw
    """
    random = np.random.default_rng([seed, k])
    theta, se = world.trade_elasticity, world.trade_elasticity_se
    spread = np.where(np.isfinite(se), se, 0.0) / theta
    # Lognormal with the published relative standard error: theta stays positive.
    sigma = np.sqrt(np.log1p(spread**2))
    drawn = theta * np.exp(sigma * random.standard_normal(theta.size) - sigma**2 / 2)
    return Draw(
        np.maximum(drawn, LOWEST_ELASTICITY),
        float(random.triangular(-1.0, 0.0, 1.0)),
        random.random(len(SIZES)),
    )


def world_of(world: World, trade_elasticity: Float[Array, " j"]) -> World:
    """Return the same table of trade read with other elasticities."""
    return replace(world, trade_elasticity=trade_elasticity)


@dataclass(frozen=True, eq=False)
class CostLevels:
    """Cost of sanctions on the flows they touch, at low, central and high strength.

    Attributes
    ----------
    destination, origin, sector : (K,) arrays
        Positions.
    log_hat : (3, K) array
        Logs of iceberg hats.
    """

    destination: Int[Array, " k"]
    origin: Int[Array, " k"]
    sector: Int[Array, " k"]
    log_hat: Float[Array, "l k"]

    @classmethod
    def from_shocks(cls, shocks: Sequence[Shock]) -> CostLevels:
        """Return the levels of three shocks (low, central, high) that change costs only."""
        if any(s.tariff_cell.size or s.productivity_cell.size or s.transfer.any() for s in shocks):
            raise DataError("between strengths only costs can be interpolated")
        cells = np.unique(np.concatenate([s.cost_cell for s in shocks]))
        hats = np.ones((len(shocks), cells.size))
        for row, shock in zip(hats, shocks, strict=True):
            row[np.searchsorted(cells, shock.cost_cell)] = shock.cost_hat
        n, j = len(shocks[0].countries), len(shocks[0].sectors)
        destination, rest = np.divmod(cells, n * j)
        origin, sector = np.divmod(rest, j)
        return cls(destination, origin, sector, np.log(hats))

    def between(self, world: World, position: float, scale: Float[Array, " j"]) -> Shock:
        """Return costs between low (-1), central (0) and high (1), linear in logs.

        Parameters
        ----------
        world : World
        position : float
        scale : (J,) array
            Multiplies the log costs of each sector. The effect of a sanction on trade is held
            when elasticities are drawn: its log cost is in inverse proportion to theta.

        Returns
        -------
        Shock
        """
        low, central, high = self.log_hat
        far = low if position < 0 else high
        hat = np.exp((central + abs(position) * (far - central)) * scale[self.sector])
        return Shock.from_costs(world, self.destination, self.origin, self.sector, hat)
