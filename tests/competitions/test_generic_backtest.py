"""Backtests of the generic preset: which series, which settings, what is logged."""

import json
from dataclasses import replace

import numpy as np
import pytest

from competitions import generic_backtest
from competitions.backtest import Outcome, digest
from competitions.generic_backtest import (
    CASES,
    LOG,
    Case,
    configs,
    format_table,
    run_cases,
    series_of,
)
from competitions.logs import read_outcomes
from competitions.task import TaskData, load_data, load_task
from esrnn.config import ModelConfig

from .test_backtest import longer_task


def test_series_are_summed_to_longer_steps() -> None:
    data = longer_task()
    case = Case("small", 2, (), steps=3, horizon=2, seasonal_period=1)
    summed = series_of(case, data)
    assert (summed.task.name, summed.task.horizon) == ("small by 3", 2)
    assert summed.ids == ["a", "d"]
    for name in summed.ids:
        y = data.train.loc[name, "y"].to_numpy()
        expected = [y[start : start + 3].sum() for start in range(2, 20, 3)]
        np.testing.assert_allclose(summed.train.loc[name, "y"], expected)


def test_the_test_part_is_not_there() -> None:
    assert (
        len(series_of(Case("m4-hourly-40", 5, ()), load_data(load_task("m4-hourly-40"))).test) == 0
    )


def test_the_rule_is_held_against_another_setting() -> None:
    for case in CASES:
        found = configs(case, 6)
        assert found["rule"].smoothing.seasonal_periods == case.periods
        (other,) = set(found) - {"rule"}
        assert digest(found[other]) != digest(found["rule"])
        assert {config.ensemble.n_members for config in found.values()} == {2}


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    def small(config: ModelConfig) -> ModelConfig:
        network = replace(config.network, hidden_size=4, dilations=((1,),))
        ensemble = replace(config.ensemble, n_members=1)
        return replace(
            config,
            network=network,
            training=replace(config.training, n_epochs=1),
            ensemble=ensemble,
        )

    def few(case: Case, horizon: int) -> dict[str, ModelConfig]:
        return {name: small(config) for name, config in configs(case, horizon).items()}

    monkeypatch.setattr(generic_backtest, "configs", few)


def test_what_is_logged_is_not_run_again(tmp_path, tiny, monkeypatch) -> None:
    def load(name: str) -> TaskData:
        return longer_task()

    log, cases = tmp_path / "log.jsonl", [Case("small", 6, (2,), preset="yearly")]
    first = run_cases(cases, log, load)
    assert [(o.variant, o.back) for o in first] == [
        ("rule", 1), ("rule", 2), ("preset yearly", 1), ("preset yearly", 2)
    ]  # fmt: skip
    monkeypatch.setattr(generic_backtest, "backtest", None)
    assert run_cases(cases, log, load) == first == read_outcomes(log, Outcome)
    assert [line.split()[0] for line in format_table(first).splitlines()] == [
        "series", "small", "small"
    ]  # fmt: skip


def test_the_committed_log_is_of_the_settings_in_force() -> None:
    outcomes = [Outcome(**json.loads(line)) for line in LOG.read_text("utf-8").splitlines()]
    found = {(o.task, o.variant, o.back, o.settings) for o in outcomes}
    expected = {
        (case.name, name, back, digest(config))
        for case in CASES
        for name, config in configs(case, case.horizon or load_task(case.task).horizon).items()
        for back in (1, 2)
    }
    assert found == expected
