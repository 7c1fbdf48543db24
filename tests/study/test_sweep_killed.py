"""Real processes, really killed: what is finished stays, nothing is half there, one at a time."""

import json
import os
import signal
import subprocess
import time

import pytest
from study_worlds import small_world
from sweep_worlds import command, long_sweep, quiet, rows_of, same_bits, small_sweep

from hansa.errors import StudyError
from hansa.study.sweeping import load_sweep, lock, read_sweep, run_sweep
from hansa.study.sweeping.catalogue import Catalogue
from hansa.study.sweeping.place import place_of

#: Draws, each a part of its own.
DRAWS = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("killed")


@pytest.fixture(scope="module")
def uninterrupted(folder):
    path = long_sweep(folder, DRAWS)
    return rows_of(run_sweep(load_sweep(path), folder / "whole"))


def begin(folder, out, *words):
    """Start a run in a process of its own."""
    return subprocess.Popen(
        [*command(str(folder / "long.yaml"), "--out", str(out), "--chunk", "1"), *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=quiet(),
        start_new_session=True,
    )  # fmt: skip


def parts(out):
    return sorted(out.glob("long/rows-*/[0-9]*.parquet"))


def wait_for(what, seconds=60):
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


def test_killed_at_any_moment_and_resumed_it_is_the_same_to_the_last_bit(folder, uninterrupted):
    out = folder / "killed"
    # As it makes its first files, in the middle of a chunk, and as a part or its entry in the
    # catalogue is being written (or, where those are missed, at the next part).
    moments = (
        lambda: (out / "catalogue.duckdb").exists(),
        lambda: len(parts(out)) >= 3 or (parts(out) and any(out.glob("long/rows-*/.*.tmp"))),
        lambda: len(parts(out)) >= 8 or (len(parts(out)) > 4 and wal.exists()),
    )
    wal = out / "catalogue.duckdb.wal"
    for moment in moments:
        run = begin(folder, out)
        wait_for(lambda run=run, moment=moment: moment() or run.poll() is not None)
        run.kill()
        run.communicate()
        assert run.returncode == -signal.SIGKILL
        before = {p: p.stat().st_mtime_ns for p in parts(out)}
        assert all(p.read_bytes()[-4:] == b"PAR1" for p in before)
    assert 4 < len(before) < DRAWS
    result = run_sweep(load_sweep(folder / "long.yaml"), out, chunk=1)
    assert {p: p.stat().st_mtime_ns for p in before} == before
    assert same_bits(rows_of(result), uninterrupted)
    listed = Catalogue(out / "catalogue.duckdb").runs()
    assert listed["solved"].item() == listed["solves"].item() == result.solves
    assert not list(out.rglob("*.tmp"))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_keeps_finished_chunks_and_says_so(folder, uninterrupted, workers):
    if workers != "1":
        pytest.importorskip("distributed")
    out = folder / f"stopped-{workers}"
    run = begin(folder, out, "--workers", workers)
    wait_for(lambda: len(parts(out)) >= 2)
    os.killpg(run.pid, signal.SIGINT)  # a terminal sends it to the workers too
    _, complaint = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "what was finished is kept" in complaint
    assert "Traceback" not in complaint
    kept = len(parts(out))
    assert 2 <= kept < DRAWS
    asked = read_sweep(out / "long").query("SELECT count(DISTINCT draw) AS draws FROM rows")
    assert asked["draws"].item() == kept
    result = run_sweep(load_sweep(folder / "long.yaml"), out)
    assert same_bits(rows_of(result), uninterrupted)


def test_two_runs_in_one_folder_exclude_each_other(folder, uninterrupted):
    out = folder / "two"
    run = begin(folder, out)
    wait_for(lambda: len(parts(out)) >= 1)
    with pytest.raises(StudyError, match=f"in use by process {run.pid} on "):
        run_sweep(load_sweep(folder / "long.yaml"), out)
    run.kill()
    run.communicate()
    # The lock file of the killed process is there and holds nobody back.
    assert json.loads((out / "long" / ".lock").read_text())["process"] == run.pid
    assert same_bits(rows_of(run_sweep(load_sweep(folder / "long.yaml"), out)), uninterrupted)


def test_where_there_are_no_kernel_locks_a_note_takes_their_place(tmp_path, monkeypatch):
    place = place_of("memory://locks").at("mine")

    def note(**changes):
        held = {"process": os.getpid(), "host": "elsewhere", "time": time.time(), "token": "x"}
        place.write(lock.NAME, json.dumps(held | changes).encode())

    note()
    with pytest.raises(StudyError, match="on elsewhere; wait"), lock.locked(place):
        pass
    note(time=time.time() - 2 * lock.OLD)  # nobody has renewed it for long
    with lock.locked(place):
        with pytest.raises(StudyError, match=f"process {os.getpid()}"), lock.locked(place):
            pass
        monkeypatch.setattr(lock, "RENEW", 0.01)
    gone = subprocess.Popen(["true"])
    gone.wait()
    note(host=lock.socket.gethostname(), process=gone.pid)  # killed on this machine
    with lock.locked(place):
        first = json.loads(place.read(lock.NAME))["time"]
        wait_for(lambda: json.loads(place.read(lock.NAME))["time"] > first, 5)
    assert place.read(lock.NAME) is None


def test_a_catalogue_in_use_is_waited_for_and_then_named(tmp_path, monkeypatch):
    holder = subprocess.Popen(
        [command()[0], "-c", "import duckdb, sys, time; db = duckdb.connect(sys.argv[1]); "
         "print('open', flush=True); time.sleep(60)", str(tmp_path / "catalogue.duckdb")],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "open\n"
    monkeypatch.setattr("hansa.study.sweeping.catalogue.PATIENCE", 0.2)
    with pytest.raises(StudyError, match=r"cannot open the catalogue .*catalogue\.duckdb"):
        run_sweep(small_sweep(), tmp_path, world=small_world())
    holder.kill()
    holder.communicate()
