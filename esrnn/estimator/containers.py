"""Containers that come into `ESRNN`, before sktime checks them."""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd
from sktime.forecasting.base import BaseForecaster

from esrnn.errors import N_LISTED, EsrnnWarning
from esrnn.frames.containers import accept_container, explain_levels, explain_refusal

__all__ = ["AcceptsFrames"]


class AcceptsFrames(BaseForecaster):  # type: ignore[misc]
    """Brings y and X into sktime's form, or says in its own words why it can't."""

    def _check_X_y(
        self,
        X: Any = None,
        y: Any = None,
        y_inner_mtype: Any = None,
        multivariate: bool | None = None,
    ) -> tuple[Any, Any]:
        X, y = accept_container(_as_frame(X), "X"), accept_container(_as_frame(y), "y")
        try:
            checked: tuple[Any, Any] = super()._check_X_y(
                X=X, y=y, y_inner_mtype=y_inner_mtype, multivariate=multivariate
            )
        except TypeError as error:
            own = explain_refusal(y, "y") or explain_refusal(X, "X") or explain_levels(y, X)
            if own is None:
                raise
            raise own from error
        return checked

    def _vectorize(self, methodname: str, **kwargs: Any) -> Any:
        if methodname == "fit":
            y = kwargs["y"].X
            if isinstance(y, pd.DataFrame):
                warnings.warn(_about_columns(y), stacklevel=4)
        return super()._vectorize(methodname, **kwargs)


def _as_frame(data: Any) -> Any:
    """Make a frame of a column with series and time in its index, which sktime refuses."""
    several = isinstance(data, pd.Series) and data.index.nlevels > 1
    return data.to_frame() if several else data


def _about_columns(y: pd.DataFrame) -> EsrnnWarning:
    """Say that several columns are forecast one by one, and what may be meant."""
    names = y.columns.tolist()
    shown = ", ".join(repr(name) for name in names[:N_LISTED]) + ", ..." * (len(names) > N_LISTED)
    if y.index.nlevels > 1:
        remedy = (
            f"If only one is to be forecast, call fit(y[[{names[0]!r}]], X=...) with those columns"
            " in X that are known in advance."
        )
    else:
        remedy = (
            "If they are series to be learnt from together, make them series of one column:"
            " y.unstack().to_frame('value')."
        )
    return EsrnnWarning(
        f"y has {len(names)} columns, {shown}: each is forecast as a target, by networks of its"
        f" own. {remedy}"
    )
