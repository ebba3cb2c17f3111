"""From the arguments of `esrnn.ESRNN` to all settings of a training, checked and filled in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from esrnn.config import (
    ModelConfig,
    TrainingConfig,
    for_panel_size,
    member_configs,
    override,
    override_names,
    preset_config,
    without_settings,
)
from esrnn.errors import InputError, InputTypeError
from esrnn.forecaster.arguments import (
    Point,
    as_blocks,
    as_kinds,
    as_levels,
    as_options,
    as_point,
    as_seconds,
    as_seed,
    as_weights,
)
from esrnn.forecaster.preset_choice import PresetChoice, SeasonalPeriods, choose_periods_and_preset
from esrnn.frames import FramedPanel, usual_calendar
from esrnn.frames.skipping import Errors
from esrnn.networks import Strategy

if TYPE_CHECKING:
    from numpy.random import RandomState

    from esrnn.ensemble import TrainingOptions
    from esrnn.training import Callback

__all__ = [
    "DEFAULTS",
    "Defaults",
    "ResolvedSettings",
    "as_calendar",
    "given_settings",
    "require_known",
    "resolve_settings",
    "to_train_further",
]


@dataclass(frozen=True)
class Defaults:
    """Defaults of the arguments of `esrnn.ESRNN` that are not settings of a `ModelConfig`.

    Settings default to None, which takes the preset's value.
    """

    start_from: object = "auto"  # where networks come from (`esrnn.forecaster.starting`)
    strategy: Strategy = "auto"
    horizon: int | None = None
    seasonal_periods: SeasonalPeriods = "auto"
    preset: str = "auto"
    calendar: bool | Sequence[str] = False
    point: Point = "median"  # of forecasts: nothing of the training
    device: str = "auto"
    n_jobs: int | None = None
    time_budget: float | None = None
    callbacks: Sequence[Callback] | None = None
    errors: Errors = "raise"  # of data: nothing of the training itself
    random_state: int | RandomState | None = None
    verbose: int = 0


DEFAULTS = Defaults()


@dataclass(frozen=True)
class ResolvedSettings:
    """All settings of a training.

    Attributes
    ----------
    choice : PresetChoice
        The preset, and why it was chosen.
    config : ModelConfig
        Complete but for the numbers of covariates, which depend on X.
    calendar : tuple of str
        Names of calendar features.
    seed : int or None
    options : TrainingOptions
    """

    choice: PresetChoice
    config: ModelConfig
    calendar: tuple[str, ...]
    seed: int | None
    options: TrainingOptions

    def announce(self, framed: FramedPanel) -> None:
        """Print the settings, and why they were chosen."""
        config, choice = self.config, self.choice
        members = member_configs(config)
        windows = dict.fromkeys(own.network.input_window for own in members)
        cells = dict.fromkeys(own.network.cell for own in members)
        kinds = f" ({', '.join(cells)} in turn)" if len(cells) > 1 else ""
        if choice.left_out:
            print(f"ESRNN: most series are shorter than two seasons of {choice.left_out}; left out")
        seasons = config.ensemble.seasonal_periods
        local = "".join(f", {name} {w:.2g}" for name, w in config.ensemble.local_models)
        turns = f" ({', '.join(map(str, seasons))} in turn)" if len(seasons) > 1 else ""
        print(
            f"ESRNN: {choice.reason}: preset {choice.preset!r}, seasonal periods "
            f"{config.smoothing.seasonal_periods}{turns}, "
            f"input window {', '.join(map(str, windows))}, "
            f"{config.network.horizon} steps ahead; {len(members)} members{kinds}{local}, "
            f"{_length(config.training, framed.n_series)}, {framed.n_series} series"
        )


def _length(training: TrainingConfig, n_series: int) -> str:
    """Say how long a training on so many series is."""
    per_epoch = math.ceil(n_series / training.batch_size)
    n_steps = min(training.n_epochs * per_epoch, training.n_steps or math.inf)
    in_each = min(training.batch_size, n_series)
    return f"{n_steps} training steps of {in_each} series each ({training.n_epochs} epochs)"


def resolve_settings(
    parameters: Mapping[str, Any],
    framed: FramedPanel,
    horizon: int | None,
    choice: PresetChoice | None = None,
) -> ResolvedSettings:
    """Check the arguments of `esrnn.ESRNN` and fill in what they leave open.

    Parameters
    ----------
    parameters : mapping
        The arguments by name; those left out take their defaults.
    framed : FramedPanel
        The training data, which decide where ``"auto"`` was given.
    horizon : int or None
        Steps ahead to train for; None takes the usual horizon of the preset.
    choice : PresetChoice, optional
        The preset of an earlier training that is to go on. Its networks had their steps, so few
        series do not get more epochs than many.

    Returns
    -------
    ResolvedSettings

    Raises
    ------
    InputTypeError, InputError
        If an argument is unknown or not valid.
    """
    from esrnn.ensemble import TrainingOptions
    from esrnn.training.callbacks import EpochPrinter, check_callbacks

    require_known(parameters)
    own = {name: parameters.get(name) for name in override_names()}
    parameters = {**asdict(DEFAULTS), **parameters}
    is_new = choice is None
    if choice is None:
        asked = (parameters["seasonal_periods"], parameters["preset"])
        choice = choose_periods_and_preset(*asked, framed.times.freq, framed.panel)
    levels = own["quantile_levels"]
    own |= {
        "seasonal_periods": choice.periods,
        "cell_options": as_options(own["cell_options"]),
        "dilations": as_blocks(own["dilations"]),
        "kinds": as_kinds(own["kinds"]),
        "local_models": as_weights(own["local_models"]),
        "quantile_levels": None if levels is None else as_levels(levels),
    }
    callbacks, verbose = check_callbacks(parameters["callbacks"]), parameters["verbose"]
    options = TrainingOptions(
        parameters["n_jobs"],
        parameters["device"],
        callbacks=(*callbacks, EpochPrinter()) if verbose >= 2 else callbacks,
        progress=bool(verbose),
        time_budget=as_seconds("time_budget", parameters["time_budget"]),
    )
    config = preset_config(choice.preset, horizon, in_all_members=choice.in_all_members, **own)
    if is_new:
        sized = for_panel_size(config, choice.preset, framed.n_series)
        if own["n_epochs"] is not None or own["batch_size"] is not None:
            sized = replace(sized, training=config.training)
        kept = {name: own[name] for name in ("learning_rate", "kinds", "n_members")}
        config = override(sized, **kept)
    return ResolvedSettings(
        choice,
        config,
        as_calendar(parameters["calendar"], framed),
        as_seed(parameters["random_state"]),
        options,
    )


def require_known(parameters: Mapping[str, Any]) -> None:
    """Refuse names that are no arguments of `esrnn.ESRNN`, and another point forecast.

    Parameters
    ----------
    parameters : mapping

    Raises
    ------
    InputError
        If there are any.
    """
    known = set(asdict(DEFAULTS)) | override_names()
    unknown = sorted(set(parameters) - known)
    if unknown:
        raise InputError(
            f"settings must be arguments of ESRNN; got {unknown}. Known are {sorted(known)}."
        )
    as_point(parameters.get("point", DEFAULTS.point))


def given_settings(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a `ModelConfig` that were given.

    Parameters
    ----------
    parameters : mapping
        The arguments of `esrnn.ESRNN` by name.

    Returns
    -------
    dict of str to object
        Without those that have their defaults, and without seasonal periods: trained networks have
        their own.
    """
    given = {n: parameters[n] for n in override_names() if parameters.get(n) is not None}
    given.pop("seasonal_periods", None)
    for name, default in (("cell", "lstm"), ("seasonality", "auto")):
        if given.get(name) == default:
            del given[name]
    if "cell_options" in given:
        given["cell_options"] = as_options(given["cell_options"])
    if "dilations" in given:
        given["dilations"] = as_blocks(given["dilations"])
    if "kinds" in given:
        given["kinds"] = as_kinds(given["kinds"])
    if "local_models" in given:
        given["local_models"] = as_weights(given["local_models"])
    if "quantile_levels" in given:
        given["quantile_levels"] = as_levels(given["quantile_levels"])
    return given


