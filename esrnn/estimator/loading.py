"""From a model directory to an `ESRNN` that is fitted or pretrained."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sktime.datatypes import convert_to
from sktime.forecasting.base import ForecastingHorizon

from esrnn.errors import ModelFileError
from esrnn.estimator.estimator import ESRNN
from esrnn.estimator.saving import CONFIG, PRETRAINED
from esrnn.forecaster import FittedPanel, TrainedModel
from esrnn.forecaster.model_files import Files, Plain, parts_that_fit, read_parts
from esrnn.frames.plain_data import name_from_plain, stamps_from_numbers

__all__ = ["load_model"]

_N_ROWS = 3  # of a series, enough to show sktime the index


def load_model(path: str | os.PathLike[str], *, device: str | None = None) -> ESRNN:
    """Read a forecaster from a model directory.

    Loading runs no code from the files. Their checksums are compared first.

    Parameters
    ----------
    path : str or path
        A folder that `ESRNN.save_model` or `esrnn.forecaster.TrainedModel.save` wrote.
    device : str, optional
        Where the networks run, in place of the `device` that was saved.

    Returns
    -------
    ESRNN
        Fitted, if the history of the series is in the files: it forecasts as the one that was
        saved, bit for bit on one machine. Else pretrained: give it the history of series by `fit`.
        Series whose parameters are in the files, and that begin where they began, keep these
        parameters; others are fitted to their own history. No network is trained.

    Raises
    ------
    ModelFileError
        If it is no model directory, or a file is missing, truncated, changed, of a newer format,
        or outside the folder.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np, pandas as pd
    >>> from esrnn import ESRNN, load_model
    >>> months = pd.period_range("2020-01", periods=36, freq="M")
    >>> sales = pd.Series(100.0 + 10.0 * np.sin(np.arange(36) * np.pi / 6.0), months)
    >>> forecaster = ESRNN(horizon=3, n_members=1, n_epochs=1, hidden_size=4, random_state=1)
    >>> folder = tempfile.mkdtemp() + "/model"
    >>> forecaster = forecaster.fit(sales).save_model(folder)
    >>> bool((load_model(folder).predict() == forecaster.predict()).all())
    True
    """
    plain, files = read_parts(path)
    if "model" in plain:
        raise ModelFileError(
            f"{str(path)!r} must hold a forecaster; it holds a {plain['model']}. Read it by the"
            " load_model of this class."
        )
    with parts_that_fit():
        return _from_parts(plain, files, device)


def _from_parts(plain: Plain, files: Files, device: str | None) -> ESRNN:
    """Make a forecaster from the content of a model directory."""
    estimator = plain.get("estimator") or {}
    parameters = {name: _as_given(v) for name, v in estimator.get("parameters", {}).items()}
    if device is not None:
        parameters["device"] = device
    try:
        forecaster = ESRNN(**parameters)
    except TypeError as error:
        raise ModelFileError(
            f"the arguments in the model directory are not those of this release: {error}."
            " Install the release that saved it, or save the model anew."
        ) from None
    config = estimator.get("config", {})
    forecaster.set_config(**{name: config[name] for name in CONFIG if name in config})
    if "panel" not in plain:
        return _pretrained(forecaster, TrainedModel.from_parts(plain, files))
    if "pretrained" in plain:
        start = len(PRETRAINED)
        own = {name[start:]: d for name, d in files.items() if name.startswith(PRETRAINED)}
        _pretrained(forecaster, TrainedModel.from_parts(plain["pretrained"], own))
    return _fitted(forecaster, FittedPanel.from_parts(plain, files), estimator)


def _as_given(value: Any) -> Any:
    """Return lists as tuples, since sequences are read and never changed."""
    if isinstance(value, dict):
        return {name: _as_given(part) for name, part in value.items()}
    return tuple(_as_given(part) for part in value) if isinstance(value, list) else value


def _pretrained(forecaster: ESRNN, model: TrainedModel) -> ESRNN:
    """Let sktime go through `pretrain`, with the model as its result."""
    index = pd.MultiIndex.from_product([["a", "b"], [0, 1]])
    forecaster._loaded = model
    forecaster.pretrain(pd.DataFrame({"y": np.ones(4)}, index))
    return forecaster


def _fitted(forecaster: ESRNN, fitted: FittedPanel, saved: Mapping[str, Any]) -> ESRNN:
    """Let sktime go through `fit` with a few rows, and the saved panel as its result."""
    forecaster._loaded = fitted
    y = _few_rows(fitted)
    if "container" in saved:  # such as a Series or an array: forecasts come in the same
        kind, name = saved["container"]
        y = convert_to(y, kind, store={"name": name_from_plain(name)})
    forecaster.fit(y, fh=_horizon(saved.get("fh")))
    return forecaster


def _few_rows(fitted: FittedPanel) -> pd.DataFrame:
    """Return the last rows of two series, among them the one that ends last, for sktime to see.

    All rows of a single series, since pandas tells its frequency by them.
    """
    framed = fitted.framed
    lengths = framed.panel.lengths
    if framed.single:
        series, steps = framed.past()
    else:
        latest = int(np.argmax(framed.times.grid.ordinals(framed.times.last)))
        which = np.unique([0, latest, min(1, framed.n_series - 1)])
        rows = np.minimum(lengths[which], _N_ROWS)
        series = np.repeat(which, rows)
        steps = np.concatenate([np.arange(1 - n, 1) for n in rows.tolist()])
    index = framed.index(series, steps)
    return pd.DataFrame(np.ones((len(index), 1)), index, [framed.target_name])


def _horizon(plain: Mapping[str, Any] | None) -> ForecastingHorizon | None:
    if plain is None:
        return None
    if "steps" in plain:
        return ForecastingHorizon(np.array(plain["steps"], dtype=np.int64), is_relative=True)
    stamps = stamps_from_numbers(np.array(plain["numbers"], dtype=np.int64), plain["stamps"], None)
    return ForecastingHorizon(stamps, is_relative=False)
