"""The networks that an `ESRNN` starts from, where the user gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sktime.forecasting.base import BaseForecaster

from esrnn.errors import InputError
from esrnn.forecaster import FittedPanel, TrainedModel
from esrnn.forecaster.starting import model_to_start_from

__all__ = ["given_start", "resolve_start"]


def given_start(parameters: Mapping[str, Any]) -> TrainedModel | None:
    """Return the networks among arguments that `resolve_start` has gone through."""
    start = parameters["start_from"]
    return start if isinstance(start, TrainedModel) else None


def resolve_start(start_from: object) -> object:
    """Turn a forecaster, or the path of a model directory, into its networks.

    Parameters
    ----------
    start_from : object
        The argument of `esrnn.ESRNN`.

    Returns
    -------
    object
        A `TrainedModel`; ``"auto"`` and None stay as they are.

    Raises
    ------
    InputError
        If a forecaster has no networks.
    InputTypeError, ModelFileError
        As `esrnn.forecaster.starting.model_to_start_from`.
    """
    if not isinstance(start_from, BaseForecaster):
        model = model_to_start_from(start_from)
        return start_from if model is None else model
    fitted, pretrained = (start_from.__dict__.get(name) for name in ("_fitted", "pretrained_"))
    if start_from.state == "fitted" and isinstance(fitted, FittedPanel):
        return fitted.model
    if isinstance(pretrained, TrainedModel):
        return pretrained
    raise InputError(
        "start_from must be a forecaster that was fitted or pretrained, to one column; got"
        f" {type(start_from).__name__} in the state {start_from.state!r}. A copy by clone, as"
        " pipelines and tuning make them, forgets its fit: save it with save_model, and give the"
        " path."
    )
