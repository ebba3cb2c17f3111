"""Checks of whole numbers, from whatever library they come."""

from __future__ import annotations

import operator
from typing import cast

from esrnn.errors import InputError, InputTypeError

__all__ = ["as_whole", "is_whole"]


def is_whole(value: object, least: int = 1) -> bool:
    """Return whether a value is a whole number, not a bool, of at least `least`."""
    try:
        return not isinstance(value, bool) and operator.index(cast("int", value)) >= least
    except TypeError:
        return False


def as_whole(name: str, value: object, least: int = 1) -> int:
    """Return a whole number as an int, whatever library it comes from.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    value : object
    least : int, default 1

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
    >>> as_whole("horizon", 3)
    3
    """
    try:
        number = operator.index(cast("int", value))
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise InputTypeError(f"{name} must be a whole number; got {value!r}")
    if number < least:
        raise InputError(f"{name} must be at least {least}; got {number}")
    return number
