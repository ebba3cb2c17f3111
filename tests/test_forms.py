"""Log or identity: what is done to a series of either form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.forms import apply_part, from_form, point_between, remove_part, to_form

BOTH = np.array([[False], [True]])


def test_there_and_back() -> None:
    values = np.array([[1.0, 0.25, np.nan], [0.0, -3.0, np.nan]])
    there = to_form(values, BOTH)
    assert_allclose(there, [[0.0, np.log(0.25), np.nan], [0.0, -3.0, np.nan]])
    assert_allclose(from_form(there, BOTH), values)


def test_large_values_of_additive_series_warn_of_nothing() -> None:
    large = np.array([1.0, 1e5])
    additive = np.array([False, True])
    assert_array_equal(from_form(large, additive), [np.e, 1e5])


@given(
    start=st.floats(0.1, 100.0), end=st.floats(0.1, 100.0), share=st.floats(-1.0, 2.0),
    additive=st.booleans(),
)  # fmt: skip
def test_a_point_lies_on_the_line_of_its_form(
    start: float, end: float, share: float, additive: bool
) -> None:
    form = np.array([additive])
    a, b = np.array([start]), np.array([end])
    point = to_form(point_between(a, b, share, form), form)
    line = to_form(a, form) + share * (to_form(b, form) - to_form(a, form))
    assert_allclose(point, line, atol=1e-9, rtol=1e-9)


def test_a_point_takes_a_share_for_each_series() -> None:
    start, end = np.full((3, 2, 1), 1.0), np.full((3, 2, 1), 4.0)
    share = np.array([[0.0, 0.0], [0.5, 0.5], [2.0, 1.0]])[..., None]
    assert_allclose(
        point_between(start, end, share, BOTH)[..., 0], [[1.0, 1.0], [2.0, 2.5], [16.0, 4.0]]
    )


@pytest.mark.parametrize("part", [0.5, 2.0])
def test_a_part_is_put_on_and_taken_off(part: float) -> None:
    values = np.array([[3.0, 4.0], [-3.0, 0.0]])
    with_part = apply_part(values, np.full((2, 1), part), BOTH)
    assert_allclose(with_part, [[3.0 * part, 4.0 * part], [-3.0 + part, part]])
    assert_allclose(remove_part(with_part, np.full((2, 1), part), BOTH), values)


def test_a_summand_of_zero_is_taken_off() -> None:
    assert remove_part(np.array([4.0]), np.array([0.0]), np.array([True])).tolist() == [4.0]
