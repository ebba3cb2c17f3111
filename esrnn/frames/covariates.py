"""`CovariateEncoder`: from the columns of X and the calendar to `Covariates`.

An encoder is made once, from the training panel, and then encodes any panel in the same way.
`esrnn.frames.columns` encodes a single column, `esrnn.frames.calendar` makes calendar features, and
`esrnn.frames.align` finds the series and the step of each row of X.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, Float32Array, IntArray
from esrnn.errors import N_LISTED, InputError, InputTypeError, Offenders
from esrnn.frames.align import align, list_names, number_series
from esrnn.frames.calendar import calendar_features, calendar_names, check_calendar
from esrnn.frames.columns import Column, NumberColumn, read_numbers
from esrnn.frames.framed import FramedPanel
from esrnn.frames.rows import Rows, steps_of
from esrnn.frames.static_covariates import fit_column, pick_static_rows
from esrnn.frames.times import as_steps
from esrnn.panel import Covariates
from esrnn.panel.flat import indptr_of

__all__ = ["CovariateEncoder"]


@dataclass(frozen=True)
class CovariateEncoder:
    """Turns columns and the calendar into numbers, the same way for every panel.

    Parameters
    ----------
    static : tuple of NumberColumn or CategoryColumn
        Static covariates: columns that were constant within every series.
    future : tuple of NumberColumn or CategoryColumn
        Future covariates: columns that vary, and whose future values are needed to forecast.
    dropped : tuple of hashable
        Columns with one value everywhere, which are not used. X may have them or not.
    calendar : tuple of str
        Calendar features (`esrnn.frames.usual_calendar`), which are future covariates too.

    Notes
    -----
    Numbers are standardised by the training panel, very skewed ones as logarithms. Truth values are
    the numbers 0 and 1, and a missing number counts as the mean. Each category becomes one feature,
    at most 50; rarer, unseen and missing categories are 0 in all of them. A step without a row in X
    counts as missing. The value of a static covariate is that of the last row of X up to the end of
    the series where it is not missing, or else of the first one after it.

    Examples
    --------
    >>> from esrnn.frames import sktime_to_panel
    >>> months = pd.period_range("2024-01", periods=4, freq="M")
    >>> index = pd.MultiIndex.from_product([["a", "b"], months])
    >>> framed = sktime_to_panel(pd.Series(range(8), index, dtype=float))
    >>> X = pd.DataFrame({"kind": ["food"] * 4 + ["toys"] * 4, "promo": [0, 1] * 4}, index)
    >>> encoder = CovariateEncoder.fit(X, framed, ("month",))
    >>> encoder.static_names, encoder.future_names
    (('kind=food', 'kind=toys'), ('promo', 'month_sin', 'month_cos'))
    >>> covariates = encoder.encode(framed, X, horizon=2)
    >>> covariates.static.tolist(), covariates.future[:6, 0].tolist()
    ([[1.0, 0.0], [0.0, 1.0]], [-1.0, 1.0, -1.0, 1.0, 0.0, 0.0])
    """

    static: tuple[Column, ...]
    future: tuple[Column, ...]
    dropped: tuple[Hashable, ...]
    calendar: tuple[str, ...]

    @classmethod
    def fit(
        cls, X: pd.DataFrame | None, framed: FramedPanel, calendar: Sequence[str] = ()
    ) -> "CovariateEncoder":
        """Make the encoder of the columns of a training panel.

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
            If a column holds neither numbers nor categories, or the time stamps of X are of another
            kind than the panel's.
        InputError
            If a number is infinite, a row or the name of a column is there twice, the index does
            not fit the panel's, or there is no such calendar feature.
        """
        check_calendar(calendar, framed.times.freq)
        static: list[Column] = []
        future: list[Column] = []
        dropped: list[Hashable] = []
        names = _names(X)
        if X is not None and names:
            frame, rows = align(X, framed)
            for name in names:
                column, varies = fit_column(frame[name], rows)
                if column is None:
                    dropped.append(name)
                else:
                    (future if varies else static).append(column)
        return cls(tuple(static), tuple(future), tuple(dropped), tuple(calendar))

    @property
    def static_names(self) -> tuple[str, ...]:
        """Names of the features of `Covariates.static`."""
        return tuple(name for column in self.static for name in column.feature_names)

    @property
    def future_names(self) -> tuple[str, ...]:
        """Names of the features of `Covariates.future`."""
        own = (name for column in self.future for name in column.feature_names)
        return (*own, *calendar_names(self.calendar))

    def encode(
        self,
        framed: FramedPanel,
        X: pd.DataFrame | None,
        horizon: int,
        required: int | IntArray | None = None,
    ) -> Covariates:
        """Encode the covariates of a panel.

        Parameters
        ----------
        framed : FramedPanel
            Any panel of the same frequency.
        X : pd.DataFrame or None
            The columns of training, over history and future, as for `fit`.
        horizon : int
            Steps H after the end of each series.
        required : int, or ndarray of int of shape (K,) or (N, K), optional
            Slots after the end of every series (`TimeAxis.slots`) at which X must have a row with a
            value of each future covariate; those up to the end are never required.
            A missing category counts as a value: often it means that there is no event.

        Returns
        -------
        Covariates

        Raises
        ------
        InputTypeError, InputError
            As `fit`; or if X has other columns than in training, or lacks what is required.

        Warns
        -----
        EsrnnWarning
            If a static covariate changes within a series.
        """
        lengths = framed.panel.lengths
        indptr = indptr_of(lengths + horizon)
        static = np.zeros((framed.n_series, len(self.static_names)), dtype=np.float32)
        future = np.zeros((int(indptr[-1]), len(self.future_names)), dtype=np.float32)
        frame, rows = self._align(framed, X)
        if required is not None and self.future:
            self._require(frame, rows, as_steps(required, framed.n_series), framed, X)
        if frame is not None:
            steps = steps_of(rows)
            inside = (steps > -lengths[rows.codes]) & (steps <= horizon)
            at = (indptr[1:] - 1 - horizon)[rows.codes] + steps
            self._fill_future(future, at, frame, rows, np.flatnonzero(inside))
            self._fill_static(static, frame, rows)
        if self.calendar:
            features = calendar_features(framed, self.calendar, horizon)
            future[:, future.shape[1] - features.shape[1] :] = features
        return Covariates(static, future, indptr, horizon)

    def require(
        self, framed: FramedPanel, X: pd.DataFrame | None, required: int | IntArray
    ) -> None:
        """Refuse an X that lacks values of the steps ahead, as `encode` does.

        Parameters
        ----------
        framed : FramedPanel
        X : pd.DataFrame or None
        required : int or ndarray of int
            As for `encode`.

        Raises
        ------
        InputTypeError, InputError
            As `encode`.
        """
        frame, rows = self._align(framed, X)
        if self.future:
            self._require(frame, rows, as_steps(required, framed.n_series), framed, X)

    def _require(
        self,
        frame: pd.DataFrame | None,
        rows: Rows,
        steps: IntArray,
        framed: FramedPanel,
        X: pd.DataFrame | None,
    ) -> None:
        """Refuse an X that lacks values of future covariates at steps ahead of shape (N, K)."""
        horizon = max(int(steps.max()), 1)
        needed = np.zeros((framed.n_series, horizon + 1), dtype=np.bool_)
        needed[np.arange(framed.n_series)[:, None], np.clip(steps, 0, horizon)] = True
        needed[:, 0] = False
        lacking = np.zeros_like(needed)
        columns: list[Hashable] = []
        for column in self.future:
            absent = needed
            if frame is not None:
                absent = needed & ~_has_value(column, frame, rows, needed.shape)
            if absent.any():
                lacking |= absent
                columns.append(column.name)
        if columns:
            series, ahead = np.nonzero(lacking)
            steps = framed.times.steps(series, ahead)
            names = ", ".join(repr(name) for name in columns[:N_LISTED])
            raise InputError.of_series(
                "X is missing values for the forecast steps: column"
                f"{'s' * (len(columns) > 1)} {names}{', ...' * (len(columns) > N_LISTED)};",
                Offenders(framed.ids.take(series), framed.times.stamps(series, steps)),
                "Pass X with rows for these steps to predict."
                + _cause_of_lack(lacking, rows, X, framed, columns),
            )

    def _align(
        self, framed: FramedPanel, X: pd.DataFrame | None
    ) -> tuple[pd.DataFrame | None, Rows]:
        """Check the columns of X and find its rows; no frame if no column is needed."""
        expected = [column.name for column in (*self.static, *self.future)]
        got = _names(X)
        missing = [name for name in expected if name not in got]
        other = [name for name in got if name not in expected and name not in self.dropped]
        if missing or other:
            lists = (
                f"{'missing' if names is missing else 'not in training'}: "
                + ", ".join(repr(name) for name in names[:N_LISTED])
                for names in (missing, other)
                if names
            )
            raise InputError(
                f"X must have the columns that it had in training, {expected[:20]}; got"
                f" {got[:20] if X is not None else 'no X'}; {'; '.join(lists)}. Pass X with these"
                " columns and no others."
            )
        if X is None or not expected:
            return None, Rows(np.empty(0, dtype=np.int64), framed.ids)
        return align(X, framed)

    def _fill_future(
        self, out: Float32Array, at: IntArray, frame: pd.DataFrame, rows: Rows, inside: IntArray
    ) -> None:
        """Write the future covariates of the rows `inside` to the places `at` of all rows."""
        frame, rows, at = _take(frame, inside), rows.take(inside), at[inside]
        begin = 0
        for column in self.future:
            end = begin + len(column.feature_names)
            column.fill(out[:, begin:end], at, frame[column.name], rows)
            begin = end

    def _fill_static(self, out: Float32Array, frame: pd.DataFrame, rows: Rows) -> None:
        """Write the static covariates, one row of `out` for each series."""
        begin = 0
        for column in self.static:
            end = begin + len(column.feature_names)
            chosen = pick_static_rows(column, frame[column.name], rows)
            values, some = frame[column.name].iloc[chosen], rows.take(chosen)
            column.fill(out[:, begin:end], some.codes, values, some)
            begin = end


def _take(frame: pd.DataFrame, rows: IntArray) -> pd.DataFrame:
    """Return some rows in their order; the frame itself if these are all."""
    return frame if rows.size == len(frame) else frame.iloc[rows]


def _has_value(
    column: Column, frame: pd.DataFrame, rows: Rows, shape: tuple[int, int]
) -> BoolArray:
    """Return at which steps ahead X has a row, and in it a number if the column is of numbers."""
    has_value = np.zeros(shape, dtype=np.bool_)
    steps = steps_of(rows)
    ahead = (steps >= 1) & (steps < shape[1])
    if isinstance(column, NumberColumn):
        ahead &= ~np.isnan(read_numbers(frame[column.name], rows))
    has_value[rows.codes[ahead], steps[ahead]] = True
    return has_value


def _cause_of_lack(
    lacking: BoolArray,
    rows: Rows,
    X: pd.DataFrame | None,
    framed: FramedPanel,
    columns: list[Hashable],
) -> str:
    """Say why X may lack values, where that can be told: other ids, or gaps."""
    if X is None or rows.steps is None:
        return ""
    last = np.zeros(framed.n_series, dtype=np.int64)
    np.maximum.at(last, rows.codes, rows.steps)
    numbers, named = number_series(X.index, framed, "X")
    unknown = named.ids.take(np.unique(named.codes[numbers < 0]))
    n_without = int((lacking.any(axis=1) & (last < 1)).sum())
    if len(unknown) and n_without:
        return (
            f" X has no such rows of {n_without} series, but rows of series that y does not have:"
            f" {list_names(unknown)}. Give X the ids of y (pd.read_csv reads 001 as 1, unless it is"
            " told dtype=str)."
        )
    if (lacking & (np.arange(lacking.shape[1]) <= last[:, None])).any():
        fill = "{" + ", ".join(f"{name!r}: 'ffill'" for name in columns[:N_LISTED]) + "}"
        return (
            " Rows in between are missing or empty:"
            f" esrnn.regularise(y, X, fill={fill}) carries the values before forward."
        )
    return ""


def _names(X: pd.DataFrame | None) -> list[Hashable]:
    """Return the names of the columns; refuse what is not a frame, and repeated names."""
    if X is None:
        return []
    if not isinstance(X, pd.DataFrame):
        raise InputTypeError(f"X must be a pandas DataFrame; got {type(X).__name__}.")
    if not X.columns.is_unique:
        twice = X.columns[X.columns.duplicated()].unique().tolist()
        raise InputError(
            f"columns of X must have different names; more than once there are {twice[:N_LISTED]}."
            " Rename or drop them."
        )
    return list(X.columns)
