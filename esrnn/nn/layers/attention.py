"""What layers with attention share: heads, positions, the feed-forward part."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn

from esrnn.errors import InputError
from esrnn.nn.layers.initial import draw_as_torch

__all__ = ["FeedForward", "choose_heads", "draw_parts", "positions", "split_heads"]

_USUAL_HEADS = 4
_LONGEST_WAVE = 10_000.0


def choose_heads(hidden_size: int, heads: int | None) -> int:
    """Return the number of heads, of which each has as many units.

    Parameters
    ----------
    hidden_size : int
    heads : int or None
        None for 4, or 2 or 1 where 4 does not divide the number of units.

    Returns
    -------
    int

    Raises
    ------
    InputError
        If it does not divide the number of units.

    Examples
    --------
    >>> choose_heads(40, None), choose_heads(6, None), choose_heads(6, 3)
    (4, 2, 3)
    """
    if heads is None:
        return math.gcd(hidden_size, _USUAL_HEADS)
    if hidden_size % heads:
        raise InputError(
            f"heads must divide hidden_size={hidden_size}; got {heads}. Choose one of"
            f" {[n for n in range(1, hidden_size + 1) if hidden_size % n == 0]}, or another"
            " hidden_size."
        )
    return heads


def split_heads(x: Tensor, heads: int) -> Tensor:
    """Return (T, B, n) as (B, heads, T, n / heads)."""
    return x.reshape(*x.shape[:2], heads, -1).permute(1, 2, 0, 3)


def positions(n_steps: int, n_units: int, like: Tensor) -> Tensor:
    """Return sines and cosines of the number of a step (Vaswani et al. 2017, section 3.5).

    Parameters
    ----------
    n_steps, n_units : int
    like : Tensor
        Gives the type and the device.

    Returns
    -------
    Tensor of shape (n_steps, n_units)
    """
    n_waves = -(-n_units // 2)
    frequencies = _LONGEST_WAVE ** (-torch.arange(n_waves, dtype=torch.float64) / n_waves)
    angles = torch.arange(n_steps, dtype=torch.float64)[:, None] * frequencies
    waves = torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)[:, :n_units]
    return waves.to(dtype=like.dtype, device=like.device)


def draw_parts(module: nn.Module, generator: Generator | None) -> None:
    """Draw the weights of all linear maps in a module as torch does; gains of norms are 1."""
    for part in module.modules():
        if isinstance(part, nn.Linear):
            draw_as_torch(part, generator)
        elif isinstance(part, nn.LayerNorm):
            nn.init.ones_(part.weight)
            nn.init.zeros_(part.bias)


class FeedForward(nn.Sequential):
    """Two linear maps with a rectifier in between, at each step by itself.

    Parameters
    ----------
    size : int
    expansion : int
        Units in between for each of the `size`.

    Notes
    -----
    With k = expansion it has H (2 k H + k + 1) weights.
    """

    def __init__(self, size: int, expansion: int) -> None:
        super().__init__(
            nn.Linear(size, expansion * size), nn.ReLU(), nn.Linear(expansion * size, size)
        )
