"""`Wanted`: what a user asked for, read off the estimator's parameters, checked and filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from esrnn.config import Choices, ModelConfig, preset_config
from esrnn.errors import InputError, InputTypeError
from esrnn.forecaster.settings import (
    Chosen,
    as_blocks,
    as_levels,
    as_seed,
    choose_periods_and_preset,
)
from esrnn.frames import FramedPanel, usual_calendar

if TYPE_CHECKING:
    from esrnn.ensemble import Watch

__all__ = ["Wanted", "read_wanted"]

# M4's; elsewhere a season, and so many steps at least.
_USUAL_HORIZON = {
    "hourly": 48, "daily": 14, "weekly": 13, "monthly": 18, "quarterly": 8, "yearly": 6,
}  # fmt: skip
_LEAST_HORIZON = 6


@dataclass(frozen=True)
class Wanted:
    """What a user asked for.

    Attributes
    ----------
    chosen : Chosen
        The preset, and why.
    config : ModelConfig
        All settings but what follows from the covariates.
    calendar : tuple of str
        Features of the time stamps.
    seed : int or None
    n_jobs : int or None
    device : str
    watch : Watch
    """

    chosen: Chosen
    config: ModelConfig
    calendar: tuple[str, ...]
    seed: int | None
    n_jobs: int | None
    device: str
    watch: Watch

    def announce(self, framed: FramedPanel) -> None:
        """Print what was chosen, and why."""
        config, chosen = self.config, self.chosen
        windows = config.ensemble.input_windows or (config.network.input_window,)
        if chosen.left_out:
            print(f"ESRNN: most series are shorter than two seasons of {chosen.left_out}; left out")
        print(
            f"ESRNN: {chosen.reason}: preset {chosen.preset!r}, seasonal periods "
            f"{config.smoothing.seasonal_periods}, input window {', '.join(map(str, windows))}, "
            f"{config.network.horizon} steps ahead; {config.ensemble.n_members} members, "
            f"{config.training.n_epochs} epochs, {framed.n_series} series"
        )


def read_wanted(
    parameters: Mapping[str, Any],
    framed: FramedPanel,
    horizon: int | None,
    chosen: Chosen | None = None,
) -> Wanted:
    """Read an estimator's parameters.

    Parameters
    ----------
    parameters : mapping
        Of `esrnn.ESRNN`, by name.
    framed : FramedPanel
        The data, by which "auto" is settled.
    horizon : int or None
        Steps ahead to train for; None for what is usual.
    chosen : Chosen, optional
        What "auto" was settled to before, by other data.

    Returns
    -------
    Wanted

    Raises
    ------
    InputTypeError, InputError
        If a parameter can't be served.
    """
    from esrnn.ensemble import Watch
    from esrnn.training.callbacks import EpochPrinter, check_callbacks

    if chosen is None:
        asked = (parameters["seasonal_periods"], parameters["preset"])
        chosen = choose_periods_and_preset(*asked, framed.times.freq, framed.panel)
    own = {f.name: parameters.get(f.name) for f in fields(Choices)}
    levels = parameters["quantile_levels"]
    own |= {
        "seasonal_periods": chosen.periods,
        "dilations": as_blocks(parameters["dilations"]),
        "quantile_levels": None if levels is None else as_levels(levels),
    }
    callbacks, verbose = check_callbacks(parameters["callbacks"]), parameters["verbose"]
    watch = Watch(
        progress=bool(verbose),
        callbacks=(*callbacks, EpochPrinter()) if verbose >= 2 else callbacks,
        time_budget=_as_seconds(parameters["time_budget"]),
    )
    if horizon is None:
        horizon = _USUAL_HORIZON.get(chosen.preset, max((*chosen.periods[:1], _LEAST_HORIZON)))
    return Wanted(
        chosen,
        preset_config(chosen.preset, horizon, Choices(**own)),
        _as_calendar(parameters["calendar"], framed),
        as_seed(parameters["random_state"]),
        parameters["n_jobs"],
        parameters["device"],
        watch,
    )


def _as_calendar(calendar: object, framed: FramedPanel) -> tuple[str, ...]:
    """Return the names of features of the time stamps: none, the usual ones, or those named."""
    if isinstance(calendar, bool) or calendar is None:
        typical = int(np.median(framed.panel.lengths))
        return usual_calendar(framed.times.freq, typical) if calendar else ()
    if isinstance(calendar, str) or not isinstance(calendar, Iterable):
        raise InputTypeError(
            "calendar must be True, False or names of features such as ['month', 'weekend']; got "
            f"{calendar!r}"
        )
    return tuple(calendar)


def _as_seconds(time_budget: object) -> float | None:
    if time_budget is None:
        return None
    if isinstance(time_budget, bool) or not isinstance(time_budget, Real):
        raise InputTypeError(f"time_budget must be a number of seconds; got {time_budget!r}")
    if not float(time_budget) > 0.0:
        raise InputError(f"time_budget must be greater than 0 seconds; got {time_budget!r}")
    return float(time_budget)
