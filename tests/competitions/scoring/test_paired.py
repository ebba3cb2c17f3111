"""Paired tests, beside plain loops and printed tables."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from competitions.scoring.paired import Comparison
from esrnn.errors import InputError

ERRORS = np.array(
    [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2.0, 3.0, 4.0, 5.0, 6.0, 7.0], [1.0, 9, 3, 1, 9, 9]]
)


def test_ranks_share_ties() -> None:
    found = Comparison(("a", "b", "c"), ERRORS)
    # a and c tie in the first and third series
    assert_allclose(found.mean_ranks, [(1.5 + 1 + 1.5 + 2 + 1 + 1) / 6, 15 / 6, 13 / 6])
    assert_allclose(found.shares_better, [1.0, (0.5 + 1 + 0.5 + 0 + 1 + 1) / 6])
    nearly = ERRORS.copy()
    nearly[2, 0] *= 1 + 1e-15
    assert_allclose(Comparison(("a", "b", "c"), nearly).mean_ranks, found.mean_ranks)


@pytest.mark.parametrize(("n_methods", "q"), [(2, 1.960), (3, 2.343), (5, 2.728), (10, 3.164)])
def test_critical_differences_are_those_of_demsars_table(n_methods: int, q: float) -> None:
    errors = np.random.default_rng(0).normal(size=(n_methods, 50)) ** 2
    found = Comparison(tuple(map(str, range(n_methods))), errors).critical_difference
    assert found == pytest.approx(q * math.sqrt(n_methods * (n_methods + 1) / 300), rel=1e-3)


def test_six_wins_of_six_have_the_exact_p_value() -> None:
    (found,) = Comparison(("a", "b"), ERRORS[:2]).p_values
    assert found == pytest.approx(2 / 2**6)


def test_equal_methods_do_not_differ() -> None:
    found = Comparison(("a", "b"), np.vstack([ERRORS[0], ERRORS[0]]))
    assert found.p_values.tolist() == [1.0]
    assert found.mean_ranks.tolist() == [1.5, 1.5]


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6), st.integers(0, 100))
def test_holms_correction_is_that_of_a_plain_loop(sizes: list[float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    first = rng.gamma(2.0, size=40)
    errors = np.vstack([first, *(first + size * rng.normal(0.3, 1, 40) for size in sizes)])
    names = tuple("abcdefg"[: len(errors)])
    alone = [
        float(Comparison(("a", "b"), errors[[0, k]]).p_values[0]) for k in range(1, len(errors))
    ]
    expected, least = [0.0] * len(alone), 0.0
    for place, k in enumerate(sorted(range(len(alone)), key=alone.__getitem__)):
        least = max(least, min(1.0, alone[k] * (len(alone) - place)))
        expected[k] = least
    assert_allclose(Comparison(names, errors).p_values, expected)


def test_the_table_has_all_numbers() -> None:
    text = Comparison(("ours", "theirs", "more"), ERRORS).table("MASE")
    heading, rule, *rows = text.splitlines()
    assert heading.split() == "method mean MASE mean rank worse than the first on p (Holm)".split()
    assert len(rule) == len(heading)
    assert rows[0].split() == ["ours", "3.500", "1.333", "-", "-"]
    assert rows[1].split() == ["theirs", "4.500", "2.500", "100.0%", "0.0625"]
    assert "test of ours against each other, paired by 6 series" in rows[3]


@pytest.mark.parametrize(
    ("names", "errors"),
    [
        (("a",), [[1.0, 2.0]]),
        (("a", "b"), [[1.0], [2.0]]),
        (("a", "b", "c"), [[1.0, 2.0], [2.0, 3.0]]),
        (("a", "b"), [[1.0, np.nan], [2.0, 3.0]]),
    ],
)
def test_what_cannot_be_compared_is_refused(
    names: tuple[str, ...], errors: list[list[float]]
) -> None:
    with pytest.raises(InputError):
        Comparison(names, np.array(errors))
