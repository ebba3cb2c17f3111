"""Time stamps, grids and columns as plain data: what a model directory holds of them.

Plain data are text, numbers, lists and dictionaries, and arrays of whole numbers. Reading them back
gives the same objects.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import asdict
from typing import Any, cast

import numpy as np
import pandas as pd

from esrnn._typing import IntArray
from esrnn.errors import InputError
from esrnn.frames.columns import CategoryColumn, Column, NumberColumn
from esrnn.frames.covariates import CovariateEncoder
from esrnn.frames.frequency import frequency_code, make_grid
from esrnn.frames.times import CalendarGrid, ClockGrid, Grid, IntegerGrid, PeriodGrid

__all__ = [
    "column_from_dict",
    "column_to_dict",
    "encoder_from_dict",
    "encoder_to_dict",
    "grid_from_dict",
    "grid_to_dict",
    "name_from_plain",
    "name_to_plain",
    "stamps_from_numbers",
    "stamps_to_numbers",
]

Plain = dict[str, Any]


def grid_to_dict(grid: Grid) -> Plain:
    """Write a grid as plain data.

    Parameters
    ----------
    grid : Grid

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If the grid can't be read back from text, as for a calendar with holidays of its own.

    Examples
    --------
    >>> grid_to_dict(make_grid(pd.PeriodIndex(["2024-01"], freq="M"), "M"))
    {'kind': 'period', 'step': 'M'}
    """
    plain: Plain = {"step": frequency_code(grid)}
    if isinstance(grid, IntegerGrid):
        plain = {"kind": "integer", **plain}
    elif isinstance(grid, PeriodGrid):
        plain = {"kind": "period", **plain}
    else:
        unit = grid.unit if isinstance(grid, ClockGrid) else "ns"
        zone = cast("ClockGrid | CalendarGrid", grid).tz
        plain = {"kind": "time", **plain, "unit": unit, "tz": None if zone is None else str(zone)}
    if not _same_grid(grid_from_dict(plain), grid):
        raise InputError(
            f"the step {plain['step']!r} can't be saved, since it has no name that pandas reads"
            " back. Convert the time stamps to periods, or to a frequency of pandas."
        )
    return plain


def grid_from_dict(plain: Mapping[str, Any]) -> Grid:
    """Make the grid that `grid_to_dict` wrote.

    Parameters
    ----------
    plain : mapping

    Returns
    -------
    Grid
    """
    step = plain["step"]
    stamps: pd.Index = pd.Index([], dtype=np.int64)
    if plain["kind"] == "period":
        stamps = pd.PeriodIndex([], freq=step)
    elif plain["kind"] == "time":
        stamps = pd.DatetimeIndex([]).as_unit(plain["unit"]).tz_localize(plain["tz"])
    return make_grid(stamps, step)


def _same_grid(one: Grid, other: Grid) -> bool:
    """Return whether two grids have the same steps; time zones are compared by name."""
    names = ("freq", "stride", "unit", "wall", "unit_offset")
    same = all(getattr(one, name, None) == getattr(other, name, None) for name in names)
    zones = str(getattr(one, "tz", None)) == str(getattr(other, "tz", None))
    return type(one) is type(other) and same and zones


def stamps_to_numbers(stamps: pd.Index) -> tuple[IntArray, Plain]:
    """Write time stamps as whole numbers, and say how to read them.

    Parameters
    ----------
    stamps : pd.Index
        Of integers, periods or time stamps.

    Returns
    -------
    ndarray of shape (n,), int64
    dict
        Plain data.

    Examples
    --------
    >>> stamps_to_numbers(pd.PeriodIndex(["1970-03"], freq="M"))
    (array([2]), {'kind': 'period', 'freq': 'M'})
    """
    if isinstance(stamps, pd.PeriodIndex):
        return stamps.asi8, {"kind": "period", "freq": stamps.freqstr}
    if isinstance(stamps, pd.DatetimeIndex):
        zone = None if stamps.tz is None else str(stamps.tz)
        return stamps.asi8, {"kind": "time", "unit": stamps.unit, "tz": zone}
    return np.asarray(stamps, dtype=np.int64), {"kind": "integer", "dtype": str(stamps.dtype)}


def stamps_from_numbers(numbers: IntArray, plain: Mapping[str, Any], name: Hashable) -> pd.Index:
    """Make the time stamps that `stamps_to_numbers` wrote.

    Parameters
    ----------
    numbers : ndarray of shape (n,), int64
    plain : mapping
    name : hashable
        Of the index.

    Returns
    -------
    pd.Index
    """
    if plain["kind"] == "period":
        periods: pd.Index = pd.PeriodIndex.from_ordinals(  # type: ignore[attr-defined]
            numbers, freq=plain["freq"], name=name
        )
        return periods
    if plain["kind"] == "time":
        naive = pd.DatetimeIndex(numbers.view(f"M8[{plain['unit']}]"), name=name)
        return naive if plain["tz"] is None else naive.tz_localize("UTC").tz_convert(plain["tz"])
    integers: pd.Index = pd.Index(numbers.astype(plain["dtype"]), name=name)
    return integers


def name_to_plain(name: Hashable) -> object:
    """Write a name of a column, level or target as plain data.

    Parameters
    ----------
    name : str, int, float, bool, None, or tuple of these

    Returns
    -------
    str, int, float, bool, None or list

    Raises
    ------
    InputError
        If it is something else.
    """
    if isinstance(name, tuple):
        return [name_to_plain(part) for part in name]
    if isinstance(name, np.generic):
        name = name.item()
    if name is None or isinstance(name, str | bool | int):
        return name
    if isinstance(name, float) and np.isfinite(name):
        return name
    raise InputError(
        f"names of columns and index levels can be saved if they are text or numbers; got {name!r}."
        " Rename it before fit."
    )


def name_from_plain(plain: Any) -> Hashable:
    """Make the name that `name_to_plain` wrote.

    Parameters
    ----------
    plain : str, int, float, bool, None or list

    Returns
    -------
    hashable
    """
    if isinstance(plain, list):
        return tuple(name_from_plain(part) for part in plain)
    name: Hashable = plain
    return name


def encoder_to_dict(encoder: CovariateEncoder) -> Plain:
    """Write an encoder of covariates as plain data.

    Parameters
    ----------
    encoder : CovariateEncoder

    Returns
    -------
    dict
    """
    return {
        "static": [column_to_dict(column) for column in encoder.static],
        "future": [column_to_dict(column) for column in encoder.future],
        "dropped": [name_to_plain(name) for name in encoder.dropped],
        "calendar": list(encoder.calendar),
    }


def encoder_from_dict(plain: Mapping[str, Any]) -> CovariateEncoder:
    """Make the encoder that `encoder_to_dict` wrote.

    Parameters
    ----------
    plain : mapping

    Returns
    -------
    CovariateEncoder
    """
    return CovariateEncoder(
        tuple(column_from_dict(column) for column in plain["static"]),
        tuple(column_from_dict(column) for column in plain["future"]),
        tuple(name_from_plain(name) for name in plain["dropped"]),
        tuple(plain["calendar"]),
    )


def column_to_dict(column: Column) -> Plain:
    """Write an encoder of a column as plain data."""
    kind = "number" if isinstance(column, NumberColumn) else "category"
    return {**asdict(column), "kind": kind, "name": name_to_plain(column.name)}


def column_from_dict(plain: Mapping[str, Any]) -> Column:
    """Make the encoder that `column_to_dict` wrote."""
    values = {key: value for key, value in plain.items() if key not in ("kind", "name")}
    name = name_from_plain(plain["name"])
    if plain["kind"] == "number":
        return NumberColumn(name, **values)
    return CategoryColumn(name, tuple(values["categories"]))
