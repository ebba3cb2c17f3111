"""What commands do in processes that torchrun has started; `test_pages` starts some."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from esrnn.cli import main
from tests.jobs.made_up import sales


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be the second of two processes."""
    for name, value in {"TORCHELASTIC_RUN_ID": "a", "WORLD_SIZE": "2", "RANK": "1"}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("second")
@pytest.mark.parametrize("command", ["forecast", "predict", "update", "backtest"])
def test_other_commands_than_fit_are_refused(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "sales.csv"]) == 2
    assert f"torchrun is for the training of esrnn fit; got {command}" in capsys.readouterr().err


@pytest.mark.usefixtures("second")
def test_a_process_beside_the_first_says_nothing_but_errors(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sales(2).to_csv(tmp_path / "sales.csv", index=False)
    arguments = ["fit", str(tmp_path / "sales.csv"), "--out", str(tmp_path / "model"), "--json"]
    assert main(arguments) == 3
    out, err = capfd.readouterr()
    assert out == ""
    assert "variables that torchrun sets must all be there" in err
    monkeypatch.setattr("esrnn.training.data_parallel", nullcontext)
    assert main(arguments) == 0
    assert capfd.readouterr() == ("", "")


def test_variables_that_torchrun_did_not_set_change_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"WORLD_SIZE": "2", "RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    sales(2).to_csv(tmp_path / "sales.csv", index=False)
    assert main(["check", str(tmp_path / "sales.csv")]) == 0
    assert "2 series" in capsys.readouterr().out
