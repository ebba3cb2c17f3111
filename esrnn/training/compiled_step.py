"""Loss and gradients of a batch on the CPU, from kernel to kernel, without torch's autograd.

The same kernels in the same order as `esrnn.model.HybridModel.loss` and torch's backward pass, so
the same numbers. For small networks the calls in between took longer than the kernels. What has no
kernel, such as other cells, covariates and a penalty on levels, goes on through torch.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator

from esrnn._typing import BoolArray, FloatArray
from esrnn.config import ModelConfig
from esrnn.kernels.losses import POINT_CODES, LossBars, LossTargets, loss_and_adjoint
from esrnn.kernels.parameters import natural_parameters
from esrnn.kernels.products import padded
from esrnn.kernels.smoothing import smooth, smooth_adjoint
from esrnn.kernels.windows import Cut, SmoothedBatch
from esrnn.model import HybridModel
from esrnn.ops.layout import OriginRange
from esrnn.ops.losses import LossSpec
from esrnn.ops.losses_cpu import loss_weights
from esrnn.ops.lstm_cpu import (
    StackSteps,
    lstm_gradients,
    lstm_weights,
    run_adjoint,
    run_layers,
    widened,
)
from esrnn.ops.quantile_head_cpu import run_head, run_head_adjoint
from esrnn.ops.windows_cpu import NOTHING_SEEN, cut_adjoint, cut_smoothed
from esrnn.smoothing import PreparedPanel

__all__ = ["BatchGradients", "CompiledStep"]

Array = NDArray[np.floating[Any]]


class BatchGradients(NamedTuple):
    """What a batch gives.

    Attributes
    ----------
    loss : float
    rows : ndarray of shape (B, 3 + S + S2), float64
        Gradient of the series' parameters.
    network : list of ndarray, or None
        Gradients of the network's parameters, in their order; None where torch has left them in
        the parameters.
    observed : ndarray of shape (K, B, H), bool
        Which targets there are. The loss is the mean over the series that have one.
    """

    loss: float
    rows: FloatArray
    network: list[Array] | None
    observed: BoolArray


class CompiledStep:
    """Loss and gradients by kernels, for models that `is_possible` for.

    Parameters
    ----------
    model : HybridModel
        Its weights are read anew at every call, in place.
    spec : LossSpec
    """

    def __init__(self, model: HybridModel, spec: LossSpec) -> None:
        self._model = model
        self._weights = loss_weights(spec)
        network = model.network
        self._stack = [p.detach().numpy() for p in network.stack.parameters()]
        self._head = [p.detach().numpy() for p in network.head.parameters()]

    @staticmethod
    def is_possible(
        model: HybridModel, config: ModelConfig, spec: LossSpec, generator: Generator
    ) -> bool:
        """Return whether kernels do all that a model's training step needs.

        Parameters
        ----------
        model : HybridModel
        config : ModelConfig
        spec : LossSpec
        generator : Generator
            Of the training.

        Returns
        -------
        bool
        """
        network = model.network
        return (
            all(p.device.type == "cpu" and p.dtype == torch.float32 for p in network.parameters())
            and network.stack.has_kernels(torch.empty(0, device="cpu"), generator)
            and not (network.n_static or network.n_future)
            and config.training.level_penalty == 0.0
            and spec.point in POINT_CODES
        )

    def __call__(
        self,
        batch: PreparedPanel,
        rows: FloatArray,
        origins: OriginRange,
        generator: Generator,
    ) -> BatchGradients:
        """Return the loss of a batch and its gradients.

        Parameters
        ----------
        batch, origins
            As for `HybridModel.windows_and_targets`.
        rows : ndarray of shape (B, 3 + S + S2), float64
        generator : Generator
            Draws what is dropped.

        Returns
        -------
        BatchGradients
        """
        with np.errstate(all="ignore"):  # what is not finite is for the caller to notice
            return self._run(batch, rows, origins, generator)

    def _run(
        self,
        batch: PreparedPanel,
        rows: FloatArray,
        origins: OriginRange,
        generator: Generator,
    ) -> BatchGradients:
        layout, stack = self._model.layout, self._model.network.stack
        additive, indptr = batch.additive, batch.indptr
        natural = natural_parameters(rows, batch.unit, additive, layout.periods)
        flat = smooth(batch.values, indptr, *natural, additive)
        n_s, n_u = (*layout.periods, 0, 0)[:2]
        smoothed = SmoothedBatch(
            batch.values, batch.causal, indptr, *flat, n_s, n_u, batch.is_additive
        )
        cut = cut_smoothed(smoothed, layout, origins)

        first = int(origins.scored[0] - origins.starts[0])
        wanted = range(first, origins.n_windows, layout.origin_step)
        kept = stack.draw_kept(torch.from_numpy(cut.inputs), wanted, generator)
        masks = None
        if kept is not None:
            masks = [widened(mask.numpy(), padded(mask.shape[2])) for mask in kept]
        steps = StackSteps.leading_to(wanted, stack.dilations)
        weights = lstm_weights(self._stack)
        hidden, run = run_layers(cut.inputs, weights, stack.dilations, steps, masks)
        head = run_head(np.ascontiguousarray(hidden).reshape(-1, hidden.shape[2]), self._head)
        outputs = head.outputs.reshape(-1, *cut.offset.shape)

        bars = LossBars.zeros(outputs)
        targets = _targets(smoothed, cut, origins, layout.origin_step)
        loss = loss_and_adjoint(self._weights, targets, cut.offset, outputs, bars)

        head_bars, gradients = run_head_adjoint(bars.outputs.reshape(head.outputs.shape), head)
        inputs_bar, layers = run_adjoint(head_bars.hidden.reshape(hidden.shape), run, with_x=True)
        assert inputs_bar is not None
        cut_bar = Cut(
            np.ascontiguousarray(inputs_bar[..., : cut.inputs.shape[2]]),
            bars.offset,
            np.zeros_like(cut.scale),
            bars.base.astype(np.float64),
            bars.actual,
            NOTHING_SEEN,
            bars.mase_weight.astype(np.float64),
        )
        flat_bars = cut_adjoint(smoothed, layout, origins, cut, cut_bar)
        coefficients = natural[0]
        natural_bars = smooth_adjoint(
            batch.values, indptr, coefficients, additive, flat, flat_bars
        )  # fmt: skip
        slopes = [
            coefficients * (1.0 - coefficients),
            *(batch.unit[:, None] if batch.is_additive else part for part in natural[1:]),
        ]
        parts = [slope * bar for slope, bar in zip(slopes, natural_bars, strict=True)]
        network = lstm_gradients(layers, self._stack) + gradients
        return BatchGradients(loss, np.concatenate(parts, axis=1), network, cut.observed)


def _targets(smoothed: SmoothedBatch, cut: Cut, origins: OriginRange, step: int) -> LossTargets:
    """Return what forecasts are measured against, in float32."""
    unit = np.ones(cut.weight.shape, dtype=np.float32)
    gain = unit
    if smoothed.additive:
        last = np.diff(smoothed.indptr) - 1
        at = origins.scored + step * np.arange(origins.n_scored)[:, None]
        causal = smoothed.causal[np.minimum(at, last) + smoothed.indptr[:-1]]
        gain = (causal > 0.0).astype(np.float32)
    weight, base = cut.weight.astype(np.float32), cut.base.astype(np.float32)
    return LossTargets(cut.actual, cut.observed, weight, base, gain, smoothed.additive)
