"""The registry of benchmarks: each measures something of Hansa against a reference in one run.

A benchmark returns named seconds (medians over repeats) and ratios. Machines are noisy: read the
ratios. Nothing here is asserted in tests but that every benchmark runs.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from benchmarks.plain import nested_fixed_point
from benchmarks.sweeps import sweep_scaling
from hansa.equilibrium import solve, sweep
from hansa.equilibrium.economy import Economy
from hansa.equilibrium.solve import settle
from hansa.policy import Club, Measures, club_shock, sanctions
from hansa.shock import Shock
from hansa.world.load import load_world
from hansa.world.sources import cp2015
from hansa.world.sources.base import find_data
from hansa.world.world import World


@dataclass(frozen=True)
class Outcome:
    """What a benchmark found.

    Attributes
    ----------
    seconds : dict
        Median seconds by what was timed.
    ratios : dict
        Pure numbers.
    note : str
        What the reader must know; why it was skipped, if it was.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Benchmark:
    """One entry: its name, what it measures, and the function of the number of repeats."""

    name: str
    what: str
    run: Callable[[int], Outcome]


def median_seconds(action: Callable[[], object], repeats: int) -> float:
    """Return the median wall time of an action, seconds."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        action()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


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


def clubs_256(repeats: int) -> Outcome:
    """All 256 clubs of eight candidates on world-2015, against one at a time."""
    world = load_world()
    regime = sanctions(world, "2024-02-19")
    players = ("IRN", "BLR", "RUS", "VEN", "SYR", "CUB", "PRK", "MMR")
    club = Club(players, Measures(nontariff=-0.10))
    clubs = [[p for k, p in enumerate(players) if mask >> k & 1] for mask in range(256)]
    shocks = [club_shock(world, members, club.measures) for members in clubs]
    result = sweep(world, shocks, base=regime)
    whole = regime.then(shocks[-1])
    seconds = {
        "256 clubs": median_seconds(lambda: sweep(world, shocks, base=regime), repeats),
        "one club alone": median_seconds(lambda: solve(world, whole), repeats),
    }
    batch, alone = seconds.values()
    return Outcome(
        seconds,
        {
            "clubs a second": 256 / batch,
            "times faster than one at a time": 256 * alone / batch,
            "solved": float(result.solved.sum()),
        },
        f"largest residual {float(result.residual.max()):.0e}, "
        f"{float(result.iterations.mean()):.1f} iterations on average, {os.cpu_count()} cores",
    )


REGISTRY = (
    Benchmark("cp2015_one", "one NAFTA counterfactual, 31 countries x 40 sectors", cp2015_one),
    Benchmark("clubs_256", "all clubs of eight candidates on world-2015", clubs_256),
    Benchmark("sweep_scaling", "a sweep on one and on two Dask workers", sweep_scaling),
)
