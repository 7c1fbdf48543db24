"""All clubs of some candidates on the embedded world: eight, and sixteen."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.outcome import Outcome, Target, median_seconds
from hansa.equilibrium import solve, sweep
from hansa.policy import Measures, club_shocks, sanctions
from hansa.study.sweeping import run_sweep
from hansa.study.sweeping.schema import parse_sweep
from hansa.world.load import load_world

PLAYERS = (
    "IRN", "BLR", "RUS", "VEN", "SYR", "CUB", "PRK", "MMR",
    "KAZ", "ARM", "KGZ", "TJK", "UZB", "CHN", "IND", "TUR",
)  # fmt: skip

ALL = f"""
name: sixteen
world: world-2015
regime: {{on: 2024-02-19}}
club: {{candidates: [{", ".join(PLAYERS)}], measures: {{tariffs: 0.0, nontariff: -0.10}}}}
clubs: all
"""


def every_club(players: int) -> np.ndarray:
    """Return who is in, (2^K, K) bool, in the order of bitmasks."""
    return (np.arange(1 << players)[:, None] >> np.arange(players) & 1).astype(bool)


def clubs_256(repeats: int) -> Outcome:
    """All 256 clubs of eight candidates on world-2015, against one at a time."""
    world = load_world()
    regime = sanctions(world, "2024-02-19")
    shocks = club_shocks(world, PLAYERS[:8], every_club(8), Measures(nontariff=-0.10))
    result = sweep(world, shocks, base=regime)
    whole = regime.then(shocks[255])
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
        f"{float(result.iterations.mean()):.1f} iterations on average, {os.cpu_count()} cores; "
        "one at a time starts from the baseline, all together from the regime",
    )


def clubs_65536(repeats: int) -> Outcome:
    """All clubs of sixteen candidates on world-2015, streamed to Parquet by `run_sweep`."""
    plan = parse_sweep(ALL, "sixteen.yaml")
    with tempfile.TemporaryDirectory(prefix="hansa-") as scratch:
        whole = median_seconds(lambda: run_sweep(plan, Path(scratch) / "out"), 1)
    return Outcome(
        {"65 536 clubs, with files, catalogue and summary": whole},
        {"clubs a second": 65_536 / whole},
        f"{os.cpu_count()} cores; results of the candidates and of the world as a whole",
        (Target("65 536 clubs, with files, catalogue and summary", "at most", 600),),
    )
