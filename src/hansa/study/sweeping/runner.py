"""run_sweep: from a sweep to rows on disk or in an object store, going on where it was.

May import its siblings. The parts are the truth: a part that is there is done, whole, and never
solved again; the catalogue says which scenarios other sweeps have solved already.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import pyarrow as pa

from hansa.errors import StudyError
from hansa.study.draws import SIZES
from hansa.study.sweeping.cases import Values, joined
from hansa.study.sweeping.catalogue import Catalogue, RunEntry, default_path
from hansa.study.sweeping.executors import (
    Job,
    Task,
    batches_of,
    part_name,
    run_here,
    run_on_dask,
)
from hansa.study.sweeping.lock import locked
from hansa.study.sweeping.place import Place, place_of
from hansa.study.sweeping.plan import Plan, make_plan
from hansa.study.sweeping.results import SweepResult
from hansa.study.sweeping.rows import to_parquet, values_from
from hansa.study.sweeping.schema import Sweep
from hansa.world.load import load_world
from hansa.world.world import World

#: Called with (what is being done, steps done, steps in all).
Report = Callable[[str, int, int], None]
#: Batches in a part, and so what a killed run can lose.
CHUNK = 2
#: Seconds between two entries into the catalogue.
PAUSE = 1.0


@dataclass
class _Run:
    """One run of a plan: where it writes, what it knows, how far it is."""

    plan: Plan
    home: Place
    rows: Place
    catalogue: Catalogue
    chunk: int
    report: Report
    others: list[str] = field(default_factory=list)
    waiting: dict[str, list[str]] = field(default_factory=dict)
    entered: float = field(default_factory=time.monotonic)
    done: int = 0
    reused: int = 0

    def tick(self, solves: int) -> None:
        self.done += solves
        self.report("scenarios", self.done, self.plan.solves)

    def solves_of(self, batches: range) -> tuple[int, range]:
        """Return the draw and the solves of consecutive batches of one draw."""
        draw, first = self.plan.cut(batches.start)
        _, last = self.plan.cut(batches.stop - 1)
        return draw, range(first.start, last.stop)

    def enter(self, batches: range) -> None:
        """Enter a part that is there into the catalogue, with others if they come fast."""
        draw, solves = self.solves_of(batches)
        self.waiting[part_name(batches)] = self.plan.keys(draw, solves)
        self.tick(len(solves))
        if time.monotonic() - self.entered > PAUSE:
            self.flush()

    def flush(self) -> None:
        """Write what waits to be entered; a run killed before it does so next time."""
        if self.waiting:
            self.catalogue.add(self.rows.url, self.waiting)
        self.waiting, self.entered = {}, time.monotonic()


def run_sweep(
    sweep: Sweep,
    out: str | Path = "out",
    report: Report | None = None,
    *,
    world: World | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    chunk: int = CHUNK,
    catalogue: str | Path | None = None,
    storage: Mapping[str, Any] | None = None,
) -> SweepResult:
    """Run a sweep, or go on with it, and leave its rows as Parquet.

    Parameters
    ----------
    sweep : Sweep
    out : str or Path
        Folder, or URL that fsspec knows (``s3://bucket/folder``); the sweep writes into a
        folder of its name inside.
    report : callable, optional
        Progress: what, steps done, steps in all.
    world : World, optional
        Instead of the sweep's own.
    workers : int
        Processes on this machine; more than one needs ``hansa[cluster]``.
    scheduler : str, optional
        Address of a Dask scheduler (``tcp://host:8786``) whose workers do the work instead.
    chunk : int
        Batches of 512 equilibria written together: what a killed run can lose. Results do not
        depend on it.
    catalogue : path, optional
        By default ``catalogue.duckdb`` in `out`, or in the user's cache if `out` is a URL.
    storage : mapping, optional
        Passed to fsspec, for example ``{"endpoint_url": "https://..."}``.

    Returns
    -------
    SweepResult

    Raises
    ------
    StudyError
        If the sweep does not fit its world, or its folder is in use by another run.
    HansaError
        If an extra is missing, or a cluster fails.
    """
    if chunk < 1 or workers < 1:
        raise StudyError(f"chunk and workers are at least 1, not {min(chunk, workers)}")
    world = load_world(sweep.world) if world is None else world
    top = place_of(out, storage)
    home = top.at(sweep.name)
    with locked(home):
        plan = make_plan(sweep, world)
        rows = home.at(f"rows-{plan.digest[:12]}")
        index = Catalogue(Path(catalogue or default_path(top.root, top.is_local)))
        run = _Run(plan, home, rows, index, chunk, report or (lambda *_: None))
        _begin(run)
        remaining = plan.units(chunk, _finished(run))
        task = Task(plan, rows)
        jobs = _jobs(run, remaining)
        finished = (
            run_here(task, jobs)
            if scheduler is None and workers == 1
            else run_on_dask(task, jobs, scheduler, workers)
        )
        with closing(finished):  # workers stop before the folder is free again
            try:
                for batches in finished:
                    run.enter(batches)
            finally:
                run.flush()
        return _end(run)


def _begin(run: _Run) -> None:
    """Write what the run is, enter it into the catalogue, and find others that may help."""
    plan, sweep = run.plan, run.plan.sweep
    entry = RunEntry(
        folder=run.rows.url,
        name=sweep.name,
        title=sweep.title,
        plan=plan.digest,
        world=plan.world.name,
        countries=plan.countries,
        scenarios=plan.scenarios,
        solves=plan.solves,
        hansa=metadata.version("hansa"),
        sweep=sweep.model_dump_json(),
    )
    run.catalogue.begin(entry)
    scheme = run.rows.url.partition("://")[0] if not run.rows.is_local else ""
    run.others = [
        folder
        for folder in run.catalogue.others(run.rows.url, plan.countries)
        if (folder.partition("://")[0] if "://" in folder else "") == scheme
    ]
    about = {
        "name": sweep.name,
        "title": sweep.title,
        "rows": run.rows.root.rsplit("/", 1)[-1],
        "plan": plan.digest,
        "engine": plan.engine,
        "world": {"name": plan.world.name, "year": plan.world.year, "digest": plan.world.digest},
        "scenarios": plan.scenarios,
        "solves": plan.solves,
        "clubs": int(plan.masks.size),
        "countries": list(plan.countries),
        "made with": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in ("hansa", "numpy", "scipy")},
        },
        "sweep": json.loads(sweep.model_dump_json()),
    }
    run.home.write("sweep.json", (json.dumps(about, indent=2, ensure_ascii=False) + "\n").encode())


def _finished(run: _Run) -> list[range]:
    """Return the batches whose parts are there, and bring the catalogue in line with them."""
    run.rows.clear_drafts()
    held = [batches for name in run.rows.names() if (batches := batches_of(name)) is not None]
    entered = run.catalogue.parts(run.rows.url)
    if gone := sorted(entered - {part_name(batches) for batches in held}):
        run.catalogue.forget(run.rows.url, gone)
    for batches in held:
        if part_name(batches) in entered:
            run.tick(len(run.solves_of(batches)[1]))
        else:
            run.enter(batches)
    run.flush()
    return held


def _jobs(run: _Run, units: Sequence[range]) -> Iterator[Job]:
    """Yield what there is to do, each with what other sweeps have solved of it."""
    for batches in units:
        known = _known(run, batches)
        run.reused += known.solves.size if known else 0
        yield Job(batches, known)


def _known(run: _Run, batches: range) -> Values | None:
    """Return what other sweeps have solved of some batches."""
    if not run.others:
        return None
    draw, solves = run.solves_of(batches)
    keys = run.plan.keys(draw, solves)
    number = dict(zip(keys, solves, strict=True))
    found: list[Values] = []
    for (folder, part), held in run.catalogue.find(keys, run.others).items():
        place = Place(run.rows.files, run.rows.files._strip_protocol(folder))
        data = place.read(part)
        if data is None:
            run.catalogue.forget(folder, [part])
            continue
        values = values_from(data, held, run.plan, [number[key] for key in held])
        found += [values] if values is not None else []
    return joined(found) if found else None


def _end(run: _Run) -> SweepResult:
    """Write the draws and the summary, count what failed, close the entry in the catalogue."""
    plan = run.plan
    if plan.sweep.draws is not None:
        run.home.write("draws.parquet", _draws(plan))
    result = SweepResult(
        sweep=plan.sweep,
        home=run.home,
        rows=run.rows,
        scenarios=plan.scenarios,
        solves=plan.solves,
        clubs=int(plan.masks.size),
        countries=plan.countries,
        reused=run.reused,
    )
    run.report("summary", plan.solves, plan.solves)
    result.write_summary()
    run.catalogue.finish(run.rows.url, int(result.failed["scenarios"].sum()))
    return result


def _draws(plan: Plan) -> bytes:
    """Return the Parquet file of what each draw drew: strength, sizes, elasticities by sector."""
    held: dict[str, list[Any]] = {"draw": list(plan.draws)}
    for k in plan.draws:
        draw = plan.draw(k)
        numbers = {"strength": plan.strength(draw)}
        numbers |= dict(zip(SIZES, plan.size(0, draw), strict=True))
        theta = zip(plan.world.sectors, plan.elasticities(draw), strict=True)
        numbers |= {f"theta_{sector}": value for sector, value in theta}
        drawn = plan.sweep.draws.drawn if plan.sweep.draws else ()
        for name, value in numbers.items():
            if name in drawn or name.startswith("theta_"):
                held.setdefault(name, []).append(value)
    return to_parquet(pa.table(held))
