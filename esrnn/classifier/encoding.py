"""From a panel's columns to the numbers that a network reads: steps of histories, and facts.

All that a series is scaled by is known at the end of its own history, and what is the same for all
series is learnt from the training panel. So no number depends on what comes after a history.
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from esrnn._typing import Float32Array, FloatArray, IntArray
from esrnn.classifier.settings import Scale
from esrnn.errors import EsrnnWarning, InputError
from esrnn.frames.columns import (
    CategoryColumn,
    Column,
    NumberColumn,
    holds_categories,
    read_categories,
    read_numbers,
)
from esrnn.frames.rows import Rows, encode_ids
from esrnn.frames.static_covariates import fit_column, pick_static_rows
from esrnn.panel.flat import flat_positions, indptr_of, series_of, step_of

__all__ = ["Histories", "HistoryColumn", "HistoryEncoder"]

_FURTHEST = 10.0  # what scaled steps are clipped to


@dataclass(frozen=True, eq=False)
class Histories:
    """The histories of N series and their facts, ready for a network.

    Attributes
    ----------
    steps : ndarray of shape (n_obs, C), float32
        One series after another.
    indptr : ndarray of shape (N + 1,), int64
        Where each series begins.
    facts : ndarray of shape (N, S), float32
    """

    steps: Float32Array
    indptr: IntArray
    facts: Float32Array

    @property
    def lengths(self) -> IntArray:
        """Steps of each series."""
        lengths: IntArray = np.diff(self.indptr)
        return lengths


@dataclass(frozen=True)
class HistoryColumn:
    """A column that changes along the histories.

    Attributes
    ----------
    name : hashable
    column : NumberColumn or CategoryColumn, optional
        How its values become features; None scales the numbers of each series by their own mean and
        spread.
    flags_missing : bool
        Whether a feature says where a number is missing. Only where some were in training: else no
        weight of it was learnt.
    """

    name: Hashable
    column: Column | None
    flags_missing: bool

    @property
    def n_features(self) -> int:
        """Number of features of a step."""
        own = 2 if self.column is None else len(self.column.feature_names)
        return own + self.flags_missing


@dataclass(frozen=True)
class HistoryEncoder:
    """Turns the columns of a panel into `Histories`, the same way for every panel.

    Attributes
    ----------
    history : tuple of HistoryColumn
    static : tuple of NumberColumn or CategoryColumn
        Facts that were given.
    measures : tuple of NumberColumn
        Facts that are measured of each history, see `measure`.
    dropped : tuple of hashable
        Static columns with one value everywhere.
    max_steps : int, optional
    """

    history: tuple[HistoryColumn, ...]
    static: tuple[Column, ...]
    measures: tuple[NumberColumn, ...]
    dropped: tuple[Hashable, ...] = ()
    max_steps: int | None = None
    _names: tuple[Hashable, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Remember which columns a panel must have."""
        own = (column.name for column in (*self.history, *self.static))
        object.__setattr__(self, "_names", (*own, *self.dropped))

    @classmethod
    def fit(
        cls, X: pd.DataFrame, static: Sequence[Hashable], scale: Scale, max_steps: int | None
    ) -> tuple[HistoryEncoder, Histories]:
        """Choose what each column becomes, and encode the panel.

        Parameters
        ----------
        X : pd.DataFrame
            The training panel: an index of series and time.
        static : sequence of hashable
            Columns with one value for each series.
        scale : {"series", "panel"}
        max_steps : int or None
            Only the last so many steps of each history are used.

        Returns
        -------
        HistoryEncoder
        Histories

        Raises
        ------
        InputError
            If a static column is not there or changes within a series, or no other column is left.
        InputTypeError
            If a column holds neither numbers nor categories.
        """
        unknown = [name for name in static if name not in X.columns]
        if unknown:
            raise InputError(
                f"static must name columns of X, {list(X.columns)}; got {unknown}. Name those that"
                " have one value for each series."
            )
        panel = _Panel.of(X, max_steps)
        _warn_of_text(panel, static)
        facts = {name: _fit_fact(panel, name) for name in static}
        history = tuple(_fit_history(panel, name, scale) for name in X.columns if name not in facts)
        if not history:
            raise InputError(
                f"X must have a column besides the static ones; got {list(X.columns)}. Leave a"
                " column of the history out of static."
            )
        found = measure(panel, history)
        encoder = cls(
            history,
            tuple(column for column in facts.values() if column is not None),
            tuple(_fit_measure(name, values) for name, values in found.items()),
            tuple(name for name, column in facts.items() if column is None),
            max_steps,
        )
        return encoder, encoder._encode(panel, found)

    def encode(self, X: pd.DataFrame) -> Histories:
        """Encode any panel of the same columns.

        Parameters
        ----------
        X : pd.DataFrame

        Returns
        -------
        Histories

        Raises
        ------
        InputError
            If X has other columns than in training.
        InputTypeError
            If a column holds something else.
        """
        if set(X.columns) != set(self._names):
            raise InputError(
                f"X must have the columns of training, {list(self._names)}; got"
                f" {list(X.columns)}. Rename, add or drop columns."
            )
        panel = _Panel.of(X, self.max_steps)
        return self._encode(panel, measure(panel, self.history))

    def _encode(self, panel: _Panel, found: dict[str, FloatArray]) -> Histories:
        steps = [_fill_steps(panel, column) for column in self.history]
        facts = np.zeros((panel.n_series, sum(len(c.feature_names) for c in self.static)), "f4")
        begin = 0
        for column in self.static:
            end, own = begin + len(column.feature_names), panel.X[column.name]
            chosen = pick_static_rows(column, own, panel.rows)
            some = panel.rows.take(chosen)
            column.fill(facts[:, begin:end], some.codes, own.iloc[chosen], some)
            begin = end
        every = Rows(np.arange(panel.n_series), panel.rows.ids)
        measured = np.zeros((panel.n_series, len(self.measures)), "f4")
        for k, column in enumerate(self.measures):
            values = pd.Series(found[str(column.name)], name=column.name)
            column.fill(measured[:, k : k + 1], every.codes, values, every)
        return Histories(np.hstack(steps), panel.indptr, np.hstack([facts, measured]))


