"""The picture of a run."""

import sys
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

import competitions.runs.picture as picture
from competitions.methods import METHODS, Result, Settings
from competitions.methods.checkpoints import Checkpoints
from competitions.task import TaskData
from esrnn.config import (
    EnsembleConfig,
    ModelConfig,
    NetworkConfig,
    SmoothingConfig,
    TrainingConfig,
)
from esrnn.ensemble import Ensemble, fit_ensemble
from tests.competitions.tasks import small_forecasts, small_task
from tests.hybrids import HERE


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Collect the figures that are drawn."""
    figures: list[Figure] = []

    def draw(*arguments: object) -> Figure:
        figures.append(plot_forecast(*arguments))
        return figures[-1]

    plot_forecast = picture.plot_forecast
    monkeypatch.setattr(picture, "plot_forecast", draw)
    return figures


def _labels(figure: Figure) -> set[str]:
    return {text.get_text() for legend in figure.legends for text in legend.get_texts()}


def test_forecasts_in_any_order(tmp_path: Path, drawn: list[Figure]) -> None:
    path = tmp_path / "picture.part"
    assert picture.draw_picture(small_task(), Result(small_forecasts()), path) is None
    assert imread(path, format="png").shape[0] > 100
    assert _labels(drawn[0]) == {"history", "actual", "forecast", "95% interval"}
    b, a = drawn[0].axes
    assert (b.get_title(loc="left"), a.get_title(loc="left")) == ("b", "a")
    (forecast,) = (line for line in b.lines if line.get_label() == "forecast")
    assert list(forecast.get_ydata()) == [4.0, 6.0, 4.0]


def test_a_method_without_intervals(tmp_path: Path, drawn: list[Figure]) -> None:
    data = small_task()
    result = METHODS["naive2"].run(data, Settings(), Checkpoints(None))
    assert picture.draw_picture(data, result, tmp_path / "picture.png") is None
    assert _labels(drawn[0]) == {"history", "actual", "forecast"}


def _ensemble(data: TaskData, smoothing: SmoothingConfig) -> Ensemble:
    network = NetworkConfig(2, 2, ((1,),), 4)
    training, ensemble = TrainingConfig(n_epochs=1), EnsembleConfig(n_members=1)
    config = ModelConfig(network, smoothing, training, ensemble)
    return fit_ensemble(data.panel, config, options=HERE)


def test_an_ensemble_that_smoothes_nothing_has_no_level_to_show(
    tmp_path: Path, drawn: list[Figure]
) -> None:
    data = small_task()
    result = Result(small_forecasts(), _ensemble(data, SmoothingConfig(level="last")))
    assert picture.draw_picture(data, result, tmp_path / "picture.png") is None
    assert "level" not in _labels(drawn[0])


def test_an_ensemble_shows_its_level(tmp_path: Path, drawn: list[Figure]) -> None:
    data = small_task()
    result = Result(small_forecasts(), _ensemble(data, SmoothingConfig()))
    assert picture.draw_picture(data, result, tmp_path / "picture.png") is None
    assert "level" in _labels(drawn[0])


def test_without_matplotlib_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    said = picture.draw_picture(small_task(), Result(small_forecasts()), tmp_path / "p.png")
    assert said is not None
    assert said.startswith("no picture (")
    assert "esrnn-forecast[plots]" in said
    assert not (tmp_path / "p.png").exists()
