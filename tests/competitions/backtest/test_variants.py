"""Variants of a preset: what they read, what they refuse, what the committed logs say of them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from competitions.backtest.harness import Case, ensemble_case, run_cases
from competitions.backtest.logs import LOGS, digest, logged, read_outcomes
from competitions.backtest.variants import Variant, read_variants, variant_cases
from competitions.methods.esrnn import esrnn_config, lstm_config
from competitions.task import TaskData, load_task
from esrnn.config import ModelConfig, SmoothingConfig, preset_config
from esrnn.config.presets import PRESETS
from esrnn.errors import InputError

from .test_harness import longer_task

TINY: dict[str, dict[str, Any]] = {
    "network": {"hidden_size": 4, "dilations": [[1]]},
    "training": {"n_epochs": 1},
    "ensemble": {"n_members": 1},
}


def tiny_config() -> ModelConfig:
    return preset_config("yearly", 2, hidden_size=4, n_members=1, n_epochs=1)


def tiny_case(data: TaskData, fold: int = 1) -> Case:
    return ensemble_case("small", "v", fold, lambda: data, tiny_config())


def test_settings_lie_over_the_preset() -> None:
    config = Variant("v", TINY).over(preset_config("yearly", 2))
    assert config.network.hidden_size == 4
    assert config.network.dilations == ((1,),)
    assert config.training.n_epochs == 1
    assert config.training.loss == preset_config("yearly", 2).training.loss


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"nets": {}}, "no part 'nets'"), ({"network": {"hiden": 1}}, r"no \['hiden'\]; it has")],
)
def test_settings_that_do_not_exist_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Variant("v", settings).over(preset_config("yearly", 2))


def test_nothing_behind_the_origin_is_read() -> None:
    data = longer_task()
    before = tiny_case(data, fold=2).run()
    changed = data.train.copy()
    last = changed.groupby(level=0).cumcount(ascending=False) < 2
    changed.loc[last, "y"] *= 7.0
    after = tiny_case(TaskData(data.task, changed, data.test), fold=2).run()
    same = {"cpu_s": 0.0, "forecast_cpu_s": 0.0}
    assert replace(before, **same) == replace(after, **same)
    assert before.owa != tiny_case(data, fold=1).run().owa


def test_constant_series_are_left_out_where_they_have_no_scale() -> None:
    data = longer_task()
    train = data.train.copy()
    train.loc[train.index.get_level_values(0) == "c", "y"] = 4.0
    outcome = tiny_case(TaskData(data.task, train, data.test)).run()
    assert outcome.n_series == 5
    assert np.isfinite(outcome.owa)


def test_a_digest_is_of_what_is_not_a_default() -> None:
    config = tiny_config()
    same = replace(config, smoothing=SmoothingConfig())
    assert digest(same) == digest(config)
    assert digest(replace(config, smoothing=SmoothingConfig(scale_lag=2))) != digest(config)
    assert len({digest(preset_config(name, 2)) for name in PRESETS}) == len(PRESETS)


def test_the_plain_lstm_has_settings_of_its_own(tmp_path: Path) -> None:
    variants = [Variant("tiny", TINY)]
    methods = ("esrnn", "lstm")
    cases = [case for m in methods for case in variant_cases(longer_task(), variants, [1], [1], m)]
    one, other = run_cases(cases, tmp_path / "log.jsonl", say=lambda line: None)
    assert one.settings != other.settings
    assert one.owa != other.owa


def test_what_logs_say_of_settings(tmp_path: Path) -> None:
    log = tmp_path / "lstm-small.jsonl"
    data, variant = longer_task(), Variant("tiny", TINY)
    cases = list(variant_cases(data, [variant], [1, 2], [1]))
    assert [case.fold for case in cases] == [1, 2]
    done = run_cases(cases, log, say=lambda line: None)
    config = variant.over(esrnn_config(data.task))
    found = logged(data.task.name, config, tmp_path)
    assert found is not None
    assert found["owa"] == pytest.approx((done[0].owa + done[1].owa) / 2, abs=1e-4)
    assert (found["folds"], found["seeds"]) == ([1, 2], [1])
    assert logged("another", config, tmp_path) is None
    assert logged(data.task.name, tiny_config(), tmp_path) is None


@pytest.mark.parametrize("path", sorted(LOGS.glob("*m4-*.jsonl")), ids=lambda path: path.stem)
def test_committed_logs_belong_to_their_variants(path: Path) -> None:
    task = load_task(path.stem.removeprefix("lstm-"))
    outcomes = read_outcomes(path)
    assert {outcome.task for outcome in outcomes} == {task.name}
    base = preset_config(task.group, task.horizon)
    if path.stem.startswith("lstm-"):
        base = lstm_config(task)
    for variant in read_variants(path.with_suffix(".json")):
        own = {o.settings for o in outcomes if o.variant == variant.name}
        assert own == {digest(variant.over(base))}, variant.name


@pytest.mark.parametrize("text", ["", "[1]", "{}", '{"a": 3}', '{"a": {"training": 3}}'])
def test_files_that_hold_no_variants_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "variants.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"variants\.json"):
        read_variants(path)
    with pytest.raises(InputError, match="cannot read variants"):
        read_variants(tmp_path / "nowhere.json")


def test_variants_are_read_by_name(tmp_path: Path) -> None:
    path = tmp_path / "variants.json"
    path.write_text(json.dumps({"tiny": TINY}))
    assert read_variants(path) == [Variant("tiny", TINY)]
