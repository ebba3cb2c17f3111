"""Losses between relative forecasts and `Targets`, each averaged per series, then over the batch.

Every series weighs the same, as in M4's scores, however long it is; unobserved targets count for
nothing. All but `log_pinball` work on forecasts in original units, up to each origin's scale,
which cancels in sMAPE and which `Targets.mase_weight` turns into MASE's. To add a loss of the point
forecast, write a function like those in `POINT_LOSSES` and enter it there, and its name in
`esrnn.config.settings.PointLoss`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from esrnn.ops.windows import Targets, Windows

__all__ = ["POINT_LOSSES", "LossSpec", "forecast_loss", "level_wiggliness"]


@dataclass(frozen=True)
class LossSpec:
    """What is minimised.

    Attributes
    ----------
    point : str
        Loss of the middle quantile, a key of `POINT_LOSSES`.
    quantile_levels : tuple of float
        Increasing; the middle one is the point forecast's.
    training_level : float
        Quantile level that the pinball losses aim the point forecast at.
    interval : str
        Loss of the other quantiles: ``"pinball"``, or ``"interval_score"``, which weighs each by
        1 / min(level, 1 - level) so that a pair adds up to the interval score.
    interval_weight : float
        Weight of the other quantiles' loss relative to MASE.
    naive_smape, naive_mase : float
        Scores of Naive2 that ``"owa"`` divides by.
    """

    point: str
    quantile_levels: tuple[float, ...]
    training_level: float = 0.5
    interval: str = "pinball"
    interval_weight: float = 1.0
    naive_smape: float = 10.0
    naive_mase: float = 1.0

    def share(self, level: float) -> float:
        """Return the weight of a quantile other than the middle one."""
        if self.interval == "interval_score":
            return self.interval_weight * 0.5 / min(level, 1.0 - level)
        return self.interval_weight


# Beside a scale of 1, forecast and actual are both zero. After months of zeros a level is not 0
# but 1e-35 or so, and the gradient of 1 / size would overflow.
_NOTHING = 1e-12


def _weights(targets: Targets) -> Tensor:
    """Return (K, B, H) weights that turn a sum into the mean over series of their means."""
    observed = targets.observed.float()
    count = observed.sum(dim=(0, 2))  # (B,)
    contributing = (count > 0).sum().clamp(min=1)
    return observed / (count.clamp(min=1.0) * contributing)[None, :, None]


def _pinball(error: Tensor, level: float) -> Tensor:
    """Return twice the pinball loss of error = actual - forecast; the MAE at level 0.5.

    |e| + (2 level - 1) e, since a maximum's gradient costs torch several passes.
    """
    if level == 0.5:
        return error.abs()
    return torch.add(error.abs(), error, alpha=2.0 * level - 1.0)


def _log_pinball(spec: LossSpec, windows: Windows, targets: Targets, output: Tensor) -> Tensor:
    """Return the pinball loss of normalised forecasts (Smyl 2020)."""
    return _pinball(windows.normalise(targets.actual) - output, spec.training_level)


def _scaled_pinball(spec: LossSpec, windows: Windows, targets: Targets, output: Tensor) -> Tensor:
    """Return the pinball loss in original units, over the MASE scale."""
    error = targets.actual - windows.denormalise(output)
    return _pinball(error, spec.training_level) * targets.mase_weight[..., None]


def _mase(spec: LossSpec, windows: Windows, targets: Targets, output: Tensor) -> Tensor:
    """Return absolute errors over the MASE scale."""
    return (targets.actual - windows.denormalise(output)).abs() * targets.mase_weight[..., None]


def _smape(spec: LossSpec, windows: Windows, targets: Targets, output: Tensor) -> Tensor:
    """Return symmetric percentage errors."""
    forecast = windows.denormalise(output)
    return (targets.actual - forecast).abs() * _percent(windows, targets.actual, forecast)


def _owa(spec: LossSpec, windows: Windows, targets: Targets, output: Tensor) -> Tensor:
    """Return the mean of sMAPE and MASE, each over that of Naive2."""
    forecast = windows.denormalise(output)
    error = (targets.actual - forecast).abs()
    percent, weight = _percent(windows, targets.actual, forecast), targets.mase_weight[..., None]
    return error * (percent * (0.5 / spec.naive_smape) + weight * (0.5 / spec.naive_mase))


def _percent(windows: Windows, actual: Tensor, forecast: Tensor) -> Tensor:
    """Return what absolute errors are multiplied by to become symmetric percentage errors."""
    if windows.base is None:
        return 200.0 / (forecast + actual)
    size = (forecast + windows.base).abs() + (actual + windows.base).abs()
    return 200.0 / size.masked_fill(size < _NOTHING, torch.inf)


# Elementwise losses (K, B, H) of the point forecast, by the names that `TrainingConfig.loss` takes.
POINT_LOSSES: dict[str, Callable[[LossSpec, Windows, Targets, Tensor], Tensor]] = {
    "owa": _owa,
    "smape": _smape,
    "mase": _mase,
    "pinball": _scaled_pinball,
    "log_pinball": _log_pinball,
}


def forecast_loss(
    spec: LossSpec, windows: Windows, targets: Targets, outputs: Sequence[Tensor]
) -> Tensor:
    """Return the loss of a batch.

    Parameters
    ----------
    spec : LossSpec
    windows : Windows
    targets : Targets
    outputs : sequence of Tensor of shape (K, B, H)
        The network's output for each of `spec.quantile_levels`.

    Returns
    -------
    Tensor of shape ()
    """
    weights = _weights(targets)
    middle = len(outputs) // 2
    point = POINT_LOSSES[spec.point](spec, windows, targets, outputs[middle])
    total = (point * weights).sum()
    if spec.interval_weight == 0.0:
        return total
    weights = weights * targets.mase_weight[..., None]
    for k, (level, output) in enumerate(zip(spec.quantile_levels, outputs, strict=True)):
        if k != middle:
            loss = _pinball(targets.actual - windows.denormalise(output), level)
            total = total + spec.share(level) * (loss * weights).sum()
    return total


def level_wiggliness(level: Tensor, last: Tensor, counts: Tensor) -> Tensor:
    """Return the mean squared second difference of the levels (Smyl 2020, section 3.4).

    Parameters
    ----------
    level : Tensor of shape (W, B)
        Logarithm of the level at each origin.
    last : Tensor of shape (B,), int64
        Place of each series' last origin; what comes after does not count.
    counts : Tensor of shape (B,), bool
        Whether a series counts: those do that `forecast_loss` is the mean of.

    Returns
    -------
    Tensor of shape ()
        Mean over these series of their means; 0 where there are fewer than three origins.
    """
    n_windows = level.shape[0]
    if n_windows < 3:
        return level.new_zeros(())
    bend = level[2:] - 2.0 * level[1:-1] + level[:-2]
    inside = (torch.arange(2, n_windows, device=level.device)[:, None] <= last) & counts
    n_each = inside.sum(dim=0).clamp(min=1)
    return (bend.square() * inside / n_each).sum() / counts.sum().clamp(min=1)
