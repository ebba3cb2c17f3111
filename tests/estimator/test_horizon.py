import numpy as np
import pandas as pd
import pytest
from sktime.forecasting.base import ForecastingHorizon

from esrnn.errors import InputError, InputTypeError
from esrnn.estimator.horizon import horizon_to_train, steps_ahead
from esrnn.frames import FramedPanel, sktime_to_panel
from tests.estimator.frames import months, panel_of, small

# Ends in June and in April.
FRAMED = sktime_to_panel(panel_of({"a": [1, 2, 3, 4, 5, 6], "b": [1, 2, 3, 4]}, months(6)))
CUTOFF = months(6)[-1:]


def _steps(fh: object, framed: FramedPanel = FRAMED, cutoff: pd.Index = CUTOFF) -> list[list[int]]:
    return steps_ahead(ForecastingHorizon(fh), framed, cutoff).tolist()


def test_relative_steps_count_from_each_end() -> None:
    assert _steps([1, 3]) == [[1, 3], [1, 3]]


def test_time_stamps_are_the_same_for_all() -> None:
    assert _steps(months(3, "2020-07")) == [[1, 2, 3], [3, 4, 5]]
    assert _steps(months(3, "2020-07")[::2]) == [[1, 3], [3, 5]]


@pytest.mark.parametrize("freq", ["h", "D", "W-SUN", "MS", "ME", "QS", "B", "YE"])
@pytest.mark.parametrize("tz", [None, "Europe/Berlin"])
def test_time_stamps_of_any_frequency(freq: str, tz: str | None) -> None:
    index = pd.date_range("2024-01-01", periods=12, freq=freq, tz=tz)
    framed = sktime_to_panel(pd.Series(np.arange(1.0, 7.0), index[:6]))
    fh = ForecastingHorizon(index[[6, 8, 11]], is_relative=False)
    assert steps_ahead(fh, framed, index[5:6]).tolist() == [[1, 3, 6]]


@pytest.mark.parametrize("stride", [1, 5])
def test_integers(stride: int) -> None:
    index = pd.Index(np.arange(100, 100 + 8 * stride, stride))
    framed = sktime_to_panel(pd.Series(np.arange(1.0, 6.0), index[:5]))
    fh = ForecastingHorizon(index[[5, 7]], is_relative=False)
    assert steps_ahead(fh, framed, index[4:5]).tolist() == [[1, 3]]


def test_stamps_off_the_steps_are_refused() -> None:
    framed = sktime_to_panel(pd.Series([1.0, 2.0, 3.0], index=[0, 5, 10]))
    fh = ForecastingHorizon(pd.Index([15, 17]), is_relative=False)
    with pytest.raises(InputError, match="fh must lie on the steps of y, every 5"):
        steps_ahead(fh, framed, pd.Index([10]))


def test_dates_off_the_calendar_are_refused() -> None:
    index = pd.date_range("2024-01-31", periods=3, freq="ME")
    framed = sktime_to_panel(pd.Series([1.0, 2.0, 3.0], index))
    fh = ForecastingHorizon(pd.DatetimeIndex(["2024-04-15"]), is_relative=False)
    with pytest.raises(InputError, match="fh must lie on the steps of y"):
        steps_ahead(fh, framed, index[-1:])


@pytest.mark.parametrize(
    "stamps",
    [pd.Index([7]), pd.DatetimeIndex(["2020-07-31"]), pd.PeriodIndex(["2020Q3"], freq="Q")],
    ids=["integer", "time stamp", "other period"],
)
def test_stamps_of_another_kind_are_refused(stamps: pd.Index) -> None:
    framed = sktime_to_panel(pd.Series(np.arange(1.0, 7.0), months(6)))
    fh = ForecastingHorizon(stamps, is_relative=False)
    with pytest.raises(InputTypeError, match="fh must have time stamps of the kind of y's index"):
        steps_ahead(fh, framed, stamps[:1])


def test_stamps_without_the_time_zone_are_refused() -> None:
    index = pd.date_range("2024-01-01", periods=3, freq="h", tz="UTC")
    framed = sktime_to_panel(pd.Series([1.0, 2.0, 3.0], index))
    fh = ForecastingHorizon(pd.DatetimeIndex(["2024-01-01 05:00"]), is_relative=False)
    with pytest.raises(InputTypeError, match="fh must have time stamps of the kind of y's index"):
        steps_ahead(fh, framed, index[-1:])


def test_steps_within_the_data_count_down() -> None:
    parts = {"a": pd.Series(np.arange(6.0), months(6)), "b": pd.Series(np.arange(8.0), months(8))}
    framed = sktime_to_panel(pd.concat(parts))
    fh = ForecastingHorizon(months(9)[6:], is_relative=False)
    assert steps_ahead(fh, framed, months(8)[-1:]).tolist() == [[1, 2, 3], [-1, 0, 1]]


def test_the_horizon_to_train() -> None:
    end = pd.Index([3])
    assert horizon_to_train(7, None, FRAMED, end) == 7
    assert horizon_to_train(None, ForecastingHorizon([1, 5]), FRAMED, end) == 5
    assert horizon_to_train(3, ForecastingHorizon([1, 5]), FRAMED, end) == 3
    assert horizon_to_train(None, ForecastingHorizon([-3, 0]), FRAMED, end) == 1
    assert horizon_to_train(None, None, FRAMED, end) is None
    with pytest.raises(InputError, match="horizon must be at least 1; got 0"):
        horizon_to_train(0, None, FRAMED, end)


def test_time_stamps_of_another_zone_are_the_same_times() -> None:
    index = pd.date_range("2024-03-30 20:00", periods=8, freq="h", tz="Europe/Berlin")
    framed = sktime_to_panel(pd.Series(np.arange(1.0, 7.0), index[:6]))
    fh = ForecastingHorizon(index[6:].tz_convert("UTC"), is_relative=False)
    assert steps_ahead(fh, framed, index[5:6]).tolist() == [[1, 2]]


def test_a_horizon_that_is_refused_does_not_stay() -> None:
    for parameters in ({}, {"horizon": None}):
        forecaster = small(**{"horizon": 2, **parameters})
        forecaster.fit(panel_of({"a": range(1, 9)}, pd.RangeIndex(8)), fh=[1, 2])
        with pytest.raises(NotImplementedError, match="in-sample"):
            forecaster.predict_interval(fh=[-1, 0])
        with pytest.raises(InputTypeError, match="got period"):
            forecaster.predict_interval(fh=months(2))
        assert forecaster.predict().index.get_level_values(-1).tolist() == [8, 9]


def test_the_cutoff_keeps_its_time_zone() -> None:
    index = pd.date_range("2024-03-30 20:00", periods=20, freq="h", tz="Europe/Berlin")
    y = pd.Series(np.arange(1.0, 21.0), index)
    forecaster = small(horizon=2).fit(y[:18]).update(y[18:].tz_convert("UTC"), update_params=False)
    assert forecaster.cutoff.tz == index.tz
    assert forecaster.cutoff[0] == index[-1]


@pytest.mark.filterwarnings("ignore:y has . columns:esrnn.errors.EsrnnWarning")
def test_a_wide_frame_is_forecast_for_the_whole_horizon() -> None:
    wide = pd.DataFrame({"a": np.arange(1.0, 9.0), "b": np.arange(2.0, 10.0)})
    forecaster = small(horizon=2).fit(wide)
    assert forecaster.predict().index.tolist() == [8, 9]
    assert forecaster.predict(fh=[1]).index.tolist() == [8]
    assert forecaster.predict_interval(coverage=0.9).index.tolist() == [8, 9]
