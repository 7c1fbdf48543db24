"""Benchmarks of derivatives: a full gradient against solves, and exposure of all pairs.

The registry imports these functions; each returns an `Outcome` after timing both sides in one run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile

import numpy as np

from benchmarks.outcome import Outcome, Target, median_seconds
from hansa.equilibrium import exposure, linearise, solve, sweep
from hansa.policy import sanctions
from hansa.shock import Shock
from hansa.world.load import load_world


def gradient_cost(repeats: int) -> Outcome:
    """A country's welfare by every cost, tariff, productivity, transfer and elasticity.

    Linearising is part of what is timed; compiling is not.
    """
    world = load_world()
    regime = sanctions(world, "2024-02-19")
    result = solve(world, regime)
    gradient = linearise(result).gradient("log_welfare", "IRN")
    drivers = sum(entry.size for entry in gradient.entries.values())
    here = linearise(result)
    # One entry against a central difference of full solves.
    hats = np.exp([1e-4, -1e-4])
    shocks = [Shock.productivity(world, hat=h, country="CHN") for h in hats]
    up, down = np.log(sweep(world, shocks, base=regime).welfare.sel(country="IRN").values)
    slope = float(gradient.log_productivity.sel(country="CHN").sum())
    seconds = {
        "one solve": median_seconds(lambda: solve(world, regime), 5 * repeats),
        "one full gradient": median_seconds(
            lambda: linearise(result).gradient("log_welfare", "IRN"), 5 * repeats
        ),
        "a further gradient at the same equilibrium": median_seconds(
            lambda: here.gradient("log_welfare", "RUS"), 5 * repeats
        ),
    }
    one, full, further = seconds.values()
    return Outcome(
        seconds,
        {
            "gradient over solve": full / one,
            "further gradient over solve": further / one,
            "drivers": float(drivers),
            "gap to a central difference": abs(slope / ((up - down) / 2e-4) - 1),
        },
        targets=(
            Target("gradient over solve", "at most", 3.0),
            Target("gap to a central difference", "at most", 1e-6),
        ),
    )


#: A new process: import, load, solve, and the first gradient.
_FIRST = """
import time
begin = time.perf_counter()
import hansa as hs
result = hs.solve(hs.load_world())
middle = time.perf_counter()
hs.linearise(result).gradient("log_welfare", "IRN")
print(middle - begin, time.perf_counter() - middle)
"""


def gradient_first(repeats: int) -> Outcome:
    """The first gradient of a process, compiled anew and from the cache of compiled programs."""
    with tempfile.TemporaryDirectory() as folder:
        here = {**os.environ, "HANSA_CACHE": folder, "PYTHONPATH": os.pathsep.join(sys.path)}
        here.pop("JAX_COMPILATION_CACHE_DIR", None)

        def run() -> list[float]:
            said = subprocess.run(
                [sys.executable, "-c", _FIRST], env=here, capture_output=True, text=True, check=True
            )
            return [float(part) for part in said.stdout.split()]

        anew = run()
        cached = [run() for _ in range(repeats)]
    kept = statistics.median(c[1] for c in cached)
    seconds = {
        "import, load, first solve": anew[0],
        "first gradient, JAX imported and compiled": anew[1],
        "first gradient, JAX imported, programs from the cache": kept,
    }
    return Outcome(seconds, {"compiling over cached": anew[1] / kept})


def exposure_all_pairs(repeats: int) -> Outcome:
    """Welfare and income of all pairs, by sector, and import costs, from one factorisation."""
    world = load_world()
    exposed = exposure(world)
    n, _, j = exposed.welfare_by_sector.shape
    gaps = []
    for source in ("CHN", "USA", "RUS", "IRN"):
        shocks = [Shock.productivity(world, hat=np.exp(h), country=source) for h in (1e-4, -1e-4)]
        up, down = np.log(sweep(world, shocks).welfare.values)
        slope = (up - down) / 2e-4
        found = exposed.welfare.sel(source=source).values
        gaps.append(np.abs(found - slope).max() / np.abs(slope).max())
    seconds = {"all pairs and sectors": median_seconds(lambda: exposure(world), repeats)}
    return Outcome(
        seconds,
        {
            "derivatives a second": 2 * n * n * j / seconds["all pairs and sectors"],
            "largest gap to 0.01 % re-solves": float(max(gaps)),
        },
        f"{n} countries x {n} sources x {j} sectors, welfare and income",
        (
            Target("all pairs and sectors", "at most", 2.0),
            Target("largest gap to 0.01 % re-solves", "at most", 1e-4),
        ),
    )
