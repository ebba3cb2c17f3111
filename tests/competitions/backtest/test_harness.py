"""The loop of all backtests: what is held out, what is run, what is logged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from competitions.backtest.harness import Case, Forecast, run_cases, train_ensemble
from competitions.backtest.held_out import HeldOut
from competitions.backtest.logs import append_outcome, read_outcomes
from competitions.task import TaskData
from esrnn.config import preset_config
from esrnn.errors import InputError
from tests.competitions.tasks import small_task


def longer_task() -> TaskData:
    """Six series of 20 steps, and a test part that must not be read."""
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product([list("abcdef"), range(1, 21)], names=["unique_id", "ds"])
    train = pd.DataFrame({"y": np.exp(rng.normal(0.0, 0.1, len(index)))}, index=index)
    return TaskData(replace(small_task().task, n_series=6), train, train.iloc[:0])


def last_value(held: HeldOut):  # type: ignore[no-untyped-def]
    """Train nothing, and repeat the last value."""

    def forecast() -> Forecast:
        last = held.train.last(1).values[:, None]
        y_hat = np.repeat(last, held.actual.shape[1], axis=1)
        return y_hat, y_hat - 1.0, y_hat + 1.0

    return forecast


def case(**rest: object) -> Case:
    """Return a case of the last value."""
    given = {"task": "small", "variant": "last", "fold": 1, "load": longer_task}
    return Case(**{**given, "train": last_value, **rest})  # type: ignore[arg-type]


def test_an_outcome_says_what_it_is_of() -> None:
    outcome = case(fold=2, seed=5, settings="abc").run()
    assert outcome.key == ("small", "abc", 2, 5)
    assert (outcome.variant, outcome.n_series) == ("last", 6)
    assert outcome.owa == pytest.approx(1.0)  # without a season this is Naive2
    assert outcome.smape is not None
    assert outcome.commit != ""


def test_what_is_logged_is_not_run_again(tmp_path: Path) -> None:
    log, said = tmp_path / "log.jsonl", []
    cases = [case(fold=fold, seed=seed) for fold in (1, 2) for seed in (1, 2)]
    first = run_cases(cases, log, said.append)
    assert len(first) == 4 == len(said) == len(log.read_text().splitlines())
    never = [replace(one, load=None) for one in cases]  # type: ignore[arg-type]
    assert run_cases(never, log, said.append) == first == read_outcomes(log)
    assert len(said) == 4
    run_cases([*cases, case(variant="new")], log, said.append)
    assert len(said) == 5


def test_equal_settings_of_another_name_are_not_run_again(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    append_outcome(log, case(settings="abc").run())
    renamed = case(variant="another name", settings="abc", load=None)
    assert len(run_cases([renamed], log)) == 1


def test_some_of_the_series_can_be_scored() -> None:
    some = case(
        train=lambda held: lambda: tuple(array[:2] for array in last_value(held)()),
        scored=lambda held: held.subset(np.arange(2)),
    )
    assert some.run().n_series == 2


def test_outer_levels_must_be_those_of_the_intervals() -> None:
    config = preset_config("yearly", 2)
    network = replace(config.network, quantile_levels=(0.1, 0.5, 0.9))
    with pytest.raises(InputError, match="outer quantile levels"):
        train_ensemble(replace(config, network=network), 1)


def test_some_cases_can_be_run_at_a_time(tmp_path: Path) -> None:
    log, cases = tmp_path / "log.jsonl", [case(fold=fold) for fold in (1, 2)]
    assert run_cases(cases, log, most=0) == []
    assert [one.fold for one in run_cases(cases, log, most=1)] == [1]
    assert [one.fold for one in run_cases(cases, log, most=1)] == [1, 2]
