"""A linear map whose results do not depend on what else is in the batch."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

__all__ = ["Linear", "in_full_precision"]


def in_full_precision(x: Tensor) -> Tensor:
    """Return x in float64 where no gradient is recorded, else as it is.

    A matrix product adds up in an order that depends on the size of the batch, so that the last
    bits of a float32 do. After a product in float64 is rounded to float32, they don't.

    Parameters
    ----------
    x : Tensor

    Returns
    -------
    Tensor of the same shape
    """
    return x if torch.is_grad_enabled() else x.double()


class Linear(nn.Linear):
    """A linear map that is computed in float64 where no gradient is recorded.

    What it returns then is float64 too, to be rounded by the caller.

    Examples
    --------
    >>> with torch.no_grad():
    ...     Linear(3, 2)(torch.ones(4, 3)).dtype
    torch.float64
    """

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., in_features) to (..., out_features)."""
        if torch.is_grad_enabled():
            return super().forward(x)
        bias: Tensor | None = self.bias  # its type says that there always is one
        return linear(x.double(), self.weight.double(), None if bias is None else bias.double())
