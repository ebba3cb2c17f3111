"""A training step taken apart: the same calls one by one, the backward pass cut at each joint."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from benchmarks.kernel_checks import require_close
from benchmarks.timing import Stopwatch, Timing
from esrnn.config import ModelConfig
from esrnn.kernels.smoothing_fit import SmoothingFit
from esrnn.model import HybridModel
from esrnn.ops import windows as windows_torch
from esrnn.ops import windows_cpu
from esrnn.ops.layout import choose_first_origin, training_range
from esrnn.ops.losses_cpu import forecast_loss
from esrnn.ops.parameters import natural_parameters
from esrnn.ops.smoothing import smooth
from esrnn.ops.windows import Targets, Windows
from esrnn.panel import Panel
from esrnn.smoothing import PreparedPanel
from esrnn.training.optimisers import SeriesAdam, make_adam
from esrnn.training.scores import loss_spec

if TYPE_CHECKING:
    from benchmarks.training_step import BareStack

__all__ = ["PieceWork", "time_pieces"]

Lap = Callable[[str], None]


def _leaf(tensor: Tensor) -> Tensor:
    """Cut a tensor off its graph, to gather its gradient."""
    return tensor.detach().requires_grad_(tensor.requires_grad)


def _resume(pairs: list[tuple[Tensor, Tensor]]) -> None:
    """Carry the gradients gathered by leaves on into the tensors that they were cut from."""
    pairs = [(tensor, leaf) for tensor, leaf in pairs if leaf.grad is not None]
    torch.autograd.backward([t for t, _ in pairs], [leaf.grad for _, leaf in pairs])


class PieceWork:
    """One batch, all that a step needs, and the step's calls.

    Parameters
    ----------
    panel : Panel
        The first series make up the batch.
    fit : SmoothingFit
    config : ModelConfig
    """

    def __init__(self, panel: Panel, fit: SmoothingFit, config: ModelConfig) -> None:
        self.config, self.fit = config, fit
        self.data = PreparedPanel.of(panel, fit, config.smoothing.lag)
        self.indices = np.arange(min(config.training.batch_size, panel.n_series))
        first_origin = choose_first_origin(panel.lengths, config.network.input_window)
        generator = torch.Generator().manual_seed(0)
        self.model = HybridModel(config, first_origin).draw(generator).train()
        self.spec = loss_spec(panel, config)
        self.rows = torch.from_numpy(fit.rows.copy())
        self.adam = make_adam(self.model.network.parameters())
        self.series_adam = SeriesAdam(self.rows)

    def gather(self) -> tuple[PreparedPanel, Tensor]:
        """Return the batch and its rows of parameters."""
        batch = self.data.subset(self.indices)
        return batch, self.rows[torch.from_numpy(self.indices)].requires_grad_()

    def input_shape(self) -> tuple[int, ...]:
        """Return the shape of the network's inputs, (W, B, I)."""
        return tuple(self.model.windows_and_targets(*self.gather())[0].inputs.shape)

    def forward_backward(self, lap: Lap) -> tuple[Tensor, Tensor]:
        """Run a step up to its gradients; return loss and rows."""
        batch, rows = self.gather()
        self.adam.clear_gradients()
        lap("gather batch")
        windows, targets = self.model.windows_and_targets(batch, rows)
        lap("smoothing, windows, targets")
        windows_leaf, targets_leaf, joints = _cut(windows, targets)
        outputs = self.model.network(windows_leaf.inputs, windows_leaf.scored)
        lap("network")
        output_leaves = [_leaf(out) for out in outputs]
        loss = forecast_loss(self.spec, windows_leaf, targets_leaf, output_leaves)
        lap("loss")
        torch.autograd.backward([loss])
        lap("backward: loss")
        _resume(list(zip(outputs, output_leaves, strict=True)))
        lap("backward: network")
        _resume(joints)
        lap("backward: targets, windows, smoothing")
        return loss, rows

    def update(self, loss: Tensor, rows: Tensor) -> None:
        """Check the gradients and move all parameters, by nothing: rates are 0."""
        gradient = rows.grad if rows.grad is not None else torch.zeros_like(rows)
        norm = self.adam.clip(self.config.training.gradient_clip)
        is_finite = np.isfinite([loss.item(), norm]).all() and np.isfinite(gradient.numpy()).all()
        if not is_finite:
            raise RuntimeError("a loss or a gradient is not finite")
        self.adam.step(0.0)
        self.series_adam.step(self.indices, gradient, 0.0)

    def smoothing_alone(self, lap: Lap) -> None:
        """Run the smoothing by itself, forward and backward."""
        batch, rows = self.gather()
        lap("")
        periods = self.model.layout.periods
        unit = torch.from_numpy(batch.unit)
        parameters = natural_parameters(rows, unit, batch.is_additive, periods)
        out = smooth(*parameters, batch.values, batch.indptr, batch.additive)
        lap("(smoothing alone)")
        bars = [torch.ones_like(o) for o in out]
        lap("")
        torch.autograd.backward(list(out), bars)
        lap("(backward: smoothing alone)")

    def cutting_alone(self, lap: Lap) -> None:
        """Cut windows and targets there and back, by the kernel and by torch operations."""
        batch, rows = self.gather()
        layout, lengths = self.model.layout, np.diff(batch.indptr)
        origin_range = training_range(lengths, layout, layout.first_starts(lengths))
        parameters = natural_parameters(
            rows.detach(), torch.from_numpy(batch.unit), batch.is_additive, layout.periods
        )
        level, s, u = smooth(*parameters, batch.values, batch.indptr, batch.additive)
        leaves = [x.requires_grad_() for x in (level, s, u)[: 1 + len(layout.periods)]]
        smoothed = (batch, leaves[0], tuple(leaves[1:]))

        def back(windows: Windows, targets: Targets) -> None:
            every = [windows.inputs, windows.offset, targets.actual, targets.mase_weight]
            outputs = [out for out in every if out.requires_grad]
            torch.autograd.grad(outputs, leaves, [torch.ones_like(out) for out in outputs])

        lap("")
        back(*windows_cpu.cut_windows(*smoothed, layout, origin_range))
        lap("(cutting alone, there and back)")
        back(*windows_torch.cut_windows(*smoothed, layout, origin_range))
        lap("(the same by torch operations)")

    def check(self) -> None:
        """Compare with the model's own loss and its gradients.

        Raises
        ------
        GateError
            If they differ.
        """
        loss, rows = self.forward_backward(lambda _: None)
        pieces = _gathered(loss, rows, self.model)
        batch, rows = self.gather()
        self.model.zero_grad(set_to_none=True)
        windows, targets = self.model.windows_and_targets(batch, rows)
        loss = self.model.loss(windows, targets, self.spec, level_penalty=0.0)
        torch.autograd.backward([loss])
        whole = _gathered(loss, rows, self.model)
        for name, expected in whole.items():
            require_close(f"pieces of a step, {name}", pieces[name].numpy(), expected.numpy(), 1e-4)


