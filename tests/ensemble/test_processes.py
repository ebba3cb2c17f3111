"""Which of joblib's backends trains the members, and how many at a time."""

from __future__ import annotations

import importlib.util
import json
import logging
import multiprocessing
import os
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from joblib import parallel_config, register_parallel_backend
from joblib.parallel import BACKENDS
from numpy.testing import assert_array_equal

from esrnn.config import preset_config
from esrnn.ensemble import TrainingOptions, fit_ensemble, processes
from esrnn.ensemble.processes import count_processes
from esrnn.ensemble.training_time import estimate_seconds
from esrnn.errors import InputError
from esrnn.training import Job
from tests.hybrids import HERE, random_panel

ROOT = Path(__file__).resolve().parent.parent.parent
N_CALLS: list[int] = []


class _Recording(BACKENDS["loky"]):  # type: ignore[misc]
    """A backend of somebody else's, which sees what it is given."""

    def submit(self, func, callback=None):  # type: ignore[no-untyped-def]
        N_CALLS.append(1)
        return super().submit(func, callback)


@pytest.fixture
def recording() -> Iterator[str]:
    register_parallel_backend("recording", _Recording)
    N_CALLS.clear()
    yield "recording"
    del BACKENDS["recording"]


def forecast(options: TrainingOptions) -> np.ndarray:
    panel = random_panel(0, [30, 41, 25])
    config = preset_config("quarterly", 4, n_members=2, n_epochs=1, hidden_size=4)
    return fit_ensemble(panel, config, seed=1, options=options).forecast(panel)


def test_the_callers_backend_trains_the_members(recording: str) -> None:
    with parallel_config(recording):
        there = forecast(TrainingOptions(n_jobs=2))
    assert len(N_CALLS) == 2
    assert_array_equal(there, forecast(HERE))


def test_the_callers_number_of_jobs_counts_where_none_is_given(recording: str) -> None:
    with parallel_config(recording, n_jobs=3):
        assert count_processes(TrainingOptions(device="cpu")) == 3
        assert count_processes(TrainingOptions(n_jobs=2, device="cpu")) == 2
    assert count_processes(TrainingOptions(device="cuda")) == 1


def test_a_worker_that_loky_replaces_is_no_error_where_warnings_are() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with processes._loky():
            warnings.warn(
                "A worker stopped while some jobs were given to the executor.", stacklevel=2
            )
        with pytest.raises(UserWarning, match="worker"):
            warnings.warn(
                "A worker stopped while some jobs were given to the executor.", stacklevel=2
            )


def test_threads_train_one_member_after_another_by_default() -> None:
    with parallel_config("threading", n_jobs=2):
        assert count_processes(TrainingOptions(device="cpu")) == 1
        assert count_processes(TrainingOptions(n_jobs=2, device="cpu")) == 2


def test_the_log_says_how_far_a_training_is(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("esrnn"), "propagate", True)
    monkeypatch.setattr(processes, "_QUIET_S", -1.0)
    caplog.set_level(logging.INFO, "esrnn")
    forecast(HERE)
    begun, half, done = (record.getMessage() for record in caplog.records)
    assert begun == "training begins: 2 networks on 3 series"
    assert re.fullmatch(r"1 of 2 networks trained; about \d+ s left", half)
    assert re.fullmatch(r"2 of 2 networks trained, in \d+ s", done)


class TestByDefault:
    """Jobs stand for their seconds; there are two cores."""

    @pytest.fixture(autouse=True)
    def _two_cores(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(processes, "estimate_seconds", lambda job: job)
        monkeypatch.setattr(processes, "effective_n_jobs", lambda n: 2 if n == -1 else n)

    @pytest.mark.parametrize(
        ("seconds", "expected"), [([9.0] * 2, 1), ([11.0] * 2, 2), ([3.0] * 6, 1), ([4.0] * 6, 2)]
    )
    def test_processes_start_where_they_save_more_than_their_start(
        self, seconds: list[float], expected: int
    ) -> None:
        assert count_processes(TrainingOptions(device="cpu"), seconds) == expected
        assert count_processes(TrainingOptions(n_jobs=2, device="cpu"), seconds) == 2
        assert count_processes(TrainingOptions(n_jobs=1, device="cpu"), seconds) == 1

    def test_no_processes_for_a_time_that_is_shorter_than_their_start(self) -> None:
        jobs = [1000.0] * 4
        for left, expected in ((5.0, 1), (60.0, 2)):
            deadline = time.time() + left
            assert count_processes(TrainingOptions(device="cpu"), jobs, deadline) == expected

    def test_a_child_process_trains_in_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(multiprocessing, "parent_process", lambda: "a parent")
        assert count_processes(TrainingOptions(device="cpu"), [1000.0] * 4) == 1
        assert count_processes(TrainingOptions(n_jobs=2, device="cpu"), [1000.0] * 4) == 2


@pytest.mark.parametrize(
    ("preset", "n_series", "length", "least", "most"),
    [("daily", 40, 1000, 0.1, 2.0), ("hourly", 414, 900, 50.0, 300.0)],
)
def test_the_estimate_of_a_training(
    preset: str, n_series: int, length: int, least: float, most: float
) -> None:
    panel = random_panel(0, [length] * n_series)
    job = Job(panel, None, preset_config(preset), 0)  # type: ignore[arg-type]
    assert least < estimate_seconds(job) < most


@pytest.mark.parametrize("backend", ["threading", "multiprocessing"])
def test_loky_stands_in_for_threads_and_for_forks(backend: str) -> None:
    with parallel_config(backend):
        there = forecast(TrainingOptions(n_jobs=2))
    assert_array_equal(there, forecast(HERE))


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
def test_rays_workers_train_the_members(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.ensemble.on_ray", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "HOME": str(tmp_path), "RAY_USAGE_STATS_ENABLED": "0"},
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.pop("workers") == 2
    assert not found.pop("here")
    assert all(found.values()), found


@pytest.mark.parametrize("n_jobs", [0, 1.5, "two"])
def test_what_is_no_number_of_processes_is_refused(n_jobs: object) -> None:
    with pytest.raises(InputError, match="n_jobs must be a number of processes"):
        count_processes(TrainingOptions(n_jobs=n_jobs))  # type: ignore[arg-type]
