"""Which of joblib's backends trains the members, and how many at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from joblib import parallel_config, register_parallel_backend
from joblib.parallel import BACKENDS
from numpy.testing import assert_array_equal

from esrnn.config import preset_config
from esrnn.ensemble import TrainingOptions, fit_ensemble
from esrnn.ensemble.processes import count_processes
from esrnn.errors import InputError
from tests.hybrids import HERE, random_panel

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


def test_threads_train_one_member_after_another_by_default() -> None:
    with parallel_config("threading", n_jobs=2):
        assert count_processes(TrainingOptions(device="cpu")) == 1
        assert count_processes(TrainingOptions(n_jobs=2, device="cpu")) == 2


@pytest.mark.parametrize("backend", ["threading", "multiprocessing"])
def test_loky_stands_in_for_threads_and_for_forks(backend: str) -> None:
    with parallel_config(backend):
        there = forecast(TrainingOptions(n_jobs=2))
    assert_array_equal(there, forecast(HERE))


@pytest.mark.parametrize("n_jobs", [0, 1.5, "two"])
def test_what_is_no_number_of_processes_is_refused(n_jobs: object) -> None:
    with pytest.raises(InputError, match="n_jobs must be a number of processes"):
        count_processes(TrainingOptions(n_jobs=n_jobs))  # type: ignore[arg-type]
