"""Backtests of the regression on lags."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from competitions.methods.lags import SETTINGS, LagSettings
from competitions.methods.lags_backtest import (
    GRIDS,
    Outcome,
    backtest_lags,
    best_settings,
    read_log,
    run_grid,
)
from competitions.task import TaskData
from esrnn.errors import InputError
from tests.competitions.tasks import small_task

A, B = LagSettings(3, 10.0, 0.1), LagSettings(4, 10.0, 0.1, 20)


def _data() -> TaskData:
    rng = np.random.default_rng(2)
    frames = [
        pd.DataFrame({"unique_id": name, "ds": np.arange(1, n + 1), "y": values})
        for name, n in {"x": 30, "y": 20, "short": 5, "flat": 12}.items()
        for values in [np.full(n, 3.0) if name == "flat" else rng.uniform(5, 6, n).cumsum()]
    ]
    train = pd.concat(frames).set_index(["unique_id", "ds"])
    test = train.groupby(level=0, sort=False).head(2) * np.nan
    return TaskData(replace(small_task().task, n_series=4), train, test)


def _outcome(settings: LagSettings, back: int, owa: float) -> Outcome:
    return Outcome("small", settings, back, 2, owa, 1.0, 1.0, 1.0, 0.9, 0.1)


def test_series_too_short_or_constant_are_left_out() -> None:
    first, second = (backtest_lags(_data(), A, back) for back in (1, 2))
    assert (first.n_series, first.back, first.settings) == (3, 1, A)
    assert second.n_series == 2
    assert 0 < first.owa < 2
    assert 0 <= first.coverage <= 1


def test_what_is_held_back_is_not_seen() -> None:
    data = _data()
    before = backtest_lags(data, A, 2)
    changed = data.train.copy()
    changed.loc[[("x", 29), ("x", 30)], "y"] = 1e6  # the last horizon
    after = backtest_lags(TaskData(data.task, changed, data.test), A, 2)
    assert replace(after, cpu_s=0.0) == replace(before, cpu_s=0.0)


def test_a_log_is_added_to_once(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    run_grid(_data(), [A], log)
    text = log.read_text()
    run_grid(_data(), [A, B, B], log)
    assert log.read_text().startswith(text)
    assert [(o.settings, o.back) for o in read_log(log)] == [(A, 1), (A, 2), (B, 1), (B, 2)]


def test_the_mean_over_both_origins_decides() -> None:
    outcomes = [
        _outcome(A, 1, 0.9),
        _outcome(A, 2, 0.8),
        _outcome(B, 1, 0.7),
        _outcome(B, 2, 1.1),
        _outcome(replace(A, penalty=1.0), 1, 0.1),  # not tried at both
    ]
    assert best_settings(outcomes, "small") == A
    with pytest.raises(InputError, match="no settings of m4-yearly"):
        best_settings(outcomes, "m4-yearly")


def test_what_is_in_use_was_in_the_grid() -> None:
    for group, settings in SETTINGS.items():
        assert settings in GRIDS[group]