@dataclass(frozen=True, eq=False)
class _Panel:
    """The rows of a panel, one series after another in the order of their first rows."""

    X: pd.DataFrame
    rows: Rows
    indptr: IntArray

    @classmethod
    def of(cls, X: pd.DataFrame, max_steps: int | None) -> _Panel:
        ids = [X.index.get_level_values(k) for k in range(X.index.nlevels - 1)]
        rows = encode_ids(ids)
        order = np.argsort(rows.codes, kind="stable")
        lengths = np.bincount(rows.codes, minlength=len(rows.ids))
        if max_steps is not None:
            kept = np.minimum(lengths, max_steps)
            order = order[flat_positions(indptr_of(lengths)[1:] - kept, kept)]
            lengths = kept
        stamps = X.index.get_level_values(-1)
        # All rows are of the past: step 0 or before.
        known = Rows(rows.codes, rows.ids, stamps, np.zeros(len(X), dtype=np.int64))
        return cls(X.iloc[order], known.take(order), indptr_of(lengths))

    @property
    def n_series(self) -> int:
        return len(self.rows.ids)

    def numbers(self, name: Hashable) -> FloatArray:
        return read_numbers(self.X[name], self.rows)


def measure(panel: _Panel, history: Sequence[HistoryColumn]) -> dict[str, FloatArray]:
    """Return facts that are measured of histories: length, and of columns with scales of their own.

    Parameters
    ----------
    panel : _Panel
    history : sequence of HistoryColumn

    Returns
    -------
    dict of str to ndarray of shape (N,)
        The logarithm of the number of steps; inverse hyperbolic sines of mean, standard deviation
        and mean absolute change, which are NaN where nothing is known.
    """
    found = {"steps": np.log1p(np.diff(panel.indptr).astype(np.float64))}
    for column in history:
        if column.column is None:
            own = _OwnScale.of(panel.numbers(column.name), panel.indptr)
            parts = {"mean": own.mean, "spread": own.spread, "change": own.change}
            known = own.n_known > 0
            for part, values in parts.items():
                found[f"{part} of {column.name}"] = np.where(known, np.arcsinh(values), np.nan)
    return found


@dataclass(frozen=True, eq=False)
class _OwnScale:
    """Mean, standard deviation and mean absolute change of each series, and its values filled."""

    mean: FloatArray
    spread: FloatArray
    change: FloatArray
    n_known: IntArray
    filled: FloatArray

    @classmethod
    def of(cls, numbers: FloatArray, indptr: IntArray) -> _OwnScale:
        first, series = indptr[:-1], series_of(indptr)
        known = ~np.isnan(numbers)
        n_known = np.add.reduceat(known.astype(np.int64), first)
        size = np.maximum.reduceat(np.where(known, np.abs(numbers), 0.0), first)
        size = np.where(size > 0.0, size, 1.0)  # squares of huge numbers would overflow
        scaled, n = np.where(known, numbers / size[series], 0.0), np.maximum(n_known, 1)
        mean = np.add.reduceat(scaled, first) / n
        apart = np.where(known, scaled - mean[series], 0.0)
        spread = np.sqrt(np.add.reduceat(apart**2, first) / n)
        filled = _carry_forward(np.where(known, numbers, np.nan), indptr)
        filled = np.where(np.isnan(filled), (mean * size)[series], filled)
        moves = np.abs(_differences(filled / size[series], indptr))
        change = np.add.reduceat(moves, first) / np.maximum(np.diff(indptr) - 1, 1)
        return cls(mean * size, spread * size, change * size, n_known, filled)


