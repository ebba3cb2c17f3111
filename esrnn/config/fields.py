"""Types of settings, and a check of every field of a settings class against its type.

A field of a settings class is annotated with one of the types below, or with `typing.Literal`.
`check_fields` compares each value with its annotation. So a new setting needs one line and no check
of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from math import inf
from numbers import Real
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from esrnn._checks import is_whole
from esrnn.errors import InputError

__all__ = [
    "Blocks",
    "Count",
    "Counts",
    "LocalModel",
    "LocalWeights",
    "NonNegative",
    "Periods",
    "Positive",
    "Probability",
    "QuantileLevels",
    "Share",
    "ShareBelowOne",
    "WholeNumber",
    "check",
    "check_fields",
]


LocalModel = Literal["theta", "damped_trend"]


def check(ok: bool, name: str, expected: str, got: object) -> None:
    """Raise if a setting is not as expected."""
    if not ok:
        raise InputError(f"{name} must be {expected}; got {got!r}")


def check_fields(settings: Any) -> None:
    """Check every field of a settings object by its annotation.

    Parameters
    ----------
    settings : dataclass
        Fields that are annotated with something else than the types of this module or `Literal`
        are not checked.

    Raises
    ------
    InputError
        If a value is not what its annotation says.
    """
    kind: Any = type(settings)  # to mypy a class is not hashable
    for name, optional, expected, allows in _rules(kind):
        value = getattr(settings, name)
        if not (optional and value is None):
            check(allows(value), name, expected, value)


@cache
def _rules(kind: type) -> list[tuple[str, bool, str, Callable[[Any], bool]]]:
    """Return the name of each field, whether it may be None, what is expected, and the test."""
    rules = []
    for name, hint in get_type_hints(kind, include_extras=True).items():
        optional = get_origin(hint) in (Union, UnionType)
        kinds = [one for one in get_args(hint) if one is not type(None)] if optional else [hint]
        (only, *others) = kinds
        if get_origin(only) is Literal and not others:
            options = get_args(only)
            rules.append((name, optional, f"one of {options}", options.__contains__))
        elif get_origin(only) is Annotated and not others:
            _, expected, allows = get_args(only)
            rules.append((name, optional, expected, allows))
    return rules


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real)


def _is_period(value: object) -> bool:
    return is_whole(value, least=2)


def _are_periods(periods: tuple[Any, ...]) -> bool:
    whole = all(map(_is_period, periods))
    return whole and len(periods) <= 2 and list(periods) == sorted(set(periods))


def _are_blocks(blocks: tuple[tuple[Any, ...], ...]) -> bool:
    return bool(blocks) and all(block and all(map(is_whole, block)) for block in blocks)


def _are_levels(levels: tuple[float, ...]) -> bool:
    odd = len(levels) % 2 == 1
    inside = all(0.0 < a < b < 1.0 for a, b in pairwise(levels))
    return odd and levels[len(levels) // 2] == 0.5 and inside


def _are_weights(pairs: tuple[tuple[Any, Any], ...]) -> bool:
    weights = [weight for _, weight in pairs]
    numbers = all(_is_number(weight) and weight > 0.0 for weight in weights)
    names = {name for name, _ in pairs} <= set(get_args(LocalModel))
    return numbers and names and sum(weights) < 1.0 and len(dict(pairs)) == len(pairs)


WholeNumber = Annotated[int, "a whole number of at least 0", lambda value: is_whole(value, least=0)]
Count = Annotated[int, "a whole number of at least 1", is_whole]
Counts = Annotated[
    tuple[int, ...], "whole numbers of at least 1", lambda values: all(map(is_whole, values))
]
Positive = Annotated[
    float, "finite and greater than 0", lambda value: _is_number(value) and 0.0 < value < inf
]
NonNegative = Annotated[
    float, "finite and at least 0", lambda value: _is_number(value) and 0.0 <= value < inf
]
Share = Annotated[float, "in [0, 1]", lambda value: _is_number(value) and 0.0 <= value <= 1.0]
ShareBelowOne = Annotated[
    float, "at least 0 and below 1", lambda value: _is_number(value) and 0.0 <= value < 1.0
]
Probability = Annotated[float, "in (0, 1)", lambda value: _is_number(value) and 0.0 < value < 1.0]
Periods = Annotated[
    tuple[int, ...],
    "at most two different whole numbers of at least 2, the shorter one first",
    _are_periods,
]
Blocks = Annotated[
    tuple[tuple[int, ...], ...],
    "blocks of whole numbers of at least 1, such as ((1, 2), (4, 8))",
    _are_blocks,
]
LocalWeights = Annotated[
    tuple[tuple[LocalModel, float], ...],
    f"weights above 0 of some of {get_args(LocalModel)}, together below 1, such as 0.3 for 'theta'",
    _are_weights,
]
QuantileLevels = Annotated[
    tuple[float, ...],
    "an odd number of increasing levels in (0, 1) with 0.5 in the middle",
    _are_levels,
]
