"""Checks of single arguments of `esrnn.ESRNN`: numbers, seeds, options, levels, seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, Literal, cast, get_args

import numpy as np
from numpy.random import RandomState

from esrnn._checks import as_whole, is_whole
from esrnn.errors import InputError, InputTypeError

__all__ = [
    "Dilations",
    "Point",
    "as_blocks",
    "as_counts",
    "as_kinds",
    "as_levels",
    "as_options",
    "as_point",
    "as_seconds",
    "as_seed",
    "as_shares",
    "as_weights",
]

Point = Literal["median", "mean"]
Dilations = Sequence[int] | Sequence[Sequence[int]] | None


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
    return None if random_state is None else as_whole("random_state", random_state, least=0)


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
            f"[[1, 2], [4, 8]]; got {dilations!r}. Pass a sequence."
        )
    if any(isinstance(part, Sequence | np.ndarray) for part in dilations):
        return tuple(as_counts("dilations", block) for block in dilations)
    return (as_counts("dilations", cast("Sequence[int]", dilations)),)


def as_options(cell_options: Mapping[str, Any] | None) -> tuple[tuple[str, Any], ...] | None:
    """Return options of a cell as pairs, sorted by name.

    Parameters
    ----------
    cell_options : mapping of str to object, or None

    Returns
    -------
    tuple of (str, object), or None

    Raises
    ------
    InputTypeError
        If it is no mapping.

    Examples
    --------
    >>> as_options({"theta": 24, "order": 8})
    (('order', 8), ('theta', 24))
    """
    if cell_options is None:
        return None
    if not isinstance(cell_options, Mapping):
        raise InputTypeError(
            "cell_options must be a dict such as {'recurrent_dropout': 0.2}; got"
            f" {cell_options!r}. Pass the options by name."
        )
    return tuple(sorted(cell_options.items(), key=lambda item: str(item[0])))


def as_kinds(kinds: object) -> tuple[tuple[tuple[str, Any], ...], ...] | None:
    """Return kinds of members as pairs of names and values.

    Parameters
    ----------
    kinds : sequence of mapping of str to object, or None

    Returns
    -------
    tuple of tuple of (str, object), or None

    Raises
    ------
    InputTypeError
        If it is no sequence of mappings.

    Examples
    --------
    >>> as_kinds([{}, {"level": "last", "dilations": [1, 2]}])
    ((), (('dilations', ((1, 2),)), ('level', 'last')))
    """
    if kinds is None:
        return None
    if not isinstance(kinds, Sequence) or not all(isinstance(kind, Mapping) for kind in kinds):
        raise InputTypeError(
            "kinds must be settings by name, one dict for each kind of member, such as"
            f" [{{}}, {{'level': 'last'}}]; got {kinds!r}. Pass a list of dicts."
        )
    by_name = [sorted(kind.items(), key=lambda item: str(item[0])) for kind in kinds]
    return tuple(tuple(map(_as_pair, items)) for items in by_name)


def as_weights(local_models: object) -> tuple[tuple[str, float], ...] | None:
    """Return models without a network and their weights as pairs.

    Parameters
    ----------
    local_models : mapping of str to float, or None

    Returns
    -------
    tuple of (str, float), or None

    Raises
    ------
    InputTypeError
        If it is no mapping.

    Examples
    --------
    >>> as_weights({"theta": 0.3})
    (('theta', 0.3),)
    """
    if local_models is None:
        return None
    if not isinstance(local_models, Mapping):
        raise InputTypeError(
            "local_models must be weights by name, such as {'theta': 0.3}; got"
            f" {local_models!r}. Pass a dict."
        )
    return tuple(local_models.items())


def _as_pair(item: tuple[str, Any]) -> tuple[str, Any]:
    """Return a setting of a kind with its value as settings hold it."""
    name, value = item
    if name == "dilations":
        return name, as_blocks(value)
    if name == "cell_options":
        return name, as_options(value)
    if name == "seasonal_periods":
        return name, as_counts(name, [value] if is_whole(value) else value)
    return name, value


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
            f"quantile_levels must be numbers such as (0.025, 0.5, 0.975); got {levels!r}. Pass a"
            " sequence of them."
        ) from error


def as_point(point: object) -> Point:
    """Return what a point forecast is, checked.

    Parameters
    ----------
    point : object

    Returns
    -------
    {"median", "mean"}

    Raises
    ------
    InputError
        If it is neither.
    """
    if point not in get_args(Point):
        raise InputError(f"point must be one of {list(get_args(Point))}; got {point!r}")
    return cast("Point", point)


def as_counts(name: str, value: int | Sequence[int]) -> tuple[int, ...]:
    """Return one whole number, or several, as a tuple of int."""
    several = value if isinstance(value, Sequence | np.ndarray) else [value]
    return tuple(as_whole(name, one) for one in several)


def as_shares(name: str, shares: object) -> list[float]:
    """Return quantile levels or coverages as a list of floats between 0 and 1.

    Parameters
    ----------
    name : str
        Of the argument.
    shares : float or sequence of float

    Returns
    -------
    list of float

    Raises
    ------
    InputTypeError
        If one is no number.
    InputError
        If one is not between 0 and 1.

    Examples
    --------
    >>> as_shares("coverage", 0.8), as_shares("alpha", (0.1, 0.9))
    ([0.8], [0.1, 0.9])
    """
    given: list[Any] = list(cast("Any", shares)) if np.iterable(shares) else [shares]
    if not all(isinstance(share, Real) and not isinstance(share, bool) for share in given):
        raise InputTypeError(
            f"{name} must be a number between 0 and 1, or several; got {shares!r}. Use 0.9, say."
        )
    for share in given:
        if not 0.0 < share < 1.0:
            hint = f"{share / 100.0:g} for {share:g}%" if 1.0 < share < 100.0 else "0.9, say"
            raise InputError(f"{name} must be between 0 and 1; got {share!r}. Use {hint}.")
    return [float(share) for share in given]


def as_seconds(name: str, value: object) -> float | None:
    """Return a number of seconds greater than 0; None stays None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Real):
        raise InputTypeError(
            f"{name} must be a number of seconds; got {value!r}. Pass None for no limit."
        )
    if not float(value) > 0.0:
        raise InputError(
            f"{name} must be greater than 0 seconds; got {value!r}. Pass None for no limit."
        )
    return float(value)
