"""Run benchmarks: ``python -m benchmarks [--repeats N] [--long] [names]``.

Writes results.json, in which only what was run is replaced, and RESULTS.md from it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.outcome import Outcome
from benchmarks.page import results_page
from benchmarks.registry import REGISTRY

RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    """Run the chosen benchmarks, print them, and write them as JSON and as a page."""
    known = {b.name: b for b in REGISTRY}
    parser = argparse.ArgumentParser(description="Benchmarks of Hansa.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(known)}; by default all but long")
    parser.add_argument("--repeats", type=int, default=5, help="1 is the quick form, not kept")
    parser.add_argument("--long", action="store_true", help="also those that take minutes")
    given = parser.parse_args()
    if odd := [name for name in given.names if name not in known]:
        parser.error(f"unknown benchmark {odd[0]!r}; known: {', '.join(known)}")
    held = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in given.names or [b.name for b in REGISTRY if given.long or not b.long]:
        print(f"{name}: {known[name].what}")
        outcome = known[name].run(given.repeats)
        show(outcome)
        held[name] = {"what": known[name].what, "machine": machine(), **asdict(outcome)}
        if given.repeats > 1:
            ordered = {name: held[name] for name in known if name in held}
            RESULTS.write_text(json.dumps(ordered, indent=2) + "\n")
            PAGE.write_text(results_page(ordered))
    if given.repeats > 1:
        print(f"written: {RESULTS.name}, {PAGE.name}")


def machine() -> dict[str, object]:
    """Return where and when a benchmark ran."""
    return {
        "cores": os.cpu_count(), "processor": platform.machine(),
        "python": platform.python_version(), "numpy": np.__version__,
        "date": dt.date.today().isoformat(),
    }  # fmt: skip


def show(outcome: Outcome) -> None:
    """Print one outcome."""
    for what, seconds in outcome.seconds.items():
        print(f"  {1e3 * seconds:12.2f} ms   {what}")
    for what, ratio in outcome.ratios.items():
        print(f"  {ratio:12.4g}      {what}")
    found = outcome.seconds | outcome.ratios
    for t in outcome.targets:
        word = "met" if t.met(found[t.number]) else "MISSED"
        print(f"  target {word}: {t.number} {t.bound} {t.value:g}")
    if outcome.note:
        print(f"  {outcome.note}")


if __name__ == "__main__":
    main()
