"""Columns: series of several batches side by side, smoothed and cut into windows, on any device.

A GPU smooths each column by a thread of its own and cuts it by one thread for each number that is
written. So most functions here are what one thread does. `esrnn.kernels.gpu.columns` runs them so,
and the kernels of all columns below run them in a loop, for the CPU. The formulas are those of
`esrnn.kernels.windows`, which are faster on a CPU but take batches of one form only.

Column c is series c of the batches: B series of each of M members. Its observations are
``values[first[c]:first[c] + length[c]]``, its levels begin at ``start[c]`` of `level`, and its
factors, S more than observations, at ``start[c] + c * S``. What the network sees and gives is laid
out by member: (M, W, B, I) and (M, K, B, H).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from esrnn.kernels.jit import jit
from esrnn.kernels.smoothing import smooth_series, smooth_series_adjoint
from esrnn.kernels.windows import MAX_MASE_WEIGHT

__all__ = [
    "adjoint_columns",
    "adjoint_of_origins",
    "adjoint_of_steps",
    "adjoint_of_targets",
    "cut_columns",
    "cut_input",
    "cut_target",
    "smooth_column",
    "smooth_column_adjoint",
    "smooth_columns",
    "smooth_columns_adjoint",
]


@jit
def smooth_column(  # type: ignore[no-untyped-def]
    c, values, first, length, start, coefficients, additive, n_s, n_u, level, s, u
):
    """Smooth one column, whose initial factors are in place."""
    a, n, at = first[c], length[c], start[c]
    s_at, u_at = at + c * n_s, at + c * n_u
    smooth_series(
        values[a : a + n], coefficients[c], additive[c], level[at : at + n],
        s[s_at : s_at + n + n_s], u[u_at : u_at + n + n_u], n_s, n_u,
    )  # fmt: skip


@jit
def smooth_column_adjoint(  # type: ignore[no-untyped-def]
    c, values, first, length, start, coefficients, additive, n_s, n_u, level, s, u, level_bar,
    s_bar, u_bar, coefficients_bar,
):  # fmt: skip
    """Turn the adjoints of a column's levels and factors into those of its parameters.

    `s_bar` and `u_bar` are changed: a column's first season holds the adjoints of the initial
    factors at the end.
    """
    a, n, at = first[c], length[c], start[c]
    s_at, u_at = at + c * n_s, at + c * n_u
    smooth_series_adjoint(
        values[a : a + n], coefficients[c], additive[c], level[at : at + n],
        s[s_at : s_at + n + n_s], u[u_at : u_at + n + n_u], n_s, n_u, level_bar[at : at + n],
        s_bar[s_at : s_at + n + n_s], u_bar[u_at : u_at + n + n_u], coefficients_bar[c],
    )  # fmt: skip


@jit
def smooth_columns(  # type: ignore[no-untyped-def]
    values, first, length, start, coefficients, additive, n_s, n_u, level, s, u
):
    """Smooth all columns, on the CPU."""
    for c in range(length.size):
        smooth_column(
            c, values, first, length, start, coefficients, additive, n_s, n_u, level, s, u
        )


@jit
def smooth_columns_adjoint(  # type: ignore[no-untyped-def]
    values, first, length, start, coefficients, additive, n_s, n_u, level, s, u, level_bar, s_bar,
    u_bar, coefficients_bar,
):  # fmt: skip
    """Turn the adjoints of all columns, on the CPU."""
    for c in range(length.size):
        smooth_column_adjoint(
            c, values, first, length, start, coefficients, additive, n_s, n_u, level, s, u,
            level_bar, s_bar, u_bar, coefficients_bar,
        )  # fmt: skip


@jit
def _form(x, additive):  # type: ignore[no-untyped-def]
    return x if additive else math.log(x)


@jit
def _per_unit(sigma, additive, additive_scale):  # type: ignore[no-untyped-def]
    """Return what inputs are multiplied by; 0 where an additive series was constant so far."""
    if not additive:
        return 1.0
    return 1.0 / (additive_scale * sigma) if sigma > 0.0 else 0.0


@jit
def cut_input(  # type: ignore[no-untyped-def]
    thread, values, causal, first, length, start, additive, level, s, u, n_s, n_u, additive_scale,
    begins, inputs,
):  # fmt: skip
    """Write one number of the windows; `begins` is the first origin of each column."""
    _, n_windows, n_batch, window = inputs.shape
    i, rest = thread % window, thread // window
    b, rest = rest % n_batch, rest // n_batch
    w, m = rest % n_windows, rest // n_windows
    c = m * n_batch + b
    last, form, at = length[c] - 1, additive[c], start[c]
    now = min(begins[c] + w, last)
    t = min(max(begins[c] + w - window + 1 + i, 0), last)
    y = values[first[c] + t]
    if y != y:
        left = _form(level[at + t], form)
    else:
        left = _form(y, form)
        if n_s > 0:
            left -= _form(s[at + c * n_s + t], form)
        if n_u > 0:
            left -= _form(u[at + c * n_u + t], form)
    per_unit = _per_unit(causal[first[c] + now], form, additive_scale)
    inputs[m, w, b, i] = (left - _form(level[at + now], form)) * per_unit


@jit
def _season(factors, at, size, t, horizon_step, period, form):  # type: ignore[no-untyped-def]
    """Return what a seasonality adds to a step ahead, by factors that are known at the origin."""
    return _form(factors[at + min(t + horizon_step % period, size - 1)], form)


@jit
def cut_target(  # type: ignore[no-untyped-def]
    thread, values, causal, first, length, start, additive, level, s, u, n_s, n_u, additive_scale,
    begins, scored, step, n_windows, offset, actual, observed, scale, base, weight, gain,
):  # fmt: skip
    """Write what comes at one step after a scored origin, and once for each origin its units.

    `scored` is the first scored origin of each column, every `step`-th from there on is scored.
    Those beyond the column's `n_windows` origins count as unobserved.
    """
    _, n_scored, n_batch, horizon = offset.shape
    h, rest = thread % horizon, thread // horizon
    b, rest = rest % n_batch, rest // n_batch
    k, m = rest % n_scored, rest // n_scored
    c = m * n_batch + b
    last, form, at = length[c] - 1, additive[c], start[c]
    s_at, u_at = at + c * n_s, at + c * n_u
    origin = scored[c] + k * step
    t = min(origin, last)
    now = level[at + t]
    sigma = causal[first[c] + t]
    total, size = 0.0, 0.0
    unit = now
    if form:
        unit = additive_scale * sigma
        if not sigma > 0.0:  # the largest of the forecasts of a series that was constant so far
            for j in range(horizon):
                ahead = now
                if n_s > 0:
                    ahead += _season(s, s_at, length[c] + n_s, origin + 1, j, n_s, form)
                if n_u > 0:
                    ahead += _season(u, u_at, length[c] + n_u, origin + 1, j, n_u, form)
                size = max(size, abs(ahead))
            unit = size if size > 0.0 else 1.0
    if n_s > 0:
        total += _season(s, s_at, length[c] + n_s, origin + 1, h, n_s, form)
    if n_u > 0:
        total += _season(u, u_at, length[c] + n_u, origin + 1, h, n_u, form)
    offset[m, k, b, h] = total / unit if form else total
    ahead = origin + 1 + h
    seen = ahead <= last and origin < begins[c] + n_windows
    value = values[first[c] + min(ahead, last)]
    seen = seen and value == value
    observed[m, k, b, h] = seen
    if not seen:
        value = level[at + min(begins[c] + n_windows - 1, last)]
    actual[m, k, b, h] = (value - now) / unit if form else value / unit
    if h == 0:
        scale[m, k, b] = unit
        base[m, k, b] = now / unit if form else 0.0
        weight[m, k, b] = min(unit / sigma, MAX_MASE_WEIGHT) if sigma > 0.0 else 0.0
        gain[m, k, b] = 0.0 if form and not sigma > 0.0 else 1.0


# The adjoints of `cut_input` and `cut_target` add to places that several threads share. So how they
# add, `add(array, place, value)`, comes from the device, as does the compiler's decorator.


def adjoint_of_steps(add: Any, compiled: Callable[..., Any]) -> Any:
    """Compile the adjoint of each step that windows cover, (M, B, W + I - 1) threads."""

    def of_step(  # type: ignore[no-untyped-def]
        thread, values, causal, first, length, start, additive, level, s, u, n_s, n_u,
        additive_scale, begins, inputs_bar, level_bar, s_bar, u_bar,
    ):  # fmt: skip
        _, n_windows, n_batch, window = inputs_bar.shape
        span = n_windows + window - 1
        j, rest = thread % span, thread // span
        b, m = rest % n_batch, rest // n_batch
        c = m * n_batch + b
        last, form, at = length[c] - 1, additive[c], start[c]
        left_bar = 0.0
        for w in range(max(0, j - window + 1), min(n_windows, j + 1)):
            now = min(begins[c] + w, last)
            per_unit = _per_unit(causal[first[c] + now], form, additive_scale)
            left_bar += inputs_bar[m, w, b, j - w] * per_unit
        t = min(max(begins[c] - window + 1 + j, 0), last)
        y = values[first[c] + t]
        if y != y:
            add(level_bar, at + t, left_bar / (1.0 if form else level[at + t]))
            return
        if n_s > 0:
            place = at + c * n_s + t
            add(s_bar, place, -left_bar / (1.0 if form else s[place]))
        if n_u > 0:
            place = at + c * n_u + t
            add(u_bar, place, -left_bar / (1.0 if form else u[place]))

    return compiled(of_step)


def adjoint_of_origins(add: Any, compiled: Callable[..., Any]) -> Any:
    """Compile the adjoint of each origin of the windows, (M, W, B) threads."""

    def of_origin(  # type: ignore[no-untyped-def]
        thread, causal, first, length, start, additive, level, additive_scale, begins, inputs_bar,
        level_bar,
    ):  # fmt: skip
        _, n_windows, n_batch, window = inputs_bar.shape
        b, rest = thread % n_batch, thread // n_batch
        w, m = rest % n_windows, rest // n_windows
        c = m * n_batch + b
        form, now = additive[c], min(begins[c] + w, length[c] - 1)
        total = 0.0
        for i in range(window):
            total += inputs_bar[m, w, b, i]
        per_unit = _per_unit(causal[first[c] + now], form, additive_scale)
        place = start[c] + now
        add(level_bar, place, -total * per_unit / (1.0 if form else level[place]))

    return compiled(of_origin)


def adjoint_of_targets(add: Any, compiled: Callable[..., Any]) -> Any:
    """Compile the adjoint of each step ahead of each scored origin, (M, K, B, H) threads."""

    def of_target(  # type: ignore[no-untyped-def]
        thread, causal, first, length, start, additive, s, u, n_s, n_u, scored, step, actual,
        scale, offset_bar, actual_bar, base_bar, weight_bar, level_bar, s_bar, u_bar,
    ):  # fmt: skip
        _, n_scored, n_batch, horizon = offset_bar.shape
        h, rest = thread % horizon, thread // horizon
        b, rest = rest % n_batch, rest // n_batch
        k, m = rest % n_scored, rest // n_scored
        c = m * n_batch + b
        last, form, at = length[c] - 1, additive[c], start[c]
        origin = scored[c] + k * step
        t, unit = min(origin, last), scale[m, k, b]
        bar = offset_bar[m, k, b, h] * (1.0 / unit if form else 1.0)
        if n_s > 0:
            place = at + c * n_s + min(origin + 1 + h % n_s, length[c] + n_s - 1)
            add(s_bar, place, bar / (1.0 if form else s[place]))
        if n_u > 0:
            place = at + c * n_u + min(origin + 1 + h % n_u, length[c] + n_u - 1)
            add(u_bar, place, bar / (1.0 if form else u[place]))
        towards = -actual_bar[m, k, b, h] * (1.0 if form else actual[m, k, b, h]) / unit
        if h == 0:
            sigma = causal[first[c] + t]
            if form:
                towards += base_bar[m, k, b] / unit
            elif sigma > 0.0 and unit < MAX_MASE_WEIGHT * sigma:
                towards += weight_bar[m, k, b] / sigma
        add(level_bar, at + t, towards)

    return compiled(of_target)


@jit
def _add(array, place, value):  # type: ignore[no-untyped-def]
    array[place] += value


_of_step = adjoint_of_steps(_add, jit)
_of_origin = adjoint_of_origins(_add, jit)
_of_target = adjoint_of_targets(_add, jit)


@jit
def cut_columns(  # type: ignore[no-untyped-def]
    values, causal, first, length, start, additive, level, s, u, n_s, n_u, additive_scale, begins,
    scored, step, n_windows, inputs, offset, actual, observed, scale, base, weight, gain,
):  # fmt: skip
    """Cut all columns into windows and targets, on the CPU."""
    for thread in range(inputs.size):
        cut_input(
            thread, values, causal, first, length, start, additive, level, s, u, n_s, n_u,
            additive_scale, begins, inputs,
        )  # fmt: skip
    for thread in range(offset.size):
        cut_target(
            thread, values, causal, first, length, start, additive, level, s, u, n_s, n_u,
            additive_scale, begins, scored, step, n_windows, offset, actual, observed, scale, base,
            weight, gain,
        )  # fmt: skip


@jit
def adjoint_columns(  # type: ignore[no-untyped-def]
    values, causal, first, length, start, additive, level, s, u, n_s, n_u, additive_scale, begins,
    scored, step, actual, scale, inputs_bar, offset_bar, actual_bar, base_bar, weight_bar,
    level_bar, s_bar, u_bar,
):  # fmt: skip
    """Add the adjoints of all windows and targets to those of levels and factors, on the CPU."""
    n_members, n_windows, n_batch, window = inputs_bar.shape
    for thread in range(n_members * n_batch * (n_windows + window - 1)):
        _of_step(
            thread, values, causal, first, length, start, additive, level, s, u, n_s, n_u,
            additive_scale, begins, inputs_bar, level_bar, s_bar, u_bar,
        )  # fmt: skip
    for thread in range(n_members * n_windows * n_batch):
        _of_origin(
            thread, causal, first, length, start, additive, level, additive_scale, begins,
            inputs_bar, level_bar,
        )  # fmt: skip
    for thread in range(offset_bar.size):
        _of_target(
            thread, causal, first, length, start, additive, s, u, n_s, n_u, scored, step, actual,
            scale, offset_bar, actual_bar, base_bar, weight_bar, level_bar, s_bar, u_bar,
        )  # fmt: skip
