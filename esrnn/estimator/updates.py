"""How an `ESRNN` moves on: what it keeps, further training, updates, the horizon that stays."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from sktime.datatypes import get_cutoff
from sktime.forecasting.base import ForecastingHorizon

from esrnn._checks import as_whole
from esrnn.errors import InputError
from esrnn.estimator.all_or_nothing import all_or_nothing
from esrnn.estimator.faults import FaultySeries
from esrnn.estimator.horizon import another_kind
from esrnn.forecaster.stale import name_stale, without_stale
from esrnn.forecaster.updating import train_further, update_panel
from esrnn.frames.time_stamps import match_kind

if TYPE_CHECKING:
    from typing import Self

    from esrnn.config import ModelConfig
    from esrnn.ensemble import Ensemble
    from esrnn.forecaster import FittedPanel

__all__ = ["Updates"]


class Updates(FaultySeries):
    """The methods of `ESRNN` that keep what was fitted and bring new data in."""

    _cutoff: pd.Index
    _kept_cutoff: pd.Index  # of what is fitted
    _fh: ForecastingHorizon | None
    _fh_is_kept = False  # by `fit`, so that `predict` doesn't replace it
    _walking = False  # through data that may lie in the past (`update_predict`)
    _named_stale: frozenset[Hashable] = frozenset()  # in warnings so far
    is_fitted: bool
    horizon: int | None
    ensemble_: Ensemble
    config_: ModelConfig
    preset_: str
    strategy_: str

    if TYPE_CHECKING:

        def get_config(self) -> dict[str, Any]: ...  # noqa: D102

        def check_is_fitted(self, method_name: str | None = None) -> None: ...  # noqa: D102

        def _predict(
            self, fh: ForecastingHorizon, X: pd.DataFrame | None
        ) -> pd.Series | pd.DataFrame: ...

    def _keep(self, fitted: FittedPanel) -> None:
        """Take a fitted panel for what is served from now on."""
        self._fitted, self._kept_cutoff = fitted, self._cutoff
        model = fitted.model
        self.ensemble_, self.config_ = model.ensemble, model.config
        self.preset_, self.strategy_ = model.choice.preset, model.strategy
        if self.get_config()["stale_after"] is None:
            self._named_stale = name_stale(fitted.framed, model.horizon, self._named_stale)

    def _served(self) -> FittedPanel:
        """Return the series that are forecast: without stale ones, if that is wanted."""
        stale_after = self.get_config()["stale_after"]
        return self._fitted if stale_after is None else without_stale(self._fitted, stale_after)

    def continue_training(self, n_epochs: int | None = None) -> Self:
        """Train the networks further on the series at hand, from where they are.

        After ``pretrain(A)`` and ``fit(B)`` this adapts the networks to B. The learning rates
        start from their first values again and fall.

        Parameters
        ----------
        n_epochs : int, optional
            Passes over all series; by default those of the preset.

        Returns
        -------
        ESRNN
            The forecaster itself.
        """
        self.check_is_fitted()
        parameters = self.get_params(deep=False)
        if n_epochs is not None:
            parameters["n_epochs"] = as_whole("n_epochs", n_epochs)
        with all_or_nothing(self):
            self._keep(train_further(self._fitted, parameters))
        return self

    def _update(
        self, y: pd.DataFrame, X: pd.DataFrame | None = None, update_params: bool = True
    ) -> Self:
        pretrained = getattr(self, "pretrained_", None)
        parameters = self._drawn_parameters() if update_params else None
        rewind = self._walking or bool(self.get_config()["rewind_on_update"])
        # sktime has moved the cutoff already: to the end of y, which may lie in the past.
        cutoff, self._cutoff = self._cutoff, self._kept_cutoff

        def update(y: pd.DataFrame | None, X: pd.DataFrame | None) -> FittedPanel:
            return update_panel(self._fitted, y, X, parameters, pretrained, rewind=rewind)

        fitted, taken = self._update_sound(update, y, X)
        if taken is not y:  # rows that were skipped may end later
            kept = self._cutoff
            cutoff = kept if taken is None else get_cutoff(taken, kept, return_index=True)
        cutoff = match_kind(cutoff, self._cutoff, "y")  # new rows may be of another time zone
        if rewind or cutoff[0] > self._cutoff[0]:
            self._cutoff = cutoff
        self._keep(fitted)
        return self

    def _update_predict_single(
        self, y: pd.DataFrame, fh: ForecastingHorizon, X: Any = None, update_params: bool = True
    ) -> pd.Series | pd.DataFrame:
        return self._update(y, X, update_params)._predict(fh, X)  # sktime would convert y twice

    def _check_fh(
        self, fh: ForecastingHorizon | Sequence[int] | None, pred_int: bool = False
    ) -> ForecastingHorizon | None:
        """Check a horizon; one for `predict` counts for that call alone, if `fit` has kept one."""
        kept = self._fh
        if self.is_fitted and fh is None and kept is None and self.horizon is not None:
            fh = range(1, self.horizon + 1)  # of a wide frame only the columns have kept theirs
        if self.is_fitted and fh is None and self._fh is None and self.horizon is None:
            raise InputError(
                "predict needs the steps to forecast, since neither ESRNN(horizon=...) nor fit was"
                " given any; pass fh, such as predict(fh=range(1, 29)), or set horizon and fit"
                " again."
            )
        checked: ForecastingHorizon | None
        try:
            checked = super()._check_fh(fh, pred_int)  # type: ignore[misc]
        except BaseException as error:  # sktime has replaced it already
            refused, self._fh = self._fh, kept
            if not isinstance(error, AssertionError) or refused is None:
                raise
            raise another_kind(refused.to_pandas(), self._cutoff) from error
        if not self.is_fitted:
            self._fh_is_kept = fh is not None
        elif self._fh_is_kept or self.horizon is not None:
            self._fh = kept
        return checked
