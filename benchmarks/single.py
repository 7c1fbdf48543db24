"""One counterfactual alone: on the paper's data and on the embedded world, warm and from cold."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np

from benchmarks.outcome import QUICK, Outcome, Target, median_seconds
from benchmarks.plain import nested_fixed_point
from hansa.equilibrium import solve
from hansa.equilibrium.economy import Economy
from hansa.equilibrium.solve import settle
from hansa.policy import sanctions
from hansa.shock import Shock
from hansa.world.load import load_world
from hansa.world.sources import cp2015
from hansa.world.sources.base import find_data
from hansa.world.world import World

#: What a user types first.
FIRST = """
import hansa as hs
world = hs.load_world()
hs.solve(world, hs.sanctions(world, on="2024-02-19"))
"""


def cp2015_world() -> tuple[World, Shock] | None:
    """Return the paper's balanced baseline and NAFTA, or None without the raw files."""
    data = find_data()
    if data is None:
        return None
    folder = data / "replication" / "cp2015"
    world = settle(Economy.from_parts(cp2015.load_parts(folder)), "cp2015", 1993)
    at = [world.country(c) for c in ("MEX", "CAN", "USA")]
    mask = np.zeros(world.tariff.shape, dtype=bool)
    mask[np.ix_(at, at)] = True
    return world, Shock.tariff_schedule(world, cp2015.tariffs(folder, 2005), mask)


def cp2015_one(repeats: int) -> Outcome:
    """One counterfactual on the paper's data, warm, against the plain nested fixed point."""
    case = cp2015_world()
    if case is None:
        return Outcome(note="skipped: the original files are not here (set HANSA_DATA)")
    world, shock = case
    rates = world.tariff.copy()
    rates.reshape(-1)[shock.tariff_cell] = shock.tariff_rate
    result = solve(world, shock)
    plain = nested_fixed_point(world, rates)
    gap = float(np.abs(np.log(result.wage.values / plain.wage)).max())
    seconds = {
        "hansa, residual 1e-10": median_seconds(lambda: solve(world, shock), 5 * repeats),
        "plain nested fixed point, 1e-7": median_seconds(
            lambda: nested_fixed_point(world, rates), max(1, repeats // 3)
        ),
    }
    own, other = seconds.values()
    return Outcome(
        seconds,
        {"times faster": other / own, "largest gap of log wages": gap},
        f"plain: {plain.iterations} wage steps at tolerance 1e-7; "
        f"residual {float(result.residual):.0e}",
    )


def world_one(repeats: int) -> Outcome:
    """The sanctions of a date on world-2015: warm, and the first call of a new process."""
    world = load_world()
    regime = sanctions(world, "2024-02-19")
    result = solve(world, regime)
    warm = "warm"
    first = "first call: start, import, load, balance, solve"
    cold = []
    for _ in range(1 if repeats <= QUICK else 3):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", FIRST], check=True)
        cold.append(time.perf_counter() - begin)
    seconds = {
        warm: median_seconds(lambda: solve(world, regime), 5 * repeats),
        first: float(np.median(cold)),
    }
    return Outcome(
        seconds,
        note=f"161 x 20, {int(result.iterations[0])} iterations, residual "
        f"{float(result.residual):.0e}",
        targets=(Target(warm, "at most", 0.05), Target(first, "at most", 4.0)),
    )
