"""The optimisers of the network and of per-series parameters, and learning-rate schedules."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.optim.adam import adam

from esrnn._typing import Float32Array, IntArray
from esrnn.config import Schedule
from esrnn.kernels.adam import adam_all, adam_rows, norm_of

__all__ = ["FlatAdam", "NetworkAdam", "SeriesAdam", "learning_rate_factor", "make_adam"]

_LAST = 0.01  # what the cosine schedule falls to


class _Adam(ABC):
    """What the optimisers of a network share.

    Parameters
    ----------
    parameters : iterable of Parameter
        Changed in place.
    betas : tuple of float
    eps : float
        Added to the root of the second moment.

    References
    ----------
    Kingma and Ba (2015), https://arxiv.org/abs/1412.6980.
    """

    def __init__(
        self,
        parameters: Iterable[torch.nn.Parameter],
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        self._parameters = list(parameters)
        self._betas, self._eps = betas, eps
        self._prepare()

    @abstractmethod
    def _prepare(self) -> None:
        """Make room for the moments."""

    def clear_gradients(self) -> None:
        """Forget the parameters' gradients."""
        for parameter in self._parameters:
            parameter.grad = None


class NetworkAdam(_Adam):
    """`torch.optim.Adam` without its start.

    Making one of torch's loads its compiler, which takes a second and 70 MB.
    """

    def _prepare(self) -> None:
        self._means = [torch.zeros_like(p) for p in self._parameters]
        self._squares = [torch.zeros_like(p) for p in self._parameters]
        self._steps = [
            torch.zeros((), dtype=torch.float32, device=p.device) for p in self._parameters
        ]

    def clip(self, largest: float, gradients: Sequence[Float32Array] | None = None) -> float:
        """Shorten the gradient of all parameters together to the largest norm allowed.

        Parameters
        ----------
        largest : float
        gradients : None
            Those that torch has left in the parameters are taken.

        Returns
        -------
        float
            The norm that it had.
        """
        own = [p.grad for p in self._parameters if p.grad is not None]
        norm = torch.nn.utils.get_total_norm(own)
        if norm > largest:
            torch.nn.utils.clip_grads_with_norm_(self._parameters, largest, norm)
        return float(norm.item())

    def step(self, learning_rate: float) -> None:
        """Move every parameter that has a gradient.

        Parameters
        ----------
        learning_rate : float
        """
        state = zip(self._parameters, self._means, self._squares, self._steps, strict=True)
        moved = [(p, p.grad, *own) for p, *own in state if p.grad is not None]
        if not moved:
            return
        parameters, gradients, means, squares, steps = map(list, zip(*moved, strict=True))
        with torch.no_grad():
            adam(
                parameters, gradients, means, squares, [], steps, fused=True, amsgrad=False,
                beta1=self._betas[0], beta2=self._betas[1], lr=learning_rate, weight_decay=0.0,
                eps=self._eps, maximize=False,
            )  # fmt: skip


