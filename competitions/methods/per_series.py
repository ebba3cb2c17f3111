"""Methods that forecast one series at a time: in parallel, with progress and checkpoints.

Such a method is a function of one series, a `ForecastOne`. Its four arguments are the same
everywhere: ``y`` of shape (n,), the ``horizon`` H, the ``period`` in steps per season, and the
``levels`` of the intervals in percent. It returns a `SeriesForecast`.

`forecast_each_adjusted` runs it on the seasonally adjusted series, as M4's statistical benchmarks
do: with `esrnn.metrics.seasonal_adjustment`, which Naive2 uses. `fall_back` forecasts a series that
a method's own model cannot fit.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs, parallel_config
from tqdm.auto import tqdm

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.interface import Result, Settings
from competitions.task.data import Array, Bounds, TaskData
from esrnn.errors import EsrnnError, Offenders
from esrnn.metrics import naive2, seasonal_adjustment

_N_PARTS = 100  # a run that is killed loses at most a hundredth of its work for each process


@dataclass(frozen=True)
class SeriesForecast:
    """The forecast of one series."""

    y_hat: Array  # shape (H,)
    bounds: Bounds = field(default_factory=dict)  # by level in percent; empty without intervals
    fallback: bool = False  # made by a simpler model, since the method's own failed


ForecastOne: TypeAlias = Callable[[Array, int, int, tuple[int, ...]], SeriesForecast]
_Arrays: TypeAlias = dict[str, Array]


def forecast_each(
    data: TaskData, settings: Settings, checkpoints: Checkpoints, forecast_one: ForecastOne
) -> Result:
    """Forecast every series of a task by a function of one series.

    The function can be pickled; warnings that a library gives inside it are not shown. Parts that
    an earlier attempt finished are taken from the checkpoints. An error names the series whose
    forecasts are not finite.
    """
    panel, task = data.panel, data.task
    size = ceil(panel.n_series / _N_PARTS)
    chunks = [range(a, min(a + size, panel.n_series)) for a in range(0, panel.n_series, size)]
    done = {k: arrays for k in range(len(chunks)) if (arrays := checkpoints.load(f"{k:04d}"))}
    jobs = (
        (k, [np.array(panel.series(i)) for i in chunk])
        for k, chunk in enumerate(chunks)
        if k not in done
    )
    about = (task.horizon, task.seasonal_period, task.asked_levels)
    with tqdm(total=panel.n_series, unit=" series", disable=settings.quiet) as bar:
        bar.update(sum(len(chunks[k]) for k in done))
        for k, arrays, cpu_s in _run(jobs, forecast_one, about, settings.n_jobs):
            checkpoints.save(f"{k:04d}", arrays, cpu_s)
            done[k] = arrays
            bar.update(len(chunks[k]))
    return _assemble(data, [done[k] for k in range(len(chunks))])


def _run(
    jobs: Iterator[tuple[int, list[Array]]],
    forecast_one: ForecastOne,
    about: tuple[int, int, tuple[int, ...]],
    n_jobs: int | None,
) -> Iterator[tuple[int, _Arrays, float]]:
    """Give the chunks as they are finished: number, forecasts, processor seconds."""
    n_processes = effective_n_jobs(-1 if n_jobs is None else n_jobs)
    if n_processes == 1:
        for k, series in jobs:
            yield _forecast_chunk(k, series, forecast_one, about)
        return
    with parallel_config("loky", inner_max_num_threads=1):
        parallel = Parallel(n_jobs=n_processes, return_as="generator_unordered")
        yield from parallel(
            delayed(_forecast_chunk)(k, series, forecast_one, about) for k, series in jobs
        )


def _forecast_chunk(
    k: int,
    series: Sequence[Array],
    forecast_one: ForecastOne,
    about: tuple[int, int, tuple[int, ...]],
) -> tuple[int, _Arrays, float]:
    horizon, period, levels = about
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # optimisers warn about every series that is hard to fit
        results = [forecast_one(y, horizon, period, levels) for y in series]
    arrays = {
        "y_hat": np.stack([r.y_hat for r in results]),
        "fallback": np.array([float(r.fallback) for r in results]),
    }
    if all(r.bounds for r in results):
        for level in levels:
            arrays[f"lo-{level}"] = np.stack([r.bounds[level][0] for r in results])
            arrays[f"hi-{level}"] = np.stack([r.bounds[level][1] for r in results])
    return k, arrays, time.process_time() - start


def _assemble(data: TaskData, done: Sequence[_Arrays]) -> Result:
    """Put the chunks together, in order."""
    joined = {key: np.concatenate([d[key] for d in done]) for key in done[0]}
    bounds: Bounds = {
        level: (joined[f"lo-{level}"], joined[f"hi-{level}"])
        for level in data.task.asked_levels
        if f"lo-{level}" in joined
    }
    for key, matrix in joined.items():
        bad = np.flatnonzero(~np.isfinite(matrix.reshape(len(matrix), -1)).all(axis=1))
        if bad.size:
            raise EsrnnError.of_series(
                f"{key} is not finite;",
                Offenders([data.ids[i] for i in bad]),
                "The method must fall back to a simpler model for such series.",
            )
    frame = data.forecast_frame(joined["y_hat"], bounds)
    replaced = np.flatnonzero(joined["fallback"]).tolist()
    return Result(frame, fallbacks=tuple(data.ids[i] for i in replaced))


def normal_bounds(
    y_hat: Array, errors: Array, levels: Iterable[int], growth: Array | float = 1.0
) -> Bounds:
    """Return the bounds of normal intervals by level in percent.

    `errors` are standard deviations of the errors of `y_hat`, shape (..., H); `growth` is a factor
    on them at each step.
    """
    bounds = {}
    for level in levels:
        half = NormalDist().inv_cdf(0.5 + level / 200) * errors * growth
        bounds[level] = (y_hat - half, y_hat + half)
    return bounds


def is_finite(result: SeriesForecast) -> bool:
    """Say whether a forecast and all its bounds are finite."""
    arrays = [result.y_hat, *(bound for pair in result.bounds.values() for bound in pair)]
    return all(np.isfinite(array).all() for array in arrays)


def random_walk(y: Array, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
    """Forecast a series by Naive2 with the intervals of a random walk.

    This is not marked as a fallback: every model forecasts a constant series like that.
    """
    y_hat = naive2(y, horizon, period)
    steps = np.abs(np.diff(y))
    largest = steps.max(initial=0.0)
    # in units of the largest, since squares of very large steps would overflow
    spread = largest * np.sqrt(np.mean((steps / largest) ** 2)) if largest > 0 else 0.0
    errors = spread * np.sqrt(np.arange(1, horizon + 1))
    return SeriesForecast(y_hat, normal_bounds(y_hat, errors, levels))


def fall_back(y: Array, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
    """Forecast a series by `random_walk`, marked as a fallback."""
    return replace(random_walk(y, horizon, period, levels), fallback=True)


def forecast_each_adjusted(
    data: TaskData, settings: Settings, checkpoints: Checkpoints, forecast: ForecastOne
) -> Result:
    """Forecast every series of a task as `forecast_adjusted` does."""
    return forecast_each(data, settings, checkpoints, partial(forecast_adjusted, forecast))


def forecast_adjusted(
    forecast: ForecastOne, y: Array, horizon: int, period: int, levels: tuple[int, ...]
) -> SeriesForecast:
    """Take the seasonality out of a series, forecast it with period 1, and put it back.

    Examples
    --------
    >>> import numpy as np
    >>> def last(y, horizon, period, levels):
    ...     return SeriesForecast(np.full(horizon, y[-1]))
    >>> y = np.tile([1.0, 2.0, 4.0, 3.0], 6)
    >>> forecast_adjusted(last, y, 4, 4, ()).y_hat.round(6).tolist()
    [1.0, 2.0, 4.0, 3.0]
    """
    adjustment = seasonal_adjustment(y, horizon, period)
    result = forecast(adjustment.values, horizon, 1, levels)
    back = adjustment.reseasonalise
    bounds = {level: (back(low), back(high)) for level, (low, high) in result.bounds.items()}
    return SeriesForecast(back(result.y_hat), bounds, result.fallback)
