"""The ragged panel: a flat array of values, the boundaries of the series, and their ids.

Series lie one after another in `values`; `indptr` says where each begins. Nothing is padded. Time
stamps, column names and frames are the business of `esrnn.frames`.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from esrnn._checks import as_whole
from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import InputError, Offenders
from esrnn.panel.checks import (
    as_series,
    check_array,
    check_finite,
    check_ids,
    check_indptr,
)
from esrnn.panel.flat import flat_positions, indptr_of, read_only, series_at

__all__ = ["Panel", "SeriesIndices"]

SeriesIndices: TypeAlias = IntArray | BoolArray | Sequence[int] | slice


@dataclass(frozen=True, eq=False, repr=False)
class Panel:
    """Series of unequal length, with missing values as NaN.

    Parameters
    ----------
    values : ndarray of shape (n_obs,), float64
        Observations of all series, one series after another, each in time order; NaN where a
        value is missing, never infinite. Kept without a copy when it is already contiguous
        float64, and not to be written to by anybody afterwards.
    indptr : ndarray of shape (N + 1,), int64
        Series i holds ``values[indptr[i]:indptr[i + 1]]``; every series has at least one step.
    ids : tuple of hashable, length N
        Unique names of the series.

    Raises
    ------
    InputTypeError
        If an array has the wrong dtype or an id is not hashable.
    InputError
        If the shapes disagree, a series is empty, a value is infinite or an id occurs twice.

    Examples
    --------
    >>> panel = Panel.from_arrays([[1.0, 2.0, 3.0], [10.0, 20.0]], ids=["a", "b"])
    >>> panel
    Panel(n_series=2, n_obs=5, lengths 2 to 3)
    >>> panel.series(1)
    array([10., 20.])
    """

    values: FloatArray
    indptr: IntArray
    ids: tuple[Hashable, ...]

    def __post_init__(self) -> None:
        """Check the invariants and make the arrays read-only."""
        check_array("values", self.values, np.dtype(np.float64))
        check_array("indptr", self.indptr, np.dtype(np.int64))
        object.__setattr__(self, "values", read_only(self.values))
        object.__setattr__(self, "indptr", read_only(self.indptr))
        object.__setattr__(self, "ids", tuple(self.ids))
        check_ids(self.ids)
        check_indptr(self.indptr, self.values.size, self.ids)
        check_finite(self.values, self.indptr, self.ids)

    def __repr__(self) -> str:
        size = f"n_series={self.n_series}, n_obs={self.values.size}"
        if self.n_series == 0:
            return f"Panel({size})"
        return f"Panel({size}, lengths {self.lengths.min()} to {self.lengths.max()})"

    def __reduce__(self) -> tuple[type["Panel"], tuple[object, ...]]:
        # Through the constructor: plain unpickling would lose the read-only flags.
        return type(self), (np.asarray(self.values), np.asarray(self.indptr), self.ids)

    def __len__(self) -> int:
        return self.n_series

    @classmethod
    def from_arrays(
        cls, arrays: Iterable[npt.ArrayLike], ids: Iterable[Hashable] | None = None
    ) -> "Panel":
        """Join one array per series into a panel.

        Parameters
        ----------
        arrays : iterable of array_like, each of shape (T_i,)
            The series, real numbers, NaN where missing.
        ids : iterable of hashable, optional
            Names of the series; 0, 1, ... if not given.

        Returns
        -------
        Panel
            A panel with its own copy of the values.

        Raises
        ------
        InputTypeError
            If an array doesn't hold real numbers.
        InputError
            If an array isn't one-dimensional or is empty.

        Examples
        --------
        >>> Panel.from_arrays([[1, 2], [3]]).lengths
        array([2, 1])
        """
        names = None if ids is None else tuple(ids)
        parts = []
        for i, array in enumerate(arrays):
            name = names[i] if names is not None and i < len(names) else i
            parts.append(as_series(array, name))
        lengths = np.array([part.size for part in parts], dtype=np.int64)
        values = np.concatenate([np.empty(0), *parts])
        return cls(values, indptr_of(lengths), tuple(range(len(parts))) if names is None else names)

    @classmethod
    def concat(cls, panels: Iterable["Panel"]) -> "Panel":
        """Put the series of several panels into one, in the order given.

        Parameters
        ----------
        panels : iterable of Panel
            Panels without a common id.

        Returns
        -------
        Panel
            All series of the first panel, then all of the second, and so on.

        Raises
        ------
        InputError
            If an id occurs in more than one panel.

        Examples
        --------
        >>> one, two = Panel.from_arrays([[1.0]], ["a"]), Panel.from_arrays([[2.0]], ["b"])
        >>> Panel.concat([one, two]).ids
        ('a', 'b')
        """
        parts = list(panels)
        lengths = np.concatenate([np.empty(0, dtype=np.int64), *(p.lengths for p in parts)])
        values = np.concatenate([np.empty(0), *(p.values for p in parts)])
        return cls(values, indptr_of(lengths), tuple(name for p in parts for name in p.ids))

    @property
    def n_series(self) -> int:
        """Number of series, N."""
        return int(self.indptr.size) - 1

    @property
    def lengths(self) -> IntArray:
        """Number of steps of every series, missing values included, shape (N,)."""
        return np.diff(self.indptr)

    @property
    def n_observed(self) -> IntArray:
        """Number of observations of every series, without missing values, shape (N,)."""
        seen = ~np.isnan(self.values)
        return np.add.reduceat(seen, self.indptr[:-1], dtype=np.int64)

    def series(self, i: int) -> FloatArray:
        """Return series i as a read-only view of shape (T_i,)."""
        i = range(self.n_series)[i]  # negative numbers count from the end; IndexError beyond
        return self.values[self.indptr[i] : self.indptr[i + 1]]

    def subset(self, indices: SeriesIndices) -> "Panel":
        """Return the panel of some series, in the order of `indices`.

        Parameters
        ----------
        indices : ndarray of int of shape (B,) or of bool of shape (N,), sequence of int, or slice
            Which series; each at most once.

        Returns
        -------
        Panel
            A new panel with its own copy of the values.

        Raises
        ------
        IndexError
            If there is no such series.
        InputError
            If a series is asked for twice.

        Examples
        --------
        >>> panel = Panel.from_arrays([[1.0], [2.0, 2.0], [3.0]], ids=["a", "b", "c"])
        >>> panel.subset([2, 0]).ids
        ('c', 'a')
        """
        chosen = self._positions(indices)
        lengths = self.lengths[chosen]
        values = self.values[flat_positions(self.indptr[chosen], lengths)]
        return Panel(values, indptr_of(lengths), tuple(self.ids[i] for i in chosen))

    def drop_last(self, n: int) -> "Panel":
        """Return the panel without the last `n` steps of every series: the past at an origin.

        Parameters
        ----------
        n : int, >= 0
            Steps to leave out.

        Returns
        -------
        Panel
            The same series, each `n` steps shorter.

        Raises
        ------
        InputError
            If a series has no more than `n` steps, or `n` is negative.

        Examples
        --------
        >>> Panel.from_arrays([[1.0, 2.0, 3.0]]).drop_last(1).values
        array([1., 2.])
        """
        as_whole("n", n, least=0)
        self._require_length(n + 1, f"drop_last({n}) needs more than {n} steps in every series")
        return self._slice(self.indptr[:-1], self.lengths - n)

    def last(self, n: int) -> "Panel":
        """Return exactly the last `n` steps of every series: what `drop_last` leaves out.

        Parameters
        ----------
        n : int, >= 1
            Steps to keep.

        Returns
        -------
        Panel
            The same series, each of `n` steps.

        Raises
        ------
        InputError
            If a series has fewer than `n` steps, or `n` is less than 1.

        Examples
        --------
        >>> Panel.from_arrays([[1.0, 2.0, 3.0]]).last(2).values
        array([2., 3.])
        """
        as_whole("n", n)
        self._require_length(n, f"last({n}) needs at least {n} steps in every series")
        return self._slice(self.indptr[1:] - n, np.full(self.n_series, n, dtype=np.int64))

    def refuse(self, bad: BoolArray, expected: str, remedy: str) -> None:
        """Raise for the values marked bad, naming the first one of each series.

        Parameters
        ----------
        bad : ndarray of shape (n_obs,), bool
        expected, remedy : str
            What should have been, and as sentences what to do.

        Raises
        ------
        InputError
            If any is marked.

        Examples
        --------
        >>> panel = Panel.from_arrays([[1.0, 2.0]], ids=["a"])
        >>> panel.refuse(panel.values > 1.0, "values must be <= 1", "Divide by 2.")
        Traceback (most recent call last):
        ...
        esrnn.errors.InputError: values must be <= 1; 1 found: series 'a', step 1: 2.0. Divide by 2.
        """
        places = np.flatnonzero(bad)
        if not places.size:
            return
        series = series_at(self.indptr, places)
        series, first = np.unique(series, return_index=True)
        places = places[first]
        names = [self.ids[i] for i in series]
        steps = places - self.indptr[series]
        offenders = Offenders(names, steps, self.values[places], counted=True)
        raise InputError.of_series(f"{expected};", offenders, remedy)

    def _positions(self, indices: SeriesIndices) -> IntArray:
        """Turn any way to choose series into their numbers, shape (B,)."""
        key = indices if isinstance(indices, slice) else np.asarray(indices)
        if isinstance(key, np.ndarray) and key.size == 0:
            key = key.astype(np.int64)  # an empty list arrives as float
        return np.atleast_1d(np.arange(self.n_series)[key])

    def _slice(self, starts: IntArray, lengths: IntArray) -> "Panel":
        """Return the panel of some consecutive steps of each series."""
        return Panel(self.values[flat_positions(starts, lengths)], indptr_of(lengths), self.ids)

    def _require_length(self, least: int, expected: str) -> None:
        short = np.flatnonzero(self.lengths < least)
        if short.size:
            raise InputError.of_series(
                f"{expected}; shorter series and their steps",
                Offenders([self.ids[i] for i in short], values=self.lengths[short]),
                "Leave these series out, or ask for fewer steps.",
            )
