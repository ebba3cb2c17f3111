"""Scores worked out by hand, M4's published ones, and forecasts that must be refused."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from competitions.methods import METHODS, Settings
from competitions.methods.checkpoints import Checkpoints
from competitions.scoring import check_forecasts, naive2_means, score, series_scores
from competitions.scoring.scores import ByStep, Scores
from competitions.task import TaskData, load_data, load_task, values_sha256
from esrnn.errors import InputError
from tests.competitions.tasks import small_forecasts, small_frame, small_task

from .loops import loop_scores

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


def test_scores_by_step_by_hand() -> None:
    steps = score(small_task(), small_forecasts()).by_step
    assert steps is not None
    # a: errors 0 and 4 of 16 and 12; b: errors 0 and 2 of 2 and 4.
    assert steps.smape == pytest.approx((0, (200 * 4 / 28 + 200 * 2 / 6) / 2))
    assert steps.mase == pytest.approx((0, (4 / 2 + 2 / 1.5) / 2))
    assert steps.coverage == (1.0, 0.0)


def test_scores_of_the_series_by_hand() -> None:
    scores = series_scores(small_task(), small_forecasts())
    assert scores.columns.tolist() == ["unique_id", "smape", "mase", "msis"]
    assert scores["unique_id"].tolist() == ["b", "a"]
    assert scores["smape"].tolist() == pytest.approx([SMAPE_B, SMAPE_A])
    assert scores["mase"].tolist() == pytest.approx([MASE_B, MASE_A])
    assert scores["msis"].tolist() == pytest.approx([(4 + 40) / 2 / 1.5, (8 + 80) / 2 / 2])


# Deciles from 4 below to 4 above the forecast.
SPREAD = {
    f"{side}-{20 * k}": sign * k for k in range(1, 5) for side, sign in (("lo", -1), ("hi", 1))
}


def _with_deciles(**changes: object) -> pd.DataFrame:
    forecasts = small_forecasts()
    spread = {column: forecasts["y_hat"] + shift for column, shift in SPREAD.items()}
    return forecasts.assign(**{**spread, **changes})


def test_quantile_loss_by_hand() -> None:
    losses = []
    for y, y_hat in ((12, 12), (16, 12), (6, 6), (2, 4)):
        for k in range(1, 10):
            error = y - (y_hat + k - 5)
            losses.append(2 * error * (k / 10 if error > 0 else k / 10 - 1))
    scores = score(small_task(), _with_deciles())
    assert scores.wql == pytest.approx(sum(losses) / 9 / (12 + 16 + 6 + 2))
    assert scores.mean_abs == 9.0
    # The fifth decile is the point forecast, and at the median the loss is the absolute error.
    alone = small_forecasts()
    same = score(small_task(), alone.assign(**{column: alone["y_hat"] for column in SPREAD}))
    assert same.wql == pytest.approx((4 + 2) / 36)


def test_forecasts_without_deciles_have_no_quantile_loss() -> None:
    assert score(small_task(), small_forecasts()).wql is None
    nothing = {column: np.nan for column in SPREAD}
    assert score(small_task(), small_forecasts().assign(**nothing)).wql is None


def test_scores_of_an_older_file_have_no_quantile_loss() -> None:
    entries = score(small_task(), _with_deciles()).as_dict()
    del entries["wql"], entries["mean_abs"]
    scores = Scores.from_dict(entries)
    assert (scores.wql, scores.mean_abs) == (None, None)


def test_naive2_by_hand() -> None:
    scores = score(small_task(), small_forecasts())
    assert (scores.naive2_smape, scores.naive2_mase) == pytest.approx((NAIVE_SMAPE, NAIVE_MASE))
    assert naive2_means(small_task()) == (scores.naive2_smape, scores.naive2_mase)


def _ragged_task(seed: int, period: int, horizon: int) -> tuple[TaskData, pd.DataFrame]:
    """Draw positive series of unequal length, some of them seasonal, and forecasts of them."""
    rng = np.random.default_rng(seed)
    train, test = {}, {}
    for i in range(rng.integers(1, 8)):
        n = int(rng.integers(period + 2, 6 * period + 20))
        steps = np.arange(n + horizon)
        y = np.exp(rng.normal(0, 0.1, len(steps)).cumsum() + rng.uniform(-3, 3))
        y = y * (1 + rng.choice([0, 0.5]) * np.sin(2 * np.pi * steps / max(period, 2)))
        train[f"s{i}"], test[f"s{i}"] = (y[:n].tolist(), 1), (y[n:].tolist(), n + 1)
    task = dataclasses.replace(
        small_task().task,
        horizon=horizon,
        seasonal_period=period,
        n_series=len(train),
        ids=tuple(train),
        sha256="",
    )
    data = TaskData(task, small_frame(train), small_frame(test))
    y_hat = data.test["y"] * np.exp(rng.normal(0, 0.2, len(data.test)))
    forecasts = y_hat.rename("y_hat").reset_index()
    forecasts["lo-95"] = forecasts["y_hat"] * rng.uniform(0.5, 1, len(forecasts))
    forecasts["hi-95"] = forecasts["y_hat"] * rng.uniform(1, 1.5, len(forecasts))
    for k, column in enumerate(task.decile_columns):
        forecasts[column] = forecasts["y_hat"] * (0.6 + 0.1 * k) * rng.uniform(1, 1.1)
    return data, forecasts.sample(frac=1, random_state=seed)


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 3, 4, 12]), st.integers(1, 9))
def test_scores_are_those_of_a_plain_loop(seed: int, period: int, horizon: int) -> None:
    data, forecasts = _ragged_task(seed, period, horizon)
    expected = loop_scores(data, forecasts)
    series = expected.pop("series")
    found = score(data, forecasts).as_dict()
    steps, expected_steps = found.pop("by_step"), expected.pop("by_step")
    assert found == pytest.approx(expected, rel=1e-9)
    for name, values in expected_steps.items():
        assert steps[name] == pytest.approx(values, rel=1e-9)
    each = series_scores(data, forecasts)
    for name, values in series.items():
        assert each[name].tolist() == pytest.approx(values, rel=1e-9)


def test_the_loop_is_put_to_the_test_on_seasonal_series() -> None:
    # Where Naive2 is not Naive: the drawn panels would not be a test of it otherwise.
    differs = 0
    for seed in range(10):
        data, _ = _ragged_task(seed, 4, 4)
        last = [data.train.loc[one, "y"].iloc[-1] for one in data.ids]
        naive = small_frame({one: ([y] * 4, 1) for one, y in zip(data.ids, last, strict=True)})
        naive_mean = np.mean(200 * abs(data.test.to_numpy() - naive.to_numpy())
                             / (data.test.to_numpy() + naive.to_numpy()))  # fmt: skip
        differs += naive_mean != pytest.approx(naive2_means(data)[0])
    assert differs >= 5


def test_means_over_steps_and_over_series_are_the_scores(hourly: TaskData) -> None:
    forecasts = METHODS["snaive"].run(hourly, Settings(), Checkpoints(None)).forecasts
    scores, each = score(hourly, forecasts), series_scores(hourly, forecasts)
    assert scores.by_step is not None
    assert scores.by_step.coverage is not None
    for name in ("smape", "mase", "coverage"):
        assert np.mean(getattr(scores.by_step, name)) == pytest.approx(getattr(scores, name))
    for name in ("smape", "mase", "msis"):
        assert each[name].mean() == pytest.approx(getattr(scores, name))
    assert len(scores.by_step.smape) == 48
    assert each["unique_id"].tolist() == hourly.ids


def test_series_that_cannot_be_scaled_are_named() -> None:
    train = small_frame({"b": ([3.0, 3.0, 3.0], 1), "a": ([10.0, 12.0], 1), "c": ([1.0], 1)})
    test = small_frame({"b": ([6.0, 2.0], 4), "a": ([12.0, 16.0], 3), "c": ([1.0, 1.0], 2)})
    task = dataclasses.replace(
        small_task().task, n_series=3, ids=("b", "a", "c"), sha256=values_sha256(train, test)
    )
    forecasts = test["y"].rename("y_hat").reset_index().assign(**{"lo-95": 0.0, "hi-95": 99.0})
    for measure in (score, series_scores):
        with pytest.raises(InputError, match=r"MASE.*not defined.*2 found: series 'b'; series 'c'"):
            measure(TaskData(task, train, test), forecasts)


def test_scores_go_through_a_file_unchanged() -> None:
    scores = score(small_task(), small_forecasts())
    text = json.dumps({**scores.as_dict(), "seed": 3}, allow_nan=False)
    assert Scores.from_dict(json.loads(text)) == scores
    assert json.loads(text)["by_step"]["coverage"] == [1.0, 0.0]
    without = dataclasses.replace(scores, by_step=ByStep((1.0,), (2.0,), None))
    assert Scores.from_dict(json.loads(json.dumps(without.as_dict()))) == without
    with pytest.raises(InputError, match="must have owa, by_step"):
        Scores.from_dict({k: v for k, v in scores.as_dict().items() if k not in ("owa", "by_step")})


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
    assert scores.by_step is not None
    assert scores.by_step.coverage is None
    assert series_scores(small_task(), forecasts)["msis"].isna().all()
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
    scores = score(hourly, METHODS[method].run(hourly, Settings(), Checkpoints(None)).forecasts)
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
        (
            pd.concat([small_forecasts(), small_forecasts()["y_hat"]], axis=1),
            "column 'y_hat' is there more than once",
        ),
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
        (_with_deciles().drop(columns="lo-60"), "no column 'lo-60'"),
        (_with_deciles(**{"lo-20": [1, 2, np.nan, 4]}), "lo-20 is not finite, 1 found: series 'b'"),
        (_with_deciles(**{"hi-40": 0.0}), "lo-40 is above hi-40, 4 found"),
        (_with_deciles(**{"hi-40": "x"}), "'hi-40' does not hold numbers"),
    ],
)
def test_what_is_wrong_is_listed(forecasts: pd.DataFrame, message: str) -> None:
    problems = check_forecasts(small_task(), forecasts)
    assert message in "; ".join(problems)
    with pytest.raises(InputError, match="cannot be scored on small"):
        score(small_task(), forecasts)


@pytest.mark.parametrize("column", ["y_hat", "lo-95", "hi-95", "lo-80", "hi-20"])
def test_forecasts_that_no_measure_can_hold_are_refused(column: str) -> None:
    forecasts = _with_deciles()
    forecasts.loc[2, column] = -1.7e308 if column.startswith("lo") else 1.7e308
    with pytest.raises(InputError, match="beyond 1e\\+100; 1 found: series 'b', step 4"):
        score(small_task(), forecasts)


def test_nothing_is_wrong_with_sound_forecasts() -> None:
    assert check_forecasts(small_task(), small_forecasts()) == []


def test_everything_wrong_is_listed_at_once() -> None:
    forecasts = small_forecasts().iloc[:3].assign(extra=1, y_hat=np.nan)
    assert len(check_forecasts(small_task(), forecasts)) == 3
