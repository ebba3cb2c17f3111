"""Columns beside the functions that smooth and cut one batch of one form."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from esrnn.ops import windows_cpu
from esrnn.ops.columns import (
    ColumnOrigins,
    Columns,
    cut_columns,
    initial_places,
    smooth_columns,
)
from esrnn.ops.layout import Layout, training_range
from esrnn.ops.parameters import natural_parameters
from esrnn.ops.smoothing import smooth
from esrnn.smoothing import PreparedPanel
from tests.kernels.panels import random_problem
from tests.ops.cases import PERIODS, all_periods, both_forms, example

ROOM = 9  # between the columns


def columns_of(data: PreparedPanel, periods: tuple[int, ...], room: int = ROOM) -> Columns:
    """Return all series as columns, with room between them."""
    lengths = torch.from_numpy(data.lengths)
    size = int(lengths.max()) + room
    start = size * torch.arange(lengths.numel())
    return Columns(
        torch.from_numpy(data.values), torch.from_numpy(data.causal),
        torch.from_numpy(data.indptr[:-1]), lengths, start, torch.from_numpy(data.additive),
        tuple(initial_places(start, period) for period in periods), size * lengths.numel(),
    )  # fmt: skip


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("periods", [(0, 0), (1, 0), (4, 0), (3, 7), (7, 3)])
def test_smoothing_is_that_of_a_panel(periods, missing):
    problem = random_problem(3, [1, 2, 5, 17, 9], periods, missing)
    values, indptr, *arrays, additive = problem.args()
    lengths = np.diff(indptr)
    data = PreparedPanel(values, values, indptr, additive, np.ones(lengths.size))
    columns = columns_of(data, tuple(p for p in periods if p))
    ours, theirs = ([torch.tensor(a, requires_grad=True) for a in arrays] for _ in range(2))
    here, there = smooth_columns(*ours, columns), smooth(*theirs, values, indptr, additive)
    total_here, total_there = torch.zeros(()), torch.zeros(())
    generator = torch.Generator().manual_seed(0)
    for flat, expected, period in zip(here, there, (0, *periods), strict=True):
        if not expected.numel():
            continue
        for c, n in enumerate((lengths + period).tolist()):
            own = columns.start[c] + c * period + torch.arange(n)
            from_panel = indptr[c] + c * period + torch.arange(n)
            assert_close(flat[own], expected[from_panel])
            weights = torch.randn(n, dtype=torch.float64, generator=generator)
            total_here = total_here + (weights * flat[own]).sum()
            total_there = total_there + (weights * expected[from_panel]).sum()
    total_here.backward()
    total_there.backward()
    for one, other in zip(ours, theirs, strict=True):
        if one.numel():
            assert_close(one.grad, other.grad)


def both_ways(data: PreparedPanel, rows: Tensor, layout: Layout, phase: int, n_extra: int):
    """Return windows, targets and row gradients: by the batch's kernel, and by columns."""
    lengths, additive = data.lengths, data.is_additive
    starts = layout.first_starts(lengths)
    origin_range = training_range(lengths, layout, starts, phase)
    results = []
    for by_columns in (False, True):
        own = rows.clone().requires_grad_()
        parameters = natural_parameters(own, torch.from_numpy(data.unit), additive, layout.periods)
        if by_columns:
            columns = columns_of(data, layout.periods)
            begins = torch.from_numpy(starts)[None]
            scored = torch.from_numpy(origin_range.scored)[None]
            n_windows = origin_range.n_windows + n_extra
            origins = ColumnOrigins(begins, scored, n_windows, -(-n_windows // layout.origin_step))
            cut = cut_columns(smooth_columns(*parameters, columns), columns, layout, origins)
            w, k = origin_range.n_windows, origin_range.n_scored
            assert not cut.observed[0, k:].any()
            out = [
                cut.inputs[0, :w], cut.offset[0, :k], cut.actual[0, :k], cut.base[0, :k],
                cut.weight[0, :k, :, 0], cut.observed[0, :k], cut.gain[0, :k],
            ]  # fmt: skip
        else:
            level, *factors = smooth(*parameters, data.values, data.indptr, data.additive)
            factors = tuple(factors[: len(layout.periods)])
            windows, targets = windows_cpu.cut_windows(data, level, factors, layout, origin_range)
            out = [
                windows.inputs, windows.offset, targets.actual, windows.base, targets.mase_weight,
                targets.observed, windows.gain,
            ]  # fmt: skip
            if windows.base is None:
                out[3], out[6] = (torch.full_like(windows.offset[..., :1], v) for v in (0.0, 1.0))
        generator = torch.Generator().manual_seed(0)
        total = torch.zeros(())
        for part, name in zip(out[:5], ("inputs", "offset", "actual", "base", "weight"),
                              strict=True):  # fmt: skip
            bar = torch.randn(part.shape, generator=generator)
            if name in ("actual",):
                bar = bar * out[5]
            total = total + (part * bar).sum()
        total.backward()
        results.append((*out, own.grad))
    return results


@both_forms
@all_periods
@pytest.mark.parametrize(("step", "phase", "n_extra"), [(1, 0, 0), (3, 1, 5)])
def test_windows_are_those_of_a_batch(signed, periods, step, phase, n_extra):
    case = example(signed, periods)
    layout = case.model.layout
    layout = Layout(
        layout.input_window, layout.horizon, periods, layout.first_origin, None, step, 1.5
    )
    here, there = both_ways(case.batch(), case.rows(), layout, phase, n_extra)
    observed = here[5]
    for k, (one, other) in enumerate(zip(there, here, strict=True)):
        if k == 2:  # what stands for unobserved values is nobody's business
            one, other = one[observed], other[observed]
        assert_close(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("periods", PERIODS, ids=str)
def test_forms_side_by_side_are_as_apart(periods):
    cases = [example(signed, periods) for signed in (False, True)]
    parts = []
    for case in cases:
        data, layout = case.batch(), case.model.layout
        columns = columns_of(data, periods)
        parameters = natural_parameters(
            case.rows(), torch.from_numpy(data.unit), data.is_additive, periods
        )
        begins = torch.from_numpy(layout.first_starts(data.lengths))[None]
        origins = ColumnOrigins(begins, begins, 10, 10)
        parts.append(
            (columns, parameters, cut_columns(smooth_columns(*parameters, columns), columns,
                                              layout, origins), begins)
        )  # fmt: skip
    (one, p, apart_one, b), (two, q, apart_two, d) = parts
    n = one.values.numel()
    start = int(one.size / one.length.numel()) * torch.arange(2 * one.length.numel())
    both = Columns(
        torch.cat([one.values, two.values]), torch.cat([one.causal, two.causal]),
        torch.cat([one.first, two.first + n]), torch.cat([one.length, two.length]), start,
        torch.cat([one.additive, two.additive]),
        tuple(initial_places(start, period) for period in periods), one.size + two.size,
    )  # fmt: skip
    parameters = [torch.cat(pair) for pair in zip(p, q, strict=True)]
    origins = ColumnOrigins(torch.cat([b, d], 1), torch.cat([b, d], 1), 10, 10)
    together = cut_columns(smooth_columns(*parameters, both), both, layout, origins)
    outputs = torch.randn(together.offset.shape, generator=torch.Generator().manual_seed(0))
    n_first = one.length.numel()
    for apart, own in ((apart_one, slice(None, n_first)), (apart_two, slice(n_first, None))):
        for name in ("inputs", "offset", "actual", "observed", "base", "weight", "gain"):
            assert_close(getattr(together, name)[:, :, own], getattr(apart, name))
        denormalised = together.denormalise(outputs)[:, :, own]
        assert_close(denormalised, apart.denormalise(outputs[:, :, own]))
        normal = apart.normalise(apart.actual)
        assert_close(together.normalise(together.actual)[:, :, own], normal)
