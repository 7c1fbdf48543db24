"""Carrying out the draws of a study: on several processes, resumable, the same whoever does them.

May import every room to the left. Each draw is solved by one process on one thread, so numbers
do not depend on how many there are; what is finished is kept in a Store in few files, so a run
that was stopped goes on. Workers are plain processes that read numbers and write results: unlike
those of `multiprocessing` they also work under scripts without a main guard.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int
from threadpoolctl import threadpool_limits

from hansa.errors import StudyError
from hansa.study.drawn import Arrays, common, solve_draw
from hansa.study.schema import Study
from hansa.study.store import Store
from hansa.world.world import World

Array = np.ndarray
Tick = Callable[[int], None]
Found = tuple[int, Arrays | str]

#: Finished draws are written together once there are so many, or after so many seconds.
TOGETHER, SECONDS = 20, 20.0
#: A process is not worth starting for fewer draws than this.
WORTH = 5
PREFIX = "draws-"


@dataclass(frozen=True, eq=False)
class DrawTable:
    """All draws of a study.

    Attributes
    ----------
    number : int
        How many were asked for.
    solved : (D,) int array
        Numbers of the solved ones, increasing.
    failed : dict of int to str
        Why each of the others was not solved.
    arrays : dict of arrays
        What the parts found, as ``part.array``; (D, ...), in the order of `solved`.
    """

    number: int
    solved: Int[Array, " d"]
    failed: dict[int, str]
    arrays: Arrays

    def __getitem__(self, name: str) -> Array:
        return self.arrays[name]

    def __contains__(self, name: str) -> bool:
        return name in self.arrays


def solve_draws(
    world: World, study: Study, store: Store, tick: Tick, workers: int | None = None
) -> DrawTable | None:
    """Return all draws of a study; None if none are asked for.

    Parameters
    ----------
    world : World
    study : Study
    store : Store
        Finished draws are taken from it and kept in it.
    tick : callable
        Told how many draws were finished.
    workers : int, optional
        Processes; all cores by default. Numbers do not depend on it.

    Raises
    ------
    StudyError
        If a worker process ends before its time. What was finished is kept.
    """
    number = study.draws.number
    if number == 0:
        return None
    done = kept(store, number)
    tick(len(done))
    left = [k for k in range(number) if k not in done]
    count = min(workers or os.cpu_count() or 1, len(left) // WORTH)
    found = _here(world, study, left) if count <= 1 else _apart(world, study, left, count)
    keeper = _Keeper(store)
    try:
        for k, result in found:
            done[k] = result
            keeper.add(k, result)
            tick(1)
    finally:
        found.close()
        keeper.write()
    return gathered(number, done)


def gathered(number: int, done: dict[int, Arrays | str]) -> DrawTable:
    """Return draws as one table."""
    solved = {k: v for k, v in sorted(done.items()) if not isinstance(v, str)}
    failed = {k: v for k, v in sorted(done.items()) if isinstance(v, str)}
    names = next(iter(solved.values()), {})
    arrays = {name: np.stack([v[name] for v in solved.values()]) for name in names}
    return DrawTable(number, np.array(list(solved), dtype=np.int64), failed, arrays)


# ---- keeping --------------------------------------------------------------------------------


class _Keeper:
    """Writes finished draws to a store, some at a time."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.waiting: dict[int, Arrays | str] = {}
        self.last = time.monotonic()

    def add(self, k: int, result: Arrays | str) -> None:
        self.waiting[k] = result
        if len(self.waiting) >= TOGETHER or time.monotonic() - self.last > SECONDS:
            self.write()

    def write(self) -> None:
        """Write what waits: the number of the first draw names the part, so no two collide."""
        if not self.waiting:
            return
        table = gathered(0, self.waiting)
        messages = np.array([table.failed[k] for k in table.failed], dtype=np.str_)
        self.store.put(
            f"{PREFIX}{min(self.waiting):05d}",
            solved=table.solved,
            failed=np.array(list(table.failed), dtype=np.int64),
            messages=messages,
            **table.arrays,
        )
        self.waiting, self.last = {}, time.monotonic()


def kept(store: Store, number: int) -> dict[int, Arrays | str]:
    """Return the first `number` draws as far as a store holds them."""
    done: dict[int, Arrays | str] = {}
    for name in store.names(PREFIX):
        held = store.get(name)
        if held is None:
            continue
        solved, failed, messages = (held.pop(key) for key in ("solved", "failed", "messages"))
        done |= {int(k): {n: a[at] for n, a in held.items()} for at, k in enumerate(solved)}
        done |= {int(k): str(m) for k, m in zip(failed, messages, strict=True)}
    return {k: v for k, v in done.items() if k < number}


# ---- processes ------------------------------------------------------------------------------


def _here(world: World, study: Study, numbers: Sequence[int]) -> Generator[Found, None, None]:
    """Yield draws solved in this process."""
    if not numbers:
        return
    with threadpool_limits(1, user_api="blas"):
        shared = common(world, study)
        for k in numbers:
            yield k, solve_draw(shared, k)


def _apart(
    world: World, study: Study, numbers: Sequence[int], count: int
) -> Generator[Found, None, None]:
    """Yield draws as worker processes finish them; closing stops the workers at once."""
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for k in numbers:
        waiting.put(k)
    results: queue.SimpleQueue[Found | StudyError] = queue.SimpleQueue()
    workers = [_worker() for _ in range(count)]
    feeders = [
        threading.Thread(target=_fed, args=(w, (world, study), waiting, results), daemon=True)
        for w in workers
    ]
    try:
        for feeder in feeders:
            feeder.start()
        for _ in numbers:
            found = results.get()
            if isinstance(found, StudyError):
                raise found
            yield found
    finally:
        for worker in workers:
            worker.kill()
        for worker, feeder in zip(workers, feeders, strict=True):
            worker.wait()
            feeder.join()


def _worker() -> subprocess.Popen[bytes]:
    """Return a process that runs `draw_worker`, in a session of its own: Ctrl-C is ours to pass."""
    source = str(Path(__file__).parents[2])
    path = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return subprocess.Popen(
        [sys.executable, "-m", "hansa.study.draw_worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | threads | {"PYTHONPATH": path},
        start_new_session=True,
    )


def _fed(
    worker: subprocess.Popen[bytes],
    task: tuple[World, Study],
    waiting: queue.SimpleQueue[int],
    results: queue.SimpleQueue[Found | StudyError],
) -> None:
    """Give a worker one number after another; each result goes into the queue."""
    into, out = worker.stdin, worker.stdout
    assert into is not None
    assert out is not None
    try:
        pickle.dump(task, into)
        while True:
            try:
                k = waiting.get_nowait()
            except queue.Empty:
                return
            pickle.dump(k, into)
            into.flush()
            results.put((k, pickle.load(out)))
    except (OSError, EOFError, pickle.UnpicklingError):
        code = worker.wait()
        results.put(
            StudyError(
                f"a process that solves draws ended early (exit code {code}; -9 is often too "
                "little memory). Finished draws are kept: run again, perhaps with fewer workers."
            )
        )
    finally:
        out.close()
        with suppress(OSError):  # what it had not yet read is lost with it
            into.close()
