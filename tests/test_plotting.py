import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.image import imread

from esrnn import ESRNN
from esrnn.components import Components, smoothed_components
from esrnn.datasets import load_m4
from esrnn.errors import InputError
from esrnn.frames import sktime_to_panel
from esrnn.plotting import plot_forecasts
from tests.forecaster.frames import months, panel_of, wave

HORIZON = 48


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


@pytest.fixture
def figure(
    forecaster: ESRNN, hourly: tuple[pd.DataFrame, pd.DataFrame], components: Components
) -> Figure:
    train, test = hourly
    intervals = forecaster.predict_interval(coverage=0.95)
    return plot_forecasts(train, forecaster.predict(), intervals, test, components, n_series=3)


def _lines(ax: Axes) -> dict[str, np.ndarray]:
    return {
        str(line.get_label()): np.asarray(line.get_ydata(), dtype=np.float64)
        for line in ax.lines
        if not str(line.get_label()).startswith("_")
    }


def _legend(figure: Figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


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
        lines = _lines(ax)
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
        assert set(_lines(ax)) == {"seasonality, 24 steps", "seasonality, 168 steps"}


def test_the_legend_says_each_thing_once(figure: Figure) -> None:
    assert _legend(figure) == [
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
    figure = plot_forecasts(hourly[0], forecaster.predict(), ids=["H301", "H51"], history_length=30)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["H301", "H51"]
    assert _legend(figure) == ["history", "forecast"]
    assert _lines(figure.axes[0])["history"].size == 30


def test_several_intervals(hourly: tuple[pd.DataFrame, pd.DataFrame], forecaster: ESRNN) -> None:
    intervals = forecaster.predict_interval(coverage=[0.5, 0.95])
    figure = plot_forecasts(hourly[0], forecaster.predict(), intervals, n_series=1)
    assert _legend(figure) == ["history", "forecast", "95% interval", "50% interval"]


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
    figure = plot_forecasts(y.iloc[:34], y.iloc[34:], actuals=y.iloc[34:])
    assert figure.axes[0].get_title(loc="left") == "sales"
    assert _lines(figure.axes[0])["history"].size == 18
    figure.savefig(tmp_path / "one.svg")


def test_missing_values_and_short_series_are_drawn(tmp_path: Path) -> None:
    y = panel_of({"gap": [1, np.nan, 3, np.nan], "one": [5]}, months(4))
    y_hat = panel_of({"gap": [2, 2], "one": [5, 5]}, months(2, "2020-05"))
    figure = plot_forecasts(y, y_hat)
    # Without a last observation the forecast begins at its first step.
    assert [_lines(ax)["forecast"].size for ax in figure.axes] == [2, 3]
    figure.savefig(tmp_path / "short.png")


def test_no_figure_stays_open(figure: Figure) -> None:
    code = (
        "import sys, pandas as pd; from esrnn.plotting import plot_forecasts;"
        "assert not {'torch', 'sktime', 'matplotlib'} & set(sys.modules);"
        "plot_forecasts(pd.Series([1.0, 2.0]), pd.Series([3.0], index=[2]));"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)


def test_what_does_not_fit_is_refused(
    hourly: tuple[pd.DataFrame, pd.DataFrame], forecaster: ESRNN, components: Components
) -> None:
    train, y_hat = hourly[0], forecaster.predict()
    with pytest.raises(
        InputError, match="ids must be series of history; others: 1 found: series 'X'"
    ):
        plot_forecasts(train, y_hat, ids=["H1", "X"])
    with pytest.raises(InputError, match="series 'H51' has no rows in forecasts"):
        plot_forecasts(train, y_hat.loc[["H1"]], ids=["H1", "H51"])
    with pytest.raises(InputError, match="components must be of the series in history, 1; got 9"):
        plot_forecasts(train.loc[["H1"]], y_hat, components=components)
    with pytest.raises(InputError, match="intervals must be as predict_interval returns them"):
        plot_forecasts(train, y_hat, y_hat)


def test_without_matplotlib_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pip install 'esrnn\[plots\]'"):
        plot_forecasts(pd.Series([1.0, 2.0]), pd.Series([3.0], index=[2]))
