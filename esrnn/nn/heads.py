"""From hidden states to quantile forecasts."""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import elu

from esrnn.nn.layers.initial import draw_as_torch
from esrnn.nn.linear import Linear
from esrnn.ops.quantile_head_cpu import run_quantile_head

__all__ = ["QuantileHead"]

_INITIAL_SPACING = -3.0  # elu(-3) + 1 = 0.05: quantiles start close to the middle one


class QuantileHead(nn.Module):
    """Linear quantiles that cannot cross: the middle one, and positive distances outwards from it.

    Parameters
    ----------
    hidden_size, horizon : int
    n_quantiles : int
        Odd; the middle one is the point forecast.

    Examples
    --------
    >>> import torch
    >>> low, middle, high = QuantileHead(5, horizon=4, n_quantiles=3)(torch.zeros(7, 2, 5))
    >>> middle.shape, bool((low < middle).all()), bool((middle < high).all())
    (torch.Size([7, 2, 4]), True, True)
    """

    def __init__(self, hidden_size: int, horizon: int, n_quantiles: int) -> None:
        super().__init__()
        self.linears = nn.ModuleList([Linear(hidden_size, horizon) for _ in range(n_quantiles)])
        self.draw()

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        weight: Tensor = self.linears[0].weight  # type: ignore[assignment]
        return weight.device

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights (`esrnn.nn.layers.layer.Layer.draw`)."""
        linears = [linear for linear in self.linears if isinstance(linear, nn.Linear)]
        for linear in linears:  # replaced below, but what is drawn next depends on it
            draw_as_torch(linear, generator)
        for k, linear in enumerate(linears):
            nn.init.xavier_uniform_(linear.weight, generator=generator)
            nn.init.constant_(linear.bias, 0.0 if k == len(linears) // 2 else _INITIAL_SPACING)

    def start_from_zero(self) -> None:
        """Set all weights to 0, so that forecasts begin as if all hidden states were 0."""
        for linear in self.linears:
            nn.init.zeros_(linear.get_parameter("weight"))

    def start_from(self, spacing: Tensor) -> None:
        """Set the biases so that the quantiles begin these distances apart.

        Parameters
        ----------
        spacing : Tensor of shape (n_quantiles, horizon)
            Distance of each quantile from its neighbour towards the middle, greater than 0; the
            middle one's is not read.
        """
        inverse = torch.where(spacing < 1.0, spacing.clamp(min=1e-6).log(), spacing - 1.0)
        middle = len(self.linears) // 2
        with torch.no_grad():
            for k, linear in enumerate(self.linears):
                if k != middle:
                    linear.get_parameter("bias").copy_(inverse[k])

    def forward(self, hidden: Tensor, effect: Tensor | None = None) -> tuple[Tensor, ...]:
        """Map (W, B, hidden_size) to one (W, B, horizon) for each quantile, lowest first.

        An effect, of shape (W, B, horizon), is added to all of them.
        """
        if hidden.device.type == "cpu" and torch.is_grad_enabled():
            parameters = [getattr(own, name) for own in self.linears for name in ("weight", "bias")]
            return run_quantile_head(hidden, parameters, effect)
        return self.by_maps(hidden, effect)

    def by_maps(self, hidden: Tensor, effect: Tensor | None = None) -> tuple[Tensor, ...]:
        """Do the same quantile by quantile, by torch operations.

        Parameters
        ----------
        hidden, effect
            As for `forward`.

        Returns
        -------
        tuple of Tensor of shape (W, B, horizon)
        """
        parts = [linear(hidden) for linear in self.linears]
        middle = len(parts) // 2
        if effect is not None:
            parts[middle] = parts[middle] + effect
        for k in range(middle + 1, len(parts)):
            parts[k] = parts[k - 1] + _positive(parts[k])
        for k in range(middle - 1, -1, -1):
            parts[k] = parts[k + 1] - _positive(parts[k])
        return tuple(part.to(hidden.dtype) for part in parts)


def _positive(x: Tensor) -> Tensor:
    """Map smoothly to [0, inf), exp(x) below 0 and 1 + x above."""
    return elu(x) + 1.0
