"""`Ensemble`: trained members, what they share, and forecasts by all of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import numpy as np

from esrnn._typing import FloatArray
from esrnn.config import ModelConfig, SmoothingConfig
from esrnn.effects import Effects, estimate_effects
from esrnn.ensemble.members import member_configs
from esrnn.errors import EsrnnError, InputError, describe_offenders
from esrnn.kernels.smoothing_fit import SmoothingFit, SmoothingPrior
from esrnn.panel import Covariates, Panel
from esrnn.quantiles.calibration import (
    calibration_factors,
    error_scale_power,
    level_axis,
    widen,
)
from esrnn.quantiles.error_scale import relative_error_scale
from esrnn.quantiles.recursive import forecast_recursively
from esrnn.smoothing import (
    PreparedPanel,
    fit_smoothing,
    require_first_values,
    settle_forms,
)
from esrnn.threads import kept_threads
from esrnn.training import Member, fit_values, forecast_member

__all__ = ["Ensemble", "combine"]


@dataclass(frozen=True, repr=False)
class Ensemble:
    """Trained members and what they share.

    Attributes
    ----------
    config : ModelConfig
    ids : tuple
        Names of the series, in the order of the parameters.
    fits : tuple of SmoothingFit
        The per-series fit that each member's training started from.
    members : tuple of Member
    effects : Effects or None
        Linear effects of columns known in advance, which members don't see; None without such.
    typical : tuple of float
        `esrnn.quantiles.error_scale.typical_errors` of the series that were trained on.
    """

    config: ModelConfig
    ids: tuple[Hashable, ...]
    fits: tuple[SmoothingFit, ...]
    members: tuple[Member, ...]
    effects: Effects | None = None
    typical: tuple[float, float] = (0.0, 0.0)

    def __repr__(self) -> str:
        return f"Ensemble({len(self.members)} members, {len(self.ids)} series)"

    @property
    def fit(self) -> SmoothingFit:
        """The per-series fit with the model's own seasonal periods."""
        return self.fits[0]

    def priors(self) -> dict[SmoothingConfig, SmoothingPrior]:
        """Return what the training panel's series look like, for each way of smoothing."""
        configs = member_configs(self.config)
        return {c.smoothing: fit.prior for c, fit in zip(configs, self.fits, strict=True)}

    def adopt(self, panel: Panel, covariates: Covariates | None = None) -> Ensemble:
        """Return an ensemble of the same networks for other series, without any training.

        The new series' parameters come from the per-series fit alone, shrunk towards what the
        training panel's series look like.

        Parameters
        ----------
        panel : Panel
            Series that need not have been trained on.
        covariates : Covariates, optional
            Of these series, if the networks were trained with such.

        Returns
        -------
        Ensemble

        Raises
        ------
        InputError
            As `esrnn.smoothing.settle_forms`.
        """
        smoothing, priors, effects = self.config.smoothing, self.priors(), self.effects
        forms = settle_forms(panel, smoothing.seasonality)
        clean = panel
        with kept_threads():
            if effects is not None and covariates is not None:
                effects = estimate_effects(panel, covariates, smoothing, forms, effects.prior)
                clean = effects.remove(panel, covariates)
            fits = {s: fit_smoothing(clean, s, forms, prior) for s, prior in priors.items()}
        own = tuple(fits[c.smoothing] for c in member_configs(self.config))
        members = tuple(
            replace(member, rows=fit.rows.copy(), held=np.arange(panel.n_series))
            for member, fit in zip(self.members, own, strict=True)
        )
        return replace(self, ids=panel.ids, fits=own, members=members, effects=effects)

    def forecast(
        self,
        panel: Panel,
        device: str = "cpu",
        covariates: Covariates | None = None,
        horizon: int | None = None,
    ) -> FloatArray:
        """Forecast every series from its last observation.

        Parameters
        ----------
        panel : Panel
            The series that the ensemble was trained on, or adopted, in the same order; they may
            have grown.
        device : str
        covariates : Covariates, optional
            Of these series, if the networks were trained with such.
        horizon : int, optional
            Steps ahead; by default those that the networks were trained for. For more of them see
            `esrnn.quantiles.recursive`.

        Returns
        -------
        ndarray of shape (Q, N, H), float64
            In units of y, one for each quantile level, increasing with the level.

        Raises
        ------
        InputError
            As `require_forms`.
        EsrnnError
            If a forecast is not finite; names the series.
        """
        trained_for = self.config.network.horizon
        if horizon is None or horizon <= trained_for:
            return self._forecast(panel, device, covariates)[:, :, :horizon]

        def forecast_from(longer: Panel) -> FloatArray:
            return self._forecast(longer, device, covariates)

        return forecast_recursively(forecast_from, panel, horizon, self.fit.additive)

    def _forecast(self, panel: Panel, device: str, covariates: Covariates | None) -> FloatArray:
        forecasts = self.member_forecasts(panel, device, covariates)
        combined = combine(forecasts, self.config.ensemble.combination)
        quantiles = widen(combined, self._widths(), self.fit.additive)
        bad = np.flatnonzero(~np.isfinite(quantiles).all(axis=(0, 2)))
        if bad.size:
            raise EsrnnError(
                "forecasts are not finite; "
                f"{describe_offenders([panel.ids[i] for i in bad])}; check these series for "
                "extreme values"
            )
        return quantiles

    def interval_factors(self) -> FloatArray:
        """Return what each quantile's distance from the median is multiplied by, of shape (Q,).

        Taken from what the members held back from training, where each one's own quantiles get
        their levels; the combination, whose centre is better, then covers a little more. 1 where
        too little was held back to tell.

        Returns
        -------
        ndarray of shape (Q,), float64
        """
        return calibration_factors(self._misses()[0], self.config.network.quantile_levels)

    def level_axis(self) -> Callable[[float], float]:
        """Return where levels lie between the trained ones (`quantiles.calibration.level_axis`)."""
        return level_axis(self._misses()[0], self.config.network.quantile_levels)

    def _misses(self) -> tuple[FloatArray, float]:
        """Return what was held back, over each series' spread, and the power of that."""
        misses, gaps = (
            np.hstack([getattr(m, n) for m in self.members]) for n in ("misses", "gaps")
        )
        spread = np.hstack([m.spread for m in self.members])
        power = 0.0  # calibration that was switched off leaves the networks' quantiles alone
        if self.config.training.calibration > 0.0:
            power = error_scale_power(misses, gaps, spread, self.config.network.quantile_levels)
        return misses / spread**power, power

    def _widths(self) -> FloatArray:
        """Return what each quantile's distance from the median is multiplied by, (Q, N)."""
        misses, power = self._misses()
        factors = calibration_factors(misses, self.config.network.quantile_levels)
        widths: FloatArray = (
            factors[:, None] * relative_error_scale(self.fit, self.typical) ** power
        )
        return widths

    def require_forms(self, panel: Panel) -> None:
        """Check that a panel's series can still be served in the forms that they were fitted in.

        Parameters
        ----------
        panel : Panel
            The series of the training panel, in the same order.

        Raises
        ------
        InputError
            If the series are others, one starts with a missing value, or a multiplicative one has a
            zero or a negative value.
        """
        if panel.ids != self.ids:
            strange = [name for name, own in zip(panel.ids, self.ids, strict=False) if name != own]
            first = f", first {strange[0]!r} out of place" if strange else ""
            raise InputError(
                f"the model holds parameters of {len(self.ids)} series; got a panel of "
                f"{panel.n_series}{first}; forecast the series it was trained on, in that order"
            )
        require_first_values(panel)
        positive = ~np.repeat(self.fit.additive, panel.lengths)
        panel.refuse(
            (panel.values <= 0.0) & positive,
            "series that were positive in fit are multiplicative and must stay > 0 until they are "
            "fitted again",
            "fit again (update with update_params=True), or fit with seasonality='additive'",
        )  # fmt: skip

    def member_forecasts(
        self, panel: Panel, device: str = "cpu", covariates: Covariates | None = None
    ) -> FloatArray:
        """Return each member's forecasts, of shape (n_members, Q, N, H).

        Parameters
        ----------
        panel, device, covariates
            As for `forecast`.

        Returns
        -------
        ndarray of shape (n_members, Q, N, H), float64
        """
        data = self.prepared(panel, covariates)
        forecasts = np.stack(
            [
                forecast_member(member, data.with_fit(fit), device=device)
                for member, fit in zip(self.members, self.fits, strict=True)
            ]
        )
        if self.effects is not None and data.covariates is not None:
            forecasts = self.effects.restore(forecasts, data.covariates)
        return forecasts

    def fit_values(
        self, panel: Panel, device: str = "cpu", covariates: Covariates | None = None
    ) -> FloatArray:
        """Forecast every observation from the one before it (`esrnn.training.fit_values`).

        Parameters
        ----------
        panel, device, covariates
            As for `forecast`.

        Returns
        -------
        ndarray of shape (n_obs,), float64
            The median; a series' first observation stands for itself.
        """
        data = self.prepared(panel, covariates)
        both = zip(self.members, self.fits, strict=True)
        fitted = np.stack([fit_values(m, data.with_fit(fit), device) for m, fit in both])
        combined = combine(fitted, self.config.ensemble.combination)
        if self.effects is not None and data.covariates is not None:
            combined = self.effects.restore_history(combined, data.covariates, panel.lengths)
        return combined

    def prepared(self, panel: Panel, covariates: Covariates | None = None) -> PreparedPanel:
        """Return a panel as the members take it: checked, and without linear effects.

        Parameters
        ----------
        panel, covariates
            As for `forecast`.

        Returns
        -------
        PreparedPanel

        Raises
        ------
        InputError
            As `require_forms`.
        """
        self.require_forms(panel)
        effects = self.effects
        if covariates is not None:
            covariates = covariates.cut(panel.lengths, self.config.network.horizon)
        if effects is not None and covariates is not None:
            panel = effects.remove(panel, covariates)
        return PreparedPanel.of(panel, self.fit, self.config.smoothing.lag, covariates)


def combine(forecasts: FloatArray, combination: str) -> FloatArray:
    """Combine the members' forecasts, the first axis, by mean or median.

    Parameters
    ----------
    forecasts : ndarray of shape (n_members, ...), float64
    combination : {"mean", "median"}

    Returns
    -------
    ndarray of shape (...), float64

    Examples
    --------
    >>> combine(np.array([[1.0], [2.0], [6.0]]), "median")
    array([2.])
    """
    how = np.median if combination == "median" else np.mean
    combined: FloatArray = how(forecasts, axis=0)
    return combined
