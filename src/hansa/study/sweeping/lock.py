"""The lock of a sweep's folder: one run at a time, and no lock outlives its run.

May import ``hansa.errors`` and its siblings. On disk the kernel holds the lock and drops it when
the process dies, however it dies. Where there is no such lock (object stores, some network
disks), a note that its holder keeps renewing stands in for it; an old note is passed over.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from hansa.errors import StudyError
from hansa.study.sweeping.place import Place

NAME = ".lock"
#: Seconds between two signs of life in a note, and after which a note counts as old.
RENEW, OLD = 20.0, 90.0


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """Hold a folder for one run; raises StudyError that names the holder if it is taken."""
    if place.is_local:
        Path(place.root).mkdir(parents=True, exist_ok=True)
        with open(place.path(NAME), "a+b") as file:
            if _by_kernel(place, file):
                yield
                return
    with _by_note(place):
        yield


def _by_kernel(place: Place, file: BinaryIO) -> bool:
    """Lock an open file; False where the system or the disk has no such locks."""
    try:
        import fcntl
    except ImportError:  # not a POSIX system
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        raise _taken(place, _parsed(file.read())) from None
    except OSError:
        return False
    file.truncate(0)
    file.write(_note(""))
    file.flush()
    return True


@contextmanager
def _by_note(place: Place) -> Iterator[None]:
    held = _parsed(place.read(NAME) or b"")
    here = held.get("host") == socket.gethostname()
    alive = time.time() - held.get("time", 0.0) < OLD and not (here and _dead(held["process"]))
    if held and alive:
        raise _taken(place, held)
    token, stop = uuid.uuid4().hex, threading.Event()
    place.write(NAME, _note(token))
    if _parsed(place.read(NAME) or b"").get("token") != token:
        raise _taken(place, _parsed(place.read(NAME) or b""))

    def renew() -> None:
        while not stop.wait(RENEW):
            place.write(NAME, _note(token))

    keeper = threading.Thread(target=renew, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()
        place.remove(NAME)


def _note(token: str) -> bytes:
    note = {
        "process": os.getpid(), "host": socket.gethostname(), "time": time.time(), "token": token,
    }  # fmt: skip
    return json.dumps(note).encode()


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(data))
    except ValueError:
        return {}


def _dead(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


def _taken(place: Place, held: dict[str, Any]) -> StudyError:
    who = f"process {held.get('process', '?')} on {held.get('host', 'another machine')}"
    return StudyError(
        f"{place.url} is in use by {who}; wait until it is done, or write somewhere else"
    )
