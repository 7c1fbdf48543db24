"""Worlds of any size for benchmarks: random shares, settled to an equilibrium without deficits."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from hansa.equilibrium.economy import Economy
from hansa.equilibrium.solve import settle
from hansa.world.world import World


def synthetic_world(n: int, j: int, seed: int = 1) -> World:
    """Return a balanced World of n countries and j sectors with tariffs and all links."""
    random = np.random.default_rng(seed)
    share = random.lognormal(0, 1, (n, n, j))
    share[np.arange(n), np.arange(n)] = n * random.uniform(0.3, 3, (n, j))
    share /= share.sum(1, keepdims=True)
    tariff = random.uniform(0, 0.2, (n, n, j))
    tariff[np.arange(n), np.arange(n)] = 0.0
    own = random.uniform(0.3, 0.7, (n, j))
    mix = random.random((n, j, j))
    inputs = mix / mix.sum(1, keepdims=True) * (1 - own)[:, None, :]
    final = random.dirichlet(np.ones(j), n)
    parts = SimpleNamespace(
        countries=tuple(f"C{k:03d}" for k in range(n)),
        sectors=tuple(f"s{k:02d}" for k in range(j)),
        trade_share=share, tariff=tariff, value_added_share=own, input_share=inputs,
        final_share=final, value_added=random.lognormal(10, 1, n), deficit=np.zeros(n),
        trade_elasticity=random.uniform(2, 9, j),
    )  # fmt: skip
    return settle(Economy.from_parts(parts), f"random {n} x {j}", 2000)
