"""The one-pass cutting kernel against the torch operations that it stands for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from esrnn.kernels.scales import causal_scale
from esrnn.ops import windows, windows_cpu
from esrnn.ops.layout import Layout, OriginRange, forecast_range, training_range
from esrnn.ops.windows import Targets, Windows
from esrnn.smoothing import PreparedPanel
from tests.hybrids import random_panel

LENGTHS = [1, 2, 30, 45, 17]
LAYOUTS = [
    pytest.param(4, 5, None, 1, id="all origins"),
    pytest.param(12, 9, 6, 2, id="horizon beyond the season"),
    pytest.param(5, 3, 8, 3, id="every third"),
]


class Case:
    """A ragged batch with gaps, and levels and factors that are leaves."""

    def __init__(self, signed: bool, layout: Layout, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        panel = random_panel(seed, LENGTHS, signed=signed, missing=0.15)
        self.values, self.indptr = np.array(panel.values), np.array(panel.indptr)
        if signed:  # constant up to some origins: there the causal scale is 0
            self.values[self.indptr[2] : self.indptr[2] + 12] = 3.0
        self.signed, self.layout = signed, layout
        self.lengths = np.diff(self.indptr)
        self.starts = rng.integers(
            layout.first_starts(self.lengths), layout.last_starts(self.lengths), endpoint=True
        )
        self.causal = causal_scale(self.values, self.indptr, max((*layout.periods, 1)))
        n_obs, n = self.values.size, len(LENGTHS)
        sizes = [n_obs, *(n_obs + n * period for period in layout.periods)]
        draws = [rng.normal(size=size) for size in sizes]
        leaves = [torch.from_numpy(x if signed else np.exp(0.3 * x)) for x in draws]
        self.leaves = [leaf.requires_grad_() for leaf in leaves]
        additive, unit = np.full(n, signed), np.ones(n)
        self.batch = PreparedPanel(self.values, self.causal, self.indptr, additive, unit)

    def by_kernel(self, origin_range: OriginRange) -> tuple[Windows, Targets]:
        return windows_cpu.cut_windows(*self._smoothed(), self.layout, origin_range)

    def by_torch(self, origin_range: OriginRange) -> tuple[Windows, Targets]:
        return windows.cut_windows(*self._smoothed(), self.layout, origin_range)

    def _smoothed(self) -> tuple[PreparedPanel, Tensor, tuple[Tensor, ...]]:
        return self.batch, self.leaves[0], tuple(self.leaves[1:])

    def gradients(self, cut: Windows, targets: Targets) -> list[Tensor]:
        """Pull the same random adjoints back through whatever made these."""
        outputs = [cut.inputs, cut.offset, cut.scale, targets.mase_weight]
        outputs.append(targets.actual * targets.observed)
        if cut.base is not None:
            outputs.append(cut.base)
        generator = torch.Generator().manual_seed(3)
        total = torch.zeros((), dtype=torch.float64)
        for out in outputs:
            total = total + (out * torch.randn(out.shape, generator=generator)).sum()
        back = torch.autograd.grad(total, self.leaves, allow_unused=True)
        pairs = zip(back, self.leaves, strict=True)
        return [torch.zeros_like(leaf) if b is None else b for b, leaf in pairs]


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("periods", [(), (4,), (3, 7)])
@pytest.mark.parametrize(("window", "horizon", "training_window", "step"), LAYOUTS)
@pytest.mark.parametrize("seed", [0, 1])
def test_kernel_equals_torch(signed, periods, window, horizon, training_window, step, seed):
    first, additive_scale = min(window, 3), 1.0 + 6.0 * seed
    layout = Layout(window, horizon, periods, first, training_window, step, additive_scale)
    case = Case(signed, layout, seed)
    for origin_range in (
        training_range(case.lengths, layout, case.starts, phase=step - 1),
        forecast_range(case.lengths, layout),
    ):
        fast, slow = case.by_kernel(origin_range), case.by_torch(origin_range)
        for one, two in zip((*fast[0], *fast[1]), (*slow[0], *slow[1]), strict=True):
            if two is None:
                assert one is None
            else:
                assert one.dtype == two.dtype
                torch.testing.assert_close(one, two, rtol=2e-5, atol=2e-5)
        pairs = zip(case.gradients(*fast), case.gradients(*slow), strict=True)
        for one, two in pairs:
            torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-5 * float(two.abs().max()))


def test_a_gradient_of_one_output_alone():
    layout = Layout(4, 3, (4,), 3)
    case = Case(False, layout)
    origin_range = training_range(case.lengths, layout, case.starts)
    for pick in (lambda f, t: f.offset, lambda f, t: t.mase_weight):
        back = []
        for cut, targets in (case.by_kernel(origin_range), case.by_torch(origin_range)):
            grads = torch.autograd.grad(pick(cut, targets).sum(), case.leaves, allow_unused=True)
            back.append([torch.zeros_like(x) if g is None else g
                         for g, x in zip(grads, case.leaves, strict=True)])  # fmt: skip
        for one, two in zip(*back, strict=True):
            torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-6)
