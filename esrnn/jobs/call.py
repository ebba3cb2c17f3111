"""What all jobs do with their arguments."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from esrnn._checks import as_whole
from esrnn.errors import EsrnnError, InputError
from esrnn.files import Columns, Source, Survey, find_partitions, refuse_shared_series, survey
from esrnn.forecaster.settings import require_known
from esrnn.jobs.faults import CallError
from esrnn.jobs.manifest import code_identity
from esrnn.jobs.options import Output, Run

__all__ = [
    "Call",
    "as_horizon",
    "checked_settings",
    "plain_settings",
    "require_unchanged",
    "surveyed",
]

log = logging.getLogger("esrnn.jobs")

# Settings that change no number, and those that jobs have options for.
_NO_NUMBERS = ("verbose", "n_jobs", "time_budget")
_OWN = ("errors", "callbacks", "horizon")


@dataclass(frozen=True)
class Call:
    """What a job was called with.

    Attributes
    ----------
    command : str
    run : Run
    output : Output
    began : float
        In seconds of `time.monotonic`.
    """

    command: str
    run: Run
    output: Output = field(default_factory=Output)
    began: float = field(default_factory=time.monotonic)

    def asked(self, found: Survey, horizon: int | None) -> dict[str, Any]:
        """Return what the numbers depend on, as plain data."""
        return {
            "command": self.command,
            "code": code_identity(),
            "data": found.source.path,
            "files": {p.name: p.fingerprint for p in found.partitions},
            "columns": asdict(found.columns),
            "horizon": horizon,
            "output": asdict(self.output),
            "on_error": self.run.on_error,
        }

    def deadline(self) -> float | None:
        """Return when the time budget is used up."""
        budget = self.run.time_budget
        return None if budget is None else self.began + budget


def surveyed(data: str | Source, columns: Columns | None) -> Survey:
    """Find files and columns, say which ones were taken, and see that no series is in two files.

    Parameters
    ----------
    data : str or Source
    columns : Columns or None

    Returns
    -------
    Survey

    Raises
    ------
    EsrnnError
        As `esrnn.files.survey` and `esrnn.files.refuse_shared_series`.
    """
    found = survey(data if isinstance(data, Source) else Source(data), columns)
    for sentence in found.said:
        log.info("%s", sentence)
    refuse_shared_series(found)
    return found


def as_horizon(horizon: int) -> int:
    """Return a number of steps ahead.

    Parameters
    ----------
    horizon : int

    Returns
    -------
    int

    Raises
    ------
    CallError
        If it is no whole number of at least 1.
    """
    try:
        return as_whole("horizon", horizon)
    except EsrnnError as error:
        raise CallError(str(error)) from None


def checked_settings(settings: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return arguments of `esrnn.ESRNN`, with a seed, so that equal jobs write equal bytes.

    Parameters
    ----------
    settings : mapping of str to object, or None

    Returns
    -------
    dict of str to object

    Raises
    ------
    CallError
        If one is unknown, or is an option of jobs.
    """
    settings = {"random_state": 0, **(settings or {})}
    own = sorted(settings.keys() & set(_OWN))
    if own:
        raise CallError(f"{own} are options of the job, not settings. Give them there.")
    try:
        require_known(settings)
    except EsrnnError as error:
        raise CallError(str(error)) from None
    return settings


def plain_settings(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings that numbers depend on as text, to tell whether they are the same.

    Parameters
    ----------
    settings : mapping of str to object

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> plain_settings({"n_members": 2, "n_jobs": 4})
    {'n_members': '2'}
    """
    return {name: repr(value) for name, value in settings.items() if name not in _NO_NUMBERS}


def require_unchanged(found: Survey) -> None:
    """Refuse an input that was changed while it was read.

    Parameters
    ----------
    found : Survey

    Raises
    ------
    InputError
    """
    now = {p.name: p.fingerprint for p in find_partitions(found.source)}
    changed = [p.name for p in found.partitions if now.get(p.name) != p.fingerprint]
    if changed:
        raise InputError(
            f"the input was changed while it was read: {changed[:5]}. Begin again when it is"
            " complete."
        )
