"""`ESRNN` as a model of fev, AutoGluon's library of forecasting tasks and their benchmark.

Needs fev: ``pip install 'esrnn-forecast[fev]'``.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any, cast

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, FloatArray
from esrnn.errors import (
    EsrnnWarning,
    InputError,
    InputTypeError,
    Offenders,
    StaleSeriesWarning,
)
from esrnn.estimator import ESRNN, load_model
from esrnn.estimator.saving import Include

try:
    import datasets
    import fev
except ImportError as error:
    raise ImportError(
        "esrnn.adapters.fev needs fev; install it with pip install 'esrnn-forecast[fev]'"
    ) from error

__all__ = ["ESRNNModel"]

# Fewer rows than this may not tell the step: Monday to Friday can be days or business days.
_ENOUGH_ROWS = 16


class ESRNNModel(fev.ForecastingModel):  # type: ignore[misc]
    """Forecasts the tasks of fev by `esrnn.ESRNN`.

    Each target of each item is a series of its own; one network forecasts them all. The networks
    are trained on the data before the first window, or come with the package, as the settings say
    (``start_from``). For later windows they stay as they are, and so do the smoothing parameters of
    the series, which are smoothed up to the start of each window.

    Parameters
    ----------
    settings : mapping or ESRNN, optional
        Arguments of `ESRNN`, or an `ESRNN` that is cloned for each task. One that was pretrained
        keeps its networks.
    fit_every_window : bool, default False
        Whether to train again for each window. This takes as many times as long as a task has
        windows.

    Attributes
    ----------
    model_name : str
        ``"esrnn"``, under which fev finds this class.
    training_time, inference_time : float
        Wall time of the last task, in seconds: of training, and of everything after it.
    trained_on_datasets : list of str
        Datasets of fev that the networks knew before. None, unless you say so for networks that
        were pretrained or that come with the package.

    Warns
    -----
    EsrnnWarning
        If a series has no value before a window. It is forecast as 0.

    Notes
    -----
    *Covariates.* ``known_dynamic_columns`` and ``static_columns`` are passed to `ESRNN` as X. A
    number that is missing in the future takes the last one before it in its series, or else the
    mean of the column in the past. ``past_dynamic_columns`` are not used.

    *Forecasts.* The point forecast is the median, whatever the metric of the task. Quantiles are
    those of `ESRNN.predict_quantiles` at the ``quantile_levels`` of the task.

    Examples
    --------
    >>> from esrnn.adapters.fev import ESRNNModel
    >>> model = ESRNNModel({"n_epochs": 5, "random_state": 1})
    >>> model.model_name, model.fit_every_window
    ('esrnn', False)
    """

    model_name = "esrnn"

    def __init__(
        self, settings: Mapping[str, Any] | ESRNN | None = None, *, fit_every_window: bool = False
    ) -> None:
        super().__init__()
        if not isinstance(settings, ESRNN):
            if not isinstance(settings, Mapping | None):
                raise InputTypeError(
                    "settings must be a mapping of arguments of ESRNN, or an ESRNN; got"
                    f" {type(settings).__name__}."
                )
            settings = dict(settings or {})
        self.settings = settings
        self.fit_every_window = fit_every_window
        errors = self._new_forecaster().errors
        if errors != "raise":
            raise InputError(
                "fev wants a forecast of every series, so ESRNN must have errors='raise'; got"
                f" errors={errors!r}."
            )

    def _new_forecaster(self) -> ESRNN:
        # A clone would forget the fit of a forecaster among the settings (`start_from`).
        own = self.settings
        forecaster: ESRNN = own.clone() if isinstance(own, ESRNN) else ESRNN(**own)
        forecaster.set_config(stale_after=None)  # a task wants a forecast of every series
        return forecaster

    def _fit_predict(self, task: fev.Task) -> list[datasets.DatasetDict]:
        fh = list(range(1, task.horizon + 1))
        levels = sorted({*task.quantile_levels, 0.5})
        # Series that are cut at their start begin elsewhere in each window.
        include: Include = "series" if task.max_context_length is None else "networks"
        trained = False
        predictions = []
        with TemporaryDirectory(prefix="esrnn-fev-") as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore", StaleSeriesWarning)
            for window in task.iter_windows():
                series = _read_series(window, task.freq)
                forecasts = np.zeros((len(series.names), task.horizon, len(levels)))
                if series.observed.any():
                    if trained:
                        with self._record_inference_time():
                            forecaster = load_model(folder).fit(series.y, series.X, fh=fh)
                    else:
                        with self._record_training_time():
                            forecaster = self._new_forecaster().fit(series.y, series.X, fh=fh)
                            if task.num_windows > 1 and not self.fit_every_window:
                                forecaster.save_model(folder, include=include)
                                trained = True
                    with self._record_inference_time():
                        quantiles = forecaster.predict_quantiles(fh, series.X_future, alpha=levels)
                    forecasts[series.observed] = series.arrange(quantiles, task.horizon)
                predictions.append(_to_predictions(forecasts, levels, task))
        return predictions


@dataclass(frozen=True)
class _Series:
    """The series of a window: each target of each item.

    Attributes
    ----------
    y : pd.DataFrame
        With one column; the index levels are target, if there are several, item and time.
    X, X_future : pd.DataFrame or None
        Covariates up to the start of the window, and within it.
    names : pd.Index of length S
        All series, target by target, in the order of fev.
    observed : ndarray of shape (S,), bool
        Which of them have a value; the others are not in `y`, `X` and `X_future`.
    """

    y: pd.DataFrame
    X: pd.DataFrame | None
    X_future: pd.DataFrame | None
    names: pd.Index
    observed: BoolArray

    def arrange(self, quantiles: pd.DataFrame, horizon: int) -> FloatArray:
        """Return forecasts of the observed series in the order of fev, (S, H, Q)."""
        values = quantiles.to_numpy(np.float64).reshape(-1, horizon, quantiles.shape[1])
        got = _without_time(quantiles.index)[::horizon]
        ordered: FloatArray = values[got.get_indexer(self.names[self.observed])]
        return ordered


def _read_series(window: fev.EvaluationWindow, freq: str) -> _Series:
    """Read the data before a window, and the covariates that are known within it."""
    past, future, static = fev.convert_input_data(window, adapter="pandas")
    item, time = window.id_column, window.timestamp_column
    targets, known = window.target_columns, window.known_dynamic_columns
    past, future = (
        frame.set_index([item, time]).rename_axis(["item", "time"]) for frame in (past, future)
    )
    y = _stack({target: past[target].rename("target") for target in targets}).to_frame()
    X = X_future = None
    if known or static is not None:
        X, X_future = past[known], _fill_future(past[known], future[known])
        if static is not None:
            X, X_future = (_add_static(frame, static.set_index(item)) for frame in (X, X_future))
        X, X_future = (_stack(dict.fromkeys(targets, frame)) for frame in (X, X_future))

    counts = _by_series(y).count()["target"]
    observed = counts.to_numpy() > 0
    if not observed.all():
        missing = counts.index[~observed]
        _warn_of_missing(missing)
        y, X, X_future = (
            None if frame is None else frame[~_without_time(frame.index).isin(missing)]
            for frame in (y, X, X_future)
        )
    return _Series(_show_step(y, freq), X, X_future, counts.index, observed)


def _stack(frames: Mapping[str, Any]) -> Any:
    """Put the frames of targets below each other, with the target as first index level."""
    if len(frames) == 1:
        return next(iter(frames.values()))
    return pd.concat(frames, names=["target"])


def _add_static(frame: pd.DataFrame, static: pd.DataFrame) -> pd.DataFrame:
    """Add the row of each item to each of its steps."""
    return pd.concat(
        [frame, static.loc[frame.index.get_level_values(0)].set_index(frame.index)], axis=1
    )


def _without_time(index: pd.Index) -> pd.Index:
    return cast("pd.MultiIndex", index).droplevel(-1)


def _by_series(y: pd.DataFrame) -> Any:
    return y.groupby(level=list(range(y.index.nlevels - 1)), sort=False)


def _fill_future(past: pd.DataFrame, future: pd.DataFrame) -> pd.DataFrame:
    """Fill in numbers that are missing in the future, from the same series or else from all."""
    gaps = [name for name, values in future.select_dtypes("number").items() if values.isna().any()]
    if not gaps:
        return future
    rows = pd.concat([past[gaps], future[gaps]])
    filled = rows.groupby(level="item", sort=False).ffill().iloc[len(past) :]
    whole = [name for name in future.columns if name not in gaps]
    return pd.concat([future[whole], filled.fillna(past[gaps].mean())], axis=1)[future.columns]


def _warn_of_missing(series: pd.Index) -> None:
    warning = EsrnnWarning.of_series(
        "some series have no value before the window, so they are forecast as 0",
        Offenders(series),
        "Set min_context_length of the task, or leave these series out of its data.",
    )
    warnings.warn(warning, stacklevel=5)


def _show_step(y: pd.DataFrame, freq: str) -> pd.DataFrame:
    """Put missing values before a series, if all are too short to tell the step of the task."""
    lengths = _by_series(y).size().to_numpy()
    if lengths.max(initial=0) >= _ENOUGH_ROWS:
        return y
    offset, stamps = pd.tseries.frequencies.to_offset(freq), y.index.get_level_values(-1)
    for start in lengths.cumsum() - lengths:
        if offset.is_on_offset(stamps[start]):
            earlier = [stamps[start] - k * offset for k in range(_ENOUGH_ROWS, 0, -1)]
            rows = y.iloc[[start] * _ENOUGH_ROWS] * np.nan
            arrays = [rows.index.get_level_values(k) for k in range(rows.index.nlevels - 1)]
            rows.index = pd.MultiIndex.from_arrays([*arrays, earlier], names=y.index.names)
            return pd.concat([y.iloc[:start], rows, y.iloc[start:]])
    return y


def _to_predictions(
    forecasts: FloatArray, levels: list[float], task: fev.Task
) -> datasets.DatasetDict:
    """Put forecasts of shape (S, H, Q) into the form of fev: a table for each target."""
    columns = {"predictions": levels.index(0.5)}
    columns |= {str(level): levels.index(level) for level in task.quantile_levels}
    by_target = forecasts.reshape(len(task.target_columns), -1, task.horizon, len(levels))
    return datasets.DatasetDict(
        {
            target: datasets.Dataset.from_dict(
                {name: values[:, :, k] for name, k in columns.items()}
            )
            for target, values in zip(task.target_columns, by_target, strict=True)
        }
    )
