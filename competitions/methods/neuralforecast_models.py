"""Networks of neuralforecast, one network for all series. The library is optional.

The networks keep the library's own settings, except for what depends on the task: the horizon, and
an input window of twice the horizon or twice the season, whichever is longer, and of weekly data at
least a year. Each window is scaled by itself. The loss is the library's own, the absolute error, so
that there are no intervals. (With its multi-quantile loss, as in version aeef57a, a dilated RNN had
an OWA of 1.19 on the test part of M4 Weekly, and now .72.) Training runs on the CPU in one thread.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

import numpy as np
import pandas as pd

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.interface import Result, Settings, library
from competitions.methods.per_series import fall_back
from competitions.task.data import TaskData

_LEAST_WINDOW: Mapping[str, int] = MappingProxyType({"weekly": 52})  # M4 knows no season of these


def run_model(data: TaskData, settings: Settings, checkpoints: Checkpoints, name: str) -> Result:
    """Train the library's class of this name on all series, and forecast."""
    package, models = library("neuralforecast"), library("neuralforecast.models")
    task = data.task
    with _quiet_in_one_thread():
        model = getattr(models, name)(
            h=task.horizon,
            input_size=max(
                2 * task.horizon, 2 * task.seasonal_period, _LEAST_WINDOW.get(task.group, 0)
            ),
            scaler_type="robust",
            start_padding_enabled=True,  # else series shorter than a window are an error
            random_seed=settings.seed,
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
    horizon, period = data.task.horizon, data.task.seasonal_period
    ahead = ahead.sort_values(["unique_id", "ds"])
    rows = ahead.groupby("unique_id").indices
    ahead = ahead.iloc[np.concatenate([rows[name] for name in data.ids])]
    (name,) = ahead.columns.difference(["unique_id", "ds"])  # the library names it
    y_hat = ahead[name].to_numpy(dtype=np.float64, copy=True).reshape(-1, horizon)
    bad = np.flatnonzero(~np.isfinite(y_hat).all(axis=1)).tolist()
    for i in bad:
        y_hat[i] = fall_back(data.panel.series(i), horizon, period, ()).y_hat
    return Result(data.forecast_frame(y_hat, {}), fallbacks=tuple(data.ids[i] for i in bad))


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
