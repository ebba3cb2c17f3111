"""The task files can be made again from the data."""

from pathlib import Path

import pytest

from competitions.task import load_set, load_task, parse_set, parse_task, set_names, task_names
from competitions.task.files import FOLDER
from competitions.task.freeze import GROUPS, SAMPLES, SETS, format_file, main, make_task, sample


def test_the_committed_hourly_files_can_be_made_again() -> None:
    (hourly,) = (group for group in GROUPS if group.name == "hourly")
    for task in (make_task(hourly), make_task(hourly, n_sample=40)):
        assert format_file(task) == (FOLDER / f"{task.name}.json").read_text(encoding="utf-8")


def test_all_committed_files_can_be_made_again(
    competition_data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data-dir", str(competition_data_dir), "--out", str(tmp_path)]) == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in FOLDER.iterdir()
    }
    assert "M4 Daily, 1,673 of 4,227 series" in capsys.readouterr().out


def test_groups_without_data_are_left_out_with_a_word_about_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ESRNN_DATA_DIR", raising=False)
    monkeypatch.setattr("competitions.task.freeze.GROUPS", (GROUPS[6], GROUPS[5]))
    monkeypatch.setattr("competitions.task.freeze.LOADERS", {"m3": _absent, "m4": _absent})
    assert main(["--out", str(tmp_path)]) == 1
    assert "m3-yearly: nowhere" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m3.json", "m4.json"]


def _absent(group: str, data_dir: object) -> object:
    from esrnn.datasets import DatasetNotFoundError

    raise DatasetNotFoundError("nowhere")


@pytest.mark.parametrize("name", task_names())
def test_a_file_reads_back_as_its_task(name: str) -> None:
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert format_file(load_task(name)) == text
    assert parse_task(text) == load_task(name)
    assert max(len(line) for line in text.splitlines()) <= 100


def test_sets_are_those_of_the_files() -> None:
    assert [task_set.name for task_set in SETS] == ["m4", "m3"]
    for task_set in SETS:
        assert parse_set(format_file(task_set)) == load_set(task_set.name) == task_set
    assert len(GROUPS) + len(SAMPLES) == len(task_names())
    assert len(SETS) == len(set_names())


def test_a_draw_depends_on_the_seed_and_not_on_the_order() -> None:
    ids = [f"Y{i}" for i in range(1000)]
    drawn = sample(ids, 100, "one")
    assert len(set(drawn)) == 100
    assert [one for one in ids if one in drawn] == drawn
    assert sorted(sample(ids[::-1], 100, "one")) == sorted(drawn)
    # Two independent draws of a tenth share a tenth, 10 +- 3.
    assert len(set(drawn) & set(sample(ids, 100, "two"))) < 25
    assert sample(ids, 2000, "one") == ids
