"""What the kernels are measured against: a plain torch loop, series in SIMD lanes, a copy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from benchmarks.made_up_panels import FloatArray, SmoothingTask
from esrnn.kernels.jit import jit
from esrnn.kernels.threads import over_series

__all__ = ["Lanes", "Padded", "parallel_copy", "smooth_loop"]

_BLOCK = 100_000  # numbers that are worth a thread


def smooth_loop(
    y: Tensor, coefficients: Tensor, seasonality_init: Tensor, seasonality2_init: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Smooth a padded multiplicative batch by a Python loop over time, in torch's operations.

    Parameters
    ----------
    y : Tensor of shape (T, B)
        No missing values; right-padded with anything positive.
    coefficients : Tensor of shape (B, 3)
    seasonality_init, seasonality2_init : Tensor of shape (B, S) and (B, S2)

    Returns
    -------
    level, seasonality, seasonality2 : Tensor of shape (T, B), (T + S, B), (T + S2, B)
        Empty without that seasonality.

    Examples
    --------
    >>> none = torch.empty(1, 0)
    >>> smooth_loop(torch.tensor([[4.0], [8.0]]), torch.tensor([[0.5, 0.0, 0.0]]), none, none)[
    ...     0
    ... ]
    tensor([[4.],
            [6.]])
    """
    alpha, beta, gamma = coefficients.unbind(1)
    keep_level, keep_s, keep_u = 1.0 - alpha, 1.0 - beta, 1.0 - gamma
    s, u = list(seasonality_init.unbind(1)), list(seasonality2_init.unbind(1))
    now = y[0]
    for factors in (s, u):
        if factors:
            now = now / factors[0]
            factors.append(factors[0])
    level = [now]
    for t, y_t in enumerate(y[1:].unbind(), start=1):
        if u:
            now = alpha * (y_t / (s[t] * u[t])) + keep_level * now
            s.append(beta * (y_t / (now * u[t])) + keep_s * s[t])
            u.append(gamma * (y_t / (now * s[t])) + keep_u * u[t])
        elif s:
            now = alpha * (y_t / s[t]) + keep_level * now
            s.append(beta * (y_t / now) + keep_s * s[t])
        else:
            now = alpha * y_t + keep_level * now
        level.append(now)
    return torch.stack(level), _stack(s, y), _stack(u, y)


def _stack(factors: list[Tensor], y: Tensor) -> Tensor:
    return torch.stack(factors) if factors else y.new_empty((0, y.shape[1]))


@dataclass(frozen=True)
class Padded:
    """A task as `smooth_loop` takes it.

    Attributes
    ----------
    task : SmoothingTask
    y : Tensor of shape (T, B)
    parameters : tuple of Tensor
        Coefficients and initial factors, requiring gradients.
    """

    task: SmoothingTask
    y: Tensor
    parameters: tuple[Tensor, Tensor, Tensor]

    @classmethod
    def of(cls, task: SmoothingTask) -> Padded:
        """Pad a task."""
        coefficients, s, u = (
            torch.from_numpy(p.copy()).requires_grad_()
            for p in (task.coefficients, task.seasonality_init, task.seasonality2_init)
        )
        return cls(task, _pad(task, task.values, 0, 1.0), (coefficients, s, u))

    def bars(self, flat: tuple[FloatArray, FloatArray, FloatArray]) -> list[Tensor]:
        """Pad adjoints of flat outputs, with zeros."""
        periods = (0, *self.task.periods)
        return [_pad(self.task, f, p, 0.0) for f, p in zip(flat, periods, strict=True)]

    def flat(self, outputs: tuple[Tensor, Tensor, Tensor]) -> list[FloatArray]:
        """Drop the padding of `smooth_loop`'s outputs."""
        periods = (0, *self.task.periods)
        return [
            out.detach().numpy().T[_inside(self.task, p)] if out.numel() else np.empty(0)
            for out, p in zip(outputs, periods, strict=True)
        ]

    def forward(self) -> tuple[Tensor, Tensor, Tensor]:
        """Smooth without a graph."""
        with torch.no_grad():
            return smooth_loop(self.y, *self.parameters)

    def forward_backward(self, bars: list[Tensor]) -> tuple[Tensor, ...]:
        """Smooth, and go back by autograd; None stands as zeros."""
        outputs = smooth_loop(self.y, *self.parameters)
        used = [k for k, out in enumerate(outputs) if out.numel()]
        return torch.autograd.grad(
            [outputs[k] for k in used], self.parameters, [bars[k] for k in used],
            allow_unused=True, materialize_grads=True,
        )  # fmt: skip


