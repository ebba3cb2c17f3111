"""The other backtests: which series, which settings, and that their committed logs are complete."""

from pathlib import Path

import numpy as np
import pytest

from competitions.backtest.experiments import (
    EXPERIMENTS,
    GRIDS,
    SUMMED,
    domains_of,
    generic_configs,
    unseen_cases,
)
from competitions.backtest.harness import run_cases
from competitions.backtest.logs import LOGS, digest, read_outcomes
from competitions.backtest.summed import Summed
from competitions.methods.lags import SETTINGS
from esrnn.config import preset_config
from esrnn.panel import Panel

from .test_harness import longer_task


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_committed_log_has_every_case(name: str, tmp_path: Path) -> None:
    cases = {case.key: case.variant for case in EXPERIMENTS[name](tmp_path)}
    outcomes = read_outcomes(LOGS / f"{name}.jsonl")
    assert cases == {outcome.key: outcome.variant for outcome in outcomes}


def test_series_are_summed_to_longer_steps() -> None:
    data = longer_task()
    summed = Summed("small", 2, (), steps=3, horizon=2, seasonal_period=1).of(data)
    assert (summed.task.name, summed.task.horizon) == ("small by 3", 2)
    assert summed.ids == ["a", "d"]
    assert len(summed.test) == 0
    for name in summed.ids:
        y = data.train.loc[name, "y"].to_numpy()
        expected = [y[start : start + 3].sum() for start in range(2, 20, 3)]
        np.testing.assert_allclose(summed.train.loc[name, "y"], expected)


def test_the_rule_is_compared_with_another_setting() -> None:
    for series in SUMMED:
        found = generic_configs(series)
        assert found["rule"].smoothing.seasonal_periods == series.periods
        (other,) = set(found) - {"rule"}
        assert digest(found[other]) != digest(found["rule"])
        assert {config.ensemble.n_members for config in found.values()} == {2}


def test_domains_are_one_hot(competition_data_dir: Path) -> None:
    panel = Panel.from_arrays([np.ones(5), np.ones(3), np.ones(2)], ["W1", "W300", "H1"])
    domains = domains_of(panel, 4, competition_data_dir)
    assert domains.static.shape == (3, 6)
    assert (domains.static.sum(axis=1) == 1.0).all()
    assert (domains.n_future, domains.lengths.tolist()) == (0, [5, 3, 2])


def test_unseen_series_are_forecast_about_as_well() -> None:
    """The bar: within 5% of networks that were trained on them."""
    owas = {(o.task, o.fold, o.variant): o.owa for o in read_outcomes(LOGS / "unseen.jsonl")}
    for (task, fold, variant), owa in owas.items():
        if variant == "unseen":
            assert owa < 1.05 * owas[task, fold, "trained on"]


def test_a_fifth_of_the_series_is_scored(tmp_path: Path) -> None:
    config = preset_config("weekly", 48, n_members=1, n_epochs=2, hidden_size=8)
    cases = [case for case in unseen_cases("m4-hourly-40", config) if case.fold == 1]
    trained_on, unseen = run_cases(cases, tmp_path / "log.jsonl", say=lambda line: None)
    assert trained_on.n_series == unseen.n_series == 8
    assert trained_on.owa != unseen.owa
    assert unseen.forecast_cpu_s is not None
    assert unseen.cpu_s is not None
    assert unseen.forecast_cpu_s < unseen.cpu_s


def test_the_settings_of_lags_are_the_best_of_their_log() -> None:
    outcomes = read_outcomes(LOGS / "lags.jsonl")
    for group, settings in SETTINGS.items():
        assert settings in GRIDS[group]
        owas: dict[str, list[float]] = {}
        for outcome in outcomes:
            if outcome.task == f"m4-{group}":
                owas.setdefault(outcome.variant, []).append(outcome.owa)
        means = {variant: np.mean(both) for variant, both in owas.items()}
        assert means[settings.name] == pytest.approx(min(means.values()), abs=1e-9)
