"""Series that end long before the others."""

import warnings

import numpy as np
import pandas as pd
import pytest

from esrnn import load_model
from esrnn.errors import InputError, StaleSeriesWarning
from esrnn.forecaster import FittedPanel, TrainedModel, fit_panel
from esrnn.forecaster.stale import is_stale, name_stale, without_stale
from esrnn.frames import FramedPanel, sktime_to_panel
from tests.estimator.frames import months, panel_of, small, wave

TINY = {
    "horizon": 3,
    "n_members": 1,
    "n_epochs": 1,
    "hidden_size": 4,
    "n_jobs": 1,
    "random_state": 0,
}
RECENT = ["b", "a", "c", "d", "e"]
LENGTHS = {"b": 60, "gone": 24, "a": 59, "old": 30, "c": 60, "d": 60, "e": 60}
Y = panel_of({name: wave(n) for name, n in LENGTHS.items()}, months(60))


def ends(*gaps: int, freq: str = "D") -> FramedPanel:
    """Make a panel whose series end so many steps before the last date."""
    dates = pd.date_range("2020-01-01", periods=900, freq=freq)
    parts = {f"s{k}": pd.Series(1.0, dates[890 - gap : 900 - gap]) for k, gap in enumerate(gaps)}
    return sktime_to_panel(pd.concat(parts), freq=freq)


@pytest.mark.parametrize(
    ("framed", "horizon", "expected"),
    [
        (ends(0, 0, 2, 2, 90, 91, 800), 14, {"s5", "s6"}),
        (ends(0, 0, 90, 91, 800), 95, {"s4"}),
        (ends(0, 0, 800, freq="15min"), 4, set()),  # eight days
        (ends(0, 0, 1, 12, 13, freq="MS"), 3, {"s4"}),
        (ends(0, 0, 13, 36, 37, freq="MS"), 18, {"s4"}),
        (ends(0, 2, 2, 2, 500, 600, 700), 2, {"s4", "s5", "s6"}),
        (ends(0, 2, 2, 2, 500, 600, 700), 1, set()),  # ends are scattered
        (ends(0, 0, 500, 500), 1, set()),
        (ends(0, 500), 1, set()),
        (ends(3, 3), 1, set()),
    ],
)
def test_what_is_long(framed: FramedPanel, horizon: int, expected: set[str]) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert name_stale(framed, horizon) == expected
        assert name_stale(framed, horizon, frozenset(expected)) == expected
    assert len(caught) == bool(expected)


def test_integers_say_nothing_about_time() -> None:
    y = pd.concat({"a": pd.Series(np.ones(900)), "b": pd.Series(np.ones(9))})
    assert name_stale(sktime_to_panel(y), 1) == frozenset()
    assert is_stale(sktime_to_panel(y), 890).tolist() == [False, True]


def test_all_are_on_the_warning() -> None:
    framed = ends(*[0] * 9, *[500] * 8)
    with pytest.warns(StaleSeriesWarning, match="8 found: .* and 3 more") as caught:
        name_stale(framed, 2)
    warning = caught[0].message
    assert warning.series == tuple(f"s{k}" for k in range(9, 17))
    assert set(warning.steps) == {framed.times.last[9]}


@pytest.fixture(scope="module")
def fitted() -> FittedPanel:
    return fit_panel(sktime_to_panel(Y), settings=TINY)


def test_frames_name_them_or_leave_them_out(fitted: FittedPanel) -> None:
    with pytest.warns(StaleSeriesWarning, match="2 found: series 'gone', step 2021-12; .*'old"):
        whole = fitted.forecast_frame()
    assert whole["shop"].unique().tolist() == list(LENGTHS)
    recent = fitted.forecast_frame(stale_after=1, coverages=[0.8])
    assert recent["shop"].unique().tolist() == RECENT
    kept = whole["shop"].isin(RECENT)
    np.testing.assert_allclose(recent["y_hat"], whole.loc[kept, "y_hat"], rtol=1e-6)
    assert fitted.forecast_frame(stale_after=0)["shop"].unique().tolist() == ["b", "c", "d", "e"]
    assert without_stale(fitted, 36) is fitted
    with pytest.raises(InputError, match="stale_after must be at least 0; got -1"):
        fitted.forecast_frame(stale_after=-1)


def test_those_that_are_left_out_need_no_columns() -> None:
    x = pd.DataFrame({"promo": np.arange(len(Y)) % 3.0}, Y.index)
    fitted = fit_panel(sktime_to_panel(Y), x, TINY)
    index = pd.MultiIndex.from_product([RECENT, months(64)[59:]])
    ahead = pd.DataFrame({"promo": 1.0}, index).rename_axis(Y.index.names)
    assert len(fitted.forecast_frame(X=ahead, stale_after=6)) == 15
    with pytest.warns(StaleSeriesWarning), pytest.raises(InputError, match="'gone'"):
        fitted.forecast_frame(X=ahead)


def test_the_estimator_names_each_once(tmp_path: object, fitted: FittedPanel) -> None:
    forecaster = small(horizon=3)
    with pytest.warns(StaleSeriesWarning, match="2 found"):
        forecaster.fit(Y)
    forecaster.predict()
    forecaster.update(panel_of({"b": wave(3)}, months(63)[60:]), update_params=False)
    late = panel_of(dict.fromkeys("bcde", wave(3)), months(77)[74:])
    with pytest.warns(StaleSeriesWarning, match="1 found: series 'a'"):
        forecaster.update(late, update_params=False)
    forecaster.set_config(stale_after=20)
    for method in (forecaster.predict, forecaster.predict_interval, forecaster.components):
        assert method().index.unique(0).tolist() == RECENT
    # They are left out of forecasts alone, and come back with their next rows.
    forecaster.update(panel_of({"gone": [8.0, 7.0]}, months(77)[75:]), update_params=False)
    assert forecaster.predict().index.unique(0).tolist() == ["b", "gone", *RECENT[1:]]
    forecaster.save_model(tmp_path / "model")
    assert load_model(tmp_path / "model").predict().equals(forecaster.predict())
    assert forecaster.clone().get_config()["stale_after"] == 20
    assert isinstance(TrainedModel.load(tmp_path / "model"), TrainedModel)
