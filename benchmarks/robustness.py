"""Robustness: iterations and seconds hardly grow with the shock, from hats of 0.1 to shut trade.

Costs between two groups of economies of world-2015, one scenario at a time: an embargo between
random halves, a country cut off, and random clubs against the rest.
"""

from __future__ import annotations

from functools import partial
from itertools import product

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.outcome import QUICK, Outcome, Target, median_seconds
from hansa.equilibrium import Result, balance, solve
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
    kinds = groups(world)
    hats = HATS if repeats > QUICK else (1.5, 1000.0)
    seconds: dict[str, float] = {}
    ratios: dict[str, float] = {}
    found: list[Result] = []
    with threadpool_limits(1, user_api="blas"):
        solve(world, between(world, ["IRN"], 2.0))  # the linearisation at the baseline is kept
        for kind, hat in product(kinds, hats):
            shocks = [between(world, group, hat) for group in kinds[kind]]
            results: list[Result] = []
            name = f"{kind}, x{hat:g}"
            seconds[name] = median_seconds(partial(_solve_all, world, shocks, results), repeats)
            seconds[name] /= len(shocks)
            found += results
            ratios[f"iterations, {name}"] = float(np.mean([r.iterations[0] for r in results]))
    ratios["solved, share"] = float(np.mean([r.solved[0] for r in found]))
    for kind in kinds:
        few, many = (ratios[f"iterations, {kind}, x{hat}"] for hat in ("1.5", "1000"))
        ratios[f"iterations at x1000 over x1.5, {kind}"] = many / few
        few, many = (seconds[f"{kind}, x{hat}"] for hat in ("1.5", "1000"))
        ratios[f"seconds at x1000 over x1.5, {kind}"] = many / few
    largest = max(float(r.residual) for r in found)
    targets = (
        Target("solved, share", "at least", 1.0),
        *(Target(f"iterations at x1000 over x1.5, {kind}", "at most", 1.5) for kind in kinds),
    )
    return Outcome(seconds, ratios, f"largest residual {largest:.0e}; one thread", targets)


def _solve_all(world: World, shocks: list[Shock], into: list[Result]) -> None:
    """Solve one scenario at a time."""
    into[:] = [solve(world, shock, throw=False) for shock in shocks]
