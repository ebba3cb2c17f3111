import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from esrnn.errors import InputError, InputTypeError
from esrnn.plotting import plot_components
from tests.estimator.frames import months, wave
from tests.plotting.drawn import legend_of, line_of, lines_of, ticks_of, titles_of

N, H = 60, 12


def parts(
    index: pd.Index, *, periods: tuple[int, ...] = (12,), form: str = "multiplicative", h: int = H
) -> pd.DataFrame:
    """Make the frame of one series, the last h steps ahead."""
    n = len(index)
    ahead = np.arange(n) >= n - h
    y = wave(n)
    y[ahead] = np.nan
    columns = {"y": y, "level": np.where(ahead, 105.0, 100.0)}
    neutral = float(form == "multiplicative")
    for k, period in enumerate(periods):
        season = 0.1 * (k + 1) * np.sin(np.arange(n) * 2.0 * np.pi / period)
        columns[f"seasonality_{period}"] = neutral + season
    columns["network"] = np.where(ahead, neutral + 0.01 * np.arange(n), np.nan)
    columns["y_hat"] = np.where(ahead, 100.0 + np.arange(n), np.nan)
    return pd.DataFrame(columns, index).assign(form=form)


def neutral_line(ax: Axes) -> float:
    """Return the height of the line that goes across the axes."""
    (line,) = (line for line in ax.lines if list(line.get_xdata()) == [0, 1])
    return float(line.get_ydata()[0])


def part_of(ax: Axes) -> np.ndarray:
    """Return the heights of the other line."""
    (line,) = (line for line in ax.lines if list(line.get_xdata()) != [0, 1])
    return np.asarray(line.get_ydata())


def test_a_single_series_from_top_to_bottom() -> None:
    frame = parts(months(N))
    figure = plot_components(frame)
    whole, season, network = figure.axes
    lines = lines_of(whole)
    past = N - H - 36  # three times as many as ahead
    np.testing.assert_array_equal(lines["history"], frame["y"].iloc[past : N - H])
    np.testing.assert_array_equal(lines["level"], frame["level"].iloc[past:])
    # The forecast goes on from the last observation.
    assert lines["forecast"][0] == frame["y"].iloc[N - H - 1]
    np.testing.assert_array_equal(lines["forecast"][1:], frame["y_hat"].iloc[-H:])
    np.testing.assert_array_equal(part_of(season), frame["seasonality_12"].iloc[past:])
    np.testing.assert_array_equal(part_of(network), frame["network"].iloc[past:])
    assert [neutral_line(ax) for ax in (season, network)] == [1.0, 1.0]
    assert titles_of(figure) == ["", "seasonality, 12 steps (factor)", "network (factor)"]
    assert legend_of(figure) == ["history", "level", "forecast"]
    # Time is written once, below.
    assert ticks_of(network) == ["2021", "Jul", "2022", "Jul", "2023", "Jul", "2024", "Jul"]
    assert all(not ax.xaxis.get_tick_params()["labelbottom"] for ax in (whole, season))


def test_additive_parts_lie_around_zero() -> None:
    figure = plot_components(parts(months(N), form="additive"))
    assert titles_of(figure)[1:] == ["seasonality, 12 steps (summand)", "network (summand)"]
    assert [neutral_line(ax) for ax in figure.axes[1:]] == [0.0, 0.0]


@pytest.mark.parametrize("periods", [(), (24,), (24, 168)])
def test_a_row_for_each_seasonality(periods: tuple[int, ...]) -> None:
    figure = plot_components(parts(pd.RangeIndex(400), periods=periods))
    assert titles_of(figure)[1:-1] == [f"seasonality, {p} steps (factor)" for p in periods]
    # A season at least.
    assert lines_of(figure.axes[0])["history"].size == max(36, *periods, 0)


def test_a_column_for_each_series() -> None:
    frame = pd.concat({("n", k): parts(months(N)) for k in "abcde"}, names=["region", "shop"])
    figure = plot_components(frame, n_series=2)
    assert [t for t in titles_of(figure) if "/" in t] == ["n / a", "n / e"]
    assert len({round(ax.get_position().x0, 3) for ax in figure.axes}) == 2
    figure = plot_components(frame, n_series=5)
    assert [t for t in titles_of(figure) if "/" in t] == [
        "n / a",
        "n / b",
        "n / c",
        "n / d",
        "n / e",
    ]
    figure = plot_components(frame, ids=[("n", "d")])
    assert [t for t in titles_of(figure) if "/" in t] == ["n / d"]


def test_time_is_the_same_from_top_to_bottom() -> None:
    figure = plot_components(parts(pd.date_range("2024-01-01", periods=N, freq="D")))
    limits = [ax.get_xlim() for ax in figure.axes]
    assert limits[0] == limits[1] == limits[2]
    (band,) = figure.axes[0].patches
    edges = band.get_extents().transformed(figure.axes[0].transData.inverted())
    last = line_of(figure.axes[0], "history").get_xdata()[-1]
    assert str(last)[:10] == "2024-02-17"
    assert limits[0][0] < edges.x0 < edges.x1 <= limits[0][1]
    assert edges.x1 - edges.x0 == pytest.approx(H - 0.5)


def test_history_length_and_missing_values(tmp_path: Path) -> None:
    frame = parts(months(N))
    frame.loc[frame.index[N - H - 1], "y"] = np.nan
    figure = plot_components(frame, history_length=5)
    lines = lines_of(figure.axes[0])
    assert lines["history"].size == 5
    assert lines["forecast"].size == H  # without a last observation it begins at its first step
    figure.savefig(tmp_path / "components.png")


@pytest.mark.parametrize("index", [months(N), pd.RangeIndex(N)], ids=["period", "range"])
def test_steps_left_out_are_points(index: pd.Index) -> None:
    frame = parts(index)
    some = frame.drop(frame.index[[N - H + 3, N - H + 4]])
    line = line_of(plot_components(some).axes[0], "forecast")
    assert line.get_marker() == "o"
    assert line.get_xdata().size == H - 2
    assert line_of(plot_components(frame).axes[0], "forecast").get_marker() == "None"


def test_one_step_ahead_is_seen() -> None:
    figure = plot_components(parts(months(30), h=1))
    network = figure.axes[-1]
    (point,) = (line for line in network.lines if line.get_marker() == "o")
    assert point.get_ydata().size == 1


def test_what_does_not_fit_is_refused() -> None:
    frame = parts(months(N))
    with pytest.raises(InputTypeError, match=r"must be a data frame as ESRNN\.components"):
        plot_components(frame["y"])
    with pytest.raises(InputError, match=re.escape("without ['level', 'form']")):
        plot_components(frame.drop(columns=["level", "form"]))
    with pytest.raises(InputError, match="ids must be series of components"):
        plot_components(pd.concat({"a": frame}), ids=["b"])
    with pytest.raises(InputError, match="series 'a' has no forecast in the column y_hat"):
        plot_components(pd.concat({"a": frame.iloc[: N - H]}))
