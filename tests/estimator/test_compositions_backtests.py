"""`ESRNN` in sktime's backtests and streams of new observations: no strategy forgets or peeks."""

import copy

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold
from sktime.forecasting.compose import make_reduction
from sktime.forecasting.model_evaluation import evaluate
from sktime.forecasting.naive import NaiveForecaster
from sktime.forecasting.stream import DontUpdate, UpdateEvery, UpdateRefitsEvery
from sktime.performance_metrics.forecasting import MeanAbsoluteError, MeanAbsoluteScaledError
from sktime.performance_metrics.forecasting.probabilistic import EmpiricalCoverage, PinballLoss
from sktime.split import ExpandingWindowSplitter, SlidingWindowSplitter

from tests.estimator.frames import months, small
from tests.estimator.shared import (
    HIERARCHY,
    SERIES,
    SKTIME_OWN_WARNING,
    ahead,
    since,
    until,
)
from tests.estimator.shared import PANEL as UNSORTED

pytestmark = SKTIME_OWN_WARNING
FH = [1, 2]
# sktime's splitters sort, and the order of the series decides what a seed draws for each.
PANEL = UNSORTED.sort_index()
EITHER = pytest.mark.parametrize("y", [SERIES, PANEL], ids=["series", "panel"])
EXPANDING = ExpandingWindowSplitter(fh=FH, initial_window=30, step_length=4)
SLIDING = SlidingWindowSplitter(fh=FH, window_length=30, step_length=4)
ENDS = [30, 34, 38]  # of the histories of the three folds
MAE = MeanAbsoluteError()
WINDOWS = pytest.mark.parametrize("cv", [EXPANDING, SLIDING], ids=["expanding", "sliding"])


def same(a: object, b: object) -> None:
    assert a.index.equals(b.index)
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-9)


def backtest(y: object, cv: object, strategy: str) -> pd.DataFrame:
    return evaluate(
        small(), cv, y, strategy=strategy, scoring=MAE, return_data=True, error_score="raise"
    )


