"""Containers that come into `ESRNN`, before sktime checks them."""

from __future__ import annotations

from typing import Any

from sktime.forecasting.base import BaseForecaster

from esrnn.frames.containers import accept_container, explain_refusal

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
        X, y = accept_container(X, "X"), accept_container(y, "y")
        try:
            checked: tuple[Any, Any] = super()._check_X_y(
                X=X, y=y, y_inner_mtype=y_inner_mtype, multivariate=multivariate
            )
        except TypeError as error:
            own = explain_refusal(y, "y") or explain_refusal(X, "X")
            if own is None:
                raise
            raise own from error
        return checked
