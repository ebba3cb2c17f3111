"""Covariates laid out along windows and origins, against their definition step by step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from esrnn.ops.covariates import make_features
from esrnn.ops.layout import Layout, forecast_range, training_range
from esrnn.panel import Covariates
from tests.covered import make_covered
from tests.hybrids import random_panel, small_config
from tests.ops.cases import FIRST, HORIZON, LENGTHS, both_forms
from tests.ops.test_no_leak import change_after

LAYOUTS = [
    pytest.param(Layout(4, 5, (4,), 3), id="all origins"),
    pytest.param(Layout(12, 9, (4,), 3, training_window=6, origin_step=2), id="every other"),
    pytest.param(Layout(5, 3, (), 4, training_window=8, origin_step=3), id="every third"),
]


def covered(signed, lengths=LENGTHS, horizon=HORIZON):
    form = "additive" if signed else "multiplicative"
    panel = random_panel(0, lengths, period=3, signed=signed, missing=0.2)
    return make_covered(panel, small_config(periods=(3,), horizon=horizon, seasonality=form), FIRST)


def origin_ranges(layout, lengths):
    rng = np.random.default_rng(3)
    starts = rng.integers(layout.first_starts(lengths), layout.last_starts(lengths), endpoint=True)
    yield training_range(lengths, layout, starts, phase=layout.origin_step - 1)
    yield forecast_range(lengths, layout)


@both_forms
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_window_and_horizon_has_its_own_steps(signed, layout):
    """Through the only origins that count: those within the series."""
    case = covered(signed, [1, 2, 30, 17], layout.horizon)
    batch = case.batch()
    lengths = np.diff(batch.indptr)
    for origin_range in origin_ranges(layout, lengths):
        features = make_features(batch, layout, origin_range)
        effect = torch.randn(features.future.shape[:2])
        seen, later = features.in_windows(effect), features.ahead(effect)
        known = features.ahead(features.future)
        steps = case.covariates.future
        assert features.at_origins().shape == (origin_range.n_windows, 4, 3)
        for b, (start, length) in enumerate(zip(origin_range.starts, lengths, strict=True)):
            y = batch.values[batch.indptr[b] :][:length]
            own = steps[case.covariates.indptr[b] :][: length + layout.horizon]
            causal = batch.causal[batch.indptr[b] :]
            for w in range(min(origin_range.n_windows, length - start)):
                origin = start + w
                assert features.at_origins()[w, b].tolist() == own[origin].tolist()
                for i in range(layout.input_window):
                    t = max(origin - layout.input_window + 1 + i, 0)
                    counts = not np.isnan(y[t]) and not (signed and causal[origin] == 0.0)
                    expected = float(effect[b, w + i]) if counts else 0.0
                    assert float(seen[w, b, i]) == expected
                    assert features.future[b, w + i].tolist() == own[t].tolist()
                for h in range(layout.horizon):
                    assert later[w, b, h] == effect[b, w + layout.input_window + h]
                    assert known[w, b, :, h].tolist() == own[origin + 1 + h].tolist()


def test_scored_origins_are_picked():
    case, layout = covered(False), LAYOUTS[1].values[0]
    origin_range = training_range(case.covariates.lengths, layout, np.array([3, 4, 5]), phase=1)
    features = make_features(case.batch(), replace(layout, horizon=HORIZON), origin_range)
    scored = torch.tensor([[1, 0, 5], [3, 3, 2]])
    effect = torch.randn(features.future.shape[:2])
    for steps in (effect, features.future):
        every, picked = features.ahead(steps), features.ahead(steps, scored)
        for k in range(2):
            for b in range(3):
                assert torch.equal(picked[k, b], every[scored[k, b], b])


@both_forms
def test_all_parts_move_to_another_device(signed):
    case, layout = covered(signed), Layout(4, HORIZON, (3,), FIRST)
    features = make_features(
        case.batch(), layout, forecast_range(case.covariates.lengths, layout)
    ).to(torch.device("meta"))
    tensors = [part for part in features if isinstance(part, torch.Tensor)]
    assert len(tensors) == 3 + signed
    assert all(part.device.type == "meta" for part in tensors)


def test_a_batch_without_covariates_has_no_features():
    case, layout = covered(False), Layout(4, HORIZON, (3,), FIRST)
    origin_range = forecast_range(case.covariates.lengths, layout)
    with pytest.raises(TypeError, match="no covariates"):
        make_features(replace(case.batch(), covariates=None), layout, origin_range)


@torch.no_grad()
def outputs_of(case, panel=None, covariates=None):
    """Return the outputs at every origin, (W, Q, B, H)."""
    case = replace(case, covariates=covariates or case.covariates)
    windows, _ = case.model.windows_and_targets(case.batch(panel), case.rows())
    return torch.stack(case.model(windows)).transpose(0, 1)


def change_known(covariates, first):
    """Change what is known of all steps from one on."""
    known = np.array(covariates.future)
    for i in range(covariates.n_series):
        known[covariates.indptr[i] + first : covariates.indptr[i + 1]] += 1.0
    return Covariates(covariates.static, known, covariates.indptr, covariates.horizon)


@pytest.mark.usefixtures("implementation")
class TestNoLeak:
    @both_forms
    @pytest.mark.parametrize("origin", [4, 6, 15])
    def test_values_after_an_origin_do_not_matter(self, signed, origin):
        case = covered(signed)
        place = origin - FIRST + 1
        before = outputs_of(case)
        after = outputs_of(case, change_after(case.case.panel, origin))
        assert torch.equal(after[:place], before[:place])
        assert not torch.equal(after[place:], before[place:])

    @both_forms
    @pytest.mark.parametrize("origin", [4, 6, 15])
    def test_what_is_known_beyond_the_horizon_does_not_matter(self, signed, origin):
        case = covered(signed)
        place = origin - FIRST + 1
        before = outputs_of(case)[:place]
        beyond = change_known(case.covariates, origin + HORIZON + 1)
        assert torch.equal(outputs_of(case, None, beyond)[:place], before)
        last = change_known(case.covariates, origin + HORIZON)
        after = outputs_of(case, None, last)[:place]
        assert torch.equal(after[:-1], before[:-1])
        # The last step of the last horizon, and nothing else, has changed.
        assert torch.equal(after[-1, :, :, :-1], before[-1, :, :, :-1])
        assert (after[-1, :, :, -1] != before[-1, :, :, -1]).all()

    @both_forms
    def test_a_series_cut_at_an_origin_is_forecast_alike(self, signed):
        case = covered(signed)
        training, _ = case.model.windows_and_targets(case.batch(), case.rows())
        with torch.no_grad():
            seen = torch.stack(case.model(training))
        for origin in (4, 16):
            panel = case.case.panel
            ends = [panel.series(i)[: origin + 1] for i in range(len(panel))]
            windows = case.model.windows(case.batch(type(panel).from_arrays(ends)), case.rows())
            with torch.no_grad():
                outputs = torch.stack(case.model(windows))
            expected = seen[:, origin - FIRST]
            torch.testing.assert_close(outputs[:, 0], expected, rtol=1e-4, atol=1e-5)
