import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.image import imread

from esrnn import ESRNN
from esrnn.components import Components, smoothed_components
from esrnn.datasets import load_m4
from esrnn.errors import InputError, InputTypeError
from esrnn.frames import sktime_to_panel
from esrnn.plotting import plot_forecast
from tests.estimator.frames import months, panel_of, wave
from tests.plotting.drawn import legend_of, line_of, lines_of, ticks_of

HORIZON = 48
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def hourly() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the training and the test part of nine series of M4 Hourly."""
    train, test = load_m4("hourly")
    ids = train.index.unique(level=0)[::50]
    return train.loc[ids], test.loc[ids]


@pytest.fixture(scope="module")
def forecaster(hourly: tuple[pd.DataFrame, pd.DataFrame]) -> ESRNN:
    return ESRNN(
        horizon=HORIZON, preset="hourly", n_members=1, n_epochs=1, hidden_size=4, random_state=0
    ).fit(hourly[0])


@pytest.fixture(scope="module")
def components(forecaster: ESRNN, hourly: tuple[pd.DataFrame, pd.DataFrame]) -> Components:
    return smoothed_components(forecaster.ensemble_, sktime_to_panel(hourly[0]).panel)


@pytest.fixture(scope="module")
def figure(
    forecaster: ESRNN, hourly: tuple[pd.DataFrame, pd.DataFrame], components: Components
) -> Figure:
    train, test = hourly
    intervals = forecaster.predict_interval(coverage=0.95)
    return plot_forecast(train, forecaster.predict(), intervals, test, components, n_series=3)


def test_a_row_for_each_series(
    figure: Figure, hourly: tuple[pd.DataFrame, pd.DataFrame], forecaster: ESRNN
) -> None:
    train, test = hourly
    assert len(figure.axes) == 6
    left, right = figure.axes[::2], figure.axes[1::2]
    assert [ax.get_title(loc="left") for ax in left] == ["H1", "H201", "H401"]
    y_hat = forecaster.predict()
    for ax in left:
        name = ax.get_title(loc="left")
        lines = lines_of(ax)
        assert set(lines) == {"history", "level", "forecast", "actual"}
        last = train.loc[name, "y"].to_numpy()[-168:]
        np.testing.assert_array_equal(lines["history"], last)
        assert lines["level"].size == 168
        # Forecast and actual values go on from the last observation.
        np.testing.assert_array_equal(lines["forecast"][1:], y_hat.loc[name, "y"])
        np.testing.assert_array_equal(lines["actual"][1:], test.loc[name, "y"])
        assert lines["forecast"][0] == lines["actual"][0] == last[-1]
        (fan,) = (c for c in ax.collections if isinstance(c, PolyCollection))
        edge = fan.get_paths()[0].vertices
        assert edge[:, 0].max() == test.loc[name].index[-1]
        assert edge[:, 1].min() <= lines["forecast"].min()
    for ax in right:
        assert set(lines_of(ax)) == {"seasonality, 24 steps", "seasonality, 168 steps"}


def test_the_legend_says_each_thing_once(figure: Figure) -> None:
    assert legend_of(figure) == [
        "history", "actual", "forecast", "95% interval", "level",
        "seasonality, 24 steps", "seasonality, 168 steps",
    ]  # fmt: skip


def test_it_can_be_written(figure: Figure, tmp_path: Path) -> None:
    figure.savefig(tmp_path / "forecasts.png")
    pixels = imread(tmp_path / "forecasts.png")[..., :3]
    assert pixels.shape[1] > pixels.shape[0] > 500
    assert (pixels[0, 0] == 1.0).all()  # on white
    assert 0.02 < (pixels.min(axis=-1) < 0.99).mean() < 0.3  # something is drawn, and not too much


def test_history_and_forecasts_are_enough(
    hourly: tuple[pd.DataFrame, pd.DataFrame], forecaster: ESRNN
) -> None:
    figure = plot_forecast(hourly[0], forecaster.predict(), ids=["H301", "H51"], history_length=30)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["H301", "H51"]
    assert legend_of(figure) == ["history", "forecast"]
    assert lines_of(figure.axes[0])["history"].size == 30


def test_several_intervals(hourly: tuple[pd.DataFrame, pd.DataFrame], forecaster: ESRNN) -> None:
    intervals = forecaster.predict_interval(coverage=[0.5, 0.95])
    figure = plot_forecast(hourly[0], forecaster.predict(), intervals, n_series=1)
    assert legend_of(figure) == ["history", "forecast", "95% interval", "50% interval"]


@pytest.mark.parametrize(
    "index",
    [
        months(40),
        pd.date_range("2020-01-31", periods=40, freq="ME"),
        pd.date_range("2020-01-01", periods=40, freq="h", tz="Europe/Berlin"),
        pd.RangeIndex(40),
    ],
    ids=["period", "month ends", "time zone", "range"],
)
def test_a_single_series_on_any_index(index: pd.Index, tmp_path: Path) -> None:
    y = pd.Series(wave(40), index, name="sales")
    figure = plot_forecast(y.iloc[:34], y.iloc[34:], actuals=y.iloc[34:])
    assert figure.axes[0].get_title(loc="left") == "sales"
    assert lines_of(figure.axes[0])["history"].size == 18
    figure.savefig(tmp_path / "one.svg")


def test_missing_values_and_short_series_are_drawn(tmp_path: Path) -> None:
    y = panel_of({"gap": [1, np.nan, 3, np.nan], "one": [np.nan, np.nan, np.nan, 5]}, months(4))
    y_hat = panel_of({"gap": [2, 2], "one": [5, 5]}, months(2, "2020-05"))
    figure = plot_forecast(y, y_hat)
    # Without a last observation the forecast begins at its first step.
    assert [lines_of(ax)["forecast"].size for ax in figure.axes] == [2, 3]
    figure.savefig(tmp_path / "short.png")


def test_no_figure_stays_open() -> None:
    code = (
        "import sys, pandas as pd; from esrnn.plotting import plot_forecast;"
        "assert not {'torch', 'sktime', 'matplotlib'} & set(sys.modules);"
        "plot_forecast(pd.Series([1.0, 2.0]), pd.Series([3.0], index=[2]));"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_what_does_not_fit_is_refused(
    hourly: tuple[pd.DataFrame, pd.DataFrame], forecaster: ESRNN, components: Components
) -> None:
    train, y_hat = hourly[0], forecaster.predict()
    with pytest.raises(
        InputError, match="ids must be series of history; others: 1 found: series 'X'"
    ):
        plot_forecast(train, y_hat, ids=["H1", "X"])
    with pytest.raises(InputError, match="series 'H51' has no rows in forecasts"):
        plot_forecast(train, y_hat.loc[["H1"]], ids=["H1", "H51"])
    with pytest.raises(InputTypeError, match="draw what ESRNN"):
        plot_forecast(train, y_hat, components=pd.DataFrame({"level": [1.0]}))
    with pytest.raises(InputError, match="components must be of the series in history, 1; got 9"):
        plot_forecast(train.loc[["H1"]], y_hat, components=components)
    with pytest.raises(InputError, match="intervals must be as predict_interval returns them"):
        plot_forecast(train, y_hat, y_hat)


def test_without_matplotlib_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pip install 'esrnn-forecast\[plots\]'"):
        plot_forecast(pd.Series([1.0, 2.0]), pd.Series([3.0], index=[2]))


def _bounds(y_hat: pd.Series, coverages: list[float]) -> pd.DataFrame:
    """Put intervals around forecasts, the wider the larger the coverage."""
    columns = {}
    for coverage in coverages:
        columns["sales", coverage, "lower"] = y_hat * (1.0 - 0.1 * coverage)
        columns["sales", coverage, "upper"] = y_hat * (1.0 + 0.1 * coverage)
    return pd.DataFrame(columns)


@pytest.mark.parametrize(
    "index",
    [months(40), pd.date_range("2020-01-31", periods=40, freq="ME"), pd.RangeIndex(40)],
    ids=["period", "month ends", "range"],
)
def test_forecasts_with_steps_left_out_are_points(index: pd.Index, tmp_path: Path) -> None:
    y = pd.Series(wave(40), index, name="sales")
    ahead = y.iloc[[28, 30, 39]]
    figure = plot_forecast(y.iloc[:28], ahead, _bounds(ahead, [0.5, 0.9]))
    (ax,) = figure.axes
    points = line_of(ax, "forecast")
    assert (points.get_linestyle(), points.get_marker()) == ("None", "o")
    np.testing.assert_array_equal(points.get_ydata(), ahead)
    bars = [c for c in ax.collections if isinstance(c, LineCollection)]
    assert [len(bar.get_segments()) for bar in bars] == [3, 3]  # one for each coverage and step
    widest = np.array([segment[:, 1] for segment in bars[0].get_segments()])
    np.testing.assert_allclose(widest, np.outer(ahead, [0.91, 1.09]))
    # Twelve steps ahead were meant, and three times as many are shown.
    assert lines_of(ax)["history"].size == 28
    assert not any(isinstance(c, PolyCollection) for c in ax.collections)
    figure.savefig(tmp_path / "holes.png")


def test_forecasts_that_begin_later_do_not_touch_the_history() -> None:
    y = pd.Series(wave(60), months(60), name="sales")
    ahead = y.iloc[54:]
    figure = plot_forecast(y.iloc[:48], ahead, _bounds(ahead, [0.8]), actuals=y.iloc[48:])
    lines = lines_of(figure.axes[0])
    np.testing.assert_array_equal(lines["forecast"], ahead)
    np.testing.assert_array_equal(lines["actual"], y.iloc[47:])
    assert lines["history"].size == 36  # the forecasts reach twelve steps ahead


def test_observations_between_missing_ones_are_seen() -> None:
    values = wave(20)
    values[[14, 16]] = np.nan
    y = pd.Series(values, name="sales")
    figure = plot_forecast(y, pd.Series([100.0], index=[20]))
    (dots,) = (line for line in figure.axes[0].lines if line.get_marker() == ".")
    np.testing.assert_array_equal(dots.get_xdata(), [15])
    np.testing.assert_array_equal(dots.get_ydata(), values[15:16])


def test_hierarchies_are_named_by_all_levels() -> None:
    parts = {("north", k): pd.Series(wave(30, seed=i), months(30)) for i, k in enumerate("ab")}
    y = pd.concat(parts, names=["region", "shop", "time"]).to_frame("sales, EUR")
    ahead = y.groupby(level=[0, 1], group_keys=False).tail(4)
    figure = plot_forecast(y.drop(ahead.index), ahead, ids=[("north", "b")])
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["north / b"]
    np.testing.assert_array_equal(
        lines_of(figure.axes[0])["forecast"][1:], ahead.loc[("north", "b"), "sales, EUR"]
    )
    assert figure.get_supylabel() == "sales, EUR"


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (months(60, "2015-01"), ["2017", "Jul", "2018", "Jul", "2019", "Jul"]),
        (pd.period_range("2000", periods=60, freq="Y"), ["2025", "2030", "2035", "2040", "2045",
         "2050", "2055"]),
        (pd.date_range("2024-01-01", periods=60, freq="h"), ["02 Jan", "06:00", "12:00", "18:00",
         "03 Jan", "06:00"]),
        (pd.RangeIndex(60), ["25", "30", "35", "40", "45", "50", "55"]),
    ],
    ids=["months", "years", "hours", "numbers"],
)  # fmt: skip
def test_times_are_written_shortly(index: pd.Index, expected: list[str]) -> None:
    y = pd.Series(wave(60), index)
    ticks = ticks_of(plot_forecast(y.iloc[:50], y.iloc[50:], history_length=28).axes[0])
    assert ticks == expected


def test_more_series_make_a_taller_picture() -> None:
    y = panel_of({str(k): wave(30, seed=k) for k in range(6)}, months(30))
    ahead = y.groupby(level=0, group_keys=False).tail(4)
    history = y.drop(ahead.index)
    heights = [plot_forecast(history, ahead, n_series=n).get_size_inches()[1] for n in (1, 2, 3, 6)]
    assert 2.5 < heights[0] < heights[1] < heights[2] < heights[3] < 12.0


def test_intervals_of_other_steps_are_refused() -> None:
    y = pd.Series(wave(30), months(30), name="sales")
    with pytest.raises(InputError, match="intervals must be of the steps of forecasts"):
        plot_forecast(y.iloc[:24], y.iloc[24:], _bounds(y.iloc[24:28], [0.9]))


def test_a_legend_of_many_entries_stays_on_its_side(
    hourly: tuple[pd.DataFrame, pd.DataFrame], forecaster: ESRNN, components: Components
) -> None:
    intervals = forecaster.predict_interval(coverage=[0.5, 0.8, 0.95])
    figure = plot_forecast(
        hourly[0], forecaster.predict(), intervals, hourly[1], components, n_series=1
    )
    figure.draw_without_rendering()
    left, right = (legend.get_window_extent() for legend in figure.legends)
    assert left.x1 < right.x0
