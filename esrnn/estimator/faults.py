"""Series with faults in an `ESRNN`: raised or skipped, as its argument `errors` says."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd
from sktime.forecasting.base import ForecastingHorizon

from esrnn._typing import BoolArray, IntArray
from esrnn.errors import EsrnnWarning, InputError, Offenders
from esrnn.estimator.horizon import steps_ahead
from esrnn.estimator.starting import resolve_start
from esrnn.forecaster.arguments import as_seed
from esrnn.forecaster.skipping import skip_fitted
from esrnn.frames.skipping import (
    Errors,
    are_among,
    join_skipped,
    none_skipped,
    skip_series,
    skips,
)

if TYPE_CHECKING:
    from esrnn.forecaster import FittedPanel

__all__ = ["FaultySeries"]

Result = TypeVar("Result")

_N_REASONS = 3  # in a warning
_UNSERVED = "have no forecasts"


class _Rows(NamedTuple):
    """Rows of y and of X, either of which may be missing."""

    y: pd.DataFrame | None
    X: pd.DataFrame | None


class FaultySeries:
    """What `ESRNN` does with series that can't be served."""

    errors: Errors
    skipped_: pd.DataFrame
    cutoff: pd.Index
    _fitted: FittedPanel

    if TYPE_CHECKING:

        def get_params(self, deep: bool = True) -> dict[str, Any]: ...  # noqa: D102

        def _set_cutoff_from_y(self, y: pd.DataFrame) -> None: ...

        def _served(self) -> FittedPanel: ...

    def _drawn_parameters(self) -> dict[str, Any]:
        """Return the arguments; a RandomState moves on once, however often a fit is tried.

        Networks to start from are loaded, unless others were pretrained.
        """
        parameters = self.get_params(deep=False)
        start = parameters["start_from"]
        if not hasattr(self, "pretrained_"):
            start = resolve_start(start)
        seed = as_seed(parameters["random_state"])
        return {**parameters, "random_state": seed, "start_from": start}

    def _fit_sound(
        self,
        fit: Callable[[pd.DataFrame, pd.DataFrame | None], Result],
        y: pd.DataFrame,
        X: pd.DataFrame | None,
    ) -> tuple[Result, pd.DataFrame]:
        """Fit series; without those with faults, if that is wanted. Return the table of these."""
        if not skips(self.errors):
            return fit(y, X), none_skipped()

        def attempt(some: pd.DataFrame) -> Result:
            if len(some) < len(y):  # a skipped series may have ended last
                self._set_cutoff_from_y(some)
            return fit(some, X)

        result, skipped = skip_series(attempt, y, _ids, lambda some, which: some[which])
        _warn(skipped, _UNSERVED)
        return result, skipped

    def _update_sound(
        self,
        update: Callable[[pd.DataFrame | None, pd.DataFrame | None], Result],
        y: pd.DataFrame | None,
        X: pd.DataFrame | None,
    ) -> tuple[Result, pd.DataFrame | None]:
        """Update series; without the new rows of those with faults, if that is wanted.

        Series that were skipped before stay out, since their history isn't known. The rows of y
        that were taken are returned, too.
        """
        if not skips(self.errors):
            return update(y, X), y
        before = self.skipped_.dropna(subset="series")  # rows without an id are of no series
        out = before[~before["series"].isin(self._fitted.framed.ids.tolist())]
        given = _Rows(y, X)
        which = ~are_among(_ids_of_rows(given), out["series"].tolist())
        if not which.any():
            raise InputError.of_series(
                "new rows must hold some of other series than those that were skipped",
                Offenders(_ids_of_rows(given).unique()),
                "Correct their histories and fit again.",
            )
        if not which.all():
            given = _keep_rows(given, which)
        (result, taken), skipped = skip_series(
            lambda rows: (update(*rows), rows.y), given, _ids_of_rows, _keep_rows
        )
        _warn(skipped, "stay as they were, without their new rows")
        self.skipped_ = join_skipped(out, skipped)
        return result, taken

    def _forecast_sound(
        self,
        forecast: Callable[[FittedPanel, IntArray], Result],
        fh: ForecastingHorizon,
    ) -> tuple[Result, FittedPanel, IntArray]:
        """Forecast series; without those that can't be forecast, if that is wanted.

        Returns
        -------
        result
            What `forecast` returned.
        fitted : FittedPanel
            The series that were forecast.
        steps : ndarray of shape (N, H), int64
        """

        def attempt(some: FittedPanel) -> tuple[Result, FittedPanel, IntArray]:
            steps = steps_ahead(fh, some.framed, self.cutoff)
            return forecast(some, steps), some, steps

        if not skips(self.errors):
            return attempt(self._served())
        result, skipped = skip_fitted(attempt, self._served())
        _warn(skipped, _UNSERVED)
        return result


def _ids(frame: pd.DataFrame) -> pd.Index:
    """Return the id of each row; 0 in a single series, as in its panel."""
    if isinstance(frame.index, pd.MultiIndex):
        return frame.index.droplevel(-1)
    return pd.Index(np.zeros(len(frame), dtype=np.int64))


def _ids_of_rows(rows: _Rows) -> pd.Index:
    """Return the id of each row of y, then of each row of X."""
    first, *other = [_ids(frame) for frame in rows if frame is not None]
    return first.append(other)


def _keep_rows(rows: _Rows, which: BoolArray) -> _Rows:
    """Return those rows of y, then of X, that are marked."""
    n = 0 if rows.y is None else len(rows.y)
    y = None if rows.y is None or not which[:n].any() else rows.y[which[:n]]
    X = None if rows.X is None or not which[n:].any() else rows.X[which[n:]]
    return _Rows(y, X)


def _warn(skipped: pd.DataFrame, what: str) -> None:
    """Warn that series were skipped, if there are any."""
    if skipped.empty:
        return
    series = list(dict.fromkeys(skipped["series"].tolist()))
    if what == _UNSERVED and any(isinstance(name, tuple) for name in series):
        what += ", so that sums of forecasts lack them"
    reasons = skipped["reason"].unique().tolist()
    more = "; ..." if len(reasons) > _N_REASONS else ""
    warning = EsrnnWarning.of_series(
        f"series with faults were skipped and {what}",
        Offenders(series),
        f"Reasons: {'; '.join(reasons[:_N_REASONS])}{more}.",
    )
    warnings.warn(warning, stacklevel=3)
