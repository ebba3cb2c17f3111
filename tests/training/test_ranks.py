"""Two processes that train together, against one."""

from __future__ import annotations

import os
import pickle
import re
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from torch import distributed

from esrnn.ensemble import Ensemble
from esrnn.errors import InputError, LostProcessError
from esrnn.nn.draws import SeriesGenerator
from esrnn.smoothing import fit_smoothing
from esrnn.training import Job, current_ranks, data_parallel
from esrnn.training.initial import initial_model
from esrnn.training.problem import TrainingProblem
from esrnn.training.ranks import Ranks
from esrnn.training.shared_state import SharedState
from tests.hybrids import random_panel
from tests.training import on_ranks
from tests.training.members import config

ROOT = Path(__file__).resolve().parent.parent.parent
_WAIT_S = 300


def torchruns_variables(n: int) -> dict[str, str]:
    """Return what torchrun tells all of n processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    return {"WORLD_SIZE": str(n), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}


def launch(folder: Path, n: int, timeout_s: float = 120.0, **environment: str) -> list[Any]:
    """Run `on_ranks` in n processes, as torchrun starts them; return what each has found."""
    shared = torchruns_variables(n)
    command = [sys.executable, "-m", "tests.training.on_ranks", str(folder), str(timeout_s)]
    processes = [
        subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **shared, "RANK": str(rank), **environment}
        )
        for rank in range(n)
    ]
    try:
        for process in processes:
            process.wait(_WAIT_S)
    finally:
        for process in processes:
            process.kill()
    files = [folder / f"{rank}.pickle" for rank in range(n)]
    return [pickle.loads(file.read_bytes()) if file.exists() else None for file in files]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    return launch(tmp_path_factory.mktemp("two"), 2)


def assert_alike(found: Ensemble, expected: Ensemble) -> None:
    """Compare ensembles up to rounding."""
    for one, other in zip(found.members, expected.members, strict=True):
        assert_allclose(one.history.losses, other.history.losses, rtol=1e-6)
        assert_allclose(one.history.val_owa, other.history.val_owa, rtol=1e-5)
        assert_allclose(one.history.gradient_norms, other.history.gradient_norms, rtol=1e-3)
        for name, weight in other.network.weights.items():
            assert_allclose(one.network.weights[name], weight, atol=1e-5, err_msg=name)
        assert_allclose(one.smoothing.rows, other.smoothing.rows, atol=1e-6)
        assert_array_equal(one.holdout.series, other.holdout.series)
        assert_allclose(one.holdout.scores, other.holdout.scores, atol=1e-4)
        assert_allclose(one.holdout.spacing, other.holdout.spacing, rtol=1e-4)


def assert_equal(one: Ensemble, other: Ensemble) -> None:
    for ours, theirs in zip(one.members, other.members, strict=True):
        assert ours.history == theirs.history
        arrays = ours.arrays()
        for name, array in theirs.arrays().items():
            assert_array_equal(arrays[name], array, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("name", on_ranks.trainings())
def test_two_processes_train_as_one(two: list[dict], name: str) -> None:
    """Losses, weights, parameters of all series, what was held back, and forecasts."""
    training, (found, other) = on_ranks.trainings()[name], (one[name] for one in two)
    alone = training.run(n_jobs=1)
    assert_alike(found, alone)
    assert_equal(found, other)
    ahead = [e.forecast(training.panel, covariates=training.covariates) for e in (found, alone)]
    assert_allclose(*ahead, rtol=1e-4)


@pytest.mark.slow
def test_what_was_held_back_is_forecast_by_the_processes(two: list[dict]) -> None:
    assert all(member.holdout.scores.size for member in two[0]["dropout"].members)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("other data", "InputError: .* must be given the same series, .* those of rank 1 differ"),
        ("batch normalisation", "InputError: .* can't train the cell 'batch_norm_lstm' together"),
        ("processes", "InputError: 2 processes train .*; got n_jobs=2. Leave n_jobs out"),
        ("cuda", "InputError: .*'cuda'"),
        ("diverged", r"TrainingError: training diverged: .*, for \d series: 'series"),
        (
            "diverged series",
            r"TrainingError: training diverged: .*, for \d series: 'series",
        ),
    ],
)
def test_every_process_says_what_is_wrong(two: list[dict], name: str, expected: str) -> None:
    first, second = (one["messages"][name] for one in two)
    assert first == second
    assert re.match(expected, first), first


@pytest.mark.slow
def test_processes_stop_together(two: list[dict]) -> None:
    """Where one callback wants to, when the time is over, and also without a seed."""
    for name in ("stopped", "in time", "no seed"):
        assert_equal(two[0][name], two[1][name])
    assert [len(member.history.losses) for member in two[0]["stopped"].members] == [2, 2]
    assert len(two[0]["in time"].members[0].history.losses) < 10_000


@pytest.mark.slow
def test_the_first_process_keeps_the_members_that_are_done(two: list[dict]) -> None:
    first, _ = two[0]["resumed"].members
    assert first.history == two[0]["dropout"].members[0].history
    assert_equal(two[0]["resumed"], two[1]["resumed"])
    assert [one["saved"] for one in two] == [[1], []]


@pytest.mark.slow
def test_a_process_that_ends_leaves_no_other_waiting(tmp_path: Path) -> None:
    first, second = launch(tmp_path, 2, LEAVES="1")
    assert second is None
    assert "LostProcessError: the processes that train together have lost" in first["message"]


@pytest.mark.slow
def test_a_process_that_does_not_answer_leaves_no_other_waiting(two: list[dict]) -> None:
    assert "LostProcessError: the processes that train together have lost" in two[0]["late"]


def test_a_process_without_others_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**torchruns_variables(2), "RANK": "0"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(LostProcessError, match=r"rank 0 of 2 has not reached the others by 127\."):
        with data_parallel(timeout_s=0.5):
            pass
    assert not distributed.is_initialized()


def test_a_process_alone_sends_nothing() -> None:
    with data_parallel() as ranks:
        assert ranks == current_ranks() == Ranks()


@pytest.mark.parametrize("wrong", [{"RANK": ""}, {"MASTER_ADDR": ""}, {"WORLD_SIZE": "two"}])
def test_variables_that_are_there_in_part(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]
) -> None:
    for name, value in {**torchruns_variables(2), "RANK": "0", **wrong}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match="variables that torchrun sets must all be there"):
        with data_parallel():
            pass
    assert current_ranks().size == 1


def test_every_series_belongs_to_one_process() -> None:
    series = np.array([3, 7, 0, 5, 12])
    parts = [Ranks(rank, 3).own(series) for rank in range(3)]
    assert sorted(np.concatenate(parts).tolist()) == [0, 1, 2, 3, 4]
    assert [series[part].tolist() for part in parts] == [[3, 0, 12], [7], [5]]


def test_a_gpu_is_not_shared() -> None:
    with pytest.raises(InputError, match=r"on CPUs; got device='cuda:1'\. Leave device out"):
        Ranks(0, 2).require_cpu("cuda:1")


def test_a_process_has_the_parameters_of_its_own_series() -> None:
    @dataclass(frozen=True)
    class Second(Ranks):
        """The second of three processes, which hears nothing of the others."""

        rank: int = 1
        size: int = 3

        def joined(self, own: Sequence[Any]) -> list[Any]:
            return list(own)

    panel, settings = random_panel(0, [20] * 8), config()
    fit = fit_smoothing(panel, settings.smoothing)
    rng, draws = np.random.default_rng(0), SeriesGenerator()
    problem = TrainingProblem(Job(panel, fit, settings, 0), rng, Second())
    state = SharedState(problem, initial_model(problem.job, draws), rng, draws)
    assert_array_equal(state.rows, fit.rows[[1, 4, 7]])
    assert state._series_adam._mean.shape == state.rows.shape
