"""Networks for seasons of other lengths than those that they were trained on."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN, load_model
from esrnn.errors import InputError
from esrnn.networks import PanelFacts, Way, nearest_preset, with_periods
from esrnn.panel import Panel
from tests.estimator.frames import panel_of, wave
from tests.networks.shipped import H

FH = np.arange(1, H + 1)


def every_two_months(n: int) -> pd.DatetimeIndex:
    return pd.date_range("2015-01-01", periods=n, freq="2MS")


def two_months() -> pd.DataFrame:
    return panel_of(
        {"a": wave(36, seed=1, period=6), "b": wave(30, seed=2, period=6)}, every_two_months(36)
    )


@pytest.mark.parametrize(
    ("preset", "periods", "expected"),
    [
        ("monthly", (12,), "monthly"), ("daily", (5,), "daily"), ("weekly", (), "weekly"),
        ("generic", (2,), "quarterly"), ("generic", (3,), "monthly"),
        ("generic", (6,), "monthly"),
        ("generic", (26,), "monthly"), ("generic", (27,), None), ("generic", (), None),
        ("generic", (96, 672), None),
    ],
)  # fmt: skip
def test_the_nearest_networks(preset: str, periods: tuple[int, ...], expected: str | None) -> None:
    assert nearest_preset(preset, periods) == expected


def test_steps_of_two_months_are_forecast_by_monthly_networks(
    shipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    y = two_months()
    forecaster = ESRNN(verbose=1).fit(y)
    assert (forecaster.strategy_, forecaster.preset_) == ("zero_shot", "monthly")
    assert forecaster.config_.smoothing.seasonal_periods == (6,)
    told = capsys.readouterr().out
    assert "seasons of 6 steps" in told
    assert "'monthly'" in told
    y_hat = forecaster.predict(FH)
    assert np.isfinite(y_hat.to_numpy()).all()
    assert "seasonality_6" in forecaster.components(FH).columns


def test_the_forecast_is_that_of_the_same_weights_on_a_shorter_season(shipped: Path) -> None:
    y = two_months()
    forecaster = ESRNN().fit(y)
    networks = load_model(shipped / "monthly").pretrained_.ensemble
    series = [y.loc[name].to_numpy()[:, 0] for name in "ab"]
    panel = Panel.from_arrays(series, ids=("a", "b"))
    own = with_periods(networks, (6,)).for_new_series(panel)
    middle = own.config.network.quantile_levels.index(0.5)
    expected = own.forecast(panel)[middle, :, :H]
    np.testing.assert_array_equal(forecaster.predict(FH).to_numpy().reshape(2, H), expected)


def test_the_same_periods_change_nothing(shipped: Path) -> None:
    networks = load_model(shipped / "monthly").pretrained_.ensemble
    panel = Panel.from_arrays([wave(40, seed=3)])
    same = with_periods(networks, networks.config.smoothing.seasonal_periods)
    np.testing.assert_array_equal(
        same.for_new_series(panel).forecast(panel), networks.for_new_series(panel).forecast(panel)
    )


def test_another_number_of_periods_is_refused(shipped: Path) -> None:
    networks = load_model(shipped / "monthly").pretrained_.ensemble
    with pytest.raises(InputError, match="as many as the networks have"):
        with_periods(networks, (6, 12))


def test_a_model_for_other_steps_is_saved_and_loaded(shipped: Path, tmp_path: Path) -> None:
    forecaster = ESRNN().fit(two_months())
    forecaster.save_model(tmp_path / "model")
    again = load_model(tmp_path / "model").predict(FH)
    pd.testing.assert_frame_equal(again, forecaster.predict(FH))


def test_networks_of_the_user_have_no_other_seasons(
    shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def watch(facts: PanelFacts) -> Way:
        seen.append(facts.has_other_seasons)
        return Way("zero_shot")

    monkeypatch.setattr("esrnn.forecaster.starting.choose_way", watch)
    own = ESRNN().fit(two_months())  # the package's networks on a season of 6 steps
    ESRNN(start_from=own).fit(two_months())
    assert seen == [True, False]
