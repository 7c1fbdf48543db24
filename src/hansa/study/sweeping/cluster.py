"""A sweep on a Dask cluster. Imported only when one is asked for: Dask is an extra.

May import its siblings. The plan goes to every worker once, through the scheduler, so also to
workers that join later or come back after a crash; a job goes to another worker when its own
dies (Rocklin 2015, Proc. 14th Python in Science Conf.).
"""

from __future__ import annotations

import ctypes
import logging
import signal
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any

from distributed import (
    Client,
    KilledWorker,
    LocalCluster,
    Worker,
    WorkerPlugin,
    as_completed,
    get_worker,
)

from hansa.errors import HansaError
from hansa.study.sweeping.executors import Job, Task

#: Jobs given out for each thread of the cluster: one at work, one waiting.
AHEAD = 2
#: Seconds to wait for a scheduler's first answer.
ANSWER = 20.0


class _Carrier(WorkerPlugin):
    """Brings the task to every worker, whenever it joins."""

    def __init__(self, task: Task, ours: bool) -> None:
        self.name = f"hansa-{task.plan.digest}"
        self.task = task
        self.ours = ours

    def setup(self, worker: Worker) -> None:
        keep_memory()
        if self.ours and threading.current_thread() is threading.main_thread():
            # A terminal sends Ctrl-C to all of us; the process that runs the sweep ends it.
            signal.signal(signal.SIGINT, signal.SIG_IGN)


def keep_memory() -> None:
    """Let this process keep the memory it frees, where its C library is glibc.

    Dask has its workers hand memory back at once. The solver takes and frees arrays of a few
    megabytes all the time, and would spend as long on getting them back as on solving.
    """
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    trim_threshold, mmap_threshold = -1, -3  # malloc.h
    mallopt(trim_threshold, 1 << 30)
    mallopt(mmap_threshold, 1 << 25)  # the most it takes


def run_jobs(
    task: Task, jobs: Iterable[Job], scheduler: str | None, workers: int
) -> Generator[range, None, None]:
    """Yield the batches of jobs as workers finish them; see `executors.run_on_dask`."""
    waiting = iter(jobs)
    with _client(scheduler, workers) as client:
        # One thread a job: whole jobs are what runs side by side.
        carrier = _Carrier(replace(task, threads=1), ours=scheduler is None)
        client.register_plugin(carrier)
        try:
            running = as_completed(
                [_submit(client, carrier.name, job) for job in _some(client, waiting)]
            )
            for future in running:
                try:
                    yield future.result()
                except KilledWorker as error:
                    raise HansaError(
                        "a chunk of the sweep killed every worker that tried it, most likely for "
                        "want of memory; give workers more, or use a smaller --chunk"
                    ) from error
                for job in islice(waiting, max(0, _room(client) - running.count())):
                    running.add(_submit(client, carrier.name, job))
        finally:
            if scheduler is not None:  # others may go on using it
                client.unregister_worker_plugin(carrier.name)


def _some(client: Client, waiting: Iterator[Job]) -> Iterator[Job]:
    return islice(waiting, _room(client))


def _room(client: Client) -> int:
    """Return how many jobs the cluster should have at a time; more workers may have joined."""
    return AHEAD * max(1, sum(client.nthreads().values()))


def _submit(client: Client, carrier: str, job: Job) -> Any:
    return client.submit(_do, carrier, job, pure=False, priority=-job.batches.start)


def _do(carrier: str, job: Job) -> range:
    held: Any = get_worker().plugins[carrier]
    done: range = held.task(job)
    return done


@contextmanager
def _client(scheduler: str | None, workers: int) -> Iterator[Client]:
    if scheduler is None:
        with (
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                dashboard_address=":0",  # any free port
                silence_logs=logging.ERROR,
            ) as local,
            Client(local) as client,
        ):
            yield client
        return
    try:
        client = Client(scheduler, timeout=ANSWER)
    except (OSError, TimeoutError, ValueError) as error:
        raise HansaError(f"no Dask scheduler answers at {scheduler}: {error}") from error
    with client:
        yield client
