"""`ESRNN`, the estimator in sktime's interface.

It turns sktime's containers and horizons into panels and steps. Everything else is done by
`esrnn.forecaster`, which knows nothing of sktime.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.random import RandomState
from sktime.forecasting.base import BaseForecaster, ForecastingHorizon

from esrnn.estimator.all_or_nothing import AllOrNothing
from esrnn.estimator.containers import AcceptsFrames
from esrnn.estimator.descriptions import FittedDescriptions
from esrnn.estimator.forecasts import Forecasts
from esrnn.estimator.horizon import horizon_to_train
from esrnn.estimator.saving import Saved
from esrnn.estimator.starting import given_start
from esrnn.estimator.updates import Updates
from esrnn.forecaster.arguments import Dilations, Point
from esrnn.forecaster.fit_model import fit_model
from esrnn.forecaster.fitted_panel import FittedPanel
from esrnn.forecaster.preset_choice import SeasonalPeriods
from esrnn.forecaster.reading import read_series
from esrnn.forecaster.settings import DEFAULTS
from esrnn.forecaster.train import train_model
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames.skipping import Errors
from esrnn.frames.sktime_panel import columns_to_series
from esrnn.networks import Strategy

if TYPE_CHECKING:
    from os import PathLike

    from esrnn.config.settings import PointLoss, Seasonality
    from esrnn.training import Callback

    StartFrom: TypeAlias = str | PathLike[str] | "ESRNN" | TrainedModel | None

__all__ = ["ESRNN"]


class ESRNN(
    AllOrNothing,
    AcceptsFrames,
    FittedDescriptions,
    Updates,
    Forecasts,
    Saved,
    BaseForecaster,  # type: ignore[misc]
):
    """Exponential smoothing of every series and one recurrent network shared by all.

    Each series has its own level, seasonalities and smoothing coefficients. One dilated recurrent
    network forecasts all series, smoothed and normalised [1]_. The method is meant for many related
    series. They may differ in length and may have missing values, zeros and negative values.

    Parameters
    ----------
    start_from : "auto", None, path or ESRNN, default "auto"
        Networks to start from, if any. ``"auto"`` takes those of the package for the frequency
        of the index, if the other settings allow it. Or a model directory, or a fitted forecaster.
    strategy : {"auto", "zero_shot", "fine_tune", "train", "combine", "distil"}, default "auto"
        ``"zero_shot"`` forecasts with these networks as they are, ``"fine_tune"`` trains them a
        little further; ``"train"`` trains new ones; ``"combine"`` forecasts the mean of zero shot
        and new ones; ``"distil"`` trains one small network on their forecasts. ``"auto"`` chooses
        by the number of series and by X.
    horizon : int, optional
        Steps ahead to train for. By default the furthest step of the `fh` given to `fit`, or else
        the usual horizon of the frequency. If it is given, `predict` without `fh` forecasts all of
        its steps, whatever `fh` other calls had (not for frames of several columns, which sktime
        forecasts one by one).
    seasonal_periods : "auto", int or sequence of int, default "auto"
        Steps per season: none ``()``, one, or two such as ``(24, 168)``. ``"auto"`` chooses them by
        the frequency of the index. An index without a frequency takes those of `preset`, or those
        found in the data. A period is left out if most series are shorter than twice its length.
        Periods that are given are in all members. With ``"auto"`` every other member of the presets
        ``"daily"`` and ``"generic"`` has none, unless most series show the season.
    preset : str, default "auto"
        The settings to start from, such as ``"monthly"`` (see `esrnn.config`). ``"auto"`` chooses
        by the frequency of the index, or else by the seasonal periods.
    input_window : int, optional
        Observations that the network sees at each origin. For this and all further settings None
        takes the preset's value.
    cell : str, default "lstm"
        What the layers of the network are made of, such as ``"gru"``
        (`esrnn.config.CELL_OPTIONS` names all).
    cell_options : dict, optional
        Options of the cell by name, such as ``{"recurrent_dropout": 0.2}``.
    kinds : sequence of dict, optional
        Settings by name that the members take in turn, so that they make different mistakes, such
        as ``[{}, {"level": "last"}]``, where every other member smoothes nothing.
    local_models : dict of str to float, optional
        Weights of ``"theta"`` and ``"damped_trend"`` (`esrnn.local_models`), models of each series
        by itself, in the forecast; the networks have what is left of 1.
    dilations : sequence of int or of sequences of int, optional
        Steps between the recurrent inputs of each layer, block by block; plain numbers are one.
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
        Passes over all series; series per training step. With both None, panels of few series get
        smaller batches and more passes, and huge ones fewer steps (`esrnn.config.STEPS`).
    learning_rate, series_learning_rate : float, optional
        Of the network; of the per-series parameters.
    seasonality : {"auto", "multiplicative", "additive"}, default "auto"
        ``"auto"`` is multiplicative for positive series, additive for others.
    calendar : bool or sequence of str, default False
        Features of the time stamps: True takes what suits the frequency (`esrnn.frames.calendar`).
    point : {"median", "mean"}, default "median"
        What `predict` forecasts. Means add up, which matters above all for intermittent demand.
    patience : int, optional
        Hold out the last horizon of every series, and stop after this many epochs without a better
        forecast of it. By default all epochs are run.
    calibration : float, optional
        Share of the series whose last horizon is held back from each network, to calibrate
        intervals.
    device : str, default "auto"
        ``"cpu"``, ``"cuda"``, or ``"auto"`` for a GPU where torch and numba-cuda find one.
    n_jobs : int, optional
        Processes that train members, counted as joblib does; the backend is the one that
        `joblib.parallel_config` sets, else loky. By default one for each core where this saves more
        than the ten seconds that processes take to start, and none on a GPU, in a child process or
        beside other threads of joblib's.
    time_budget : float, optional
        Approximate limit of the wall time of `fit`, in seconds. Such a run does not repeat bit for
        bit.
    callbacks : sequence of Callback, optional
        Called after every epoch; they may end a member's training (`esrnn.training.Callback`).
    errors : {"raise", "skip"}, default "raise"
        ``"raise"`` names all series with faults in an error. ``"skip"`` leaves them out and warns.
    random_state : int, numpy.random.RandomState or None
        On a CPU, equal integers repeat a run bit for bit on one machine.
    verbose : int, default 0
        0 prints nothing, 1 prints the settings and shows a progress bar, 2 prints every epoch.

    Attributes
    ----------
    ensemble_ : esrnn.ensemble.Ensemble
        The trained members; of a combination, those that were trained on the series.
    config_, preset_ : esrnn.config.ModelConfig, str
        All settings, and the name of their preset.
    skipped_ : pd.DataFrame
        Series that `fit` or `update` skipped, with ``reason`` and ``remedy`` of each fault.
    strategy_ : str
        The strategy that was taken.
    pretrained_ : esrnn.forecaster.trained_model.TrainedModel
        The networks that `pretrain` trained.

    Notes
    -----
    *Unseen series.* ``pretrain(A)`` trains the networks. ``fit(B)`` then trains no network; it fits
    the smoothing of each series to its data. Without `pretrain`, `fit` starts from `start_from` or
    trains on its own series. A second `pretrain` trains the networks further. `clone` and `fit`
    keep pretrained networks, `set_params` does not.

    *Covariates.* Columns of X that never change within any series are static covariates. The others
    are future covariates: `predict` needs their values for the steps that are forecast. Text,
    categories and booleans are encoded; a new category counts as unknown.

    *Horizons.* ``fh=28`` is the first 28 steps, ``fh=[28]`` the 28th alone. A relative `fh` counts
    from the end of each series; an absolute one means these time stamps for every series, wherever
    it ends. Beyond the trained horizon, forecasts are recursive: they continue from their own
    medians, and intervals widen accordingly (`esrnn.quantiles.recursive`). Steps within the data
    are forecast from the step before each, without intervals.

    *Means.* A mean is the integral over the quantiles, put right by the last horizons of the panel,
    or that of an intermittent series' own past (`esrnn.forecaster.simulation`). Quantiles of
    a series that is mostly 0 are half its own past, too (`esrnn.forecaster.own_past`).
    *Support.* Forecasts of series without negative values are not negative, and medians and
    quantiles of counts with zeros are whole numbers (`esrnn.quantiles.support`).

    *Updates.* `update` merges new rows into what is there: later ones make a series longer, others
    correct it, also to a missing value, and new series join in. With ``update_params=False`` no
    network is trained and series keep their smoothing parameters. Only those of new series are
    fitted, of series that begin at another step than before, and of positive series that meet a
    zero or a negative value and become additive. Otherwise `update` does what `fit` does, on all
    data. `update_predict` and ``set_config(rewind_on_update=True)`` walk through the past too.

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
        "capability:exogenous": True,
        "capability:categorical_in_X": True,
        "capability:insample": True,
        "capability:pred_int": True,
        "capability:pred_int:insample": False,
        "capability:missing_values": True,
        "capability:unequal_length": True,
        "capability:update": True,
        "capability:pretrain": True,
        "pretrain:fitted_params": ["pretrained_"],
        "capability:random_state": True,
        "property:randomness": "derandomized",
        "requires-fh-in-fit": False,
        "X-y-must-have-same-index": False,
        "enforce_index_type": None,
    }
    # The panel is kept as a fitted attribute; a second copy by sktime would never be read.
    _config = {"remember_data": False, "rewind_on_update": False, "stale_after": None}  # noqa: RUF012
    _config_doc = {  # noqa: RUF012
        "rewind_on_update": """
        rewind_on_update : bool, default=False
            whether ``update`` ends every series with its last new row and forgets later values, so
            that a walk through the past knows nothing later. ``update_predict`` does so by itself.
        """,
        "stale_after": """
        stale_after : int or None, default=None
            leave out of all forecasts the series that end more than so many steps before the one
            that ends last. None leaves none out, and warns of series that end long before.
        """,
    }
    _y = _X = None  # what sktime expects to find should a user switch its copy on

    # What `esrnn.load_model` read; the next `pretrain` or `fit` takes it and trains nothing.
    _loaded: TrainedModel | FittedPanel | None = None

    def __init__(  # noqa: PLR0913 - sktime wants all parameters here, one by one
        self,
        *,
        start_from: StartFrom = "auto",
        strategy: Strategy = DEFAULTS.strategy,
        horizon: int | None = DEFAULTS.horizon,
        seasonal_periods: SeasonalPeriods = DEFAULTS.seasonal_periods,
        preset: str = DEFAULTS.preset,
        input_window: int | None = None,
        cell: str = "lstm",
        cell_options: Mapping[str, Any] | None = None,
        kinds: Sequence[Mapping[str, Any]] | None = None,
        local_models: Mapping[str, float] | None = None,
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
        calendar: bool | Sequence[str] = DEFAULTS.calendar,
        point: Point = DEFAULTS.point,
        patience: int | None = None,
        calibration: float | None = None,
        device: str = DEFAULTS.device,
        n_jobs: int | None = DEFAULTS.n_jobs,
        time_budget: float | None = DEFAULTS.time_budget,
        callbacks: Sequence[Callback] | None = DEFAULTS.callbacks,
        errors: Errors = DEFAULTS.errors,
        random_state: int | RandomState | None = DEFAULTS.random_state,
        verbose: int = DEFAULTS.verbose,
    ) -> None:
        self.start_from = start_from
        self.strategy = strategy
        self.horizon = horizon
        self.seasonal_periods = seasonal_periods
        self.preset = preset
        self.input_window = input_window
        self.cell = cell
        self.cell_options = cell_options
        self.kinds = kinds
        self.local_models = local_models
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
        self.calendar = calendar
        self.point = point
        self.patience = patience
        self.calibration = calibration
        self.device = device
        self.n_jobs = n_jobs
        self.time_budget = time_budget
        self.callbacks = callbacks
        self.errors = errors
        self.random_state = random_state
        self.verbose = verbose
        super().__init__()

    def _pretrain(
        self, y: pd.DataFrame, X: pd.DataFrame | None = None, fh: ForecastingHorizon | None = None
    ) -> ESRNN:
        if isinstance(self._loaded, TrainedModel):
            self.pretrained_, self._loaded = self._loaded, None
            return self
        start, parameters = getattr(self, "pretrained_", None), self._drawn_parameters()
        if start is None:
            start = self._fitted.model if hasattr(self, "_fitted") else given_start(parameters)

        def train(y: pd.DataFrame, X: pd.DataFrame | None) -> TrainedModel:
            framed = read_series(y, start)
            if start is not None:
                return train_model(framed, X, start.horizon, parameters, start)
            self._set_cutoff_from_y(y)
            horizon = horizon_to_train(self.horizon, fh, framed, self.cutoff)
            return train_model(framed, X, horizon, parameters)

        self.pretrained_, _ = self._fit_sound(train, *columns_to_series(y, X))
        return self

    def _fit(self, y: pd.DataFrame, X: pd.DataFrame | None, fh: ForecastingHorizon | None) -> ESRNN:
        if isinstance(self._loaded, FittedPanel):
            fitted, self._loaded = self._loaded, None
            self.skipped_ = fitted.framed.skipped
            self._keep(fitted)
            return self
        pretrained, parameters = getattr(self, "pretrained_", None), self._drawn_parameters()
        start = given_start(parameters) if pretrained is None else pretrained

        def fit(y: pd.DataFrame, X: pd.DataFrame | None) -> FittedPanel:
            framed = read_series(y, start)
            horizon = None
            if pretrained is None:
                horizon = horizon_to_train(self.horizon, fh, framed, self.cutoff)
            return FittedPanel(framed, X, fit_model(framed, X, horizon, parameters, pretrained))

        fitted, self.skipped_ = self._fit_sound(fit, y, X)
        self._keep(fitted)
        if fh is None and self.horizon is not None:  # predict() then forecasts the whole horizon
            n_steps = self.horizon if pretrained is None else pretrained.horizon
            self._fh = ForecastingHorizon(np.arange(1, n_steps + 1), is_relative=True)
            self._fh_is_kept = True
        return self

    def __sklearn_clone__(self) -> ESRNN:
        """Return a copy as `clone` does: some of sktime's wrappers copy by scikit-learn's."""
        return self.clone()  # type: ignore[no-any-return]

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Return parameters of small instances for sktime's tests, whatever the set.

        Without `horizon`: the tests want an error where `fh` is in neither `fit` nor `predict`.
        """
        small = {"n_members": 1, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1}
        other = {"seasonal_periods": (2, 4), "input_window": 3, "dilations": [1, 2]}
        other |= {"quantile_levels": [0.1, 0.5, 0.9], "seasonality": "additive", "random_state": 3}
        return [small, {**small, **other}]
