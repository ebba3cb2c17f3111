"""Cutting a batch of smoothed series into normalised windows and targets, and the way back.

The formulas are those of `esrnn.ops.windows`, which has them as torch operations, for GPUs and as
this kernel's reference. Here a batch takes one pass over its numbers instead of some hundred calls.
Times are a series' own steps; a window that begins before a series reads its first value again.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from esrnn.kernels.jit import jit, jit_parallel

__all__ = ["MAX_MASE_WEIGHT", "cut_panel", "cut_panel_adjoint"]

# A series that has hardly moved yet would otherwise weigh more than all others together.
MAX_MASE_WEIGHT = 200.0


@jit
def _log_or_same(x, additive):  # type: ignore[no-untyped-def]
    return x if additive else np.log(x)


@jit
def _deseasonalise(y, level, s, u, additive, n_s, n_u, first, size, out):  # type: ignore[no-untyped-def]
    """Write what is left of each step without its seasonality, the level where y is missing."""
    last = y.size - 1
    for j in range(size):
        t = min(max(first + j, 0), last)
        if y[t] != y[t]:
            out[j] = _log_or_same(level[t], additive)
            continue
        value = _log_or_same(y[t], additive)
        if n_s > 0:
            value -= _log_or_same(s[t], additive)
        if n_u > 0:
            value -= _log_or_same(u[t], additive)
        out[j] = value


@jit
def _known(factors, additive, first, size, out):  # type: ignore[no-untyped-def]
    """Write the factors of `size` steps from `first` on, none beyond those that are known."""
    for j in range(size):
        out[j] = _log_or_same(factors[min(first + j, factors.size - 1)], additive)


@jit
def _origin_scale(sigma, level, additive, size):  # type: ignore[no-untyped-def]
    """Return the unit of relative forecasts; `size` stands in where a series was constant."""
    if not additive:
        return level
    if sigma > 0.0:
        return sigma
    return size if size > 0.0 else 1.0


@jit
def _cut_series(  # type: ignore[no-untyped-def]
    y, sigma, level, s, u, additive, n_s, n_u, gauge, start, scored, step, inputs, offset, scale,
    base, actual, observed, weight,
):  # fmt: skip
    n_windows, window = inputs.shape
    n_scored, horizon = offset.shape
    last = y.size - 1
    left = np.empty(n_windows + window - 1)
    _deseasonalise(y, level, s, u, additive, n_s, n_u, start - window + 1, left.size, left)
    for w in range(n_windows):
        t = min(start + w, last)
        now = _log_or_same(level[t], additive)
        per_unit = 1.0
        if additive:
            per_unit = 1.0 / (gauge * sigma[t]) if sigma[t] > 0.0 else 0.0
        for i in range(window):
            inputs[w, i] = (left[w + i] - now) * per_unit
    span = (n_scored - 1) * step
    ahead_s, ahead_u = np.zeros(span + min(n_s, horizon)), np.zeros(span + min(n_u, horizon))
    if n_s > 0:
        _known(s, additive, scored + 1, ahead_s.size, ahead_s)
    if n_u > 0:
        _known(u, additive, scored + 1, ahead_u.size, ahead_u)
    total = np.empty(horizon)
    for k in range(n_scored):
        t = min(scored + k * step, last)
        size = 0.0
        for h in range(horizon):
            total[h] = 0.0
            if n_s > 0:
                total[h] += ahead_s[k * step + h % n_s]
            if n_u > 0:
                total[h] += ahead_u[k * step + h % n_u]
            size = max(size, abs(total[h] + level[t]))
        unit = _origin_scale(gauge * sigma[t], level[t], additive, size)
        scale[k] = unit
        base[k] = level[t] / unit if additive else 0.0
        weight[k] = min(unit / sigma[t], MAX_MASE_WEIGHT) if sigma[t] > 0.0 else 0.0
        for h in range(horizon):
            offset[k, h] = total[h] / unit if additive else total[h]
            at = scored + k * step + 1 + h
            seen = at <= last and y[min(at, last)] == y[min(at, last)]
            observed[k, h] = seen
            value = y[at] if seen else level[min(start + n_windows - 1, last)]
            actual[k, h] = (value - level[t]) / unit if additive else value / unit


@jit_parallel
def cut_panel(  # type: ignore[no-untyped-def]
    values, sigma, indptr, level, s, u, additive, n_s, n_u, gauge, starts, scored, step,
    inputs, offset, scale, base, actual, observed, weight,
):  # fmt: skip
    """Cut every series of a batch; outputs as `esrnn.ops.windows.Frame` and `Targets` have them."""
    for b in prange(indptr.size - 1):
        i, j = indptr[b], indptr[b + 1]
        _cut_series(
            values[i:j], sigma[i:j], level[i:j],
            s[i + b * n_s : j + (b + 1) * n_s], u[i + b * n_u : j + (b + 1) * n_u],
            additive, n_s, n_u, gauge, starts[b], scored[b], step, inputs[:, b], offset[:, b],
            scale[:, b], base[:, b], actual[:, b], observed[:, b], weight[:, b],
        )  # fmt: skip


@jit
def _inputs_adjoint(  # type: ignore[no-untyped-def]
    y, sigma, level, s, u, additive, n_s, n_u, gauge, start, inputs_bar, level_bar, s_bar, u_bar
):
    n_windows, window = inputs_bar.shape
    last = y.size - 1
    left_bar = np.zeros(n_windows + window - 1)
    for w in range(n_windows):
        t = min(start + w, last)
        per_unit = 1.0
        if additive:
            per_unit = 1.0 / (gauge * sigma[t]) if sigma[t] > 0.0 else 0.0
        total = 0.0
        for i in range(window):
            left_bar[w + i] += inputs_bar[w, i] * per_unit
            total += inputs_bar[w, i]
        level_bar[t] -= total * per_unit / (1.0 if additive else level[t])
    for j in range(left_bar.size):
        t = min(max(start - window + 1 + j, 0), last)
        if y[t] != y[t]:
            level_bar[t] += left_bar[j] / (1.0 if additive else level[t])
            continue
        if n_s > 0:
            s_bar[t] -= left_bar[j] / (1.0 if additive else s[t])
        if n_u > 0:
            u_bar[t] -= left_bar[j] / (1.0 if additive else u[t])


@jit
def _ahead_adjoint(  # type: ignore[no-untyped-def]
    y, sigma, level, s, u, additive, n_s, n_u, scored, step, offset_bar, scale, scale_bar,
    base_bar, actual, actual_bar, weight_bar, level_bar, s_bar, u_bar,
):  # fmt: skip
    n_scored, horizon = offset_bar.shape
    last = y.size - 1
    for k in range(n_scored):
        t = min(scored + k * step, last)
        per_unit = 1.0 / scale[k] if additive else 1.0
        towards_level = 0.0
        for h in range(horizon):
            bar = offset_bar[k, h] * per_unit
            at = scored + k * step + 1
            if n_s > 0:
                place = min(at + h % n_s, s.size - 1)
                s_bar[place] += bar / (1.0 if additive else s[place])
            if n_u > 0:
                place = min(at + h % n_u, u.size - 1)
                u_bar[place] += bar / (1.0 if additive else u[place])
            towards_level -= actual_bar[k, h] * (1.0 if additive else actual[k, h])
        level_bar[t] += towards_level / scale[k]
        if additive:
            level_bar[t] += base_bar[k] / scale[k]
        else:
            level_bar[t] += scale_bar[k]
            if sigma[t] > 0.0 and scale[k] < MAX_MASE_WEIGHT * sigma[t]:
                level_bar[t] += weight_bar[k] / sigma[t]


@jit_parallel
def cut_panel_adjoint(  # type: ignore[no-untyped-def]
    values, sigma, indptr, level, s, u, additive, n_s, n_u, gauge, starts, scored, step,
    inputs_bar, offset_bar, scale, scale_bar, base_bar, actual, actual_bar, weight_bar,
    level_bar, s_bar, u_bar,
):  # fmt: skip
    """Add the adjoints of a batch's outputs to those of its levels and factors."""
    for b in prange(indptr.size - 1):
        i, j = indptr[b], indptr[b + 1]
        y, scales, levels = values[i:j], sigma[i:j], level[i:j]
        own_s, own_u = slice(i + b * n_s, j + (b + 1) * n_s), slice(i + b * n_u, j + (b + 1) * n_u)
        if inputs_bar.size > 0:
            _inputs_adjoint(
                y, scales, levels, s[own_s], u[own_u], additive, n_s, n_u, gauge, starts[b],
                inputs_bar[:, b], level_bar[i:j], s_bar[own_s], u_bar[own_u],
            )  # fmt: skip
        _ahead_adjoint(
            y, scales, levels, s[own_s], u[own_u], additive, n_s, n_u, scored[b], step,
            offset_bar[:, b], scale[:, b], scale_bar[:, b], base_bar[:, b], actual[:, b],
            actual_bar[:, b], weight_bar[:, b], level_bar[i:j], s_bar[own_s], u_bar[own_u],
        )  # fmt: skip
