"""What commands do in processes that torchrun has started; `test_pages` starts some."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest

from esrnn.cli import main
from esrnn.jobs.state import state_folder
from esrnn.training import data_parallel
from tests.jobs.made_up import sales

ROOT = Path(__file__).resolve().parent.parent.parent


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


@pytest.fixture
def taken_port(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let the processes meet at a port that another program has and does not listen at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
        monkeypatch.setenv("MASTER_PORT", port)
        yield port


@pytest.mark.usefixtures("second")
@pytest.mark.parametrize("is_begun", [False, True])
def test_processes_that_do_not_find_each_other(
    is_begun: bool,
    taken_port: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TORCH_CPP_LOG_LEVEL", "FATAL")  # torch is loaded already
    monkeypatch.setattr("esrnn.training.data_parallel", partial(data_parallel, 0.5))
    sales(2).to_csv(tmp_path / "sales.csv", index=False)
    target = tmp_path / "model"
    if is_begun:
        state_folder(str(target)).mkdir()
        (state_folder(str(target)) / "job.json").touch()
    assert main(["fit", str(tmp_path / "sales.csv"), "--out", str(target)]) == 5
    err = capfd.readouterr().err
    assert f"rank 1 of 2 has not reached the others by 127.0.0.1:{taken_port} within 0.5 s" in err
    assert ("the same command goes on from there" in err) == is_begun
    assert not target.exists()


@pytest.mark.slow
@pytest.mark.usefixtures("second")
def test_torchs_own_log_is_not_in_the_way(taken_port: str, tmp_path: Path) -> None:
    sales(2).to_csv(tmp_path / "sales.csv", index=False)
    done = subprocess.run(
        [sys.executable, "-m", "esrnn", "fit", "sales.csv", "--out", "model"],
        cwd=tmp_path,
        env={**os.environ, "RANK": "0", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 5
    (line,) = done.stderr.splitlines()
    assert re.search(rf"ERROR .* rank 0 of 2 has not reached .*:{taken_port} .*EADDRINUSE", line)


def test_variables_that_torchrun_did_not_set_change_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"WORLD_SIZE": "2", "RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    sales(2).to_csv(tmp_path / "sales.csv", index=False)
    assert main(["check", str(tmp_path / "sales.csv")]) == 0
    assert "2 series" in capsys.readouterr().out
