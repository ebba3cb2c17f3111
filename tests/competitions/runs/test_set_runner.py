"""A method on all tasks of a set."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

import competitions.runs.runner as runner
import competitions.runs.set_runner as set_runner
from competitions import commands
from competitions.__main__ import main
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


@pytest.mark.parametrize("weights", ["forecasts", "series"])
def test_a_set_is_scored_again_as_its_run_was(
    weights: Literal["forecasts", "series"], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    small = replace(SMALL, name="m3", title="M3", weights=weights)
    for module in (set_runner, commands):
        monkeypatch.setattr(module, "load_set", lambda name: small)
    said: list[str] = []
    run_set(Request("m3", "snaive", tmp_path / "run"), say=said.append)
    entries = json.loads((tmp_path / "run" / "scores.json").read_text(encoding="utf-8"))
    assert ("per_series" in entries) == (weights == "forecasts")
    assert main(["score", str(tmp_path / "run")]) == 0
    again = capsys.readouterr().out
    for table in (said[-1], again):
        totals = [line for line in table.splitlines() if " total " in line]
        assert len(totals) == 1 + (weights == "forecasts")
        assert f"{entries['smape']:.3f}" in totals[0]
    assert main(["score", str(tmp_path / "run"), "--task", "m4"]) == 1
    assert "is of task m3; got --task m4" in capsys.readouterr().err
    if weights == "forecasts":
        assert "as M3 published them" in again
        assert f"{entries['per_series']['mase']:.3f}" in totals[1]


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
