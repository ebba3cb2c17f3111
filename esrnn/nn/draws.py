"""Random draws for each series of a batch, of which perhaps only a part is in this process."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from esrnn._typing import IntArray

__all__ = ["SeriesGenerator", "draw_for_series"]

Draw = Callable[[tuple[int, ...]], Tensor]


class SeriesGenerator(Generator):
    """A generator that can draw for some series of a batch what it would draw for them among all.

    So processes that share out a batch drop the same as one process with all of it.
    """

    _n_series = 0
    _own: Tensor | None = None

    def draw_for(self, own: IntArray, n_series: int) -> None:
        """Say which series come next.

        Parameters
        ----------
        own : ndarray of shape (k,), int64
            Their places in the whole batch.
        n_series : int
            Of the whole batch.
        """
        self._own, self._n_series = torch.from_numpy(own), n_series

    def draw(self, draw: Draw, shape: tuple[int, ...], axis: int) -> Tensor:
        """Draw as `draw_for_series` says."""
        if self._own is None:
            return draw(shape)
        n_each = shape[axis] // self._own.numel()
        whole = draw((*shape[:axis], n_each * self._n_series, *shape[axis + 1 :]))
        by_series = whole.reshape(*shape[:axis], n_each, self._n_series, *shape[axis + 1 :])
        return by_series.index_select(axis + 1, self._own).reshape(shape)


def draw_for_series(draw: Draw, shape: tuple[int, ...], axis: int, generator: Generator) -> Tensor:
    """Draw numbers for the series of a batch.

    Parameters
    ----------
    draw : callable
        Draws numbers of a shape by the generator.
    shape : tuple of int
    axis : int
        Where the series are, perhaps several times, all of them one time after another.
    generator : Generator
        A `SeriesGenerator` draws for the whole batch and returns the part that is asked for.

    Returns
    -------
    Tensor
        Of that shape.
    """
    if isinstance(generator, SeriesGenerator):
        return generator.draw(draw, shape, axis)
    return draw(shape)
