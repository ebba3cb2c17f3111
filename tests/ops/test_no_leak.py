"""Nothing at an origin depends on what came after it, in training and forecasting alike.

It holds for both ways of cutting: the kernel on the CPU, and torch's operations for a GPU.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from esrnn.panel import Panel
from tests.ops.cases import FIRST, all_periods, both_forms, example

pytestmark = pytest.mark.usefixtures("implementation")


def change_after(panel, origin, seed=1):
    """Replace every value after the origin, missing ones included, and drop some others."""
    rng, parts = np.random.default_rng(seed), []
    for i in range(len(panel)):
        y = panel.series(i).copy()
        later = y[origin + 1 :]
        filled = np.where(np.isnan(later), np.nanmean(y), later)
        later[:] = filled * rng.uniform(2.0, 3.0, later.size)
        later[2::5] = np.nan
        parts.append(y)
    return Panel.from_arrays(parts, panel.ids)


def cut_at(panel, origin):
    return Panel.from_arrays(
        [panel.series(i)[: origin + 1] for i in range(len(panel))], panel.ids
    )  # fmt: skip


@torch.no_grad()
def seen_by_the_model(case, panel=None, with_network=True):
    """Return, by name and each with time first, all that exists at an origin; and the targets."""
    windows, targets = case.model.windows_and_targets(case.batch(panel), case.rows())
    seen = {
        "inputs": windows.inputs,
        "offset": windows.offset,
        "scale": windows.scale,
        "level": windows.level,
        "gain": windows.gain if windows.gain is not None else torch.ones_like(windows.scale),
        "base": windows.base if windows.base is not None else torch.zeros_like(windows.scale),
        "label scale of MASE": targets.mase_weight,
    }
    if with_network:  # slow to start: oneDNN compiles code for every new shape
        outputs = torch.stack(case.model.network(windows.inputs))
        forecasts = windows.in_units(windows.denormalise(outputs))
        seen["outputs"], seen["forecasts"] = outputs.transpose(0, 1), forecasts.transpose(0, 1)
    return seen, targets


class TestNoLeak:
    @both_forms
    @all_periods
    def test_nothing_at_an_origin_depends_on_later_values(self, signed, periods):
        case = example(signed, periods)
        before, targets = seen_by_the_model(case)
        for origin in (4, 6, 15):
            after, targets_after = seen_by_the_model(case, change_after(case.panel, origin))
            place = origin - FIRST
            for name, known in before.items():
                assert torch.equal(known[: place + 1], after[name][: place + 1]), name
            for name in ("inputs", "scale", "forecasts"):
                assert not torch.equal(before[name][place + 1 :], after[name][place + 1 :]), name
            assert not torch.equal(targets.actual[place], targets_after.actual[place])

    @both_forms
    @all_periods
    def test_a_series_cut_at_an_origin_looks_the_same(self, signed, periods):
        case = example(signed, periods)
        whole, _ = seen_by_the_model(case, with_network=False)
        for origin in (4, 6, 15):
            cut, _ = seen_by_the_model(case, cut_at(case.panel, origin), with_network=False)
            for name, known in cut.items():
                assert known.shape[0] == origin - FIRST + 1
                assert torch.equal(known, whole[name][: origin - FIRST + 1]), name

    def test_parameters_are_what_it_does_depend_on(self):
        """The comparison above can tell: moved parameters move everything at the origin."""
        case = example(False, (3,))
        before, _ = seen_by_the_model(case)
        case.fit.rows[:] += 0.1
        after, _ = seen_by_the_model(case)
        for name in ("inputs", "offset", "scale", "forecasts"):
            assert not torch.equal(before[name][2], after[name][2]), name


class TestTrainingAndForecastingNormaliseAlike:
    @both_forms
    @all_periods
    def test_last_origin_of_a_cut_series_is_that_origin_in_training(self, signed, periods):
        case = example(signed, periods)
        training, _ = case.model.windows_and_targets(case.batch(), case.rows())
        for origin in (4, 7, 16):
            windows = case.model.windows(case.batch(cut_at(case.panel, origin)), case.rows())
            place = origin - FIRST
            assert windows.last.tolist() == windows.scored[0].tolist() == [place] * 3
            assert torch.equal(windows.inputs, training.inputs[: place + 1])
            assert torch.equal(windows.offset[0], training.offset[place])
            assert torch.equal(windows.scale[0], training.scale[place])
            assert not signed or torch.equal(windows.gain[0], training.gain[place])

    @both_forms
    @pytest.mark.parametrize("origin", [4, 16])
    def test_forecast_of_a_cut_series_is_what_training_saw(self, signed, origin):
        case = example(signed, (3, 5))
        seen, _ = seen_by_the_model(case)
        forecast = torch.from_numpy(case.forecast(cut_at(case.panel, origin)))
        trained = seen["forecasts"][origin - FIRST]
        size = trained.abs().amax(-1, keepdim=True)
        assert_close(forecast / size, trained / size, rtol=1e-4, atol=1e-5)
