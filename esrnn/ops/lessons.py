"""Losses against another model's quantiles, which a network learns in place of what happened.

Each quantile is measured against the one of the same level: the median by the loss of the point
forecast, the others by absolute errors over MASE's scale. An absolute error, unlike a pinball loss,
is least where both are equal, and where they can't be, in their middle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from torch import Tensor

from esrnn.ops.losses import LossSpec
from esrnn.ops.windows import Targets, Windows

__all__ = ["lesson_parts", "lesson_targets"]


def lesson_targets(
    windows: Windows, targets: Targets, quantiles: Tensor, known: Tensor
) -> list[Targets]:
    """Return a model's quantiles in the form of what happened.

    Parameters
    ----------
    windows : Windows
    targets : Targets
        What happened.
    quantiles : Tensor of shape (Q, K, B, H), float64
        From the scored origins, in units of y.
    known : Tensor of shape (K, B, H), bool
        Which of them count.

    Returns
    -------
    list of Targets
        One for each quantile.
    """
    return [
        Targets(windows.relative(own), known, targets.mase_weight)
        for own in quantiles.to(windows.scale.device)
    ]


def lesson_parts(
    spec: LossSpec, lessons: Sequence[Targets], outputs: Sequence[Tensor]
) -> Iterator[tuple[float, LossSpec, Targets, Tensor]]:
    """Return what the loss is the sum of.

    Parameters
    ----------
    spec : LossSpec
        Of the loss against what happened: which part has which weight.
    lessons : sequence of Targets
        `lesson_targets`.
    outputs : sequence of Tensor of shape (K, B, H)
        The network's output for each of `spec.quantile_levels`.

    Yields
    ------
    weight : float
    spec : LossSpec
        Of one quantile alone.
    targets : Targets
    output : Tensor
    """
    point = replace(spec, quantile_levels=(0.5,), training_level=0.5, interval_weight=0.0)
    middle = len(outputs) // 2
    for k, level in enumerate(spec.quantile_levels):
        if k == middle:
            yield 1.0, point, lessons[k], outputs[k]
        elif spec.interval_weight > 0.0:
            own = replace(point, point="mase")
            yield spec.share(level), own, lessons[k], outputs[k]