def _inside(task: SmoothingTask, period: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    size = int(task.lengths.max()) + period
    inside: np.ndarray[tuple[int, int], np.dtype[np.bool_]] = (
        np.arange(size) < (task.lengths + period)[:, None]
    )
    return inside


def _pad(task: SmoothingTask, flat: FloatArray, period: int, fill: float) -> Tensor:
    """Turn a flat array of values or of a seasonality's factors into (T + period, B)."""
    inside = _inside(task, period)
    padded = np.full(inside.shape, fill)
    if flat.size:
        padded[inside] = flat
    return torch.from_numpy(np.ascontiguousarray(padded.T))


@jit
def smooth_lanes(first, end, y, coefficients, level, s, u, n_s, n_u):  # type: ignore[no-untyped-def]  # noqa: PLR0913
    """Smooth groups of series, (G, T, L): the innermost loop is over L series."""
    for g in range(first, end):
        alpha, beta, gamma = coefficients[g, 0], coefficients[g, 1], coefficients[g, 2]
        s[g, n_s], u[g, n_u] = s[g, 0], u[g, 0]
        level[g, 0] = y[g, 0] / (s[g, 0] * u[g, 0])
        for t in range(1, y.shape[1]):
            y_t, s_t, u_t, before = y[g, t], s[g, t], u[g, t], level[g, t - 1]
            now, s_next, u_next = level[g, t], s[g, t + n_s], u[g, t + n_u]
            for k in range(y.shape[2]):
                missing = y_t[k] != y_t[k]
                new = alpha[k] * (y_t[k] / (s_t[k] * u_t[k])) + (1.0 - alpha[k]) * before[k]
                s_new = beta[k] * (y_t[k] / (new * u_t[k])) + (1.0 - beta[k]) * s_t[k]
                u_new = gamma[k] * (y_t[k] / (new * s_t[k])) + (1.0 - gamma[k]) * u_t[k]
                now[k] = before[k] if missing else new
                s_next[k] = s_t[k] if missing else s_new
                u_next[k] = u_t[k] if missing else u_new


def parallel_copy(source: FloatArray, target: FloatArray) -> None:
    """Copy an array, by as many threads as kernels may use."""
    blocks = np.append(np.arange(0, source.size, _BLOCK), source.size)

    def copy(first: int, end: int) -> None:
        part = slice(blocks[first], blocks[end])
        np.copyto(target[part], source[part])

    over_series(blocks, copy, _BLOCK)


class Lanes:
    """The series of a task with two seasonalities, laid out for SIMD across series.

    Groups of `width` series lie side by side, step by step, padded to the longest: what a kernel
    would have to be given that vectorises across series. Laying them out is not timed.

    Parameters
    ----------
    task : SmoothingTask
    width : int
        Series in a group.
    """

    def __init__(self, task: SmoothingTask, width: int = 16) -> None:
        self.task, self.width = task, width
        n_s, n_u = task.periods
        y = self._grouped(_pad(task, task.values, 0, 1.0).numpy())
        groups, n_steps, _ = y.shape
        s, u = (np.ones((groups, n_steps + n, width)) for n in (n_s, n_u))
        s[:, :n_s] = self._grouped(task.seasonality_init.T)
        u[:, :n_u] = self._grouped(task.seasonality2_init.T)
        level = np.empty_like(y)
        self._arguments = (y, self._grouped(task.coefficients.T), level, s, u, n_s, n_u)

    def _grouped(self, wide: FloatArray) -> FloatArray:
        """Turn (T, B) into (G, T, L), the last group filled up with ones."""
        n_steps, n_series = wide.shape
        groups = -(-n_series // self.width)
        filled = np.ones((n_steps, groups * self.width))
        filled[:, :n_series] = wide
        parts = filled.reshape(n_steps, groups, self.width).transpose(1, 0, 2)
        return np.ascontiguousarray(parts)

    def run(self) -> None:
        """Smooth all series."""
        n_groups, n_steps, width = self._arguments[0].shape
        starts = n_steps * width * np.arange(n_groups + 1)
        over_series(starts, lambda a, b: smooth_lanes(a, b, *self._arguments), _BLOCK)

    def level(self) -> FloatArray:
        """Return the levels, flat, as `smooth` does."""
        level = self._arguments[2].transpose(0, 2, 1).reshape(-1, self._arguments[2].shape[1])
        flat: FloatArray = level[: self.task.lengths.size][_inside(self.task, 0)]
        return flat
