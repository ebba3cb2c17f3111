# mypy: disable-error-code="attr-defined"
"""The smoothing recursion and its adjoint on a GPU: a warp for each series, a lane for each step.

Steps are those of `esrnn.kernels.recursion`. One after another they would wait for the card's
memory and for divisions. But within a season no step reads a factor that another one writes, so all
steps of a season, 32 at most, are made at once, but for what they hand on: the level, and on the
way back its adjoint. That is linear, and goes from lane to lane in a loop of two operations.
"""

from __future__ import annotations

from numba import cuda, float64

from esrnn.kernels import recursion
from esrnn.kernels.gpu.launching import compiled_for_gpu, kernel

__all__ = ["LANES", "smooth_columns", "smooth_columns_adjoint"]

LANES = 32

_initial_level = compiled_for_gpu(recursion.initial_level)
_step = compiled_for_gpu(recursion.smoothing_step)
_step_adjoint = compiled_for_gpu(recursion.smoothing_step_adjoint)


@compiled_for_gpu
def _at_once(n_s, n_u):  # type: ignore[no-untyped-def]
    """Return how many steps are made at once."""
    n = LANES
    if n_s > 0:
        n = min(n, n_s)
    if n_u > 0:
        n = min(n, n_u)
    return n


@compiled_for_gpu
def _total(numbers):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(LANES):
        total += numbers[k]
    return total


@compiled_for_gpu
def _add_first(factors, bars, at, period, form, slope, first_bar):  # type: ignore[no-untyped-def]
    """Add what the first level and the factor a season later make of the first factor."""
    if period > 0:
        bars[at] += bars[at + period] - first_bar * (slope if form else slope / factors[at])


@kernel
def smooth_columns(  # type: ignore[no-untyped-def]
    values, first, length, start, coefficients, additive, n_s, n_u, level, s, u
):
    """Smooth all columns, whose initial factors are in place; one block of `LANES` for each."""
    c, lane = cuda.blockIdx.x, cuda.threadIdx.x
    if c >= length.size:
        return
    bare = cuda.shared.array(LANES, float64)  # observations without their seasonality
    y_at, n, at = first[c], length[c], start[c]
    s_at, u_at = at + c * n_s, at + c * n_u
    alpha, beta, gamma = coefficients[c, 0], coefficients[c, 1], coefficients[c, 2]
    form, size = additive[c], _at_once(n_s, n_u)
    neutral = 0.0 if form else 1.0
    s_0 = s[s_at] if n_s > 0 else neutral
    u_0 = u[u_at] if n_u > 0 else neutral
    now = _initial_level(values[y_at], s_0, u_0, form)
    if lane == 0:
        level[at] = now
        if n_s > 0:
            s[s_at + n_s] = s_0
        if n_u > 0:
            u[u_at + n_u] = u_0
    cuda.syncthreads()
    for begin in range(1, n, size):
        t = begin + lane
        y, s_t, u_t, before = 0.0, neutral, neutral, now
        is_own = lane < size and t < n
        if is_own:
            y = values[y_at + t]
            if n_s > 0:
                s_t = s[s_at + t]
            if n_u > 0:
                u_t = u[u_at + t]
            bare[lane] = _initial_level(y, s_t, u_t, form)
        cuda.syncthreads()
        for k in range(min(size, n - begin)):
            if k == lane:
                before = now
            now, _, _ = _step(bare[k], now, 0.0, 0.0, alpha, 0.0, 0.0, True)
        if is_own:
            own, s_next, u_next = _step(y, before, s_t, u_t, alpha, beta, gamma, form)
            level[at + t] = own
            if n_s > 0:
                s[s_at + t + n_s] = s_next
            if n_u > 0:
                u[u_at + t + n_u] = u_next
        cuda.syncthreads()


@kernel
def smooth_columns_adjoint(  # type: ignore[no-untyped-def]
    values, first, length, start, coefficients, additive, n_s, n_u, level, s, u, level_bar, s_bar,
    u_bar, coefficients_bar,
):  # fmt: skip
    """Turn the adjoints of all columns' levels and factors into those of their parameters.

    As `esrnn.kernels.smoothing.smooth_series_adjoint`; one block of `LANES` for each column.
    """
    c, lane = cuda.blockIdx.x, cuda.threadIdx.x
    if c >= length.size:
        return
    handed = cuda.shared.array(LANES, float64)  # what a step hands on of its own
    passed = cuda.shared.array(LANES, float64)  # and of what it is handed, a share
    sums = cuda.shared.array((3, LANES), float64)
    y_at, n, at = first[c], length[c], start[c]
    s_at, u_at = at + c * n_s, at + c * n_u
    alpha, beta, gamma = coefficients[c, 0], coefficients[c, 1], coefficients[c, 2]
    beta, gamma = beta if n_s > 0 else 0.0, gamma if n_u > 0 else 0.0
    form, size = additive[c], _at_once(n_s, n_u)
    neutral = 0.0 if form else 1.0
    alpha_bar, beta_bar, gamma_bar, carried = 0.0, 0.0, 0.0, 0.0
    n_rounds = (n - 1 + size - 1) // size
    for back in range(n_rounds):
        begin = 1 + (n_rounds - 1 - back) * size
        t = begin + lane
        y, before, own, s_t, u_t, later = 0.0, 0.0, 0.0, neutral, neutral, 0.0
        own_bar, s_next_bar, u_next_bar = 0.0, 0.0, 0.0
        is_own = lane < size and t < n
        if is_own:
            y, before, own = values[y_at + t], level[at + t - 1], level[at + t]
            own_bar = level_bar[at + t]
            if n_s > 0:
                s_t, s_next_bar = s[s_at + t], s_bar[s_at + t + n_s]
            if n_u > 0:
                u_t, u_next_bar = u[u_at + t], u_bar[u_at + t + n_u]
            alone, _, _, _, _, _ = _step_adjoint(
                y, before, own, s_t, u_t, alpha, beta, gamma, form, own_bar, s_next_bar, u_next_bar
            )
            handed[lane] = alone
            passed[lane] = 1.0 if y != y else 1.0 - alpha
        cuda.syncthreads()
        for k in range(min(size, n - begin) - 1, -1, -1):
            if k == lane:
                later = carried
            carried = handed[k] + passed[k] * carried
        if is_own:
            _, s_t_bar, u_t_bar, a_bar, b_bar, g_bar = _step_adjoint(
                y, before, own, s_t, u_t, alpha, beta, gamma, form, own_bar + later, s_next_bar,
                u_next_bar,
            )  # fmt: skip
            alpha_bar += a_bar
            if n_s > 0:
                s_bar[s_at + t] += s_t_bar
                beta_bar += b_bar
            if n_u > 0:
                u_bar[u_at + t] += u_t_bar
                gamma_bar += g_bar
        cuda.syncthreads()
    sums[0, lane], sums[1, lane], sums[2, lane] = alpha_bar, beta_bar, gamma_bar
    cuda.syncthreads()
    if lane < 3:
        coefficients_bar[c, lane] = _total(sums[lane])
    if lane == 0:
        first_bar = level_bar[at] + carried
        slope = 1.0 if form else level[at]
        _add_first(s, s_bar, s_at, n_s, form, slope, first_bar)
        _add_first(u, u_bar, u_at, n_u, form, slope, first_bar)
