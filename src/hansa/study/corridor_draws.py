"""The corridor in draws: gains by country, branch and ocean with drawn charges and elasticities.

May import every room to the left. Hats between the ends of charges are interpolated, not searched
anew: `corridor_routes.drawn_logs`. Charges and value of time move together from low to high.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hansa.corridor.trade_costs import hats_shock
from hansa.equilibrium import Guide, sweep
from hansa.errors import ConvergenceError
from hansa.shock import Shock
from hansa.study.corridor_routes import RouteTable, drawn_logs
from hansa.world.world import World

Array = np.ndarray

#: Sets the positions of charges and shape apart from everything else that a draw draws.
STREAM = 5


def positions(seed: int, k: int) -> Array:
    """Return the positions of charges and of the shape of choice in draw k, triangular, -1 to 1."""
    return np.random.default_rng([seed, k, STREAM]).triangular(-1.0, 0.0, 1.0, 2)


def corridor_draw(
    world: World, base: Shock, routes: RouteTable, at: Array, guide: Guide | None,
    options: dict[str, Any],
) -> dict[str, Array]:  # fmt: skip
    """Return W hat of all countries in every drawn state, (O, T, N), in one draw.

    Raises
    ------
    ConvergenceError
        If one of them is not solved.
    """
    hats = np.exp(drawn_logs(routes.ends, float(at[0]), float(at[1])))
    shocks = [
        hats_shock(world, routes.sectors, hats[o, t], f"{ocean}, {state}")
        for o, ocean in enumerate(routes.oceans)
        for t, state in enumerate(routes.drawn)
    ]
    result = sweep(world, shocks, base=base, guide=guide, **options)
    if not result.solved.all():
        k = int(np.argmin(result.solved))
        raise ConvergenceError(f"{result.scenarios[k]}: {result.messages[k]}")
    shape = (len(routes.oceans), len(routes.drawn), len(world.countries))
    return {"welfare": result.welfare.values.reshape(shape), "at": at}
