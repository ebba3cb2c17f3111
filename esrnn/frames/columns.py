"""Encoders of single columns of covariates: from a column of X to float32 features.

A column holds numbers or categories. Both encoders are plain data, so that a model can save them.
"""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import (
    infer_dtype,
    is_bool_dtype,
    is_complex_dtype,
    is_numeric_dtype,
    is_object_dtype,
    is_string_dtype,
)

from esrnn._typing import Float32Array, FloatArray, IntArray
from esrnn.errors import InputTypeError
from esrnn.frames.checks import parse_values
from esrnn.frames.rows import Rows

__all__ = [
    "CategoryColumn",
    "Column",
    "NumberColumn",
    "holds_categories",
    "read_categories",
    "read_numbers",
]

_MAX_CATEGORIES = 50
_SKEWED = 2.0  # the skewness of an exponential distribution
_FURTHEST = 20.0
_NUMBERS_AS_OBJECTS = ("boolean", "integer", "floating", "mixed-integer-float", "decimal", "empty")


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers, standardised; one feature.

    Numbers that are at least 0 and very skewed (skewness above 2), such as prices or budgets, are
    replaced by their logarithms first. If some are 0, the median of the positive ones is added to
    all before.

    Parameters
    ----------
    name : hashable
        The column's name.
    mean, unit : float
        The mean is subtracted, then numbers are divided by the unit.
    log_shift : float, optional
        Added to numbers before the logarithm; None takes no logarithm.
    least : float
        The smallest number in training. Before a logarithm smaller ones are raised to it.
    """

    name: Hashable
    mean: float
    unit: float
    log_shift: float | None = None
    least: float = 0.0

    @classmethod
    def fit(cls, name: Hashable, values: FloatArray) -> "NumberColumn":
        """Choose mean, unit and logarithm.

        Parameters
        ----------
        name : hashable
        values : ndarray of shape (n,), float64
            Finite, n >= 1.

        Returns
        -------
        NumberColumn

        Examples
        --------
        >>> NumberColumn.fit("x", np.array([1.0, 3.0]))
        NumberColumn(name='x', mean=2.0, unit=1.0, log_shift=None, least=1.0)
        """
        least = float(values.min())
        mean, unit = _mean_and_unit(values)
        skewness = float(np.mean(((values - mean) / unit) ** 3))
        if least < 0.0 or skewness <= _SKEWED:
            return cls(name, mean, unit, None, least)
        shift = 0.0 if least > 0.0 else float(np.median(values[values > 0.0]))
        return cls(name, *_mean_and_unit(np.log(values + shift)), shift, least)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Name of the feature."""
        return (str(self.name),)

    def fill(self, out: Float32Array, at: IntArray, column: pd.Series, rows: Rows) -> None:
        """Write the features of some rows.

        Parameters
        ----------
        out : ndarray of shape (m, 1), float32
            Zeros, which stand for the mean; a missing number leaves them. Numbers further than 20
            units from the mean are clipped to that distance.
        at : ndarray of shape (n,), int64
            The place of each row in `out`.
        column : pd.Series of length n
        rows : Rows
            Series and time stamps, for messages.
        """
        values = read_numbers(column, rows)
        if self.log_shift is not None:
            values = np.log(np.maximum(values, self.least) + self.log_shift)
        with np.errstate(over="ignore"):
            scaled = np.clip((values - self.mean) / self.unit, -_FURTHEST, _FURTHEST)
        out[at, 0] = np.nan_to_num(scaled, nan=0.0)


