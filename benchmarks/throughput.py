"""How many clubs a second: against the plain algorithm, the floor, and as the world grows."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass

import numpy as np

from benchmarks.floor import machine_rates, work_of
from benchmarks.outcome import QUICK, Outcome, Target, median_seconds
from benchmarks.plain import nested_fixed_point
from benchmarks.single import cp2015_world
from benchmarks.synthetic import synthetic_world
from hansa.equilibrium import Result, sweep
from hansa.policy import Measures, club_shocks
from hansa.shock_clubs import ClubShocks
from hansa.world.world import World

#: As many as a study takes.
CANDIDATES = 16


def free_trade_clubs(world: World, number: int, players: int, seed: int = 1) -> ClubShocks:
    """Return random clubs of the first so many countries that lift tariffs among themselves."""
    chosen = world.countries[:players]
    members = np.random.default_rng(seed).random((number, players)) < 0.5
    found = club_shocks(world, chosen, members, Measures(tariffs=0.0))
    assert isinstance(found, ClubShocks)
    return found


@dataclass(frozen=True)
class Throughput:
    """A timed sweep: median seconds for one scenario, its result, and the floor's seconds."""

    each: float
    floor: float
    result: Result


def timed(world: World, clubs: ClubShocks, repeats: int) -> Throughput:
    """Return the throughput of a sweep over clubs, beside its floor in the same run."""
    result = sweep(world, clubs)
    rates = machine_rates()
    each = median_seconds(lambda: sweep(world, clubs), repeats) / len(clubs)
    n, j = len(world.countries), len(world.sectors)
    foreign = world.trade_share * ~np.eye(n, dtype=bool)[:, :, None]
    traded = int(foreign.any((0, 1)).sum())
    work = work_of(n, j, traded, len(clubs.players), taxed=bool(world.tariff.any()))
    iterations = float(result.iterations.mean()) + 1
    return Throughput(each, iterations * rates.seconds(work), result)


def sweep_cp2015(repeats: int) -> Outcome:
    """Random clubs on the paper's data against the plain nested fixed point and the floor."""
    case = cp2015_world()
    if case is None:
        return Outcome(note="skipped: the original files are not here (set HANSA_DATA)")
    world, nafta = case
    number = 128 if repeats <= QUICK else 2048
    few = free_trade_clubs(world, number, CANDIDATES)
    found = timed(world, few, repeats)
    all_ = timed(world, free_trade_clubs(world, number, len(world.countries)), repeats)
    plain, plain_club = "plain, NAFTA at 1e-7", "plain, one of the clubs at 1e-7"
    seconds = {
        "one scenario, in a sweep": found.each,
        "one scenario, clubs of all 31 countries": all_.each,
        plain: median_seconds(lambda: _plain(world, nafta), max(1, repeats // 2)),
        plain_club: median_seconds(lambda: _plain(world, few[1]), max(1, repeats // 2)),
    }
    return Outcome(
        seconds,
        {
            "scenarios a second": 1 / found.each,
            "times the plain rate": seconds[plain_club] / found.each,
            "times the plain rate (NAFTA)": seconds[plain] / found.each,
            "times the plain rate (NAFTA), clubs of all 31": seconds[plain] / all_.each,
            "over the floor": found.each / found.floor,
            "over the floor, clubs of all 31": all_.each / all_.floor,
            "solved": float(found.result.solved.mean()),
        },
        f"{number} random clubs of {CANDIDATES} candidates lift tariffs among themselves; "
        f"{float(found.result.iterations.mean()):.1f} iterations on average "
        f"({float(all_.result.iterations.mean()):.1f} for clubs of all 31), largest residual "
        f"{float(found.result.residual.max()):.0e}, {os.cpu_count()} cores",
        (
            Target("times the plain rate", "at least", 2000),
            Target("times the plain rate (NAFTA)", "at least", 2000),
            Target("over the floor", "at most", 2.5),
        ),
    )


def _plain(world: World, shock: object) -> None:
    rates = world.tariff.copy()
    rates.reshape(-1)[shock.tariff_cell] = shock.tariff_rate  # type: ignore[attr-defined]
    nested_fixed_point(world, rates)


def sweep_77x45(repeats: int) -> Outcome:
    """Random clubs in a random world of 77 countries and 45 sectors."""
    return _synthetic(77, 45, repeats, Target("scenarios a second", "at least", 300))


def sweep_160x65(repeats: int) -> Outcome:
    """Random clubs in a random world of 160 countries and 65 sectors, and memory."""
    return _synthetic(160, 65, repeats, Target("scenarios a second", "at least", 90))


def _synthetic(n: int, j: int, repeats: int, target: Target) -> Outcome:
    if repeats <= QUICK:
        n, j = n // 4, j // 4
    world = synthetic_world(n, j)
    seconds, ratios = {}, {}
    for players in (n, CANDIDATES):
        clubs = free_trade_clubs(world, 64 if repeats <= QUICK else 512, players)
        found = timed(world, clubs, max(1, repeats // 2))
        which = ", clubs of all countries" if players == n else ""
        seconds[f"one scenario{which}"] = found.each
        ratios[f"scenarios a second{which}"] = 1 / found.each
        ratios[f"over the floor{which}"] = found.each / found.floor
    ratios["memory of the process, GB"] = (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    )
    return Outcome(
        seconds,
        ratios,
        f"{n} x {j}, random clubs of {CANDIDATES} candidates lift tariffs; "
        f"{float(found.result.iterations.mean()):.1f} iterations on average, largest residual "
        f"{float(found.result.residual.max()):.0e}",
        (target, Target("memory of the process, GB", "at most", 4.0)),
    )


def growth(repeats: int) -> Outcome:
    """How the time of a scenario-iteration grows with the number of countries."""
    j = 5 if repeats <= QUICK else 20
    sizes = (10, 20, 40) if repeats <= QUICK else (20, 40, 80, 160)
    seconds, counted = {}, []
    for n in sizes:
        world = synthetic_world(n, j)
        clubs = free_trade_clubs(world, 64 if repeats <= QUICK else 256, min(n, 16))
        found = timed(world, clubs, repeats)
        seconds[f"one scenario-iteration, N = {n}"] = found.each / float(
            found.result.iterations.mean()
        )
        counted.append(work_of(n, j, j, min(n, 16), taxed=True).flops)
    x, y = np.log(sizes), np.log(list(seconds.values()))
    return Outcome(
        seconds,
        {
            "exponent in N": float(np.polyfit(x, y, 1)[0]),
            "exponent of the flops counted": float(np.polyfit(x, np.log(counted), 1)[0]),
        },
        f"J = {j}; flops are O(J N^2 + N J^2) for a scenario and iteration",
        (Target("exponent in N", "at most", 2.0),),
    )
