"""Tables and games that several tests of the club room share."""

from itertools import permutations

import numpy as np

from hansa.club import Game

NAMES = tuple("ABCDEFGHIJKLMNOPQRSTUVWX")

# A, B, C sanction D: percent changes of A, B, C, D; one per cent is 100.
SANCTIONS = {
    "A": [-0.1, 0.0, 0.0, -2.0],
    "B": [0.0, -0.5, 0.0, -1.0],
    "C": [0.0, 0.0, -0.2, -1.0],
    "A+B": [-0.2, -0.6, 0.0, -3.5],
    "A+C": [-0.1, 0.0, -0.2, -4.0],
    "B+C": [0.0, -0.6, -0.3, -2.0],
    "A+B+C": [-0.2, -0.7, -0.3, -5.0],
}


def tu_game(values, m=None):
    """A game of joint values with players A, B, C, ..."""
    m = int(np.log2(len(values))) if m is None else m
    return Game.from_values(NAMES[:m], values)


def random_values(m, seed, low=-1.0, high=1.0):
    values = np.random.default_rng(seed).uniform(low, high, 1 << m)
    values[0] = 0.0
    return values


def shapley_by_orders(values, m):
    """Average marginal contribution over all m! orders, straight from the definition."""
    worth = np.zeros(m)
    orders = list(permutations(range(m)))
    for order in orders:
        mask = 0
        for k in order:
            worth[k] += values[mask | 1 << k] - values[mask]
            mask |= 1 << k
    return worth / len(orders)


def bankruptcy(estate, claims):
    """Aumann & Maschler (1985): what is left for S when all others have been paid in full."""
    m, claims = len(claims), np.asarray(claims, dtype=float)
    inside = (np.arange(1 << m)[:, None] >> np.arange(m) & 1).astype(bool)
    return np.maximum(0.0, estate - (~inside * claims).sum(axis=1))


def airport(costs):
    """Littlechild & Owen (1973) as a cost saved game: minus the longest runway S needs."""
    m, costs = len(costs), np.asarray(costs, dtype=float)
    inside = (np.arange(1 << m)[:, None] >> np.arange(m) & 1).astype(bool)
    return 0.0 - np.where(inside, costs, 0.0).max(axis=1)


def majority(m, quota, weights=None):
    weights = np.ones(m) if weights is None else np.asarray(weights)
    inside = np.arange(1 << m)[:, None] >> np.arange(m) & 1
    return ((inside * weights).sum(axis=1) >= quota).astype(float)


def welfare_game(
    m=3, n=5, seed=0, failed=(), residual=1e-12, income=None, size=0.01, senders=(), **options
):
    """A made-up welfare table: players A, B, ... and further countries after them."""
    rng = np.random.default_rng(seed)
    welfare = 1 + size * rng.standard_normal((1 << m, n))
    income = rng.uniform(1e3, 1e6, n) if income is None else np.asarray(income, dtype=float)
    solved = np.ones(1 << m, dtype=bool)
    solved[list(failed)] = False
    return Game.from_welfare(
        NAMES[:m], NAMES[:n], welfare, income, solved, np.full(1 << m, residual), senders, **options
    )


def table_of(rows, m, n=None, income=None, residual=1e-12, **options):
    """A game from gains in percent: `rows` maps a label like "A+B" to N numbers; others zero."""
    n = m if n is None else n
    players = NAMES[:m]
    welfare = np.ones((1 << m, n))
    for label, gains in rows.items():
        mask = sum(1 << players.index(code) for code in label.split("+"))
        welfare[mask] += np.asarray(gains, dtype=float) / 100
    income = np.full(n, 1e4) if income is None else np.asarray(income, dtype=float)
    return Game.from_welfare(
        players, NAMES[:n], welfare, income, residual=np.full(1 << m, residual), **options
    )
