"""Forecasts keep to what a series can be."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from esrnn.panel import Panel
from esrnn.quantiles.support import clip_to_support, find_support
from tests.estimator.frames import months, small


@given(arrays(np.float64, (5, 2, 3), elements=st.floats(-1e6, 1e6)))
def test_quantiles_stay_ordered_and_possible(quantiles: np.ndarray) -> None:
    quantiles = np.sort(quantiles, axis=0)
    kept = clip_to_support(quantiles, np.array([True, True]), np.array([False, True]))
    assert (np.diff(kept, axis=0) >= 0.0).all()
    assert (kept >= 0.0).all()
    assert (kept[:, 1] == np.rint(kept[:, 1])).all()


def test_signed_series_and_gaps() -> None:
    panel = Panel.from_arrays([[1.0, np.nan, -2.0], [0.0, np.nan, 3.0], [0.0, np.nan, 0.5]])
    non_negative, counts = find_support(panel)
    assert non_negative.tolist() == [False, True, True]
    assert counts.tolist() == [False, True, False]
    forecasts = np.array([[-1.2], [1.6], [-0.1]])
    assert clip_to_support(forecasts, non_negative, counts).tolist() == [[-1.2], [2.0], [0.0]]


def test_the_estimator_forecasts_counts_in_whole_numbers() -> None:
    counts = np.random.default_rng(0).poisson(0.7, 40).astype(float)
    forecaster = small(horizon=6).fit(pd.Series(counts, months(40)))
    interval = forecaster.predict_interval(coverage=0.8).to_numpy()
    for numbers in (forecaster.predict().to_numpy(), interval, forecaster.predict(fh=[-3, 0])):
        array = np.asarray(numbers)
        assert (array == np.rint(array)).all()
        assert (array >= 0.0).all()
