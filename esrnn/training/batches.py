"""Batches: series of one form and similar length, shuffled."""

from __future__ import annotations

import numpy as np

from esrnn._typing import BoolArray, IntArray
from esrnn.panel.flat import batches_by_length

__all__ = ["make_batches"]

_BUCKET = 20  # batches whose series are sorted by length together


def make_batches(
    lengths: IntArray, additive: BoolArray, batch_size: int, rng: np.random.Generator
) -> list[IntArray]:
    """Split the series into batches for one epoch.

    Series are shuffled, then sorted by length within buckets of some batches, so that padding is
    small and batches still differ from epoch to epoch.

    Parameters
    ----------
    lengths : ndarray of shape (N,), int64
    additive : ndarray of shape (N,), bool
        A batch is of one form.
    batch_size : int
        Series per batch; a last batch may be smaller.
    rng : numpy.random.Generator

    Returns
    -------
    list of ndarray of int64
        Every series is in exactly one of them.

    Examples
    --------
    >>> batches = make_batches(
    ...     np.array([5, 9, 7]), np.zeros(3, bool), 2, np.random.default_rng(0)
    ... )
    >>> sorted(np.concatenate(batches).tolist())
    [0, 1, 2]
    """
    batches: list[IntArray] = []
    for form in (False, True):
        members = rng.permutation(np.flatnonzero(additive == form))
        for begin in range(0, members.size, batch_size * _BUCKET):
            bucket = members[begin : begin + batch_size * _BUCKET]
            parts = batches_by_length(lengths[bucket], additive[bucket], batch_size)
            batches.extend(bucket[part] for part in parts)
    order = rng.permutation(len(batches))
    return [batches[k] for k in order]
