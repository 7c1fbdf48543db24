"""The reference algorithm: Caliendo & Parro's own nested fixed point, in plain NumPy.

Prices by repeated substitution, expenditure by one dense linear solve of order N J, wages by
damped steps on the trade balance; tolerance 1e-7 on steps, as the public scripts have it. It
shares no code with Hansa.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hansa.world.world import World

Array = np.ndarray


@dataclass(frozen=True)
class Plain:
    """Wage hats (N,) and the number of wage steps."""

    wage: Array
    iterations: int


def nested_fixed_point(
    world: World, tariff: Array, tolerance: float = 1e-7, damping: float = 0.2, most: int = 2000
) -> Plain:
    """Return the equilibrium wages after new tariffs, with balanced trade."""
    pi, old, theta = world.trade_share, world.tariff, world.trade_elasticity
    n, _, j = pi.shape
    income, alpha, gamma = world.value_added, world.final_share, world.input_share
    access = pi * ((1 + tariff) / (1 + old)) ** -theta
    wage, price = np.ones(n), np.ones((n, j))
    steps = 0
    while steps < most:
        steps += 1
        gap = 1.0
        while gap > tolerance:
            log_cost = world.value_added_share * np.log(wage)[:, None]
            log_cost += np.einsum("nkj,nk->nj", gamma, np.log(price))
            competitive = np.exp(-theta * log_cost)
            seen = np.einsum("nij,ij->nj", access, competitive)
            new = seen ** (-1 / theta)
            gap = float(np.abs(new - price).max())
            price = new
        share = access * competitive[None] / seen[:, None, :]
        net = share / (1 + tariff)
        system = np.eye(n * j).reshape(n, j, n, j)
        for i in range(n):
            system[i] -= np.einsum("jk,mk->jmk", gamma[i], net[:, i, :])
            system[i, :, i, :] -= np.outer(alpha[i], 1 - net[i].sum(0))
        given = alpha * (wage * income)[:, None]
        spending = np.linalg.solve(system.reshape(n * j, n * j), given.ravel()).reshape(n, j)
        flow = net * spending[:, None, :]
        excess = (flow.sum((0, 2)) - flow.sum((1, 2))) / (wage * income)
        if np.abs(excess).max() < tolerance:
            break
        wage = wage * (1 + damping * excess)
        wage *= income.sum() / (wage * income).sum()
    return Plain(wage, steps)
