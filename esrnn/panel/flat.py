"""Arithmetic of flat arrays in which series lie one after another."""

import numpy as np
import numpy.typing as npt

from esrnn._typing import BoolArray, IntArray

__all__ = [
    "all_of_each",
    "any_of_each",
    "batches_by_length",
    "flat_positions",
    "indptr_of",
    "read_only",
    "series_at",
    "series_of",
    "step_of",
]


def series_of(indptr: IntArray) -> IntArray:
    """Return the number of the series that each value belongs to.

    Parameters
    ----------
    indptr : ndarray of shape (N + 1,), int64

    Returns
    -------
    ndarray of shape (n_obs,), int64

    Examples
    --------
    >>> series_of(np.array([0, 2, 5]))
    array([0, 0, 1, 1, 1])
    """
    return np.repeat(np.arange(indptr.size - 1), np.diff(indptr))


def series_at(indptr: IntArray, positions: IntArray) -> IntArray:
    """Return the number of the series that the values at some positions belong to."""
    return np.searchsorted(indptr, positions, side="right") - 1


def step_of(indptr: IntArray) -> IntArray:
    """Return the step of each value within its series.

    Parameters
    ----------
    indptr : ndarray of shape (N + 1,), int64

    Returns
    -------
    ndarray of shape (n_obs,), int64

    Examples
    --------
    >>> step_of(np.array([0, 2, 5]))
    array([0, 1, 0, 1, 2])
    """
    return np.arange(int(indptr[-1])) - np.repeat(indptr[:-1], np.diff(indptr))


def any_of_each(flags: BoolArray, indptr: IntArray) -> BoolArray:
    """Return for each series whether a flag is set for any of its values.

    Parameters
    ----------
    flags : ndarray of shape (n_obs,), bool
    indptr : ndarray of shape (N + 1,), int64

    Returns
    -------
    ndarray of shape (N,), bool

    Examples
    --------
    >>> any_of_each(np.array([False, True, False]), np.array([0, 2, 3]))
    array([ True, False])
    """
    any_of: BoolArray = np.logical_or.reduceat(flags, indptr[:-1])
    return any_of


def all_of_each(flags: BoolArray, indptr: IntArray) -> BoolArray:
    """Return for each series whether a flag is set for all of its values, as `any_of_each` does."""
    return ~any_of_each(~flags, indptr)


def batches_by_length(lengths: IntArray, additive: BoolArray, size: int) -> list[IntArray]:
    """Split series into batches of one form each, from the shortest series to the longest.

    Parameters
    ----------
    lengths : ndarray of shape (N,), int64
    additive : ndarray of shape (N,), bool
        The form of each series.
    size : int
        Series in a batch; the last one of a form may be smaller.

    Returns
    -------
    list of ndarray of int64
        Every series is in exactly one of them.

    Examples
    --------
    >>> batches_by_length(np.array([5, 9, 7]), np.array([False, False, True]), 2)
    [array([0, 1]), array([2])]
    """
    batches: list[IntArray] = []
    for form in (False, True):
        chosen = np.flatnonzero(additive == form)
        chosen = chosen[np.argsort(lengths[chosen], kind="stable")]
        batches.extend(chosen[begin : begin + size] for begin in range(0, chosen.size, size))
    return batches


def flat_positions(starts: IntArray, lengths: IntArray) -> IntArray:
    """Return the positions start, start + 1, ... of several runs of steps, one after another.

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
