"""`ESRNN` on hierarchies: levels forecast together or apart, and sums that agree."""

import numpy as np
import pandas as pd
import pytest
from sktime.forecasting.compose import (
    ForecastByLevel,
    HierarchyEnsembleForecaster,
    TransformedTargetForecaster,
)
from sktime.forecasting.naive import NaiveForecaster
from sktime.forecasting.reconcile import ReconcilerForecaster
from sktime.transformations.hierarchical.aggregate import Aggregator
from sktime.transformations.hierarchical.reconcile import (
    BottomUpReconciler,
    OptimalReconciler,
    TopdownReconciler,
)

from esrnn import ESRNN
from tests.estimator.frames import small
from tests.estimator.shared import HIERARCHY, SKTIME_OWN_WARNING, ahead, since, until

pytestmark = [
    SKTIME_OWN_WARNING,
    # What sktime's reconcilers say of their own aggregation inside.
    pytest.mark.filterwarnings(
        "ignore:Found elements in the index of X named '__total':UserWarning"
    ),
    pytest.mark.filterwarnings("ignore:No elements of the index of X named '__total':UserWarning"),
]
FH = [1, 2]
METHODS = ["bu", "ols", "wls_str", "wls_var", "mint_cov", "mint_shrink", "td_fcst", "td_share"]
WHOLE = Aggregator().fit_transform(HIERARCHY)
PARTS = [("n", "a"), ("n", "b"), ("s", "a"), ("s", "c")]
# Which parts each series is the sum of: the rows in the order of `WHOLE`.
SUMS = np.array(
    [
        [1, 1, 1, 1],
        [1, 1, 0, 0],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 1],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
    ]
)


def matrix(y_hat: pd.DataFrame) -> np.ndarray:
    """Give the forecasts series by series: (n_series, n_steps)."""
    return y_hat.iloc[:, 0].to_numpy().reshape(-1, len(FH))


