"""Scores of single forecasts: forms of forecasts, alignment, faults."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from esrnn import ESRNN, score
from esrnn.errors import InputError, InputTypeError
from tests.evaluation.panels import SMALL, holed_panel, measures_by_loop

CUTOFF = pd.Timestamp("2024-03-02")


@pytest.fixture(scope="module")
def forecaster() -> ESRNN:
    y = holed_panel()
    history = y[y.index.get_level_values("day") <= CUTOFF]
    return ESRNN(**SMALL, horizon=8, errors="skip").fit(history.drop("s2", level="shop"))


def rows_of(y: pd.DataFrame, table: pd.DataFrame) -> list[dict]:
    """Return what `measures_by_loop` takes; the table has columns y_hat, lo-80 and hi-80."""
    rows = []
    for name, own in table.groupby(level="shop"):
        one = y.loc[name, "sold"]
        stamps = own.index.get_level_values("day")
        past = one[one.index < stamps.min()]
        past = past.loc[past.first_valid_index():].asfreq("D")  # fmt: skip
        came = [one.get(day, np.nan) for day in stamps]
        if np.isfinite(came).any():
            columns = {"y_hat": "y_hat", "low": "lo-80", "high": "hi-80"}
            lists = {key: own[column].tolist() for key, column in columns.items()}
            rows.append({"past": past.tolist(), "came": came, **lists})
    return rows


def flat(forecaster: ESRNN) -> pd.DataFrame:
    """Return point forecasts and 80% intervals in one frame."""
    bounds = forecaster.predict_interval(coverage=0.8)["sold", 0.8]
    columns = {"y_hat": forecaster.predict()["sold"], "lo-80": bounds["lower"]}
    return pd.DataFrame({**columns, "hi-80": bounds["upper"]})


def test_all_forms_of_forecasts_score_the_same_as_a_loop(forecaster):
    y, table = holed_panel(), flat(forecaster)
    quantiles = forecaster.predict_quantiles(alpha=[0.1, 0.5, 0.9])
    expected = measures_by_loop(rows_of(y, table))
    parts = [forecaster.predict(), forecaster.predict_interval(coverage=[0.8])]
    forms = [quantiles, quantiles.sample(frac=1.0, random_state=0), [*parts, quantiles]]
    forms += [forms[2][::-1], [table, quantiles], [table.reset_index(), quantiles]]
    for form in forms:
        scores = score(y, form)
        for name, value in expected.items():
            assert scores.loc["forecast", name] == pytest.approx(value), name
        assert_frame_equal(scores, score(y, quantiles))


def test_history_is_read_from_what_is_before_the_forecasts(forecaster):
    y, quantiles = holed_panel(), forecaster.predict_quantiles(alpha=[0.1, 0.5, 0.9])
    time = y.index.get_level_values("day")
    expected = score(y, quantiles)
    assert_frame_equal(score(y[time > CUTOFF], quantiles, y[time <= CUTOFF]), expected)
    assert_frame_equal(score(y[time > CUTOFF], quantiles, y), expected)
    wrong = y.mask(np.asarray(time > CUTOFF)[:, None], 1000.0)
    assert_frame_equal(score(y[time > CUTOFF], quantiles, wrong), expected)


def test_by_series_and_step_add_up(forecaster):
    y, table = holed_panel(), flat(forecaster)
    whole = score(y, table)
    by_series, by_step = score(y, table, by="series"), score(y, table, by="step")
    ours = by_series.xs("forecast", level="method")
    assert ours["smape"].mean() == pytest.approx(whole.loc["forecast", "smape"])
    assert ours["n_values"].sum() == whole.loc["forecast", "n_values"]
    steps = by_step.xs("naive", level="method")
    assert steps["n_values"].sum() == whole.loc["forecast", "n_values"]
    first = table.groupby(level="shop").nth(0)
    assert steps.loc[1, "n_series"] <= len(first)
    assert_frame_equal(
        by_step.xs(1, level="step")[["smape", "bias"]],
        score(y, first, y)[["smape", "bias"]].loc[["forecast", "seasonal naive", "naive"]],
    )


@given(st.integers(0, 10**6))
def test_a_gap_is_no_shift(seed):
    """What an array of rows gets wrong: a missing day must not move the days after it."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2024-01-01", periods=30)
    y = pd.Series(rng.gamma(4.0, 5.0, 30), days, name="y")
    kept = y.drop(days[rng.choice(np.arange(1, 29), 8, replace=False)])
    y_hat = pd.Series(rng.gamma(4.0, 5.0, 7), days[23:])
    came = [kept.get(day, np.nan) for day in days[23:]]
    past = kept[kept.index < days[23]].asfreq("D")
    row = {"past": past.tolist(), "came": came, "y_hat": y_hat.tolist()}
    row |= {"low": y_hat.tolist(), "high": y_hat.tolist()}
    expected = measures_by_loop([row])
    found = score(kept, y_hat, freq="D").loc["forecast"]
    for name in ("smape", "mase", "rmsse", "bias", "n_values"):
        assert found[name] == pytest.approx(expected[name], nan_ok=True), name


