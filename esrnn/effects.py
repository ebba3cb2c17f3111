r"""Linear effects of future covariates, each series with its own, found before any training.

A promotion that doubles sales would push the level up, and the network would have to find out why.
So what is linear is taken out first. The one-step errors of each series' exponential smoothing are
regressed on what is new in the columns (`esrnn.kernels.innovations`), series are smoothed without
the effect, and forecasts get it back. Effects are of logarithms in multiplicative series and in
units of the seasonal difference in additive ones.

The panel's series are shrunk towards each other: :math:`\beta_i \sim N(\mu, \mathrm{diag}(\tau^2))`
with both found by expectation maximisation (Laird and Ware 1982, doi:10.2307/2529876), so that a
short or new series gets the panel's effect and a long one its own. What is not linear, or changes
with the state of the series, is left to the network (`esrnn.nn.future_covariates`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esrnn._arrays import ArrayRecord
from esrnn._typing import BoolArray, Float32Array, FloatArray, IntArray
from esrnn.config import SmoothingConfig
from esrnn.forms import apply_part, from_form, remove_part
from esrnn.kernels.innovations import innovations
from esrnn.kernels.parameters import natural_parameters
from esrnn.kernels.scales import seasonal_unit
from esrnn.kernels.smoothing import factors_at_observations, smooth
from esrnn.kernels.smoothing_fit import SmoothingFit, SmoothingPrior
from esrnn.panel import Covariates, Panel
from esrnn.panel.flat import flat_positions, indptr_of, series_of
from esrnn.smoothing import fit_smoothing

__all__ = ["EffectPrior", "Effects", "estimate_effects"]

_N_PASSES = 3  # without the effects so far, errors tell more about the effects
_N_STEPS = 30  # of expectation maximisation
_N_LEARN = 500  # series that a prior is learnt from
_RIDGE = 1.0  # prior variance of an effect of a standardised column, in logarithms
_FIRST_VARIANCE = 0.01  # where the search for the variance between series begins
_LEAST_VARIANCE = 1e-8
_N_TYPICAL = 10.0  # errors that the panel's typical variance counts for
_USUAL_ERRORS = (0.01, 1.0)  # typical variances where training had no series of a form
_LARGEST = 5.0  # a factor of exp(5), larger than any real effect


@dataclass(frozen=True)
class EffectPrior(ArrayRecord):
    """Means and variances of a panel's effects, for multiplicative and then for additive series.

    Attributes
    ----------
    mean, variance : ndarray of shape (2, C), float64
    error : ndarray of shape (2,), float64
        Typical variance of one-step errors; 0 for a form that no series had.
    """

    mean: FloatArray
    variance: FloatArray
    error: FloatArray

    def of(self, form: bool) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance for a form; wide ones where no series of it was there."""
        mean, variance = self.mean[int(form)], self.variance[int(form)]
        return (mean, variance) if variance.any() else (mean, np.full_like(mean, _RIDGE))


