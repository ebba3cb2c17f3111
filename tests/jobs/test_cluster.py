"""Partitions on a Dask cluster of processes, and on processes that die."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from joblib import parallel_config

from esrnn.errors import InputError
from esrnn.forecaster import fit_panel
from esrnn.frames import long_to_panel
from esrnn.jobs import CallError, Run, Unfinished, fit, predict, work
from esrnn.jobs.cluster import cluster_executor
from esrnn.jobs.processes import NAME
from tests.jobs.dying import WriteProcess, kill_me
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
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=":0",
        death_timeout=120,  # of a worker that doesn't start
    ) as cluster:
        yield cluster


@contextmanager
def at_first_file(act: Callable[[], object]) -> Iterator[None]:
    """Act when a job says that the first file is done; others are at work or wait then."""

    class Watch(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if getattr(record, "progress", (0, 0))[0] == 1:
                act()

    watch, logger = Watch(), logging.getLogger("esrnn.jobs")
    level = logger.level
    logger.addHandler(watch)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(watch)
        logger.setLevel(level)


def test_a_worker_that_dies_has_its_files_done_again(
    made: tuple[str, str, dict[str, bytes]], cluster: distributed.LocalCluster, tmp_path: Path
) -> None:
    model, data, wanted = made
    killed: list[int] = []

    def kill_one() -> None:
        killed.append(next(iter(cluster.workers.values())).pid)
        os.kill(killed[0], signal.SIGKILL)

    with at_first_file(kill_one):
        predict(model, data, str(tmp_path / "out"), run=Run(scheduler=cluster.scheduler_address))
    assert killed
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


def test_a_cluster_without_workers_ends_the_job(
    made: tuple[str, str, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esrnn.jobs.cluster._NO_WORKER_SECONDS", 0.5)
    monkeypatch.setattr(work, "_LOOK_SECONDS", 0.2)
    with distributed.LocalCluster(n_workers=0, dashboard_address=":0") as empty:
        run = Run(scheduler=empty.scheduler_address)
        with pytest.raises(Unfinished, match="has had no worker for"):
            predict(made[0], made[1], str(tmp_path / "out"), run=run)


def test_a_scheduler_that_is_lost_ends_the_job(
    made: tuple[str, str, dict[str, bytes]], tmp_path: Path
) -> None:
    model, data, wanted = made
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as lost:
        run = Run(scheduler=lost.scheduler_address)
        with at_first_file(lost.close), pytest.raises(Unfinished, match="was lost"):
            predict(model, data, str(tmp_path / "out"), run=run)
    assert predict(model, data, str(tmp_path / "out")).n_resumed > 0
    assert contents(tmp_path / "out") == wanted


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
    killed: list[int] = []

    def kill_one() -> None:
        child = next(one for one in multiprocessing.active_children() if one.name == NAME)
        child.kill()
        killed.append(child.pid or 0)

    with at_first_file(kill_one):
        predict(model, data, str(tmp_path / "out"), run=Run(workers=2))
    assert killed
    assert contents(tmp_path / "out") == wanted


def test_processes_that_always_die_end_the_job(
    made: tuple[str, str, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "_forecast_there", kill_me)
    with pytest.raises(Unfinished, match=r"3 workers died while they were at work on part-\d"):
        predict(made[0], made[1], str(tmp_path / "out"), run=Run(workers=2))
    monkeypatch.undo()
    predict(made[0], made[1], str(tmp_path / "out"))
    assert contents(tmp_path / "out") == made[2]


def test_members_are_trained_by_the_dask_of_the_caller(
    made: tuple[str, str, dict[str, bytes]], cluster: distributed.LocalCluster, tmp_path: Path
) -> None:
    framed = long_to_panel(sales(6))
    settings = {**TINY, "horizon": 2, "n_jobs": 2, "random_state": 0}
    here = fit_panel(framed, None, settings | {"n_jobs": 1})
    watched = settings | {"callbacks": [WriteProcess(str(tmp_path))]}
    with distributed.Client(cluster.scheduler_address, timeout=60), parallel_config("dask"):
        there = fit_panel(framed, None, watched)
    pids = {int(path.name) for path in tmp_path.iterdir()}
    assert pids <= {worker.pid for worker in cluster.workers.values()}
    for one, other in zip(here.model.ensemble.members, there.model.ensemble.members, strict=True):
        for name, weight in one.network.weights.items():
            np.testing.assert_array_equal(weight, other.network.weights[name])
