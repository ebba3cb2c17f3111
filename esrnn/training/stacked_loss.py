"""The training loss of several members at once: `esrnn.ops.losses`, a sum for each member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor

from esrnn.ops.columns import ColumnWindows
from esrnn.ops.losses import POINT_LOSSES, LossSpec
from esrnn.ops.windows import Targets, Windows

__all__ = ["stacked_losses", "stacked_spec"]


def stacked_spec(specs: Sequence[LossSpec], device: torch.device) -> LossSpec:
    """Return one description of the loss whose benchmark scores are each member's own.

    Parameters
    ----------
    specs : sequence of LossSpec
        Alike but for these scores.
    device : torch.device

    Returns
    -------
    LossSpec
    """

    def scores(name: str) -> Any:
        values = [getattr(spec, name) for spec in specs]
        return torch.tensor(values, dtype=torch.float32, device=device).view(-1, 1, 1, 1)

    return replace(specs[0], naive_smape=scores("naive_smape"), naive_mase=scores("naive_mase"))


def stacked_losses(
    spec: LossSpec, windows: ColumnWindows, is_own: Tensor, outputs: Sequence[Tensor]
) -> Tensor:
    """Return the loss of each member's batch.

    Parameters
    ----------
    spec : LossSpec
        From `stacked_spec`.
    windows : ColumnWindows
    is_own : Tensor of shape (M, B), bool
        False for what fills a batch up.
    outputs : sequence of Tensor of shape (M, K, B, H)
        One for each quantile level.

    Returns
    -------
    Tensor of shape (M,)
    """
    observed = (windows.observed & is_own[:, None, :, None]).float()
    count = observed.sum(dim=(1, 3), keepdim=True)  # (M, 1, B, 1)
    contributing = (count > 0).sum(dim=2, keepdim=True).clamp(min=1)
    weights = observed / (count.clamp(min=1.0) * contributing)
    targets = Targets(windows.actual, windows.observed, windows.weight[..., 0])
    middle = len(outputs) // 2
    of_point = POINT_LOSSES[spec.point]
    losses = of_point(spec, cast("Windows", windows), targets, outputs[middle]) * weights
    if spec.interval_weight != 0.0:
        weights = weights * windows.weight
        for k, (level, output) in enumerate(zip(spec.quantile_levels, outputs, strict=True)):
            if k != middle:
                error = windows.actual - windows.denormalise(output)
                pinball = torch.add(error.abs(), error, alpha=2.0 * level - 1.0)
                share = 0.5 / min(level, 1.0 - level) if spec.interval == "interval_score" else 1.0
                losses = losses + (spec.interval_weight * share) * (pinball * weights)
    return losses.sum(dim=(1, 2, 3))
