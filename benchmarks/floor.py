"""The floor of a sweep: its arithmetic and memory traffic over the rates of this very machine.

What one scenario must do in one iteration is counted from the algorithm: matrix products,
exponentials and logarithms, and memory that cannot stay in cache. No loop overhead, no Python. The
certificate at the end counts as one iteration more.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.outcome import median_seconds
from hansa.equilibrium.anderson import MEMORY


@dataclass(frozen=True)
class Work:
    """Work of one scenario in one iteration: flops, exponentials and logarithms, bytes."""

    flops: float
    transcendentals: float
    bytes: float


@dataclass(frozen=True)
class Rates:
    """What all cores together do in a second: flops in dgemm, exp and log, bytes copied."""

    flops: float
    transcendentals: float
    bytes: float

    def seconds(self, work: Work) -> float:
        """Return the least time for some work."""
        parts = zip(vars(work).values(), vars(self).values(), strict=True)
        return sum(amount / rate for amount, rate in parts)


def work_of(n: int, j: int, traded: int, players: int, taxed: bool) -> Work:
    """Return the work of `hansa.equilibrium.bulk` by countries, sectors and how many are traded.

    Six products with each country's (J, J) matrices, three trade products and one more for
    tariff revenue (each with the club's difference), three responses to wages; the mixing reads
    its past once for the weights and once for the move.
    """
    country = 2 * n * (j * (j + 1) + 2 * (j + 1) ** 2 + 3 * j * j)
    trade = (4 if taxed else 3) * 2 * traded * (n * n + players * players)
    wages = 2 * n * n * (2 * j + 1)
    size, judged = (2 * j + 1) * n, (j + 1) * n
    past = 8 * (MEMORY + 2) * (size + judged)
    state = 8 * 2 * 12 * j * n
    return Work(country + trade + wages, 2 * j * n + 3 * n, past + state)


def machine_rates(repeats: int = 5) -> Rates:
    """Return what this machine does now, every core at work on one-threaded libraries."""
    cores = os.cpu_count() or 1
    size = 1000
    square = [np.random.default_rng(k).random((size, size)) for k in range(cores)]
    vector = [np.random.default_rng(k).random(30_000) + 0.5 for k in range(cores)]
    large = [np.ones(8_000_000) for _ in range(cores)]
    out = [(np.empty_like(a), np.empty_like(b), np.empty_like(c)) for a, b, c in
           zip(square, vector, large, strict=True)]  # fmt: skip

    def dgemm(k: int) -> None:
        np.matmul(square[k], square[k], out=out[k][0])

    def both(k: int) -> None:
        for _ in range(50):
            np.exp(vector[k], out=out[k][1])
            np.log(vector[k], out=out[k][1])

    def copy(k: int) -> None:
        np.copyto(out[k][2], large[k])

    with threadpool_limits(1), ThreadPoolExecutor(cores) as pool:

        def rate(job: Callable[[int], None], amount: float) -> float:
            return (
                amount * cores / median_seconds(lambda: list(pool.map(job, range(cores))), repeats)
            )

        return Rates(
            rate(dgemm, 2 * size**3),
            rate(both, 100 * vector[0].size),
            rate(copy, 16 * large[0].size),
        )