@dataclass(frozen=True)
class CategoryColumn:
    """A column of categories; one feature for each, 1 in its rows and 0 in others.

    Parameters
    ----------
    name : hashable
        The column's name.
    categories : tuple of str
        The categories in training, sorted; at most the 50 most frequent ones. Others, and missing
        values, are 0 in all features.
    """

    name: Hashable
    categories: tuple[str, ...]

    @classmethod
    def fit(cls, name: Hashable, codes: IntArray, keys: list[str]) -> "CategoryColumn":
        """Choose the categories.

        Parameters
        ----------
        name : hashable
        codes : ndarray of shape (n,), int64
            Place in `keys`; -1 where missing.
        keys : list of str

        Returns
        -------
        CategoryColumn

        Examples
        --------
        >>> CategoryColumn.fit("x", np.array([1, 0, -1]), ["toys", "food", "books"])
        CategoryColumn(name='x', categories=('food', 'toys'))
        """
        counts: dict[str, int] = {}
        each = np.bincount(codes[codes >= 0], minlength=len(keys)).tolist()
        for key, count in zip(keys, each, strict=True):
            counts[key] = counts.get(key, 0) + count
        seen = sorted((key for key in counts if counts[key]), key=lambda k: (-counts[k], k))
        if len(seen) > _MAX_CATEGORIES:  # a category seen once tells nothing about others
            seen = [key for key in seen[:_MAX_CATEGORIES] if counts[key] > 1]
        return cls(name, tuple(sorted(seen)))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features."""
        return tuple(f"{self.name}={category}" for category in self.categories)

    def fill(self, out: Float32Array, at: IntArray, column: pd.Series, rows: Rows) -> None:
        """Write the features of some rows.

        Parameters
        ----------
        out : ndarray of shape (m, n_categories), float32
            Zeros.
        at : ndarray of shape (n,), int64
            The place of each row in `out`.
        column : pd.Series of length n
        rows : Rows
            Series and time stamps, for messages.
        """
        codes, keys = read_categories(column, rows)
        place = {category: k for k, category in enumerate(self.categories)}
        places = np.array([*(place.get(key, -1) for key in keys), -1], dtype=np.int64)[codes]
        known = places >= 0
        out[at[known], places[known]] = 1.0


Column = NumberColumn | CategoryColumn


def holds_categories(column: pd.Series, rows: Rows) -> bool:
    """Return whether a column holds categories or text, rather than numbers or truth values.

    Parameters
    ----------
    column : pd.Series of length n
    rows : Rows
        Series and time stamps, for messages.

    Returns
    -------
    bool

    Raises
    ------
    InputTypeError
        If it holds neither.
    """
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return True
    found = str(dtype)
    if is_object_dtype(dtype):
        found = infer_dtype(column, skipna=True)
        if found == "string":
            return True
        if found in _NUMBERS_AS_OBJECTS:
            return False
    elif is_bool_dtype(dtype) or (is_numeric_dtype(dtype) and not is_complex_dtype(dtype)):
        return False
    elif is_string_dtype(dtype):
        return True
    raise InputTypeError.of_series(
        f"column {column.name!r} of X must hold numbers, truth values, text or categories; got"
        f" {found}",
        rows.offenders(np.arange(len(column)), column.tolist()),
        "Convert it, time stamps for example to days since an event, or leave it out.",
    )


def read_numbers(column: pd.Series, rows: Rows) -> FloatArray:
    """Turn a column into float64, with NaN where a number is missing.

    Parameters
    ----------
    column : pd.Series of length n
    rows : Rows

    Returns
    -------
    ndarray of shape (n,), float64

    Raises
    ------
    InputTypeError
        If it doesn't hold numbers or truth values.
    InputError
        If a number is infinite.
    """
    if is_object_dtype(column.dtype) and infer_dtype(column, skipna=True) in _NUMBERS_AS_OBJECTS:
        missing = column.isna().to_numpy()
        filled = np.where(missing, 0.0, column.to_numpy()).astype(np.float64)
        column = pd.Series(np.where(missing, np.nan, filled), column.index, name=column.name)
    elif isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.dtype.categories.dtype)
    if is_bool_dtype(column.dtype):
        return (
            column.to_numpy(dtype=np.float64)
            if isinstance(column.dtype, np.dtype)
            else column.to_numpy(dtype=np.float64, na_value=np.nan)
        )
    return parse_values(column, rows)


def read_categories(column: pd.Series, rows: Rows) -> tuple[IntArray, list[str]]:
    """Turn a column into numbers of categories, and name these.

    Parameters
    ----------
    column : pd.Series of length n
    rows : Rows

    Returns
    -------
    codes : ndarray of shape (n,), int64
        -1 where missing.
    keys : list of str
        Text as it is; 1 and 1.0 are "1", True is "True".

    Raises
    ------
    InputTypeError
        If the column holds neither categories nor text, numbers or truth values.
    """
    holds_categories(column, rows)
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, values = column.cat.codes.to_numpy(), column.cat.categories
    else:
        codes, values = pd.factorize(column)
    return codes.astype(np.int64), [_key(value) for value in values.tolist()]


def _key(value: object) -> str:
    """Write a category as text; whole floats as whole numbers."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _mean_and_unit(values: FloatArray) -> tuple[float, float]:
    """Return mean and standard deviation, 1 for numbers that are all the same."""
    size = float(np.abs(values).max()) or 1.0  # squares of huge numbers would overflow
    mean, unit = float(np.mean(values / size)) * size, float(np.std(values / size)) * size
    return mean, unit if unit > 0.0 else 1.0
