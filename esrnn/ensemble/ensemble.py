"""`Ensemble`: trained members, what they share, and forecasts by all of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import numpy as np

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.config import ModelConfig, SmoothingConfig
from esrnn.effects import Effects, estimate_effects
from esrnn.ensemble.combine import combine, moved_to
from esrnn.ensemble.forms import require_forms
from esrnn.ensemble.interval_widths import calibrate, interval_widths, pooled_scores, tells_spread
from esrnn.ensemble.local import local_forecasts
from esrnn.errors import EsrnnError, Offenders
from esrnn.kernels.smoothing_fit import SmoothingFit, SmoothingPrior
from esrnn.panel import Covariates, Panel
from esrnn.quantiles.calibration import calibration_factors, level_axis
from esrnn.quantiles.error_scale import relative_error_scale
from esrnn.quantiles.intermittent import find_intermittent
from esrnn.quantiles.recursive import forecast_recursively
from esrnn.quantiles.short_histories import ShortHistories
from esrnn.smoothing import PreparedPanel, fit_smoothing, settle_forms
from esrnn.training import Member, member_fitted_values, member_quantiles

__all__ = ["Ensemble"]


@dataclass(frozen=True, repr=False)
class Ensemble:
    """Trained members and what they share.

    Attributes
    ----------
    config : ModelConfig
    ids : tuple
        Names of the series, in the order of the parameters.
    members : tuple of Member
    effects : Effects or None
        Linear effects of future covariates, which members don't see; None without such.
    typical : tuple of float
        `esrnn.quantiles.error_scale.typical_errors` of the series that were trained on.
    short_histories : ShortHistories or None
        How wide the intervals of short series are; None where calibration is switched off, and in
        a model that was saved without it.
    weights : ndarray of shape (n_members, H), float64, or None
        Of the members in their mean at each step (`esrnn.ensemble.own_errors`); None for equal
        ones.
    """

    config: ModelConfig
    ids: tuple[Hashable, ...]
    members: tuple[Member, ...]
    effects: Effects | None = None
    typical: tuple[float, float] = (0.0, 0.0)
    short_histories: ShortHistories | None = None
    weights: FloatArray | None = None

    def __repr__(self) -> str:
        return f"Ensemble({len(self.members)} members, {len(self.ids)} series)"

    @property
    def smoothing(self) -> SmoothingFit:
        """Smoothing parameters of every series, with the model's own seasonal periods."""
        return self.members[0].smoothing

    def priors(self) -> dict[SmoothingConfig, SmoothingPrior]:
        """Return what the training panel's series look like, for each way of smoothing."""
        return {m.config.smoothing: m.smoothing.prior for m in self.members}

    def subset(self, indices: IntArray) -> Ensemble:
        """Return the ensemble of some series, with their parameters as they are.

        Parameters
        ----------
        indices : ndarray of shape (B,), int64
            Which series, in the order wanted. None at all are enough for `for_new_series`; what is
            left is small.

        Returns
        -------
        Ensemble
            It knows of each series whether the networks were trained on its last horizon. The
            calibration of intervals stays that of all series.
        """
        members = tuple(
            replace(
                member,
                smoothing=member.smoothing.subset(indices),
                holdout=replace(
                    member.holdout, series=np.flatnonzero(np.isin(indices, member.holdout.series))
                ),
            )
            for member in self.members
        )
        effects = None if self.effects is None else self.effects.subset(indices)
        ids = tuple(self.ids[k] for k in indices.tolist())
        return replace(self, ids=ids, members=members, effects=effects)

    def for_new_series(self, panel: Panel, covariates: Covariates | None = None) -> Ensemble:
        """Return an ensemble of the same networks for other series, without any training.

        The new series' parameters come from the per-series fit alone, shrunk towards what the
        training panel's series look like.

        Parameters
        ----------
        panel : Panel
            Series that need not have been trained on.
        covariates : Covariates, optional
            Of these series, if the networks take such. Linear effects are shrunk towards those of
            the training panel, or of this one if there were none.

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
        if covariates is not None and covariates.n_future:
            known = None if effects is None else effects.prior
            effects = estimate_effects(
                panel, covariates, smoothing, forms, known, self.smoothing.prior
            )
            clean = effects.remove(panel, covariates)
        fits = {s: fit_smoothing(clean, s, forms, prior) for s, prior in priors.items()}
        every = np.arange(panel.n_series)  # the networks were trained on none of them
        members = tuple(
            replace(
                member,
                smoothing=fits[member.config.smoothing],
                holdout=replace(member.holdout, series=every),
            )
            for member in self.members
        )
        return replace(self, ids=panel.ids, members=members, effects=effects)

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
            The series that the ensemble was trained on, or that `for_new_series` was given, in the
            same order; they may have become longer.
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
            As `esrnn.ensemble.forms.require_forms`.
        EsrnnError
            If a forecast is not finite; names the series.
        """
        trained_for = self.config.network.horizon
        horizon = trained_for if horizon is None else horizon
        require_forms(panel, self.ids, self.smoothing.additive)
        # Of the panel as it is here: forecasts that are appended to it below are no observations.
        enough = 0 if self.short_histories is None else self.short_histories.enough
        short, widths = panel.n_observed < enough, self._widths(panel)
        block = min(horizon, trained_for)

        def quantiles_after(longer: Panel) -> FloatArray:
            by_member = self.quantiles_by_member(longer, device, covariates, block)
            return self._calibrated(by_member, longer, covariates, short, widths)

        if block == horizon:
            return quantiles_after(panel)
        return forecast_recursively(quantiles_after, panel, horizon, self.smoothing.additive)

    def _calibrated(
        self,
        by_member: FloatArray,
        panel: Panel,
        covariates: Covariates | None,
        short: BoolArray,
        widths: FloatArray,
    ) -> FloatArray:
        """Combine quantiles of the members, (n_members, Q, N, H), and calibrate them."""
        combined = self.combined_quantiles(by_member, panel, covariates)
        levels = self.config.network.quantile_levels
        quantiles = calibrate(combined, widths, short, levels, self.smoothing, self.typical)
        bad = np.flatnonzero(~np.isfinite(quantiles).all(axis=(0, 2)))
        if bad.size:
            raise EsrnnError.of_series(
                "forecasts are not finite;",
                Offenders([panel.ids[i] for i in bad]),
                "Check these series for extreme values. If they have none, train with a lower"
                " learning_rate or another cell.",
            )
        return quantiles

    def interval_factors(self) -> FloatArray:
        """Return what each quantile's distance from the median is multiplied by, of shape (Q,).

        The factors give the quantiles of single members their levels on what was held back from
        training. The combination of the members has a better centre, so it covers a little more.
        1 where too little was held back to tell. Intermittent series have factors of their own
        where enough of them was held back.

        Returns
        -------
        ndarray of shape (Q,), float64
        """
        scores = pooled_scores(self.members, self.config)[0]
        return calibration_factors(scores, self.config.network.quantile_levels)

    def level_axis(self) -> Callable[[float], float]:
        """Return where levels lie between the trained ones (`quantiles.calibration.level_axis`)."""
        scores = pooled_scores(self.members, self.config)[0]
        return level_axis(scores, self.config.network.quantile_levels)

    def _widths(self, panel: Panel) -> FloatArray:
        """Return what each quantile's distance from the median is multiplied by, (Q, N)."""
        error_scale = relative_error_scale(self.smoothing, self.typical)
        kinds = find_intermittent(panel)
        widths = interval_widths(self.members, self.config, error_scale, kinds)
        if self.short_histories is not None:
            widths = self.short_histories.widths(widths, panel.n_observed, error_scale)
        return widths

    def quantiles_by_member(
        self,
        panel: Panel,
        device: str = "cpu",
        covariates: Covariates | None = None,
        horizon: int | None = None,
    ) -> FloatArray:
        """Return the quantiles of each member, before they are combined and calibrated.

        Parameters
        ----------
        panel, device, covariates
            As for `forecast`.
        horizon : int, optional
            Steps ahead, at most those that the networks were trained for, which is the default.

        Returns
        -------
        ndarray of shape (n_members, Q, N, H), float64
        """
        data, network = self.prepared(panel, covariates), self.config.network
        horizon = network.horizon if horizon is None else horizon
        shape = (len(network.quantile_levels), panel.n_series, horizon)
        quantiles = np.empty((len(self.members), *shape))
        for own, member in zip(quantiles, self.members, strict=True):
            fitted = data.with_fit(member.smoothing)
            own[:] = member_quantiles(member, fitted, device=device, horizon=horizon)
        if self.effects is not None and data.covariates is not None:
            quantiles = self.effects.restore(quantiles, data.covariates)
        return quantiles

    def combined(self, by_member: FloatArray) -> FloatArray:
        """Combine forecasts of the members, the first axis.

        Parameters
        ----------
        by_member : ndarray of shape (n_members, ..., H), float64

        Returns
        -------
        ndarray of shape (..., H), float64
        """
        return combine(by_member, self.config.ensemble.combination, self.weights)

    def combined_quantiles(
        self, by_member: FloatArray, panel: Panel, covariates: Covariates | None = None
    ) -> FloatArray:
        """Combine quantiles of the members, and mix in forecasts of the local models.

        Parameters
        ----------
        by_member : ndarray of shape (n_members, Q, N, H), float64
            As `quantiles_by_member` returns them, of the first H steps.
        panel, covariates
            As for `forecast`.

        Returns
        -------
        ndarray of shape (Q, N, H), float64
            All members and local models have a part in the median. How the other quantiles are
            spread around it is what the members of
            `esrnn.ensemble.interval_widths.tells_spread` say.
        """
        tells, additive = tells_spread(self.members), self.smoothing.additive
        models, combination = self.config.ensemble.local_models, self.config.ensemble.combination
        weights = None if self.weights is None else self.weights[tells]
        if weights is not None:
            weights = weights / weights.sum(axis=0)
        quantiles = combine(by_member[tells], combination, weights)
        if tells.all() and not models:
            return quantiles
        median = self.combined(by_member[:, by_member.shape[1] // 2])
        if models:
            clean, covariates = self._without_effects(panel, covariates)
            local = local_forecasts(clean, median.shape[-1], self.config, additive)
            if self.effects is not None and covariates is not None:
                local = self.effects.restore(local, covariates)
            shares = np.array([share for _, share in models])
            median = (1.0 - shares.sum()) * median + np.einsum("l,lnh->nh", shares, local)
        return moved_to(quantiles, median, additive)

    def fitted_values(
        self, panel: Panel, device: str = "cpu", covariates: Covariates | None = None
    ) -> FloatArray:
        """Forecast every observation from the one before it, by the networks alone.

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
        by_member = np.stack(
            [
                member_fitted_values(member, data.with_fit(member.smoothing), device)
                for member in self.members
            ]
        )
        # One step ahead each.
        combined = self.combined(by_member[..., None])[..., 0]
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
            As `esrnn.ensemble.forms.require_forms`.
        """
        require_forms(panel, self.ids, self.smoothing.additive)
        clean, covariates = self._without_effects(panel, covariates)
        return PreparedPanel.of(clean, self.smoothing, self.config.smoothing.lag, covariates)

    def _without_effects(
        self, panel: Panel, covariates: Covariates | None
    ) -> tuple[Panel, Covariates | None]:
        """Return a panel without linear effects, and covariates of the steps that count."""
        if covariates is not None:
            covariates = covariates.cut(panel.lengths, self.config.network.horizon)
        if self.effects is not None and covariates is not None:
            panel = self.effects.remove(panel, covariates)
        return panel, covariates
