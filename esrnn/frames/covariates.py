"""`CovariateEncoder`: from the columns of sktime's X and the calendar to `Covariates`.

It is learnt once, from the training panel, and then encodes any panel alike. What a single column
becomes is said in `esrnn.frames.columns`, what the calendar adds in `esrnn.frames.calendar`, and
where a row of X belongs in `esrnn.frames.align`.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, Float32Array, IntArray
from esrnn.errors import N_LISTED, InputError, InputTypeError, describe_offenders
from esrnn.frames.align import Aligned, align
from esrnn.frames.calendar import calendar_features, calendar_names, check_calendar
from esrnn.frames.columns import Column, NumberColumn, read_numbers
from esrnn.frames.facts import learn_column, pick_facts
from esrnn.frames.framed import FramedPanel
from esrnn.frames.times import as_steps
from esrnn.panel import Covariates
from esrnn.panel.flat import indptr_of

__all__ = ["CovariateEncoder", "MissingFuture"]


@dataclass(frozen=True, eq=False)
class MissingFuture:
    """Steps to be forecast of which something is not known.

    Attributes
    ----------
    columns : tuple of hashable
        Columns that lack one.
    series : tuple of hashable
        The series of each step.
    stamps : pd.Index
        Its time stamp.
    """

    columns: tuple[Hashable, ...]
    series: tuple[Hashable, ...]
    stamps: pd.Index

    def __bool__(self) -> bool:
        return len(self.series) > 0

    def describe(self) -> str:
        """Name the columns, and the first few series and time stamps."""
        names = ", ".join(repr(name) for name in self.columns[:N_LISTED])
        more = ", ..." if len(self.columns) > N_LISTED else ""
        steps = self.stamps[:N_LISTED].tolist()
        found = describe_offenders(self.series[:N_LISTED], steps, count=len(self.series))
        return f"{'columns' if len(self.columns) > 1 else 'column'} {names}{more}; missing: {found}"


@dataclass(frozen=True)
class CovariateEncoder:
    """Turns columns and the calendar into numbers, the same way for every panel.

    Parameters
    ----------
    static : tuple of NumberColumn or CategoryColumn
        Columns that were constant within every series: facts about it.
    known : tuple of NumberColumn or CategoryColumn
        Columns that vary, and are known in advance.
    dropped : tuple of hashable
        Columns that were the same everywhere and say nothing. They may be there or not.
    calendar : tuple of str
        Calendar features (`esrnn.frames.usual_calendar`), known in advance.

    Notes
    -----
    Numbers are standardised by the training panel, the very skewed ones in logarithms; truth values
    are the numbers 0 and 1; a missing number counts as the mean. Categories become one feature
    each, at most 50; rarer, unseen and missing ones are 0 in all of them, unknown. A step for which
    X has no row counts as missing. A fact is read off the last row of X up to the end of the series
    where it is not missing, or else off the first one after it.

    Examples
    --------
    >>> from esrnn.frames import sktime_to_panel
    >>> months = pd.period_range("2024-01", periods=4, freq="M")
    >>> index = pd.MultiIndex.from_product([["a", "b"], months])
    >>> framed = sktime_to_panel(pd.Series(range(8), index, dtype=float))
    >>> X = pd.DataFrame({"kind": ["food"] * 4 + ["toys"] * 4, "promo": [0, 1] * 4}, index)
    >>> encoder = CovariateEncoder.learn(X, framed, ("month",))
    >>> encoder.static_names, encoder.known_names
    (('kind=food', 'kind=toys'), ('promo', 'month_sin', 'month_cos'))
    >>> covariates = encoder.encode(framed, X, horizon=2)
    >>> covariates.static.tolist(), covariates.known[:6, 0].tolist()
    ([[1.0, 0.0], [0.0, 1.0]], [-1.0, 1.0, -1.0, 1.0, 0.0, 0.0])
    """

    static: tuple[Column, ...]
    known: tuple[Column, ...]
    dropped: tuple[Hashable, ...]
    calendar: tuple[str, ...]

    @classmethod
    def learn(
        cls, X: pd.DataFrame | None, framed: FramedPanel, calendar: Sequence[str] = ()
    ) -> "CovariateEncoder":
        """Choose what columns become.

        Parameters
        ----------
        X : pd.DataFrame or None
            Columns of numbers, truth values, text or categories, with the kind of index that the
            panel came with; rows in any order. Rows of other series are not read.
        framed : FramedPanel
            The training panel.
        calendar : sequence of str
            Names of calendar features.

        Returns
        -------
        CovariateEncoder

        Raises
        ------
        InputTypeError
            If a column is neither of numbers nor of categories, or the time stamps of X are of
            another kind than the panel's.
        InputError
            If a number is infinite, a row or a column's name is there twice, an index does not
            fit the panel's, or there is no such calendar feature.
        """
        check_calendar(calendar, framed.times.freq)
        static: list[Column] = []
        known: list[Column] = []
        dropped: list[Hashable] = []
        names = _names(X)
        if X is not None and names:
            aligned = align(X, framed)
            for name in names:
                column, varies = learn_column(aligned, name)
                if column is None:
                    dropped.append(name)
                else:
                    (known if varies else static).append(column)
        return cls(tuple(static), tuple(known), tuple(dropped), tuple(calendar))

    @property
    def static_names(self) -> tuple[str, ...]:
        """Names of the features of `Covariates.static`."""
        return tuple(name for column in self.static for name in column.feature_names)

    @property
    def known_names(self) -> tuple[str, ...]:
        """Names of the features of `Covariates.known`."""
        own = (name for column in self.known for name in column.feature_names)
        return (*own, *calendar_names(self.calendar))

    def encode(self, framed: FramedPanel, X: pd.DataFrame | None, horizon: int) -> Covariates:
        """Encode the covariates of a panel.

        Parameters
        ----------
        framed : FramedPanel
            Any panel of the same frequency.
        X : pd.DataFrame or None
            The columns that were learnt, over history and future, as for `learn`.
        horizon : int
            Steps H after the end of each series.

        Returns
        -------
        Covariates

        Raises
        ------
        InputTypeError, InputError
            As `learn`; or if X has other columns than were learnt.

        Warns
        -----
        UserWarning
            If a fact changes within a series.
        """
        lengths = framed.panel.lengths
        indptr = indptr_of(lengths + horizon)
        static = np.zeros((framed.n_series, len(self.static_names)), dtype=np.float32)
        known = np.zeros((int(indptr[-1]), len(self.known_names)), dtype=np.float32)
        aligned = self._align(framed, X)
        if aligned is not None:
            inside = (aligned.steps > -lengths[aligned.series]) & (aligned.steps <= horizon)
            at = (indptr[1:] - 1 - horizon)[aligned.series] + aligned.steps
            self._fill_known(known, at, aligned, np.flatnonzero(inside))
            self._fill_static(static, aligned)
        if self.calendar:
            features = calendar_features(framed, self.calendar, horizon)
            known[:, known.shape[1] - features.shape[1] :] = features
        return Covariates(static, known, indptr, horizon)

    def missing_future(
        self, framed: FramedPanel, X: pd.DataFrame | None, steps: int | IntArray
    ) -> MissingFuture:
        """Find the steps ahead of which X doesn't tell what must be known in advance.

        Parameters
        ----------
        framed, X
            As for `encode`.
        steps : int, or ndarray of int of shape (K,) or (N, K)
            Steps after the end of every series, as in `TimeAxis.future_index`; steps up to the end
            may be missing.

        Returns
        -------
        MissingFuture
            False if nothing is missing. A missing number in a row is missing, a missing category
            is not: often it means that nothing is on.

        Raises
        ------
        InputTypeError, InputError
            As `encode`.
        """
        matrix = as_steps(steps, framed.n_series)
        horizon = max(int(matrix.max()), 1)
        lacks = np.zeros((framed.n_series, horizon + 1), dtype=np.bool_)
        columns: list[Hashable] = []
        wanted = np.zeros_like(lacks)
        wanted[np.arange(framed.n_series)[:, None], np.clip(matrix, 0, horizon)] = True
        wanted[:, 0] = False
        aligned = self._align(framed, X)
        for column in self.known:
            absent = wanted
            if aligned is not None:
                absent = wanted & ~_told(column, aligned, wanted.shape)
            if absent.any():
                lacks |= absent
                columns.append(column.name)
        series, ahead = np.nonzero(lacks)
        ids = tuple(framed.panel.ids[i] for i in series.tolist())
        return MissingFuture(tuple(columns), ids, framed.times.stamps(series, ahead))

    def require_future(
        self, framed: FramedPanel, X: pd.DataFrame | None, steps: int | IntArray
    ) -> None:
        """Refuse to forecast steps of which X doesn't tell what must be known in advance.

        Parameters
        ----------
        framed, X, steps
            As for `missing_future`.

        Raises
        ------
        InputError
            If anything is missing, or as `encode`.
        InputTypeError
            As `encode`.
        """
        missing = self.missing_future(framed, X, steps)
        if missing:
            raise InputError(
                "X must tell of the steps that are forecast what was known of all others in"
                f" training: {missing.describe()}. Pass X with these rows to predict."
            )

    def _align(self, framed: FramedPanel, X: pd.DataFrame | None) -> Aligned | None:
        """Find the rows of X; None if no column is needed."""
        expected = [column.name for column in (*self.static, *self.known)]
        got = _names(X)
        missing = [name for name in expected if name not in got]
        other = [name for name in got if name not in expected and name not in self.dropped]
        if missing or other:
            lists = (
                f"{'missing' if names is missing else 'not known from training'}: "
                + ", ".join(repr(name) for name in names[:N_LISTED])
                for names in (missing, other) if names
            )  # fmt: skip
            raise InputError(
                f"X must have the columns it had in training, {expected[:20]}; got"
                f" {got[:20] if X is not None else 'no X'}; {'; '.join(lists)}. Pass X with these"
                " columns and no others."
            )
        return align(X, framed) if X is not None and expected else None

    def _fill_known(
        self, out: Float32Array, at: IntArray, aligned: Aligned, inside: IntArray
    ) -> None:
        some = aligned.take(inside)
        begin = 0
        for column in self.known:
            end = begin + len(column.feature_names)
            column.fill(out[:, begin:end], at[inside], some.frame[column.name], some.rows)
            begin = end

    def _fill_static(self, out: Float32Array, aligned: Aligned) -> None:
        begin = 0
        for column in self.static:
            end = begin + len(column.feature_names)
            some = aligned.take(pick_facts(column, aligned))
            column.fill(out[:, begin:end], some.series, some.frame[column.name], some.rows)
            begin = end


def _told(column: Column, aligned: Aligned, shape: tuple[int, int]) -> BoolArray:
    """Tell of which steps ahead X has a row, (N, 1 + H); with a number, where it is of numbers."""
    told = np.zeros(shape, dtype=np.bool_)
    ahead = (aligned.steps >= 1) & (aligned.steps < shape[1])
    if isinstance(column, NumberColumn):
        ahead &= ~np.isnan(read_numbers(aligned.frame[column.name], aligned.rows))
    told[aligned.series[ahead], aligned.steps[ahead]] = True
    return told


def _names(X: pd.DataFrame | None) -> list[Hashable]:
    """Return the names of the columns; refuse what is no frame, and names that are there twice."""
    if X is None:
        return []
    if not isinstance(X, pd.DataFrame):
        raise InputTypeError(f"X must be a pandas DataFrame; got {type(X).__name__}.")
    if not X.columns.is_unique:
        twice = X.columns[X.columns.duplicated()].unique().tolist()
        raise InputError(
            f"columns of X must have different names; there more than once: {twice[:N_LISTED]}."
            " Rename or drop them."
        )
    return list(X.columns)
