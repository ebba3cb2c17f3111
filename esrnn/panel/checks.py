"""Checks of the arrays and ids that a `Panel` is made of, and their error messages.

The checks see arrays, never a `Panel`, so that they can run while one is being built.
"""

from collections.abc import Hashable

import numpy as np
import numpy.typing as npt

from esrnn._typing import FloatArray, IntArray
from esrnn.errors import InputError, InputTypeError, Offenders
from esrnn.panel.flat import series_at

__all__ = ["as_series", "check_array", "check_finite", "check_ids", "check_indptr"]


def as_series(array: npt.ArrayLike, name: Hashable) -> FloatArray:
    """Convert one series for `Panel.from_arrays`."""
    raw = np.asarray(array)
    if raw.ndim != 1 or raw.size == 0:
        raise InputError(
            f"a series must be one-dimensional with at least one step; got shape {raw.shape} in"
            f" series {name!r}. Flatten it, or leave the series out."
        )
    if raw.dtype.kind not in "iuf":
        raise InputTypeError(
            f"a series must hold real numbers; got dtype {raw.dtype} in series {name!r}. Convert it"
            " to float64, with NaN where a value is missing."
        )
    return raw.astype(np.float64)


def check_array(name: str, array: object, dtype: np.dtype[np.generic]) -> None:
    """Refuse anything but a one-dimensional array of the dtype."""
    if not isinstance(array, np.ndarray) or array.dtype != dtype:
        got = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise InputTypeError(
            f"Panel.{name} must be an ndarray of {dtype}; got {got}. Panel.from_arrays converts."
        )
    if array.ndim != 1:
        raise InputError(
            f"Panel.{name} must be one-dimensional; got shape {array.shape}. Panel.from_arrays"
            " takes one array per series."
        )


def check_ids(ids: tuple[Hashable, ...]) -> None:
    """Refuse ids that can't be looked up or that occur twice."""
    try:
        n_unique = len(set(ids))
    except TypeError as error:
        raise InputTypeError(
            f"ids must be hashable: {error}. Use str, int or tuple as ids."
        ) from None
    if n_unique < len(ids):
        seen: set[Hashable] = set()
        twice = [name for name in ids if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
        raise InputError.of_series(
            "ids must be unique; met again", Offenders(twice), "Rename or drop these series."
        )


def check_indptr(indptr: IntArray, n_obs: int, ids: tuple[Hashable, ...]) -> None:
    """Refuse boundaries that don't fit the values and the ids, and empty series."""
    if indptr.size != len(ids) + 1:
        raise InputError(
            f"Panel.indptr must have one entry more than there are ids; got {indptr.size} entries"
            f" for {len(ids)} ids. Give one id for each series."
        )
    if indptr[0] != 0 or indptr[-1] != n_obs:
        raise InputError(
            f"Panel.indptr must run from 0 to the number of values, {n_obs}; got {indptr[0]} to"
            f" {indptr[-1]}. Panel.from_arrays builds it."
        )
    empty = np.flatnonzero(np.diff(indptr) < 1)
    if empty.size:
        raise InputError.of_series(
            "every series needs at least one step (indptr must increase); without one",
            Offenders([ids[i] for i in empty]),
            "Leave these series out.",
        )


def check_finite(values: FloatArray, indptr: IntArray, ids: tuple[Hashable, ...]) -> None:
    """Refuse infinite values."""
    infinite = np.flatnonzero(np.isinf(values))
    if infinite.size:
        owner = series_at(indptr, infinite)
        raise InputError.of_series(
            "values must be finite, or NaN where missing; infinite",
            Offenders([ids[i] for i in owner], infinite - indptr[owner], values[infinite]),
            "Replace them by NaN or correct them.",
        )
