import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from esrnn.errors import InputError, InputTypeError
from esrnn.panel import Panel

numbers = st.floats(allow_infinity=False, width=32)
ragged = st.lists(st.lists(numbers, min_size=1, max_size=7), min_size=1, max_size=6)


def example() -> Panel:
    return Panel.from_arrays([[1, 2, 3], [4, np.nan], [5]], ids=["a", "b", "c"])


def same(one: Panel, two: Panel) -> None:
    assert_array_equal(one.values, two.values)
    assert_array_equal(one.indptr, two.indptr)
    assert one.ids == two.ids


class TestLayout:
    @given(ragged)
    def test_every_series_comes_back(self, arrays):
        panel = Panel.from_arrays(arrays)
        assert len(panel) == panel.n_series == len(arrays)
        assert_array_equal(panel.lengths, [len(a) for a in arrays])
        for i, array in enumerate(arrays):
            assert_array_equal(panel.series(i), array)

    def test_dtypes(self):
        panel = example()
        assert panel.values.dtype == np.float64
        assert panel.indptr.dtype == np.int64
        assert panel.lengths.dtype == np.int64

    def test_arrays_are_shared_and_read_only_while_the_callers_stay_writable(self):
        values, indptr = np.arange(3.0), np.array([0, 1, 3])
        panel = Panel(values, indptr, ("a", "b"))
        assert np.shares_memory(panel.values, values)
        assert np.shares_memory(panel.series(1), values)
        assert not panel.series(1).flags.writeable
        assert not panel.indptr.flags.writeable
        assert values.flags.writeable

    @pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
    def test_copies_are_equal_and_read_only(self, duplicate):
        panel = duplicate(example())
        same(panel, example())
        assert not panel.values.flags.writeable

    def test_strided_values_are_made_contiguous(self):
        panel = Panel(np.arange(6.0)[::2], np.array([0, 3]), ("a",))
        assert panel.values.flags.c_contiguous
        assert_array_equal(panel.values, [0, 2, 4])

    def test_a_panel_of_no_series(self):
        panel = example().subset([])
        assert panel.n_series == 0
        assert repr(panel) == "Panel(n_series=0, n_obs=0)"

    def test_there_is_no_series_beyond_the_last(self):
        assert_array_equal(example().series(-1), [5])
        with pytest.raises(IndexError):
            example().series(3)


class TestDerived:
    @given(ragged, st.data())
    def test_subset_takes_the_chosen_series_in_order(self, arrays, data):
        panel = Panel.from_arrays(arrays)
        chosen = data.draw(st.lists(st.sampled_from(range(len(arrays))), unique=True))
        part = panel.subset(chosen)
        assert part.ids == tuple(chosen)
        for i, k in enumerate(chosen):
            assert_array_equal(part.series(i), arrays[k])

    def test_subset_by_mask_and_slice(self):
        assert example().subset(np.array([True, False, True])).ids == ("a", "c")
        assert example().subset(slice(1, None)).ids == ("b", "c")
        assert example().subset([-1]).ids == ("c",)
        with pytest.raises(IndexError):
            example().subset([3])
        with pytest.raises(InputError, match="ids must be unique; met again: 1 found: series 'a'"):
            example().subset([0, 0])

    @given(ragged, st.integers(1, 8))
    def test_past_and_future_join_to_the_whole(self, arrays, n):
        panel = Panel.from_arrays([a + [0.5] * n for a in arrays])
        past, future = panel.drop_last(n), panel.last(n)
        for i in range(len(panel)):
            assert_array_equal(np.append(past.series(i), future.series(i)), panel.series(i))
            assert future.series(i).size == n

    def test_concat(self):
        whole = Panel.concat([example().subset([0, 1]), example().subset([2])])
        same(whole, example())
        assert Panel.concat([]).n_series == 0
        with pytest.raises(InputError, match="3 found: series 'a'; series 'b'; series 'c'"):
            Panel.concat([example(), example()])


class TestRefused:
    @pytest.mark.parametrize(
        ("values", "indptr", "ids", "error", "text"),
        [
            (
                [1.0],
                np.array([0, 1]),
                ("a",),
                InputTypeError,
                "values must be an ndarray.*got list",
            ),
            (np.array([1]), np.array([0, 1]), ("a",), InputTypeError, "float64; got int64"),
            (np.ones(1), np.array([0.0, 1]), ("a",), InputTypeError, "int64; got float64"),
            (np.ones(1), np.array([0, 1], "i4"), ("a",), InputTypeError, "int64; got int32"),
            (np.ones((1, 1)), np.array([0, 1]), ("a",), InputError, r"got shape \(1, 1\)"),
            (np.ones(2), np.array([0, 2]), ("a", "b"), InputError, "got 2 entries for 2 ids"),
            (np.ones(2), np.array([0, 1]), ("a",), InputError, "from 0 to .* 2; got 0 to 1"),
            (np.ones(2), np.array([1, 2]), ("a",), InputError, "got 1 to 2"),
            (np.ones(2), np.array([0, 0, 2]), ("a", "b"), InputError, "without one: .* 'a'"),
            (np.ones(2), np.array([0, 3, 2]), ("a", "b"), InputError, "without one: .* 'b'"),
            (np.ones(2), np.array([0, 1, 2]), ("a", "a"), InputError, "met again: .* 'a'"),
            (np.ones(1), np.array([0, 1]), (["a"],), InputTypeError, "hashable"),
        ],
    )
    def test_arrays_that_do_not_fit(self, values, indptr, ids, error, text):
        with pytest.raises(error, match=text):
            Panel(values, indptr, ids)

    def test_infinite_values_are_named_by_series_and_step(self):
        arrays = [[1.0, 2.0], [np.inf, 3.0, -np.inf]]
        with pytest.raises(InputError, match=r"2 found: series 'b', step 0: inf; .* step 2: -inf"):
            Panel.from_arrays(arrays, ids=["a", "b"])

    @pytest.mark.parametrize(
        ("array", "error", "text"),
        [
            ([], InputError, r"got shape \(0,\) in series 'b'"),
            ([[1.0]], InputError, r"got shape \(1, 1\) in series 'b'"),
            (["1"], InputTypeError, "dtype <U1 in series 'b'"),
            ([True], InputTypeError, "dtype bool in series 'b'"),
        ],
    )
    def test_arrays_that_are_no_series(self, array, error, text):
        with pytest.raises(error, match=text):
            Panel.from_arrays([[1.0], array], ids=["a", "b"])

    def test_fewer_ids_than_arrays(self):
        with pytest.raises(InputError, match="got 3 entries for 1 ids"):
            Panel.from_arrays([[1.0], [2.0]], ids=["a"])

    def test_series_shorter_than_asked_for(self):
        with pytest.raises(
            InputError, match=r"more than 2 steps.*2 found: series 'b': 2; series 'c': 1"
        ):
            example().drop_last(2)
        with pytest.raises(InputError, match=r"at least 2 steps.*1 found: series 'c': 1\."):
            example().last(2)

    @pytest.mark.parametrize(("method", "n"), [("drop_last", -1), ("last", 0)])
    def test_counts_that_make_no_sense(self, method, n):
        with pytest.raises(InputError, match="n must be at least"):
            getattr(example(), method)(n)
