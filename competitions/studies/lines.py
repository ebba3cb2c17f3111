"""Logs of studies that are no forecasts: JSON lines of results, added to by jobs of known names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from competitions.source_commit import commit

__all__ = ["Job", "read_lines", "run_jobs"]

Line = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """Work that makes lines of a log; it is done where the log has lines of its name."""

    name: str
    run: Callable[[], list[Line]]


def read_lines(log: Path) -> list[Line]:
    """Return the lines of a log; none if there is no such file."""
    if not log.exists():
        return []
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def run_jobs(
    jobs: Iterable[Job], log: Path, say: Callable[[str], object], most: int | None = None
) -> list[Line]:
    """Do the jobs that a log does not have yet, `most` at most; return all lines of the log.

    The lines of a job are written together, so that one that was stopped is done again as a whole.
    """
    done = {line["job"] for line in read_lines(log)}
    for job in islice((job for job in jobs if job.name not in done), most):
        lines = [{"job": job.name, **line, "commit": commit() or ""} for line in job.run()]
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write("".join(json.dumps(line) + "\n" for line in lines))
        say(f"{job.name}: {len(lines)} results")
    return read_lines(log)
