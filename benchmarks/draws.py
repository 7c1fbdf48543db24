"""Benchmark of draws: all that a study asks of one draw, in one process and in as many as cores.

CPU seconds per draw are what 1,000 draws cost on any number of cores; the wall clock says what is
lost to sharing memory.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.outcome import QUICK, Outcome, Target, median_seconds
from hansa.study import load_study
from hansa.study.draw_runs import solve_draws
from hansa.study.drawn import common, solve_draw
from hansa.study.store import Store
from hansa.world.load import load_world

#: What is asked for: 1,000 draws of the main study on two cores, seconds.
DRAWS, SECONDS = 1000, 600


def draws(repeats: int) -> Outcome:
    """Draws of the study caspian: CPU a draw, and the wall clock of many on all cores."""
    world, study = load_world(), load_study("caspian")
    cores = os.cpu_count() or 1
    with threadpool_limits(1, user_api="blas"):
        shared = common(world, study)
        solve_draw(shared, 0)
        begin = time.process_time()
        found = [solve_draw(shared, k) for k in range(1, 1 + repeats)]
        cpu = (time.process_time() - begin) / repeats
    many = 4 * cores if repeats <= QUICK else 25 * cores
    seconds = {"one draw, CPU": cpu}
    if repeats > QUICK:
        with tempfile.TemporaryDirectory(prefix="hansa-") as scratch:
            store = Store(Path(scratch))
            asked = study.with_draws(many)
            wall = median_seconds(lambda: solve_draws(world, asked, store, lambda n: None), 1)
        seconds[f"{many} draws on {cores} processes"] = wall
        seconds[f"{DRAWS} draws, at that pace"] = DRAWS * wall / many
    solved = np.mean([not isinstance(r, str) for r in found])
    return Outcome(
        seconds,
        {"draws a CPU minute": 60 / cpu, "solved, share": float(solved)},
        "256 clubs, regime, world without sanctions, the answer until the club of all breaks; the "
        "pace includes the start of processes",
        (Target(f"{DRAWS} draws, at that pace", "at most", SECONDS),) if repeats > QUICK else (),
    )
