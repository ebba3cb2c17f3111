"""Means, paths and distributions of `ESRNN`."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from esrnn import ESRNN, backtest, load_model
from esrnn.errors import InputError
from tests.estimator.frames import months, panel_of, small, wave
from tests.estimator.shared import SKTIME_OWN_WARNING

N = 48
PANEL = panel_of({"b": wave(N), "a": 3.0 * wave(N, seed=1)}, months(N))


@pytest.fixture(scope="module")
def forecaster() -> ESRNN:
    return small(horizon=6, start_from=None).fit(PANEL)


def test_paths_are_indexed_as_forecasts_and_sum_up(forecaster):
    paths = forecaster.simulate(300)
    assert paths.index.equals(forecaster.predict().index)
    assert paths.columns.tolist() == list(range(300))
    lead_time = paths.groupby(level="shop").sum()
    assert lead_time.shape == (2, 300)
    assert paths.groupby(level="time").sum().shape == (6, 300)
    median = lead_time.median(axis=1)
    assert_allclose(median, forecaster.predict()["sales"].groupby(level="shop").sum(), rtol=0.05)
    assert_frame_equal(paths, forecaster.simulate(300))
    assert not paths.equals(forecaster.simulate(300, random_state=9))
    assert forecaster.simulate(5, fh=[2, 4]).shape == (4, 5)


def test_one_series_and_a_name_that_is_missing():
    y = pd.Series(wave(N), months(N))
    paths = small(horizon=3).fit(y).simulate(7)
    assert paths.shape == (3, 7)
    assert paths.index.equals(months(N + 3)[N:])


def test_the_point_forecast_is_a_parameter(forecaster, tmp_path):
    mean = small(horizon=6, start_from=None, point="mean").fit(PANEL)
    y_hat = mean.predict()
    assert not y_hat.equals(forecaster.predict())
    assert_allclose(y_hat, forecaster.predict(), rtol=0.1)
    assert mean.predict_quantiles(alpha=[0.5]).equals(forecaster.predict_quantiles(alpha=[0.5]))
    assert mean.components()["y_hat"].dropna().tolist() == y_hat["sales"].tolist()
    mean.save_model(tmp_path / "mean")
    loaded = load_model(tmp_path / "mean")
    assert loaded.point == "mean"
    assert_frame_equal(loaded.predict(), y_hat)
    inside = [-2, -1, 0]
    assert mean.predict(fh=inside).equals(forecaster.predict(fh=inside))
    with pytest.raises(InputError, match=r"point must be one of \['median', 'mean'\]"):
        small(point="mode", horizon=2).fit(PANEL)


def test_a_backtest_scores_the_mean_beside_the_quantiles():
    settings = {**small(horizon=6).get_params(deep=False), "start_from": None}
    results = {}
    for point in ("median", "mean"):
        own = {**settings, "point": point}
        one = backtest(PANEL, forecaster=own, n_windows=1)
        other = backtest(PANEL, forecaster=ESRNN(**own), n_windows=1)
        assert_frame_equal(one.forecasts, other.forecasts)
        results[point] = one
    mean, median = results["mean"], results["median"]
    assert not mean.forecasts["y_hat"].equals(median.forecasts["y_hat"])
    losses = [r.scores().loc["forecast", "quantile_loss"] for r in (mean, median)]
    assert losses[0] == losses[1]


def test_distributions_of_skpro(forecaster):
    pytest.importorskip("skpro")
    spread = forecaster.predict_proba()
    assert spread.index.equals(forecaster.predict().index)
    own = forecaster.predict_quantiles(alpha=[0.1, 0.5, 0.9])
    found = spread.quantile([0.1, 0.5, 0.9])
    widths = (own["sales", 0.9] - own["sales", 0.1]).to_numpy()[:, None]
    assert (np.abs(found.to_numpy() - own.to_numpy()) < 0.05 * widths).all()
    paths = forecaster.predict_proba(fh=[1, 2], marginal=False)
    sample = paths.sample(20)
    assert sample.shape == (80, 1)


def test_a_copy_by_scikit_learn_keeps_what_was_pretrained():
    from sklearn.base import clone

    pretrained = small(horizon=3, start_from=None).pretrain(PANEL)
    copy = clone(pretrained)
    assert copy is not pretrained
    new = panel_of({"c": wave(N, seed=3)}, months(N))
    assert_frame_equal(copy.fit(new).predict(), pretrained.fit(new).predict())
    assert copy.training_history()["epoch"].max() == 1


@SKTIME_OWN_WARNING
def test_conformal_intervals_keep_what_was_pretrained():
    from sktime.forecasting.conformal import ConformalIntervals

    pretrained = small(horizon=3, start_from=None, random_state=5).pretrain(PANEL)
    new = pd.Series(wave(N, seed=3), months(N))
    wrapper = ConformalIntervals(pretrained, initial_window=40).fit(new, fh=[1, 2, 3])
    assert wrapper.predict().tolist() == pretrained.fit(new).predict().tolist()
    assert wrapper.forecaster_.state == "fitted"
    assert hasattr(wrapper.forecaster_, "pretrained_")


@SKTIME_OWN_WARNING
def test_boosted_residuals_keep_what_was_pretrained():
    from sktime.forecasting.naive import NaiveForecaster
    from sktime.forecasting.residual_booster import ResidualBoostingForecaster

    pretrained = small(horizon=3, start_from=None, random_state=5).pretrain(PANEL)
    new = pd.Series(wave(N, seed=3), months(N))
    boosted = ResidualBoostingForecaster(pretrained, NaiveForecaster()).fit(new, fh=[1, 2, 3])
    base = boosted.base_future_.predict().squeeze()
    assert base.tolist() == pretrained.fit(new).predict().tolist()
