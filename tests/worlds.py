"""Small random worlds that are balanced by construction, and a hypothesis strategy of them."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import strategies as st

from hansa.world.world import World


def random_world(
    rng: np.random.Generator,
    n: int,
    j: int,
    tariffs: bool = True,
    zeros: float = 0.2,
    balanced: bool = False,
) -> World:
    """Return a balanced World of n countries and j sectors.

    Trade shares, tariffs, cost shares, final shares and final spending are drawn; expenditure
    solves the linear system they imply. A share `zeros` of foreign flows, inputs and final
    shares is zero; every country makes and buys some of each of its own goods. With `balanced`
    final spending is such that every deficit is zero.
    """
    codes = tuple(f"C{k:02d}" for k in range(n))
    kept = rng.random((n, n, j)) >= zeros
    kept[:, :, 0] |= balanced  # trade can balance only where it is connected both ways
    share = rng.lognormal(0, 1, (n, n, j)) * kept
    share[np.arange(n), np.arange(n), :] = n * rng.uniform(0.3, 3, (n, j))
    share /= share.sum(axis=1, keepdims=True)
    rate = rng.uniform(0, 0.4, (n, n, j)) * (rng.random((n, n, j)) < 0.6) * tariffs
    rate[np.arange(n), np.arange(n), :] = 0.0
    va = rng.uniform(0.2, 0.9, (n, j))
    mix = rng.random((n, j, j)) * (rng.random((n, j, j)) >= zeros) + 1e-3 * np.eye(j)
    inputs = mix / mix.sum(axis=1, keepdims=True) * (1 - va)[:, None, :]
    alpha = rng.random((n, j)) * (rng.random((n, j)) >= zeros)
    alpha[np.arange(n), 0 if balanced else rng.integers(0, j, n)] += 0.5
    alpha /= alpha.sum(axis=1, keepdims=True)
    demand = rng.lognormal(8, 1, n)
    if balanced:
        demand = _balanced_demand(share, rate, inputs, alpha)
    spending = _spending(share, rate, inputs, alpha, demand)
    return World.from_flows(
        name="random",
        year=2015,
        countries=codes,
        sectors=tuple(f"s{k}" for k in range(j)),
        expenditure=share * spending[:, None, :],
        tariff=rate,
        value_added_share=va,
        input_share=inputs,
        trade_elasticity=rng.uniform(1.5, 9, j),
        trade_elasticity_se=rng.uniform(0.1, 1, j),
        evidence=rng.integers(0, 3, (n, n, j)).astype(np.int8),
        meta={"aggregates": {codes[-1]: ["XAA", "XBB"]}},
    )


def worlds(
    n: tuple[int, int] = (2, 5), j: tuple[int, int] = (1, 4), tariffs: bool | None = None
) -> st.SearchStrategy[World]:
    """Return a strategy of random worlds; the bounds are inclusive."""
    return st.builds(
        _drawn,
        st.integers(0, 2**32 - 1),
        st.integers(*n),
        st.integers(*j),
        st.booleans() if tariffs is None else st.just(tariffs),
        st.sampled_from([0.0, 0.2, 0.5]),
    )


def _drawn(seed: int, n: int, j: int, tariffs: bool, zeros: float) -> World:
    """random_world, leaving the global random state alone: the run-time checks draw from it."""
    state = random.getstate()
    try:
        return random_world(np.random.default_rng(seed), n, j, tariffs, zeros)
    finally:
        random.setstate(state)


def _system(share: np.ndarray, rate: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Matrix M of intermediate use: X = M X + alpha F, over (country, sector)."""
    n, _, j = share.shape
    sold = share / (1 + rate)
    return np.einsum("ikl,nil->iknl", inputs, sold).reshape(n * j, n * j)


def _spending(
    share: np.ndarray, rate: np.ndarray, inputs: np.ndarray, alpha: np.ndarray, demand: np.ndarray
) -> np.ndarray:
    final = alpha * demand[:, None]
    matrix = np.eye(final.size) - _system(share, rate, inputs)
    return np.linalg.solve(matrix, final.ravel()).reshape(final.shape)


def _balanced_demand(
    share: np.ndarray, rate: np.ndarray, inputs: np.ndarray, alpha: np.ndarray
) -> np.ndarray:
    """Final spending that equals value added and tariffs in every country (an eigenvector)."""
    n = share.shape[0]
    response = np.empty((n, n))
    for k in range(n):
        spending = _spending(share, rate, inputs, alpha, np.eye(n)[k])
        flow = share * spending[:, None, :] / (1 + rate)
        deficit = flow.sum(axis=(1, 2)) - flow.sum(axis=(0, 2))
        response[:, k] = deficit
    demand = np.abs(np.linalg.svd(response)[2][-1])
    return 1e4 * demand / demand.mean()
