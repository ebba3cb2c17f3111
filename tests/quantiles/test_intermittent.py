"""Intermittent series, and stretches of their past."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal

from esrnn.panel import Panel
from esrnn.quantiles.intermittent import find_intermittent, find_mostly_zero, past_stretches


def test_which_series_are_intermittent():
    series = {
        "mostly 0": [0.0, 0.0, 0.0, 2.0] * 3,
        "a quarter": [0.0, 1.0, 1.0, 2.0] * 3,
        "fewer": [0.0, 1.0, 1.0, 2.0, 3.0] * 3,
        "negative": [0.0, 0.0, -1.0, 2.0] * 3,
        "short": [0.0, 0.0, 3.0],
        "with gaps": [0.0, np.nan, 3.0] * 6,
        "positive": [1.0, 2.0] * 6,
        "zeros long ago": [0.0] * 9 + [3.0, 4.0, 2.0] * 3,
        "zeros of late": [3.0, 4.0, 2.0] * 3 + [0.0] * 9,
    }
    found = find_intermittent(Panel.from_arrays(list(series.values())))
    assert found.tolist() == [True, True, False, False, False, True, False, False, True]
    mostly = find_mostly_zero(Panel.from_arrays(list(series.values())))
    assert mostly.tolist() == [True, False, False, False, False, True, False, False, True]


@pytest.mark.parametrize("horizon", [1, 5, 7, 9, 16])
def test_stretches_are_slices_at_the_same_place_of_the_season(horizon):
    values = np.arange(200.0)
    stretches = past_stretches(values, horizon, (7, 90))
    for k, stretch in enumerate(stretches):
        start = 200 - 7 * -(-horizon // 7) - 7 * k
        assert_array_equal(stretch, values[start : start + horizon])
    assert np.all((stretches[:, 0] - 200) % 7 == 0)
    assert stretches.max() < 200


def test_a_short_series_and_one_without_seasons():
    assert_array_equal(past_stretches(np.arange(5.0), 2, ())[:, 0], [3.0, 2.0, 1.0, 0.0])
    repeated = past_stretches(np.array([0.0, 4.0]), 5, (7,))
    assert repeated.tolist() == [[4.0, 0.0, 4.0, 0.0, 4.0], [0.0, 4.0, 0.0, 4.0, 0.0]]
    assert len(past_stretches(np.arange(500.0), 3, ())) == 60


@given(
    hnp.arrays(np.float64, st.integers(1, 60), elements=st.sampled_from([0.0, 1.0, 3.0, np.nan])),
    st.integers(1, 20),
    st.sampled_from([(), (2,), (7,), (3, 12)]),
)
def test_nothing_is_missing_and_values_are_those_of_the_series(values, horizon, periods):
    values[0] = 2.0
    stretches = past_stretches(values, horizon, periods)
    assert stretches.shape[1] == horizon
    assert 1 <= len(stretches) <= 60
    known = {*values[~np.isnan(values)], float(np.nanmean(values))}
    assert set(stretches.ravel().tolist()) <= known