def to_train_further(
    config: ModelConfig, training: TrainingConfig, parameters: Mapping[str, Any]
) -> ModelConfig:
    """Return the settings by which trained networks go on training.

    Parameters
    ----------
    config : ModelConfig
        Of the trained networks.
    training : TrainingConfig
        How long and how fast: of a new training of the preset, or of a recipe.
    parameters : mapping
        The arguments of `esrnn.ESRNN` by name.

    Returns
    -------
    ModelConfig
        The networks' own, with what was given. What rules them out is refused by
        `esrnn.ensemble.fit_ensemble`, but other quantile levels: those are interpolated.
    """
    given = given_settings(parameters)
    own, wanted = config.network.quantile_levels, given.get("quantile_levels", (0.5,))
    if own[0] <= wanted[0] and wanted[-1] <= own[-1]:
        given.pop("quantile_levels", None)
    kinds = without_settings(config.ensemble.kinds, set(given) & set(asdict(training)))
    ensemble = replace(config.ensemble, kinds=kinds)
    config = override(replace(config, training=training, ensemble=ensemble), **given)
    if "n_epochs" in given:
        config = replace(config, training=replace(config.training, n_steps=None))
    return config


def as_calendar(calendar: object, framed: FramedPanel) -> tuple[str, ...]:
    """Return the names of features of the time stamps: none, the usual ones, or those named.

    Parameters
    ----------
    calendar : object
        The argument of `esrnn.ESRNN`.
    framed : FramedPanel

    Returns
    -------
    tuple of str

    Raises
    ------
    InputTypeError
        If it is something else than a bool or a sequence.
    """
    if isinstance(calendar, bool) or calendar is None:
        typical = int(np.median(framed.panel.lengths))
        return usual_calendar(framed.times.freq, typical) if calendar else ()
    if isinstance(calendar, str) or not isinstance(calendar, Iterable):
        raise InputTypeError(
            "calendar must be True, False or a sequence of names such as ['month', 'weekend']; got "
            f"{calendar!r}. Pass True for the features that suit the frequency."
        )
    return tuple(calendar)
