"""Preparing a panel, and forecasts by exponential smoothing alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from statsmodels.tsa.holtwinters import SimpleExpSmoothing

from esrnn.config import SmoothingConfig
from esrnn.errors import InputError
from esrnn.panel import Covariates, Panel
from esrnn.smoothing import (
    PreparedPanel,
    fit_smoothing,
    settle_forms,
    smoothing_forecast,
)
from tests.covered import random_covariates
from tests.hybrids import random_panel


def prepared(panel: Panel, lag: int = 1, covariates: Covariates | None = None) -> PreparedPanel:
    """Prepare a panel with units that are told apart."""
    fit = fit_smoothing(panel, SmoothingConfig())
    fit = replace(fit, unit=np.arange(1.0, panel.n_series + 1.0))
    return PreparedPanel.of(panel, fit, lag, covariates)


class TestCovariatesOfABatch:
    def test_a_batch_has_those_of_its_series(self):
        panel = random_panel(0, [4, 2, 3])
        covariates = random_covariates(0, panel.lengths, 2)
        batch = prepared(panel, covariates=covariates).subset(np.array([2, 0]))
        assert_array_equal(batch.covariates.static, covariates.static[[2, 0]])
        assert_array_equal(batch.covariates.lengths, [3, 4])
        assert_array_equal(batch.covariates.future[:5], covariates.future[10:15])
        assert prepared(panel).subset(np.array([1])).covariates is None

    def test_those_of_other_series_are_refused(self):
        panel = random_panel(0, [4, 2, 3])
        with pytest.raises(InputError, match="series number 2: 3 steps, covariates of 5"):
            prepared(panel, covariates=random_covariates(0, np.array([4, 2, 5]), 2))


class TestSettleForms:
    def test_form_is_chosen_per_series_unless_told(self):
        panel = Panel.from_arrays([[1.0, 2.0], [1.0, 0.0], [2.0, -3.0], [4.0, np.nan]])
        assert settle_forms(panel, "auto").tolist() == [False, True, True, False]
        assert settle_forms(panel, "additive").tolist() == [True] * 4
        assert settle_forms(panel.subset([0, 3]), "multiplicative").tolist() == [False] * 2

    def test_non_positive_values_are_refused_by_series_step_and_value(self):
        panel = Panel.from_arrays(
            [[1.0, 2.0], [1.0, 0.0, -5.0], [3.0, np.nan, -2.5]], ids=["a", "b", "c"]
        )
        with pytest.raises(InputError) as caught:
            settle_forms(panel, "multiplicative")
        assert str(caught.value) == (
            "values must be > 0 for seasonality='multiplicative'; 2 found: series 'b', step 1: "
            "0.0; series 'c', step 2: -2.5. Use seasonality='auto' or 'additive', or drop these "
            "series."
        )

    @pytest.mark.parametrize("form", ["auto", "additive", "multiplicative"])
    def test_a_missing_first_value_is_refused_by_series_and_step(self, form):
        panel = Panel.from_arrays([[1.0, np.nan], [np.nan, 2.0], [np.nan]], ids=["a", "b", "c"])
        with pytest.raises(
            InputError,
            match=r"first value .* must be observed; 2 found: series 'b', step 0: nan; "
            r"series 'c', step 0: nan\. Drop leading missing values",
        ):
            settle_forms(panel, form)

    def test_the_first_five_of_many_offenders_are_named(self):
        panel = Panel.from_arrays([[1.0, -float(i)] for i in range(8)])
        with pytest.raises(InputError, match=r"8 found: series 0, .*series 4, .*and 3 more"):
            settle_forms(panel, "multiplicative")


class TestPreparedPanel:
    def test_subset_gathers_series_in_the_order_asked_for(self):
        panel = random_panel(0, [5, 3, 8, 1], signed=True, missing=0.2)
        data = prepared(panel, 2)
        batch = data.subset(np.array([2, 0]))
        assert batch.indptr.tolist() == [0, 8, 13]
        assert_array_equal(batch.values, np.concatenate([panel.series(2), panel.series(0)]))
        starts = panel.indptr
        expected = [data.causal[starts[2] : starts[3]], data.causal[starts[0] : starts[1]]]
        assert_array_equal(batch.causal, np.concatenate(expected))
        assert batch.unit.tolist() == [3.0, 1.0]
        assert_array_equal(batch.additive, data.additive[[2, 0]])

    def test_the_form_of_a_batch(self):
        data = prepared(Panel.from_arrays([[1.0, 2.0], [-1.0, 2.0]]))
        assert data.subset(np.array([1])).is_additive is True
        assert data.subset(np.array([0])).is_additive is False

    def test_another_fit_brings_its_forms_and_units(self):
        panel = random_panel(0, [5, 3])
        data = prepared(panel)
        fit = fit_smoothing(panel, SmoothingConfig(seasonality="additive"))
        other = data.with_fit(fit)
        assert other.additive.all()
        assert_array_equal(other.unit, fit.unit)
        assert other.causal is data.causal

    def test_the_panel_is_left_alone(self):
        panel = random_panel(0, [5, 3])
        data = prepared(panel)
        data.values[:] = 0.0
        assert (panel.values > 0.0).all()
        assert data.lengths.tolist() == [5, 3]


class TestForecast:
    def test_without_a_season_it_is_flat_at_simple_smoothings_level(self):
        y = 50.0 + np.cumsum(np.random.default_rng(0).normal(size=60))
        config = SmoothingConfig((), "additive")
        panel = Panel.from_arrays([y])
        alpha = 1.0 / (1.0 + np.exp(-fit_smoothing(panel, config).rows[0, 0]))
        theirs = SimpleExpSmoothing(y, initialization_method="known", initial_level=y[0])
        expected = theirs.fit(smoothing_level=alpha, optimized=False).forecast(3)
        assert_allclose(smoothing_forecast(panel, 3, config)[0], expected, rtol=1e-10)

    @pytest.mark.parametrize("form", ["multiplicative", "additive"])
    def test_seasons_go_on(self, form):
        day, week = np.array([2.0, 3.0, 4.0]), np.array([10.0, 12.0, 11.0, 13.0, 14.0])
        t = np.arange(62)
        y = day[t % 3] * week[t % 5] if form == "multiplicative" else day[t % 3] + week[t % 5]
        panel = Panel.from_arrays([y[:47], y[:46] * 5.0])
        forecast = smoothing_forecast(panel, 15, SmoothingConfig((3, 5), form))
        assert_allclose(forecast[0], y[47:], rtol=0.01)
        assert_allclose(forecast[1], y[46:61] * 5.0, rtol=0.01)

    def test_each_series_in_its_own_form(self):
        t = np.arange(24)
        positive, signed = np.exp(np.sin(t * np.pi / 2)), 5.0 * np.sin(t * np.pi / 2)
        together = Panel.from_arrays([positive[:20], signed[:20]])
        forecast = smoothing_forecast(together, 4, SmoothingConfig((4,)))
        assert_allclose(forecast, [positive[20:], signed[20:]], atol=0.05)

    def test_bad_series_get_a_forecast_too(self):
        parts = [
            [3.0], [0.0], [3.0, 4.0], [5.0] * 20, [0.0] * 20, [-1.0, np.nan, 2.0],
            [2.0, *[np.nan] * 9], list(range(-9, 9)),
        ]  # fmt: skip
        for periods in ((), (4,), (4, 7)):
            forecast = smoothing_forecast(Panel.from_arrays(parts), 9, SmoothingConfig(periods))
            assert forecast.shape == (8, 9)
            assert np.isfinite(forecast).all()
            for i, constant in ((0, 3.0), (1, 0.0), (3, 5.0), (4, 0.0), (6, 2.0)):
                assert_allclose(forecast[i], constant, atol=1e-10)


class TestTheLastObservationAsLevel:
    CONFIG = SmoothingConfig(level="last")

    def test_nothing_is_smoothed(self):
        panel = random_panel(3, [12, 7, 1], missing=0.2)
        forecast = smoothing_forecast(panel, 2, self.CONFIG)
        for i, row in enumerate(forecast):
            y = panel.series(i)
            assert row.tolist() == [y[np.isfinite(y)][-1]] * 2

    def test_its_errors_are_those_of_naive_forecasts(self):
        positive, signed = np.array([1.0, 2.0, 1.0, np.nan, 3.0]), np.array([1.0, -1.0, 2.0])
        fit = fit_smoothing(Panel.from_arrays([positive, signed, [5.0]]), self.CONFIG)
        logs = np.diff(np.log([1.0, 2.0, 1.0, 3.0]))
        assert_allclose(fit.sigma, [np.sqrt(np.mean(logs**2)), np.sqrt(6.5), 0.0])
        assert fit.additive.tolist() == [False, True, False]
        assert_allclose(fit.unit, [1.0, 2.5, 1.0])

    def test_its_errors_have_the_bits_of_numpys_means(self):
        parts = [
            random_panel(k, [40 * k + 1, 9], signed=bool(k % 2), missing=0.2) for k in range(9)
        ]
        panel = Panel.from_arrays([p.series(i) for p in parts for i in (0, 1)])
        fit = fit_smoothing(panel, self.CONFIG)
        for i in range(panel.n_series):
            y = panel.series(i)
            y = y[np.isfinite(y)]
            errors = np.diff(y if fit.additive[i] else np.log(y))
            assert fit.sigma[i] == (np.sqrt(np.mean(errors**2)) if errors.size else 0.0)

    def test_not_with_a_seasonality(self):
        with pytest.raises(InputError, match=r"seasonal_periods must be empty with level='last'"):
            SmoothingConfig((4,), level="last")
        with pytest.raises(InputError, match=r"level must be one of .*'last'\)"):
            SmoothingConfig(level="none")
