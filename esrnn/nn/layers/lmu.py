"""Legendre memory unit."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import pad

from esrnn._typing import FloatArray
from esrnn.config.cells import LMUOptions
from esrnn.nn.layers.attention import draw_parts
from esrnn.nn.layers.layer import Layer, draw_mask

__all__ = ["LMU", "legendre_system", "run_system"]

_CHUNK = 32


class LMU(Layer):
    r"""Legendre memory unit in its parallel form (Voelker et al. 2019, Chilkuri et al. 2021).

    .. math::

        u = U x + b_u, \quad m \leftarrow \bar A m + \bar B u, \quad h = \tanh(M m + W x + b)

    The memory m of each of the signals u holds the last `theta` steps of it as coefficients of
    Legendre polynomials. :math:`\bar A, \bar B` are not learnt: they follow from `order` and
    `theta` (`legendre_system`). The original also feeds h and m back into u and h, so that it has
    to run step by step; the parallel form leaves that out.

    Parameters
    ----------
    input_size, hidden_size : int
    options : LMUOptions, optional

    References
    ----------
    A. R. Voelker, I. Kajić, C. Eliasmith (2019), Legendre memory units: continuous-time
    representation in recurrent neural networks, NeurIPS; N. R. Chilkuri, C. Eliasmith (2021),
    Parallelizing Legendre memory unit training, ICML, arXiv:2102.11417.

    Notes
    -----
    p (I + 1) + H (p q + I + 1) weights for p memories of order q. They start as torch's linear
    maps. The recurrence is linear and always the same, so that it runs as a convolution within
    chunks of 32 steps, and from chunk to chunk by a power of :math:`\bar A`. Recurrent dropout
    drops parts of the memory.

    Examples
    --------
    >>> LMU(3, 5)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    is_bounded = True

    def __init__(
        self, input_size: int, hidden_size: int, options: LMUOptions | None = None
    ) -> None:
        super().__init__()
        options = options or LMUOptions()
        self.order, self.theta = options.order, options.theta
        self.recurrent_dropout = options.recurrent_dropout
        self.signals = nn.Linear(input_size, options.n_memories)
        self.out = nn.Linear(options.n_memories * options.order + input_size, hidden_size)
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights."""
        draw_parts(self, generator)

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Run over (T, B, input_size); return (T, B, hidden_size)."""
        memory = run_system(self.signals(x), self.order, self.theta).flatten(2)
        mask = draw_mask(x, memory.shape[2], self.recurrent_dropout, generator)
        memory = memory if mask is None else memory * mask
        out: Tensor = self.out(torch.cat([memory, x], dim=2))
        return out.tanh()


def legendre_system(order: int, theta: float) -> tuple[FloatArray, FloatArray]:
    r"""Return the matrices that take a Legendre memory one step further.

    Parameters
    ----------
    order : int
        q, the number of polynomials.
    theta : float
        Steps that are held.

    Returns
    -------
    A : ndarray of shape (q, q)
    B : ndarray of shape (q,)

    Notes
    -----
    The continuous system is :math:`\theta \dot m = A m + B u` with
    :math:`A_{ij} = (2 i + 1) \{-1 \text{ if } i < j, \text{ else } (-1)^{i - j + 1}\}` and
    :math:`B_i = (2 i + 1) (-1)^i` (Voelker et al. 2019, eq. 2). It is discretised for an input that
    is constant within each step.

    Examples
    --------
    >>> A, B = legendre_system(2, theta=10.0)
    >>> A.round(3).tolist(), B.round(3).tolist()
    ([[0.892, -0.082], [0.245, 0.729]], [0.108, -0.245])
    """
    i = np.arange(order)
    lower = np.where((i[:, None] - i[None, :]) % 2 == 0, -1.0, 1.0)
    a = np.where(i[:, None] < i[None, :], -1.0, lower) * (2.0 * i + 1.0)[:, None] / theta
    b = (2.0 * i + 1.0) * np.where(i % 2 == 0, 1.0, -1.0) / theta
    whole = np.zeros((order + 1, order + 1))
    whole[:order, :order], whole[:order, order] = a, b
    step: FloatArray = torch.linalg.matrix_exp(torch.from_numpy(whole)).numpy()
    return step[:order, :order], step[:order, order]


class _Chunks(NamedTuple):
    """What runs a system over n steps at once.

    Attributes
    ----------
    response : ndarray of shape (n, q, n)
        Of the memory at each step to the input at each.
    carry : ndarray of shape (n, q, q)
        To the memory before the chunk.
    """

    response: FloatArray
    carry: FloatArray


@lru_cache(maxsize=64)
def _chunk_system(order: int, theta: float, n: int) -> _Chunks:
    """Return the matrices for chunks of n steps."""
    a, b = legendre_system(order, theta)
    powers = [np.eye(order)]
    for _ in range(n):
        powers.append(a @ powers[-1])
    impulse = np.stack([power @ b for power in powers[:n]])
    response = np.zeros((n, order, n))
    for s in range(n):
        response[s:, :, s] = impulse[: n - s]
    return _Chunks(response, np.stack(powers[1:]))


def run_system(u: Tensor, order: int, theta: float) -> Tensor:
    """Run a Legendre memory over each of some signals.

    Parameters
    ----------
    u : Tensor of shape (T, B, p)
    order : int
    theta : float

    Returns
    -------
    Tensor of shape (T, B, p, order)
    """
    n_steps, n_batch, n_signals = u.shape
    size = min(_CHUNK, n_steps)
    response, carry = (
        torch.as_tensor(part, dtype=u.dtype, device=u.device)
        for part in _chunk_system(order, theta, size)
    )
    chunks = pad(u, (0, 0, 0, 0, 0, -n_steps % size)).reshape(-1, size, n_batch * n_signals)
    within = (response.reshape(-1, size) @ chunks).reshape(len(chunks), size, order, -1)
    before = torch.zeros_like(within[0, 0])
    parts = []
    for chunk in within:  # (size, order, B * p)
        whole = chunk + carry @ before
        before = whole[-1]
        parts.append(whole)
    memory = torch.cat(parts)[:n_steps].reshape(n_steps, order, n_batch, n_signals)
    return memory.permute(0, 2, 3, 1)
