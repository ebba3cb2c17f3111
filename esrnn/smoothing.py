"""Exponential smoothing of a panel: its preparation, the per-series fit, and forecasts by it alone.

Checks that name series and steps happen here, before the kernels, which check nothing. The
network's part lives in `esrnn.model`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.config import Seasonality, SmoothingConfig
from esrnn.forms import apply_part, to_form
from esrnn.kernels.parameters import natural_parameters
from esrnn.kernels.scales import causal_scale, means_of_each, seasonal_unit
from esrnn.kernels.smoothing import factor_starts, smooth
from esrnn.kernels.smoothing_fit import SmoothingFit, SmoothingPrior, fit_parameters
from esrnn.panel import Covariates, Panel
from esrnn.panel.flat import any_of_each, flat_positions, indptr_of, series_of

__all__ = [
    "PreparedPanel",
    "fit_smoothing",
    "require_first_values",
    "settle_forms",
    "smoothing_forecast",
]


_LOGIT_OF_ONE = 40.0  # 1 / (1 + exp(-40)) is 1 in float64


@dataclass(frozen=True)
class PreparedPanel:
    """Series as the network takes them: values, the scale of their errors, the form of each.

    Attributes
    ----------
    values, causal : ndarray of shape (n_obs,), float64
        Observations and their causal scale (`esrnn.kernels.scales.causal_scale`).
    indptr : ndarray of shape (N + 1,), int64
    additive : ndarray of shape (N,), bool
        The form of each series.
    unit : ndarray of shape (N,), float64
        Unit of additive factors (`esrnn.kernels.smoothing_fit.SmoothingFit`).
    covariates : Covariates, optional
        Of the same series, as long as they are.
    """

    values: FloatArray
    causal: FloatArray
    indptr: IntArray
    additive: BoolArray
    unit: FloatArray
    covariates: Covariates | None = None

    @classmethod
    def of(
        cls, panel: Panel, fit: SmoothingFit, lag: int, covariates: Covariates | None = None
    ) -> PreparedPanel:
        """Prepare a panel for the network.

        Parameters
        ----------
        panel : Panel
        fit : SmoothingFit
            Of these series; says which form each has, and its unit.
        lag : int
            Seasonal lag of the causal scale; 1 without a seasonality.
        covariates : Covariates, optional
            Of these series, as long as they are.

        Returns
        -------
        PreparedPanel

        Raises
        ------
        InputError
            If the covariates are of other series or lengths.
        """
        if covariates is not None:
            covariates.require_fit(panel.lengths)
        values, indptr = np.array(panel.values), np.array(panel.indptr)
        causal = causal_scale(values, indptr, lag)
        return cls(values, causal, indptr, fit.additive, fit.unit, covariates)

    @property
    def lengths(self) -> IntArray:
        """Observations of each series, of shape (N,)."""
        lengths: IntArray = np.diff(self.indptr)
        return lengths

    @property
    def is_additive(self) -> bool:
        """The form of a batch, whose series all have the same one."""
        return bool(self.additive[0])

    def with_fit(self, fit: SmoothingFit) -> PreparedPanel:
        """Return the same series with the forms and units of another fit to them."""
        return replace(self, additive=fit.additive, unit=fit.unit)

    def subset(self, indices: IntArray, until: IntArray | None = None) -> PreparedPanel:
        """Return some series, in the order of `indices`; those of a batch must be of one form.

        Parameters
        ----------
        indices : ndarray of shape (B,), int64
        until : ndarray of shape (B,), int64, optional
            Observations of each series to keep, the first ones; without covariates.

        Returns
        -------
        PreparedPanel
        """
        lengths = self.indptr[indices + 1] - self.indptr[indices]
        if until is not None:
            lengths = np.minimum(lengths, until)
        at = flat_positions(self.indptr[indices], lengths)
        return PreparedPanel(
            self.values[at],
            self.causal[at],
            indptr_of(lengths),
            self.additive[indices],
            self.unit[indices],
            None if self.covariates is None else self.covariates.subset(indices),
        )


def settle_forms(panel: Panel, seasonality: Seasonality) -> BoolArray:
    """Check that a panel can be smoothed, and choose the form of each series.

    Parameters
    ----------
    panel : Panel
    seasonality : {"auto", "multiplicative", "additive"}
        ``"auto"`` is additive for series that have a zero or a negative value.

    Returns
    -------
    ndarray of shape (N,), bool
        True where a series is additive.

    Raises
    ------
    InputError
        If `seasonality` is multiplicative and a series has a zero or a negative value, or if a
        series starts with a missing value.

    Examples
    --------
    >>> settle_forms(Panel.from_arrays([[1.0, 2.0], [0.0, 3.0]]), "auto")
    array([False,  True])
    """
    require_first_values(panel)
    if seasonality == "multiplicative":
        panel.refuse(
            panel.values <= 0.0, "values must be > 0 for seasonality='multiplicative'",
            "Use seasonality='auto' or 'additive', or drop these series.",
        )  # fmt: skip
    if seasonality == "additive":
        return np.ones(panel.n_series, dtype=np.bool_)
    return any_of_each(panel.values <= 0.0, panel.indptr)


def require_first_values(panel: Panel) -> None:
    """Refuse series that start with a missing value: their level could not start.

    Parameters
    ----------
    panel : Panel

    Raises
    ------
    InputError
        If there are any.
    """
    missing = np.zeros(panel.values.size, dtype=np.bool_)
    missing[panel.indptr[:-1]] = np.isnan(panel.values[panel.indptr[:-1]])
    panel.refuse(
        missing, "the first value of a series must be observed", "Drop leading missing values."
    )


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
        The forms, where they are settled already (`settle_forms`); the panel is not checked then.
    prior : SmoothingPrior, optional
        What series look like, from another panel's fit; by default learnt from this panel.

    Returns
    -------
    SmoothingFit

    Raises
    ------
    InputError
        As `settle_forms`, where `additive` is not given.
    """
    if additive is None:
        additive = settle_forms(panel, config.seasonality)
    values, indptr = np.array(panel.values), np.array(panel.indptr)
    if config.level == "last":
        return _last_value_fit(values, indptr, additive)
    return fit_parameters(values, indptr, additive, config.seasonal_periods, prior)


