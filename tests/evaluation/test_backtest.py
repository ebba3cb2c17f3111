"""Backtests of panels with gaps beside a plain loop, and beside sktime's on regular ones."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from esrnn import ESRNN, backtest
from esrnn.errors import EsrnnWarning, InputError, InputTypeError
from esrnn.forecaster import fit_panel, train_model
from esrnn.frames import sktime_to_panel
from tests.estimator.shared import SKTIME_OWN_WARNING
from tests.evaluation.panels import (
    DAYS,
    SMALL,
    cut_by_loop,
    full_columns,
    holed_panel,
    measures_by_loop,
    naive_by_loop,
)

LEVELS = [0.1, 0.5, 0.9]


def scored_by_loop(y: pd.DataFrame, horizon: int, n_windows: int, step: int) -> list[dict]:
    """Backtest `ESRNN` with a plain loop; return what `measures_by_loop` takes."""
    rows = []
    for cutoff, history, came in cut_by_loop(y, horizon, n_windows, step):
        fitted = fit_panel(sktime_to_panel(history), settings={**SMALL, "horizon": horizon})
        steps = np.tile(np.arange(1, horizon + 1), (fitted.framed.n_series, 1))
        quantiles = fitted.quantiles(steps, None, LEVELS, "cpu")
        for k, name in enumerate(fitted.framed.ids):
            if name not in came:
                continue
            past = history.loc[name, "sold"]
            plain, seasonal = naive_by_loop(past, horizon, 7)
            low, y_hat, high = quantiles[:, k].tolist()
            rows.append(
                {"cutoff": cutoff, "shop": name, "past": past.tolist(),
                 "came": came[name].tolist(), "y_hat": y_hat, "low": low, "high": high,
                 "naive": plain, "seasonal naive": seasonal}
            )  # fmt: skip
    return rows


@pytest.mark.parametrize(("seed", "horizon", "n_windows", "step"), [(0, 7, 2, 7), (1, 5, 3, 4)])
def test_it_is_a_plain_loop(seed, horizon, n_windows, step):
    y = holed_panel(seed)
    settings = {**SMALL, "horizon": horizon}
    result = backtest(y, forecaster=settings, n_windows=n_windows, step=step, coverages=[0.8])
    rows = scored_by_loop(y, horizon, n_windows, step)
    scores = result.scores()
    for name, value in measures_by_loop(rows).items():
        assert scores.loc["forecast", name] == pytest.approx(value), name
    for method in ("naive", "seasonal naive"):
        point = [{**row, "y_hat": row[method], "low": row[method], "high": row[method]}
                 for row in rows]  # fmt: skip
        expected = measures_by_loop(point)
        for name in ("smape", "mase", "rmsse", "mae", "wape", "bias", "quantile_loss"):
            assert scores.loc[method, name] == pytest.approx(expected[name]), name
    by_window = result.scores(by="window")
    for cutoff in result.cutoffs:
        own = measures_by_loop([row for row in rows if row["cutoff"] == cutoff])
        assert by_window.loc[(cutoff, "forecast"), "mase"] == pytest.approx(own["mase"])
    by_series = result.scores(by="series")
    for name in by_series.index.unique("shop"):
        own = measures_by_loop([row for row in rows if row["shop"] == name])
        assert by_series.loc[(name, "forecast"), "smape"] == pytest.approx(own["smape"])
    flat = result.forecasts
    assert flat["y_hat"].tolist() == [value for row in rows for value in row["y_hat"]]
    assert_allclose(flat["y"], [value for row in rows for value in row["came"]])
    assert (flat["day"] - flat["cutoff"] == pd.to_timedelta(flat["step"], unit="D")).all()


def test_owa_is_the_ratio_of_means_to_those_of_naive2():
    y = holed_panel(3, 5)
    result = backtest(y, forecaster={**SMALL, "horizon": 7}, n_windows=2)
    units = result.units
    defined = units.scale > 0.0

    def means(name):
        errors = np.abs(units.actual - units.points[name])
        sizes = np.abs(units.actual) + np.abs(units.points[name])
        percent = np.nanmean(200.0 * errors / sizes, axis=1)[defined].mean()
        return percent, (np.nanmean(errors, axis=1)[defined] / units.scale[defined]).mean()

    ours, theirs = means("forecast"), means("naive2")
    expected = (ours[0] / theirs[0] + ours[1] / theirs[1]) / 2.0
    assert result.scores().loc["forecast", "owa"] == pytest.approx(expected)


def test_series_that_begin_later_are_named_and_those_that_ended_are_not_tested():
    result = backtest(holed_panel(), forecaster={**SMALL, "horizon": 5}, n_windows=2)
    assert result.left_out["series"].tolist() == ["s1"]
    assert result.left_out["cutoff"].tolist() == [result.cutoffs[-1]]
    assert "s1" not in set(result.forecasts["shop"])
    assert "s2" not in set(result.forecasts["shop"])


def test_nothing_after_a_cutoff_changes_its_forecasts():
    y = holed_panel(4)
    X = full_columns(y)
    settings = {**SMALL, "horizon": 5, "calendar": True}
    before = backtest(y, X, forecaster=settings, n_windows=2)
    first = before.cutoffs[0]
    later = y.index.get_level_values("day") > first
    changed = y.where(~np.asarray(later)[:, None], 3.0 * y + 7.0)
    far = X.index.get_level_values("day") > first + pd.Timedelta(days=5)
    others = X.copy()
    others.loc[far, "promo"] = True
    after = backtest(changed, others, forecaster=settings, n_windows=2)
    one, other = (r.forecasts[r.forecasts["cutoff"] == first] for r in (before, after))
    columns = ["shop", "day", "y_hat", "lo-95", "hi-95", "naive", "seasonal naive"]
    assert_frame_equal(one[columns], other[columns])
    assert not one["y"].equals(other["y"])


@SKTIME_OWN_WARNING
def test_an_estimator_and_its_settings_give_the_same():
    y = holed_panel(5)
    X = full_columns(y)
    settings = {**SMALL, "horizon": 4}
    one = backtest(y, X, forecaster=settings, n_windows=2)
    other = backtest(y, X, forecaster=ESRNN(**settings), n_windows=2)
    assert_frame_equal(one.forecasts, other.forecasts)
    assert_frame_equal(one.scores("step"), other.scores("step"))


def test_missing_covariates_are_told_before_anything_is_fitted(monkeypatch):
    y = holed_panel(5)
    X = full_columns(y).astype({"promo": float})
    day = DAYS[-2]
    for name in ("s0", "s5", "s2"):  # s2 has ended, and is not tested
        X.loc[(name, day), "promo"] = np.nan
    monkeypatch.setattr("esrnn.evaluation.methods.fit_panel", lambda *_: pytest.fail("was fitted"))
    with pytest.raises(
        InputError, match=r"X is missing values.*fill=\{'promo': 'ffill'\}"
    ) as caught:
        backtest(y, X, forecaster={**SMALL, "horizon": 4}, n_windows=2)
    assert caught.value.series == ("s0", "s5")
    assert "cutoff is 2024-03-06" in caught.value.__notes__[0]


@SKTIME_OWN_WARNING
@pytest.mark.parametrize("name", ["panel", "s5"])
def test_days_without_any_row_have_the_numbers_of_the_day_before(name):
    y = holed_panel(5)
    y = y.drop(y.index.intersection([("s5", DAYS[-3]), ("s5", DAYS[-2])]))
    X = full_columns(y).assign(price=np.arange(7 * 70) % 11.0)
    if name != "panel":
        y, X = y.loc[name], X.loc[name].drop(columns="kind")
    day = X.index.get_level_values("day")
    gone = (day > DAYS[-6]) & ~X.index.isin(y.index)
    assert gone.sum() > (name == "panel")
    filled = X.copy()
    for row in np.flatnonzero(gone):  # day after day
        for column in ("promo", "price"):
            place = filled.columns.get_loc(column)
            filled.iloc[row, place] = filled.iloc[row - 1, place]
    settings = {**SMALL, "horizon": 5}
    for forecaster in (settings, ESRNN(**settings)):
        ours = backtest(y, X[~gone], forecaster=forecaster, n_windows=1)
        wanted = backtest(y, filled, forecaster=forecaster, n_windows=1)
        assert_frame_equal(ours.forecasts, wanted.forecasts)


def test_a_backtest_shows_its_scores():
    result = backtest(holed_panel(), forecaster={**SMALL, "horizon": 5}, n_windows=2)
    lines = repr(result).splitlines()
    assert lines[0] == "Backtest: 50 forecasts from 2 dates, 2024-02-29 to 2024-03-05"
    assert lines[1].split() == ["forecast", "seasonal", "naive", "naive"]
    assert [line.split()[0] for line in lines[2:]] == result.scores().columns.tolist()
    assert f"mase {result.scores().loc['forecast', 'mase']:.3f}" in " ".join(repr(result).split())


def test_trained_networks_are_used_as_they_are():
    y = holed_panel(6)
    early = y[y.index.get_level_values("day") < "2024-02-20"]
    model = train_model(sktime_to_panel(early), None, 5, SMALL)
    result = backtest(y, forecaster=model, n_windows=2)
    pretrained = ESRNN(**SMALL, horizon=5).pretrain(early)
    other = backtest(y, forecaster=pretrained, n_windows=2)
    assert_frame_equal(result.forecasts, other.forecasts)


@SKTIME_OWN_WARNING
def test_a_regular_panel_gives_what_sktime_s_evaluate_gives():
    from sktime.forecasting.model_evaluation import evaluate
    from sktime.forecasting.naive import NaiveForecaster
    from sktime.performance_metrics.forecasting import MeanAbsolutePercentageError
    from sktime.split import ExpandingWindowSplitter

    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product([list("abc"), DAYS], names=["shop", "day"])
    y = pd.DataFrame({"sold": rng.gamma(9.0, 3.0, 210)}, index)
    windows = ExpandingWindowSplitter(fh=range(1, 8), initial_window=49, step_length=7)
    smape = MeanAbsolutePercentageError(symmetric=True)
    forecaster = ESRNN(**SMALL, horizon=7)
    folds = evaluate(forecaster, windows, y, scoring=smape, return_data=True)
    result = backtest(y, forecaster=forecaster, n_windows=3)
    theirs = pd.concat(list(folds["y_pred"]))["sold"].to_numpy()
    assert result.forecasts["y_hat"].tolist() == theirs.tolist()
    ours = result.scores(by="window").xs("forecast", level="method")["smape"]
    assert_allclose(ours, 100.0 * folds["test_MeanAbsolutePercentageError"])
    naive = backtest(y, forecaster=NaiveForecaster(sp=7), horizon=7, coverages=())
    scores = naive.scores()
    assert_allclose(scores.loc["forecast", "mase"], scores.loc["seasonal naive", "mase"])
    assert naive.forecasts["y_hat"].tolist() == naive.forecasts["seasonal naive"].tolist()


@pytest.mark.parametrize(
    "stamps",
    [
        pd.period_range("2015-01", periods=70, freq="M"),
        pd.date_range("2015-01-31", periods=70, freq="ME"),
        pd.date_range("2024-03-29", periods=70, freq="h", tz="Europe/Berlin"),
        pd.RangeIndex(70),
    ],
    ids=["periods", "month ends", "hours over a change of the clock", "integers"],
)
def test_other_kinds_of_time_and_one_series(stamps):
    rng = np.random.default_rng(0)
    y = pd.Series(rng.gamma(9.0, 3.0, 70), stamps, name="y").drop(stamps[[11, 40, 66]])
    result = backtest(y, forecaster={**SMALL, "horizon": 3}, n_windows=2)
    assert result.cutoffs.tolist() == [stamps[63], stamps[66]]
    assert result.forecasts["time"].tolist() == list(stamps[64:70])
    assert result.forecasts["y"].isna().tolist() == [False, False, True, False, False, False]
    assert result.scores().loc["forecast", "n_values"] == 5


def test_weekly_series_on_several_weekdays():
    rng = np.random.default_rng(0)
    parts = {}
    for day in ("SUN", "WED"):
        weeks = pd.date_range("2024-01-01", periods=40, freq=f"W-{day}")
        parts[day] = pd.Series(rng.gamma(9.0, 3.0, 40), weeks)
    y = pd.concat(parts, names=["shop", "week"])
    result = backtest(y, forecaster={**SMALL, "horizon": 2}, n_windows=1)
    counts = result.forecasts.groupby("shop")["y"].count()
    assert counts["SUN"] == 2
    late = result.forecasts[result.forecasts["shop"] == "WED"]
    assert set(late["week"].dt.dayofweek) == {2}
    assert (late["week"] > late["cutoff"]).all()


REFUSED = {
    "no horizon": ({"forecaster": {"n_members": 1}}, InputError, "needs a horizon"),
    "a class": ({"forecaster": ESRNN}, InputTypeError, "an object; got the class ESRNN. Make one"),
    "no forecaster": ({"forecaster": "ESRNN"}, InputTypeError, "forecaster must be an ESRNN"),
    "too many windows": ({"n_windows": 20}, InputError, "at 2023-.* there is none"),
    "no window": ({"n_windows": 0}, InputError, "n_windows must be at least 1"),
    "another coverage": ({"coverages": [95]}, InputError, "coverages must lie between 0 and 1"),
    "two columns": ({"y": holed_panel().assign(other=1.0)}, InputError, "one column"),
    "a long X": ({"X": holed_panel().assign(promo=0).reset_index()}, InputError,
                 "X must have an index of 2 levels, as y has; got 1"),
    "an X that is no frame": ({"X": [0.0]}, InputTypeError, "X must be a pandas DataFrame"),
    "an unknown setting": ({"forecaster": {"horizon": 3, "epochs": 3}}, InputError, "epochs"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "error", "match"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(changes, error, match):
    arguments = {"y": holed_panel(), "forecaster": {**SMALL, "horizon": 5}, **changes}
    with pytest.raises(error, match=match):
        backtest(**arguments)


@SKTIME_OWN_WARNING
def test_series_that_a_forecaster_skips_are_left_out_and_named():
    y = holed_panel()
    X = pd.DataFrame({"price": 1.0 + np.arange(len(y)) % 3}, y.index)
    X.loc["s0", "price"] = np.nan
    skipping = ESRNN(**SMALL, horizon=5, errors="skip")
    with pytest.warns(EsrnnWarning, match="series 's0'"):
        result = backtest(y, X, forecaster=skipping, n_windows=2)
    assert "s0" not in set(result.forecasts["shop"])
    assert (result.left_out["series"] == "s0").sum() == 2
    rest = backtest(y.drop("s0"), X.drop("s0"), forecaster=skipping, n_windows=2)
    assert set(result.left_out["series"]) - {"s0"} == set(rest.left_out["series"])
    assert result.scores()["n_series"].tolist() == rest.scores()["n_series"].tolist()


@SKTIME_OWN_WARNING
@pytest.mark.parametrize("missing", [False, True])
def test_series_that_ended_need_no_covariates_after_their_end(missing):
    y = holed_panel(5)
    X = full_columns(y).assign(price=np.arange(7 * 70) % 11.0)
    ended = X.index.isin(["s2"], level="shop") & (X.index.get_level_values("day") > DAYS[25])
    settings = {**SMALL, "horizon": 4}
    wanted = backtest(y, X, forecaster=settings, n_windows=2)
    some = X.assign(price=X["price"].mask(ended)) if missing else X[~ended]
    found = backtest(y, some, forecaster=ESRNN(**settings), n_windows=2)
    assert_frame_equal(found.forecasts["y"].to_frame(), wanted.forecasts["y"].to_frame())
    assert "s2" not in set(found.forecasts["shop"])


def test_settings_skip_series_as_the_forecaster_does():
    y = holed_panel()
    X = pd.DataFrame({"price": 1.0 + np.arange(len(y)) % 3}, y.index)
    X.loc["s0", "price"] = np.nan
    settings = {**SMALL, "horizon": 5, "errors": "skip"}
    result = backtest(y, X, forecaster=settings, n_windows=2)
    assert "s0" not in set(result.forecasts["shop"])
    assert (result.left_out["series"] == "s0").sum() == 2
    assert np.isfinite(result.forecasts["y_hat"]).all()


def test_settings_that_skip_all_that_is_tested_are_refused():
    y = holed_panel(5).clip(lower=1.0)
    y.loc[~y.index.isin(["s2"], level="shop")] = -1.0  # s2 had ended before
    settings = {**SMALL, "horizon": 4, "seasonality": "multiplicative", "errors": "skip"}
    with pytest.raises(InputError, match="errors='skip' leaves out all of them"):
        backtest(y, forecaster=settings)


@SKTIME_OWN_WARNING
def test_rows_that_a_forecaster_leaves_out_are_refused():
    from sktime.forecasting.naive import NaiveForecaster

    class Forgetful(NaiveForecaster):
        def predict(self, fh=None, X=None):
            return super().predict(fh, X).iloc[:-1]

    with pytest.raises(InputError, match=r"must forecast every series at each step .* got 19 of"):
        backtest(holed_panel(), forecaster=Forgetful(), horizon=5, n_windows=1, coverages=())


def test_an_error_says_in_which_window():
    y = holed_panel()
    with pytest.raises(InputError) as caught:
        backtest(y, forecaster={**SMALL, "horizon": 5, "seasonality": "never"})
    assert "cutoff is 2024-02-" in caught.value.__notes__[0]
