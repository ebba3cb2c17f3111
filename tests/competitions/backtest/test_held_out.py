"""What backtests hold out: the horizon asked for, of series that measures can judge."""

import numpy as np
import pytest

from competitions.backtest.held_out import hold_out
from competitions.task import load_data, load_task
from esrnn.metrics import seasonal_scale


@pytest.mark.parametrize("fold", [1, 2])
def test_the_horizon_asked_for_is_held_out_of_the_training_part(fold: int) -> None:
    data = load_data(load_task("m4-hourly-40"))
    held = hold_out(data, fold)
    for i, name in enumerate(held.train.ids):
        y = data.train.loc[name].to_numpy().ravel()
        end = y.size - 48 * (fold - 1)
        np.testing.assert_array_equal(held.actual[i], y[end - 48 : end])
        np.testing.assert_array_equal(held.train.series(i), y[: end - 48])


def test_series_without_a_scale_are_left_out() -> None:
    data = load_data(load_task("m4-hourly-40"))
    scale = seasonal_scale(
        hold_out(data, 1).train.values, 24, indptr=hold_out(data, 1).train.indptr
    )
    assert (scale > 0.0).all()


def test_a_perfect_forecast_scores_nothing() -> None:
    held = hold_out(load_data(load_task("m4-hourly-40")), 1)
    scores = held.measures(held.actual, held.actual - 1.0, held.actual + 1.0)
    assert (scores["owa"], scores["smape"], scores["mase"], scores["coverage"]) == (0, 0, 0, 1)
    assert scores["msis"] > 0.0
