r"""Linear recurrences over time without a loop over every step.

:math:`h_t = a_t h_{t-1} + b_t`, element by element, with :math:`h_0 = 0` before the first step. T
steps are cut into about :math:`\sqrt T` chunks. The steps within a chunk run for all chunks at
once, each from 0; then the chunks' last states are carried on from one to the next. So it takes
about :math:`2 \sqrt T` steps of a loop and twice the arithmetic of T steps. Nothing is divided by
a coefficient, so that coefficients may be 0 or of either sign. A state depends on nothing that
comes after it, to the last bit.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

__all__ = ["linear_scan", "relu_scan"]

_FEW = 16  # steps that are not worth cutting into chunks


def linear_scan(a: Tensor, b: Tensor) -> Tensor:
    r"""Return h of shape (T, ...) with :math:`h_t = a_t h_{t-1} + b_t`.

    Parameters
    ----------
    a : Tensor of shape (T, ...)
        Or of a shape that broadcasts to that of b.
    b : Tensor of shape (T, ...)

    Returns
    -------
    Tensor of the shape of b

    Notes
    -----
    The gradient :math:`\bar b` is the same recurrence backwards,
    :math:`\bar b_t = \bar h_t + a_{t+1} \bar b_{t+1}`, and
    :math:`\bar a_t = \bar b_t h_{t-1}`; only a and h are kept for it.

    Examples
    --------
    >>> linear_scan(torch.full((4, 1), 0.5), torch.ones(4, 1))[:, 0].tolist()
    [1.0, 1.5, 1.75, 1.875]
    """
    out: Tensor = _LinearScan.apply(a.expand_as(b), b)  # type: ignore[no-untyped-call]
    return out


def relu_scan(u: Tensor, b: Tensor) -> Tensor:
    r"""Return h of shape (T, B, n) with :math:`h_t = \max(0, u h_{t-1} + b_t)`.

    Parameters
    ----------
    u : Tensor of shape (n,)
    b : Tensor of shape (T, B, n), T at least 1

    Returns
    -------
    Tensor of shape (T, B, n)

    Notes
    -----
    Forwards it is a loop over steps, without a graph; backwards it is `linear_scan`, with a
    coefficient of 0 wherever h is 0.

    Examples
    --------
    >>> relu_scan(
    ...     torch.tensor([0.5]), torch.tensor([1.0, 1.0, -4.0, 1.0])[:, None, None]
    ... ).squeeze()
    tensor([1.0000, 1.5000, 0.0000, 1.0000])
    """
    out: Tensor = _ReluScan.apply(u, b)  # type: ignore[no-untyped-call]
    return out


class _LinearScan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        h = _scan(a, b)
        ctx.save_for_backward(a, h)
        return h

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        a, h = ctx.saved_tensors
        (grad,) = grads
        grad_b = _scan_back(a, grad)
        return _before(h) * grad_b if ctx.needs_input_grad[0] else None, grad_b


class _ReluScan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, u: Tensor, b: Tensor) -> Tensor:
        h = torch.empty_like(b)
        before = torch.zeros_like(b[0])
        for t in range(b.shape[0]):
            before = torch.addcmul(b[t], u, before, out=h[t]).clamp_(min=0.0)
        ctx.save_for_backward(u, h)
        return h

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        u, h = ctx.saved_tensors
        (grad,) = grads
        moves = (h > 0.0).to(h.dtype)
        # Of what comes back to a step from the next one, only what that one let through.
        grad_b = moves * _scan_back(u * moves, grad)
        return (_before(h) * grad_b).sum(dim=(0, 1)), grad_b


def _scan_back(a: Tensor, grad: Tensor) -> Tensor:
    """Return g with g_t = grad_t + a_{t+1} g_{t+1}."""
    after = torch.cat([a[1:], torch.zeros_like(a[:1])])
    return _scan(after.flip(0), grad.flip(0)).flip(0)


def _before(h: Tensor) -> Tensor:
    """Return the state before each step."""
    return torch.cat([torch.zeros_like(h[:1]), h[:-1]])


def _scan(a: Tensor, b: Tensor) -> Tensor:
    """Run the recurrence chunk by chunk; no graph is recorded."""
    n_steps = b.shape[0]
    if n_steps <= _FEW:
        h = torch.empty_like(b)
        h[0] = b[0]
        for t in range(1, n_steps):
            torch.addcmul(b[t], a[t], h[t - 1], out=h[t])
        return h
    size = math.isqrt(n_steps)
    n_chunks = -(-n_steps // size)
    missing = n_chunks * size - n_steps
    # Within a chunk steps come first, so that each is one block of memory for all chunks.
    shape = (n_chunks, size, *b.shape[1:])
    a, b = (
        pad(part, [0, 0] * (part.dim() - 1) + [0, missing]).reshape(shape).transpose(0, 1)
        for part in (a, b)
    )
    h, product = torch.empty_like(b), torch.empty_like(b)
    h[0], product[0] = b[0], a[0]
    for k in range(1, size):
        torch.addcmul(b[k], a[k], h[k - 1], out=h[k])
        torch.mul(a[k], product[k - 1], out=product[k])
    carried = torch.empty_like(h[0])
    carried[0] = 0.0
    for chunk in range(1, n_chunks):
        torch.addcmul(
            h[-1, chunk - 1], product[-1, chunk - 1], carried[chunk - 1], out=carried[chunk]
        )
    h.addcmul_(product, carried)
    return h.transpose(0, 1).reshape(n_chunks * size, *b.shape[2:])[:n_steps]