def adds_up(y_hat: pd.DataFrame) -> None:
    parts = np.stack([y_hat.loc[part].iloc[:, 0].to_numpy() for part in PARTS])
    np.testing.assert_allclose(matrix(y_hat), SUMS @ parts, rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
class TestReconciler:
    def test_sums_agree(self, method: str) -> None:
        y_hat = ReconcilerForecaster(small(horizon=2), method=method).fit(WHOLE, fh=FH).predict()
        assert y_hat.index.equals(ahead(WHOLE, *FH))
        assert np.isfinite(matrix(y_hat)).all()
        adds_up(y_hat)

    def test_the_horizon_comes_with_fit(self, method: str) -> None:
        y_hat = ReconcilerForecaster(small(), method=method).fit(WHOLE, fh=FH).predict()
        adds_up(y_hat)

    def test_totals_are_made_where_there_are_none(self, method: str) -> None:
        forecaster = ReconcilerForecaster(small(horizon=2), method=method)
        with_totals = forecaster.clone().fit(HIERARCHY, fh=FH).predict()
        assert with_totals.equals(forecaster.fit(WHOLE, fh=FH).predict())
        parts_alone = forecaster.set_params(return_totals=False).fit(HIERARCHY, fh=FH).predict()
        assert parts_alone.index.equals(ahead(HIERARCHY, *FH))
        np.testing.assert_allclose(parts_alone, with_totals.loc[parts_alone.index], rtol=1e-9)


# Not bottom up: sktime hands totals to a forecaster that it has fitted on the parts alone.
@pytest.mark.parametrize("method", [method for method in METHODS if method != "bu"])
def test_sums_agree_after_an_update(method: str) -> None:
    forecaster = ReconcilerForecaster(small(horizon=2), method=method)
    forecaster.fit(until(WHOLE, 36), fh=FH)
    y_hat = forecaster.update(since(WHOLE, 36), update_params=False).predict()
    assert y_hat.index.equals(ahead(WHOLE, *FH))
    adds_up(y_hat)


@pytest.fixture(scope="module")
def base() -> np.ndarray:
    """Forecasts of all series, each as if it were no sum."""
    return matrix(small().fit(WHOLE, fh=FH).predict())


class TestReconciledByHand:
    def test_the_base_forecasts_do_not_agree(self, base: np.ndarray) -> None:
        assert not np.allclose(base, SUMS @ base[[2, 3, 5, 6]], rtol=1e-6)

    def test_bottom_up_is_the_parts_own_forecast(self) -> None:
        y_hat = ReconcilerForecaster(small(), method="bu").fit(WHOLE, fh=FH).predict()
        own = small().fit(HIERARCHY, fh=FH).predict()
        np.testing.assert_allclose(y_hat.loc[own.index], own, rtol=1e-9)

    def test_least_squares_is_the_projection(self, base: np.ndarray) -> None:
        y_hat = ReconcilerForecaster(small(), method="ols").fit(WHOLE, fh=FH).predict()
        projected = SUMS @ np.linalg.lstsq(SUMS, base, rcond=None)[0]
        np.testing.assert_allclose(matrix(y_hat), projected, rtol=1e-9)

    def test_top_down_keeps_the_total(self, base: np.ndarray) -> None:
        y_hat = ReconcilerForecaster(small(), method="td_fcst").fit(WHOLE, fh=FH).predict()
        np.testing.assert_allclose(matrix(y_hat)[0], base[0], rtol=1e-9)

    @pytest.mark.parametrize(
        "reconciler",
        [BottomUpReconciler(), OptimalReconciler("ols"), TopdownReconciler("td_fcst")],
        ids=["bottom up", "least squares", "top down"],
    )
    def test_as_a_step_of_a_pipeline(self, reconciler: object) -> None:
        steps = [Aggregator(), reconciler, small()]
        y_hat = TransformedTargetForecaster(steps).fit(HIERARCHY, fh=FH).predict()
        assert y_hat.index.equals(ahead(WHOLE, *FH))
        adds_up(y_hat)


class TestLevels:
    def test_one_network_for_each_series(self) -> None:
        apart = ForecastByLevel(small(), groupby="local").fit(HIERARCHY, fh=FH).predict()
        for part in PARTS:
            alone = small().fit(HIERARCHY.loc[part], fh=FH).predict()
            np.testing.assert_array_equal(apart.loc[part], alone)

    def test_one_network_for_each_region(self) -> None:
        apart = ForecastByLevel(small(), groupby="panel").fit(HIERARCHY, fh=FH).predict()
        assert apart.index.equals(ahead(HIERARCHY, *FH))
        for region in ("n", "s"):
            together = small().fit(HIERARCHY.loc[[region]], fh=FH).predict()
            np.testing.assert_array_equal(apart.loc[[region]], together)

    def test_one_network_for_all(self) -> None:
        together = ForecastByLevel(small(), groupby="global").fit(HIERARCHY, fh=FH).predict()
        assert together.equals(small().fit(HIERARCHY, fh=FH).predict())

    def test_another_method_for_the_totals(self) -> None:
        forecaster = HierarchyEnsembleForecaster(
            [("total", NaiveForecaster(), 0), ("regions", NaiveForecaster(), 1),
             ("parts", small(), 2)], by="level",
        )  # fmt: skip
        y_hat = forecaster.fit(WHOLE, fh=FH).predict()
        own = small().fit(HIERARCHY, fh=FH).predict()
        np.testing.assert_allclose(y_hat.loc[own.index], own, rtol=1e-9)
        last = WHOLE.loc[("__total", "__total")].iloc[-1, 0]
        assert y_hat.loc[("__total", "__total")].iloc[:, 0].tolist() == [last, last]

    def test_a_hierarchy_goes_to_one_network(self) -> None:
        forecaster = small().fit(WHOLE, fh=FH)
        assert isinstance(forecaster, ESRNN)
        assert forecaster.ensemble_.ids == tuple(WHOLE.index.droplevel(-1).unique())
        assert forecaster.predict().index.equals(ahead(WHOLE, *FH))
        assert forecaster.predict_interval(coverage=0.8).index.equals(ahead(WHOLE, *FH))
