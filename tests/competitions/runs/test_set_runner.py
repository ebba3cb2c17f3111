"""A method on all tasks of a set."""

import json
from pathlib import Path
from typing import Any

import pytest

import competitions.runs.runner as runner
import competitions.runs.set_runner as set_runner
from competitions.methods import Settings
from competitions.runs.runner import Request
from competitions.runs.set_runner import run_set
from competitions.task.files import TaskSet

SMALL = TaskSet("small", "Small", ("m4-hourly", "m4-hourly-40"), "series")


@pytest.fixture(autouse=True)
def small_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a set of what ships with the package, and draw nothing."""
    monkeypatch.setattr(runner, "draw_picture", lambda data, result, path: "none")
    monkeypatch.setattr(set_runner, "load_set", lambda name: SMALL)


def test_the_total_is_of_all_series_and_tasks_keep_their_own(tmp_path: Path) -> None:
    said: list[str] = []
    request = Request("small", "snaive", tmp_path, Settings(seed=1))
    whole = run_set(request, say=said.append)
    entries = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert whole.as_dict().items() <= entries.items()
    parts: list[dict[str, Any]] = [
        json.loads((tmp_path / name / "scores.json").read_text(encoding="utf-8"))
        for name in SMALL.tasks
    ]
    assert entries["n_series"] == 454
    for measure in ("smape", "mase", "msis", "coverage"):
        mean = (414 * parts[0][measure] + 40 * parts[1][measure]) / 454
        assert entries[measure] == pytest.approx(mean, rel=1e-12), measure
    assert entries["cpu_s"] == pytest.approx(sum(part["cpu_s"] for part in parts))
    assert "sNaive, M4 Hourly, 40 of 414 series" in said[-1]
    assert said[-1].splitlines()[-1].split()[0] == "sNaive,"


def test_tasks_that_are_complete_are_not_run_again(tmp_path: Path) -> None:
    request = Request("small", "naive", tmp_path)
    run_set(request, say=_ignore)
    (tmp_path / "m4-hourly" / "scores.json").unlink()
    untouched = (tmp_path / "m4-hourly-40" / "scores.json").stat().st_mtime_ns
    said: list[str] = []
    run_set(request, say=said.append)
    assert sum("is complete in" in line for line in said) == 1
    assert (tmp_path / "m4-hourly-40" / "scores.json").stat().st_mtime_ns == untouched
    assert (tmp_path / "m4-hourly" / "scores.json").exists()


def test_a_total_does_not_outlive_its_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request("small", "naive", tmp_path)
    run_set(request, say=_ignore)

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(set_runner, "run", killed)
    with pytest.raises(KeyboardInterrupt):
        run_set(request, say=_ignore)
    assert not (tmp_path / "scores.json").exists()


def _ignore(line: str) -> None:
    pass
