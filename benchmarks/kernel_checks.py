"""The gate: kernels are timed only after they have been found right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.kernel_baselines import Lanes, Padded
from benchmarks.made_up_panels import FloatArray, SmoothingTask
from esrnn.kernels import smoothing as kernel
from esrnn.kernels.reference import smooth_reference

__all__ = ["GateError", "check_kernels", "random_bars", "require_close"]

_SAMPLE = 6


class GateError(RuntimeError):
    """What was to be timed gives wrong results."""


def require_close(what: str, got: FloatArray, expected: FloatArray, tolerance: float) -> None:
    """Compare two arrays.

    Parameters
    ----------
    what : str
    got, expected : ndarray
    tolerance : float
        Largest difference allowed, over the largest magnitude expected.

    Raises
    ------
    GateError
        If the shapes or the values differ, or a value is not finite.
    """
    if got.shape != expected.shape:
        raise GateError(f"{what}: shape {got.shape}, expected {expected.shape}")
    if not expected.size:
        return
    difference = np.abs(got - expected).max() / max(np.abs(expected).max(), 1e-300)
    if not difference <= tolerance:  # catches NaN
        raise GateError(f"{what}: off by {difference:.3g} of its size, at most {tolerance:g}")


def random_bars(
    outputs: tuple[FloatArray, ...], seed: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Draw adjoints for the outputs of `smooth`."""
    rng = np.random.default_rng(seed)
    level, s, u = (rng.normal(size=out.size) for out in outputs)
    return level, s, u


def check_kernels(task: SmoothingTask, seed: int) -> None:
    """Hold the kernels to the reference, and their adjoint to torch's autograd, on a sample.

    Parameters
    ----------
    task : SmoothingTask
    seed : int

    Raises
    ------
    GateError
        If they disagree.
    """
    sample = task.head(_SAMPLE)
    for part in (sample, _mixed(sample, seed)):
        _check_forward(part)
    padded = Padded.of(sample)
    smoothed = kernel.smooth(*sample.arguments())
    names = ("level", "seasonality", "second seasonality")
    for name, got, expected in zip(names, padded.flat(padded.forward()), smoothed, strict=True):
        require_close(f"{task.name}: torch loop's {name}", got, expected, 1e-10)
    bars = random_bars(smoothed, seed)
    adjoints = kernel.smooth_adjoint(*sample.arguments()[:3], sample.additive, smoothed, bars)
    autograd = padded.forward_backward(padded.bars(bars))
    names = ("coefficients", "initial factors", "second initial factors")
    for name, got, tensor in zip(names, adjoints, autograd, strict=True):
        require_close(f"{task.name}: adjoint of {name}", got, tensor.numpy(), 1e-9)
    if all(task.periods):
        lanes = Lanes(sample)
        lanes.run()
        require_close(f"{task.name}: lanes' level", lanes.level(), smoothed[0], 1e-10)


def _check_forward(task: SmoothingTask) -> None:
    outputs = kernel.smooth(*task.arguments())
    starts = [kernel.factor_starts(task.indptr, p) for p in (0, *task.periods)]
    for i in range(task.lengths.size):
        expected = smooth_reference(
            task.values[task.indptr[i] : task.indptr[i + 1]].tolist(),
            task.coefficients[i].tolist(),
            task.seasonality_init[i].tolist(),
            task.seasonality2_init[i].tolist(),
            additive=bool(task.additive[i]),
        )
        for flat, start, want in zip(outputs, starts, expected, strict=True):
            got = flat[start[i] : start[i + 1]] if flat.size else flat
            require_close(f"{task.name}: kernel, series {i}", got, np.array(want), 1e-12)


def _mixed(task: SmoothingTask, seed: int) -> SmoothingTask:
    """Make every second series additive and take out a tenth of the values."""
    rng = np.random.default_rng(seed)
    values = task.values.copy()
    missing = rng.random(values.size) < 0.1
    missing[task.indptr[:-1]] = False
    values[missing] = np.nan
    return replace(task, values=values, additive=np.arange(task.lengths.size) % 2 == 1)
