"""The losses of `esrnn.ops.losses` and their adjoints in one pass, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from esrnn._typing import BoolArray, FloatArray
from esrnn.kernels.activations import exp_in_place
from esrnn.kernels.jit import jit

__all__ = ["POINT_CODES", "LossBars", "LossTargets", "LossWeights", "loss_and_adjoint"]

AnyFloat = NDArray[np.floating]

_LOG_PINBALL, _PINBALL, _MASE, _SMAPE, _OWA = range(5)
POINT_CODES = {
    "log_pinball": _LOG_PINBALL, "pinball": _PINBALL, "mase": _MASE, "smape": _SMAPE, "owa": _OWA,
}  # fmt: skip
"""Numbers of the losses of the point forecast, by their names."""

NOTHING = 1e-12  # beside a scale of 1, forecast and actual below it are both zero


class LossTargets(NamedTuple):
    """What forecasts are measured against (`esrnn.ops.windows`), K origins of B series.

    Attributes
    ----------
    actual : ndarray of shape (K, B, n)
    observed : ndarray of shape (K, B, n), bool
    mase_weight : ndarray of shape (K, B)
    base, gain : ndarray of shape (K, B)
        Not read of a multiplicative batch.
    additive : bool
    """

    actual: AnyFloat
    observed: BoolArray
    mase_weight: AnyFloat
    base: AnyFloat
    gain: AnyFloat
    additive: bool


class LossWeights(NamedTuple):
    """What a loss consists of (`esrnn.ops.losses.LossSpec`).

    Attributes
    ----------
    point : int
        One of `POINT_CODES`.
    training_level : float
    percent, scaled : float
        Weights of sMAPE and MASE in ``"owa"``.
    levels : ndarray of shape (Q,), float64
    shares : ndarray of shape (Q,), float64
        Weight of each quantile's pinball loss; the middle one's is not read.
    """

    point: int
    training_level: float
    percent: float
    scaled: float
    levels: FloatArray
    shares: FloatArray


class LossBars(NamedTuple):
    """Adjoints of what a loss is computed from.

    Attributes
    ----------
    outputs : ndarray of shape (Q, K, B, n)
    offset, actual : ndarray of shape (K, B, n)
    mase_weight, base : ndarray of shape (K, B)
    """

    outputs: AnyFloat
    offset: AnyFloat
    actual: AnyFloat
    mase_weight: AnyFloat
    base: AnyFloat

    @classmethod
    def zeros(cls, outputs: AnyFloat) -> LossBars:
        """Return what `loss_and_adjoint` adds to, for outputs of shape (Q, K, B, n)."""
        shapes = (outputs.shape, *(outputs.shape[1:],) * 2, *(outputs.shape[1:3],) * 2)
        return cls(*(np.zeros(shape, outputs.dtype) for shape in shapes))


@jit
def _sign(x):  # type: ignore[no-untyped-def]
    """Return the derivative of abs; NaN of NaN."""
    if x > 0.0:
        return 1.0
    if x < 0.0:
        return -1.0
    return x


@jit
def _percent(forecast, actual, base, additive):  # type: ignore[no-untyped-def]
    """Return what turns errors into percentages, and its derivatives by forecast, actual, base."""
    if not additive:
        size = forecast + actual
        slope = -200.0 / (size * size)
        return 200.0 / size, slope, slope, 0.0
    size = abs(forecast + base) + abs(actual + base)
    if size < NOTHING:
        return 0.0, 0.0, 0.0, 0.0
    slope = -200.0 / (size * size)
    by_forecast, by_actual = slope * _sign(forecast + base), slope * _sign(actual + base)
    return 200.0 / size, by_forecast, by_actual, by_forecast + by_actual


@jit
def _point_loss(weights, forecast, actual, base, mase_weight, additive):  # type: ignore[no-untyped-def]
    """Return the loss of a point forecast, and its derivatives by the first four numbers after."""
    error = actual - forecast
    sign = _sign(error)
    size = abs(error)
    if weights.point == _PINBALL:
        slope = sign + 2.0 * weights.training_level - 1.0
        loss = size + (2.0 * weights.training_level - 1.0) * error
        return loss * mase_weight, -slope * mase_weight, slope * mase_weight, 0.0, loss
    percent, scaled = 0.0, mase_weight * weights.scaled
    by_forecast, by_actual, by_base = 0.0, 0.0, 0.0
    if weights.percent > 0.0:
        percent, by_forecast, by_actual, by_base = _percent(forecast, actual, base, additive)
        percent *= weights.percent
    factor, share = percent + scaled, size * weights.percent
    return (
        size * factor,
        -sign * factor + share * by_forecast,
        sign * factor + share * by_actual,
        share * by_base,
        size * weights.scaled,
    )


@jit
def _forecast_row(offset, output, gain, additive, forecast):  # type: ignore[no-untyped-def]
    """Write relative forecasts (`esrnn.ops.windows.Windows.denormalise`)."""
    for h in range(offset.size):
        forecast[h] = offset[h] + gain * output[h]
    if not additive:
        exp_in_place(forecast)


@jit
def _add_point_row(weights, targets, k, b, weight, row, bars):  # type: ignore[no-untyped-def]
    """Add the loss of one point forecast's steps; write and return what follows from it."""
    offset, output, forecast = row
    middle, additive = weights.levels.size // 2, targets.additive
    base, gain, mase_weight = targets.base[k, b], targets.gain[k, b], targets.mase_weight[k, b]
    loss, base_bar, mase_bar = 0.0, 0.0, 0.0
    for h in range(offset.size):
        if not targets.observed[k, b, h]:
            continue
        actual = targets.actual[k, b, h]
        if weights.point == _LOG_PINBALL:
            error = (actual if additive else np.log(actual)) - offset[h] - output[h]
            lean = 2.0 * weights.training_level - 1.0
            slope = weight * (_sign(error) + lean)
            loss += weight * (abs(error) + lean * error)
            bars.outputs[middle, k, b, h] = -slope
            bars.offset[k, b, h] = -slope
            bars.actual[k, b, h] = slope if additive else slope / actual
            continue
        own, by_forecast, by_actual, by_base, by_mase = _point_loss(
            weights, forecast[h], actual, base, mase_weight, additive
        )
        loss += weight * own
        into = weight * by_forecast * (1.0 if additive else forecast[h])
        bars.outputs[middle, k, b, h] = into * gain
        bars.offset[k, b, h] = into
        bars.actual[k, b, h] = weight * by_actual
        base_bar += weight * by_base
        mase_bar += weight * by_mase
    return loss, base_bar, mase_bar