@dataclass(frozen=True)
class Effects(ArrayRecord):
    """The linear effects of future covariates on every series.

    Attributes
    ----------
    coefficients : ndarray of shape (N, C), float64
        Of logarithms for multiplicative series, in units of y for additive ones.
    additive : ndarray of shape (N,), bool
    prior : EffectPrior
    """

    coefficients: FloatArray
    additive: BoolArray
    prior: EffectPrior

    def subset(self, indices: IntArray) -> Effects:
        """Return the effects on some series, in the order of `indices`."""
        return Effects(self.coefficients[indices], self.additive[indices], self.prior)

    def history(self, covariates: Covariates, lengths: IntArray) -> FloatArray:
        """Return the effect at every observation.

        Parameters
        ----------
        covariates : Covariates
        lengths : ndarray of shape (N,), int64
            Observations of each series.

        Returns
        -------
        ndarray of shape (n_obs,), float64
            A factor for multiplicative series, a summand for additive ones.
        """
        rows = flat_positions(covariates.indptr[:-1], lengths)
        return self._effect(covariates.future[rows], series_of(indptr_of(lengths)))

    def ahead(self, covariates: Covariates, steps: IntArray) -> FloatArray:
        """Return the effect at steps after the end of each series.

        Parameters
        ----------
        covariates : Covariates
        steps : ndarray of shape (N, K), int64
            1 is the first step after the end.

        Returns
        -------
        ndarray of shape (N, K), float64
            As `history`.
        """
        rows = (covariates.indptr[1:] - covariates.horizon - 1)[:, None] + steps
        series = np.repeat(np.arange(steps.shape[0]), steps.shape[1])
        return self._effect(covariates.future[rows.ravel()], series).reshape(steps.shape)

    def _effect(self, future: Float32Array, series: IntArray) -> FloatArray:
        effect: FloatArray = np.einsum("ij,ij->i", future, self.coefficients[series])
        additive = self.additive[series]
        return from_form(np.where(additive, effect, np.clip(effect, -50.0, 50.0)), additive)

    def remove(self, panel: Panel, covariates: Covariates) -> Panel:
        """Return a panel without the effects.

        Parameters
        ----------
        panel : Panel
        covariates : Covariates
            Of its series.

        Returns
        -------
        Panel
        """
        effect = self.history(covariates, panel.lengths)
        additive = np.repeat(self.additive, panel.lengths)
        return Panel(remove_part(panel.values, effect, additive), panel.indptr, panel.ids)

    def restore_history(
        self, values: FloatArray, covariates: Covariates, lengths: IntArray
    ) -> FloatArray:
        """Return values at every observation with the effects put back.

        Parameters
        ----------
        values : ndarray of shape (n_obs,), float64
        covariates, lengths
            As for `history`.

        Returns
        -------
        ndarray of shape (n_obs,), float64
        """
        effect = self.history(covariates, lengths)
        return apply_part(values, effect, np.repeat(self.additive, lengths))

    def restore(self, forecasts: FloatArray, covariates: Covariates) -> FloatArray:
        """Return forecasts with the effects put back.

        Parameters
        ----------
        forecasts : ndarray of shape (..., N, H), float64
            Of the first H steps.
        covariates : Covariates

        Returns
        -------
        ndarray of shape (..., N, H), float64
        """
        n_series, horizon = forecasts.shape[-2:]
        steps = np.broadcast_to(np.arange(1, horizon + 1), (n_series, horizon))
        effect = self.ahead(covariates, steps)
        return apply_part(forecasts, effect, self.additive[:, None])


def estimate_effects(
    panel: Panel,
    covariates: Covariates,
    config: SmoothingConfig,
    additive: BoolArray,
    prior: EffectPrior | None = None,
    smoothing_prior: SmoothingPrior | None = None,
) -> Effects:
    """Estimate every series' linear effects.

    Parameters
    ----------
    panel : Panel
    covariates : Covariates
        Of its series.
    config : SmoothingConfig
    additive : ndarray of shape (N,), bool
        The form of each series.
    prior : EffectPrior, optional
        From another panel; by default learnt from this one.
    smoothing_prior : SmoothingPrior, optional
        As for `esrnn.smoothing.fit_smoothing`. With both priors given, the effects on a series do
        not depend on the other series.

    Returns
    -------
    Effects

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(203, 1)).astype(np.float32)
    >>> y = 50.0 * np.exp(0.3 * x[:200, 0] + 0.05 * rng.normal(size=200))
    >>> known = Covariates(np.empty((1, 0), np.float32), x, np.array([0, 203]), horizon=3)
    >>> one = estimate_effects(
    ...     Panel.from_arrays([y]), known, SmoothingConfig(), np.array([False])
    ... )
    >>> one.coefficients.round(1)
    array([[0.3]])
    """
    n_series, n_columns = panel.n_series, covariates.n_future
    total = np.zeros((n_series, n_columns))  # in logarithms, or units of additive series
    unit = seasonal_unit(np.array(panel.values), np.array(panel.indptr), additive, config.lag)
    means, variances = np.zeros((2, n_columns)), np.zeros((2, n_columns))
    typical = np.zeros(2)
    clean = panel
    for _ in range(_N_PASSES):
        fit = fit_smoothing(clean, config, additive, smoothing_prior)
        errors, innovation = _one_step_errors(clean, covariates, config.seasonal_periods, fit)
        errors = errors / np.repeat(unit, panel.lengths)
        for form in (False, True):
            which, k = np.flatnonzero(additive == form), int(form)
            if not which.size:
                continue
            typical_error = float(prior.error[k]) or _USUAL_ERRORS[k] if prior else None
            products, moments, typical[k] = _evidence(
                errors, innovation, panel.indptr, which, typical_error
            )
            # The errors are those without the effects so far: now for the effects as a whole.
            moments = moments + np.einsum("ijk,ik->ij", products, total[which])
            means[k], variances[k] = prior.of(form) if prior else _learn(products, moments)
            total[which] = _posterior(products, moments, means[k], variances[k])[0]
        total = np.clip(total, -_LARGEST, _LARGEST)
        scaled = np.where(additive[:, None], total * unit[:, None], total)
        effects = Effects(scaled, additive, prior or EffectPrior(means, variances, typical))
        clean = effects.remove(panel, covariates)
    return effects


