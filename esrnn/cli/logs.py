"""What a job says while it works, and its errors: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["LogFormat", "logging_restored", "set_up_logging", "warnings_logged"]

log = logging.getLogger("esrnn.cli")

LogFormat = Literal["text", "json"]


def set_up_logging(log_format: LogFormat, quiet: bool) -> None:
    """Let the package's log go to the standard error.

    Parameters
    ----------
    log_format : {"text", "json"}
    quiet : bool
        Whether only errors are said.
    """
    logger = logging.getLogger("esrnn")
    for old in list(logger.handlers):
        if isinstance(old, _Lines):
            logger.removeHandler(old)
    on_terminal = sys.stderr.isatty() and log_format == "text"
    logger.addHandler(_Bar() if on_terminal else _Lines(log_format))
    logger.setLevel(logging.ERROR if quiet else logging.INFO)
    logger.propagate = False


@contextmanager
def logging_restored() -> Iterator[None]:
    """Leave the package's log as it was before: a command may run inside another program."""
    logger = logging.getLogger("esrnn")
    handlers, level, propagates = list(logger.handlers), logger.level, logger.propagate
    try:
        yield
    finally:
        logger.handlers[:] = handlers
        logger.setLevel(level)
        logger.propagate = propagates


@contextmanager
def warnings_logged() -> Iterator[None]:
    """Let warnings go to the log, so that all that is said has one form."""

    def to_log(message: Warning | str, *rest: object, **more: object) -> None:
        log.warning("%s", message)

    with warnings.catch_warnings():
        warnings.showwarning = to_log
        yield


class _Lines(logging.Handler):
    """Writes a line for each record."""

    def __init__(self, log_format: LogFormat) -> None:
        super().__init__()
        self._json = log_format == "json"

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds")
        text = record.getMessage()
        if self._json:
            entry: dict[str, object] = {"time": when, "level": record.levelname, "message": text}
            if hasattr(record, "progress"):
                entry["done"], entry["all"] = record.progress
            text = json.dumps(entry)
        else:
            text = f"{when} {record.levelname} {text}"
        print(text, file=sys.stderr, flush=True)


class _Bar(_Lines):
    """Draws a bar of the files that are done, and writes what else is said above it."""

    def __init__(self) -> None:
        super().__init__("text")
        self._bar: tqdm | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Move the bar, or write a line."""
        from tqdm import tqdm

        if not hasattr(record, "progress"):
            name = "esrnn: " if record.levelno >= logging.ERROR else ""
            tqdm.write(f"{name}{record.getMessage()}", file=sys.stderr)
            return
        n_done, n_all = record.progress
        if self._bar is None and n_all > 1:
            self._bar = tqdm(total=n_all, desc="forecast", unit="file")
        if self._bar is not None:
            self._bar.update(n_done - self._bar.n)
            if n_done == n_all:
                self._bar.close()
                self._bar = None
