"""One linear regression on lags for all series of a task: the plainest global method.

One ridge regression maps the last W values of a series on its next H values, for all series and
origins together. Values are logarithms where all series are positive. They are measured from the
last value of the window, in units of the series' mean absolute change up to the origin; for a short
history this unit is drawn towards the mean over all series. Intervals are quantiles of the errors
that each half of the series has with the weights of the other half, in the same units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.interface import Result, Settings
from competitions.task.data import Array, Bounds, TaskData
from esrnn.panel import Panel

_FIRST = 2  # origins before this one have seen too little to be learnt from
_LARGEST_LOG = 700.0  # its exponential is still a number


@dataclass(frozen=True)
class LagSettings:
    """Settings of the regression, chosen by ``python -m competitions backtest lags``."""

    window: int  # lags, W; a shorter history is continued to the left by its first value
    # How many changes of its own the mean change over all series counts for in a series' unit
    shrink: float
    penalty: float  # of the ridge, as a share of each feature's sum of squares
    origins: int | None = None  # latest ones of each series to learn from; None for all

    @property
    def name(self) -> str:
        """The settings as text, for a log.

        Examples
        --------
        >>> LagSettings(12, 5.0, 0.01).name
        'window 12, shrink 5, penalty 0.01, all origins'
        """
        numbers = f"window {self.window}, shrink {self.shrink:g}, penalty {self.penalty:g}"
        return f"{numbers}, {f'last {self.origins}' if self.origins else 'all'} origins"


# By group of M4: the smallest mean OWA over two folds of the training part, all of them logged in
# competitions/backtests/lags.jsonl.
SETTINGS: dict[str, LagSettings] = {
    "yearly": LagSettings(12, 5.0, 0.01),
    "quarterly": LagSettings(65, 100.0, 0.001, 16),
    "monthly": LagSettings(61, 1e6, 0.01),
    "weekly": LagSettings(261, 300.0, 0.01),
    "daily": LagSettings(29, 100.0, 0.001, 140),
    "hourly": LagSettings(505, 300.0, 1e-5),
}
GROUP_LIKE = {"other": "yearly"}  # M3's Other has no settings of its own


def run_lags(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Fit one regression on the lags of all series, and forecast."""
    chosen = SETTINGS[GROUP_LIKE.get(data.task.group, data.task.group)]
    task = data.task
    y_hat, bounds = forecast_by_lags(data.panel, task.horizon, task.asked_levels, chosen)
    return Result(data.forecast_frame(y_hat, bounds))


def forecast_by_lags(
    panel: Panel, horizon: int, levels: tuple[int, ...], settings: LagSettings
) -> tuple[Array, Bounds]:
    """Fit the regression on a panel without missing values and forecast what follows.

    Returns forecasts of shape (N, H), the last value where no series is longer than the horizon,
    and the bounds of the intervals by level in percent.

    Examples
    --------
    >>> panel = Panel.from_arrays([np.exp(0.1 * np.arange(30.0))])
    >>> y_hat, _ = forecast_by_lags(panel, 2, (95,), LagSettings(3, 10.0, 0.0))
    >>> np.log(y_hat).round(2)
    array([[3. , 3.1]])
    """
    series, is_log = _in_units(panel, settings.shrink)
    halves = [series[::2], series[1::2]]
    products = [_products(half, horizon, settings) for half in halves]
    last = np.array([values[-1] for values, _ in series])[:, None]
    unit = np.array([units[-1] for _, units in series])[:, None]
    features = np.concatenate(
        [_features(_windows(v, settings.window)[-1:], u[-1:]) for v, u in series]
    )
    ahead = features @ _weights(products[0] + products[1], settings.penalty)

    def back(steps: Array) -> Array:
        values = last + unit * steps
        return np.exp(np.clip(values, -_LARGEST_LOG, _LARGEST_LOG)) if is_log else values

    errors = _errors(halves, products, horizon, settings)
    bounds: Bounds = {}
    for level in levels:
        tail = (100 - level) / 200
        low, high = np.quantile(errors, [tail, 1 - tail], axis=0)
        bounds[level] = (back(ahead + low), back(ahead + high))
    return back(ahead), bounds


