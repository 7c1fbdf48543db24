"""Robustness: iterations and seconds hardly grow with the shock, from hats of 0.1 to shut trade.

Costs between two groups of economies of world-2015, one scenario at a time: an embargo between
random halves, a country cut off, and random clubs against the rest.
"""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measure import Outcome, median_seconds
from hansa.equilibrium import balance, solve
from hansa.shock import Shock
from hansa.world.load import load_world
from hansa.world.world import World

HATS = (0.1, 0.5, 1.5, 2.0, 5.0, 20.0, 100.0, 1000.0, np.inf)
CLUBS = 4


def groups(world: World, seed: int = 0) -> dict[str, list[list[str]]]:
    """Return the groups on one side of each border, by kind."""
    rng = np.random.default_rng(seed)
    codes = np.array(world.countries)
    sizes = rng.integers(3, 40, CLUBS)
    return {
        "halves": [sorted(rng.choice(codes, codes.size // 2, replace=False).tolist())],
        "alone": [["IRN"], ["USA"]],
        "clubs": [sorted(rng.choice(codes, k, replace=False).tolist()) for k in sizes],
    }


def between(world: World, group: list[str], hat: float) -> Shock:
    """Return the same cost on all trade of a group with everybody else."""
    rest = [c for c in world.countries if c not in group]
    there = Shock.trade_cost(world, hat=hat, destination=group, origin=rest)
    return there.then(Shock.trade_cost(world, hat=hat, destination=rest, origin=group))


def cost_sizes(repeats: int) -> Outcome:
    """Iterations and seconds by the size of the cost, and what x1000 takes against x1.5."""
    world = balance(load_world())
    seconds: dict[str, float] = {}
    iterations: dict[str, float] = {}
    solved, largest = 0, 0.0
    with threadpool_limits(1, user_api="blas"):
        solve(world, between(world, ["IRN"], 2.0))  # the linearisation at the baseline is kept
        for kind, chosen in groups(world).items():
            for hat in HATS:
                shocks = [between(world, group, hat) for group in chosen]
                found = [solve(world, shock, throw=False) for shock in shocks]
                name = f"{kind}, x{hat:g}"
                iterations[name] = float(np.mean([int(r.iterations[0]) for r in found]))
                seconds[name] = median_seconds(
                    lambda shocks=shocks: [solve(world, s, throw=False) for s in shocks], repeats
                ) / len(shocks)
                solved += sum(bool(r.solved.all()) for r in found)
                largest = max(largest, *(float(r.residual) for r in found))
    ratios = {f"iterations, {name}": count for name, count in iterations.items()}
    for kind in groups(world):
        for what, of in (("iterations", iterations), ("seconds", seconds)):
            ratios[f"{what} at x1000 over x1.5, {kind}"] = (
                of[f"{kind}, x1000"] / of[f"{kind}, x1.5"]
            )
    scenarios = len(HATS) * sum(map(len, groups(world).values()))
    note = f"{solved} of {scenarios} solved, largest residual {largest:.0e}; one thread"
    return Outcome(seconds, ratios, note)
