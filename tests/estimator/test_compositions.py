"""`ESRNN` in sktime's pipelines, searches and ensembles gives what a user would get by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sktime.forecasting.base import BaseForecaster
from sktime.forecasting.compose import (
    AutoEnsembleForecaster,
    BaggingForecaster,
    ColumnEnsembleForecaster,
    EnsembleForecaster,
    ForecastingPipeline,
    ForecastX,
    MultiplexForecaster,
    StackingForecaster,
    TransformedTargetForecaster,
    make_reduction,
)
from sktime.forecasting.conformal import ConformalIntervals
from sktime.forecasting.model_evaluation import evaluate
from sktime.forecasting.model_selection import (
    ForecastingGridSearchCV,
    ForecastingRandomizedSearchCV,
)
from sktime.forecasting.naive import NaiveForecaster
from sktime.performance_metrics.forecasting import (
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanAbsoluteScaledError,
    MedianAbsoluteError,
)
from sktime.split import ExpandingWindowSplitter, SlidingWindowSplitter
from sktime.transformations.bootstrap import MovingBlockBootstrapTransformer
from sktime.transformations.compose import TransformerPipeline
from sktime.transformations.series.boxcox import BoxCoxTransformer, LogTransformer
from sktime.transformations.series.detrend import Deseasonalizer
from sktime.transformations.series.difference import Differencer
from sktime.transformations.series.exponent import ExponentTransformer
from sktime.transformations.series.impute import Imputer

from tests.estimator.frames import months, small, wave
from tests.estimator.shared import EITHER, PANEL, RAGGED, SERIES, SKTIME_OWN_WARNING, ahead

pytestmark = SKTIME_OWN_WARNING
FH = [1, 2, 3]


def same(a: object, b: object) -> None:
    """Check that two forecasts have the same index and the same numbers, up to rounding."""
    assert a.index.equals(b.index)
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-9)


def reduction() -> BaseForecaster:
    return make_reduction(LinearRegression(), window_length=6, strategy="direct")


class TestTransformedTarget:
    @EITHER
    @pytest.mark.parametrize(
        "transformer",
        [
            LogTransformer(),
            BoxCoxTransformer(),
            Differencer(na_handling="drop_na"),
            Deseasonalizer(sp=12, model="multiplicative"),
            TransformerPipeline([LogTransformer(), Deseasonalizer(sp=12, model="additive")]),
        ],
        ids=["log", "box-cox", "difference", "deseasonalise", "two"],
    )
    def test_equals_the_steps_by_hand(self, y: object, transformer: object) -> None:
        pipeline = TransformedTargetForecaster([transformer, small()]).fit(y, fh=FH)
        own = transformer.clone()
        by_hand = own.inverse_transform(small().fit(own.fit_transform(y), fh=FH).predict())
        assert pipeline.predict().index.equals(ahead(y, *FH))
        same(pipeline.predict(), by_hand)

    def test_the_network_of_a_panel_is_still_one_for_all(self) -> None:
        pipeline = TransformedTargetForecaster([LogTransformer(), small()]).fit(PANEL, fh=FH)
        assert pipeline.forecaster_.ensemble_.ids == ("b", "a", "c")

    @EITHER
    def test_an_imputer_before_it(self, y: object) -> None:
        gaps = y.copy()
        gaps.iloc[5:9] = np.nan
        pipeline = TransformedTargetForecaster([Imputer("linear"), small()]).fit(gaps, fh=FH)
        same(
            pipeline.predict(), small().fit(Imputer("linear").fit_transform(gaps), fh=FH).predict()
        )
        assert not np.allclose(pipeline.predict(), small().fit(gaps, fh=FH).predict())

    @EITHER
    def test_intervals_come_through_a_logarithm(self, y: object) -> None:
        pipeline = (LogTransformer() * small()).fit(y, fh=FH)
        interval = pipeline.predict_interval(coverage=[0.5, 0.9])
        same(interval, np.exp(small().fit(np.log(y), fh=FH).predict_interval(coverage=[0.5, 0.9])))
        low, middle_low, middle_high, high = np.asarray(interval)[:, [2, 0, 1, 3]].T
        point = np.asarray(pipeline.predict()).ravel()
        for less, more in [(low, middle_low), (middle_low, point), (point, middle_high)]:
            assert (less <= more).all()
        assert (middle_high <= high).all()

    def test_steps_of_a_pipeline_are_clones(self) -> None:
        forecaster = small()
        pipeline = LogTransformer() * forecaster
        first, second = pipeline.clone().fit(SERIES, fh=FH), pipeline.clone().fit(PANEL, fh=FH)
        assert not forecaster.is_fitted
        assert not hasattr(forecaster, "ensemble_")
        same(first.predict(), pipeline.clone().fit(SERIES, fh=FH).predict())
        assert second.predict().index.equals(ahead(PANEL, *FH))


class TestExogenous:
    X = pd.DataFrame({"promotion": np.sin(np.arange(43.0)), "price": wave(43, 3.0)}, months(43))

    def test_a_pipeline_hands_on_what_it_makes_of_the_columns(self) -> None:
        past, future = self.X.iloc[:40], self.X.iloc[40:]
        pipeline = ForecastingPipeline([ExponentTransformer(2), small()])
        pipeline.fit(SERIES, X=past, fh=FH)
        own = ExponentTransformer(2)
        by_hand = small().fit(SERIES, X=own.fit_transform(past), fh=FH)
        same(pipeline.predict(X=future), by_hand.predict(X=own.transform(future)))

    @EITHER
    def test_a_pipeline_without_columns(self, y: object) -> None:
        pipeline = ForecastingPipeline([Imputer("linear"), small()]).fit(y, fh=FH)
        same(pipeline.predict(), small().fit(y, fh=FH).predict())

    def test_columns_forecast_by_another(self) -> None:
        past = self.X.iloc[:40]
        forecaster = ForecastX(small(), NaiveForecaster()).fit(SERIES, X=past, fh=FH)
        future = NaiveForecaster().fit(past, fh=FH).predict()
        same(forecaster.predict(), small().fit(SERIES, X=past, fh=FH).predict(X=future))

    @pytest.mark.filterwarnings("ignore:y has . columns:esrnn.errors.EsrnnWarning")
    def test_columns_forecast_by_it(self) -> None:
        past = self.X.iloc[:40]
        forecaster = ForecastX(reduction(), small()).fit(SERIES, X=past, fh=FH)
        future = small().fit(past, fh=FH).predict()
        same(forecaster.predict(), reduction().fit(SERIES, X=past, fh=FH).predict(X=future))


class TestSearch:
    CV = ExpandingWindowSplitter(fh=[1, 2], initial_window=30, step_length=4)
    GRID = {"n_epochs": [1, 3], "hidden_size": [4, 6]}  # noqa: RUF012

    @pytest.mark.parametrize(
        ("y", "scoring"),
        [
            (SERIES, MeanAbsolutePercentageError()),
            (PANEL, MeanAbsoluteScaledError(sp=12)),
            (PANEL, MedianAbsoluteError()),
        ],
        ids=["series", "panel", "another measure"],
    )
    def test_the_best_of_a_grid(self, y: object, scoring: object) -> None:
        search = ForecastingGridSearchCV(small(), self.CV, self.GRID, scoring=scoring)
        search.fit(y, fh=[1, 2])
        results = search.cv_results_
        assert len(results) == 4
        for one in results["params"]:
            assert set(one) == set(self.GRID)
        scores = results[f"mean_test_{scoring.name}"]
        assert scores.nunique() == 4
        best = results["params"][scores.idxmin()]
        assert search.best_params_ == best
        assert search.best_score_ == scores.min()
        same(search.predict(), small(**best).fit(y, fh=[1, 2]).predict())

    def test_its_scores_are_those_of_a_backtest(self) -> None:
        scoring = MeanAbsoluteError()
        search = ForecastingGridSearchCV(small(), self.CV, self.GRID, scoring=scoring)
        results = search.fit(PANEL, fh=[1, 2]).cv_results_
        for params, score in zip(
            results["params"], results[f"mean_test_{scoring.name}"], strict=True
        ):
            table = evaluate(small(**params), self.CV, PANEL, scoring=scoring)
            assert score == pytest.approx(table[f"test_{scoring.name}"].mean(), rel=1e-12)

    def test_a_grid_within_a_pipeline_leaves_the_template_alone(self) -> None:
        pipeline = TransformedTargetForecaster([("log", LogTransformer()), ("esrnn", small())])
        grid = {"esrnn__n_epochs": [1, 4], "log__offset": [0.0, 10.0]}
        search = ForecastingGridSearchCV(pipeline, self.CV, grid).fit(PANEL, fh=[1, 2])
        assert set(search.best_params_) == set(grid)
        assert pipeline.get_params()["esrnn"].n_epochs == 1
        assert not pipeline.get_params()["esrnn"].is_fitted
        best = search.best_forecaster_.get_params()["esrnn__n_epochs"]
        assert best == search.best_params_["esrnn__n_epochs"]

    def test_a_random_search(self) -> None:
        grid = {"n_epochs": [1, 2, 3], "seasonality": ["additive", "multiplicative"]}
        cv = SlidingWindowSplitter(fh=[1, 2], window_length=30, step_length=4)
        search = ForecastingRandomizedSearchCV(small(), cv, grid, n_iter=2, random_state=3)
        search.fit(SERIES, fh=[1, 2])
        assert len(search.cv_results_) == 2
        assert all(search.best_params_[name] in values for name, values in grid.items())
        assert search.predict().index.equals(ahead(SERIES, 1, 2))

    @EITHER
    def test_a_choice_among_methods(self, y: object) -> None:
        methods = [("naive", NaiveForecaster()), ("esrnn", small()), ("lags", reduction())]
        scoring = MeanAbsoluteError()
        search = ForecastingGridSearchCV(
            MultiplexForecaster(methods),
            self.CV,
            {"selected_forecaster": [name for name, _ in methods]},
            scoring=scoring,
        ).fit(y, fh=[1, 2])
        by_hand = {
            name: evaluate(one, self.CV, y, scoring=scoring)[f"test_{scoring.name}"].mean()
            for name, one in methods
        }
        best = min(by_hand, key=by_hand.get)
        assert search.best_params_ == {"selected_forecaster": best}
        same(search.predict(), dict(methods)[best].clone().fit(y, fh=[1, 2]).predict())


class TestEnsembles:
    @EITHER
    def test_a_mean_of_methods(self, y: object) -> None:
        members = [("esrnn", small()), ("lags", reduction()), ("naive", NaiveForecaster())]
        forecasts = [one.clone().fit(y, fh=FH).predict() for _, one in members]
        same(EnsembleForecaster(members).fit(y, fh=FH).predict(), sum(forecasts) / 3)
        weighted = EnsembleForecaster(members, weights=[2.0, 1.0, 1.0]).fit(y, fh=FH).predict()
        same(weighted, (2.0 * forecasts[0] + forecasts[1] + forecasts[2]) / 4.0)

    def test_members_of_one_kind_keep_their_own_seeds(self) -> None:
        members = [(f"seed {seed}", small(random_state=seed)) for seed in (0, 1)]
        forecasts = [one.clone().fit(PANEL, fh=FH).predict() for _, one in members]
        assert not np.allclose(*forecasts)
        same(EnsembleForecaster(members).fit(PANEL, fh=FH).predict(), sum(forecasts) / 2)

    @EITHER
    def test_one_of_several(self, y: object) -> None:
        methods = [("esrnn", small()), ("naive", NaiveForecaster())]
        for name, method in methods:
            chosen = MultiplexForecaster(methods, selected_forecaster=name).fit(y, fh=FH)
            same(chosen.predict(), method.clone().fit(y, fh=FH).predict())

    @EITHER
    @pytest.mark.parametrize("kind", [StackingForecaster, AutoEnsembleForecaster])
    def test_learned_weights(self, y: object, kind: type) -> None:
        forecaster = kind([("esrnn", small()), ("naive", NaiveForecaster())], random_state=1)
        y_hat = forecaster.fit(y, fh=FH).predict()
        assert y_hat.index.equals(ahead(y, *FH))
        assert np.isfinite(np.asarray(y_hat)).all()

    def test_bootstrapped_histories(self) -> None:
        histories = MovingBlockBootstrapTransformer(
            n_series=3, block_length=6, return_actual=False, random_state=1
        )
        y_hat = BaggingForecaster(histories, small()).fit(SERIES, fh=FH).predict()
        drawn = histories.clone().fit_transform(SERIES)
        assert drawn.index.unique(level=0).size == 3
        each = small().fit(drawn, fh=FH).predict()
        np.testing.assert_allclose(y_hat, each.groupby(level=-1).mean().iloc[:, 0], rtol=1e-9)
        assert y_hat.index.equals(ahead(SERIES, *FH))

    def test_each_column_its_method(self) -> None:
        y = pd.DataFrame({"u": wave(40), "v": wave(40, 3.0, seed=4)}, months(40))
        forecaster = ColumnEnsembleForecaster(
            [("network", small(), "u"), ("naive", NaiveForecaster(), "v")]
        ).fit(y, fh=FH)
        same(forecaster.predict()["u"], small().fit(y["u"], fh=FH).predict())
        same(forecaster.predict()["v"], NaiveForecaster().fit(y["v"], fh=FH).predict())


class TestConformal:
    @pytest.mark.parametrize("parameters", [{}, {"horizon": 3}], ids=["by fh", "by horizon"])
    @pytest.mark.parametrize("method", ["empirical", "conformal"])
    def test_intervals_around_a_series(self, parameters: dict, method: str) -> None:
        forecaster = ConformalIntervals(small(**parameters), method=method, initial_window=30)
        forecaster.fit(SERIES, fh=FH)
        same(forecaster.predict(), small(**parameters).fit(SERIES, fh=FH).predict())
        interval = forecaster.predict_interval(coverage=[0.5, 0.9])
        assert interval.index.equals(ahead(SERIES, *FH))
        self.check_order(np.asarray(interval))

    def test_sktime_takes_the_series_of_a_panel_one_by_one(self) -> None:
        forecaster = ConformalIntervals(small(), initial_window=25).fit(RAGGED, fh=FH)
        for name in "bac":
            alone = small().fit(RAGGED.loc[name], fh=FH).predict()
            same(forecaster.predict().loc[name], alone)
        interval = forecaster.predict_interval(coverage=[0.5, 0.9])
        assert interval.index.equals(ahead(RAGGED, *FH))
        self.check_order(np.asarray(interval))

    @staticmethod
    def check_order(interval: np.ndarray) -> None:
        inner, outer = interval[:, :2], interval[:, 2:]
        assert (outer[:, 0] <= inner[:, 0]).all()
        assert (inner[:, 0] <= inner[:, 1]).all()
        assert (inner[:, 1] <= outer[:, 1]).all()
        assert (outer[:, 0] < outer[:, 1]).all()
