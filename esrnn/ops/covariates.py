"""Covariates of a batch, laid out along the same windows and origins as its values.

The steps that a batch's windows cover and the horizon after its last origin are consecutive steps
of each series, so that what the network makes of a step's covariates is computed once for each
step. `Features` then cuts it into windows and horizons. Of the steps after an origin only the
future covariates are read.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from esrnn._typing import BoolArray
from esrnn.ops.layout import Layout, OriginRange
from esrnn.smoothing import PreparedPanel

__all__ = ["Features", "make_features"]


class Features(NamedTuple):
    """A batch's covariates as the network sees them, over L = W + I - 1 + H steps.

    Attributes
    ----------
    static : Tensor of shape (B, S), float32
        Static covariates.
    future : Tensor of shape (B, L, C), float32
        From the first window's first step to the horizon after the last origin. Steps before a
        series' start repeat its first one, steps beyond the last known one repeat that.
    observed : Tensor of shape (B, W + I - 1), float32
        0 where the level replaces a missing value in the windows, else 1.
    alive : Tensor of shape (W, B, 1), float32, or None
        0 at origins up to which an additive series was constant, whose windows are all 0; else 1.
        None for a multiplicative batch.
    input_window, horizon : int
    """

    static: Tensor
    future: Tensor
    observed: Tensor
    alive: Tensor | None
    input_window: int
    horizon: int

    def to(self, device: torch.device) -> Features:
        """Return the same on another device."""
        return Features(
            self.static.to(device),
            self.future.to(device),
            self.observed.to(device),
            None if self.alive is None else self.alive.to(device),
            self.input_window,
            self.horizon,
        )

    def in_windows(self, effect: Tensor) -> Tensor:
        """Cut an effect of each step into windows, without those steps that hold no observation.

        Parameters
        ----------
        effect : Tensor of shape (B, L)

        Returns
        -------
        Tensor of shape (W, B, I)
        """
        seen = effect[:, : self.observed.shape[1]] * self.observed
        windows = seen.unfold(1, self.input_window, 1).transpose(0, 1)
        return windows if self.alive is None else windows * self.alive

    def at_origins(self) -> Tensor:
        """Return the future covariates at each origin, (W, B, C)."""
        n_windows = self.future.shape[1] - self.input_window - self.horizon + 1
        first = self.input_window - 1
        return self.future[:, first : first + n_windows].transpose(0, 1)

    def ahead(self, steps: Tensor, scored: Tensor | None = None) -> Tensor:
        """Cut out what comes after each origin.

        Parameters
        ----------
        steps : Tensor of shape (B, L) or (B, L, C)
        scored : Tensor of shape (K, B), int64, optional
            Origins as places along W; by default all of them.

        Returns
        -------
        Tensor of shape (K, B, H) or (K, B, C, H)
        """
        windows = steps[:, self.input_window :].unfold(1, self.horizon, 1)
        if scored is None:
            return windows.transpose(0, 1)
        return windows[torch.arange(scored.shape[1], device=scored.device), scored]


def make_features(batch: PreparedPanel, layout: Layout, origin_range: OriginRange) -> Features:
    """Gather the covariates of a batch's windows and horizons.

    Parameters
    ----------
    batch : PreparedPanel
        With covariates.
    layout : Layout
    origin_range : OriginRange

    Returns
    -------
    Features
        On the CPU.
    """
    covariates = batch.covariates
    if covariates is None:
        raise TypeError("the batch has no covariates")
    lengths, window = np.diff(batch.indptr), layout.input_window
    starts, n_windows = origin_range.starts, origin_range.n_windows
    steps = starts[:, None] + np.arange(1 - window, n_windows + layout.horizon)
    ends = np.diff(covariates.indptr)[:, None]
    future = covariates.future[covariates.indptr[:-1, None] + np.clip(steps, 0, ends - 1)]
    n_seen = n_windows + window - 1
    seen = np.clip(steps[:, :n_seen], 0, lengths[:, None] - 1) + batch.indptr[:-1, None]
    alive = None
    if batch.is_additive:  # the causal scale at each origin
        alive = _as_float(batch.causal[seen[:, window - 1 :].T] > 0.0)[..., None]
    return Features(
        torch.from_numpy(np.array(covariates.static)),
        torch.from_numpy(future),
        _as_float(~np.isnan(batch.values[seen])),
        alive,
        window,
        layout.horizon,
    )


def _as_float(mask: BoolArray) -> Tensor:
    return torch.from_numpy(mask.astype(np.float32))
