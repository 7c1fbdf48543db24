"""What is uncertain and how it is drawn: elasticities, costs of sanctions, sizes of measures.

May import every room to the left. Draw k depends on the seed and on k only, so that it does not
matter in which order, in how many sittings or on how many machines the draws are solved. What is
drawn from which law, and why: docs/uncertainty.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float

from hansa.policy import Effects
from hansa.world.world import World

Array = np.ndarray
#: Sizes of a club's measures, in the order in which they are drawn.
SIZES = ("nontariff", "payments", "tariffs")
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
        Position of the costs of sanctions, all factors together, between low (-1), central (0)
        and high (1), triangular; for sweeps.
    share : (3,) array
        Position of each of `SIZES` within its range, uniform on 0 to 1.
    answer : float
        Position of the cost of the senders' answer within its range, uniform on 0 to 1.
    position : (F,) array
        Of each factor of the effects, see `hansa.policy.Effects`; empty without effects.
    """

    trade_elasticity: Float[Array, " j"]
    strength: float
    share: Float[Array, " s"]
    answer: float = 0.5
    position: Float[Array, " f"] = field(default_factory=lambda: np.zeros(0))

    def size(self, name: str, low: float, high: float) -> float:
        """Return the drawn size of a measure, uniform between two ends."""
        return low + (high - low) * float(self.share[SIZES.index(name)])


def draw_parameters(world: World, seed: int, k: int, effects: Effects | None = None) -> Draw:
    """Return draw number k; all of it is drawn always, whatever of it is used.

    Parameters
    ----------
    world : World
        Gives elasticities and their standard errors; where there is none nothing is drawn.
    seed : int
    k : int
    effects : Effects, optional
        Whose factors are drawn.

    Returns
    -------
    Draw
    """
    random = np.random.default_rng([seed, k])
    theta, sigma = world.trade_elasticity, log_spread(world)
    drawn = theta * np.exp(sigma * random.standard_normal(theta.size) - sigma**2 / 2)
    return Draw(
        np.maximum(drawn, LOWEST_ELASTICITY),
        float(random.triangular(-1.0, 0.0, 1.0)),
        random.random(len(SIZES)),
        float(random.random()),
        np.zeros(0) if effects is None else effects.draw(random),
    )


def log_spread(world: World) -> Float[Array, " j"]:
    """Return the standard deviation of each log elasticity, (J,): zero where none is published.

    Lognormal with the published relative standard error, so that theta stays positive.
    """
    theta, se = world.trade_elasticity, world.trade_elasticity_se
    return np.sqrt(np.log1p((np.where(np.isfinite(se), se, 0.0) / theta) ** 2))


def world_of(world: World, trade_elasticity: Float[Array, " j"]) -> World:
    """Return the same table of trade read with other elasticities."""
    return replace(world, trade_elasticity=trade_elasticity)