_Series: TypeAlias = tuple[Array, Array]  # values or their logarithms, and the unit at each step


def _in_units(panel: Panel, shrink: float) -> tuple[list[_Series], bool]:
    is_log = bool((panel.values > 0).all())
    every = [panel.series(i) for i in range(panel.n_series)]
    values = [np.log(y) if is_log else y for y in every]
    # Logarithms have no size of their own; other values are compared by their mean so far.
    sizes = [np.cumsum(np.abs(y)) / np.arange(1.0, len(y) + 1) for y in every]
    sizes = [np.ones(len(y)) for y in every] if is_log else sizes
    moved = [np.append(0.0, np.cumsum(np.abs(np.diff(v)))) for v in values]
    some = [(m, size) for m, size in zip(moved, sizes, strict=True) if len(m) > 1 and size[-1] > 0]
    usual = np.mean([m[-1] / (len(m) - 1) / size[-1] for m, size in some]) if some else 0.0
    units = [
        (m + shrink * usual * size) / (np.arange(len(m)) + shrink)
        for m, size in zip(moved, sizes, strict=True)
    ]
    return list(zip(values, units, strict=True)), is_log


def _windows(values: Array, width: int) -> Array:
    """Return the last `width` values up to each step, shape (n, width)."""
    padded = np.concatenate([np.full(width - 1, values[0]), values])
    return sliding_window_view(padded, width)


def _features(windows: Array, units: Array) -> Array:
    """Measure windows from their last value, whose place an intercept takes."""
    features = _measured(windows, windows[:, -1], units)
    features[:, -1] = 1.0
    return features


def _measured(values: Array, last: Array, units: Array) -> Array:
    # A unit of 0 belongs to a history of zeros only.
    return (values - last[:, None]) / np.where(units > 0, units, 1.0)[:, None]


def _rows(series: _Series, horizon: int, settings: LagSettings) -> tuple[Array, Array] | None:
    """Return features and targets of a series' origins, or None if it has too few values."""
    values, units = series
    end = len(values) - horizon
    start = _FIRST if settings.origins is None else max(_FIRST, end - settings.origins)
    if start >= end:
        return None
    origins = start + np.flatnonzero(units[start:end] > 0)
    windows = _windows(values, settings.window)[origins]
    following = sliding_window_view(values, horizon)[origins + 1]
    units = units[origins]
    return _features(windows, units), _measured(following, windows[:, -1], units)


def _products(half: Sequence[_Series], horizon: int, settings: LagSettings) -> Array:
    """Sum the products of features with features and targets, shape (W, W + H)."""
    products = np.zeros((settings.window, settings.window + horizon))
    for series in half:
        if (rows := _rows(series, horizon, settings)) is not None:
            products += rows[0].T @ np.hstack(rows)
    return products


def _weights(products: Array, penalty: float) -> Array:
    """Solve the normal equations, shape (W, H); the intercept, last of all, is not penalised."""
    features, targets = np.split(products, [len(products)], axis=1)
    ridge = penalty * np.diag(features)
    ridge[-1] = 0.0
    ridge += 1e-9 * max(features[-1, -1], 1.0)  # a feature that is always 0 gets no weight
    return np.linalg.solve(features + np.diag(ridge), targets).astype(np.float64, copy=False)


def _errors(
    halves: Sequence[Sequence[_Series]],
    products: Sequence[Array],
    horizon: int,
    settings: LagSettings,
) -> Array:
    """Return the errors at the latest H origins, in units, with the other half's weights."""
    latest = replace(settings, origins=horizon)
    errors = [np.zeros((1, horizon))]  # nothing to learn from: the interval is the forecast
    for half, own, other in zip(halves, products, products[::-1], strict=True):
        weights = _weights(other if other.any() else own, settings.penalty)
        for series in half:
            if (rows := _rows(series, horizon, latest)) is not None:
                errors.append(rows[1] - rows[0] @ weights)
    return np.concatenate(errors)