def _one_step_errors(
    panel: Panel, covariates: Covariates, periods: tuple[int, ...], fit: SmoothingFit
) -> tuple[FloatArray, FloatArray]:
    """Smooth every series; return its one-step errors and the innovations of the columns.

    Errors are of logarithms, or in units of y for additive series; NaN where there is none.
    """
    additive = fit.additive
    parameters = natural_parameters(fit.rows, fit.unit, additive, periods)
    values, indptr = np.array(panel.values), np.array(panel.indptr)
    level, *factors = smooth(values, indptr, *parameters, additive)
    form = np.repeat(additive, panel.lengths)
    expected = np.concatenate([[np.nan], level[:-1]])
    for flat, period in zip(factors, periods, strict=False):
        own = factors_at_observations(flat, indptr, period)
        expected = apply_part(expected, own, form)
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = np.where(form, values - expected, np.log(values / expected))
    errors[indptr[:-1]] = np.nan
    errors[~np.isfinite(errors)] = np.nan
    starts = np.array(covariates.indptr[:-1])
    return errors, innovations(values, indptr, covariates.future, starts, parameters[0][:, 0])


def _evidence(
    errors: FloatArray,
    innovation: FloatArray,
    indptr: IntArray,
    which: IntArray,
    typical: float | None,
) -> tuple[FloatArray, FloatArray, float]:
    """Return what the errors e of some series of one form say about the effects of the columns X.

    X'X and X'e of each series, over the variance of its errors, of shape (N, C, C) and (N, C), and
    the typical variance, by default the median. Few errors count as if their variance were typical.
    """
    parts = []
    for i in which.tolist():
        own = slice(indptr[i], indptr[i + 1])
        seen = np.isfinite(errors[own])
        parts.append((innovation[own][seen], errors[own][seen]))
    squares = np.array([float(e @ e) for _, e in parts])
    counts = np.array([e.size for _, e in parts])
    known = squares[squares > 0.0] / counts[squares > 0.0]
    typical = typical or (float(np.median(known)) if known.size else 1.0)
    variance = (squares + _N_TYPICAL * typical) / (counts + _N_TYPICAL)
    products = np.array([x.T @ x for x, _ in parts]) / variance[:, None, None]
    moments = np.array([x.T @ e for x, e in parts]) / variance[:, None]
    return products, moments, typical


def _posterior(
    products: FloatArray, moments: FloatArray, mean: FloatArray, variance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return every series' effects and their variances, given those of the panel."""
    covariance = np.linalg.inv(products + np.diag(1.0 / variance))
    means = np.einsum("ijk,ik->ij", covariance, moments + mean / variance)
    return means, np.einsum("ijj->ij", covariance)


def _learn(products: FloatArray, moments: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Find the panel's mean effects and their variance between series."""
    n_series, n_columns = moments.shape
    if n_series > _N_LEARN:
        some = np.linspace(0, n_series - 1, _N_LEARN).astype(np.int64)
        return _learn(products[some], moments[some])
    pooled = products.sum(0) + np.eye(n_columns) / _RIDGE
    mean, variance = np.linalg.solve(pooled, moments.sum(0)), np.full(n_columns, _FIRST_VARIANCE)
    for _ in range(_N_STEPS):
        own, spread = _posterior(products, moments, mean, variance)
        mean = own.sum(0) / (n_series + variance / _RIDGE)
        variance = np.maximum(((own - mean) ** 2 + spread).mean(0), _LEAST_VARIANCE)
    return mean, variance
