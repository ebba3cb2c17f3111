r"""Linear effects of columns known in advance, every series its own, found before any training.

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

from dataclasses import dataclass, replace

import numpy as np

from esrnn._arrays import ArrayRecord
from esrnn._typing import BoolArray, Float32Array, FloatArray, IntArray
from esrnn.config import SmoothingConfig
from esrnn.forms import apply_part, from_form, remove_part
from esrnn.kernels.innovations import innovations
from esrnn.kernels.parameters import natural_parameters
from esrnn.kernels.scales import seasonal_unit
from esrnn.kernels.smoothing import factors_at_observations, smooth
from esrnn.panel import Covariates, Panel
from esrnn.panel.flat import flat_positions, indptr_of, series_of
from esrnn.smoothing import fit_smoothing

__all__ = ["EffectPrior", "Effects", "estimate_effects"]

_N_PASSES = 3  # a cleaner series gives cleaner errors
_N_STEPS = 30  # of expectation maximisation
_N_LEARN = 500  # series that a prior is learnt from
_RIDGE = 1.0  # variance of an effect before anything is known: of standardised columns, in logs
_SPREAD = 0.01  # where the search for the variance between series begins
_LEAST_SPREAD = 1e-8
_N_TYPICAL = 10.0  # errors that the panel's typical variance counts for
_LARGEST = 5.0  # an effect of exp(5) is no effect


@dataclass(frozen=True)
class EffectPrior(ArrayRecord):
    """What a panel's effects look like, for each form: multiplicative, then additive.

    Attributes
    ----------
    mean, variance : ndarray of shape (2, C), float64
    error : ndarray of shape (2,), float64
        Typical variance of one-step errors; 0 for a form that no series had.
    """

    mean: FloatArray
    variance: FloatArray
    error: FloatArray

    def of(self, form: int) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance for a form; vague ones where no series of it was there."""
        mean, variance = self.mean[form], self.variance[form]
        return (mean, variance) if variance.any() else (mean, np.full_like(mean, _RIDGE))


@dataclass(frozen=True)
class Effects(ArrayRecord):
    """The linear effects of known columns on every series.

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
        return self._effect(covariates.known[rows], series_of(indptr_of(lengths)))

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
        return self._effect(covariates.known[rows.ravel()], series).reshape(steps.shape)

    def _effect(self, known: Float32Array, series: IntArray) -> FloatArray:
        effect: FloatArray = np.einsum("ij,ij->i", known, self.coefficients[series])
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
        """Give values at every observation their effects back.

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
        """Give forecasts their effects back.

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
    n_series, n_columns = panel.n_series, covariates.n_known
    total = np.zeros((n_series, n_columns))  # in logarithms, or units of additive series
    unit = seasonal_unit(np.array(panel.values), np.array(panel.indptr), additive, config.lag)
    learnt = EffectPrior(np.zeros((2, n_columns)), np.zeros((2, n_columns)), np.zeros(2))
    clean = panel
    for _ in range(_N_PASSES):
        errors, news = _one_step_errors(clean, covariates, config, additive)
        errors = errors / np.repeat(unit, panel.lengths)
        for form in (0, 1):
            which = np.flatnonzero(additive == bool(form))
            if which.size:
                some = _Evidence.gather(
                    errors, news, panel.indptr, which, prior.error[form] if prior else None
                )
                some = some.shifted(total[which])  # of effects as a whole
                mean, variance = some.learn() if prior is None else prior.of(form)
                total[which] = some.posterior(mean, variance)[0]
                learnt.mean[form], learnt.variance[form] = mean, variance
                learnt.error[form] = some.error
        total = np.clip(total, -_LARGEST, _LARGEST)
        scaled = np.where(additive[:, None], total * unit[:, None], total)
        effects = Effects(scaled, additive, prior or learnt)
        clean = effects.remove(panel, covariates)
    return effects


def _one_step_errors(
    panel: Panel, covariates: Covariates, config: SmoothingConfig, additive: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Smooth every series; return its one-step errors and what is new in the columns.

    Errors are of logarithms, or in units of y for additive series; NaN where there is none.
    """
    periods = config.seasonal_periods
    fit = fit_smoothing(panel, config, additive)
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
    return errors, innovations(values, indptr, covariates.known, starts, parameters[0][:, 0])


@dataclass(frozen=True)
class _Evidence:
    """What the errors of series of one form say about their effects.

    Attributes
    ----------
    products : ndarray of shape (N, C, C), float64
        X'X over the variance of the series' errors.
    moments : ndarray of shape (N, C), float64
        X'e over it.
    error : float
        Median variance.
    """

    products: FloatArray
    moments: FloatArray
    error: float

    @classmethod
    def gather(
        cls, errors: FloatArray, news: FloatArray, indptr: IntArray, which: IntArray,
        typical: float | None,
    ) -> _Evidence:  # fmt: skip
        """Sum up each series; few errors make their variance look like the typical one."""
        parts = []
        for i in which.tolist():
            own = slice(indptr[i], indptr[i + 1])
            seen = np.isfinite(errors[own])
            parts.append((news[own][seen], errors[own][seen]))
        squares = np.array([float(e @ e) for _, e in parts])
        counts = np.array([e.size for _, e in parts])
        known = squares[squares > 0.0] / counts[squares > 0.0]
        typical = typical or (float(np.median(known)) if known.size else 1.0)
        variance = (squares + _N_TYPICAL * typical) / (counts + _N_TYPICAL)
        products = np.array([x.T @ x for x, _ in parts]) / variance[:, None, None]
        moments = np.array([x.T @ e for x, e in parts]) / variance[:, None]
        return cls(products, moments, typical)

    def shifted(self, effects: FloatArray) -> _Evidence:
        """Return the evidence for effects of which these were taken out already."""
        return replace(self, moments=self.moments + np.einsum("ijk,ik->ij", self.products, effects))

    def posterior(self, mean: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return every series' effects and their variances, given what the panel's look like."""
        covariance = np.linalg.inv(self.products + np.diag(1.0 / variance))
        means = np.einsum("ijk,ik->ij", covariance, self.moments + mean / variance)
        return means, np.einsum("ijj->ij", covariance)

    def learn(self) -> tuple[FloatArray, FloatArray]:
        """Find the panel's mean effects and their variance between series."""
        n_series, n_columns = self.moments.shape
        if n_series > _N_LEARN:
            some = np.linspace(0, n_series - 1, _N_LEARN).astype(np.int64)
            return _Evidence(self.products[some], self.moments[some], self.error).learn()
        pooled = self.products.sum(0) + np.eye(n_columns) / _RIDGE
        mean, variance = np.linalg.solve(pooled, self.moments.sum(0)), np.full(n_columns, _SPREAD)
        for _ in range(_N_STEPS):
            own, spread = self.posterior(mean, variance)
            mean = own.sum(0) / (n_series + variance / _RIDGE)
            variance = np.maximum(((own - mean) ** 2 + spread).mean(0), _LEAST_SPREAD)
        return mean, variance
