"""Whole numbers of any library are taken, what is none is refused."""

import numpy as np
import pytest

from esrnn._checks import as_whole, is_whole
from esrnn.errors import InputError, InputTypeError


@pytest.mark.parametrize(
    ("value", "least", "expected"),
    [(1, 1, True), (np.int8(3), 1, True), (0, 0, True), (0, 1, False), (-1, 0, False),
     (1.0, 1, False), ("1", 1, False), (None, 1, False), (True, 1, False)],
)  # fmt: skip
def test_whole_numbers_are_told(value: object, least: int, expected: bool) -> None:
    assert is_whole(value, least) is expected


def test_they_come_back_as_int() -> None:
    found = as_whole("horizon", np.int8(3))
    assert found == 3
    assert type(found) is int


@pytest.mark.parametrize("value", [3.0, "3", None, True])
def test_other_types_are_refused(value: object) -> None:
    with pytest.raises(InputTypeError, match="horizon must be a whole number; got"):
        as_whole("horizon", value)


def test_smaller_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="horizon must be at least 1; got 0"):
        as_whole("horizon", 0)
