"""`ESRNN`, the estimator in sktime's interface: it stores, checks, converts and delegates.

Training and forecasting happen in `esrnn.ensemble`, which is imported when it is needed, since it
loads torch.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.random import RandomState
from sktime.forecasting.base import BaseForecaster, ForecastingHorizon

from esrnn._typing import FloatArray, IntArray
from esrnn.config import Choices, ModelConfig, preset_config
from esrnn.errors import InputError
from esrnn.forecaster.horizon import refuse_beyond, steps_ahead
from esrnn.forecaster.settings import (
    Dilations,
    SeasonalPeriods,
    as_blocks,
    as_count,
    as_levels,
    as_seed,
    choose_periods_and_preset,
)
from esrnn.frames import FramedPanel, panel_to_sktime, sktime_to_panel
from esrnn.frames.growth import grow
from esrnn.intervals import interpolate_quantiles

if TYPE_CHECKING:
    from esrnn.config.settings import PointLoss, Seasonality

__all__ = ["ESRNN"]


class ESRNN(BaseForecaster):  # type: ignore[misc]
    """Exponential smoothing of every series and one recurrent network shared by all.

    Each series has a level, up to two seasonalities and smoothing coefficients of its own; a
    dilated recurrent network forecasts all of them, smoothed and normalised [1]_. Meant for many
    related series in one frame; a single series is served too. Series may differ in length, have
    missing values, zeros and negative values.

    Parameters
    ----------
    horizon : int, optional
        Steps ahead to train for. By default the furthest step of the `fh` given to `fit`. Where it
        is given, `fit` needs no `fh`, and `predict` without one forecasts steps 1 to `horizon`
        (frames of several columns, which sktime forecasts one by one, need `fh` all the same).
    seasonal_periods : "auto", int or sequence of int, default "auto"
        Steps per season: none ``()``, one, or two such as ``(24, 168)``. ``"auto"`` goes by the
        frequency of the index: hours (24, 168), days 7, business days 5, months 12, quarters 4,
        none for weeks and years; where the index has no known frequency, by `preset`, or none.
        A period is left out if most series are shorter than twice its length.
    preset : str, default "auto"
        Which settings to start from, such as ``"monthly"``; see `esrnn.config`. ``"auto"`` goes
        by the frequency of the index, or else by the seasonal periods.
    input_window : int, optional
        Observations that the network sees at each origin. This and all further settings that are
        None are the preset's.
    cell : str, default "lstm"
        The recurrent cell.
    dilations : sequence of int or of sequences of int, optional
        Steps between the recurrent inputs of each layer, block by block; plain numbers make one
        block.
    hidden_size : int, optional
        Units of each layer.
    quantile_levels : sequence of float, optional
        Levels to train for: an odd number of them, increasing, 0.5 in the middle. By default
        (0.025, 0.5, 0.975).
    loss : {"owa", "smape", "mase", "pinball", "log_pinball"}, optional
        Loss of the point forecast.
    n_members : int, optional
        Networks in the ensemble.
    n_epochs, batch_size : int, optional
        Passes over all series; series per training step.
    learning_rate, series_learning_rate : float, optional
        Of the network; of the per-series parameters.
    seasonality : {"auto", "multiplicative", "additive"}, default "auto"
        ``"auto"`` is multiplicative for positive series and additive for the others.
    device : str, default "auto"
        ``"cpu"``, ``"cuda"``, or ``"auto"`` for a GPU where torch finds one.
    n_jobs : int, optional
        Processes to train members in, counted as joblib does (-1 is one for each core); by default
        one for each core on a CPU, one on a GPU.
    random_state : int, numpy.random.RandomState or None
        On a CPU, equal integers repeat a run bit by bit on one machine.
    verbose : int, default 0
        0 is silent; 1 says what was chosen and shows a progress bar.

    Attributes
    ----------
    ensemble_ : esrnn.ensemble.Ensemble
        The trained members.
    config_ : esrnn.config.ModelConfig
        All settings in force.
    preset_ : str
        The preset they were taken from.

    Notes
    -----
    *Horizons.* A relative `fh` counts from the end of each series; an absolute one means these
    time stamps for every series, wherever it ends. Steps beyond the trained horizon and steps
    within the data are refused.

    *Members.* Where `seasonal_periods` are the preset's own, a preset may let its members smooth
    with different ones of them; given others, all members take these.

    *Point forecasts* are the median; with more than one member, the mean or the median of theirs.

    *Quantiles.* Levels in `quantile_levels` are the network's own; with enough series they are
    calibrated on horizons held back from training (`esrnn.ensemble.Ensemble.interval_factors`).
    Others are read off a line
    through the two nearest ones in the normal quantile of the level, continued beyond the outermost
    one, in logarithms for multiplicative series (`esrnn.intervals.interpolate_quantiles`).

    *Updates.* `update` with ``update_params=False`` forecasts from the new end of the series with
    the parameters as they are; with ``update_params=True`` it trains again, with the same settings,
    on all data. A series ends with its last new row: rows after it are dropped, as in a walk
    through the past, so to correct an old value fit again instead.

    References
    ----------
    .. [1] S. Smyl (2020). A hybrid method of exponential smoothing and recurrent neural networks
       for time series forecasting. International Journal of Forecasting 36(1), 75-85.
       doi:10.1016/j.ijforecast.2019.03.017

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from esrnn import ESRNN
    >>> months = pd.period_range("2020-01", periods=36, freq="M")
    >>> season = 100.0 + 10.0 * np.sin(np.arange(36) * np.pi / 6.0)
    >>> y = pd.concat({"a": pd.Series(season, months), "b": pd.Series(2.0 * season, months)})
    >>> y = y.rename_axis(["shop", "month"]).to_frame("sales")
    >>> forecaster = ESRNN(horizon=3, n_members=1, n_epochs=1, hidden_size=4, random_state=1)
    >>> forecaster.fit(y).predict().index.tolist()[:2]
    [('a', Period('2023-01', 'M')), ('a', Period('2023-02', 'M'))]
    >>> forecaster.predict_interval(fh=[1], coverage=0.9).shape
    (2, 2)
    """

    _tags = {  # noqa: RUF012
        "authors": ["esrnn developers"],
        "maintainers": ["esrnn developers"],
        "python_version": ">=3.11",
        "python_dependencies": ["torch>=2.6", "numba>=0.61"],
        "y_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        "X_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        "capability:multivariate": False,
        "capability:exogenous": False,
        "capability:categorical_in_X": False,
        "capability:insample": False,
        "capability:pred_int": True,
        "capability:pred_int:insample": False,
        "capability:missing_values": True,
        "capability:unequal_length": True,
        "capability:update": True,
        "capability:pretrain": False,
        "capability:random_state": True,
        "property:randomness": "derandomized",
        "requires-fh-in-fit": False,
        "X-y-must-have-same-index": False,
        "enforce_index_type": None,
    }
    # The panel is kept as a fitted attribute; a second copy by sktime would never be read.
    _config = {"remember_data": False}  # noqa: RUF012
    # What sktime expects to find should a user switch its copy on.
    _y = None
    _X = None

    _framed: FramedPanel

    def __init__(  # noqa: PLR0913 - sktime wants all parameters here, one by one
        self,
        *,
        horizon: int | None = None,
        seasonal_periods: SeasonalPeriods = "auto",
        preset: str = "auto",
        input_window: int | None = None,
        cell: str = "lstm",
        dilations: Dilations = None,
        hidden_size: int | None = None,
        quantile_levels: Sequence[float] | None = None,
        loss: PointLoss | None = None,
        n_members: int | None = None,
        n_epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        series_learning_rate: float | None = None,
        seasonality: Seasonality = "auto",
        device: str = "auto",
        n_jobs: int | None = None,
        random_state: int | RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.horizon = horizon
        self.seasonal_periods = seasonal_periods
        self.preset = preset
        self.input_window = input_window
        self.cell = cell
        self.dilations = dilations
        self.hidden_size = hidden_size
        self.quantile_levels = quantile_levels
        self.loss = loss
        self.n_members = n_members
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.series_learning_rate = series_learning_rate
        self.seasonality = seasonality
        self.device = device
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        super().__init__()

    def __dynamic_tags__(self) -> None:
        """Need `fh` in `fit` where no horizon is given."""
        self.set_tags(**{"requires-fh-in-fit": self.horizon is None})

    def _fit(self, y: pd.DataFrame, X: object, fh: ForecastingHorizon | None) -> ESRNN:
        framed = sktime_to_panel(y)
        horizon = self._horizon_to_train(fh, framed)
        self.preset_, self.config_ = self._choose(framed, horizon)
        self._train(framed)
        if fh is None:  # so that predict() without fh forecasts the whole horizon
            self._fh = ForecastingHorizon(np.arange(1, horizon + 1), is_relative=True)
        return self

    def _predict(self, fh: ForecastingHorizon, X: object) -> pd.Series | pd.DataFrame:
        steps = self._steps(fh)
        quantiles = self._forecast(steps)
        return panel_to_sktime(quantiles[quantiles.shape[0] // 2], self._framed, steps)

    def _predict_quantiles(
        self, fh: ForecastingHorizon, X: object, alpha: list[float]
    ) -> pd.Series | pd.DataFrame:
        steps = self._steps(fh)
        levels = self.config_.network.quantile_levels
        positive = ~self.ensemble_.fit.additive
        quantiles = interpolate_quantiles(self._forecast(steps), levels, alpha, positive)
        (name,) = self._get_varnames()
        columns: dict[Hashable, FloatArray] = {
            (name, level): quantiles[a] for a, level in enumerate(alpha)
        }
        return panel_to_sktime(columns, self._framed, steps)

    def _update(self, y: pd.DataFrame, X: object = None, update_params: bool = True) -> ESRNN:
        framed = grow(self._framed, y)
        if update_params:
            self._train(framed)
        else:
            self.ensemble_.require_forms(framed.panel)
            self._framed = framed
        return self

    def _train(self, framed: FramedPanel) -> None:
        from esrnn.ensemble import fit_ensemble

        if self.verbose:
            self._say(framed)
        self.ensemble_ = fit_ensemble(
            framed.panel,
            self.config_,
            seed=as_seed(self.random_state),
            n_jobs=self.n_jobs,
            device=self.device,
            progress=bool(self.verbose),
        )
        self._framed = framed

    def _forecast(self, steps: IntArray) -> FloatArray:
        """Return forecasts of steps of shape (N, H) ahead: (Q, N, H)."""
        from esrnn.ensemble import choose_device

        quantiles = self.ensemble_.forecast(self._framed.panel, choose_device(self.device))
        return np.take_along_axis(quantiles, steps[None] - 1, axis=2)

    def _horizon_to_train(self, fh: ForecastingHorizon | None, framed: FramedPanel) -> int:
        if self.horizon is not None:
            horizon = as_count("horizon", self.horizon)
            if fh is not None:
                refuse_beyond(steps_ahead(fh, framed, self.cutoff), horizon, framed)
            return horizon
        if fh is None:  # sktime itself refuses this by the tag requires-fh-in-fit
            raise InputError(
                "no horizon is known; pass fh to fit, such as fh=range(1, 13), or construct with "
                "horizon=12"
            )
        return int(steps_ahead(fh, framed, self.cutoff).max())

    def _steps(self, fh: ForecastingHorizon) -> IntArray:
        steps = steps_ahead(fh, self._framed, self.cutoff)
        refuse_beyond(steps, self.config_.network.horizon, self._framed)
        return steps

    def _choose(self, framed: FramedPanel, horizon: int) -> tuple[str, ModelConfig]:
        usual = choose_periods_and_preset(
            self.seasonal_periods, self.preset, framed.times.freq, framed.panel.lengths
        )
        periods, preset, left_out = usual
        if self.verbose and left_out:
            print(f"ESRNN: most series are shorter than two seasons of {left_out}; left out")
        return preset, preset_config(preset, horizon, self._choices(periods))

    def _choices(self, periods: tuple[int, ...]) -> Choices:
        levels = self.quantile_levels
        return Choices(
            seasonal_periods=periods,
            seasonality=self.seasonality,
            input_window=self.input_window,
            hidden_size=self.hidden_size,
            cell=self.cell,
            dilations=as_blocks(self.dilations),
            quantile_levels=None if levels is None else as_levels(levels),
            loss=self.loss,
            n_members=self.n_members,
            n_epochs=self.n_epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            series_learning_rate=self.series_learning_rate,
        )

    def _say(self, framed: FramedPanel) -> None:
        config = self.config_
        windows = config.ensemble.input_windows or (config.network.input_window,)
        print(
            f"ESRNN: preset {self.preset_!r}, seasonal periods {config.smoothing.seasonal_periods},"
            f" input window {', '.join(map(str, windows))}, {config.network.horizon} steps ahead; "
            f"{config.ensemble.n_members} members, {config.training.n_epochs} epochs, "
            f"{framed.n_series} series"
        )

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Return parameters of small instances for sktime's tests.

        They leave `horizon` out: sktime's tests hold that a forecaster without `fh` in both
        `fit` and `predict` raises, and one with a horizon of its own doesn't.

        Parameters
        ----------
        parameter_set : str
            Not used.

        Returns
        -------
        list of dict
        """
        small = {"n_members": 1, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1}
        return [
            small,
            {
                **small,
                "seasonal_periods": (2, 4),
                "input_window": 3,
                "dilations": [1, 2],
                "quantile_levels": [0.1, 0.5, 0.9],
                "seasonality": "additive",
                "random_state": 3,
            },
        ]
