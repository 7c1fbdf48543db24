"""Benchmarks of sweeps: how much faster two workers are than one, against what the cores allow.

The bound is measured in the same run: the same draws solved by one and by two bare processes,
without a scheduler, files or a catalogue. Every process computes on one thread.
"""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks.outcome import Outcome, Target
from hansa.study.sweeping import run_sweep
from hansa.study.sweeping.cases import solve_batch
from hansa.study.sweeping.plan import Plan, make_plan
from hansa.study.sweeping.schema import Sweep, parse_sweep
from hansa.world.load import load_world

#: Draws of elasticities, of the strength of sanctions and of measures; twelve equilibria each.
TEXT = """
name: scaling
world: world-2015
regime: {{on: 2024-02-19}}
club: {{candidates: [IRN, BLR, RUS, KAZ], measures: {{tariffs: 0.0, nontariff: -0.10}}}}
clubs: all
draws: {{number: {number}, seed: {seed}, nontariff: [-0.20, -0.05]}}
"""
#: More draws than are solved.
MANY = 10_000


def sweep_scaling(repeats: int) -> Outcome:
    """Draws on one worker and on two, against one and two bare processes."""
    try:
        import distributed  # noqa: F401
    except ImportError:
        return Outcome(note="skipped: Dask is not here (install hansa[cluster])")
    number = 4 * repeats
    with ExitStack() as stack:
        # The bare ones first: Dask changes how processes started after it keep memory.
        ways = {
            f"{number} draws, {count} {what}": stack.enter_context(start(count))
            for what, start in (("bare", _bare), ("on Dask", _cluster))
            for count in (1, 2)
        }
        # In turn, so that whatever else the machine does falls on all of them.
        rounds = range(1, 1 + -(-repeats // 2))
        times = [[solve(seed, number) for solve in ways.values()] for seed in rounds]
    seconds = dict(zip(ways, map(statistics.median, zip(*times, strict=True)), strict=True))
    bare_one, bare_two, dask_one, dask_two = seconds.values()
    allowed, reached = bare_one / bare_two, dask_one / dask_two
    return Outcome(
        seconds,
        {
            "speed-up, two bare processes": allowed,
            "speed-up, two Dask workers": reached,
            "efficiency, of what the cores allow": reached / allowed,
            "one Dask worker over one bare process": dask_one / bare_one,
        },
        "world-2015, twelve equilibria a draw; on Dask with plan, parts, catalogue and summary; "
        "without the start of processes",
        (Target("efficiency, of what the cores allow", "at least", 0.85),),
    )


def _sweep(seed: int, number: int) -> Sweep:
    return parse_sweep(TEXT.format(number=number, seed=seed), "scaling.yaml")


@contextmanager
def _bare(count: int) -> Iterator[Callable[[int, int], float]]:
    """Give a function of (seed, draws) that solves on some processes, and returns the seconds."""
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(count, initializer=threadpool_limits, initargs=(1,)) as pool:

        def solve(seed: int, number: int) -> float:
            begin = time.perf_counter()
            pool.map(_solve_one, [(seed, number, k) for k in range(number)], chunksize=1)
            return time.perf_counter() - begin

        solve(0, 2 * count)  # imports, the world
        yield solve


@lru_cache(maxsize=2)
def _plan(seed: int, number: int) -> Plan:
    return make_plan(_sweep(seed, number), load_world())


def _solve_one(work: tuple[int, int, int]) -> None:
    # Other draws of one plan, so that a process makes it once, before time is taken.
    seed, number, k = work
    solve_batch(_plan(0, MANY), seed * number + k, threads=1)


@contextmanager
def _cluster(count: int) -> Iterator[Callable[[int, int], float]]:
    """Give a function of (seed, draws) that sweeps on some workers, and returns the seconds."""
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=":0") as cluster,
        tempfile.TemporaryDirectory(prefix="hansa-") as scratch,
    ):

        def solve(seed: int, number: int) -> float:
            begin = time.perf_counter()
            out = Path(scratch) / str(seed)
            run_sweep(_sweep(seed, number), out, scheduler=cluster.scheduler_address, chunk=1)
            return time.perf_counter() - begin

        solve(0, 2 * count)
        yield solve
