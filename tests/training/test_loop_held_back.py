"""What the loop holds back from training: to stop early, and to calibrate intervals."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from esrnn.panel import Panel
from esrnn.smoothing import fit_smoothing
from tests.hybrids import random_panel
from tests.training.members import assert_same, config, example, same, train

PATIENT = MappingProxyType({"patience": 99, "schedule": "constant"})


class TestHeldBack:
    """With patience, the last horizon of every series long enough is for stopping only."""

    def changed(self, panel):
        parts = [panel.series(i).copy() for i in range(len(panel))]
        for part in parts:
            if part.size >= 8:
                part[-3:] = np.where(np.isnan(part[-3:]), 1.0, part[-3:] * 2.0)
        return Panel.from_arrays(parts, panel.ids)

    @pytest.mark.parametrize("loss", ["owa", "mase"])
    def test_held_back_values_do_not_train(self, loss):
        panel, settings = example(), config(loss=loss, n_epochs=1, **PATIENT)
        fit = fit_smoothing(panel, settings.smoothing)
        one, two = (train(p, settings, fit=fit) for p in (panel, self.changed(panel)))
        assert_same(one, two)
        assert one.history.val_owa != two.history.val_owa
        # Which epoch comes back may differ, but not what the epochs were.
        longer = config(loss=loss, n_epochs=3, **PATIENT)
        one, two = (train(p, longer, fit=fit) for p in (panel, self.changed(panel)))
        assert one.history.losses == two.history.losses

    def test_without_patience_they_do(self):
        panel, settings = example(), config(loss="mase")
        fit = fit_smoothing(panel, settings.smoothing)
        one, two = (train(p, settings, fit=fit) for p in (panel, self.changed(panel)))
        assert not same(one, two)
        assert one.history.val_owa == ()

    def test_the_best_epoch_is_what_comes_back(self):
        panel = example()
        fit = fit_smoothing(panel, config().smoothing)
        rough = {"learning_rate": 0.3, "series_learning_rate": 0.3, **PATIENT}
        member = train(panel, config(n_epochs=6, **rough), fit=fit)
        assert len(member.history.losses) == len(member.history.val_owa) == 6
        best = int(np.argmin(member.history.val_owa)) + 1
        shorter = train(panel, config(n_epochs=best, **rough), fit=fit)
        for name, weight in shorter.network.weights.items():
            assert_array_equal(member.network.weights[name], weight)
        assert_array_equal(member.smoothing.rows, shorter.smoothing.rows)
        assert member.history.val_owa[:best] == shorter.history.val_owa
        assert best < 6, "choose a rougher rate: the last epoch is no test"

    def test_patience_ends_training(self):
        rough = {"learning_rate": 0.3, "series_learning_rate": 0.3, "schedule": "constant"}
        member = train(example(), config(n_epochs=40, patience=1, **rough))
        best = int(np.argmin(member.history.val_owa)) + 1
        assert len(member.history.losses) == len(member.history.val_owa) == best + 1 < 40

    @pytest.mark.parametrize("patience", [None, 99])
    def test_series_too_short_to_hold_anything_back(self, patience):
        panel = random_panel(0, [5, 6, 4])
        member = train(panel, config(patience=patience))
        assert member.history.val_owa == ()
        assert len(member.history.losses) == 2

    def test_zeros_in_the_held_back_part_do_not_mix_up_the_forms(self):
        """The fit saw a zero at the end and chose additive: training must follow."""
        panel = random_panel(0, [30] * 4)
        parts = [panel.series(i).copy() for i in range(4)]
        for part in parts:
            part[-2] = 0.0
        panel = Panel.from_arrays(parts)
        by_itself = train(panel, config(loss="mase", **PATIENT))
        told = train(panel, config(seasonality="additive", loss="mase", **PATIENT))
        assert_same(by_itself, told)


class TestCalibration:
    @pytest.mark.parametrize("n_origins", [1, 3])
    def test_scores_are_of_the_share_held_back(self, n_origins):
        panel = random_panel(0, [30] * 40)
        for share, least, most in ((0.0, 0, 0), (0.5, 10, 30), (1.0, 40, 40)):
            settings = config(calibration=share, calibration_origins=n_origins, n_epochs=1)
            member = train(panel, settings)
            assert member.holdout.scores.shape[0] == 3
            n_series = member.holdout.scores.shape[1] / 3 / n_origins
            assert least <= n_series <= most
            assert n_series == member.holdout.series.size

    def test_other_members_hold_back_others(self):
        panel = random_panel(0, [30] * 20)
        one, two = (train(panel, config(calibration=0.5, n_epochs=1), seed=s) for s in (1, 2))
        assert not np.array_equal(one.holdout.scores, two.holdout.scores)

    def test_held_back_values_do_not_train(self):
        panel = random_panel(0, [30] * 6)
        settings = config(calibration=1.0, loss="mase")
        fit = fit_smoothing(panel, settings.smoothing)
        parts = [panel.series(i).copy() for i in range(6)]
        for part in parts:
            part[-9:] *= 2.0  # three horizons
        one, two = (train(p, settings, fit=fit) for p in (panel, Panel.from_arrays(parts)))
        assert_same(one, two)
        assert not np.array_equal(one.holdout.scores, two.holdout.scores)
        parts[0][-10] *= 2.0
        assert not same(one, train(Panel.from_arrays(parts), settings, fit=fit))
