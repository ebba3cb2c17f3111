"""Exit codes, and errors as one line for people or one object for machines."""

from __future__ import annotations

import json
import logging
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from types import FrameType
from typing import Any, NoReturn, Protocol

import click

from esrnn.cli.logs import warnings_logged
from esrnn.cli.torchrun import is_first_process
from esrnn.cli.wording import for_command_line

__all__ = [
    "BAD_DATA",
    "DONE",
    "SOME_REJECTED",
    "UNFINISHED",
    "WRONG_USE",
    "echo_error",
    "run_job",
    "usage_errors",
]

log = logging.getLogger("esrnn.cli")

DONE, WRONG_USE, BAD_DATA, SOME_REJECTED, UNFINISHED = 0, 2, 3, 4, 5
_N_SERIES = 100


class Answer(Protocol):
    """What a job returns."""

    @property
    def is_complete(self) -> bool:
        """Whether no series was left out."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        ...

    def lines(self) -> Sequence[str]:
        """Return sentences for people."""
        ...


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turn errors about options into errors of the call."""
    from esrnn.errors import InputError, InputTypeError

    try:
        yield
    except (InputError, InputTypeError) as error:
        raise click.UsageError(_text(error), click.get_current_context()) from None


def run_job(job: Callable[[], Answer], as_json: bool, target: str | None = None) -> int:
    """Run a job and say what it did.

    Parameters
    ----------
    job : callable
        Returns the report.
    as_json : bool
        Whether to print one JSON object.
    target : str, optional
        What the job writes; an unfinished job of it may be gone on with.

    Returns
    -------
    int
        The exit code. Of several processes that torchrun has started, those after the first print
        no report and end with 0: torchrun would stop the others for a report of rejected series.
    """
    from esrnn.errors import EsrnnError, FileError, LostProcessError
    from esrnn.files.storage import is_full_disk
    from esrnn.jobs.faults import CallError, Unfinished

    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        # The standard output is for the answer; what trainings print goes elsewhere.
        with warnings_logged(), redirect_stdout(sys.stderr):
            report = job()
    except KeyboardInterrupt:
        code = UNFINISHED if _is_begun(target) else 128 + signal.SIGINT
        return _fail(_with_kept("interrupted", target), code, as_json)
    except (Unfinished, LostProcessError) as error:
        return _fail(_with_kept(_text(error), target), UNFINISHED, as_json)
    except CallError as error:
        return _fail(_text(error), WRONG_USE, as_json)
    except FileError as error:
        code = UNFINISHED if _is_begun(target) or is_full_disk(error) else BAD_DATA
        return _fail(_with_kept(_text(error), target), code, as_json)
    except EsrnnError as error:
        return _fail(_text(error), BAD_DATA, as_json, error.series)
    finally:
        signal.signal(signal.SIGTERM, before)
    if not is_first_process():
        return DONE
    if as_json:
        click.echo(json.dumps(report.to_dict()))
    else:
        click.echo("\n".join(report.lines()))
    return DONE if report.is_complete else SOME_REJECTED


def _interrupt(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _is_begun(target: str | None) -> bool:
    """Return whether an unfinished job has left what the same call can go on with."""
    from esrnn.jobs.state import state_folder

    return target is not None and (state_folder(target) / "job.json").exists()


def _text(error: Exception) -> str:
    """Return what an error says, in the words of files and commands."""
    from esrnn.jobs.wording import for_files

    text, remedy = str(error), getattr(error, "remedy", "")
    if remedy:
        text = text.replace(remedy, for_files(remedy))
    notes = [f"({note})" for note in getattr(error, "__notes__", ())]
    return for_command_line(" ".join([text, *notes]))


def _with_kept(text: str, target: str | None) -> str:
    """Say that an unfinished job can be gone on with, if there is one."""
    if not _is_begun(target) or "same call" in text:
        return text
    kept = f"What was done is kept; the same command goes on from there ({target})"
    return f"{text.removesuffix('.')}. {kept}"


def _fail(text: str, code: int, as_json: bool, series: tuple[object, ...] = ()) -> int:
    """Say what went wrong: in the log, and as the answer where that is an object."""
    log.error("%s", text)
    if as_json:
        echo_error(text, code, series)
    return code


def echo_error(text: str, code: int, series: tuple[object, ...] = ()) -> None:
    """Print an error as the answer, one JSON object.

    Parameters
    ----------
    text : str
    code : int
        The exit code.
    series : tuple
        Those that are named; the first ones are printed.
    """
    error = {"message": text, "exit_code": code, "series": [str(s) for s in series[:_N_SERIES]]}
    click.echo(json.dumps({"error": error}))
