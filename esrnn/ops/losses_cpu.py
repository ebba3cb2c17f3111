"""`esrnn.ops.losses.forecast_loss` for the CPU: the loss and its gradients by one compiled pass.

The same numbers to rounding. A forecast that is not observed is not looked at, whatever it is.
`HybridModel` chooses between the two by device.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from esrnn.kernels.losses import (
    POINT_CODES,
    LossBars,
    LossTargets,
    LossWeights,
    loss_and_adjoint,
)
from esrnn.ops import losses
from esrnn.ops.losses import LossSpec
from esrnn.ops.windows import Targets, Windows

__all__ = ["forecast_loss", "loss_weights"]


class _ForecastLoss(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, weights: LossWeights, known: tuple[Tensor, Tensor | None], offset: Tensor,
        actual: Tensor, mase_weight: Tensor, base: Tensor | None, *outputs: Tensor,
    ) -> Tensor:  # fmt: skip
        observed, gain = known
        numbers = np.stack([out.numpy() for out in outputs])
        shape, dtype = numbers.shape[1:], numbers.dtype
        unit = np.ones(shape[:2], dtype)
        targets = LossTargets(
            np.ascontiguousarray(actual.numpy()),
            np.ascontiguousarray(observed.numpy()),
            np.ascontiguousarray(mase_weight.numpy()),
            unit if base is None else np.ascontiguousarray(base.numpy()[..., 0]),
            unit if gain is None else np.ascontiguousarray(gain.numpy()[..., 0]),
            gain is not None,
        )
        bars = LossBars.zeros(numbers)
        with np.errstate(all="ignore"):  # what is not finite is for the caller to notice
            loss = loss_and_adjoint(
                weights, targets, np.ascontiguousarray(offset.numpy()), numbers, bars
            )
        ctx.bars = bars
        ctx.has_base = base is not None
        return torch.tensor(loss, dtype=outputs[0].dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, bar: Tensor) -> tuple[Tensor | None, ...]:
        by = ctx.bars if float(bar) == 1.0 else LossBars(*(b * bar.numpy() for b in ctx.bars))
        base = torch.from_numpy(by.base)[..., None] if ctx.has_base else None
        single = map(torch.from_numpy, (by.offset, by.actual, by.mase_weight))
        return (None, None, *single, base, *map(torch.from_numpy, by.outputs))


def forecast_loss(
    spec: LossSpec, windows: Windows, targets: Targets, outputs: Sequence[Tensor]
) -> Tensor:
    """Return the loss of a batch.

    Parameters
    ----------
    spec, windows, targets, outputs
        As for `esrnn.ops.losses.forecast_loss`, on the CPU.

    Returns
    -------
    Tensor of shape ()
    """
    if spec.point not in POINT_CODES:
        return losses.forecast_loss(spec, windows, targets, outputs)
    loss: Tensor = _ForecastLoss.apply(  # type: ignore[no-untyped-call]
        loss_weights(spec), (targets.observed, windows.gain), windows.offset, targets.actual,
        targets.mase_weight, windows.base, *outputs,
    )  # fmt: skip
    return loss


def loss_weights(spec: LossSpec) -> LossWeights:
    """Return the weights of all parts of a loss.

    Parameters
    ----------
    spec : LossSpec
        Of a loss that the kernel knows.

    Returns
    -------
    LossWeights
    """
    percent = {"smape": 1.0, "owa": 0.5 / spec.naive_smape}.get(spec.point, 0.0)
    scaled = {"mase": 1.0, "owa": 0.5 / spec.naive_mase}.get(spec.point, 0.0)
    levels = np.array(spec.quantile_levels)
    shares = np.array([spec.share(level) for level in spec.quantile_levels])
    code = POINT_CODES[spec.point]
    return LossWeights(code, spec.training_level, percent, scaled, levels, shares)
