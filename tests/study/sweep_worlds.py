"""Sweeps of the small world, and the rows they leave, for tests of sweeps."""

import os
import sys
from pathlib import Path

import pandas as pd
from study_worlds import small_world

from hansa.study.sweeping.results import SweepResult
from hansa.study.sweeping.schema import Sweep, parse_sweep

TEXT = """
name: small
regime: {on: 2024-02-19}
club: {candidates: [IRN, BLR, RUS, VEN], measures: {nontariff: -0.10}}
clubs: all
grid: {on: [none, 2024-02-19], payments: [0.0, -0.02]}
draws: {number: 2, seed: 7}
"""

#: Two dates and six draws of six clubs; every draw is a unit of work of its own.
LONG = """
name: long
world: {world}
regime: {{on: 2024-02-19}}
club: {{candidates: [IRN, BLR, RUS], measures: {{nontariff: -0.10}}}}
clubs: all
grid: {{on: [none, 2024-02-19]}}
draws: {{number: {number}, seed: 3, nontariff: [-0.2, -0.05]}}
"""


def small_sweep(text: str = TEXT) -> Sweep:
    """Return the sweep in a text."""
    return parse_sweep(text, "small.yaml")


def long_sweep(folder: Path, number: int) -> Path:
    """Return the file of a sweep of many draws, with its world beside it."""
    world = small_world().write(folder / "world.parquet")
    path = folder / "long.yaml"
    path.write_text(LONG.format(world=world, number=number))
    return path


def rows_of(result: SweepResult) -> pd.DataFrame:
    """Return all rows in one order, whoever wrote them in which part."""
    return result.query("FROM rows ORDER BY scenario, country")


def same_bits(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    """Whether two tables of rows are the same to the last bit."""
    floats = [c for c in a.columns if a[c].dtype.kind == "f"]
    return list(a.columns) == list(b.columns) and all(
        a[c].to_numpy().tobytes() == b[c].to_numpy().tobytes()
        if c in floats
        else a[c].astype(str).equals(b[c].astype(str))
        for c in a.columns
    )


def command(*words: str) -> list[str]:
    """Return the command line of a `hansa sweep`."""
    return [sys.executable, "-u", "-m", "hansa.cli", "sweep", *words]


def quiet() -> dict[str, str]:
    """Return an environment in which one process uses one core."""
    return os.environ | {"OMP_NUM_THREADS": "1"}
