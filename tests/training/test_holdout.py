"""Splitting off the last horizons."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_array_equal

from esrnn.panel import Panel
from esrnn.training.holdout import hold_back


class TestHoldBack:
    def test_series_that_are_long_enough_are_split(self):
        panel = Panel.from_arrays([[1, 2, 3, 4, 5], [6, 7, 8], [9, 10, 11, 12]], ids="abc")
        train, (origin,) = hold_back(panel, horizon=2, min_train=2)
        assert train.ids == ("a", "b", "c")
        assert origin.which.tolist() == [0, 2]
        for i, left in enumerate(([1, 2, 3], [6, 7, 8], [9, 10])):
            assert train.series(i).tolist() == left
        assert origin.history.ids == ("a", "c")
        assert origin.history.values.tolist() == [1, 2, 3, 9, 10]
        assert origin.actual.tolist() == [[4, 5], [11, 12]]

    def test_only_chosen_ones(self):
        panel = Panel.from_arrays([[1, 2, 3], [4, 5, 6], [7, 8]])
        chosen = np.array([False, True, True])
        train, (origin,) = hold_back(panel, 1, 2, chosen)
        assert origin.which.tolist() == [1]
        assert train.lengths.tolist() == [3, 2, 2]
        assert chosen.tolist() == [False, True, True]

    def test_several_origins_as_many_as_fit(self):
        panel = Panel.from_arrays([np.arange(10.0), np.arange(20.0, 26.0), [1.0, 2.0]])
        train, origins = hold_back(panel, 2, 2, n_origins=3)
        assert train.lengths.tolist() == [4, 2, 2]
        assert [origin.which.tolist() for origin in origins] == [[0, 1], [0, 1], [0]]
        for k, origin in enumerate(origins, start=1):
            for row, i in enumerate(origin.which):
                whole = panel.series(i)
                end = whole.size - 2 * k
                assert_array_equal(origin.history.series(row), whole[:end])
                assert_array_equal(origin.actual[row], whole[end : end + 2])

    def test_nothing_to_hold_back_leaves_the_panel(self):
        panel = Panel.from_arrays([[1, 2], [3]])
        train, origins = hold_back(panel, 3, 1)
        assert origins == []
        assert_array_equal(train.values, panel.values)

    def test_missing_values_stay_missing(self):
        train, (origin,) = hold_back(Panel.from_arrays([[1, np.nan, 3, np.nan]]), 2, 2)
        assert_array_equal(origin.actual, [[3, np.nan]])
        assert_array_equal(train.values, [1, np.nan])