def _differences(values: FloatArray, indptr: IntArray) -> FloatArray:
    """Return the change of each step from the one before it; 0 at the first."""
    changes = np.diff(values, prepend=values[:1])
    changes[indptr[:-1]] = 0.0
    return changes


def _carry_forward(numbers: FloatArray, indptr: IntArray) -> FloatArray:
    """Replace missing numbers by the last one before; those before the first stay NaN."""
    at = np.where(np.isnan(numbers), 0, step_of(indptr))
    starts = np.repeat(indptr[:-1], np.diff(indptr))
    # The running maximum over all series at once: a series starts beyond all steps before it.
    last = np.maximum.accumulate(at + starts)
    return numbers[last]


def _fit_fact(panel: _Panel, name: Hashable) -> Column | None:
    """Make the encoder of a static column; None if it has one value everywhere."""
    column, varies = fit_column(panel.X[name], panel.rows)
    if varies:
        values = panel.X[name]
        codes = pd.factorize(values)[0]
        changes = np.flatnonzero((np.diff(codes) != 0) & (np.diff(panel.rows.codes) == 0)) + 1
        raise InputError.of_series(
            f"column {name!r} is static, so it must have one value for each series; it changes",
            panel.rows.offenders(changes, values.iloc[changes].tolist()),
            "Take it out of static, to use it as a part of the history.",
        )
    return column


def _fit_history(panel: _Panel, name: Hashable, scale: Scale) -> HistoryColumn:
    """Choose what a column of the history becomes."""
    if holds_categories(panel.X[name], panel.rows):
        codes, keys = read_categories(panel.X[name], panel.rows)
        return HistoryColumn(name, CategoryColumn.fit(name, codes, keys), False)
    numbers = panel.numbers(name)
    missing = np.isnan(numbers)
    if scale == "series":
        return HistoryColumn(name, None, bool(missing.any()))
    known = numbers[~missing] if not missing.all() else np.zeros(1)
    return HistoryColumn(name, NumberColumn.fit(name, known), bool(missing.any()))


def _warn_of_text(panel: _Panel, static: Sequence[Hashable]) -> None:
    """Warn of text that may not be meant as categories: numbers as text, and histories of text."""
    for name in panel.X.columns:
        column = panel.X[name]
        is_said = isinstance(column.dtype, pd.CategoricalDtype)
        if is_said or not holds_categories(column, panel.rows):
            continue
        texts = column.dropna().unique()
        are_numbers = not np.isnan(pd.to_numeric(texts, errors="coerce").astype(float)).any()
        if are_numbers or name not in static:
            what = "numbers as text" if are_numbers else "text"
            remedy = "convert it by pd.to_numeric" if are_numbers else "encode it as numbers"
            message = (
                f"column {name!r} of X holds {what}, so each of its {len(texts)} values is a"
                f" category. If that is meant, say so by astype('category'); else {remedy}."
            )
            warnings.warn(EsrnnWarning(message), stacklevel=6)


def _fit_measure(name: str, values: FloatArray) -> NumberColumn:
    known = values[~np.isnan(values)]
    return NumberColumn.fit(name, known if known.size else np.zeros(1))


def _fill_steps(panel: _Panel, column: HistoryColumn) -> Float32Array:
    """Return the features of a column at all steps, (n_obs, n_features)."""
    n_obs = len(panel.X)
    out = np.zeros((n_obs, column.n_features), dtype=np.float32)
    if isinstance(column.column, CategoryColumn):
        column.column.fill(out, np.arange(n_obs), panel.X[column.name], panel.rows)
        return out
    numbers = panel.numbers(column.name)
    if column.flags_missing:
        out[:, -1] = np.isnan(numbers)
    if column.column is not None:
        filled = pd.Series(_carry_forward(numbers, panel.indptr), name=column.name)
        column.column.fill(out[:, :1], np.arange(n_obs), filled, panel.rows)
        return out
    own, series = _OwnScale.of(numbers, panel.indptr), series_of(panel.indptr)
    spread, change = (np.where(part > 0.0, part, np.inf) for part in (own.spread, own.change))
    with np.errstate(over="ignore"):  # both are clipped
        values = own.filled / spread[series] - (own.mean / spread)[series]
        changes = _differences(own.filled / change[series], panel.indptr)
    out[:, 0] = np.clip(np.nan_to_num(values), -_FURTHEST, _FURTHEST)
    out[:, 1] = np.clip(np.nan_to_num(changes), -_FURTHEST, _FURTHEST)
    return out
