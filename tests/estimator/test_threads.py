"""Forecasters in several threads of a program: the numbers of one after another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pandas as pd
import torch
from numpy.testing import assert_array_equal
from sktime.forecasting.model_evaluation import evaluate
from sktime.performance_metrics.forecasting import MeanAbsoluteError
from sktime.split import ExpandingWindowSplitter

from esrnn import ESRNN
from tests.estimator.shared import PANEL, SERIES


class Together:
    """Lets the epochs of two trainings take turns, so that their draws would mix."""

    def __init__(self):
        self.barrier = Barrier(2, timeout=60)

    def on_epoch(self, epoch):
        self.barrier.wait()


def forecaster(**parameters):
    return ESRNN(
        horizon=2, n_members=1, n_epochs=4, hidden_size=8, n_jobs=1, random_state=7, **parameters
    )


def numbers(**parameters):
    fitted = forecaster(**parameters).fit(PANEL)
    assert fitted.config_.network.dropout > 0.0
    return fitted.predict_quantiles(alpha=[0.1, 0.5]).to_numpy(), fitted.training_history()


def test_two_fits_at_once_give_what_they_give_one_after_the_other():
    expected, history = numbers()
    state, own = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    together = Together()
    with ThreadPoolExecutor(2) as pool:
        fits = [pool.submit(numbers, callbacks=[together]) for _ in range(2)]
        found = [fit.result() for fit in fits]
    for quantiles, other in found:
        assert_array_equal(quantiles, expected)
        pd.testing.assert_frame_equal(other, history)
    assert torch.equal(torch.get_rng_state(), state)
    assert_array_equal(np.random.get_state()[1], own)  # noqa: NPY002


def test_a_thread_that_draws_meanwhile_changes_nothing():
    expected, _ = numbers()

    class Draws:
        def on_epoch(self, epoch):
            torch.manual_seed(epoch.number)
            torch.rand(5)

    with torch.random.fork_rng(devices=[]):
        assert_array_equal(numbers(callbacks=[Draws()])[0], expected)


def test_evaluate_in_threads_scores_as_in_line():
    scores = [
        evaluate(
            forecaster(), ExpandingWindowSplitter([1, 2], 34, 2), SERIES,
            scoring=MeanAbsoluteError(), backend=backend,
            backend_params={"n_jobs": 2} if backend else None,
        )["test_MeanAbsoluteError"].to_numpy()
        for backend in (None, "threading")
    ]  # fmt: skip
    assert scores[0].size == 3
    assert_array_equal(*scores)
