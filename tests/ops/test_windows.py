"""Windows, offsets and targets by hand.

All of it holds for both ways of cutting: the kernel on the CPU, and torch's operations for a GPU.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch.testing import assert_close

from esrnn.config import TrainingConfig
from esrnn.kernels.parameters import natural_parameters
from esrnn.kernels.smoothing import smooth
from esrnn.ops.layout import training_range
from esrnn.panel import Panel
from tests.hybrids import make_case, random_panel, small_config
from tests.ops.cases import FIRST, HORIZON, LENGTHS, all_periods, both_forms, example

pytestmark = pytest.mark.usefixtures("implementation")


def by_hand(case, i):
    """Return inputs, offset and scale of one series, (W, ...), spelt out in float64."""
    y, periods = case.panel.series(i), case.model.layout.periods
    indptr, additive = np.array([0, y.size]), case.fit.additive[i : i + 1]
    natural = natural_parameters(
        case.fit.rows[i : i + 1], case.fit.unit[i : i + 1], additive, periods
    )
    level, *flat = smooth(np.array(y), indptr, *natural, additive)
    causal = case.prepared().causal[case.panel.indptr[i] : case.panel.indptr[i + 1]]
    seasons = list(zip(flat, periods, strict=False))
    without = np.array(
        [
            y[j] - sum(f[j] for f, _ in seasons)
            if additive[0]
            else y[j] / np.prod([f[j] for f, _ in seasons])
            for j in range(y.size)
        ]
    )
    without = np.where(np.isnan(y), level, without)  # a gap is read as the level
    inputs, offset, scale = [], [], []
    for t in range(min(FIRST, y.size - 1), y.size):
        reach = range(t - case.model.layout.input_window + 1, t + 1)
        window = np.array([without[max(j, 0)] for j in reach])  # before the start: the first value
        season = [[f[t + 1 + h % p] for f, p in seasons] for h in range(HORIZON)]
        if additive[0]:
            base = np.array([level[t] + sum(f) for f in season])
            moved = causal[t] > 0.0
            scale.append(causal[t] if moved else np.abs(base).max())
            inputs.append((window - level[t]) / scale[-1] * moved)
            offset.append((base - level[t]) / scale[-1])
        else:
            scale.append(level[t])
            inputs.append(np.log(window / level[t]))
            offset.append([np.log(np.prod(f)) for f in season])
    return np.array(inputs), np.array(offset), np.array(scale)


class TestFrame:
    @both_forms
    @all_periods
    def test_equals_the_definition(self, signed, periods):
        """Also: steps ahead beyond a season repeat it, gaps read as the level, padding."""
        case = example(signed, periods, [30, 17, 23, 4, 2])
        windows, _ = case.model.windows_and_targets(case.batch(), case.rows())
        for i, n in enumerate(case.panel.lengths.tolist()):
            inputs, offset, scale = by_hand(case, i)
            assert len(scale) == int(windows.last[i]) + 1 == max(n - FIRST, 1)
            for ours, expected in ((windows.inputs, inputs), (windows.offset, offset)):
                assert ours.dtype == torch.float32
                assert_close(ours[: len(scale), i].double(), torch.from_numpy(expected),
                             rtol=1e-4, atol=1e-5)  # fmt: skip
            assert_close(
                windows.scale[: len(scale), i], torch.from_numpy(scale), rtol=1e-12, atol=0
            )

    def test_known_factors_repeat_the_last_season(self):
        season = np.array([1.0, 2.0, 4.0])
        panel = Panel.from_arrays([np.tile(season, 5)[:13] * 10.0])  # ends with the season's first
        case = make_case(panel, small_config(periods=(3,), horizon=HORIZON), FIRST)
        case.fit.rows[0, 3:] = np.log(season)
        windows, _ = case.model.windows_and_targets(case.batch(), case.rows())
        ahead = season[(13 + np.arange(HORIZON)) % 3]
        assert_close(windows.offset[-1, 0].exp().double(), torch.from_numpy(ahead))
        assert_close(windows.scale, torch.full((9, 1), 10.0, dtype=torch.float64))
        assert_close(windows.inputs, torch.zeros(9, 1, 5), rtol=0.0, atol=1e-6)

    def test_a_window_reaching_before_the_start_repeats_the_first_value(self):
        panel = Panel.from_arrays([[4.0, 8.0, 8.0]])
        case = make_case(panel, small_config(periods=()), first_origin=0)
        case.fit.rows[0, 0] = 0.0  # alpha 1/2: levels 4, 6, 7
        windows = case.model.windows(case.batch(), case.rows())
        levels = np.array([4.0, 6.0, 7.0])
        for t, values in enumerate(([4] * 5, [4] * 4 + [8], [4] * 3 + [8] * 2)):
            expected = torch.from_numpy(np.log(np.array(values) / levels[t])).float()
            assert_close(windows.inputs[t, 0], expected, rtol=1e-5, atol=1e-6)

    @both_forms
    @all_periods
    def test_a_ragged_batch_is_its_series_one_by_one(self, signed, periods):
        case = example(signed, periods, [30, 17, 23, 4, 1])
        whole, targets = case.model.windows_and_targets(case.batch(), case.rows())
        for i in range(5):
            one = np.array([i])
            alone, future = case.model.windows_and_targets(case.batch(None, one), case.rows(one))
            n = int(alone.last[0]) + 1
            for many, few in ((whole, alone), (targets, future)):
                for name in set(many._fields) - {"last", "scored"}:
                    expected = getattr(few, name)
                    if expected is not None:
                        assert expected.shape[0] == n
                        assert torch.equal(getattr(many, name)[:n, i], expected[:, 0]), name
            assert not targets.observed[n:, i].any()

    @both_forms
    def test_gradients_reach_the_parameters_through_all_that_is_smoothed(self, signed):
        case = example(signed, (3, 5), [20], missing=0.1)
        rows = case.rows().requires_grad_()
        windows, _ = case.model.windows_and_targets(case.batch(), rows)
        for part in (windows.inputs, windows.offset):
            weights = torch.randn(part.shape, generator=torch.Generator().manual_seed(0))
            (grad,) = torch.autograd.grad((part * weights).sum(), rows, retain_graph=True)
            moved = torch.zeros_like(rows)
            for k in range(rows.shape[1]):
                for sign in (1.0, -1.0):
                    near = case.rows().clone()
                    near[0, k] += sign * 1e-3
                    near_windows, _ = case.model.windows_and_targets(case.batch(), near)
                    there = near_windows.inputs if part is windows.inputs else near_windows.offset
                    moved[0, k] += sign * (there * weights).sum().double() / 2e-3
            assert_close(grad, moved, rtol=2e-2, atol=2e-2)


class TestStretch:
    """Some origins in a row instead of all, some of them scored: the same, fewer of them."""

    WINDOW = 5

    def example(self, signed, **training):
        form = "additive" if signed else "multiplicative"
        config = small_config(
            periods=(3, 5), horizon=HORIZON, seasonality=form, training=TrainingConfig(**training)
        )  # fmt: skip
        panel = random_panel(0, [*LENGTHS, 6, 1], period=3, signed=signed, missing=0.1)
        return make_case(panel, config, FIRST)

    @both_forms
    def test_origins_are_cut_out_as_they_are(self, signed):
        whole = self.example(signed)
        case = self.example(signed, training_window=self.WINDOW)
        all_of_it = whole.model.windows_and_targets(case.batch(), case.rows())
        starts = np.array([9, 4, 18, 5, 0])
        origins = training_range(case.panel.lengths, case.model.layout, starts)
        windows, targets = case.model.windows_and_targets(case.batch(), case.rows(), origins)
        assert windows.inputs.shape[0] == windows.scale.shape[0] == self.WINDOW
        assert windows.last.tolist() == [4, 4, 4, 0, 0]
        for b in range(len(starts)):
            n, first = int(windows.last[b]) + 1, starts[b] - min(FIRST, case.panel.lengths[b] - 1)
            seen = targets.observed[:n, b]
            for few, many in ((windows, all_of_it[0]), (targets, all_of_it[1])):
                for name in set(few._fields) - {"last", "scored"}:
                    if getattr(few, name) is None:
                        continue
                    ours, expected = getattr(few, name)[:n, b], getattr(many, name)[first:][:n, b]
                    if name == "actual":  # anything will do where nothing was observed
                        ours, expected = ours[seen], expected[seen]
                    assert_close(ours, expected, rtol=1e-5, atol=1e-5)
            assert not targets.observed[n:, b].any()

    @both_forms
    def test_forecasts_run_through_the_last_training_window(self, signed):
        case = self.example(signed, training_window=self.WINDOW)
        windows = case.model.windows(case.batch(), case.rows())
        starts = case.panel.lengths - (windows.last.numpy() + 1)
        assert windows.last.tolist() == windows.scored[0].tolist() == [4, 4, 4, 1, 0]
        origins = training_range(case.panel.lengths, case.model.layout, starts)
        trained, _ = case.model.windows_and_targets(case.batch(), case.rows(), origins)
        assert torch.equal(windows.inputs, trained.inputs)
        at_end = (windows.last, torch.arange(5))
        assert torch.equal(windows.offset[0], trained.offset[at_end])
        assert torch.equal(windows.scale[0], trained.scale[at_end])

    @both_forms
    @pytest.mark.parametrize("phase", [0, 1, 2])
    def test_every_third_origin_is_scored(self, signed, phase):
        whole, case = self.example(signed), self.example(signed, origin_step=3)
        every = whole.model.windows_and_targets(case.batch(), case.rows())
        lengths, layout = case.panel.lengths, case.model.layout
        origins = training_range(lengths, layout, layout.first_starts(lengths), phase)
        some = case.model.windows_and_targets(case.batch(), case.rows(), origins)
        n_windows = every[0].inputs.shape[0]
        assert torch.equal(some[0].inputs, every[0].inputs)
        assert some[0].scored[:, 2].tolist() == list(range(phase, n_windows, 3))
        for few, many in zip(some, every, strict=True):
            for name in {"offset", "scale", "base", "gain", "actual", "observed", "mase_weight"}:
                if getattr(few, name, None) is not None:
                    ours, expected = getattr(few, name), getattr(many, name)[phase::3]
                    within = every[0].scored[phase::3] <= every[0].last
                    if name == "actual":  # anything will do where nothing was observed
                        within = some[1].observed
                    assert ours.shape == expected.shape
                    assert_close(ours[within], expected[within], rtol=1e-5, atol=1e-5)


class TestConstantSeries:
    @pytest.mark.parametrize("constant", [0.0, -3.5, 1e-30, -1e30])
    @all_periods
    def test_additive_constants_are_forecast_exactly(self, constant, periods):
        panel = Panel.from_arrays([np.full(12, constant), np.arange(12.0) - 5.0])
        case = make_case(panel, small_config(periods=periods, horizon=HORIZON))
        case.fit.additive[:] = True
        windows, targets = case.model.windows_and_targets(case.batch(), case.rows())
        assert not windows.gain[:, 0].any()
        assert windows.gain[:, 1].all()
        assert not targets.mase_weight[:, 0].any()
        assert not windows.inputs[:, 0].any()
        assert case.forecast()[:, 0] == pytest.approx(constant, rel=1e-6)

    def test_gain_is_zero_only_while_nothing_has_moved(self):
        panel = Panel.from_arrays([np.array([0.0] * 7 + [1.0] * 5)])
        case = make_case(panel, small_config(periods=()))
        windows, targets = case.model.windows_and_targets(case.batch(), case.rows())
        assert windows.gain[:, 0, 0].tolist() == [0.0] * 3 + [1.0] * 5  # from step 7 on
        # The jump is a target of the origins before it, in a unit of 1.
        assert targets.actual[2, 0].tolist() == [1.0] * 3
        assert targets.mase_weight[:3, 0].tolist() == [0.0] * 3


class TestTargets:
    @both_forms
    @all_periods
    def test_equal_the_future_over_the_scale(self, signed, periods):
        case = example(signed, periods, [30, 17, 23, 2])
        windows, targets = case.model.windows_and_targets(case.batch(), case.rows())
        assert targets.actual.isfinite().all()
        causal = case.prepared().causal
        n_windows = windows.scale.shape[0]
        for i, n in enumerate(case.panel.lengths.tolist()):
            y, start = case.panel.series(i), min(FIRST, n - 1)
            for w in range(n_windows):
                t = start + w
                ahead = [y[t + 1 + h] if t + 1 + h < n else np.nan for h in range(HORIZON)]
                seen = np.isfinite(ahead)
                assert targets.observed[w, i].tolist() == seen.tolist()
                if t >= n:
                    continue
                counted_from = float(windows.level[w, i]) if signed else 0.0
                ahead = torch.from_numpy(np.array(ahead)[seen])
                expected = (ahead - counted_from) / windows.scale[w, i]
                found = targets.actual[w, i][torch.from_numpy(seen)]
                assert_close(found.double(), expected, rtol=1e-5, atol=1e-6)
                sigma = causal[case.panel.indptr[i] + t]
                weight = float(windows.scale[w, i]) / sigma if sigma > 0 else 0.0
                assert float(targets.mase_weight[w, i]) == pytest.approx(weight, rel=1e-5)

    @both_forms
    @all_periods
    def test_normalising_and_back(self, signed, periods):
        case = example(signed, periods)
        windows, targets = case.model.windows_and_targets(case.batch(), case.rows())
        seen = targets.observed
        assert seen.any()
        if signed:
            assert windows.gain.all()
        outputs = windows.normalise(targets.actual)
        assert_close(windows.denormalise(outputs)[seen], targets.actual[seen], rtol=1e-4, atol=1e-4)
        assert outputs[seen].abs().mean() > 0.01

    def test_a_perfect_season_needs_no_output(self):
        season = np.array([1.0, 2.0, 4.0])
        panel = Panel.from_arrays([np.tile(season, 6)])
        case = make_case(panel, small_config(periods=(3,), horizon=HORIZON))
        case.fit.rows[0, 3:] = np.log(season)
        windows, targets = case.model.windows_and_targets(case.batch(), case.rows())
        outputs = windows.normalise(targets.actual)[targets.observed]
        assert_close(outputs, torch.zeros_like(outputs), rtol=0.0, atol=1e-5)

    @pytest.mark.parametrize("factor", [1e-9, 1e-3, 1e6, 1e30])
    @both_forms
    def test_units_of_the_series_do_not_matter(self, signed, factor):
        case = example(signed, (3,))
        other = scaled(case, factor)
        one = case.model.windows_and_targets(case.batch(), case.rows())
        two = other.model.windows_and_targets(other.batch(), other.rows())
        assert_close(two[0].inputs, one[0].inputs, rtol=1e-4, atol=1e-5)
        assert_close(two[0].offset, one[0].offset, rtol=1e-4, atol=1e-5)
        assert_close(two[0].scale, one[0].scale * factor, rtol=1e-6, atol=0.0)
        assert_close(two[1].mase_weight, one[1].mase_weight, rtol=1e-4, atol=0.0)
        seen = one[1].observed
        assert_close(two[1].actual[seen], one[1].actual[seen], rtol=1e-4, atol=1e-5)

    @pytest.mark.parametrize("factor", [1e-60, 1e60])
    @both_forms
    def test_units_beyond_the_range_of_float32(self, signed, factor):
        case = example(signed, (3,))
        assert_allclose(scaled(case, factor).forecast(), case.forecast() * factor, rtol=1e-3)


def scaled(case, factor):
    """Return the case in other units, with the same parameters."""
    panel = Panel(case.panel.values * factor, case.panel.indptr, case.panel.ids)
    fit = replace(case.fit, unit=case.fit.unit * np.where(case.fit.additive, factor, 1.0))
    return replace(case, panel=panel, fit=fit)


class TestFarAwayLevel:
    """An additive series that lies far from zero, measured by how much it moves."""

    @pytest.mark.parametrize("distance", [1e3, 1e5, 1e7, 1e9])
    def test_forecasts_move_with_the_series(self, distance):
        case = example(True, (3,))
        sigma = case.prepared().causal[case.panel.indptr[1:] - 1]
        shift = distance * sigma
        panel = Panel.from_arrays(
            [case.panel.series(i) + shift[i] for i in range(len(shift))], case.panel.ids
        )
        moved = case.forecast(panel) - case.forecast()
        assert_allclose((moved - shift[:, None]) / sigma[:, None], 0.0, atol=0.02)
