"""Exponential smoothing of a panel: its preparation, the per-series fit, and forecasts by it alone.

Checks that name series and steps happen here, before the kernels, which check nothing. The
network's part lives in `esrnn.model`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.config import Seasonality, SmoothingConfig
from esrnn.errors import InputError, describe_offenders
from esrnn.kernels.cpu import factor_starts, smooth
from esrnn.kernels.fit import (
    SmoothingFit,
    SmoothingPrior,
    choose_additive,
    fit_panel,
    natural_parameters,
)
from esrnn.kernels.seasonal_start import seasonal_unit
from esrnn.panel import Covariates, Panel

__all__ = [
    "Batch",
    "Prepared",
    "causal_scale",
    "fit_smoothing",
    "prepare",
    "refuse",
    "smoothing_forecast",
]


_LOGIT_OF_ONE = 40.0  # 1 / (1 + exp(-40)) is 1 in float64


@dataclass(frozen=True)
class Batch:
    """Some series of one form.

    Attributes
    ----------
    values, causal : ndarray of shape (n_obs,), float64
        Observations and their causal scale (`causal_scale`).
    indptr : ndarray of shape (B + 1,), int64
    unit : ndarray of shape (B,), float64
        Unit of additive factors.
    additive : bool
    covariates : Covariates, optional
        Of these series.
    """

    values: FloatArray
    causal: FloatArray
    indptr: IntArray
    unit: FloatArray
    additive: bool
    covariates: Covariates | None = None


@dataclass(frozen=True)
class Prepared:
    """A panel with the form of each series settled.

    Attributes
    ----------
    values, causal : ndarray of shape (n_obs,), float64
    indptr : ndarray of shape (N + 1,), int64
    additive : ndarray of shape (N,), bool
    covariates : Covariates, optional
        Of the same series, as long as they are.

    Raises
    ------
    InputError
        If the covariates are of other series or lengths.
    """

    values: FloatArray
    causal: FloatArray
    indptr: IntArray
    additive: BoolArray
    covariates: Covariates | None = None

    def __post_init__(self) -> None:
        """Check that the covariates are those of the series."""
        if self.covariates is not None:
            self.covariates.require_fit(self.lengths)

    @property
    def lengths(self) -> IntArray:
        """Observations of each series, of shape (N,)."""
        lengths: IntArray = np.diff(self.indptr)
        return lengths

    def batch(self, indices: IntArray, unit: FloatArray) -> Batch:
        """Gather the series at `indices`, all of one form.

        Parameters
        ----------
        indices : ndarray of shape (B,), int64
        unit : ndarray of shape (N,), float64
            Of the per-series fit (`esrnn.kernels.fit.SmoothingFit`).

        Returns
        -------
        Batch
        """
        starts, ends = self.indptr[indices], self.indptr[indices + 1]
        parts = [slice(a, b) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
        return Batch(
            np.concatenate([self.values[part] for part in parts]),
            np.concatenate([self.causal[part] for part in parts]),
            np.concatenate([[0], np.cumsum(ends - starts)]),
            unit[indices],
            bool(self.additive[indices[0]]),
            None if self.covariates is None else self.covariates.subset(indices),
        )


def prepare(panel: Panel, seasonality: Seasonality, lag: int) -> Prepared:
    """Choose each series' form and compute its causal scale.

    Parameters
    ----------
    panel : Panel
    seasonality : {"auto", "multiplicative", "additive"}
    lag : int
        Seasonal lag of the causal scale; 1 without a seasonality.

    Returns
    -------
    Prepared

    Raises
    ------
    InputError
        If `seasonality` is multiplicative and a series has a zero or a negative value, or if a
        series starts with a missing value.
    """
    values, indptr = np.array(panel.values), np.array(panel.indptr)
    missing_start = np.zeros(values.size, dtype=np.bool_)
    missing_start[indptr[:-1]] = np.isnan(values[indptr[:-1]])
    refuse(
        panel, missing_start, "the first value of a series must be observed",
        "drop leading missing values",
    )  # fmt: skip
    additive = choose_additive(values, indptr)
    if seasonality == "multiplicative":
        refuse(
            panel, values <= 0.0, "values must be > 0 for seasonality='multiplicative'",
            "use seasonality='auto' or 'additive', or drop these series",
        )  # fmt: skip
    elif seasonality == "additive":
        additive = np.ones_like(additive)
    return Prepared(values, causal_scale(values, indptr, lag), indptr, additive)


def refuse(panel: Panel, bad: BoolArray, expected: str, remedy: str) -> None:
    """Raise for the values marked bad, naming the first one of each series.

    Parameters
    ----------
    panel : Panel
    bad : ndarray of shape (n_obs,), bool
    expected, remedy : str
        What should have been, and what to do.

    Raises
    ------
    InputError
        If any is marked.
    """
    places = np.flatnonzero(bad)
    if not places.size:
        return
    series = np.searchsorted(panel.indptr, places, side="right") - 1
    series, first = np.unique(series, return_index=True)
    places = places[first]
    listed = describe_offenders(
        [panel.ids[i] for i in series],
        steps=(places - panel.indptr[series]).tolist(),
        values=panel.values[places].tolist(),
    )
    raise InputError(f"{expected}; {listed}; {remedy}")


def causal_scale(values: FloatArray, indptr: IntArray, lag: int) -> FloatArray:
    """Return the mean absolute seasonal difference of each series up to each step.

    Parameters
    ----------
    values : ndarray of shape (n_obs,), float64
        NaN where missing.
    indptr : ndarray of shape (N + 1,), int64
    lag : int
        The seasonal lag; while a series is not longer, its differences of lag 1 stand in.

    Returns
    -------
    ndarray of shape (n_obs,), float64
        0 while all differences so far are 0 or none is known.

    Examples
    --------
    >>> causal_scale(np.array([1.0, 2.0, 4.0, 4.0]), np.array([0, 4]), 1)
    array([0. , 1. , 1.5, 1. ])
    """
    seasonal = _running_mean_difference(values, indptr, lag)
    if lag == 1:
        return np.nan_to_num(seasonal, nan=0.0)
    daily = _running_mean_difference(values, indptr, 1)
    return np.nan_to_num(np.where(np.isnan(seasonal), daily, seasonal), nan=0.0)


def _running_mean_difference(values: FloatArray, indptr: IntArray, lag: int) -> FloatArray:
    difference = np.full(values.size, np.nan)
    difference[lag:] = np.abs(values[lag:] - values[:-lag])
    step = np.arange(values.size) - np.repeat(indptr[:-1], np.diff(indptr))
    difference[step < lag] = np.nan
    seen = np.isfinite(difference)
    mean = np.empty(values.size)
    with np.errstate(invalid="ignore", divide="ignore"):
        for a, b in pairwise(indptr):  # no sum crosses two series
            total = np.cumsum(np.where(seen[a:b], difference[a:b], 0.0))
            mean[a:b] = total / np.cumsum(seen[a:b])
    return mean


def fit_smoothing(
    panel: Panel,
    config: SmoothingConfig,
    additive: BoolArray | None = None,
    prior: SmoothingPrior | None = None,
) -> SmoothingFit:
    """Fit every series' smoothing coefficients and initial seasonality to its own data.

    Parameters
    ----------
    panel : Panel
    config : SmoothingConfig
    additive : ndarray of shape (N,), bool, optional
        The forms, where they are settled already.
    prior : SmoothingPrior, optional
        What series look like, from another panel's fit; by default learnt from this panel.

    Returns
    -------
    SmoothingFit

    Raises
    ------
    InputError
        As `prepare`.
    """
    data = prepare(panel, config.seasonality, config.lag)
    return _fit(data, data.additive if additive is None else additive, config, prior)


def _fit(
    data: Prepared,
    additive: BoolArray,
    config: SmoothingConfig,
    prior: SmoothingPrior | None = None,
) -> SmoothingFit:
    if config.level == "last":
        return _last_value_fit(data, additive)
    return fit_panel(data.values, data.indptr, additive, config.seasonal_periods, prior)


def _last_value_fit(data: Prepared, additive: BoolArray) -> SmoothingFit:
    """Return parameters whose level is the last observation, and that training leaves alone.

    The logit stands for a smoothing coefficient of exactly 1, where its derivative is exactly 0.
    """
    n_series = additive.size
    rows = np.zeros((n_series, 3))
    rows[:, 0] = _LOGIT_OF_ONE
    sigma = np.zeros(n_series)
    for i, (a, b) in enumerate(pairwise(data.indptr)):
        y = data.values[a:b]
        y = y[np.isfinite(y)]
        errors = np.diff(y if additive[i] else np.log(y))
        sigma[i] = np.sqrt(np.mean(errors**2)) if errors.size else 0.0
    unit = seasonal_unit(data.values, data.indptr, additive, 1)
    prior = SmoothingPrior(rows[0].copy(), np.zeros(3), ())
    return SmoothingFit(rows, unit, additive, sigma, prior)


def smoothing_forecast(panel: Panel, horizon: int, config: SmoothingConfig) -> FloatArray:
    """Forecast by exponential smoothing alone: the last level times the last season's factors.

    Parameters
    ----------
    panel : Panel
    horizon : int
        Steps ahead.
    config : SmoothingConfig

    Returns
    -------
    ndarray of shape (N, H), float64
        In units of y.

    Raises
    ------
    InputError
        As `prepare`.

    Examples
    --------
    >>> panel = Panel.from_arrays([np.tile([1.0, 2.0, 3.0, 2.0], 6)])
    >>> smoothing_forecast(panel, 4, SmoothingConfig((4,))).round(1)
    array([[1., 2., 3., 2.]])
    """
    periods = config.seasonal_periods
    data = prepare(panel, config.seasonality, config.lag)
    fit = _fit(data, data.additive, config)
    parameters = natural_parameters(fit.rows, fit.unit, fit.additive, periods)
    level, *factors = smooth(data.values, data.indptr, *parameters, data.additive)
    forecast = np.repeat(level[data.indptr[1:] - 1][:, None], horizon, axis=1)
    for flat, period in zip(factors, periods, strict=False):
        last_season = factor_starts(data.indptr, period)[1:, None] - period
        ahead = flat[last_season + np.arange(horizon) % period]
        forecast = np.where(data.additive[:, None], forecast + ahead, forecast * ahead)
    return forecast
