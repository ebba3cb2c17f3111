"""Forecasts of each series by itself: seasons, units, gaps, quantiles."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from esrnn.errors import InputError, InputTypeError
from esrnn.local_models import LOCAL_MODELS, forecast_locally
from esrnn.metrics import seasonal_adjustment
from esrnn.panel import Panel
from tests.hybrids import random_panel

PANEL = random_panel(0, [60, 40, 25, 9, 3, 1])


@pytest.mark.parametrize("model", LOCAL_MODELS)
def test_a_panel_is_its_series_one_by_one(model: str) -> None:
    whole = forecast_locally(PANEL, 5, model, 4)
    assert whole.mean.shape == whole.std.shape == (6, 5)
    for i in range(PANEL.n_series):
        alone = forecast_locally(PANEL.subset([i]), 5, model, 4)
        np.testing.assert_array_equal(whole.mean[i], alone.mean[0])
        np.testing.assert_array_equal(whole.std[i], alone.std[0])


@pytest.mark.parametrize("model", LOCAL_MODELS)
@given(factor=st.sampled_from([1e-200, 1e-8, 3.0, 1e12, 1e200]))
def test_units_do_not_matter(model: str, factor: float) -> None:
    own = forecast_locally(PANEL, 4, model, 4)
    values = Panel(PANEL.values * factor, PANEL.indptr, PANEL.ids)
    other = forecast_locally(values, 4, model, 4)
    np.testing.assert_allclose(other.mean / factor, own.mean, rtol=1e-6)
    np.testing.assert_allclose(other.std / factor, own.std, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("model", LOCAL_MODELS)
def test_a_season_is_taken_out_and_put_back(model: str) -> None:
    season = np.array([0.5, 1.0, 1.5, 1.0])
    y = 100.0 * np.tile(season, 10)
    forecast = forecast_locally(Panel.from_arrays([y]), 8, model, 4)
    np.testing.assert_allclose(forecast.mean[0], 100.0 * np.tile(season, 2), rtol=1e-6)
    signed = Panel.from_arrays([y - 100.0])
    np.testing.assert_allclose(
        forecast_locally(signed, 8, model, 4).mean[0], y[:8] - 100.0, atol=1e-6
    )


@pytest.mark.parametrize("model", LOCAL_MODELS)
def test_intervals_of_a_multiplicative_season_widen_with_it(model: str) -> None:
    panel = random_panel(1, [80])
    forecast = forecast_locally(panel, 4, model, 4)
    adjustment = seasonal_adjustment(panel.values, 4, 4, indptr=panel.indptr)
    assert np.ptp(adjustment.indices) > 0.1
    plain = forecast.std[0] / adjustment.indices[0]
    assert (np.diff(plain) >= 0.0).all()


def test_the_damped_trends_deviations_are_those_of_statsmodels() -> None:
    rng = np.random.default_rng(2)
    y = 50.0 + (0.5 * rng.normal(0.1, 1.0, 120).cumsum()).cumsum() + rng.normal(size=120)
    own = forecast_locally(Panel.from_arrays([y]), 6, "damped_trend")
    fitted = ETSModel(pd.Series(y), error="add", trend="add", damped_trend=True).fit(disp=False)
    theirs = fitted.get_prediction(120, 125).forecast_variance
    np.testing.assert_allclose(own.std[0], np.sqrt(theirs), rtol=0.02)


def test_quantiles_are_normal() -> None:
    forecast = forecast_locally(PANEL, 3)
    levels = [0.1, 0.5, 0.975]
    found = forecast.quantiles(levels)
    assert found.shape == (3, 6, 3)
    np.testing.assert_array_equal(found[1], forecast.mean)
    z = NormalDist().inv_cdf(0.975)
    np.testing.assert_allclose(found[2], forecast.mean + z * forecast.std)
    with pytest.raises(InputError, match="levels must be in"):
        forecast.quantiles([0.5, 1.0])


@pytest.mark.parametrize("model", LOCAL_MODELS)
@given(
    st.lists(
        st.one_of(
            st.floats(-1e300, 1e300, allow_subnormal=False), st.just(float("nan")), st.just(0.0)
        ),
        min_size=1,
        max_size=12,
    )
)
def test_any_series_has_a_forecast(model: str, y: list[float]) -> None:
    y = [*y, 1.0]
    forecast = forecast_locally(Panel.from_arrays([np.array(y)]), 3, model, 4)
    assert not np.isnan(forecast.mean).any()
    assert not np.isnan(forecast.std).any()


def test_what_is_wrong_is_refused() -> None:
    with pytest.raises(InputError, match=r"model must be one of .*theta.*; got 'ets'"):
        forecast_locally(PANEL, 3, "ets")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="horizon"):
        forecast_locally(PANEL, 0)
    with pytest.raises(InputTypeError, match="seasonal_period"):
        forecast_locally(PANEL, 3, seasonal_period=4.5)  # type: ignore[arg-type]
