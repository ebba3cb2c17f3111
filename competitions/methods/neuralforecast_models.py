"""Networks of neuralforecast, one network for all series. The library is optional.

The networks keep the library's own settings, except for what depends on the task: the horizon, an
input window of twice the horizon or twice the season, whichever is longer, and the multi-quantile
loss of the task's levels and of the deciles, whose median is the forecast. Each window is scaled by
itself. Training runs on the CPU in one thread.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import numpy as np
import pandas as pd

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.interface import Result, Settings, library
from competitions.methods.per_series import fall_back
from competitions.task.data import Array, Bounds, TaskData


def run_model(data: TaskData, settings: Settings, checkpoints: Checkpoints, name: str) -> Result:
    """Train the library's class of this name on all series, and forecast."""
    package, models = library("neuralforecast"), library("neuralforecast.models")
    task = data.task
    loss = import_module("neuralforecast.losses.pytorch").MQLoss(level=list(task.asked_levels))
    with _quiet_in_one_thread():
        model = getattr(models, name)(
            h=task.horizon,
            input_size=2 * max(task.horizon, task.seasonal_period),
            loss=loss,
            scaler_type="robust",
            start_padding_enabled=True,  # else series shorter than a window are an error
            random_seed=settings.seed,
            alias="model",
            accelerator="cpu",
            devices=1,
            logger=False,
            enable_checkpointing=False,
            enable_model_summary=False,
            enable_progress_bar=not settings.quiet,
        )
        forecaster = package.NeuralForecast(models=[model], freq=1)
        forecaster.fit(df=data.train.reset_index())
        ahead = forecaster.predict()
    return _result(data, ahead)


def _result(data: TaskData, ahead: pd.DataFrame) -> Result:
    """Lay out the library's frame; what is not finite is forecast by Naive2 and counted."""
    horizon, period, levels = data.task.horizon, data.task.seasonal_period, data.task.asked_levels
    ahead = ahead.sort_values(["unique_id", "ds"])
    rows = ahead.groupby("unique_id").indices
    ahead = ahead.iloc[np.concatenate([rows[name] for name in data.ids])]
    y_hat = _matrix(ahead, "median", horizon)
    sides = {
        k: (_matrix(ahead, f"lo-{k}", horizon), _matrix(ahead, f"hi-{k}", horizon)) for k in levels
    }
    # Quantiles of a network may cross.
    bounds: Bounds = {k: (np.minimum(a, b), np.maximum(a, b)) for k, (a, b) in sides.items()}
    together = np.hstack([y_hat, *(side for pair in bounds.values() for side in pair)])
    bad = np.flatnonzero(~np.isfinite(together).all(axis=1)).tolist()
    for i in bad:
        stand_in = fall_back(data.panel.series(i), horizon, period, levels)
        y_hat[i] = stand_in.y_hat
        for level, pair in bounds.items():
            pair[0][i], pair[1][i] = stand_in.bounds[level]
    fallbacks = tuple(data.ids[i] for i in bad)
    return Result(data.forecast_frame(y_hat, bounds), fallbacks=fallbacks)


def _matrix(ahead: pd.DataFrame, ending: str, horizon: int) -> Array:
    """Return a column by its ending: the library puts its name for the model before it."""
    names = [name for name in ahead.columns if name.removesuffix(".0").endswith(f"-{ending}")]
    return ahead[names[0]].to_numpy(dtype=np.float64, copy=True).reshape(-1, horizon)


@contextmanager
def _quiet_in_one_thread() -> Iterator[None]:
    """Hold torch to one thread, and the trainer to silence but for its progress bar."""
    import torch  # here, since it takes seconds to load

    n_threads = torch.get_num_threads()
    talkers = [
        logging.getLogger(name)
        for name in ("pytorch_lightning", "lightning_fabric", "lightning.pytorch")
    ]
    before = [logger.level for logger in talkers]
    torch.set_num_threads(1)
    for logger in talkers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.set_num_threads(n_threads)
        for logger, level in zip(talkers, before, strict=True):
            logger.setLevel(level)
