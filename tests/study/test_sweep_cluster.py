"""More than one machine: Dask workers, one of which is killed, and a store that speaks S3."""

import os
import signal
import subprocess
import sys

import pytest
from study_worlds import small_world
from sweep_worlds import LONG, long_sweep, rows_of, same_bits, small_sweep

from hansa.errors import HansaError
from hansa.study.sweeping import load_sweep, read_sweep, run_sweep

pytest.importorskip("distributed")
DRAWS = 8


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    return load_sweep(long_sweep(tmp_path_factory.mktemp("cluster"), DRAWS))


@pytest.fixture(scope="module")
def alone(sweep, tmp_path_factory):
    return rows_of(run_sweep(sweep, tmp_path_factory.mktemp("alone")))


def test_a_worker_is_killed_and_the_result_is_complete_and_the_same(sweep, alone, tmp_path):
    """The scheduler is somewhere else, as on a cluster; a new worker replaces the one killed."""
    from distributed import Client, LocalCluster

    killed = []
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        with Client(cluster) as client:
            workers = list(client.run(os.getpid).values())

        def kill_one(what, done, total):
            if what == "scenarios" and done and not killed:
                os.kill(workers[0], signal.SIGKILL)
                killed.append(workers[0])

        address = cluster.scheduler_address
        result = run_sweep(sweep, tmp_path, kill_one, scheduler=address, chunk=1)
        with Client(cluster) as client:
            assert set(client.run(os.getpid).values()) != set(workers)
    assert len(set(workers)) == 2
    assert killed
    assert same_bits(rows_of(result), alone)


def test_workers_of_its_own_give_the_same_bits(sweep, alone, tmp_path):
    result = run_sweep(sweep, tmp_path, workers=2)
    assert same_bits(rows_of(result), alone)


def test_no_scheduler_no_library(sweep, tmp_path, monkeypatch):
    monkeypatch.setattr("hansa.study.sweeping.cluster.ANSWER", 0.5)
    with pytest.raises(HansaError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1"):
        run_sweep(sweep, tmp_path, scheduler="tcp://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "hansa.study.sweeping.cluster", None)
    with pytest.raises(HansaError, match=r"install hansa\[cluster\]"):
        run_sweep(sweep, tmp_path, workers=2)


@pytest.fixture(scope="module")
def s3():
    """An object store that speaks S3, on this machine: moto's server in a process of its own."""
    pytest.importorskip("s3fs")
    pytest.importorskip("moto.server")
    server = subprocess.Popen(
        [sys.executable, "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    for line in server.stdout:
        if "Running on http" in line:
            break
    yield {"endpoint_url": line.split()[-1], "key": "test", "secret": "test"}
    server.kill()
    server.communicate()


def test_results_in_an_object_store_and_a_run_that_goes_on_there(s3, sweep, alone, tmp_path):
    import s3fs

    s3fs.S3FileSystem(**s3).mkdir("sweeps")

    def stop(what, done, total):
        if done >= 20:
            raise KeyboardInterrupt

    given = {"storage": s3, "catalogue": tmp_path / "index.duckdb"}
    with pytest.raises(KeyboardInterrupt):
        run_sweep(sweep, "s3://sweeps/mine", stop, chunk=1, **given)
    kept = read_sweep("s3://sweeps/mine/long", s3).rows.names()
    assert 2 <= len(kept) < DRAWS
    # Another machine, with a catalogue of its own, goes on.
    (tmp_path / "index.duckdb").unlink()
    result = run_sweep(sweep, "s3://sweeps/mine", **given)
    assert set(kept) < set(result.rows.names())
    assert result.rows.url.startswith("s3://sweeps/mine/long/rows-")
    assert same_bits(rows_of(result), alone)
    other = LONG.format(world=sweep.world, number=4).replace("name: long", "name: other")
    again = run_sweep(small_sweep(other), "s3://sweeps/mine", **given)
    assert again.reused == again.solves


def test_an_object_store_needs_its_library(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    known = sys.modules["fsspec.registry"]._registry
    monkeypatch.delitem(known, "s3", raising=False)
    with pytest.raises(HansaError, match=r"install hansa\[s3\]"):
        run_sweep(small_sweep(), "s3://sweeps/none", world=small_world())
