"""A command leaves the package's log as it was."""

import json
import logging
from pathlib import Path

import pytest

from esrnn.cli import main
from tests.jobs.made_up import TINY, sales


def test_the_log_is_as_before_a_command(capfd: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("esrnn")
    before = (list(logger.handlers), logger.level, logger.propagate)
    assert main(["check", "memory://absent.csv", "--quiet"]) == 3
    assert main(["check", "--nonsense", "--log-format", "json"]) == 2
    assert capfd.readouterr().err
    assert (list(logger.handlers), logger.level, logger.propagate) == before


@pytest.mark.parametrize(
    "wrong",
    [
        ["forecast", "sales.csv", "--out", "f.csv"],  # no horizon
        ["forecast", "sales.csv", "--horizon", "many", "--out", "f.csv"],
        ["fit", "sales.csv", "--out", "m", "--intervals", "80"],
        ["predict", "monthly", "sales.csv", "--out", "f.csv", "--intervals", "800"],
        ["fit", "sales.csv", "--out", "m", "--set", "verbose=2"],
        ["nonsense"],
    ],
)
def test_wrong_use_is_an_object_too(wrong: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*wrong, "--json"]) == 2
    said = capfd.readouterr()
    error = json.loads(said.out)["error"]
    assert error["exit_code"] == 2
    assert error["message"]
    assert error["message"] in said.err.replace("\n", " ")
    assert main(wrong) == 2
    assert not capfd.readouterr().out


def test_what_a_training_prints_is_not_among_the_answer(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sales(3).to_csv(tmp_path / "sales.csv", index=False)
    settings = [f"--set={name}={value}" for name, value in {**TINY, "verbose": 1}.items()]
    call = ["fit", str(tmp_path / "sales.csv"), "--horizon", "2", "--out", str(tmp_path / "m")]
    assert main([*call, *settings, "--json"]) == 0
    said = capfd.readouterr()
    assert json.loads(said.out)["counts"]["n_series"] == 3
    assert "ESRNN: " in said.err
