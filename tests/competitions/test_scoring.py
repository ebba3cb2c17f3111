"""Scores worked out by hand, M4's published ones, and forecasts that must be refused."""

import numpy as np
import pandas as pd
import pytest

from competitions.methods import METHODS, Settings
from competitions.scoring import check_forecasts, score
from competitions.task import TaskData, load_data, load_task
from esrnn.errors import InputError

from .tasks import small_forecasts, small_task

# Errors: a 0 and 4, b 0 and 2; scales: a 2, b (2 + 1) / 2.
SMAPE_A, SMAPE_B = 200 * 4 / 28 / 2, 200 * 2 / 6 / 2
MASE_A, MASE_B = 4 / 2 / 2, 2 / 2 / 1.5
# Naive: a 12, 12 (as the forecast); b 4, 4 with errors 2 and 2.
NAIVE_SMAPE = (SMAPE_A + (200 * 2 / 10 + 200 * 2 / 6) / 2) / 2
NAIVE_MASE = (MASE_A + 2 / 1.5) / 2


def test_scores_by_hand() -> None:
    scores = score(small_task(), small_forecasts())
    assert scores.n_series == 2
    assert scores.smape == pytest.approx((SMAPE_A + SMAPE_B) / 2)
    assert scores.mase == pytest.approx((MASE_A + MASE_B) / 2)
    assert scores.owa == pytest.approx((scores.smape / NAIVE_SMAPE + scores.mase / NAIVE_MASE) / 2)
    # a: widths 4, 4, a miss by 2; b: widths 2, 2, a miss by 1.
    assert scores.msis == pytest.approx(((8 + 80) / 2 / 2 + (4 + 40) / 2 / 1.5) / 2)
    assert scores.coverage == 0.5
    assert scores.acd == pytest.approx(0.45)


def test_order_of_rows_and_of_columns_does_not_matter() -> None:
    forecasts = small_forecasts()
    shuffled = forecasts.iloc[[2, 0, 3, 1], ::-1]
    assert score(small_task(), shuffled) == score(small_task(), forecasts)


def test_scoring_is_pure() -> None:
    data, forecasts = small_task(), small_forecasts()
    before = forecasts.copy(), data.train.copy(), data.test.copy()
    first = score(data, forecasts)
    assert score(data, forecasts) == first
    for frame, copy in zip((forecasts, data.train, data.test), before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_forecasts_without_intervals_have_no_interval_scores() -> None:
    forecasts = small_forecasts().assign(**{"lo-95": np.nan, "hi-95": np.nan})
    scores = score(small_task(), forecasts)
    assert (scores.msis, scores.acd, scores.coverage) == (None, None, None)
    assert scores.smape == pytest.approx((SMAPE_A + SMAPE_B) / 2)


@pytest.fixture(scope="module")
def hourly() -> TaskData:
    return load_data(load_task("m4-hourly"))


@pytest.mark.parametrize(
    ("method", "smape", "mase", "owa"),
    [
        ("naive2", 18.383, 2.395, 1.0),
        ("snaive", 13.912, 1.193, 0.628),
        ("naive", 43.003, 11.608, 3.593),
    ],
)
def test_hourly_benchmarks_have_their_published_scores(
    method: str, smape: float, mase: float, owa: float, hourly: TaskData
) -> None:
    scores = score(hourly, METHODS[method](hourly, Settings()).forecasts)
    assert (round(scores.smape, 3), round(scores.mase, 3)) == (smape, mase)
    assert round(scores.owa, 3) == owa
    if method == "naive":
        assert scores.msis is not None
        assert scores.acd is not None
        assert (round(scores.msis, 3), round(scores.acd, 3)) == (71.245, 0.011)
    if method == "naive2":
        assert scores.msis is None


DOUBLED = pd.concat([small_forecasts(), small_forecasts().iloc[[1]]])


@pytest.mark.parametrize(
    ("forecasts", "message"),
    [
        (small_forecasts().drop(columns="y_hat"), "no column 'y_hat'"),
        (small_forecasts().drop(columns=["lo-95", "ds"]), "no column 'ds'; no column 'lo-95'"),
        (small_forecasts().assign(extra=1), "column 'extra' is not expected"),
        (small_forecasts().iloc[:2], "series without a forecast, 1 found: series 'b'"),
        (small_forecasts().iloc[:3], "steps without a forecast, 1 found: series 'b', step 5"),
        (
            small_forecasts().assign(unique_id=["a", "a", "B", "B"]),
            "series without a forecast, 1 found: series 'b'; "
            "series that the task has not, 1 found: series 'B'",
        ),
        (
            small_forecasts().assign(ds=[1, 2, 1, 2]),
            "steps that the task does not ask for, 4 found: series 'a', step 1",
        ),
        (DOUBLED, "rows that are there twice, 1 found: series 'a', step 4"),
        (
            small_forecasts().assign(y_hat=[1, np.nan, 2, np.inf]),
            "y_hat is not finite, 2 found: series 'a', step 4: nan; series 'b', step 5: inf",
        ),
        (small_forecasts().assign(y_hat=["1", "2", "3", "x"]), "'y_hat' does not hold numbers"),
        (
            small_forecasts().assign(**{"hi-95": [1, 2, 3, np.nan]}),
            "hi-95 is not finite, 1 found: series 'b', step 5: nan",
        ),
        (
            small_forecasts().assign(**{"lo-95": [20.0, 1, 1, 1]}),
            "lo-95 is above hi-95, 1 found: series 'a', step 3: 20.0",
        ),
        (small_forecasts().iloc[:0], "series without a forecast, 2 found"),
    ],
)
def test_what_is_wrong_is_listed(forecasts: pd.DataFrame, message: str) -> None:
    problems = check_forecasts(small_task(), forecasts)
    assert message in "; ".join(problems)
    with pytest.raises(InputError, match="cannot be scored on small"):
        score(small_task(), forecasts)


def test_nothing_is_wrong_with_sound_forecasts() -> None:
    assert check_forecasts(small_task(), small_forecasts()) == []


def test_everything_wrong_is_listed_at_once() -> None:
    forecasts = small_forecasts().iloc[:3].assign(extra=1, y_hat=np.nan)
    assert len(check_forecasts(small_task(), forecasts)) == 3