class FlatAdam(_Adam):
    """Adam for all parameters as one array, by a compiled kernel.

    A network has a dozen or more parameters, most of them so small that torch's calls take longer
    than their numbers. The parameters, float32 on the CPU, become views of the array; one without a
    gradient counts as one of zeros.
    """

    def _prepare(self) -> None:
        self._n_steps = 0
        sizes = [p.numel() for p in self._parameters]
        ends = np.cumsum(sizes)
        self._numbers, self._gradient, self._mean, self._square = np.zeros(
            (4, int(ends[-1])), dtype=np.float32
        )
        for parameter, size, end in zip(self._parameters, sizes, ends.tolist(), strict=True):
            own = torch.from_numpy(self._numbers[end - size : end])
            parameter.data = own.view(parameter.shape).copy_(parameter.detach())
        self._slots = np.split(self._gradient, ends[:-1])

    def clip(self, largest: float, gradients: Sequence[Float32Array] | None = None) -> float:
        """Take gradients, shortened to the largest norm allowed.

        Parameters
        ----------
        largest : float
        gradients : sequence of ndarray, optional
            Of all parameters; by default those that torch has left in them.

        Returns
        -------
        float
            The norm that they had.
        """
        if gradients is None:
            own = [p.grad for p in self._parameters]
            for slot, gradient in zip(self._slots, own, strict=True):
                slot[:] = 0.0 if gradient is None else gradient.numpy().reshape(-1)
        else:
            np.concatenate([g.reshape(-1) for g in gradients], out=self._gradient)
        norm = float(norm_of(self._gradient))
        if norm > largest:
            self._gradient *= np.float32(largest / norm)
        return norm

    def step(self, learning_rate: float) -> None:
        """Move all parameters against what `clip` took.

        Parameters
        ----------
        learning_rate : float
        """
        self._n_steps += 1
        b1, b2 = self._betas
        step_size = learning_rate / (1.0 - b1**self._n_steps)
        root = math.sqrt(1.0 - b2**self._n_steps)
        sizes = map(np.float32, (step_size, root, b1, b2, self._eps))
        adam_all(self._numbers, self._mean, self._square, self._gradient, *sizes)


def make_adam(parameters: Iterable[torch.nn.Parameter]) -> NetworkAdam | FlatAdam:
    """Return the optimiser for a network, by its device and its numbers' type."""
    chosen = list(parameters)
    is_flat = all(p.device.type == "cpu" and p.dtype == torch.float32 for p in chosen)
    return FlatAdam(chosen) if is_flat else NetworkAdam(chosen)


class SeriesAdam:
    """Adam that moves the rows of a table only when their series are visited.

    Each row has its own moments and its own count of visits, so one epoch moves a parameter by
    about the learning rate, however many other series there are and whatever the batch size
    (with Adam over the whole table a row would drift on its momentum while others are visited).

    Parameters
    ----------
    rows : Tensor of shape (N, P), float64
        The table, changed in place.
    betas : tuple of float
    eps : float
        Added to the root of the second moment.

    References
    ----------
    Kingma and Ba (2015), https://arxiv.org/abs/1412.6980.
    """

    def __init__(
        self, rows: Tensor, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-6
    ) -> None:
        self.rows = rows
        self.betas = betas
        self.eps = eps
        self._mean = np.zeros(rows.shape)
        self._square = np.zeros(rows.shape)
        self._visits = np.zeros(rows.shape[0])

    def step(self, indices: IntArray, gradient: Tensor, learning_rate: float) -> None:
        """Move some rows.

        Parameters
        ----------
        indices : ndarray of shape (B,), int64
            Which ones, each at most once.
        gradient : Tensor of shape (B, P)
        learning_rate : float
        """
        moments = (self._mean, self._square, self._visits)
        adam_rows(
            self.rows.numpy(), *moments, indices, gradient.numpy(), learning_rate, *self.betas,
            self.eps,
        )  # fmt: skip


def learning_rate_factor(schedule: Schedule, progress: float, warm_up: float = 0.0) -> float:
    """Return what the learning rates are multiplied by.

    Parameters
    ----------
    schedule : {"cosine", "constant"}
    progress : float
        Share of all steps done, in [0, 1].
    warm_up : float, default 0
        Share of all steps over which the factor rises to 1.

    Returns
    -------
    float

    Examples
    --------
    >>> learning_rate_factor("cosine", 0.0), round(learning_rate_factor("cosine", 1.0), 6)
    (1.0, 0.01)
    >>> [round(learning_rate_factor("cosine", done, 0.2), 6) for done in (0.0, 0.1, 0.2, 0.6)]
    [0.01, 0.5, 1.0, 0.505]
    """
    if progress < warm_up:
        return max(progress / warm_up, _LAST)
    progress = (progress - warm_up) / (1.0 - warm_up)
    if schedule == "constant":
        return 1.0
    return _LAST + (1.0 - _LAST) * 0.5 * (1.0 + math.cos(math.pi * progress))
