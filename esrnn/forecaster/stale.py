"""Series that end long before the others: discontinued products, sensors that were taken down.

They are forecast from their own end, so their forecasts lie in the past. A job wants to know, or to
leave them out.
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from esrnn._checks import as_whole
from esrnn._typing import BoolArray, IntArray
from esrnn.errors import Offenders, StaleSeriesWarning
from esrnn.forecaster.partner import subset_model
from esrnn.frames import FramedPanel

if TYPE_CHECKING:
    from esrnn.forecaster.fitted_panel import FittedPanel

__all__ = ["is_stale", "name_stale", "without_stale"]

# What counts as long if nobody says: more than each of these, and than two horizons.
_MIN_STEPS = 12
_MIN_DAYS = 90


def is_stale(framed: FramedPanel, stale_after: int) -> BoolArray:
    """Return which series end more than some steps before the one that ends last.

    Parameters
    ----------
    framed : FramedPanel
    stale_after : int
        Steps, at least 0.

    Returns
    -------
    ndarray of shape (N,), bool

    Raises
    ------
    InputTypeError, InputError
        If `stale_after` is no whole number of at least 0.

    Examples
    --------
    >>> from esrnn.frames import sktime_to_panel
    >>> index = pd.MultiIndex.from_tuples([("a", 3), ("a", 4), ("b", 8), ("b", 9)])
    >>> framed = sktime_to_panel(pd.Series([1.0, 2.0, 3.0, 4.0], index))
    >>> is_stale(framed, 4), is_stale(framed, 5)
    (array([ True, False]), array([False, False]))
    """
    stale: BoolArray = _steps_behind(framed) > as_whole("stale_after", stale_after, least=0)
    return stale


def without_stale(fitted: FittedPanel, stale_after: int) -> FittedPanel:
    """Return a fitted panel without the series that `is_stale` finds; itself if there are none.

    Parameters
    ----------
    fitted : FittedPanel
    stale_after : int

    Returns
    -------
    FittedPanel

    Raises
    ------
    InputTypeError, InputError
        As `is_stale`.
    """
    stale = is_stale(fitted.framed, stale_after)
    if not stale.any():
        return fitted
    recent = np.flatnonzero(~stale)
    return replace(
        fitted, framed=fitted.framed.subset(recent), model=subset_model(fitted.model, recent)
    )


def name_stale(
    framed: FramedPanel, horizon: int, named: frozenset[Hashable] = frozenset()
) -> frozenset[Hashable]:
    """Warn of series that end long before the one that ends last.

    That is by more than two horizons, 12 steps and 90 days. There is no warning where ends are
    scattered: most series must end within a horizon of the latest end. Nor is there one for
    integers, which say nothing about the time between them.

    Parameters
    ----------
    framed : FramedPanel
    horizon : int
        Steps ahead that the networks were trained for.
    named : frozenset
        Series that were named before, and are not again.

    Returns
    -------
    frozenset
        All series that were named so far.

    Warns
    -----
    StaleSeriesWarning
        If there are any that were not named before.
    """
    last = framed.times.last
    if not isinstance(last, pd.DatetimeIndex | pd.PeriodIndex) or last.min() == last.max():
        return named
    dates = last if isinstance(last, pd.DatetimeIndex) else last.to_timestamp()
    long = (dates.max() - dates) > pd.Timedelta(days=_MIN_DAYS)
    if long.any():
        behind = _steps_behind(framed)
        most = 2 * int((behind <= horizon).sum()) > behind.size
        long &= (behind > max(2 * horizon, _MIN_STEPS)) & most
    new = [k for k in np.flatnonzero(long).tolist() if framed.panel.ids[k] not in named]
    if new:
        latest = str(last.max()).removesuffix(" 00:00:00")
        warning = StaleSeriesWarning.of_series(
            f"some series end long before {latest}, the end of others, and are forecast from their"
            " own ends; their last steps",
            Offenders(framed.ids.take(new), last.take(new)),
            "Leave them out of the forecasts with stale_after, or ignore StaleSeriesWarning.",
        )
        warnings.warn(warning, stacklevel=3)
    return named | {framed.panel.ids[k] for k in new}


def _steps_behind(framed: FramedPanel) -> IntArray:
    """Count the steps from the end of each series to the latest end, (N,)."""
    grid = framed.times.grid
    ordinals = grid.ordinals(framed.times.last)
    behind: IntArray = (ordinals.max() - ordinals) // grid.stride
    return behind
