"""Series that no network was trained on, and networks that are trained further."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.config import ModelConfig, member_configs, preset_config
from esrnn.ensemble import Ensemble, fit_ensemble
from esrnn.errors import InputError
from esrnn.panel import Panel
from esrnn.smoothing import fit_smoothing
from tests.hybrids import HERE, random_panel

LENGTHS = [30, 41, 25, 60, 33, 48, 52, 38]


def tiny(**overrides: object) -> ModelConfig:
    """Return settings that train in a moment; two members smooth differently."""
    few = {"n_members": 2, "n_epochs": 2, "hidden_size": 4}
    config = preset_config("quarterly", 4, **{**few, **overrides})
    return replace(config, ensemble=replace(config.ensemble, seasonal_periods=((4,), ())))


def calibrated(share: float = 0.4, **overrides: object) -> ModelConfig:
    config = tiny(quantile_levels=(0.2, 0.5, 0.8), **overrides)
    return replace(config, training=replace(config.training, calibration=share))


def train(panel: Panel, config: ModelConfig, start: Ensemble | None = None) -> Ensemble:
    return fit_ensemble(panel, config, start=start, seed=3, options=HERE)


class TestUnseenSeries:
    def test_networks_stay_and_parameters_come_from_the_fit(self) -> None:
        ensemble, new = train(random_panel(0, LENGTHS), tiny()), random_panel(9, [20, 1, 44])
        moved = ensemble.for_new_series(new)
        assert moved.ids == new.ids
        for old, own, config in zip(
            ensemble.members, moved.members, member_configs(tiny()), strict=True
        ):
            for name, weight in old.network.weights.items():
                assert_array_equal(own.network.weights[name], weight)
            alone = fit_smoothing(new, config.smoothing, None, old.smoothing.prior)
            assert_array_equal(own.smoothing.rows, alone.rows)
        quantiles = moved.forecast(new)
        assert quantiles.shape == (3, 3, 4)
        assert np.isfinite(quantiles).all()

    def test_each_series_is_forecast_as_if_it_were_alone(self) -> None:
        """Nothing is learnt from the other new series: not a prior, not a scale.

        Networks round in float32, as their batches are.
        """
        ensemble, new = train(random_panel(0, LENGTHS), tiny()), random_panel(9, [20, 31, 44, 7, 9])
        together = ensemble.for_new_series(new).forecast(new)
        for i in range(new.n_series):
            one = new.subset([i])
            assert_allclose(
                ensemble.for_new_series(one).forecast(one)[:, 0], together[:, i], rtol=1e-6
            )

    def test_the_form_follows_the_new_series(self) -> None:
        ensemble = train(random_panel(0, LENGTHS), tiny())
        signed = random_panel(4, [30, 30], signed=True)
        moved = ensemble.for_new_series(signed)
        assert moved.smoothing.additive.all()
        assert np.isfinite(moved.forecast(signed)).all()

    def test_the_training_panels_series_are_not_needed(self) -> None:
        ensemble, new = train(random_panel(0, LENGTHS * 3), calibrated()), random_panel(9, [20, 31])
        light = ensemble.subset(np.empty(0, dtype=np.int64))
        assert light.ids == ()
        assert all(member.smoothing.rows.shape[0] == 0 for member in light.members)
        assert all(member.holdout.series.size == 0 for member in light.members)
        assert_array_equal(
            light.for_new_series(new).forecast(new), ensemble.for_new_series(new).forecast(new)
        )
        with pytest.raises(InputError, match="parameters of 0 series; got a panel of 2"):
            light.forecast(new)

    def test_intervals_keep_their_calibration(self) -> None:
        ensemble = train(random_panel(0, LENGTHS * 3), calibrated())
        new = random_panel(9, [20, 31])
        assert (ensemble.interval_factors()[[0, 2]] != 1.0).all()
        assert_array_equal(
            ensemble.for_new_series(new).interval_factors(), ensemble.interval_factors()
        )


class TestTrainingFurther:
    def test_goes_on_from_the_trained_networks(self) -> None:
        panel = random_panel(0, LENGTHS)
        first = train(panel, tiny(n_epochs=12))
        still = tiny(n_epochs=1, learning_rate=1e-12, series_learning_rate=0.0)
        further = train(panel, still, first)
        assert_allclose(further.forecast(panel)[1], first.forecast(panel)[1], rtol=0.02)
        anew = train(panel, still)
        assert further.members[0].history.losses[0] < anew.members[0].history.losses[0]

    def test_the_old_ensemble_is_left_alone(self) -> None:
        panel = random_panel(0, LENGTHS)
        first = train(panel, tiny())
        before = first.forecast(panel)
        further = train(panel, tiny(), first)
        assert_array_equal(first.forecast(panel), before)
        assert not np.array_equal(further.forecast(panel), before)

    def test_known_series_keep_their_coefficients_and_new_ones_are_fitted(self) -> None:
        panel = random_panel(0, LENGTHS)
        first = train(panel.subset([0, 1, 2, 3, 4]), tiny(n_epochs=6, series_learning_rate=0.05))
        still = tiny(n_epochs=1, learning_rate=1e-12, series_learning_rate=0.0)
        further = train(panel, still, first)
        rows = further.members[0].smoothing.rows
        assert_array_equal(rows[:5, :3], first.members[0].smoothing.rows[:, :3])
        prior = first.members[0].smoothing.prior
        alone = fit_smoothing(panel, member_configs(still)[0].smoothing, None, prior)
        assert_array_equal(rows[5:], alone.rows[5:])

    def test_what_was_held_back_is_never_trained_on(self) -> None:
        panel = random_panel(0, LENGTHS * 4)
        first = train(panel, calibrated())
        further = train(panel, calibrated(), first)
        for one, two in zip(first.members, further.members, strict=True):
            assert two.holdout.series.size
            assert set(two.holdout.series.tolist()) <= set(one.holdout.series.tolist())

    def test_new_series_join_what_is_held_back(self) -> None:
        panel = random_panel(0, LENGTHS * 4)
        old, new = panel.subset(np.arange(16)), panel
        first = train(old, calibrated())
        held = train(new, calibrated(), first).members[0].holdout.series
        assert set(held[held < 16].tolist()) <= set(first.members[0].holdout.series.tolist())
        assert (held >= 16).any()

    def test_after_a_move_to_new_series_any_series_may_be_held_back(self) -> None:
        panel = random_panel(0, LENGTHS * 4)
        moved = train(panel, calibrated()).for_new_series(panel.subset(np.arange(20)))
        held = train(panel.subset(np.arange(20)), calibrated(), moved).members[0].holdout.series
        assert 0 < held.size < 20

    def test_a_calibration_that_cannot_be_renewed_is_kept(self) -> None:
        panel = random_panel(0, LENGTHS * 4)
        moved = train(panel, calibrated()).for_new_series(panel.subset([0, 1]))
        further = train(panel.subset([0, 1]), calibrated(), moved)
        assert further.members[0].holdout.series.size == 0
        assert_array_equal(further.interval_factors(), moved.interval_factors())

    @pytest.mark.parametrize(
        "overrides", [{"hidden_size": 5}, {"input_window": 5}, {"n_members": 3}]
    )
    def test_other_networks_are_refused(self, overrides: dict[str, int]) -> None:
        panel = random_panel(0, LENGTHS)
        with pytest.raises(InputError, match="trained further only as they are"):
            train(panel, tiny(**overrides), train(panel, tiny()))
