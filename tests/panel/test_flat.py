"""Arithmetic of flat arrays against loops over series."""

import numpy as np
import pytest

from esrnn._typing import IntArray
from esrnn.panel.flat import (
    all_of_each,
    any_of_each,
    batches_by_length,
    flat_positions,
    indptr_of,
    series_at,
    series_of,
    step_of,
)

LENGTHS = [np.array([3, 1, 5]), np.array([1]), np.array([2, 2, 2, 7])]


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_series_and_steps_of_values(lengths: IntArray) -> None:
    indptr = indptr_of(lengths)
    places = [(i, t) for i, n in enumerate(lengths.tolist()) for t in range(n)]
    assert list(zip(series_of(indptr).tolist(), step_of(indptr).tolist(), strict=True)) == places
    positions = np.arange(int(indptr[-1]))
    assert series_at(indptr, positions).tolist() == [i for i, _ in places]


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_flags_of_each_series(lengths: IntArray) -> None:
    flags = np.random.default_rng(0).random(int(lengths.sum())) < 0.6
    indptr = indptr_of(lengths)
    parts = np.split(flags, indptr[1:-1])
    assert any_of_each(flags, indptr).tolist() == [bool(part.any()) for part in parts]
    assert all_of_each(flags, indptr).tolist() == [bool(part.all()) for part in parts]


def test_positions_of_runs_of_steps() -> None:
    assert flat_positions(np.array([7, 2]), np.array([2, 3])).tolist() == [7, 8, 2, 3, 4]


def test_batches_are_of_one_form_and_sorted_by_length() -> None:
    rng = np.random.default_rng(0)
    lengths, additive = rng.integers(1, 50, 23), rng.random(23) < 0.4
    batches = batches_by_length(lengths, additive, 4)
    assert sorted(np.concatenate(batches).tolist()) == list(range(23))
    for form in (False, True):
        own = [batch for batch in batches if additive[batch[0]] == form]
        assert all((additive[batch] == form).all() for batch in own)
        assert all(batch.size == 4 for batch in own[:-1])
        assert (np.diff(lengths[np.concatenate(own)]) >= 0).all()


def test_no_batches_of_a_form_that_no_series_has() -> None:
    (batch,) = batches_by_length(np.array([2, 1]), np.zeros(2, bool), 5)
    assert batch.tolist() == [1, 0]
