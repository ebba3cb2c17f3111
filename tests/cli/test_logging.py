"""A command leaves the package's log as it was."""

import logging

import pytest

from esrnn.cli import main


def test_the_log_is_as_before_a_command(capfd: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("esrnn")
    before = (list(logger.handlers), logger.level, logger.propagate)
    assert main(["check", "memory://absent.csv", "--quiet"]) == 3
    assert main(["check", "--nonsense", "--log-format", "json"]) == 2
    assert capfd.readouterr().err
    assert (list(logger.handlers), logger.level, logger.propagate) == before