class TestEvaluate:
    @EITHER
    @WINDOWS
    @pytest.mark.parametrize("strategy", ["refit", "update", "no-update_params"])
    def test_folds_scores_and_index(self, y: object, cv: object, strategy: str) -> None:
        table = backtest(y, cv, strategy)
        assert table["cutoff"].tolist() == [months(end)[-1] for end in ENDS]
        for (_, fold), end in zip(table.iterrows(), ENDS, strict=True):
            expected = ahead(until(y, end), *FH)
            assert fold["y_pred"].index.equals(expected)
            actual = y.loc[fold["y_pred"].index]
            mean_error = np.abs(np.asarray(actual) - np.asarray(fold["y_pred"])).mean()
            assert fold["test_MeanAbsoluteError"] == pytest.approx(mean_error, rel=1e-12)

    @EITHER
    @WINDOWS
    def test_refit_is_a_new_one_on_the_window(self, y: object, cv: object) -> None:
        table = backtest(y, cv, "refit")
        for (_, fold), end in zip(table.iterrows(), ENDS, strict=True):
            start = end - 30 if cv is SLIDING else 0
            same(fold["y_pred"], small().fit(until(since(y, start), end), fh=FH).predict())

    @EITHER
    @WINDOWS
    def test_update_trains_again_on_all_that_was_seen(self, y: object, cv: object) -> None:
        table = backtest(y, cv, "update")
        for (_, fold), end in zip(table.iterrows(), ENDS, strict=True):
            same(fold["y_pred"], small().fit(until(y, end), fh=FH).predict())

    @EITHER
    @WINDOWS
    def test_no_update_params_moves_the_origin_alone(self, y: object, cv: object) -> None:
        table = backtest(y, cv, "no-update_params")
        first = small().fit(until(y, ENDS[0]), fh=FH)
        for (_, fold), end in zip(table.iterrows(), ENDS, strict=True):
            moved = copy.deepcopy(first)
            if end > ENDS[0]:
                moved.update(since(until(y, end), ENDS[0]), update_params=False)
            same(fold["y_pred"], moved.predict())

    def test_strategies_differ(self) -> None:
        last = {
            strategy: backtest(SERIES, EXPANDING, strategy)["y_pred"].iloc[-1].to_numpy()
            for strategy in ("refit", "update", "no-update_params")
        }
        np.testing.assert_allclose(last["refit"], last["update"], rtol=1e-9)
        assert not np.allclose(last["refit"], last["no-update_params"])

    @pytest.mark.parametrize("strategy", ["refit", "update", "no-update_params"])
    def test_nothing_after_the_cutoff_is_used(self, strategy: str) -> None:
        other = PANEL.copy()
        other.loc[since(PANEL, ENDS[1]).index] *= 3.0
        folds = backtest(PANEL, EXPANDING, strategy)["y_pred"]
        folds_of_other = backtest(other, EXPANDING, strategy)["y_pred"]
        for k in (0, 1):
            assert folds[k].equals(folds_of_other[k])
        assert not folds[2].equals(folds_of_other[2])

    def test_several_measures_and_intervals(self) -> None:
        scoring = [
            MeanAbsoluteScaledError(sp=12),
            PinballLoss(alpha=[0.1, 0.9]),
            EmpiricalCoverage(coverage=0.9),
        ]
        table = evaluate(small(), EXPANDING, PANEL, scoring=scoring, error_score="raise")
        first = small().fit(until(PANEL, ENDS[0]), fh=FH)
        quantiles = first.predict_quantiles(alpha=[0.1, 0.9])
        errors = np.asarray(PANEL.loc[quantiles.index]) - np.asarray(quantiles)
        levels = np.array([0.1, 0.9])
        by_hand = np.maximum(levels * errors, (levels - 1.0) * errors).mean()
        assert table["test_PinballLoss"].iloc[0] == pytest.approx(by_hand, rel=1e-9)
        low, high = np.asarray(first.predict_interval(coverage=0.9)).T
        actual = np.asarray(PANEL.loc[quantiles.index]).ravel()
        covered = ((low <= actual) & (actual <= high)).mean()
        assert table["test_EmpiricalCoverage"].iloc[0] == pytest.approx(covered)
        assert np.isfinite(table["test_MeanAbsoluteScaledError"]).all()

    @EITHER
    def test_beside_other_methods(self, y: object) -> None:
        lags = make_reduction(LinearRegression(), window_length=6, strategy="recursive")
        for method in (small(), lags, NaiveForecaster(sp=12)):
            table = evaluate(method, EXPANDING, y, scoring=MAE, error_score="raise")
            assert table["cutoff"].tolist() == [months(end)[-1] for end in ENDS]
            assert np.isfinite(table["test_MeanAbsoluteError"]).all()

    def test_a_hierarchy(self) -> None:
        table = backtest(HIERARCHY, EXPANDING, "no-update_params")
        expected = ahead(until(HIERARCHY, ENDS[-1]), *FH)
        assert table["y_pred"].iloc[-1].index.equals(expected)
        assert np.isfinite(table["test_MeanAbsoluteError"]).all()

    def test_columns_of_the_future_are_cut_where_the_series_is(self) -> None:
        columns = pd.DataFrame(
            {"x": np.sin(np.arange(40.0)), "z": np.arange(40.0) ** 2}, months(40)
        )
        table = evaluate(
            small(), EXPANDING, SERIES, columns, scoring=MAE, return_data=True, error_score="raise"
        )
        for (_, fold), end in zip(table.iterrows(), ENDS, strict=True):
            forecaster = small().fit(SERIES.iloc[:end], X=columns.iloc[:end], fh=FH)
            same(fold["y_pred"], forecaster.predict(X=columns.iloc[end : end + 2]))


class TestUnseenSeries:
    OTHERS = HIERARCHY.droplevel(0).set_axis(
        pd.MultiIndex.from_product([["p", "q", "r", "s"], months(40)], names=["shop", "time"])
    )

    def test_a_backtest_keeps_what_was_learned_elsewhere(self) -> None:
        pretrained = small(horizon=2).pretrain(self.OTHERS)
        table = evaluate(
            pretrained, EXPANDING, SERIES, scoring=MAE, return_data=True, error_score="raise"
        )
        for (_, fold), end in zip(table.iterrows(), ENDS, strict=True):
            by_hand = small(horizon=2).pretrain(self.OTHERS).fit(SERIES.iloc[:end], fh=FH)
            same(fold["y_pred"], by_hand.predict())
            untaught = small(horizon=2).fit(SERIES.iloc[:end], fh=FH).predict()
            assert not np.allclose(fold["y_pred"], untaught)

    def test_a_backtest_over_series_and_time(self) -> None:
        table = evaluate(
            small(),
            EXPANDING,
            self.OTHERS,
            scoring=MAE,
            return_data=True,
            error_score="raise",
            cv_global=KFold(2),
        )
        assert len(table) == 2 * len(ENDS)
        halves = [self.OTHERS.loc[list(names)] for names in ("rs", "pq")]
        folds = [(*pair, end) for pair in (halves, halves[::-1]) for end in ENDS]
        for (_, fold), (learned, new, end) in zip(table.iterrows(), folds, strict=True):
            by_hand = small().pretrain(learned, fh=FH).fit(until(new, end), fh=FH)
            same(fold["y_pred"], by_hand.predict())


