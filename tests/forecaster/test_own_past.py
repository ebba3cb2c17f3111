"""Quantiles of series that are mostly 0: half those of networks, half those of their past."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from esrnn.forecaster import FittedPanel, fit_panel
from esrnn.forecaster.own_past import with_own_past
from esrnn.frames import long_to_panel

T, H = 90, 9
LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
STEPS = np.tile(np.arange(1, H + 1), (3, 1))


@pytest.fixture(scope="module")
def fitted() -> FittedPanel:
    rng = np.random.default_rng(3)
    closed = np.arange(T) % 7 < 3  # four days a week sell nothing
    values = [rng.poisson(0.5, T), closed * rng.poisson(40.0, T), rng.poisson(2.0, T)]
    days = pd.date_range("2024-01-01", periods=T)
    past = {"unique_id": np.repeat(["few", "closed", "more"], T), "ds": np.tile(days, 3)}
    panel = long_to_panel(pd.DataFrame({**past, "y": np.concatenate(values).astype(float)}))
    settings = {"horizon": H, "strategy": "zero_shot", "seasonal_periods": 7, "n_jobs": 1}
    return fit_panel(panel, settings=settings)


def test_a_loop_over_steps_and_levels_gives_the_same(fitted: FittedPanel) -> None:
    quantiles = np.random.default_rng(0).gamma(1.0, 5.0, (len(LEVELS), 3, H))
    mixed = with_own_past(quantiles, LEVELS, fitted, STEPS)
    assert_array_equal(mixed[:, 2], quantiles[:, 2])
    for k in (0, 1):
        y = fitted.framed.panel.series(k)
        for step in range(H):
            # 9 steps take two weeks: a stretch begins two weeks before the end at the latest
            past = np.array([y[start + step] for start in range(T - 14, -1, -7)])
            for a, level in enumerate(LEVELS):
                own = np.quantile(past, level, method="inverted_cdf")
                assert mixed[a, k, step] == (quantiles[a, k, step] + own) / 2.0


def test_points_and_quantiles_are_mixed_alike_and_closed_days_stay_closed(
    fitted: FittedPanel,
) -> None:
    quantiles = fitted.quantiles(STEPS, None, LEVELS, "cpu")
    assert (np.diff(quantiles, axis=0) >= 0.0).all()
    assert_array_equal(fitted.forecast(STEPS, None, "cpu"), quantiles[2])
    frame = fitted.forecast_frame(coverages=[0.95], device="cpu")
    assert_array_equal(frame["y_hat"].to_numpy().reshape(3, H), quantiles[2])
    assert_array_equal(frame["hi-95"].to_numpy().reshape(3, H), quantiles[4])
    closed = (T + np.arange(H)) % 7 >= 3
    assert quantiles[2, 1, closed].max() <= 10.0 < 30.0 <= quantiles[2, 1, ~closed].min()
    assert quantiles[2, 0].max() <= 1.0
