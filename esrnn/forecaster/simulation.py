"""More than the median: means, and paths of the future, of a fitted panel.

Quantiles are turned into a distribution at each step by many levels. Its mean is put right by how
the mean forecasts of the panel's own last horizons compare with what came. Paths draw from it at
all steps together (`esrnn.quantiles.dependence`). Intermittent series take both from their own past
(`esrnn.quantiles.intermittent`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from esrnn._checks import as_whole
from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import InputError
from esrnn.forecaster.own_past import stretches_of
from esrnn.forecaster.partner import mix_ensembles, mixed_axis
from esrnn.quantiles.dependence import error_correlation, standardised_errors, uniform_paths
from esrnn.quantiles.intermittent import find_intermittent
from esrnn.quantiles.levels import interpolate_quantiles
from esrnn.quantiles.support import find_support

if TYPE_CHECKING:
    from esrnn.forecaster.fitted_panel import FittedPanel
    from esrnn.forecaster.trained_model import TrainedModel
    from esrnn.panel import Panel

__all__ = ["Together", "mean_forecast", "simulate_paths"]

Together = Literal["independent", "together"]

_N_LEVELS = 200
_LEVELS = tuple(((np.arange(_N_LEVELS) + 0.5) / _N_LEVELS).tolist())
# Past horizons that count as much as the belief that mean forecasts are right.
_USUAL_HORIZONS = 50.0
_MOST_OFF = 1.5
_AT_ONCE = 4_000_000  # numbers that are drawn at once


def mean_forecast(
    fitted: FittedPanel, steps: IntArray, X: pd.DataFrame | None, device: str
) -> FloatArray:
    """Forecast means.

    Parameters
    ----------
    fitted : FittedPanel
    steps : ndarray of shape (N, K), int64
        Steps after the end of each series, at least 1.
    X : pd.DataFrame or None
        As for `FittedPanel.forecast`.
    device : str

    Returns
    -------
    ndarray of shape (N, K), float64
        In units of y; not rounded.
    """
    panel = fitted.framed.panel
    means: FloatArray = fitted.quantiles(steps, X, _LEVELS, device, rounded=False).mean(axis=0)
    past = _past(fitted.model, fitted, device)
    if past is not None:
        actual, quantiles, which = past
        additive = fitted.model.ensemble.smoothing.additive[which]
        axis, trained = mixed_axis(fitted.model), fitted.model.config.network.quantile_levels
        then = interpolate_quantiles(quantiles, trained, _LEVELS, additive, axis).mean(axis=0)
        positive = _positive(panel)
        ratio = _correction(actual, np.maximum(then, 0.0), positive[which])
        means = np.where(positive[:, None], ratio * means, means)
    intermittent, slots = find_intermittent(panel), fitted.framed.times.slot_matrix(steps)
    for k in np.flatnonzero(intermittent).tolist():
        stretches = stretches_of(fitted, k, int(slots[k].max()))
        means[k] = stretches.mean(axis=0)[slots[k] - 1]
    return means


def simulate_paths(
    fitted: FittedPanel,
    steps: IntArray,
    X: pd.DataFrame | None,
    device: str,
    n_paths: int,
    seed: int | None,
    series: Together = "independent",
) -> FloatArray:
    """Draw paths of the future.

    Parameters
    ----------
    fitted, steps, X, device
        As for `mean_forecast`.
    n_paths : int
    seed : int or None
    series : {"independent", "together"}
        Whether the errors of different series are drawn independently, or are at the same quantile
        in all of them.

    Returns
    -------
    ndarray of shape (n_paths, N, K), float64
        In units of y, within what each series can be.

    Raises
    ------
    InputTypeError, InputError
        If `n_paths` is no whole number of at least 1, or `series` is unknown.
    """
    n_paths = as_whole("n_paths", n_paths)
    if series not in get_args(Together):
        raise InputError(f"series must be one of {list(get_args(Together))}; got {series!r}")
    rng, together = np.random.default_rng(seed), series == "together"
    quantiles = fitted.quantiles(steps, X, _LEVELS, device)
    slots = fitted.framed.times.slot_matrix(steps)
    past = _past(fitted.model, fitted, device)
    errors = None
    if past is not None:
        additive = fitted.model.ensemble.smoothing.additive[past[2]]
        errors = standardised_errors(past[0], past[1], additive)
    furthest = int(slots.max())
    correlation = error_correlation(errors, furthest)
    n_series, n_steps = steps.shape
    paths = np.empty((n_paths, n_series, n_steps))
    at_once = max(1, _AT_ONCE // (n_paths * furthest))
    shared = uniform_paths(correlation, n_paths, 1, rng) if together else None
    for first in range(0, n_series, at_once):
        some = np.arange(first, min(first + at_once, n_series))
        drawn = shared
        if drawn is None:
            drawn = uniform_paths(correlation, n_paths, some.size, rng)
        at = np.broadcast_to(drawn, (n_paths, some.size, furthest))
        at = np.take_along_axis(at, (slots[some] - 1)[None], axis=2)
        paths[:, some] = _at_probabilities(quantiles[:, some], at)
    draws = rng.random(n_paths)
    for k in np.flatnonzero(find_intermittent(fitted.framed.panel)).tolist():
        stretches = stretches_of(fitted, k, int(slots[k].max()))
        own = draws if together else rng.random(n_paths)
        paths[:, k] = stretches[(own * len(stretches)).astype(np.int64)][:, slots[k] - 1]
    return paths


def _at_probabilities(quantiles: FloatArray, probabilities: FloatArray) -> FloatArray:
    """Return the values at some probabilities, of quantiles at the levels of this module."""
    place = np.clip(probabilities * _N_LEVELS - 0.5, 0.0, _N_LEVELS - 1.0)
    low = np.minimum(place.astype(np.int64), _N_LEVELS - 2)
    below, above = (np.take_along_axis(quantiles, low + k, axis=0) for k in (0, 1))
    share = place - low
    whole = (below == np.rint(below)) & (above == np.rint(above))
    between: FloatArray = below + (above - below) * np.where(whole, np.rint(share), share)
    return between


def _past(
    model: TrainedModel, fitted: FittedPanel, device: str
) -> tuple[FloatArray, FloatArray, IntArray] | None:
    """Forecast the panel's own last horizons: what came, the quantiles, and of which series."""
    from esrnn.ensemble.own_errors import past_horizons
    from esrnn.runtime import choose_device

    known = model.covariates(fitted.framed, fitted.columns, model.horizon)
    past = past_horizons(fitted.framed.panel, model.config, known)
    if past is None:
        return None
    where = choose_device(device)
    quantiles = mix_ensembles(
        model,
        lambda own: own.for_new_series(past.history, past.covariates).forecast(
            past.history, where, past.covariates
        ),
    )
    return past.actual, quantiles, past.which


def _correction(actual: FloatArray, means: FloatArray, positive: BoolArray) -> float:
    """Return what mean forecasts are multiplied by: what came over what was forecast, with care."""
    seen = ~np.isnan(actual) & positive[:, None] & (means.sum(axis=1) > 0.0)[:, None]
    n = float(seen.any(axis=1).sum())
    if not n:
        return 1.0
    size = means.mean(axis=1)[:, None].repeat(actual.shape[1], axis=1)
    total = float((means[seen] / size[seen]).sum())
    ratio = float((actual[seen] / size[seen]).sum()) / total
    ratio = min(max(ratio, 1.0 / _MOST_OFF), _MOST_OFF)
    return 1.0 + (ratio - 1.0) * n / (n + _USUAL_HORIZONS)


def _positive(panel: Panel) -> BoolArray:
    """Return which series are never negative and not intermittent."""
    return find_support(panel)[0] & ~find_intermittent(panel)
