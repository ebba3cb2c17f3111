"""From the estimator's parameters and the data's frequency to a config."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Literal, cast

import numpy as np
from numpy.random import RandomState
from pandas.tseries.offsets import DateOffset

from esrnn._typing import IntArray
from esrnn.config import choose_preset, usual_periods
from esrnn.errors import InputError, InputTypeError
from esrnn.frames import Frequency

__all__ = [
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

# pandas' codes of the rules that are whole months, and how many months each is.
_MONTHS = {
    code: months
    for months, codes in {1: "MS ME BMS BME", 3: "QS QE BQS BQE", 12: "YS YE BYS BYE"}.items()
    for code in codes.split()
}
_PRESET_OF_MONTHS = {1: "monthly", 3: "quarterly", 12: "yearly"}
_PRESET_OF = {
    ("h", 1): "hourly",
    ("min", 60): "hourly",
    ("D", 1): "daily",
    ("B", 1): "daily",
    ("C", 1): "daily",
    ("D", 7): "weekly",
    ("W", 1): "weekly",
}
_BUSINESS_WEEK = (5,)


def recognise_frequency(freq: Frequency) -> tuple[str, tuple[int, ...]] | None:
    """Return the preset and the seasonal periods that a step between time stamps suggests.

    Parameters
    ----------
    freq : int or pandas offset
        The step, as `esrnn.frames.TimeAxis.freq` has it.

    Returns
    -------
    tuple of str and tuple of int, or None
        None where nothing is known: for integers, and steps such as two hours.

    Examples
    --------
    >>> import pandas as pd
    >>> recognise_frequency(pd.offsets.MonthEnd()), recognise_frequency(pd.offsets.Hour())
    (('monthly', (12,)), ('hourly', (24, 168)))
    >>> recognise_frequency(pd.offsets.BDay()), recognise_frequency(1)
    (('daily', (5,)), None)
    """
    if isinstance(freq, int):
        return None
    if type(freq) is DateOffset:  # without a code; made of months where frames makes it
        months = freq.kwds["months"] if set(freq.kwds) == {"months"} else 0
        preset = _PRESET_OF_MONTHS.get(freq.n * months)
        return None if preset is None else (preset, usual_periods(preset))
    code = freq.rule_code.split("-")[0]
    preset = _PRESET_OF_MONTHS.get(freq.n * _MONTHS.get(code, 0)) or _PRESET_OF.get((code, freq.n))
    if preset is None:
        return None
    return preset, _BUSINESS_WEEK if code in ("B", "C") else usual_periods(preset)


def choose_periods_and_preset(
    seasonal_periods: SeasonalPeriods, preset: str | None, freq: Frequency, lengths: IntArray
) -> tuple[tuple[int, ...], str, tuple[int, ...]]:
    """Settle what ``"auto"`` stands for.

    Parameters
    ----------
    seasonal_periods : "auto", int, sequence of int or None
        None is ``"auto"``: by the frequency, or else the preset, without those periods that most
        series don't span twice.
    preset : str or None
        None and ``"auto"``: by the frequency, or else the seasonal periods.
    freq : int or pandas offset
        The step between time stamps.
    lengths : ndarray of shape (N,), int64
        Steps of each series.

    Returns
    -------
    seasonal_periods : tuple of int
    preset : str
    left_out : tuple of int
        Periods that would be usual, but are too long for the data.

    Raises
    ------
    InputTypeError, InputError
        If seasonal periods are no whole numbers, or the preset is unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> choose_periods_and_preset("auto", "auto", pd.offsets.Hour(), np.array([100, 120]))
    ((24,), 'hourly', (168,))
    >>> choose_periods_and_preset((24, 168), "auto", 1, np.array([700]))
    ((24, 168), 'hourly', ())
    """
    known = recognise_frequency(freq)
    told = None if preset in ("auto", None) else preset
    left_out: tuple[int, ...] = ()
    if seasonal_periods is None or isinstance(seasonal_periods, str):
        if seasonal_periods not in ("auto", None):
            raise InputError(
                "seasonal_periods must be 'auto' or the steps per season, such as 12 or (24, 168); "
                f"got {seasonal_periods!r}"
            )
        usual = known[1] if known else usual_periods(told) if told else ()
        # Two seasons are the least from which a season can be told from anything else.
        left_out = tuple(period for period in usual if 2 * period > np.median(lengths))
        periods = tuple(period for period in usual if period not in left_out)
    else:
        periods = _as_tuple("seasonal_periods", seasonal_periods)
    return periods, told or (known[0] if known else choose_preset(periods)), left_out


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
