"""Who does the work: this process, or the workers of a Dask cluster.

May import its siblings. A task is the plan and the place its parts go to; a job is a range of
batches and what is known of it already. Doing a job twice writes the same bytes twice.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from hansa.errors import HansaError, StudyError
from hansa.study.sweeping.cases import Values, joined, solve_batch
from hansa.study.sweeping.place import Place
from hansa.study.sweeping.plan import Plan, engine
from hansa.study.sweeping.rows import rows_table, to_parquet


@dataclass(frozen=True, eq=False)
class Job:
    """Batches of one draw, and those of their solves that need not be solved again."""

    batches: range
    known: Values | None = None


@dataclass(frozen=True, eq=False)
class Task:
    """What every worker holds: the plan, and the place of its parts."""

    plan: Plan
    place: Place
    threads: int | None = None

    def __call__(self, job: Job) -> range:
        """Solve what a job leaves to solve, write its part, return its batches."""
        if self.plan.engine != engine():
            raise StudyError("this worker has another version of hansa than the sweep's")
        known = frozenset(job.known.keys) if job.known else frozenset[str]()
        with threadpool_limits(1, user_api="blas"):
            solved = [solve_batch(self.plan, b, known, self.threads) for b in job.batches]
        found = [v for v in (job.known, *solved) if v is not None]
        draw, _ = self.plan.cut(job.batches.start)
        self.place.write(
            part_name(job.batches), to_parquet(rows_table(self.plan, draw, joined(found)))
        )
        return job.batches


def part_name(batches: range) -> str:
    """Return the file name of a part: the first of its batches and the one after its last."""
    return f"{batches.start:08d}-{batches.stop:08d}.parquet"


def batches_of(name: str) -> range | None:
    """Return the batches of a part by its file name; None if it is none."""
    first, _, last = name.removesuffix(".parquet").partition("-")
    return range(int(first), int(last)) if first.isdigit() and last.isdigit() else None


def run_here(task: Task, jobs: Iterable[Job]) -> Generator[range, None, None]:
    """Yield the batches of each job as it is done, in this process."""
    for job in jobs:
        yield task(job)


def run_on_dask(
    task: Task, jobs: Iterable[Job], scheduler: str | None, workers: int
) -> Generator[range, None, None]:
    """Yield the batches of jobs as Dask workers finish them.

    Parameters
    ----------
    task : Task
    jobs : iterable of Job
        Asked for as workers become free.
    scheduler : str or None
        Address of a running scheduler; None starts `workers` processes on this machine.
    workers : int

    Raises
    ------
    HansaError
        Without the library, without the scheduler, or if a job kills its workers.
    """
    try:
        from hansa.study.sweeping.cluster import run_jobs
    except ImportError as error:
        raise HansaError(
            "a sweep on several processes or machines needs Dask: install hansa[cluster]"
        ) from error
    yield from run_jobs(task, jobs, scheduler, workers)
