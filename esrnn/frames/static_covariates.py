"""Which columns of X are static covariates, and their value for each series.

A static covariate has one value for all steps of a series. Which columns are static is decided by
the training frame. In another frame such a column may change, and then one value has to be chosen.
"""

import warnings

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import EsrnnWarning
from esrnn.frames.columns import (
    CategoryColumn,
    Column,
    NumberColumn,
    holds_categories,
    read_categories,
    read_numbers,
)
from esrnn.frames.rows import Rows, steps_of

__all__ = ["fit_column", "pick_static_rows"]

# Rows after the end of a series rank below all rows up to it.
_BELOW = 1 << 40


def fit_column(values: pd.Series, rows: Rows) -> tuple[Column | None, bool]:
    """Make the encoder of a column, and tell whether the column varies within a series.

    A missing number does not make a column vary. A missing category does, where it is missing at
    some steps of a series: it is a state like others, for example that there is no event. Numbers
    are standardised by the history, or by all rows if the history has one value only.

    Parameters
    ----------
    values : pd.Series of length n
        A column of X.
    rows : Rows
        Series and step of each row.

    Returns
    -------
    column : NumberColumn or CategoryColumn or None
        None if the column is the same everywhere, or has too many categories.
    varies : bool
        Whether it varies. If not, the encoder was made from one value of each series.

    Raises
    ------
    InputTypeError, InputError
        As `esrnn.frames.columns.read_numbers` and `read_categories`.
    """
    if holds_categories(values, rows):
        codes, keys = read_categories(values, rows)
        first = _first(rows, np.ones(codes.size, dtype=np.bool_))
        varies = bool((codes != codes[first[rows.codes]]).any())
        chosen = codes if varies else codes[first[first >= 0]]
        if chosen.min() == chosen.max():
            return None, varies
        categories = CategoryColumn.fit(values.name, chosen, keys)
        return (categories if categories.categories else None), varies
    numbers = read_numbers(values, rows)
    present = ~np.isnan(numbers)
    first = _first(rows, present)
    varies = bool((numbers[present] != numbers[first[rows.codes[present]]]).any())
    if varies:
        numbers = _past(numbers[present], steps_of(rows)[present])
    else:
        numbers = numbers[first[first >= 0]]
    if numbers.size == 0 or numbers.min() == numbers.max():
        return None, varies
    return NumberColumn.fit(values.name, numbers), varies


def _past(values: FloatArray, steps: IntArray) -> FloatArray:
    """Return the values up to the ends of the series; all where these are all the same."""
    past = values[steps <= 0]
    return past if past.size and past.min() < past.max() else values


def pick_static_rows(column: Column, values: pd.Series, rows: Rows) -> IntArray:
    """Return the row of each series that has the value of a static covariate.

    Parameters
    ----------
    column : NumberColumn or CategoryColumn
    values : pd.Series of length n
        The column of X.
    rows : Rows
        Series and step of each row.

    Returns
    -------
    ndarray of shape (m,), int64
        At most one for each series: the last row up to its end where the column is not missing, or
        else the first one after it.

    Warns
    -----
    EsrnnWarning
        If the column changes within a series.
    """
    numbers, present = _as_numbers(column, values, rows)
    series, steps = rows.codes[present], steps_of(rows)[present]
    rank = np.where(steps <= 0, steps, -_BELOW - steps)
    best = np.full(len(rows.ids), np.iinfo(np.int64).min)
    np.maximum.at(best, series, rank)
    chosen: IntArray = np.flatnonzero(present)[rank == best[series]]
    value = np.full(best.size, np.nan)
    value[rows.codes[chosen]] = numbers[chosen]
    changed = np.flatnonzero(present & (numbers != value[rows.codes]))
    if changed.size:
        warning = EsrnnWarning.of_series(
            f"column {column.name!r} of X was constant within every series in training, so it is a"
            " static covariate; now it changes",
            rows.offenders(changed, values.iloc[changed].tolist()),
            "The value at the end of the series is used. To use its changes, train on data in which"
            " it changes.",
        )
        warnings.warn(warning, stacklevel=4)
    return chosen


def _as_numbers(column: Column, values: pd.Series, rows: Rows) -> tuple[FloatArray, BoolArray]:
    """Return one number for each different value of a column, and where it has a value."""
    if isinstance(column, NumberColumn):
        numbers = read_numbers(values, rows)
        return numbers, ~np.isnan(numbers)
    codes = read_categories(values, rows)[0]
    return codes.astype(np.float64), codes >= 0


def _first(rows: Rows, present: BoolArray) -> IntArray:
    """Return the first row present of each series, (N,), -1 where there is none."""
    first = np.full(len(rows.ids), -1)
    where = np.flatnonzero(present)[::-1]
    first[rows.codes[where]] = where  # of several assignments the last one stays
    return first
