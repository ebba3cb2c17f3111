"""The benchmark of sktime's checks counts them, and gives no figures where one fails."""

import json

import pytest

from benchmarks import sktime_checks
from benchmarks.__main__ import main

PASSED = {"cases": 2, "failed": [], "wall_s": 140.0, "cpu_s": 130.0, "import_s": 1.0}


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_runs_and_is_saved(tmp_path, capsys):
    assert main(["sktime-checks", "--quick", "--save", str(tmp_path)]) == 0
    result = json.loads((tmp_path / "sktime-checks.json").read_text(encoding="utf-8"))
    (found,) = result["results"]
    assert found["failed"] == []
    assert found["cases"] > 4  # two sets of parameters, several kinds of data
    assert min(found["wall_s"], found["cpu_s"], found["import_s"]) > 0.0
    assert "all checks on one core" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        ({"failed": ["test_clone[ESRNN-0]: no"]}, "of 2 checks 1 fail: test_clone"),
        ({"cases": 0}, "of 0 checks 0 fail"),
    ],
)
def test_a_failed_check_gets_no_figures(outcome, message, monkeypatch, capsys):
    monkeypatch.setattr(sktime_checks, "_fresh_process", lambda *_: {**PASSED, **outcome})
    assert main(["sktime-checks"]) == 1
    printed = capsys.readouterr()
    assert message in printed.err
    assert "wall s" not in printed.out


def test_too_slow_is_said(monkeypatch, capsys):
    monkeypatch.setattr(sktime_checks, "_fresh_process", lambda *_: PASSED)
    assert main(["sktime-checks"]) == 0
    assert "FAIL  all checks on one core, CPU s: 130 (bar: at most 120)" in capsys.readouterr().out
