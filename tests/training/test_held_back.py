"""Splitting off the last horizon, and what is made of it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from esrnn.metrics import mase, naive2, owa, seasonal_scale, smape
from esrnn.panel import Panel
from esrnn.training.held_back import (
    Origin,
    hold_back,
    naive_scores,
    relative_score,
)
from tests.hybrids import random_panel


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


def example(lag=4, extra=()):
    panel = random_panel(0, [30, 22, 41], missing=0.0)
    parts = [*(panel.series(i) for i in range(3)), *extra]
    _, (held,) = hold_back(Panel.from_arrays(parts), 5, lag + 1)
    return held, np.abs(np.random.default_rng(1).normal(1.0, 0.3, held.actual.shape)) * held.actual


class TestRelativeScore:
    def test_is_owa_where_it_is_defined_for_all(self):
        held, forecast = example()
        history = held.history
        expected = owa(
            held.actual, forecast,
            benchmark=naive2(history.values, 5, 4, indptr=history.indptr),
            scale=seasonal_scale(history.values, 4, indptr=history.indptr),
        )  # fmt: skip
        assert relative_score(held, forecast, 4) == pytest.approx(expected)

    def test_naive2_itself_scores_one(self):
        held, _ = example()
        benchmark = naive2(held.history.values, 5, 4, indptr=held.history.indptr)
        assert relative_score(held, benchmark, 4) == pytest.approx(1.0)

    def test_series_without_a_score_are_left_out(self):
        """A constant history has no scale, an unobserved horizon no error."""
        gaps = np.r_[np.arange(1.0, 20.0), [np.nan] * 5]
        held, _ = example(extra=[np.r_[np.full(20, 3.0), [4.0] * 5], gaps])
        whole, forecast = example()
        filled = np.vstack([forecast, np.ones((2, 5))])
        assert held.which.size == 5
        assert relative_score(held, filled, 4) == pytest.approx(relative_score(whole, forecast, 4))

    def test_undefined_where_no_series_counts(self):
        _, (held,) = hold_back(Panel.from_arrays([np.full(20, 3.0)]), 5, 5)
        assert np.isnan(relative_score(held, np.full((1, 5), 3.0), 4))


class TestNaiveScores:
    def test_are_naive2s_means(self):
        held, _ = example()
        history = held.history
        forecast = naive2(history.values, 5, 4, indptr=history.indptr)
        scale = seasonal_scale(history.values, 4, indptr=history.indptr)
        assert naive_scores(held, 4) == pytest.approx(
            (smape(held.actual, forecast), mase(held.actual, forecast, scale=scale))
        )

    def test_useless_where_naive2_makes_no_error(self):
        periodic = Panel.from_arrays([np.tile([1.0, 2.0, 4.0, 2.0], 10)])
        _, (origin,) = hold_back(periodic, 4, 8)
        assert isinstance(origin, Origin)
        assert naive_scores(origin, 4) is None