class TestUpdates:
    @EITHER
    @pytest.mark.parametrize("update_params", [True, False])
    def test_update_and_predict_in_one(self, y: object, update_params: bool) -> None:
        past, new = until(y, 36), since(y, 36)
        at_once = small().fit(past, fh=FH).update_predict_single(new, update_params=update_params)
        by_hand = small().fit(past, fh=FH).update(new, update_params=update_params).predict()
        assert at_once.equals(by_hand)
        assert at_once.index.equals(ahead(y, *FH))

    def test_steps_through_new_data(self) -> None:
        cv = ExpandingWindowSplitter(fh=[1], initial_window=1)
        forecaster = small(horizon=1).fit(until(SERIES, 34))
        y_hat = forecaster.update_predict(since(SERIES, 34), cv=cv, update_params=False)
        walker = small(horizon=1).fit(until(SERIES, 34))
        assert y_hat.index.equals(months(40)[35:])
        for month, forecast in y_hat.items():
            new = SERIES.loc[month - 1 : month - 1]
            assert walker.update(new, update_params=False).predict().tolist() == [forecast]

    def test_steps_leave_the_forecaster_where_it_was(self) -> None:
        cv = ExpandingWindowSplitter(fh=FH, initial_window=1)
        forecaster = small(horizon=2).fit(until(PANEL, 34))
        before = forecaster.predict()
        forecaster.update_predict(since(PANEL, 34), cv=cv, update_params=False)
        assert forecaster.predict().equals(before)
        assert forecaster.cutoff[0] == months(34)[-1]

    @EITHER
    def test_small_updates_are_one_large_update(self, y: object) -> None:
        steps, once = small(horizon=2).fit(until(y, 34)), small(horizon=2).fit(until(y, 34))
        for n in range(34, 40):
            steps.update(since(until(y, n + 1), n), update_params=False)
        once.update(since(y, 34), update_params=False)
        assert steps.predict().equals(once.predict())
        assert not steps.predict().equals(small(horizon=2).fit(until(y, 34)).predict())

    def test_overlapping_rows_replace_nothing(self) -> None:
        moved = small(horizon=2).fit(until(PANEL, 36))
        moved.update(since(PANEL, 30), update_params=False)
        once = small(horizon=2).fit(until(PANEL, 36)).update(since(PANEL, 36), update_params=False)
        assert moved.predict().equals(once.predict())


class TestStreams:
    def test_refits_when_it_is_due(self) -> None:
        stream = UpdateRefitsEvery(small(horizon=2), refit_interval=2, refit_window_lag=0)
        stream.fit(until(SERIES, 36), fh=FH)
        stream.update(since(until(SERIES, 37), 36))
        by_hand = small(horizon=2).fit(until(SERIES, 36)).update(since(until(SERIES, 37), 36))
        assert stream.predict().equals(by_hand.predict())
        stream.update(since(SERIES, 37))
        same(stream.predict(), small(horizon=2).fit(SERIES).predict())

    @EITHER
    def test_never_trains_again_if_told_so(self, y: object) -> None:
        stream = DontUpdate(small(horizon=2)).fit(until(y, 36), fh=FH)
        stream.update(since(y, 36))
        moved = small(horizon=2).fit(until(y, 36)).update(since(y, 36), update_params=False)
        assert stream.predict().equals(moved.predict())

    def test_waits_between_updates(self) -> None:
        stream = UpdateEvery(small(horizon=2), update_interval=3).fit(until(SERIES, 36), fh=FH)
        stream.update(since(until(SERIES, 37), 36))
        first = stream.forecaster_.ensemble_
        stream.update(since(SERIES, 37))
        assert stream.forecaster_.ensemble_ is not first
        assert stream.predict().index.equals(ahead(SERIES, *FH))