def _gathered(loss: Tensor, rows: Tensor, model: HybridModel) -> dict[str, Tensor]:
    """Return the loss and all gradients by name."""
    parameters = {"per-series parameters": rows, **dict(model.network.named_parameters())}
    gradients = {n: p.grad.clone() for n, p in parameters.items() if p.grad is not None}
    return {"loss": loss.detach(), **gradients}


def _cut(
    windows: Windows, targets: Targets
) -> tuple[Windows, Targets, list[tuple[Tensor, Tensor]]]:
    """Cut windows and targets off their graph; return also what was cut, and the leaves."""
    before = (windows.inputs, windows.offset, windows.scale, targets.actual, targets.mase_weight)
    inputs, offset, scale, actual, weight = leaves = [_leaf(t) for t in before]
    return (
        windows._replace(inputs=inputs, offset=offset, scale=scale),
        targets._replace(actual=actual, mase_weight=weight),
        list(zip(before, leaves, strict=True)),
    )


def time_pieces(work: PieceWork, bare: BareStack, repeats: int) -> list[Timing]:
    """Time the pieces of a step; names in brackets are parts of the others, timed by themselves.

    Parameters
    ----------
    work : PieceWork
    bare : BareStack
        For the network's share.
    repeats : int

    Returns
    -------
    list of Timing
    """
    watch = Stopwatch()
    for turn in range(-1, repeats):
        if turn == 0:
            watch = Stopwatch()  # the first turn was to warm up
        watch.start()
        loss, rows = work.forward_backward(watch.lap)
        work.update(loss, rows)
        watch.lap("checks and optimisers")
        work.smoothing_alone(watch.lap)
        work.cutting_alone(watch.lap)
        watch.start()
        out = bare.forward(input_gradient=True)
        watch.lap("(bare stack)")
        torch.autograd.backward([out], [bare.bar])
        watch.lap("(backward: bare stack)")
    return [timing for timing in watch.timings() if timing.name]
