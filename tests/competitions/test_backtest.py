"""Backtests of settings: what they read, what they log, what they refuse."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from competitions.backtest import (
    LOGS,
    Outcome,
    Variant,
    backtest,
    digest,
    format_outcomes,
    logged,
    read_variants,
    run_variants,
)
from competitions.methods.lstm import lstm_config
from competitions.task import TaskData, load_task
from esrnn.config import Choices, ModelConfig, SmoothingConfig, preset_config
from esrnn.config.presets import PRESETS
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


def test_constant_series_are_left_out_where_they_have_no_scale():
    data = longer_task()
    train = data.train.copy()
    train.loc[train.index.get_level_values(0) == "c", "y"] = 4.0
    outcome = backtest(TaskData(data.task, train, data.test), tiny_config(), "v")
    assert outcome.n_series == 5
    assert np.isfinite(outcome.owa)


def test_a_digest_is_of_what_is_not_a_default():
    config = tiny_config()
    same = replace(config, smoothing=SmoothingConfig())
    assert digest(same) == digest(config)
    assert digest(replace(config, smoothing=SmoothingConfig(scale_lag=2))) != digest(config)
    assert len({digest(preset_config(name, 2)) for name in PRESETS}) == len(PRESETS)


def test_the_plain_lstm_has_settings_of_its_own(tmp_path):
    log = tmp_path / "log.jsonl"
    variants = [Variant("tiny", TINY)]
    run_variants(longer_task(), variants, [1], [1], log, say=lambda line: None)
    run_variants(longer_task(), variants, [1], [1], log, method="lstm", say=lambda line: None)
    both = [json.loads(line) for line in log.read_text().splitlines()]
    assert both[0]["settings"] != both[1]["settings"]
    assert both[0]["owa"] != both[1]["owa"]


def test_what_logs_say_of_settings(tmp_path):
    log = tmp_path / "lstm-small.jsonl"
    data, variant = longer_task(), Variant("tiny", TINY)
    done = run_variants(data, [variant], [1, 2], [1], log, say=lambda line: None)
    config = variant.over(preset_config("yearly", 2))
    found = logged(data.task.name, config, tmp_path)
    assert found is not None
    assert found["owa"] == pytest.approx((done[0].owa + done[1].owa) / 2, abs=1e-4)
    assert (found["backs"], found["seeds"]) == ([1, 2], [1])
    assert logged("another", config, tmp_path) is None
    assert logged(data.task.name, tiny_config(), tmp_path) is None


@pytest.mark.parametrize("path", sorted(LOGS.glob("*m4-*.jsonl")), ids=lambda path: path.stem)
def test_committed_logs_belong_to_their_variants(path):
    task = load_task(path.stem.removeprefix("lstm-"))
    outcomes = [Outcome(**json.loads(line)) for line in path.read_text().splitlines()]
    assert {outcome.task for outcome in outcomes} == {task.name}
    base = preset_config(task.group, task.horizon)
    if path.stem.startswith("lstm-"):
        base = lstm_config(task, task.group)
    for variant in read_variants(path.with_suffix(".json")):
        own = {o.settings for o in outcomes if o.variant == variant.name}
        assert own == {digest(variant.over(base))}, variant.name


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
