"""Messages of the package in the words of the command line."""

from __future__ import annotations

import re
import shlex

__all__ = ["for_command_line"]

# Arguments in messages that are options, and what these are called where that differs.
_OPTIONS = {"format": "input-format"} | {
    name: name.replace("_", "-")
    for name in (
        "id", "time", "value", "static", "future", "freq", "zone", "time_format", "together",
        "delimiter", "decimal", "encoding", "missing", "workers", "threads", "max_memory",
    )
}  # fmt: skip
# Not arguments of a call, such as f(id=...); words of their own, such as time, need the sign.
_ARGUMENT = re.compile(
    rf"(?<![\w.(])(?:({'|'.join(_OPTIONS)})=(True\b|'[^']*')?|(time_format|max_memory)\b)"
)
_PYTHON = re.compile(r" [(]in Python, [^)]*[)]")


def for_command_line(text: str) -> str:
    """Return a message with options in place of arguments.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> for_command_line("Give the zone, such as zone='Europe/Berlin'.")
    'Give the zone, such as --zone Europe/Berlin.'
    >>> for_command_line("Read all files as one with together=True.")
    'Read all files as one with --together.'
    """
    return _ARGUMENT.sub(_option, _PYTHON.sub("", text))


def _option(found: re.Match[str]) -> str:
    name, value = f"--{_OPTIONS[found[1] or found[3]]}", found[2]
    return name if value in (None, "True") else f"{name} {shlex.quote(value[1:-1])}"
