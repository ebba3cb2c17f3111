"""Where the windows of a batch lie, on series whose values tell where they stand."""

from __future__ import annotations

import numpy as np
import pytest

from esrnn.ops.layout import (
    Layout,
    choose_first_origin,
    forecast_range,
    index_windows,
    training_range,
)

LENGTHS = np.array([12, 2, 1, 8])
INDPTR = np.array([0, 12, 14, 15, 23])
SERIES = np.repeat(np.arange(4), LENGTHS)
STEPS = np.arange(23) - INDPTR[SERIES]
LAYOUT = Layout(input_window=4, horizon=3, periods=(2, 5), first_origin=6)


def training_index(layout, starts, phase=0):
    return index_windows(INDPTR, layout, training_range(LENGTHS, layout, starts, phase))


def steps(index, b):
    """Return the steps of series b that flat places point at; they must not leave the series."""
    index = np.asarray(index).reshape(-1)
    assert (SERIES[index] == b).all()
    return STEPS[index].tolist()


def check(index, layout, starts):
    """Check all but the number of origins, series by series."""
    n_windows, n_scored = index.origins.shape[0], index.scored.shape[0]
    for b, n in enumerate(LENGTHS.tolist()):
        start = int(starts[b])
        origins = [min(start + w, n - 1) for w in range(n_windows)]
        assert steps(index.origins[:, b], b) == origins
        reach = range(start - layout.input_window + 1, start + n_windows)
        inputs = [min(max(t, 0), n - 1) for t in reach]
        assert steps(index.inputs[b], b) == inputs
        first = start + int(index.scored[0, b])
        assert index.scored[:, b].tolist() == [
            first - start + index.step * k for k in range(n_scored)
        ]
        span = (n_scored - 1) * index.step
        for t, place in enumerate(index.ahead[b].tolist(), start=first + 1):
            assert steps([place], b) == [t] if t < n else place == -1
        assert index.ahead.shape[1] == span + layout.horizon
        for now, factors, period in zip(index.now, index.factors, layout.periods, strict=True):
            factor_start = INDPTR[b] + b * period
            assert (now[b] - factor_start).tolist() == inputs
            known = [min(first + 1 + k, n - 1 + period) for k in range(factors.shape[1])]
            assert (factors[b] - factor_start).tolist() == known
            assert factors.shape[1] == span + min(period, layout.horizon)
        assert int(index.last[b]) == min(n - 1 - start, n_windows - 1)


def test_all_origins():
    starts = LAYOUT.first_starts(LENGTHS)
    assert starts.tolist() == [6, 1, 0, 6]  # short series start at their last observation
    index = training_index(LAYOUT, starts)
    assert index.scored.shape == index.origins.shape == (6, 4)
    check(index, LAYOUT, starts)


@pytest.mark.parametrize("training_window", [1, 3, 100])
def test_a_training_window(training_window):
    layout = Layout(4, 3, (2, 5), 2, training_window)
    assert layout.last_starts(LENGTHS).tolist() == [
        max(min(2, n - 1), n - training_window) for n in LENGTHS.tolist()
    ]
    for starts in (np.array([4, 1, 0, 2]), layout.last_starts(LENGTHS)):
        index = training_index(layout, starts)
        assert index.origins.shape[0] == min(training_window, int((LENGTHS - starts).max()))
        check(index, layout, starts)


@pytest.mark.parametrize("phase", [0, 1, 2])
def test_some_origins_are_scored(phase):
    layout = Layout(4, 3, (2, 5), 2, None, origin_step=3)
    starts = layout.first_starts(LENGTHS)
    index = training_index(layout, starts, phase)
    assert index.scored[:, 0].tolist() == list(range(phase, 10, 3))
    check(index, layout, starts)


def test_at_least_one_origin_is_scored():
    layout = Layout(4, 3, (), 2, training_window=2, origin_step=9)
    found = training_range(np.array([12]), layout, np.array([5]), phase=7)
    assert (found.n_windows, found.n_scored, found.scored.tolist()) == (
        2,
        1,
        [6],
    )


@pytest.mark.parametrize("training_window", [None, 1, 3])
@pytest.mark.parametrize("origin_step", [1, 4])
def test_forecasts_start_at_each_series_last_observation(training_window, origin_step):
    layout = Layout(4, 3, (2, 5), 6, training_window, origin_step)
    index = index_windows(INDPTR, layout, forecast_range(LENGTHS, layout))
    starts = layout.last_starts(LENGTHS)
    assert (starts + index.scored[0].numpy()).tolist() == (LENGTHS - 1).tolist()
    assert index.scored[0].tolist() == index.last.tolist()
    assert (index.ahead == -1).all()
    check(index, layout, starts)


def test_the_first_origin():
    """A full window, or half of what the shortest tenth has, but never before the start."""
    assert choose_first_origin(np.array([100] * 20), 24) == 23
    assert choose_first_origin(np.array([10] * 3 + [100] * 7), 24) == 4
    assert choose_first_origin(np.array([10] + [100] * 99), 24) == 23
    assert choose_first_origin(np.array([1, 1, 2]), 24) == 0
