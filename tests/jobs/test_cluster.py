"""Partitions on a Dask cluster of processes, and on processes that die."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from esrnn.errors import InputError
from esrnn.jobs import CallError, Run, Unfinished, fit, predict
from esrnn.jobs.cluster import cluster_executor
from esrnn.jobs.state import state_folder
from tests.jobs.made_up import TINY, contents, sales, write_parts

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.slow
_N_PARTS = 6


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, dict[str, bytes]]:
    """A model, data in parts, and the output of one process."""
    folder = tmp_path_factory.mktemp("cluster")
    data = write_parts(folder / "data", _N_PARTS)
    fit(str(data), str(folder / "model"), 2, settings=TINY)
    predict(str(folder / "model"), str(data), str(folder / "out"))
    return str(folder / "model"), str(data), contents(folder / "out")


@pytest.fixture(scope="module")
def cluster() -> Iterator[distributed.LocalCluster]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster


def kill_one_when_at_work(out: Path, pid_of: list[int]) -> threading.Thread:
    """Kill a process as soon as the first part of an output is done."""

    def wait_and_kill() -> None:
        done = state_folder(str(out)) / "done"
        for _ in range(3_000):
            if done.is_dir() and any(done.iterdir()):
                break
            time.sleep(0.02)
        os.kill(pid_of[0], signal.SIGKILL)

    thread = threading.Thread(target=wait_and_kill)
    thread.start()
    return thread


def test_a_worker_that_dies_has_its_files_done_again(
    made: tuple[str, str, dict[str, bytes]], cluster: distributed.LocalCluster, tmp_path: Path
) -> None:
    model, data, wanted = made
    victim = next(iter(cluster.workers.values()))
    thread = kill_one_when_at_work(tmp_path / "out", [victim.pid])
    predict(model, data, str(tmp_path / "out"), run=Run(scheduler=cluster.scheduler_address))
    thread.join()
    assert contents(tmp_path / "out") == wanted


def test_a_fault_on_a_cluster_is_that_of_one_process(
    made: tuple[str, str, dict[str, bytes]], cluster: distributed.LocalCluster, tmp_path: Path
) -> None:
    df = sales(2)
    df.loc[3, "y"] = float("inf")
    df.to_parquet(tmp_path / "sales.parquet")
    run = Run(on_error="raise", scheduler=cluster.scheduler_address)
    with pytest.raises(InputError, match="must be finite") as caught:
        predict(made[0], str(tmp_path / "sales.parquet"), str(tmp_path / "out"), run=run)
    assert caught.value.series == ("shop0",)


def test_a_file_that_kills_its_workers_ends_the_job(cluster: distributed.LocalCluster) -> None:
    from distributed.scheduler import KilledWorker

    with pytest.raises(Unfinished, match="died again and again"):
        with cluster_executor(cluster.scheduler_address):
            raise KilledWorker("forecast_partition-1", SimpleNamespace(address="tcp://one"), 3)


def test_nothing_answers_at_an_address(
    made: tuple[str, str, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esrnn.jobs.cluster._SECONDS", 0.5)
    with pytest.raises(CallError, match=r"no Dask scheduler answers at 'tcp://127.0.0.1:9'"):
        predict(made[0], made[1], str(tmp_path / "out"), run=Run(scheduler="tcp://127.0.0.1:9"))


def test_a_process_that_dies_has_its_files_done_again(
    made: tuple[str, str, dict[str, bytes]], tmp_path: Path
) -> None:
    model, data, wanted = made
    pids: list[int] = []

    def find_and_kill() -> None:
        done = state_folder(str(tmp_path / "out")) / "done"
        while not (done.is_dir() and any(done.iterdir())):
            time.sleep(0.02)
        pids.append(multiprocessing.active_children()[0].pid or 0)
        os.kill(pids[0], signal.SIGKILL)

    thread = threading.Thread(target=find_and_kill)
    thread.start()
    predict(model, data, str(tmp_path / "out"), run=Run(workers=2))
    thread.join()
    assert pids
    assert contents(tmp_path / "out") == wanted


def test_processes_that_always_die_end_the_job(
    made: tuple[str, str, dict[str, bytes]], tmp_path: Path
) -> None:
    stop = threading.Event()

    def kill_all() -> None:
        while not stop.wait(0.05):
            for child in multiprocessing.active_children():
                child.kill()

    thread = threading.Thread(target=kill_all)
    thread.start()
    try:
        with pytest.raises(Unfinished, match="workers died 3 times in a row"):
            predict(made[0], made[1], str(tmp_path / "out"), run=Run(workers=2))
    finally:
        stop.set()
        thread.join()
    predict(made[0], made[1], str(tmp_path / "out"))
    assert contents(tmp_path / "out") == made[2]