def test_series_without_a_scale_are_counted():
    y = pd.concat({"flat": pd.Series(5.0, range(9)), "other": pd.Series(range(9), range(9))})
    y_hat = pd.concat({"flat": pd.Series(6.0, [8]), "other": pd.Series(9.0, [8])})
    scores = score(y.astype(float), y_hat)
    assert scores.loc["forecast", ["n_series", "n_without_scale"]].tolist() == [2, 1]
    assert scores.loc["forecast", "mase"] == 1.0


DAYS = pd.date_range("2024-01-01", periods=9)
Y = pd.Series(np.arange(9.0) + 1.0, DAYS, name="y")
AHEAD = pd.Series([1.0, 2.0], DAYS[7:])
REFUSED = {
    "no frame": ([1.0, 2.0], InputTypeError, "forecast must be a frame"),
    "nothing": ([], InputTypeError, "forecast must be a frame"),
    "a missing one": (AHEAD.where(AHEAD > 1.0), InputError, "finite.*step 2024-01-08"),
    "twice": (pd.concat([AHEAD, AHEAD]), InputError, "there again"),
    "other rows": ([AHEAD, AHEAD[:1].to_frame("lo-95")], InputError, "must have the same rows"),
    "an unknown column": (AHEAD.to_frame().assign(other=1.0), InputError, "got 0|got 'other'"),
    "bounds alone": (AHEAD.to_frame("lo-80").assign(**{"hi-80": 3.0}), InputError, "the median"),
    "no history": (AHEAD.set_axis(DAYS[:2]), InputError, "needs a value before its first forecast"),
    "the future": (AHEAD.set_axis(pd.date_range("2024-02-01", periods=2)), InputError,
                   "nothing was observed there"),
    "off the steps": (AHEAD.set_axis(AHEAD.index + pd.Timedelta(hours=7)), InputError,
                      "rows of forecast must lie on the steps of y.*2024-01-08 07:00"),
    "another kind of time": (AHEAD.set_axis([7, 8]), InputTypeError, "must be of the kind"),
    "two levels": (pd.concat({"a": AHEAD}), InputError, "the same index levels"),
}  # fmt: skip


@pytest.mark.parametrize(("forecast", "error", "match"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(forecast, error, match):
    with pytest.raises(error, match=match):
        score(Y, forecast)


def test_crossing_bounds_an_unknown_group_and_a_series_without_history():
    crossing = AHEAD.to_frame("y_hat").assign(**{"lo-80": 5.0, "hi-80": 1.0})
    with pytest.raises(InputError, match="lower must not exceed upper"):
        score(Y, crossing)
    with pytest.raises(InputError, match="by must be None"):
        score(Y, AHEAD, by="month")
    panel = pd.concat({"a": Y, "b": Y[8:]})
    with pytest.raises(InputError, match="these have none: 1 found: series 'b'"):
        score(panel, pd.concat({"a": AHEAD, "b": AHEAD}))


def test_several_levels_of_ids_and_other_names():
    y = pd.concat({("x", "a"): Y, ("x", "b"): 2.0 * Y}, names=["state", "shop", "day"])
    y_hat = pd.concat({("x", "a"): AHEAD, ("x", "b"): AHEAD})
    scores = score(y, y_hat, by="series", seasonal_period=1)
    assert scores.index.names == ["state", "shop", "method"]
    assert scores.loc[("x", "b", "forecast"), "n_values"] == 2
    assert scores.loc[("x", "a", "naive"), "mase"] == pytest.approx(1.5)
