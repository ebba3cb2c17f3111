"""Rows of free parameters as smoothing coefficients and factors, with torch's gradients.

The same as `esrnn.kernels.parameters` does with numbers; tests hold the two equal.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["natural_parameters"]


def natural_parameters(
    rows: Tensor, unit: Tensor, additive: bool, periods: tuple[int, ...]
) -> tuple[Tensor, Tensor, Tensor]:
    """Turn rows of free parameters into coefficients and initial factors.

    Parameters
    ----------
    rows : Tensor of shape (B, 3 + S + S2)
        Logits of the coefficients, then initial factors (see `esrnn.kernels.parameters`).
    unit : Tensor of shape (B,)
    additive : bool
        One form for the whole batch.
    periods : tuple of int
        Steps per season; none, one or two.

    Returns
    -------
    coefficients, seasonality_init, seasonality2_init : Tensor
        As `smooth` takes them.
    """
    n_s = periods[0] if periods else 0
    factors = rows[:, 3:] * unit[:, None] if additive else rows[:, 3:].exp()
    return _sigmoid(rows[:, :3]), factors[:, :n_s], factors[:, n_s:]


def _sigmoid(x: Tensor) -> Tensor:
    """Return 1 / (1 + exp(-x)), where no gradient is recorded with bits that depend on x alone.

    Those of torch's own depend on the place of x in its tensor.
    """
    return x.sigmoid() if torch.is_grad_enabled() else 1.0 / (1.0 + (-x).exp())
