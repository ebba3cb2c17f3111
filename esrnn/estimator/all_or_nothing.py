"""Calls that change a forecaster wholly or, if they fail or are interrupted, not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd
from sktime.forecasting.base import BaseForecaster, ForecastingHorizon

if TYPE_CHECKING:
    from typing import Self

__all__ = ["AllOrNothing", "all_or_nothing"]

_Steps: TypeAlias = "ForecastingHorizon | Sequence[int] | int | None"
_Data: TypeAlias = pd.Series | pd.DataFrame


@contextmanager
def all_or_nothing(forecaster: BaseForecaster) -> Iterator[None]:
    """Set a forecaster back to what it was before a block that doesn't come to its end.

    Also where the end is an interrupt, such as Ctrl-C, which is no `Exception`.

    Parameters
    ----------
    forecaster : BaseForecaster
        One that holds values which are replaced, not changed; its own lists and dictionaries, and
        the forecasters that sktime fits to single columns, may change.
    """
    inner = forecaster.__dict__.get("forecasters_")
    all_of_them = [forecaster] if inner is None else [forecaster, *inner.to_numpy().ravel()]
    before = [(one, _state(one)) for one in all_of_them]
    try:
        yield
    except BaseException:
        for one, state in before:
            one.__dict__ = state
        raise


def _state(forecaster: BaseForecaster) -> dict[str, Any]:
    """Return all attributes, with copies of what a call may change in its place."""
    own = (dict, list, set)
    return {
        name: copy(value)
        if name == "forecasters_" or (name.startswith("_") and isinstance(value, own))
        else value
        for name, value in forecaster.__dict__.items()
    }


class AllOrNothing(BaseForecaster):  # type: ignore[misc]
    """The calls of a forecaster that change it: one that fails leaves it as it was."""

    def fit(self, y: _Data, X: pd.DataFrame | None = None, fh: _Steps = None) -> Self:
        """Fit to series: train networks, or take those that `pretrain` trained.

        A fit that fails or is interrupted leaves the forecaster as it was before.

        Parameters
        ----------
        y : pd.Series or pd.DataFrame
            One series, or many with their names in the first levels of the index. Time, the last
            level, is integers, periods or time stamps.
        X : pd.DataFrame, optional
            Covariates, with an index as `y` has it.
        fh : int, sequence of int or ForecastingHorizon, optional
            What `predict` forecasts if it is not given another one.

        Returns
        -------
        ESRNN
            The forecaster itself.

        Raises
        ------
        InputError, InputTypeError
            If the data or an argument can't be used; names the series.
        TrainingError
            If a loss is not finite.
        """
        with all_or_nothing(self):
            super().fit(y, X=X, fh=fh)
        return self

    def pretrain(self, y: _Data, X: pd.DataFrame | None = None, fh: _Steps = None) -> Self:
        """Train networks on series; `fit` then takes them for others.

        A call that fails or is interrupted leaves the forecaster as it was before.

        Parameters
        ----------
        y, X, fh
            As for `fit`, with several series.

        Returns
        -------
        ESRNN
            The forecaster itself.
        """
        with all_or_nothing(self):
            super().pretrain(y, X=X, fh=fh)
        return self

    def update(self, y: _Data, X: pd.DataFrame | None = None, update_params: bool = True) -> Self:
        """Merge new rows and new series in, and train on all data if that is wanted.

        Rows of steps that were there correct them. A call that fails or is interrupted leaves the
        forecaster as it was before.

        Parameters
        ----------
        y, X
            New rows, as for `fit`.
        update_params : bool, default True
            Whether to train anew.

        Returns
        -------
        ESRNN
            The forecaster itself.
        """
        with all_or_nothing(self):
            super().update(y, X=X, update_params=update_params)
        return self

    def update_predict(
        self,
        y: _Data,
        cv: Any = None,
        X: pd.DataFrame | None = None,
        update_params: bool = True,
        reset_forecaster: bool = True,
    ) -> _Data:
        """Walk through data: update and forecast, window by window (sktime's method).

        The walk may lead through data that were there before: each forecast knows only what is not
        later than its own window.

        Parameters
        ----------
        y, X
            The data to walk through.
        cv : sktime splitter, optional
            The windows, and the steps to forecast after each.
        update_params : bool, default True
            As for `update`.
        reset_forecaster : bool, default True
            Whether the forecaster itself stays as it was before the walk.

        Returns
        -------
        pd.Series or pd.DataFrame
            The forecasts.
        """
        with all_or_nothing(self):
            self._walking = True
            try:
                forecasts: _Data = super().update_predict(y, cv, X, update_params, reset_forecaster)
            finally:
                self._walking = False
        return forecasts

    def update_predict_single(
        self,
        y: _Data | None = None,
        fh: _Steps = None,
        X: pd.DataFrame | None = None,
        update_params: bool = True,
    ) -> _Data:
        """Update with new rows and forecast from their end (sktime's method).

        Parameters
        ----------
        y, X, update_params
            As for `update`.
        fh : int, sequence of int or ForecastingHorizon, optional
            The steps to forecast.

        Returns
        -------
        pd.Series or pd.DataFrame
            The forecasts.
        """
        with all_or_nothing(self):
            forecasts: _Data = super().update_predict_single(y, fh, X, update_params)
        return forecasts
