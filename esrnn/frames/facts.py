"""Which columns of covariates are facts about the series, and what the fact is.

A fact is the same at every step of a series. Which columns are facts is learnt from one frame; in
another frame such a column may change, and then one value has to be chosen.
"""

import warnings
from collections.abc import Hashable

import numpy as np

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.frames.align import Aligned
from esrnn.frames.columns import (
    CategoryColumn,
    Column,
    NumberColumn,
    holds_categories,
    read_categories,
    read_numbers,
)

__all__ = ["learn_column", "pick_facts"]

# Rows after the end of a series rank behind all rows up to it.
_BEHIND = 1 << 40


def learn_column(aligned: Aligned, name: Hashable) -> tuple[Column | None, bool]:
    """Choose what a column becomes, and tell whether it varies within a series.

    A missing number says nothing of this. A missing category is a state like others, such as that
    no event is on, and a column that has it at some steps varies. How numbers are scaled is
    learnt from the history, unless only the future tells.

    Parameters
    ----------
    aligned : Aligned
    name : hashable
        Of one of the frame's columns.

    Returns
    -------
    column : NumberColumn or CategoryColumn or None
        None if the column is the same everywhere, or has too many categories.
    varies : bool
        If not, one value of each series was looked at.

    Raises
    ------
    InputTypeError, InputError
        As `esrnn.frames.columns.read_numbers` and `read_categories`.
    """
    column, series = aligned.frame[name], aligned.series
    if holds_categories(column, aligned.rows):
        codes, keys = read_categories(column, aligned.rows)
        first = _first(aligned, np.ones(codes.size, dtype=np.bool_))
        varies = bool((codes != codes[first[series]]).any())
        chosen = codes if varies else codes[first[first >= 0]]
        if chosen.min() == chosen.max():
            return None, varies
        categories = CategoryColumn.learn(name, chosen, keys)
        return (categories if categories.categories else None), varies
    values = read_numbers(column, aligned.rows)
    present = ~np.isnan(values)
    first = _first(aligned, present)
    varies = bool((values[present] != values[first[series[present]]]).any())
    numbers = values[first[first >= 0]]
    if varies:
        numbers = _past(values[present], aligned.steps[present])
    if numbers.size == 0 or numbers.min() == numbers.max():
        return None, varies
    return NumberColumn.learn(name, numbers), varies


def _past(values: FloatArray, steps: IntArray) -> FloatArray:
    """Return the values up to the ends of the series; all where these are all the same."""
    past = values[steps <= 0]
    return past if past.size and past.min() < past.max() else values


def pick_facts(column: Column, aligned: Aligned) -> IntArray:
    """Return the row of each series that a fact is read off.

    Parameters
    ----------
    column : NumberColumn or CategoryColumn
    aligned : Aligned

    Returns
    -------
    ndarray of shape (m,), int64
        At most one for each series: the last row up to its end where the column is not missing, or
        else the first one after it.

    Warns
    -----
    UserWarning
        If the column changes within a series.
    """
    values, present = _values(column, aligned)
    series = aligned.series[present]
    steps = aligned.steps[present]
    rank = np.where(steps <= 0, steps, -_BEHIND - steps)
    best = np.full(len(aligned.rows.ids), np.iinfo(np.int64).min)
    np.maximum.at(best, series, rank)
    chosen: IntArray = np.flatnonzero(present)[rank == best[series]]
    fact = np.full(best.size, np.nan)
    fact[aligned.series[chosen]] = values[chosen]
    changed = np.flatnonzero(present & (values != fact[aligned.series]))
    if changed.size:
        warnings.warn(
            f"column {column.name!r} of X was constant within every series in training, so it"
            f" counts as a fact about a series; now it changes: {aligned.rows.describe(changed)}."
            " The value at the end of the series is used. For changes to count, train on data that"
            " has some.",
            UserWarning,
            stacklevel=4,
        )
    return chosen


def _values(column: Column, aligned: Aligned) -> tuple[FloatArray, BoolArray]:
    """Return numbers that tell a column's values apart, and where there are any."""
    series = aligned.frame[column.name]
    if isinstance(column, NumberColumn):
        values = read_numbers(series, aligned.rows)
        return values, ~np.isnan(values)
    codes = read_categories(series, aligned.rows)[0]
    return codes.astype(np.float64), codes >= 0


def _first(aligned: Aligned, present: BoolArray) -> IntArray:
    """Return the first row present of each series, (N,), -1 where there is none."""
    first = np.full(len(aligned.rows.ids), -1)
    rows = np.flatnonzero(present)[::-1]
    first[aligned.series[rows]] = rows  # of several assignments the last one stays
    return first
