"""The plain-Python smoother, by hand and against statsmodels.

statsmodels' `ETSModel` without a trend is the same recursion in its smoothing form: it divides by
the *current* level as we do, and its ``smoothing_seasonal`` is our beta times (1 - alpha). Our
first observation sets the level alone, so statsmodels starts at the second, from our first level
and with the season turned by one step. Its Holt-Winters divides by the *previous* level: the same
thing without a seasonality and with an additive one, another thing with a multiplicative one.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.holtwinters import ExponentialSmoothing, SimpleExpSmoothing

from esrnn.kernels.reference import smooth_reference

ALPHA, BETA, PERIOD = 0.3, 0.4, 4
FORMS = {
    None: ("mul", ()),
    "mul": ("mul", (0.7, 1.1, 1.4, 0.8)),
    "add": ("add", (-3.0, 1.0, 4.0, -2.0)),
}


def series(n: int = 50):
    rng = np.random.default_rng(11)
    return 20.0 + np.cumsum(rng.normal(size=n)) + 3.0 * np.sin(np.arange(n) * np.pi / 2)


def ours(y, seasonal):
    form, factors = FORMS[seasonal]
    level, s, _ = smooth_reference(y.tolist(), [ALPHA, BETA, 0.0], factors, additive=form == "add")
    return np.array(level), np.array(s)


def test_multiplicative_by_hand():
    level, s, u = smooth_reference([6.0, 8.0, 3.0], [0.5, 0.5, 0.25], [1.5, 1.0], [2.0] * 3)
    # 6 / (1.5 * 2); half of 8 / (1 * 2), half of 2; half of 3 / (1.5 * 2), half of 3
    assert level == pytest.approx([2.0, 3.0, 2.0])
    assert s[:3] == [1.5, 1.0, 1.5]
    assert s[3:] == pytest.approx([0.5 * 8 / (3 * 2) + 0.5 * 1.0, 0.5 * 3 / (2 * 2) + 0.5 * 1.5])
    assert u[:4] == [2.0] * 4
    assert u[4:] == pytest.approx([0.25 * 8 / (3 * 1) + 1.5, 0.25 * 3 / (2 * 1.5) + 1.5])


def test_gap_and_lengths_by_hand():
    level, s, u = smooth_reference([6.0, math.nan, 3.0], [0.5, 0.5, 0.5], [1.0, 2.0], additive=True)
    assert level == [5.0, 5.0, 3.5]
    assert s == [1.0, 2.0, 1.0, 2.0, 0.25]
    assert u == []


@pytest.mark.parametrize("seasonal", FORMS)
def test_equals_statsmodels_ets_smoother_from_the_second_observation(seasonal):
    y = series()
    level, s = ours(y, seasonal)
    known = {"initial_level": level[0]}
    params = [ALPHA, level[0]]
    if seasonal:
        turned = s[1 : PERIOD + 1]
        known["initial_seasonal"] = turned
        params = [ALPHA, BETA * (1.0 - ALPHA), level[0], *turned]
    model = ETSModel(
        y[1:], error="add", trend=None, seasonal=seasonal,
        seasonal_periods=PERIOD if seasonal else None, initialization_method="known", **known,
    )  # fmt: skip
    theirs = model.smooth(np.array(params))
    assert_allclose(theirs.level, level[1:], rtol=1e-12)
    if seasonal:
        assert_allclose(theirs.season, s[PERIOD + 1 :], rtol=1e-12)
        one_step = level[:-1] * s[1:-PERIOD] if seasonal == "mul" else level[:-1] + s[1:-PERIOD]
    else:
        one_step = level[:-1]
    assert_allclose(theirs.fittedvalues, one_step, rtol=1e-12)


def holt_winters(y, seasonal, level, s):
    if seasonal is None:
        model = SimpleExpSmoothing(y[1:], initialization_method="known", initial_level=level[0])
        return model.fit(smoothing_level=ALPHA, optimized=False)
    model = ExponentialSmoothing(
        y[1:], seasonal=seasonal, seasonal_periods=PERIOD, initialization_method="known",
        initial_level=level[0], initial_seasonal=s[1 : PERIOD + 1],
    )  # fmt: skip
    return model.fit(
        smoothing_level=ALPHA, smoothing_seasonal=BETA * (1.0 - ALPHA), optimized=False
    )


@pytest.mark.parametrize(("seasonal", "same"), [(None, True), ("add", True), ("mul", False)])
def test_equals_holt_winters_unless_the_season_multiplies(seasonal, same):
    y = series()
    level, s = ours(y, seasonal)
    theirs = holt_winters(y, seasonal, level, s)
    assert np.allclose(theirs.level, level[1:], rtol=1e-10, atol=0.0) is same
