"""Covariates of a panel: what they check, and that their parts stay with their series."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from esrnn.errors import InputError, InputTypeError
from esrnn.panel import Covariates

lengths = st.lists(st.integers(1, 6), min_size=1, max_size=5)


def numbered(sizes: list[int], horizon: int = 2, n_static: int = 2) -> Covariates:
    """Let every number tell its series and its step: 100 * series + step, and minus that."""
    parts = [100.0 * i + np.arange(n + horizon) for i, n in enumerate(sizes)]
    flat = np.concatenate([np.empty(0), *parts]).astype(np.float32)
    static = np.tile(np.arange(len(sizes), dtype=np.float32)[:, None], n_static)
    indptr = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    return Covariates(static, np.column_stack([flat, -flat]), indptr, horizon)


def series_of(covariates: Covariates, i: int) -> np.ndarray:
    return covariates.future[covariates.indptr[i] : covariates.indptr[i + 1]]


def changed(**changes: object) -> Covariates:
    one = numbered([3, 1])
    arrays = {name: getattr(one, name) for name in ("static", "future", "indptr", "horizon")}
    return Covariates(**{**arrays, **changes})


class TestLayout:
    def test_sizes(self):
        covariates = numbered([3, 1], horizon=2)
        assert (covariates.n_series, covariates.n_static, covariates.n_future) == (2, 2, 2)
        assert_array_equal(covariates.lengths, [3, 1])

    def test_either_kind_may_be_absent(self):
        none = np.empty((0, 0), dtype=np.float32)
        only_static = changed(future=np.empty((8, 0), dtype=np.float32))
        only_known = changed(static=np.empty((2, 0), dtype=np.float32))
        assert (only_static.n_future, only_known.n_static) == (0, 0)
        assert Covariates(none, none, np.array([0]), 3).n_series == 0

    def test_arrays_are_shared_and_read_only_while_the_callers_stay_writable(self):
        known = np.zeros((8, 2), dtype=np.float32)
        covariates = changed(future=known)
        assert np.shares_memory(covariates.future, known)
        assert not covariates.future.flags.writeable
        assert known.flags.writeable

    @pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))])
    def test_copies_are_equal_and_read_only(self, duplicate):
        one = numbered([3, 1])
        two = duplicate(one)
        for name in ("static", "future", "indptr"):
            assert_array_equal(getattr(two, name), getattr(one, name))
            assert not getattr(two, name).flags.writeable
        assert two.horizon == one.horizon


class TestChecks:
    @pytest.mark.parametrize(
        ("changes", "error", "message"),
        [
            ({"static": np.zeros((2, 1))}, InputTypeError, "static.*float32; got float64"),
            ({"future": [[1.0]]}, InputTypeError, "future.*float32; got list"),
            ({"indptr": np.array([0, 5, 8], dtype=np.int32)}, InputTypeError, "int64; got int32"),
            ({"future": np.zeros(8, np.float32)}, InputError, r"two axes; got shape \(8,\)"),
            ({"static": np.zeros((3, 1), np.float32)}, InputError, "each of the 2 series; got 3"),
            ({"indptr": np.array([0, 5, 7])}, InputError, r"of future, 8; got \[0\] to \[7\]"),
            ({"indptr": np.array([1, 5, 8])}, InputError, r"of future, 8; got \[1\] to \[8\]"),
            ({"indptr": np.array([0, 6, 8])}, InputError, "number 1 with 2 steps.*horizon of 2"),
            ({"horizon": -1}, InputError, "at least 0; got -1"),
        ],
    )
    def test_misfits_are_refused(self, changes, error, message):
        with pytest.raises(error, match=message):
            changed(**changes)

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    @pytest.mark.parametrize("name", ["static", "future"])
    def test_numbers_that_are_not_finite_are_refused(self, name, bad):
        array = np.array(getattr(numbered([3, 1]), name))
        array[1, 1] = bad
        with pytest.raises(InputError, match=f"{name} must be finite.*row 1, column 1"):
            changed(**{name: array})


class TestSubset:
    @given(lengths, st.integers(0, 3), st.randoms(use_true_random=False))
    def test_series_come_in_the_order_asked_for(self, sizes, horizon, random):
        covariates = numbered(sizes, horizon)
        chosen = random.sample(range(len(sizes)), random.randint(1, len(sizes)))
        some = covariates.subset(np.array(chosen))
        assert some.horizon == horizon
        for place, i in enumerate(chosen):
            assert_array_equal(some.static[place], covariates.static[i])
            assert_array_equal(series_of(some, place), series_of(covariates, i))


class TestCut:
    @given(lengths, st.integers(0, 3), st.randoms(use_true_random=False))
    def test_a_series_keeps_its_first_steps_and_their_future(self, sizes, horizon, random):
        covariates = numbered(sizes, horizon)
        shorter = [random.randint(1, n) for n in sizes]
        cut = covariates.cut(np.array(shorter))
        assert_array_equal(cut.lengths, shorter)
        assert_array_equal(cut.static, covariates.static)
        for i, n in enumerate(shorter):
            assert_array_equal(series_of(cut, i), series_of(covariates, i)[: n + horizon])

    def test_a_series_that_goes_on_takes_steps_from_the_horizon(self):
        covariates = numbered([3, 1], horizon=6)
        longer = covariates.cut(np.array([5, 3]), horizon=4)
        assert_array_equal(longer.lengths, [5, 3])
        assert_array_equal(series_of(longer, 1)[:, 0], 100.0 + np.arange(7))

    def test_steps_that_nobody_knows_are_refused(self):
        with pytest.raises(InputError, match=r"1 series.*number 1 has 1 steps and 2.*were 2 and 2"):
            numbered([3, 1]).cut(np.array([3, 2]))

    def test_one_length_for_each_series(self):
        with pytest.raises(InputError, match=r"each of the 2 series; got an array of shape \(3,\)"):
            numbered([3, 1]).cut(np.array([1, 1, 1]))


class TestRequireFit:
    def test_the_same_lengths_fit(self):
        numbered([3, 1]).require_fit(np.array([3, 1]))

    @pytest.mark.parametrize(
        ("sizes", "message"),
        [([3], "all 1 series; got those of 2"), ([3, 2], "1 have not: series number 1: 2 steps")],
    )
    def test_others_do_not(self, sizes, message):
        with pytest.raises(InputError, match=message):
            numbered([3, 1]).require_fit(np.array(sizes))
