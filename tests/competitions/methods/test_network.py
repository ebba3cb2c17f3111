"""Ensembles run by given settings: ESRNN, kept member by member."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from competitions.methods import METHODS, Settings
from competitions.methods.checkpoints import Checkpoints
from competitions.methods.esrnn import run_ensemble, run_esrnn
from competitions.scoring import score
from competitions.task import TaskData, load_data, load_task
from esrnn.config import (
    EnsembleConfig,
    ModelConfig,
    NetworkConfig,
    for_panel_size,
    preset_config,
)
from esrnn.metrics import naive2

SETTINGS = Settings(seed=3, n_jobs=1, n_members=3, n_epochs=1, quiet=True)


@pytest.fixture(scope="module")
def data() -> TaskData:
    """A few of M4's hourly series."""
    return load_data(load_task("m4-hourly-40"))


def _quick() -> ModelConfig:
    return preset_config("hourly", 48, n_members=3, n_epochs=2, hidden_size=8)


def test_forecasts_are_scored_and_near_the_truth(data: TaskData) -> None:
    result = run_ensemble(data, SETTINGS, Checkpoints(None), _quick())
    assert list(result.forecasts.columns)[:5] == list(data.task.forecast_columns)
    assert (result.forecasts["lo-95"] <= result.forecasts["y_hat"]).all()
    assert (result.forecasts["y_hat"] <= result.forecasts["hi-95"]).all()
    assert score(data, result.forecasts).owa < 1.0
    assert result.ensemble is not None
    assert len(result.ensemble.members) == 3


def test_members_that_are_kept_are_not_trained_again(data: TaskData, tmp_path: Path) -> None:
    config = _quick()
    whole = run_ensemble(data, SETTINGS, Checkpoints(tmp_path), config)
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"member-00{k}.npz" for k in range(3)]
    (tmp_path / "member-001.npz").unlink()  # as if killed while it was trained
    before = {p.name: p.stat().st_mtime_ns for p in tmp_path.iterdir()}
    resumed = run_ensemble(data, SETTINGS, Checkpoints(tmp_path), config)
    assert before.items() <= {p.name: p.stat().st_mtime_ns for p in tmp_path.iterdir()}.items()
    assert whole.forecasts.equals(resumed.forecasts)


@pytest.mark.parametrize("levels", [(0.025, 0.5, 0.975), (0.025, 0.1, 0.5, 0.9, 0.975)])
def test_one_forecast_gives_bounds_and_deciles(data: TaskData, levels: tuple[float, ...]) -> None:
    network = NetworkConfig(24, 48, ((1,),), 4, quantile_levels=levels)
    ensemble = EnsembleConfig(1)
    config = replace(preset_config("hourly", 48, n_epochs=1), network=network, ensemble=ensemble)
    result = run_ensemble(data, SETTINGS, Checkpoints(None), config)
    assert result.ensemble is not None
    frame, trained = result.forecasts, result.ensemble.forecast(data.panel)
    for column, level in (("lo-95", 0.025), ("lo-80", 0.1), ("y_hat", 0.5), ("hi-80", 0.9)):
        if level in levels:
            np.testing.assert_array_equal(frame[column], trained[levels.index(level)].ravel())
    columns = list(data.task.decile_columns)
    ordered = frame[["lo-95", *columns[:4], "y_hat", *columns[4:], "hi-95"]].to_numpy()
    assert (np.diff(ordered, axis=1) > 0).mean() > 0.99
    assert (np.diff(ordered, axis=1) >= 0).all()
    assert score(data, frame).wql is not None


def test_esrnn_takes_its_groups_preset_and_the_command_lines_choices(
    data: TaskData, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr("competitions.methods.esrnn.run_ensemble", lambda *a: seen.append(a[-1]))
    run_esrnn(data, SETTINGS, Checkpoints(None))
    run_esrnn(data, Settings(preset="weekly"), Checkpoints(None))
    assert seen[0] == preset_config("hourly", 48, n_members=3, n_epochs=1)
    n_series = data.task.n_series
    assert seen[1] == for_panel_size(preset_config("weekly", 48), "weekly", n_series)


def test_smoothing_alone_beats_naive2(data: TaskData) -> None:
    result = METHODS["es"].run(data, Settings(quiet=True), Checkpoints(None))
    scores = score(data, result.forecasts)
    benchmark = naive2(data.values, 48, 24, indptr=data.indptr)
    assert np.isfinite(benchmark).all()
    assert scores.owa < 1.0
    assert scores.coverage is None
