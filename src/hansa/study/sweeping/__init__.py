"""Sweeps: grids and draws of scenarios, resumable, on one machine or many, rows in Parquet.

May import every room to the left and the study room's own files. Public names of this part.
"""

from hansa.study.sweeping.results import SweepResult, read_sweep
from hansa.study.sweeping.runner import run_sweep
from hansa.study.sweeping.schema import Sweep, load_sweep, shipped_sweeps

__all__ = ["Sweep", "SweepResult", "load_sweep", "read_sweep", "run_sweep", "shipped_sweeps"]
