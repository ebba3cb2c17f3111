"""Arithmetic of flat arrays in which series lie one after another."""

import numpy as np
import numpy.typing as npt

from esrnn._typing import IntArray

__all__ = ["flat_positions", "indptr_of", "read_only"]


def flat_positions(starts: IntArray, lengths: IntArray) -> IntArray:
    """Return the positions start, start + 1, ... of several stretches, one after another.

    Parameters
    ----------
    starts, lengths : ndarray of shape (B,), int64

    Returns
    -------
    ndarray of shape (sum of lengths,), int64

    Examples
    --------
    >>> flat_positions(np.array([7, 2]), np.array([2, 3]))
    array([7, 8, 2, 3, 4])
    """
    offsets = starts - indptr_of(lengths)[:-1]
    return np.arange(int(lengths.sum())) + np.repeat(offsets, lengths)


def indptr_of(lengths: IntArray) -> IntArray:
    """Return where series of these lengths begin, and where the last one ends.

    Parameters
    ----------
    lengths : ndarray of shape (N,), int64

    Returns
    -------
    ndarray of shape (N + 1,), int64
    """
    indptr = np.zeros(lengths.size + 1, dtype=np.int64)
    np.cumsum(lengths, out=indptr[1:])
    return indptr


def read_only(array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """Return a contiguous read-only view; the caller's own array keeps its flags.

    Parameters
    ----------
    array : ndarray

    Returns
    -------
    ndarray
    """
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
