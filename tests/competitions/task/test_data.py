"""Task files, and data that are or are not those of a task."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from competitions.task import (
    Task,
    TaskData,
    load_data,
    load_set,
    load_task,
    parse_set,
    parse_task,
    set_names,
    task_names,
    values_sha256,
)
from esrnn.datasets import load_m4
from esrnn.errors import InputError
from tests.competitions.tasks import small_frame, small_task

TASKS = Path(__file__).parents[3] / "competitions" / "tasks"
# Horizon, seasonal period of the measures, series in the group.
GROUPS = {
    "m4-yearly": (6, 1, 23000),
    "m4-quarterly": (8, 4, 24000),
    "m4-monthly": (18, 12, 48000),
    "m4-weekly": (13, 1, 359),
    "m4-daily": (14, 1, 4227),
    "m4-hourly": (48, 24, 414),
    "m3-yearly": (6, 1, 645),
    "m3-quarterly": (8, 4, 756),
    "m3-monthly": (18, 12, 1428),
    "m3-other": (8, 1, 174),
}
SAMPLES = {"m4-yearly-1000": 1000, "m4-quarterly-1000": 1000, "m4-hourly-40": 40}
PARTIAL = {"m4-quarterly": 14950, "m4-monthly": 2236, "m4-daily": 1673}


def test_all_tasks_and_sets_are_there() -> None:
    assert set(task_names()) == {*GROUPS, *SAMPLES}
    assert set_names() == ["m3", "m4"]


@pytest.mark.parametrize("name", task_names())
def test_task_files_are_in_order(name: str) -> None:
    task = load_task(name)
    group = f"{task.competition}-{task.group}"
    assert task.name == name
    assert name in (group, f"{group}-{task.n_series}")
    assert (task.horizon, task.seasonal_period, task.n_in_group) == GROUPS[group]
    assert task.n_series == {**PARTIAL, **SAMPLES}.get(name, task.n_in_group)
    assert len(task.id_list) == len(set(task.id_list)) == task.n_series
    assert task.lengths is None or len(task.lengths) == task.n_series
    assert task.measures[0] == "smape"
    assert task.levels == (95,)
    assert re.fullmatch("[0-9a-f]{64}", task.sha256)
    assert list(task.files.values()) == [
        f"{task.competition}/{task.group}_{part}.parquet" for part in ("train", "test")
    ]


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_of_their_group(name: str) -> None:
    sample, whole = load_task(name), load_task(name.rpartition("-")[0])
    order = {series: i for i, series in enumerate(whole.id_list)}
    places = [order[series] for series in sample.id_list]
    assert places == sorted(places)
    # From all over the group: some in each tenth of it.
    assert len({place * 10 // whole.n_series for place in places}) == 10


def test_labels_tell_what_part_of_a_group_it_is() -> None:
    assert load_task("m4-yearly").label == "M4 Yearly"
    assert load_task("m4-quarterly").label == "M4 Quarterly, 14,950 of 24,000 series"
    assert load_task("m4-quarterly").is_partial
    assert not load_task("m3-other").is_partial
    assert load_task("m4-hourly-40").label == "M4 Hourly, 40 of 414 series"
    assert load_task("m4-hourly").note == ""
    monthly = load_task("m4-monthly")
    assert monthly.note == "1,158 of the series without the first part of their history"


def test_the_hourly_task_is_m4s() -> None:
    task = load_task("m4-hourly")
    assert (task.horizon, task.seasonal_period, task.n_series) == (48, 24, 414)
    assert task.forecast_columns == ("unique_id", "ds", "y_hat", "lo-95", "hi-95")


def test_sets_hold_the_groups_in_the_order_of_the_published_tables() -> None:
    m4, m3 = load_set("m4"), load_set("m3")
    assert [*m4.tasks, *m3.tasks] == list(GROUPS)
    assert (m4.weights, m3.weights) == ("series", "forecasts")
    assert (m4.label, m3.label) == ("M4, 42,632 of 100,000 series", "M3")
    assert m4.weight(load_task("m4-hourly")) == 414
    assert m3.weight(load_task("m3-monthly")) == 1428 * 18


def test_hourly_data_are_those_of_the_task() -> None:
    data = load_data(load_task("m4-hourly"))
    assert data.ids[:2] == ["H1", "H2"]
    assert data.actual.shape == (414, 48)
    assert data.actual[0, 0] == data.test.loc["H1", "y"].iloc[0]
    assert data.indptr[-1] == len(data.values) == 353_500


def test_a_sample_is_taken_out_of_its_group() -> None:
    whole, sample = load_data(load_task("m4-hourly")), load_data(load_task("m4-hourly-40"))
    assert sample.ids == sample.task.id_list
    for part in ("train", "test"):
        expected, found = getattr(whole, part), getattr(sample, part)
        expected = expected[expected.index.isin(sample.ids, level=0)]
        pd.testing.assert_frame_equal(found, expected)
        assert found.index.levels[0].tolist() == sorted(sample.ids), "ids that are not there"


@pytest.mark.parametrize("name", task_names())
def test_data_are_those_of_the_tasks(name: str, competition_data_dir: Path) -> None:
    task = load_task(name)
    data = load_data(task, competition_data_dir)
    assert data.ids == task.id_list
    assert len(data.indptr) == task.n_series + 1
    assert data.actual.shape == (task.n_series, task.horizon)
    steps = data.train.groupby(level=0, sort=False).size() + 1
    assert data.test.reset_index("ds").groupby(level=0, sort=False)["ds"].first().equals(steps)


def test_samples_are_those_that_r_was_run_on(competition_data_dir: Path) -> None:
    r = pd.read_parquet(competition_data_dir / "m4" / "r_accuracy.parquet")
    for name in ("m4-yearly-1000", "m4-quarterly-1000"):
        for method in ("ets", "arima"):
            assert set(load_task(name).id_list) <= set(r.loc[r["method"] == method, "unique_id"])


def test_another_copy_of_the_data_has_the_same_checksum(competition_data_dir: Path) -> None:
    assert values_sha256(*load_m4("hourly", competition_data_dir)) == load_task("m4-hourly").sha256


def test_data_of_another_task_are_refused(tmp_path: Path) -> None:
    task = load_task("m4-hourly")
    with pytest.raises(InputError, match=r"needs 414 series.*have 2; absent.* 414 found.*'H1'"):
        _load(task, small_task(), tmp_path)
    small = small_task().task
    with pytest.raises(InputError, match=r"must have the checksum 000; got .*m4/yearly_train"):
        _load(dataclasses.replace(small, sha256="000"), small_task(), tmp_path)
    wrong = dataclasses.replace(small, horizon=3)
    with pytest.raises(InputError, match=r"needs 3 steps.* 2 found: series 'b': 2; series 'a': 2"):
        _load(wrong, small_task(), tmp_path)
    assert _load(small, small_task(), tmp_path).ids == ["b", "a"]


def test_a_series_that_is_absent_is_named(tmp_path: Path) -> None:
    data = small_task()
    task = dataclasses.replace(data.task, ids=("b", "c1..c2", "a"), n_series=4)
    with pytest.raises(InputError, match="2 found: series 'c1'; series 'c2'"):
        _load(task, data, tmp_path)


def test_the_order_and_the_size_of_the_copy_found_do_not_matter(tmp_path: Path) -> None:
    data = small_task()
    more = {"a": ([10.0, 12.0], 1), "c": ([1.0, 1.0, 2.0], 1), "b": ([1.0, 3.0, 4.0], 1)}
    ahead = {"a": ([12.0, 16.0], 3), "c": ([5.0, 5.0], 4), "b": ([6.0, 2.0], 4)}
    found = _load(data.task, TaskData(data.task, small_frame(more), small_frame(ahead)), tmp_path)
    pd.testing.assert_frame_equal(found.train, data.train)
    pd.testing.assert_frame_equal(found.test, data.test)


def test_longer_histories_are_cut_to_what_the_task_has_of_them(tmp_path: Path) -> None:
    data = small_task()
    task = dataclasses.replace(data.task, train_lengths=("3", "2"), n_truncated=1)
    longer = {"b": ([7.0, 8.0, 1.0, 3.0, 4.0], 1), "a": ([10.0, 12.0], 1)}
    ahead = {"b": ([6.0, 2.0], 6), "a": ([12.0, 16.0], 3)}
    copy = TaskData(task, small_frame(longer), small_frame(ahead))
    found = _load(task, copy, tmp_path)
    pd.testing.assert_frame_equal(found.train, data.train)
    pd.testing.assert_frame_equal(found.test, data.test)
    with pytest.raises(InputError, match="checksum"):
        _load(dataclasses.replace(task, train_lengths=("4", "2")), copy, tmp_path)
    with pytest.raises(InputError, match="checksum"):
        _load(dataclasses.replace(task, train_lengths=("6", "2")), copy, tmp_path)


def test_lengths_are_written_as_runs() -> None:
    task = dataclasses.replace(small_task().task, train_lengths=("198*3", "7", "5*2"))
    assert task.lengths == [198, 198, 198, 7, 5, 5]


def _load(task: Task, copy: TaskData, folder: Path) -> TaskData:
    """Load a task from a folder that holds the copy."""
    (folder / "m4").mkdir(exist_ok=True)
    for part, frame in (("train", copy.train), ("test", copy.test)):
        frame.reset_index().to_parquet(folder / "m4" / f"{task.group}_{part}.parquet")
    return load_data(task, folder)


def test_arrays_of_a_task_are_its_frames() -> None:
    data = small_task()
    assert data.indptr.tolist() == [0, 3, 5]
    assert data.values.tolist() == [1.0, 3.0, 4.0, 10.0, 12.0]
    assert data.actual.tolist() == [[6.0, 2.0], [12.0, 16.0]]
    with pytest.raises(ValueError, match="read-only"):
        data.indptr[0] = 1


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
    with pytest.raises(InputError, match="no task 'm4'"):
        load_task("m4")
    with pytest.raises(InputError, match="no set of tasks 'm4-hourly'; there is m3, m4"):
        load_set("m4-hourly")


def test_task_files_hold_their_fields_and_no_other() -> None:
    entries = json.loads((TASKS / "m4-hourly.json").read_text(encoding="utf-8"))
    assert parse_task(json.dumps(entries)) == load_task("m4-hourly")
    with pytest.raises(InputError, match="absent or unknown: colour"):
        parse_task(json.dumps({**entries, "colour": "red"}))
    del entries["horizon"]
    with pytest.raises(InputError, match="absent or unknown: horizon"):
        parse_task(json.dumps(entries))
    with pytest.raises(InputError, match="absent or unknown: tasks, weights"):
        parse_set('{"name": "m4", "title": "M4"}')


def test_steps_are_integers_whatever_the_copy() -> None:
    for name in ("m4-hourly", "m4-hourly-40"):
        data = load_data(load_task(name))
        for frame in (data.train, data.test):
            assert frame.index.names == ["unique_id", "ds"]
            assert frame.index.levels[1].dtype == np.int64
