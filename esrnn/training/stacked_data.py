"""The data of several members where they train: uploaded once, gathered there step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from esrnn.ops.columns import (
    ColumnOrigins,
    Columns,
    ColumnWindows,
    cut_columns,
    initial_places,
    smooth_columns,
)
from esrnn.ops.layout import Layout
from esrnn.smoothing import PreparedPanel
from esrnn.training.problem import TrainingProblem

__all__ = ["ResidentData"]


@dataclass(frozen=True)
class ResidentData:
    """Series on a device, and where the columns of M members' batches are written.

    Attributes
    ----------
    values, causal : Tensor of shape (n_obs,), float64
    first : Tensor of shape (N,), int64
    lengths : Tensor of shape (M, N), int64
        What each member trains on: it holds back the rest.
    additive : Tensor of shape (N,), bool
    unit : Tensor of shape (N,), float64
    is_mixed : bool
        Whether any series is additive.
    start : Tensor of shape (C,), int64
    initial : tuple of Tensor
        As `esrnn.ops.columns.Columns` has them.
    size : int
    """

    values: Tensor
    causal: Tensor
    first: Tensor
    lengths: Tensor
    additive: Tensor
    unit: Tensor
    is_mixed: bool
    start: Tensor
    initial: tuple[Tensor, ...]
    size: int

    @classmethod
    def of(
        cls,
        problems: Sequence[TrainingProblem],
        layout: Layout,
        batch_size: int,
        device: torch.device,
    ) -> ResidentData:
        """Upload the series of some members.

        Parameters
        ----------
        problems : sequence of TrainingProblem
            Of one panel in the same forms.
        layout : Layout
        batch_size : int
        device : torch.device

        Returns
        -------
        ResidentData
        """
        job = problems[0].job
        data = PreparedPanel.of(job.panel, job.fit, job.config.smoothing.lag)
        lengths = np.stack([problem.data.lengths for problem in problems])
        longest, n = int(lengths.max()), len(problems) * batch_size
        start = longest * torch.arange(n, device=device)

        def there(array: np.ndarray) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(array)).to(device)

        return cls(
            there(data.values), there(data.causal), there(data.indptr[:-1]), there(lengths),
            there(data.additive), there(data.unit), bool(data.additive.any()), start,
            tuple(initial_places(start, period) for period in layout.periods), longest * n,
        )  # fmt: skip

    def columns(self, series: Tensor) -> Columns:
        """Return the columns of the members' batches, (M, B)."""
        return Columns(
            self.values, self.causal, self.first[series].view(-1),
            self.lengths.gather(1, series).view(-1), self.start, self.additive[series].view(-1),
            self.initial, self.size,
        )  # fmt: skip

    def windows(
        self,
        rows: Tensor,
        series: Tensor,
        origins: ColumnOrigins,
        layout: Layout,
    ) -> ColumnWindows:
        """Smooth the members' batches and cut them into windows and targets.

        Parameters
        ----------
        rows : Tensor of shape (C, 3 + S + S2), float64
            Their per-series parameters (`esrnn.kernels.parameters`).
        series : Tensor of shape (M, B), int64
        origins : ColumnOrigins
        layout : Layout

        Returns
        -------
        ColumnWindows
        """
        columns = self.columns(series)
        n_s = layout.periods[0] if layout.periods else 0
        factors = rows[:, 3:]
        if self.is_mixed:
            is_sum = columns.additive[:, None]
            products = torch.where(is_sum, 0.0, factors).exp()
            factors = torch.where(is_sum, factors * self.unit[series].view(-1, 1), products)
        else:
            factors = factors.exp()
        parameters = rows[:, :3].sigmoid(), factors[:, :n_s], factors[:, n_s:]
        smoothed = smooth_columns(*parameters, columns)
        windows = cut_columns(smoothed, columns, layout, origins)
        return windows if self.is_mixed else windows._replace(additive=None, base=None)