@jit
def _add_quantile_row(q, weights, targets, k, b, weight, forecast, bars):  # type: ignore[no-untyped-def]
    """Add the loss of one quantile's steps; return it and its part in the adjoint of the weight."""
    lean, additive, gain = 2.0 * weights.levels[q] - 1.0, targets.additive, targets.gain[k, b]
    share, mase_weight = weight * weights.shares[q], targets.mase_weight[k, b]
    total = 0.0
    for h in range(forecast.size):
        if not targets.observed[k, b, h]:
            continue
        error = targets.actual[k, b, h] - forecast[h]
        slope = share * mase_weight * (_sign(error) + lean)
        total += abs(error) + lean * error
        into = -slope * (1.0 if additive else forecast[h])
        bars.outputs[q, k, b, h] = into * gain
        bars.offset[k, b, h] += into
        bars.actual[k, b, h] += slope
    return share * mase_weight * total, share * total


@jit
def loss_and_adjoint(weights, targets, offset, outputs, bars):  # type: ignore[no-untyped-def]
    """Return the loss of a batch, and add its adjoints to `bars`, `LossBars` of zeros.

    `offset` is of shape (K, B, n), `outputs` of shape (Q, K, B, n).
    """
    n_quantiles, n_scored, n_series, n = outputs.shape
    counts = np.zeros(n_series)
    for k in range(n_scored):
        for b in range(n_series):
            for h in range(n):
                counts[b] += targets.observed[k, b, h]
    n_contributing = 0
    for b in range(n_series):
        n_contributing += counts[b] > 0
    loss, middle = 0.0, n_quantiles // 2
    forecast = np.empty(n, outputs.dtype)
    for k in range(n_scored):
        for b in range(n_series):
            if counts[b] == 0:
                continue
            weight = 1.0 / (counts[b] * n_contributing)
            gain = targets.gain[k, b]
            row = (offset[k, b], outputs[middle, k, b], forecast)
            _forecast_row(row[0], row[1], gain, targets.additive, forecast)
            own, base_bar, mase_bar = _add_point_row(weights, targets, k, b, weight, row, bars)
            loss += own
            for q in range(n_quantiles):
                if q != middle and weights.shares[q] > 0.0:
                    _forecast_row(row[0], outputs[q, k, b], gain, targets.additive, forecast)
                    own, by_mase = _add_quantile_row(
                        q, weights, targets, k, b, weight, forecast, bars
                    )
                    loss += own
                    mase_bar += by_mase
            bars.base[k, b] = base_bar
            bars.mase_weight[k, b] = mase_bar
    return loss
