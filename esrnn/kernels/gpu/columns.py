# mypy: disable-error-code="attr-defined"
"""Columns cut into windows and targets on a GPU: `esrnn.kernels.columns`, a thread a number."""

from __future__ import annotations

from numba import cuda

from esrnn.kernels import columns
from esrnn.kernels.gpu.launching import compiled_for_gpu, kernel

__all__ = [
    "inputs",
    "of_origins",
    "of_steps",
    "of_targets",
    "targets",
]


@compiled_for_gpu
def _add(array, place, value):  # type: ignore[no-untyped-def]
    cuda.atomic.add(array, place, value)


_of_step = columns.adjoint_of_steps(_add, compiled_for_gpu)
_of_origin = columns.adjoint_of_origins(_add, compiled_for_gpu)
_of_target = columns.adjoint_of_targets(_add, compiled_for_gpu)


@kernel
def inputs(  # type: ignore[no-untyped-def]
    values, causal, first, length, start, additive, level, s, u, n_s, n_u, additive_scale, begins,
    inputs,
):  # fmt: skip
    """Write all windows."""
    thread = cuda.grid(1)
    if thread < inputs.size:
        columns.cut_input(
            thread, values, causal, first, length, start, additive, level, s, u, n_s, n_u,
            additive_scale, begins, inputs,
        )  # fmt: skip


@kernel
def targets(  # type: ignore[no-untyped-def]
    values, causal, first, length, start, additive, level, s, u, n_s, n_u, additive_scale, begins,
    scored, step, n_windows, offset, actual, observed, scale, base, weight, gain,
):  # fmt: skip
    """Write what comes after all scored origins."""
    thread = cuda.grid(1)
    if thread < offset.size:
        columns.cut_target(
            thread, values, causal, first, length, start, additive, level, s, u, n_s, n_u,
            additive_scale, begins, scored, step, n_windows, offset, actual, observed, scale, base,
            weight, gain,
        )  # fmt: skip


@kernel
def of_steps(  # type: ignore[no-untyped-def]
    values, causal, first, length, start, additive, level, s, u, n_s, n_u, additive_scale, begins,
    inputs_bar, level_bar, s_bar, u_bar,
):  # fmt: skip
    """Add the adjoints of the windows' steps."""
    thread = cuda.grid(1)
    n_members, n_windows, n_batch, window = inputs_bar.shape
    if thread < n_members * n_batch * (n_windows + window - 1):
        _of_step(
            thread, values, causal, first, length, start, additive, level, s, u, n_s, n_u,
            additive_scale, begins, inputs_bar, level_bar, s_bar, u_bar,
        )  # fmt: skip


@kernel
def of_origins(  # type: ignore[no-untyped-def]
    causal, first, length, start, additive, level, additive_scale, begins, inputs_bar, level_bar
):
    """Add the adjoints of the windows' origins."""
    thread = cuda.grid(1)
    n_members, n_windows, n_batch, _ = inputs_bar.shape
    if thread < n_members * n_windows * n_batch:
        _of_origin(
            thread, causal, first, length, start, additive, level, additive_scale, begins,
            inputs_bar, level_bar,
        )  # fmt: skip


@kernel
def of_targets(  # type: ignore[no-untyped-def]
    causal, first, length, start, additive, s, u, n_s, n_u, scored, step, actual, scale,
    offset_bar, actual_bar, base_bar, weight_bar, level_bar, s_bar, u_bar,
):  # fmt: skip
    """Add the adjoints of what comes after the scored origins."""
    thread = cuda.grid(1)
    if thread < offset_bar.size:
        _of_target(
            thread, causal, first, length, start, additive, s, u, n_s, n_u, scored, step, actual,
            scale, offset_bar, actual_bar, base_bar, weight_bar, level_bar, s_bar, u_bar,
        )  # fmt: skip
