"""Task files, and data that are or are not those of a task."""

import dataclasses
import json
from pathlib import Path

import pytest

from competitions.task import (
    Task,
    TaskData,
    load_data,
    load_task,
    parse_task,
    task_names,
    values_sha256,
)
from esrnn.datasets import load_m4
from esrnn.errors import InputError

from .tasks import small_task

TASKS = Path(__file__).parents[2] / "competitions" / "tasks"


@pytest.mark.parametrize("name", task_names())
def test_task_files_are_in_order(name: str) -> None:
    task = load_task(name)
    assert task.name == name == f"{task.competition}-{task.group}"
    assert task.horizon >= 1
    assert task.seasonal_period >= 1
    assert all(0 < level < 100 for level in task.levels)
    assert len(task.sha256) == 64


def test_the_hourly_task_is_m4s() -> None:
    task = load_task("m4-hourly")
    assert (task.horizon, task.seasonal_period, task.n_series) == (48, 24, 414)
    assert task.forecast_columns == ("unique_id", "ds", "y_hat", "lo-95", "hi-95")


def test_hourly_data_are_those_of_the_task() -> None:
    data = load_data(load_task("m4-hourly"))
    assert data.ids[:2] == ["H1", "H2"]
    assert data.actual.shape == (414, 48)
    assert data.actual[0, 0] == data.test.loc["H1", "y"].iloc[0]
    assert data.indptr[-1] == len(data.values) == 353_500


def test_another_copy_of_the_data_has_the_same_checksum(competition_data_dir: Path) -> None:
    assert values_sha256(*load_m4("hourly", competition_data_dir)) == load_task("m4-hourly").sha256


def test_data_of_another_task_are_refused(tmp_path: Path) -> None:
    task = load_task("m4-hourly")
    with pytest.raises(InputError, match=r"414 series with 48 steps.*got 2 with 2 to 2"):
        _load_small(task, tmp_path)
    small = small_task().task
    with pytest.raises(InputError, match="must have the checksum 000"):
        _load_small(dataclasses.replace(small, sha256="000"), tmp_path)
    assert _load_small(small, tmp_path).ids == ["b", "a"]


def _load_small(task: Task, folder: Path) -> TaskData:
    data = small_task()
    (folder / "m4").mkdir(exist_ok=True)
    for part, frame in (("train", data.train), ("test", data.test)):
        frame.reset_index().to_parquet(folder / "m4" / f"{task.group}_{part}.parquet")
    return load_data(task, folder)


def test_checksum_sees_values_ids_and_lengths() -> None:
    data = small_task()
    found = {values_sha256(data.train, data.test)}
    found.add(values_sha256(data.train + 1e-12, data.test))
    found.add(values_sha256(data.train, data.test.rename({"a": "c"}, level=0)))
    found.add(values_sha256(data.train.iloc[1:], data.test))
    found.add(values_sha256(data.test, data.train))
    assert len(found) == 5


def test_unknown_tasks_are_refused() -> None:
    with pytest.raises(InputError, match=r"no task 'm5'; there is .*m4-hourly"):
        load_task("m5")
    with pytest.raises(InputError, match="no task"):
        load_task("../tasks/m4-hourly")


def test_task_files_hold_their_fields_and_no_other() -> None:
    entries = json.loads((TASKS / "m4-hourly.json").read_text(encoding="utf-8"))
    assert parse_task(json.dumps(entries)) == load_task("m4-hourly")
    with pytest.raises(InputError, match="absent or unknown: colour"):
        parse_task(json.dumps({**entries, "colour": "red"}))
    del entries["horizon"]
    with pytest.raises(InputError, match="absent or unknown: horizon"):
        parse_task(json.dumps(entries))
