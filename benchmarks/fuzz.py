"""The offline fuzzer: ``python -m benchmarks.fuzz --cases 10000 [--jobs 1]``.

Solves random worlds under hard shocks (tests/fuzzing.py; a case is its seed) and prints what
became of them by kind of shock. Finished cases are appended to fuzz_cases.jsonl and skipped by
the next run, so it can be interrupted; the table goes to fuzz_results.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fuzzing import KINDS, Outcome, drawn_case, outcome_of

HERE = Path(__file__).parent
CASES, RESULTS = HERE / "fuzz_cases.jsonl", HERE / "fuzz_results.json"


def solved_case(seed: int) -> Outcome:
    """Return the outcome of one seed; an error nobody foresaw is an outcome that is wrong."""
    case = drawn_case(seed)
    try:
        with threadpool_limits(1):
            return outcome_of(case)
    except Exception as error:
        n, j = len(case.world.countries), len(case.world.sectors)
        said = f"{type(error).__name__}: {error}"
        return Outcome(
            seed,
            case.kind,
            n,
            j,
            case.rule,
            case.horizon,
            "crashed",
            0,
            0.0,
            float("nan"),
            "",
            said,
        )


def finished(path: Path) -> dict[int, Outcome]:
    """Return the outcomes on file; a line cut off by an interrupt is dropped."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            outcome = Outcome(**json.loads(line))
        except (json.JSONDecodeError, TypeError):
            continue
        found[outcome.seed] = outcome
    return found


def outcomes(seeds: list[int], jobs: int) -> Iterator[Outcome]:
    """Yield the outcomes of seeds as they come, in order."""
    if jobs == 1:
        yield from map(solved_case, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(solved_case, seeds, chunksize=8)


def table(found: list[Outcome]) -> list[dict[str, object]]:
    """Return one row per kind of shock, per horizon, and one for all."""
    rows: list[dict[str, object]] = []
    for kind in (*KINDS, "long", "medium", "short", "all"):
        of = [o for o in found if kind in (o.kind, o.horizon, "all")]
        solved = [o for o in of if o.status == "solved"]
        count = np.array([o.iterations for o in solved] or [0])
        seconds = np.array([o.seconds for o in of] or [0.0])
        rows.append(
            {
                "kind": kind,
                "cases": len(of),
                "solved": len(solved),
                "refused": sum(o.status == "refused" for o in of),
                "marked": sum(o.status == "marked" for o in of),
                "wrong": sum(bool(o.wrong) for o in of),
                "iterations_median": float(np.median(count)),
                "iterations_95": float(np.quantile(count, 0.95)),
                "iterations_most": int(count.max()),
                "seconds_median": float(np.median(seconds)),
                "seconds_95": float(np.quantile(seconds, 0.95)),
                "seconds_most": float(seconds.max()),
            }
        )
    return rows


def show(rows: list[dict[str, object]]) -> None:
    """Print the table."""
    print(
        f"{'kind':24s} {'cases':>6s} {'solved':>6s} {'refused':>7s} {'marked':>6s} {'wrong':>5s}"
        "   iterations: median  95 %  most   seconds: median   95 %   most"
    )
    for row in rows:
        print(
            "{kind:24s} {cases:6d} {solved:6d} {refused:7d} {marked:6d} {wrong:5d}   "
            "{iterations_median:18.0f} {iterations_95:5.0f} {iterations_most:5d}   "
            "{seconds_median:15.3f} {seconds_95:6.2f} {seconds_most:6.2f}".format(**row)
        )


def main() -> None:
    """Run what is missing of the wanted cases; print and write the table."""
    parser = argparse.ArgumentParser(description="Fuzz the solver.")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--from", dest="first", type=int, default=0, help="first seed")
    parser.add_argument("--fresh", action="store_true", help="forget finished cases")
    given = parser.parse_args()
    if given.fresh:
        CASES.unlink(missing_ok=True)
    seeds = range(given.first, given.first + given.cases)
    found = finished(CASES)
    missing = [s for s in seeds if s not in found]
    with CASES.open("a", encoding="utf-8") as file:
        for done, outcome in enumerate(outcomes(missing, given.jobs), 1):
            found[outcome.seed] = outcome
            file.write(json.dumps(asdict(outcome)) + "\n")
            file.flush()
            if outcome.wrong:
                print(f"seed {outcome.seed} ({outcome.kind}): {outcome.wrong}", flush=True)
            if done % 500 == 0:
                print(f"{done} of {len(missing)}", flush=True)
    of = [found[s] for s in seeds]
    rows = table(of)
    show(rows)
    RESULTS.write_text(json.dumps({"cases": len(of), "kinds": rows}, indent=2) + "\n")
    print(f"written: {RESULTS.name}")


if __name__ == "__main__":
    main()
