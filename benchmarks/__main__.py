"""Run benchmarks: ``python -m benchmarks [--repeats N] [names]``; writes results.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.registry import REGISTRY, Outcome

RESULTS = Path(__file__).with_name("results.json")


def main() -> None:
    """Run the chosen benchmarks, print them, and write them as JSON."""
    known = {b.name: b for b in REGISTRY}
    parser = argparse.ArgumentParser(description="Benchmarks of Hansa.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(known)}; all by default")
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    if odd := [name for name in given.names if name not in known]:
        parser.error(f"unknown benchmark {odd[0]!r}; known: {', '.join(known)}")
    held = {}
    for name in given.names or known:
        print(f"{name}: {known[name].what}")
        outcome = known[name].run(given.repeats)
        show(outcome)
        held[name] = {"what": known[name].what, **asdict(outcome)}
    machine = {
        "cores": os.cpu_count(), "processor": platform.machine(),
        "python": platform.python_version(), "numpy": np.__version__,
    }  # fmt: skip
    RESULTS.write_text(json.dumps({"machine": machine, "benchmarks": held}, indent=2) + "\n")
    print(f"written: {RESULTS.name}")


def show(outcome: Outcome) -> None:
    """Print one outcome."""
    for what, seconds in outcome.seconds.items():
        print(f"  {1e3 * seconds:12.2f} ms   {what}")
    for what, ratio in outcome.ratios.items():
        print(f"  {ratio:12.4g}      {what}")
    if outcome.note:
        print(f"  {outcome.note}")


if __name__ == "__main__":
    main()
