"""Members, their combination and calibration, and that processes change nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from esrnn.config import ModelConfig, preset_config
from esrnn.ensemble import TrainingOptions, combine, fit_ensemble
from esrnn.errors import InputError
from esrnn.panel import Panel
from tests.hybrids import HERE, random_panel

LENGTHS = [30, 41, 25, 60, 33, 48]


def tiny(**overrides: object) -> ModelConfig:
    """Return settings that train in a moment; two members smooth differently."""
    few = {"n_members": 2, "n_epochs": 2, "hidden_size": 4}
    config = preset_config("quarterly", 4, **{**few, **overrides})
    ensemble = replace(config.ensemble, seasonal_periods=((4,), ()))
    return replace(config, ensemble=ensemble)


class _Store:
    """Keeps members in memory."""

    def __init__(self, members=None):
        self.saved = dict(members or {})
        self.cpu_s = []

    def load(self, k, config):
        return self.saved.get(k)

    def save(self, k, member, cpu_s):
        self.saved[k] = member
        self.cpu_s.append(cpu_s)


class TestRepeats:
    def test_processes_change_nothing(self):
        panel = random_panel(0, LENGTHS)
        here = fit_ensemble(panel, tiny(), seed=5, options=HERE)
        there = fit_ensemble(panel, tiny(), seed=5, options=TrainingOptions(n_jobs=2))
        assert_array_equal(here.forecast(panel), there.forecast(panel))

    @pytest.mark.parametrize("n_jobs", [1, 2])
    def test_members_in_a_store_are_not_trained_again(self, n_jobs):
        panel, settings = random_panel(0, LENGTHS), tiny(n_members=3)
        store = _Store()
        whole = fit_ensemble(
            panel, settings, seed=5, options=TrainingOptions(n_jobs=n_jobs, store=store)
        )
        assert sorted(store.saved) == [0, 1, 2]
        assert all(cpu_s > 0.0 for cpu_s in store.cpu_s)
        again = _Store({k: store.saved[k] for k in (0, 2)})
        resumed = fit_ensemble(
            panel, settings, seed=5, options=TrainingOptions(n_jobs=n_jobs, store=again)
        )
        assert len(again.cpu_s) == 1
        assert_array_equal(whole.forecast(panel), resumed.forecast(panel))

    def test_a_full_store_leaves_nothing_to_train(self):
        panel, store = random_panel(0, LENGTHS), _Store()
        whole = fit_ensemble(panel, tiny(), seed=5, options=TrainingOptions(n_jobs=1, store=store))
        full = _Store(store.saved)
        resumed = fit_ensemble(panel, tiny(), seed=5, options=TrainingOptions(n_jobs=1, store=full))
        assert not full.cpu_s
        assert_array_equal(whole.forecast(panel), resumed.forecast(panel))

    def test_seed_decides(self):
        panel = random_panel(0, LENGTHS)
        one, same, other = (
            fit_ensemble(panel, tiny(), seed=seed, options=HERE).forecast(panel)
            for seed in (1, 1, 2)
        )
        assert_array_equal(one, same)
        assert not np.array_equal(one, other)

    def test_forecasting_leaves_torchs_generator_alone(self):
        panel = random_panel(0, LENGTHS)
        ensemble = fit_ensemble(panel, tiny(), seed=5, options=HERE)
        before = torch.random.get_rng_state()
        ensemble.forecast(panel)
        assert torch.equal(torch.random.get_rng_state(), before)


class TestForecast:
    @pytest.mark.parametrize("signed", [False, True])
    def test_every_series_gets_finite_ordered_quantiles(self, signed):
        panel = random_panel(3, [*LENGTHS, 1, 2, 3], signed=signed, missing=0.1)
        forecast = fit_ensemble(panel, tiny(), seed=1, options=HERE).forecast(panel)
        assert forecast.shape == (3, 9, 4)
        assert np.isfinite(forecast).all()
        assert (np.diff(forecast, axis=0) >= 0.0).all()

    def test_another_number_of_series_is_refused(self):
        panel = random_panel(0, LENGTHS)
        ensemble = fit_ensemble(panel, tiny(), seed=1, options=HERE)
        with pytest.raises(InputError, match="parameters of 6 series; got a panel of 2"):
            ensemble.forecast(panel.subset([0, 1]))

    def test_a_panel_without_any_future_is_refused(self):
        panel = Panel.from_arrays([[1.0], [2.0]])
        with pytest.raises(InputError, match="at least 2 observations; got 2 series of 1"):
            fit_ensemble(panel, tiny(), seed=1)


class TestCombination:
    def test_mean_and_median(self):
        forecasts = np.array([[[1.0]], [[2.0]], [[9.0]]])
        assert combine(forecasts, "mean").tolist() == [[4.0]]
        assert combine(forecasts, "median").tolist() == [[2.0]]


class TestCalibration:
    def test_members_hold_back_different_series(self):
        panel = random_panel(0, [40] * 60)
        config = tiny(quantile_levels=(0.1, 0.5, 0.9))
        config = replace(config, training=replace(config.training, calibration=0.3))
        ensemble = fit_ensemble(panel, config, seed=1, options=HERE)
        sizes = [member.holdout.scores.shape for member in ensemble.members]
        assert all(shape[0] == 3 and 0 < shape[1] < 60 * 4 for shape in sizes)
        one, two = (member.holdout.scores for member in ensemble.members)
        assert not np.array_equal(one, two)
        assert ensemble.interval_factors()[1] == 1.0
        assert (ensemble.interval_factors()[[0, 2]] != 1.0).all()


class TestIntervals:
    def test_a_small_panel_without_training_covers(self):
        """Quantiles start from the errors of the smoothing, not from nowhere."""
        rng = np.random.default_rng(0)
        y = 100.0 + rng.normal(0.0, 10.0, (40, 66))
        panel = Panel.from_arrays(y[:, :60])
        config = preset_config("quarterly", 6, n_members=1, n_epochs=1, hidden_size=4)
        low, _, high = fit_ensemble(panel, config, seed=1, options=HERE).forecast(panel)
        covered = (low <= y[:, 60:]) & (y[:, 60:] <= high)
        assert 0.8 < covered.mean() < 1.0

    def test_positive_and_signed_series_in_one_panel_both_cover(self):
        """The network's unit means the same for both forms."""
        rng = np.random.default_rng(0)
        noise = rng.normal(0.0, 1.0, (40, 66))
        y = np.concatenate([100.0 + 5.0 * noise[:20], 20.0 * noise[20:]])
        config = preset_config("quarterly", 6, n_members=1, n_epochs=3, hidden_size=4)
        panel = Panel.from_arrays(y[:, :60])
        low, _, high = fit_ensemble(panel, config, seed=1, options=HERE).forecast(panel)
        covered = (low <= y[:, 60:]) & (y[:, 60:] <= high)
        assert 0.8 < covered[:20].mean() < 1.0
        assert 0.8 < covered[20:].mean() < 1.0

    @pytest.mark.slow
    def test_wild_series_get_wider_intervals_than_calm_ones(self):
        """Though one step of training can't have told the network."""
        rng = np.random.default_rng(0)
        size = np.repeat([0.02, 0.2], 60)[:, None]
        y = 100.0 * np.exp(size * rng.normal(size=(120, 66)))
        config = preset_config("quarterly", 6, n_members=3, n_epochs=1, hidden_size=4)
        config = replace(config, training=replace(config.training, calibration=0.5))
        panel = Panel.from_arrays(y[:, :60])
        low, _, high = fit_ensemble(panel, config, seed=1, options=HERE).forecast(panel)
        covered = (low <= y[:, 60:]) & (y[:, 60:] <= high)
        assert 0.88 < covered[:60].mean() < 0.995
        assert 0.88 < covered[60:].mean() < 0.995
        width = np.log(high / low).mean(axis=1)
        assert width[60:].mean() > 5.0 * width[:60].mean()
