"""Steps within the data: each is forecast from the one before it."""

import copy

import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN
from esrnn.errors import InputError
from tests.estimator.frames import months, panel_of, small, wave

Y = panel_of({"b": wave(40), "a": wave(30, 7.0, seed=1), "c": wave(40, seed=2) - 100}, months(40))


@pytest.fixture(scope="module")
def fitted_once() -> ESRNN:
    return small(horizon=6).fit(Y)


@pytest.fixture
def fitted(fitted_once: ESRNN) -> ESRNN:
    return copy.deepcopy(fitted_once)


@pytest.mark.parametrize("fh", [[0], [-5, -1, 1, 7], months(41)[38:]])
def test_within_the_data_each_step_is_forecast_from_the_one_before(
    fitted: ESRNN, fh: object
) -> None:
    y_hat = fitted.predict(fh=fh)
    assert np.isfinite(y_hat.to_numpy()).all()
    ahead = fitted.predict(fh=[1, 7])
    both = y_hat.index.intersection(ahead.index)
    pd.testing.assert_frame_equal(y_hat.loc[both], ahead.loc[both])


def test_a_fitted_value_reads_nothing_later(fitted: ESRNN) -> None:
    """Nor does it read the value that it stands for."""
    before = fitted.predict(fh=range(-20, 1))
    later = Y.index.get_level_values(1) >= months(31)[-1]
    changed = Y * np.where(later, 1.5, 1.0)[:, None]
    fitted.update(changed, update_params=False)
    after = fitted.predict(fh=range(-20, 1))
    same = after.index.get_level_values(1) <= months(31)[-1]
    pd.testing.assert_frame_equal(after[same], before[same])
    assert not np.allclose(after[~same], before[~same])


def test_the_last_fitted_value_is_the_forecast_from_there() -> None:
    y = Y.loc[["b", "c"]]
    forecaster = small(horizon=3).fit(y)
    fitted_values = forecaster.predict(fh=[0])["sales"].to_numpy()
    before = y.groupby(level=0, sort=False).head(39)
    forecaster.set_config(rewind_on_update=True).update(before, update_params=False)
    # Not to the bit: a forecast runs the network through the last training window alone.
    np.testing.assert_allclose(
        forecaster.predict(fh=[1])["sales"].to_numpy(), fitted_values, atol=3.0
    )


def test_before_the_start_there_is_nothing(fitted: ESRNN) -> None:
    with pytest.raises(InputError, match=r"not reach before the start .* 1 found: series 'a'"):
        fitted.predict(fh=[-30])


def test_residuals() -> None:
    y = pd.Series(wave(40), months(40))
    residuals = small(horizon=3).fit(y).predict_residuals(y)
    assert residuals.index.equals(y.index)
    assert residuals.abs().mean() < 0.2 * y.mean()
