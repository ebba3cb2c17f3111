"""Logs of backtests: JSON lines, one for each outcome, each outcome a flat dataclass."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["append_outcome", "read_outcomes"]

Outcome = TypeVar("Outcome")


def read_outcomes(log: Path, kind: type[Outcome]) -> list[Outcome]:
    """Return the outcomes of a log, none if it is not there.

    Parameters
    ----------
    log : pathlib.Path
    kind : type
        A dataclass whose fields are numbers, texts and truth values.
    """
    if not log.exists():
        return []
    return [kind(**json.loads(line)) for line in log.read_text(encoding="utf-8").splitlines()]


def append_outcome(log: Path, outcome: Any) -> None:
    """Add an outcome to a log, so that what was run is kept whatever comes after."""
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(outcome)) + "\n")
