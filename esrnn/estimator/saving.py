"""An `ESRNN` as a model directory: its arguments beside the files of the core."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import numpy as np
import pandas as pd
from numpy.random import RandomState
from sktime.forecasting.base import ForecastingHorizon

from esrnn.errors import InputError
from esrnn.estimator.horizon import steps_ahead
from esrnn.estimator.starting import given_start, resolve_start
from esrnn.forecaster import FittedPanel, TrainedModel
from esrnn.forecaster.model_files import write_parts
from esrnn.frames.plain_data import name_to_plain, stamps_to_numbers

if TYPE_CHECKING:
    from typing import Self

    from esrnn.estimator.estimator import ESRNN

__all__ = [
    "CONFIG",
    "PRETRAINED",
    "Include",
    "Saved",
    "parameters_to_plain",
    "write_forecaster",
]

Include = Literal["history", "series", "networks"]
Plain = dict[str, Any]
Files = dict[str, bytes]

# Where the files of the networks that `pretrain` trained are, in a forecaster that was fitted.
PRETRAINED = "pretrained/"
# The settings of sktime's `set_config` that are saved: those that are `ESRNN`'s own.
CONFIG = ("rewind_on_update", "stale_after")


class Saved:
    """The method of `ESRNN` that writes it."""

    def save_model(self, path: str | os.PathLike[str], *, include: Include = "history") -> Self:
        """Write the forecaster to a folder, from which `esrnn.load_model` reads it.

        The folder holds plain data: JSON, safetensors and Parquet files, and a manifest with their
        checksums. It is written under a temporary name and renamed at the end, so that a job that
        is killed leaves the old model or the new one.

        Parameters
        ----------
        path : str or path
            A new folder, or a model directory, which is replaced.
        include : {"history", "series", "networks"}, default "history"
            ``"history"`` writes all, so that the loaded forecaster is fitted; ``"series"`` leaves
            the values of the series and X out, ``"networks"`` also their names and parameters: the
            loaded forecaster is then pretrained.

        Returns
        -------
        ESRNN
            The forecaster itself.

        Raises
        ------
        InputError
            If it was neither fitted nor pretrained, if something else is at `path`, or if ids or
            columns of X hold values of several kinds.

        Notes
        -----
        Callbacks and a `RandomState` are not saved: the loaded forecaster has None in their place.
        Networks that were given as `start_from`, not by a path, are saved as if they had been
        pretrained, and the strategy is the one that was taken.
        """
        write_forecaster(cast("ESRNN", self), path, include)
        return self


def write_forecaster(
    forecaster: ESRNN, path: str | os.PathLike[str], include: Include = "history"
) -> None:
    """Write a forecaster that is fitted or pretrained.

    Parameters
    ----------
    forecaster : ESRNN
    path : str or path
    include : {"history", "series", "networks"}

    Raises
    ------
    InputError
        If there is nothing to save, or something that can't be saved.
    """
    if include not in get_args(Include):
        raise InputError(f"include must be one of {list(get_args(Include))}; got {include!r}")
    # A `pretrain` after `fit` leaves the panel behind, which belongs to other networks.
    fitted = forecaster.__dict__.get("_fitted") if forecaster.state == "fitted" else None
    pretrained = forecaster.__dict__.get("pretrained_")
    parameters = forecaster.get_params(deep=False)
    start = parameters["start_from"]
    if start is not None and not isinstance(start, str | os.PathLike):
        pretrained = given_start({"start_from": resolve_start(start)}) or pretrained
        parameters |= {"start_from": "auto", "strategy": forecaster.strategy_}
    if fitted is not None and include != "history":
        parameters["strategy"] = "auto"  # `fit` takes what is loaded as it is
    if fitted is None and pretrained is None:
        raise InputError(
            "save_model needs a forecaster that was fitted or pretrained, to one column; got"
            f" {_describe_state(forecaster)}. Call fit or pretrain before."
        )
    if fitted is None or include != "history":
        plain, files = _model_parts(fitted, pretrained, include)
    else:
        plain, files = fitted.parts()
        if pretrained is not None:
            plain["pretrained"], nested = pretrained.parts()
            files |= {PRETRAINED + name: data for name, data in nested.items()}
    horizon = None if fitted is None else _horizon_to_plain(forecaster, fitted)
    parameters = parameters_to_plain(parameters)
    config = forecaster.get_config()
    settings = {name: _as_plain(config[name], name) for name in CONFIG}
    plain["estimator"] = {"parameters": parameters, "fh": horizon, "config": settings}
    if fitted is not None:
        name = forecaster._converter_store_y.get("name")
        plain["estimator"]["container"] = [forecaster._y_mtype_last_seen, name_to_plain(name)]
    write_parts(path, plain, files)


def _model_parts(
    fitted: FittedPanel | None, pretrained: TrainedModel | None, include: Include
) -> tuple[Plain, Files]:
    """Return the parts of a model without the values of its series."""
    if fitted is not None:
        return fitted.without_history().parts(series=include == "series")
    if pretrained is None:
        raise TypeError("there is neither a fitted panel nor a pretrained model")
    return pretrained.parts(series=include != "networks")


def _describe_state(forecaster: ESRNN) -> str:
    """Say why there is nothing to save."""
    if forecaster.state == "fitted":
        return "one forecaster for each column of y (make y one column of several series)"
    return f"one whose state is {forecaster.state!r}"


def parameters_to_plain(parameters: Mapping[str, Any]) -> Plain:
    """Write the arguments; callbacks and random generators can't be written and become None."""
    left_out = {"callbacks"} | {k for k, v in parameters.items() if isinstance(v, RandomState)}
    return {
        name: None if name in left_out else _as_plain(value, name)
        for name, value in parameters.items()
    }


def _as_plain(value: object, name: str) -> object:
    """Return numbers, text, sequences and dicts of them without their library types."""
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_as_plain(part, name) for part in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _as_plain(part, name) for key, part in value.items()}
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise InputError(
        f"{name} can be saved if it is a number, text, or a sequence or dict of these; got"
        f" {value!r}."
    )


def _horizon_to_plain(forecaster: ESRNN, fitted: FittedPanel) -> Plain | None:
    """Write the horizon of `fit` as steps ahead, or else as time stamps."""
    fh: ForecastingHorizon | None = forecaster._fh
    if fh is None:
        return None
    if fh.is_relative and pd.api.types.is_integer_dtype(fh.to_pandas().dtype):
        steps = steps_ahead(fh, fitted.framed, forecaster.cutoff)[0]
        return {"steps": steps.tolist()}
    # Distances in time reach other steps of series that end elsewhere: time stamps do not.
    numbers, stamps = stamps_to_numbers(fh.to_absolute_index(forecaster.cutoff))
    return {"numbers": numbers.tolist(), "stamps": stamps}
