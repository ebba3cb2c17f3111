"""Backtests of settings: what they read, what they log, what they refuse."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from competitions.backtest import Variant, backtest, format_outcomes, read_variants, run_variants
from competitions.task import TaskData
from esrnn.config import Choices, ModelConfig, preset_config
from esrnn.errors import InputError

from .tasks import small_task

TINY = {
    "network": {"hidden_size": 4, "dilations": [[1]]},
    "training": {"n_epochs": 1},
    "ensemble": {"n_members": 1},
}


def longer_task() -> TaskData:
    """Six series of 20 steps, and a test part that must not be read."""
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product([list("abcdef"), range(1, 21)], names=["unique_id", "ds"])
    train = pd.DataFrame({"y": np.exp(rng.normal(0.0, 0.1, len(index)))}, index=index)
    test = train.iloc[:0]
    return TaskData(replace(small_task().task, n_series=6), train, test)


def tiny_config() -> ModelConfig:
    return preset_config("yearly", 2, Choices(hidden_size=4, n_members=1, n_epochs=1))


def test_settings_lie_over_the_preset():
    config = Variant("v", TINY).over(preset_config("yearly", 2))
    assert config.network.hidden_size == 4
    assert config.network.dilations == ((1,),)
    assert config.training.n_epochs == 1
    assert config.training.loss == preset_config("yearly", 2).training.loss


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"nets": {}}, "no part 'nets'"), ({"network": {"hiden": 1}}, r"no \['hiden'\]; it has")],
)
def test_unknown_settings_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        Variant("v", settings).over(preset_config("yearly", 2))


def test_an_origin_further_back_does_not_see_what_comes_after():
    data, config = longer_task(), tiny_config()
    before = backtest(data, config, "v", back=2)
    changed = data.train.copy()
    last = changed.groupby(level=0).cumcount(ascending=False) < 2
    changed.loc[last, "y"] *= 7.0
    after = backtest(TaskData(data.task, changed, data.test), config, "v", back=2)
    assert replace(before, cpu_s=0.0) == replace(after, cpu_s=0.0)
    assert before.owa != backtest(data, config, "v", back=1).owa


def test_the_log_is_not_run_again(tmp_path):
    path, log = tmp_path / "variants.json", tmp_path / "log.jsonl"
    path.write_text(json.dumps({"tiny": TINY}))
    said: list[str] = []
    first = run_variants(longer_task(), read_variants(path), [1], [1, 2], log, say=said.append)
    assert len(said) == 2 == len(log.read_text().splitlines())
    again = run_variants(longer_task(), read_variants(path), [1], [1, 2], log, say=said.append)
    assert again == first
    assert len(said) == 2


def test_the_table_puts_the_best_first():
    data = longer_task()
    outcome = backtest(data, tiny_config(), "good")
    worse = replace(outcome, variant="bad", owa=outcome.owa + 1.0)
    lines = format_outcomes([worse, outcome]).splitlines()
    assert [line.split()[0] for line in lines] == ["variant", "good", "bad"]


@pytest.mark.parametrize("text", ["", "[1]", "{}", '{"a": 3}', '{"a": {"training": 3}}'])
def test_files_that_hold_no_variants_are_refused(tmp_path, text):
    path = tmp_path / "variants.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"variants\.json"):
        read_variants(path)
    with pytest.raises(InputError, match="cannot read variants"):
        read_variants(tmp_path / "nowhere.json")
