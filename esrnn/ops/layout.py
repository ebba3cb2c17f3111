"""Where the windows of a batch lie: their origins, and the flat positions they are read from.

Indices only; `windows` reads the values and normalises them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from esrnn._typing import IntArray

__all__ = [
    "Layout",
    "OriginRange",
    "WindowIndex",
    "choose_first_origin",
    "forecast_range",
    "index_windows",
    "training_range",
]


@dataclass(frozen=True)
class Layout:
    """Lengths and steps of windows and origins, the same for every batch of a model.

    Attributes
    ----------
    input_window : int
        Length I of the window that the network sees at each origin.
    horizon : int
        Steps H ahead.
    periods : tuple of int
        Steps per season; none, one or two.
    first_origin : int
        Index of the first origin (shorter series start at their last observation).
    training_window : int, optional
        How many origins in a row the network runs through; by default all from the first on.
    origin_step : int
        Every how many origins of a training window one is scored in training.
    additive_scale : float
        Seasonal differences in the unit of additive series, so that their errors are about as
        large as the logarithms of multiplicative ones in the same panel.
    """

    input_window: int
    horizon: int
    periods: tuple[int, ...]
    first_origin: int
    training_window: int | None = None
    origin_step: int = 1
    additive_scale: float = 1.0

    def first_starts(self, lengths: IntArray) -> IntArray:
        """Return the earliest origin of each series.

        Parameters
        ----------
        lengths : ndarray of shape (B,), int64

        Returns
        -------
        ndarray of shape (B,), int64
        """
        return np.minimum(self.first_origin, lengths - 1)

    def last_starts(self, lengths: IntArray) -> IntArray:
        """Return where a training window that ends at each series' last observation starts.

        Parameters
        ----------
        lengths : ndarray of shape (B,), int64

        Returns
        -------
        ndarray of shape (B,), int64
        """
        first = self.first_starts(lengths)
        window = self.training_window
        return first if window is None else np.maximum(first, lengths - window)


class WindowIndex(NamedTuple):
    """Flat indices that a batch is read from.

    Attributes
    ----------
    inputs : Tensor of shape (B, W + I - 1), int64
        Into the values, from the first window's first step on.
    now : tuple of Tensor of shape (B, W + I - 1), int64
        Into each flat seasonality: the factors of the steps of `inputs`.
    origins : Tensor of shape (W, B), int64
        Into the values.
    scored : Tensor of shape (K, B), int64
        Scored origins as places along W.
    ahead : Tensor of shape (B, (K - 1) * step + H), int64
        Into the values, from the step after the first scored origin on; -1 beyond the end.
    factors : tuple of Tensor of shape (B, (K - 1) * step + min(S, H)), int64
        Into each flat seasonality, from the step after the first scored origin on.
    last : Tensor of shape (B,), int64
        Last origin of each series as a place along W; what comes after repeats it.
    step : int
        Origins from one scored origin to the next.
    """

    inputs: Tensor
    now: tuple[Tensor, ...]
    origins: Tensor
    scored: Tensor
    ahead: Tensor
    factors: tuple[Tensor, ...]
    last: Tensor
    step: int

    def to(self, device: torch.device) -> WindowIndex:
        """Return the same on another device."""
        return WindowIndex(
            self.inputs.to(device),
            tuple(now.to(device) for now in self.now),
            self.origins.to(device),
            self.scored.to(device),
            self.ahead.to(device),
            tuple(factors.to(device) for factors in self.factors),
            self.last.to(device),
            self.step,
        )


@dataclass(frozen=True)
class OriginRange:
    """Which origins of a batch the network runs through, and which are scored.

    Attributes
    ----------
    starts : ndarray of shape (B,), int64
        The first origin of each series.
    scored : ndarray of shape (B,), int64
        The first scored origin of each series.
    n_windows, n_scored : int
        W and K.
    """

    starts: IntArray
    scored: IntArray
    n_windows: int
    n_scored: int

    def some(self, which: IntArray) -> OriginRange:
        """Return the same of some series, as they are in the whole batch.

        Parameters
        ----------
        which : ndarray of shape (k,), int64
            Places in the batch.

        Returns
        -------
        OriginRange
        """
        return replace(self, starts=self.starts[which], scored=self.scored[which])


def training_range(
    lengths: IntArray, layout: Layout, starts: IntArray, phase: int = 0
) -> OriginRange:
    """Return a training window of each series, every few of its origins scored.

    Parameters
    ----------
    lengths : ndarray of shape (B,), int64
    layout : Layout
    starts : ndarray of shape (B,), int64
        The first origin of each series.
    phase : int, default 0
        The first scored origin as a place along W; less than `layout.origin_step`.

    Returns
    -------
    OriginRange
    """
    n_windows = _n_windows(lengths, layout, starts)
    phase = min(phase, n_windows - 1)
    n_scored = -(-(n_windows - phase) // layout.origin_step)
    return OriginRange(starts, starts + phase, n_windows, n_scored)


def forecast_range(lengths: IntArray, layout: Layout) -> OriginRange:
    """Return the training window that ends with each series, its last origin scored.

    Parameters
    ----------
    lengths : ndarray of shape (B,), int64
    layout : Layout

    Returns
    -------
    OriginRange
    """
    starts = layout.last_starts(lengths)
    return OriginRange(starts, lengths - 1, _n_windows(lengths, layout, starts), 1)


def _n_windows(lengths: IntArray, layout: Layout, starts: IntArray) -> int:
    longest = int((lengths - starts).max())
    return longest if layout.training_window is None else min(longest, layout.training_window)


def index_windows(indptr: IntArray, layout: Layout, origin_range: OriginRange) -> WindowIndex:
    """Return the flat indices that a batch is read from.

    Parameters
    ----------
    indptr : ndarray of shape (B + 1,), int64
    layout : Layout
    origin_range : OriginRange

    Returns
    -------
    WindowIndex
    """
    lengths = np.diff(indptr)
    first, last = indptr[:-1, None], lengths[:, None] - 1
    series = np.arange(lengths.size)[:, None]
    starts, scored, n_windows = origin_range.starts, origin_range.scored, origin_range.n_windows
    reach = (origin_range.n_scored - 1) * layout.origin_step

    def steps(since: IntArray, begin: int, end: int) -> IntArray:
        """Return steps of each series relative to some step of each, (B, end - begin)."""
        out: IntArray = np.arange(begin, end) + since[:, None]
        return out

    inputs = np.clip(steps(starts, 1 - layout.input_window, n_windows), 0, last) + first
    origins = np.minimum(steps(starts, 0, n_windows), last) + first
    ahead = steps(scored, 1, reach + layout.horizon + 1)
    factors, now = [], []
    for period in layout.periods:
        known = steps(scored, 1, reach + min(period, layout.horizon) + 1)
        known = np.minimum(known, last + period) + first + period * series
        factors.append(torch.from_numpy(known))
        now.append(torch.from_numpy(inputs + period * series))
    at = (scored - starts) + layout.origin_step * np.arange(origin_range.n_scored)[:, None]
    return WindowIndex(
        torch.from_numpy(inputs),
        tuple(now),
        torch.from_numpy(np.ascontiguousarray(origins.T)),
        torch.from_numpy(at),
        torch.from_numpy(np.where(ahead <= last, ahead + first, -1)),
        tuple(factors),
        torch.from_numpy(np.minimum(last[:, 0] - starts, n_windows - 1)),
        layout.origin_step,
    )


def choose_first_origin(lengths: IntArray, input_window: int) -> int:
    """Return the first origin: a full window, or less where a tenth of the series is short.

    Parameters
    ----------
    lengths : ndarray of shape (N,), int64
    input_window : int

    Returns
    -------
    int
        At most half of the lengths' first decile goes into the first window.

    Examples
    --------
    >>> (
    ...     choose_first_origin(np.array([700, 960]), 168),
    ...     choose_first_origin(np.array([10, 12]), 12),
    ... )
    (167, 4)
    """
    short = int(np.quantile(lengths, 0.1))
    return max(min(input_window, short // 2) - 1, 0)
