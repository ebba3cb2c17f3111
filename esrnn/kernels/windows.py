"""Cutting a batch of smoothed series into normalised windows and targets, and the way back.

The formulas are those of `esrnn.ops.windows`, which has them as torch operations, for GPUs and as
this kernel's reference. Here a batch takes one pass over its numbers instead of some hundred calls.
Times are a series' own steps; a window that begins before a series reads its first value again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from esrnn._typing import BoolArray, Float32Array, FloatArray, IntArray
from esrnn.kernels.jit import jit

__all__ = ["MAX_MASE_WEIGHT", "Cut", "SmoothedBatch", "cut_panel", "cut_panel_adjoint"]

# A series that has hardly moved yet would otherwise weigh more than all others together.
MAX_MASE_WEIGHT = 200.0


class SmoothedBatch(NamedTuple):
    """Smoothed series of one form, flat, as the kernels read them.

    Attributes
    ----------
    values, causal : ndarray of shape (n_obs,), float64
        Observations, and the causal scale of their errors (`esrnn.kernels.scales`).
    indptr : ndarray of shape (B + 1,), int64
    level : ndarray of shape (n_obs,), float64
    s, u : ndarray of shape (n_obs + B * S,), float64
        First and second seasonality; empty where there is none.
    n_s, n_u : int
        Steps per season; 0 for no seasonality.
    additive : bool
    """

    values: FloatArray
    causal: FloatArray
    indptr: IntArray
    level: FloatArray
    s: FloatArray
    u: FloatArray
    n_s: int
    n_u: int
    additive: bool


class Cut(NamedTuple):
    """Windows and targets of a batch, or the adjoints of these.

    Attributes
    ----------
    inputs : ndarray of shape (W, B, I), float32
    offset : ndarray of shape (K, B, H), float32
    scale, base : ndarray of shape (K, B), float64
    actual : ndarray of shape (K, B, H), float32
    observed : ndarray of shape (K, B, H), bool
        Has no adjoint: empty there.
    weight : ndarray of shape (K, B), float64
        As `esrnn.ops.windows.Windows` and `Targets` have them.
    """

    inputs: Float32Array
    offset: Float32Array
    scale: FloatArray
    base: FloatArray
    actual: Float32Array
    observed: BoolArray
    weight: FloatArray


@jit
def _log_or_same(x, additive):  # type: ignore[no-untyped-def]
    return x if additive else np.log(x)


@jit
def _deseasonalise(one, first, size, out):  # type: ignore[no-untyped-def]
    """Write what is left of each step without its seasonality, the level where y is missing."""
    y, additive = one.values, one.additive
    last = y.size - 1
    for j in range(size):
        t = min(max(first + j, 0), last)
        if y[t] != y[t]:
            out[j] = _log_or_same(one.level[t], additive)
            continue
        value = _log_or_same(y[t], additive)
        if one.n_s > 0:
            value -= _log_or_same(one.s[t], additive)
        if one.n_u > 0:
            value -= _log_or_same(one.u[t], additive)
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
def _one_series(batch, b):  # type: ignore[no-untyped-def]
    """Return series b of a batch, as a batch of its own whose `indptr` is not to be read."""
    i, j, n_s, n_u = batch.indptr[b], batch.indptr[b + 1], batch.n_s, batch.n_u
    return SmoothedBatch(
        batch.values[i:j],
        batch.causal[i:j],
        batch.indptr,
        batch.level[i:j],
        batch.s[i + b * n_s : j + (b + 1) * n_s],
        batch.u[i + b * n_u : j + (b + 1) * n_u],
        n_s,
        n_u,
        batch.additive,
    )


@jit
def _cut_inputs(one, additive_scale, start, inputs):  # type: ignore[no-untyped-def]
    """Write the normalised windows of one series."""
    n_windows, window = inputs.shape
    last = one.values.size - 1
    left = np.empty(n_windows + window - 1)
    _deseasonalise(one, start - window + 1, left.size, left)
    for w in range(n_windows):
        t = min(start + w, last)
        now = _log_or_same(one.level[t], one.additive)
        per_unit = 1.0
        if one.additive:
            per_unit = 1.0 / (additive_scale * one.causal[t]) if one.causal[t] > 0.0 else 0.0
        for i in range(window):
            inputs[w, i] = (left[w + i] - now) * per_unit


@jit
def _cut_targets(one, additive_scale, until, scored, step, b, out):  # type: ignore[no-untyped-def]
    """Write what comes after each scored origin of one series; `until` is its last origin."""
    y, level, additive, n_s, n_u = one.values, one.level, one.additive, one.n_s, one.n_u
    n_scored, _, horizon = out.offset.shape
    last = y.size - 1
    span = (n_scored - 1) * step
    ahead_s, ahead_u = np.zeros(span + min(n_s, horizon)), np.zeros(span + min(n_u, horizon))
    if n_s > 0:
        _known(one.s, additive, scored + 1, ahead_s.size, ahead_s)
    if n_u > 0:
        _known(one.u, additive, scored + 1, ahead_u.size, ahead_u)
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
        sigma = one.causal[t]
        unit = _origin_scale(additive_scale * sigma, level[t], additive, size)
        out.scale[k, b] = unit
        out.base[k, b] = level[t] / unit if additive else 0.0
        out.weight[k, b] = min(unit / sigma, MAX_MASE_WEIGHT) if sigma > 0.0 else 0.0
        for h in range(horizon):
            out.offset[k, b, h] = total[h] / unit if additive else total[h]
            at = scored + k * step + 1 + h
            seen = at <= last and y[min(at, last)] == y[min(at, last)]
            out.observed[k, b, h] = seen
            value = y[at] if seen else level[min(until, last)]
            out.actual[k, b, h] = (value - level[t]) / unit if additive else value / unit


@jit
def cut_panel(batch, additive_scale, starts, scored, step, out):  # type: ignore[no-untyped-def]
    """Cut every series of a `SmoothedBatch` into windows and targets, a `Cut` (`out`).

    `starts` and `scored`, int64 of shape (B,), are the first origin and the first scored origin of
    each series; every `step`-th origin from there on is scored.
    """
    for b in range(batch.indptr.size - 1):
        one = _one_series(batch, b)
        _cut_inputs(one, additive_scale, starts[b], out.inputs[:, b])
        until = starts[b] + out.inputs.shape[0] - 1
        _cut_targets(one, additive_scale, until, scored[b], step, b, out)


@jit
def _inputs_adjoint(one, additive_scale, start, inputs_bar, level_bar, s_bar, u_bar):  # type: ignore[no-untyped-def]
    level, s, u, additive = one.level, one.s, one.u, one.additive
    n_windows, window = inputs_bar.shape
    last = one.values.size - 1
    left_bar = np.zeros(n_windows + window - 1)
    for w in range(n_windows):
        t = min(start + w, last)
        per_unit = 1.0
        if additive:
            per_unit = 1.0 / (additive_scale * one.causal[t]) if one.causal[t] > 0.0 else 0.0
        total = 0.0
        for i in range(window):
            left_bar[w + i] += inputs_bar[w, i] * per_unit
            total += inputs_bar[w, i]
        level_bar[t] -= total * per_unit / (1.0 if additive else level[t])
    for j in range(left_bar.size):
        t = min(max(start - window + 1 + j, 0), last)
        if one.values[t] != one.values[t]:
            level_bar[t] += left_bar[j] / (1.0 if additive else level[t])
            continue
        if one.n_s > 0:
            s_bar[t] -= left_bar[j] / (1.0 if additive else s[t])
        if one.n_u > 0:
            u_bar[t] -= left_bar[j] / (1.0 if additive else u[t])


@jit
def _targets_adjoint(one, grid, b, out, out_bar, level_bar, s_bar, u_bar):  # type: ignore[no-untyped-def]
    s, u, additive, n_s, n_u = one.s, one.u, one.additive, one.n_s, one.n_u
    scored, step = grid
    n_scored, _, horizon = out_bar.offset.shape
    last = one.values.size - 1
    for k in range(n_scored):
        t, scale = min(scored + k * step, last), out.scale[k, b]
        per_unit = 1.0 / scale if additive else 1.0
        towards_level = 0.0
        for h in range(horizon):
            bar = out_bar.offset[k, b, h] * per_unit
            at = scored + k * step + 1
            if n_s > 0:
                place = min(at + h % n_s, s.size - 1)
                s_bar[place] += bar / (1.0 if additive else s[place])
            if n_u > 0:
                place = min(at + h % n_u, u.size - 1)
                u_bar[place] += bar / (1.0 if additive else u[place])
            towards_level -= out_bar.actual[k, b, h] * (1.0 if additive else out.actual[k, b, h])
        level_bar[t] += towards_level / scale
        if additive:
            level_bar[t] += out_bar.base[k, b] / scale
        else:
            level_bar[t] += out_bar.scale[k, b]
            if one.causal[t] > 0.0 and scale < MAX_MASE_WEIGHT * one.causal[t]:
                level_bar[t] += out_bar.weight[k, b] / one.causal[t]


@jit
def cut_panel_adjoint(batch, additive_scale, starts, scored, step, out, out_bar, back):  # type: ignore[no-untyped-def]
    """Add the adjoints of a batch's outputs to `back`, those of its level, s and u.

    As for `cut_panel`; of `out`, the scale and the actual values are read. `out_bar` is a `Cut`
    whose inputs may be empty, where they have no adjoint.
    """
    level_bar, s_bar, u_bar = back
    for b in range(batch.indptr.size - 1):
        one = _one_series(batch, b)
        i, j = batch.indptr[b], batch.indptr[b + 1]
        own_level = level_bar[i:j]
        own_s = s_bar[i + b * batch.n_s : j + (b + 1) * batch.n_s]
        own_u = u_bar[i + b * batch.n_u : j + (b + 1) * batch.n_u]
        if out_bar.inputs.size > 0:
            _inputs_adjoint(
                one, additive_scale, starts[b], out_bar.inputs[:, b], own_level, own_s, own_u
            )
        _targets_adjoint(one, (scored[b], step), b, out, out_bar, own_level, own_s, own_u)
