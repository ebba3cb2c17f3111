"""Which preset and which seasonal periods are used where the user leaves the choice to us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from esrnn.config import choose_preset, seasons_alternate, usual_periods
from esrnn.errors import InputError
from esrnn.forecaster.arguments import as_counts
from esrnn.forecaster.frequency_presets import describe_frequency, preset_of_frequency
from esrnn.frames import Frequency
from esrnn.panel import Panel
from esrnn.seasons import detect_seasonal_periods, most_series_show

__all__ = ["PresetChoice", "SeasonalPeriods", "choose_periods_and_preset"]

SeasonalPeriods = Literal["auto"] | int | Sequence[int] | None


@dataclass(frozen=True)
class PresetChoice:
    """The preset and the seasonal periods in force, and why.

    Attributes
    ----------
    periods : tuple of int
        Seasonal periods.
    preset : str
        Key of `esrnn.config.presets.PRESETS`.
    left_out : tuple of int
        Usual periods that were left out, since most series are shorter than two of them.
    reason : str
        Why these were chosen, for a message.
    in_all_members : bool, optional
        Whether all members have these periods. If not, every other one has none. By default it is
        as the preset has it.
    """

    periods: tuple[int, ...]
    preset: str
    left_out: tuple[int, ...] = ()
    reason: str = ""
    in_all_members: bool | None = None

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> PresetChoice:
        """Make it from its fields, also after a way through JSON."""
        periods, left_out = tuple(plain["periods"]), tuple(plain["left_out"])
        in_all = plain.get("in_all_members")  # models that were saved before don't have it
        return cls(periods, plain["preset"], left_out, plain["reason"], in_all)


def choose_periods_and_preset(
    seasonal_periods: SeasonalPeriods, preset: str | None, freq: Frequency, panel: Panel
) -> PresetChoice:
    """Choose seasonal periods and preset where ``"auto"`` was given.

    Parameters
    ----------
    seasonal_periods : "auto", int, sequence of int or None
        ``"auto"`` and None take the usual periods of the frequency, without those that are longer
        than half of most series. If the frequency is unknown they take those of the preset, and
        with integer time stamps and no preset those found in the data.
    preset : str or None
        ``"auto"`` and None choose by the frequency, or else by the seasonal periods.
    freq : int or pandas offset
        The step between time stamps.
    panel : Panel
        The data.

    Returns
    -------
    PresetChoice

    Raises
    ------
    InputTypeError, InputError
        If seasonal periods are not whole numbers, or the preset is unknown.

    Notes
    -----
    In some presets every other member has no season. That suits series of which few have one, such
    as prices. Where most series show the season (`esrnn.seasons.most_series_show`), all members
    have it. The reason says which of the two was found.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = Panel.from_arrays([np.tile([1.0, 3.0, 2.0, 9.0], 30)])
    >>> chosen = choose_periods_and_preset("auto", "auto", pd.offsets.Hour(), panel)
    >>> chosen.preset, chosen.periods, chosen.left_out, chosen.reason
    ('hourly', (24,), (168,), 'hourly time stamps')
    >>> choose_periods_and_preset("auto", "auto", 1, panel).reason
    'season of 4 steps found in the data'
    >>> weeks = Panel.from_arrays([np.tile([5.0, 5.0, 5.0, 5.0, 6.0, 8.0, 2.0], 9)])
    >>> chosen = choose_periods_and_preset("auto", "auto", pd.offsets.Day(), weeks)
    >>> chosen.reason, chosen.in_all_members
    ('daily time stamps; most series show the season', True)
    """
    known = preset_of_frequency(freq)
    given = None if preset in ("auto", None) else preset
    if seasonal_periods is not None and not isinstance(seasonal_periods, str):
        periods = as_counts("seasonal_periods", seasonal_periods)
        return PresetChoice(
            periods, given or (known[0] if known else choose_preset(periods)),
            reason=describe_frequency(freq) if known and not given else "as given",
            in_all_members=True,
        )  # fmt: skip
    if seasonal_periods not in ("auto", None):
        raise InputError(
            "seasonal_periods must be 'auto' or the steps per season, such as 12 or (24, 168); "
            f"got {seasonal_periods!r}. Pass a number, a sequence of at most two, or () for none."
        )
    return _ask_the_data(_usual_choice(known, given, freq, panel), panel)


def _usual_choice(
    known: tuple[str, tuple[int, ...]] | None, given: str | None, freq: Frequency, panel: Panel
) -> PresetChoice:
    """Choose by the frequency, or by the preset, or by the seasons found in the data."""
    if known:
        return _without_long_ones(known[1], given or known[0], describe_frequency(freq), panel)
    if given and given != "generic":
        return _without_long_ones(usual_periods(given), given, "preset as given", panel)
    if not isinstance(freq, int):
        reason = f"no known season in {describe_frequency(freq)}"
        return PresetChoice((), "generic", reason=reason)
    periods = detect_seasonal_periods(panel)
    steps = " and ".join(map(str, periods))
    found = f"season{'s' * (len(periods) > 1)} of {steps} steps" if periods else "no season"
    return PresetChoice(
        periods, given or choose_preset(periods), reason=f"{found} found in the data"
    )  # fmt: skip


def _ask_the_data(choice: PresetChoice, panel: Panel) -> PresetChoice:
    """Let all members have the season if some would have none and most series show it."""
    if not seasons_alternate(choice.preset, choice.periods):
        return choice
    shown = most_series_show(panel, choice.periods[0])
    told = "most series show the season" if shown else "most series show no season"
    return replace(choice, reason=f"{choice.reason}; {told}", in_all_members=shown)


def _without_long_ones(
    usual: tuple[int, ...], preset: str, reason: str, panel: Panel
) -> PresetChoice:
    """Leave out the periods that most series do not contain twice; fewer cannot show a season."""
    left_out = tuple(period for period in usual if 2 * period > np.median(panel.lengths))
    periods = tuple(period for period in usual if period not in left_out)
    return PresetChoice(periods, preset, left_out, reason)
