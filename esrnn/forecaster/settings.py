"""From the estimator's parameters and the data's frequency to a config."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.random import RandomState

from esrnn.config import choose_preset, usual_periods
from esrnn.errors import InputError, InputTypeError
from esrnn.forecaster.recognise import frequency_words, recognise_frequency
from esrnn.frames import Frequency
from esrnn.panel import Panel
from esrnn.seasons import detect_seasonal_periods

__all__ = [
    "Chosen",
    "Dilations",
    "SeasonalPeriods",
    "as_blocks",
    "as_count",
    "as_levels",
    "as_seed",
    "choose_periods_and_preset",
    "recognise_frequency",
]

SeasonalPeriods = Literal["auto"] | int | Sequence[int] | None
Dilations = Sequence[int] | Sequence[Sequence[int]] | None


@dataclass(frozen=True)
class Chosen:
    """What ``"auto"`` was settled to.

    Attributes
    ----------
    periods : tuple of int
        Seasonal periods.
    preset : str
        Key of `esrnn.config.presets.PRESETS`.
    left_out : tuple of int
        Periods that would be usual, but are too long for the data.
    reason : str
        Why these, for a message.
    """

    periods: tuple[int, ...]
    preset: str
    left_out: tuple[int, ...] = ()
    reason: str = ""


def choose_periods_and_preset(
    seasonal_periods: SeasonalPeriods, preset: str | None, freq: Frequency, panel: Panel
) -> Chosen:
    """Settle what ``"auto"`` stands for.

    Parameters
    ----------
    seasonal_periods : "auto", int, sequence of int or None
        None is ``"auto"``: by the frequency, without those periods that most series don't span
        twice; else by the preset; else, for integers, by the data.
    preset : str or None
        None and ``"auto"``: by the frequency, or else the seasonal periods.
    freq : int or pandas offset
        The step between time stamps.
    panel : Panel
        The data.

    Returns
    -------
    Chosen

    Raises
    ------
    InputTypeError, InputError
        If seasonal periods are no whole numbers, or the preset is unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = Panel.from_arrays([np.tile([1.0, 3.0, 2.0, 9.0], 30)])
    >>> choose_periods_and_preset("auto", "auto", pd.offsets.Hour(), panel)
    Chosen(periods=(24,), preset='hourly', left_out=(168,), reason='hourly time stamps')
    >>> choose_periods_and_preset("auto", "auto", 1, panel).reason
    'season of 4 steps found in the data'
    """
    known = recognise_frequency(freq)
    told = None if preset in ("auto", None) else preset
    if seasonal_periods is not None and not isinstance(seasonal_periods, str):
        periods = _as_tuple("seasonal_periods", seasonal_periods)
        return Chosen(
            periods, told or (known[0] if known else choose_preset(periods)),
            reason=frequency_words(freq) if known and not told else "as told",
        )  # fmt: skip
    if seasonal_periods not in ("auto", None):
        raise InputError(
            "seasonal_periods must be 'auto' or the steps per season, such as 12 or (24, 168); "
            f"got {seasonal_periods!r}"
        )
    if known:
        return _without_long_ones(known[1], told or known[0], frequency_words(freq), panel)
    if told and told != "generic":
        return _without_long_ones(usual_periods(told), told, "preset as told", panel)
    if not isinstance(freq, int):
        reason = f"no known season in {frequency_words(freq)}"
        return Chosen((), "generic", reason=reason)
    periods = detect_seasonal_periods(panel)
    steps = " and ".join(map(str, periods))
    found = f"season{'s' * (len(periods) > 1)} of {steps} steps" if periods else "no season"
    return Chosen(
        periods, told or choose_preset(periods), reason=f"{found} found in the data"
    )  # fmt: skip


def _without_long_ones(usual: tuple[int, ...], preset: str, reason: str, panel: Panel) -> Chosen:
    # Two seasons are the least from which a season can be told from anything else.
    left_out = tuple(period for period in usual if 2 * period > np.median(panel.lengths))
    periods = tuple(period for period in usual if period not in left_out)
    return Chosen(periods, preset, left_out, reason)


def as_seed(random_state: int | RandomState | None) -> int | None:
    """Return a seed; drawn from a RandomState, whose state moves on.

    Parameters
    ----------
    random_state : int, RandomState or None

    Returns
    -------
    int or None

    Raises
    ------
    InputTypeError, InputError
        If it is something else, or negative.
    """
    if isinstance(random_state, RandomState):
        return int(random_state.randint(np.iinfo(np.int32).max))
    return None if random_state is None else as_count("random_state", random_state, least=0)


def as_count(name: str, value: object, least: int = 1) -> int:
    """Return a whole number as an int, whatever library it comes from.

    Parameters
    ----------
    name : str
        Of the parameter, for the message.
    value : object
    least : int

    Returns
    -------
    int

    Raises
    ------
    InputTypeError
        If it is no whole number.
    InputError
        If it is less than `least`.

    Examples
    --------
    >>> as_count("horizon", np.int32(3))
    3
    """
    try:
        number = operator.index(cast("int", value))
    except TypeError:
        raise InputTypeError(f"{name} must be a whole number; got {value!r}") from None
    if number < least:
        raise InputError(f"{name} must be at least {least}; got {number}")
    return number


def as_blocks(dilations: Dilations) -> tuple[tuple[int, ...], ...] | None:
    """Return dilations block by block; plain numbers alone make one block.

    Parameters
    ----------
    dilations : sequence of int, sequence of sequences of int, or None

    Returns
    -------
    tuple of tuple of int, or None

    Raises
    ------
    InputTypeError, InputError
        If there is something else in it than whole numbers.

    Examples
    --------
    >>> as_blocks([1, 2, 4]), as_blocks([[1, 2], [4]])
    (((1, 2, 4),), ((1, 2), (4,)))
    """
    if dilations is None:
        return None
    if not isinstance(dilations, Sequence | np.ndarray):
        raise InputTypeError(
            "dilations must be steps such as [1, 2, 4], or blocks of them such as "
            f"[[1, 2], [4, 8]]; got {dilations!r}"
        )
    if any(isinstance(part, Sequence | np.ndarray) for part in dilations):
        return tuple(_as_tuple("dilations", block) for block in dilations)
    return (_as_tuple("dilations", cast("Sequence[int]", dilations)),)


def as_levels(levels: Sequence[float]) -> tuple[float, ...]:
    """Return quantile levels as a tuple of floats.

    Parameters
    ----------
    levels : sequence of float

    Returns
    -------
    tuple of float

    Raises
    ------
    InputTypeError
        If it is no sequence of numbers.

    Examples
    --------
    >>> as_levels([0.1, 0.5, 0.9])
    (0.1, 0.5, 0.9)
    """
    try:
        return tuple(float(level) for level in levels)
    except (TypeError, ValueError) as error:
        raise InputTypeError(
            f"quantile_levels must be numbers such as (0.025, 0.5, 0.975); got {levels!r}"
        ) from error


def _as_tuple(name: str, value: int | Sequence[int]) -> tuple[int, ...]:
    several = value if isinstance(value, Sequence | np.ndarray) else [value]
    return tuple(as_count(name, one) for one in several)
