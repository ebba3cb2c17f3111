"""Values of time stamps that share a slot, as the hour does that clocks repeat in autumn."""

import logging

import numpy as np

from esrnn._typing import BoolArray, FloatArray, IntArray

__all__ = ["share_slots", "write_slots"]

log = logging.getLogger("esrnn.frames")


def share_slots(slots: IntArray, values: FloatArray) -> FloatArray:
    """Give rows of the same slot the mean of their values.

    Parameters
    ----------
    slots : ndarray of shape (n,), int64
        Slot of each row, different ones for different series.
    values : ndarray of shape (n,), float64
        Value of each row, NaN where missing.

    Returns
    -------
    ndarray of shape (n,), float64
        The mean leaves missing values out. That of whole numbers is rounded to one, so that counts
        stay counts. The log says how many rows share a slot.

    Examples
    --------
    >>> share_slots(np.array([0, 1, 1, 2]), np.array([5.0, 6.0, 8.5, 9.0])).tolist()
    [5.0, 7.25, 7.25, 9.0]
    """
    if bool((slots[1:] > slots[:-1]).all()):
        return values
    _, which, counts = np.unique(slots, return_inverse=True, return_counts=True)
    if counts.max() == 1:
        return values
    n_shared = int(counts[counts > 1].sum())
    log.info("%d rows of an hour that clocks repeat share a step, which has their mean", n_shared)
    observed = ~np.isnan(values)
    known, which = values[observed], which.ravel()
    total = np.bincount(which[observed], known, counts.size)
    number = np.bincount(which[observed], minlength=counts.size)
    broken = np.bincount(which[observed], known % 1.0 != 0.0, counts.size)
    mean = np.divide(total, number, out=np.full(counts.size, np.nan), where=number > 0)
    mean = np.where(broken > 0, mean, np.rint(mean))
    return np.where(counts[which] > 1, mean[which], values)


def write_slots(flat: FloatArray, slots: IntArray, values: FloatArray, later: BoolArray) -> None:
    """Write new rows to a panel, where a row may share its slot with one that is there.

    Parameters
    ----------
    flat : ndarray of shape (n_slots,), float64
        Values of the panel, which are changed.
    slots, values : ndarray of shape (n,)
        Slot and value of each new row.
    later : ndarray of shape (n,), bool
        Whether a row is later than all rows of its series in the panel. It then shares its slot
        with the value there, if there is one; other rows replace the value.
    """
    joins = later & ~np.isin(slots, slots[~later])
    old = np.unique(slots[joins])
    slots = np.concatenate([old, slots])
    flat[slots] = share_slots(slots, np.concatenate([flat[old], values]))
