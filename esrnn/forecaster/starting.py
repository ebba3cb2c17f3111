"""Where the networks of a fit come from: those of the package, of the user, or random weights."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from esrnn._checks import as_whole, is_whole
from esrnn.config import ModelConfig, TrainingConfig, preset_config, usual_periods
from esrnn.errors import InputError, InputTypeError
from esrnn.forecaster.arguments import as_counts
from esrnn.forecaster.frequency_presets import describe_frequency
from esrnn.forecaster.partner import map_ensembles
from esrnn.forecaster.preset_choice import PresetChoice, choose_periods_and_preset
from esrnn.forecaster.settings import DEFAULTS, given_settings
from esrnn.forecaster.shipped import load_shipped
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames import FramedPanel
from esrnn.networks import (
    STRATEGIES,
    PanelFacts,
    Way,
    adapt,
    choose_way,
    nearest_preset,
    shipped_names,
    with_periods,
)

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble

__all__ = ["Plan", "model_to_start_from", "plan_fit"]

_OF_TRAINING = frozenset(field.name for field in fields(TrainingConfig))


@dataclass(frozen=True)
class Plan:
    """How a panel is fitted.

    Attributes
    ----------
    way : Way
    start : TrainedModel or None
        The networks to start from, with all their steps ahead; None for random weights.
    horizon : int or None
        The steps ahead that are to be left; None for all.
    is_shipped : bool
        Whether they come with the package, so that they were not trained on the panel.
    """

    way: Way
    start: TrainedModel | None = None
    horizon: int | None = None
    is_shipped: bool = False


def model_to_start_from(start_from: object) -> TrainedModel | None:
    """Return the networks that a user gives to start from.

    Parameters
    ----------
    start_from : str, path or TrainedModel
        The argument of `esrnn.ESRNN`.

    Returns
    -------
    TrainedModel or None
        None for ``"auto"`` and None.

    Raises
    ------
    ModelFileError
        As `TrainedModel.load`.
    InputTypeError
        If it is something else.
    """
    if start_from is None or start_from == "auto":
        return None
    if isinstance(start_from, TrainedModel):
        return start_from
    if isinstance(start_from, str | os.PathLike):
        return TrainedModel.load(start_from)
    raise InputTypeError(
        "start_from must be 'auto', None, the path of a model directory, or a forecaster that was"
        f" fitted or pretrained; got {start_from!r}."
    )


def plan_fit(
    parameters: Mapping[str, Any],
    framed: FramedPanel,
    horizon: int | None,
    has_covariates: bool,
    pretrained: TrainedModel | None = None,
) -> Plan:
    """Decide which networks a panel is fitted with, and how.

    Parameters
    ----------
    parameters : mapping
        The arguments of `esrnn.ESRNN` by name.
    framed : FramedPanel
    horizon : int or None
        Steps ahead that are asked for.
    has_covariates : bool
    pretrained : TrainedModel, optional
        Networks that were trained by the same forecaster before.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        If the strategy is unknown, or needs networks that are not there or that other arguments
        rule out.
    """
    strategy = parameters.get("strategy", DEFAULTS.strategy)
    if strategy not in STRATEGIES:
        raise InputError(f"strategy must be one of {list(STRATEGIES)}; got {strategy!r}")
    if pretrained is not None:
        as_they_are = strategy in ("auto", "train")
        return Plan(Way("zero_shot" if as_they_are else strategy), pretrained)
    given = parameters.get("start_from", DEFAULTS.start_from)
    if given == "auto" and strategy == "train":
        return Plan(Way("train"))
    if given is None:
        if strategy not in ("auto", "train"):
            raise InputError(
                f"strategy={strategy!r} needs networks to start from; got start_from=None. Leave"
                " start_from out, or give the path of a model directory."
            )
        return Plan(Way("train"))
    start = model_to_start_from(given)
    if start is not None and strategy == "train":
        raise InputError(
            "strategy='train' trains new networks and takes none to start from; got start_from="
            f"{given!r}. Choose another strategy, or leave start_from out."
        )
    reason = ""
    if start is None:
        start, reason = _find_shipped(parameters, framed)
    if start is not None:
        reason = _in_the_way(parameters, start, strategy)
    if start is None or reason:
        if given == "auto" and strategy == "auto":
            return Plan(Way("train", reason))
        raise InputError(f"strategy={strategy!r} needs networks that can be used: {reason}")
    way = Way(strategy)
    if strategy == "auto":
        known = start.horizon
        lengths = np.array(framed.panel.lengths)
        asked = known if horizon is None else horizon
        preset = start.choice.preset
        # Networks of the user were trained on whatever seasons they have.
        others = given == "auto" and start.choice.periods != usual_periods(preset)
        facts = PanelFacts(preset, lengths, asked, known, has_covariates, others)
        way = choose_way(facts)
        if given != "auto" and way.strategy == "train":
            way = replace(way, strategy="fine_tune")  # who gives networks wants them used
    if way.strategy == "train":
        return Plan(way)
    steps = None if horizon is None else min(as_whole("horizon", horizon), start.horizon)
    return Plan(way, _adapted(start, parameters, way), steps, given == "auto")


def _find_shipped(
    parameters: Mapping[str, Any], framed: FramedPanel
) -> tuple[TrainedModel | None, str]:
    """Return the networks of the package for a panel, or why there are none."""
    if not shipped_names():
        return None, "no networks come with this copy of the package. Pass strategy='train'."
    asked = {**asdict(DEFAULTS), **parameters}
    choice = choose_periods_and_preset(
        asked["seasonal_periods"], asked["preset"], framed.times.freq, framed.panel
    )
    periods = tuple(sorted((*choice.periods, *choice.left_out)))
    what, name = describe_frequency(framed.times.freq), nearest_preset(choice.preset, periods)
    model = None if name is None else load_shipped(name)
    if (
        model is not None
        and asked["preset"] != "auto"
        and len(periods) != len(model.choice.periods)
    ):
        theirs, ours = (
            f"seasons of {', '.join(map(str, own))} steps" if own else "no season"
            for own in (model.choice.periods, periods)
        )
        return None, (
            f"those of preset={name!r} are for {theirs}; these series, with {what}, have {ours}."
            " Leave preset out, so that the time stamps choose it, or pass strategy='train'."
        )
    if model is None or len(periods) != len(model.choice.periods):
        return None, (
            f"none come with the package for the preset {choice.preset!r}, {what} and the seasonal"
            f" periods {periods}; there are some for {shipped_names()}. Pass strategy='train', or"
            " networks of your own as start_from."
        )
    if periods != model.choice.periods:
        what += f" with seasons of {', '.join(map(str, periods))} steps"
        model = map_ensembles(model, lambda own: with_periods(own, periods))
    choice = PresetChoice(periods, model.choice.preset, (), what)
    return replace(model, choice=choice, grid=framed.times.grid), ""


def _in_the_way(parameters: Mapping[str, Any], start: TrainedModel, strategy: str) -> str:
    """Say which argument rules trained networks out; empty if none does."""
    if strategy == "auto" and parameters.get("callbacks"):
        return "callbacks are given, which watch a training"
    preset = parameters.get("preset")
    if preset not in (None, "auto", start.choice.preset):
        return f"they are for preset={start.choice.preset!r}; got preset={preset!r}"
    periods = parameters.get("seasonal_periods", "auto")
    if periods is not None and periods != "auto":
        if as_counts("seasonal_periods", periods) != start.choice.periods:
            return f"they have the seasonal periods {start.choice.periods}; got {periods!r}"
    for name, value in sorted(given_settings(parameters).items()):
        if name == "seasonality":  # any networks serve it
            continue
        if name in _OF_TRAINING:
            if strategy == "auto":
                return f"{name} is given, which says how to train"
        elif strategy not in ("combine", "distil") or name == "quantile_levels":
            own = _own_value(start.config, name)
            if not _is_served(name, value, own):
                return f"they have {name}={own!r}; got {name}={value!r}. Leave {name} out."
    return ""


def _own_value(config: ModelConfig, name: str) -> Any:
    """Return a setting of networks."""
    parts = (config.network, config.smoothing, config.ensemble)
    return next(getattr(part, name) for part in parts if hasattr(part, name))


def _is_served(name: str, value: Any, own: Any) -> bool:
    """Return whether networks with a setting of their own serve the one that is asked for."""
    if name == "n_members":
        return is_whole(value) and value <= own
    if name == "quantile_levels":
        preset_config("generic", quantile_levels=value)  # refuses what are no levels
        return bool(own[0] <= value[0] and value[-1] <= own[-1])
    return bool(value == own)


def _adapted(start: TrainedModel, parameters: Mapping[str, Any], way: Way) -> TrainedModel:
    """Return networks for what is asked for: fewer members, one form of series."""
    given, n_known = given_settings(parameters), len(start.ensemble.members)
    some = min(as_whole("n_members", given.get("n_members", n_known)), n_known)
    if way.strategy == "distil":  # the members are those of the network that learns
        some = n_known

    def change(ensemble: Ensemble) -> Ensemble:
        form = given.get("seasonality")
        return adapt(ensemble, n_members=some, seasonality=form)

    return map_ensembles(start, change)