def _last_value_fit(values: FloatArray, indptr: IntArray, additive: BoolArray) -> SmoothingFit:
    """Return parameters whose level is the last observation, and that training leaves alone.

    The logit stands for a smoothing coefficient of exactly 1, where its derivative is exactly 0.
    """
    rows = np.zeros((additive.size, 3))
    rows[:, 0] = _LOGIT_OF_ONE
    seen, series = np.isfinite(values), series_of(indptr)
    level, owner = to_form(values, additive[series])[seen], series[seen]
    follows = owner[1:] == owner[:-1]  # two observations of one series
    errors = np.diff(level)[follows]
    ends = np.cumsum(np.bincount(owner[1:][follows], minlength=additive.size))
    sigma = np.sqrt(means_of_each(errors**2, np.concatenate([[0], ends])))
    unit = seasonal_unit(values, indptr, additive, 1)
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
        As `settle_forms`.

    Examples
    --------
    >>> panel = Panel.from_arrays([np.tile([1.0, 2.0, 3.0, 2.0], 6)])
    >>> smoothing_forecast(panel, 4, SmoothingConfig((4,))).round(1)
    array([[1., 2., 3., 2.]])
    """
    periods = config.seasonal_periods
    fit = fit_smoothing(panel, config)
    values, indptr = np.array(panel.values), np.array(panel.indptr)
    parameters = natural_parameters(fit.rows, fit.unit, fit.additive, periods)
    level, *factors = smooth(values, indptr, *parameters, fit.additive)
    forecast = np.repeat(level[indptr[1:] - 1][:, None], horizon, axis=1)
    for flat, period in zip(factors, periods, strict=False):
        last_season = factor_starts(indptr, period)[1:, None] - period
        ahead = flat[last_season + np.arange(horizon) % period]
        forecast = apply_part(forecast, ahead, fit.additive[:, None])
    return forecast
