"""Steps that files name in words, and the time stamps of a series from its start on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["FileStep", "step_of_alias", "step_of_words"]

Stamps = npt.NDArray[Any]

_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_WORDS = {
    "secondly": (1, "second"), "minutely": (1, "minute"), "half_hourly": (30, "minute"),
    "hourly": (1, "hour"), "daily": (1, "day"), "weekly": (1, "week"), "monthly": (1, "month"),
    "quarterly": (1, "quarter"), "yearly": (1, "year"),
}  # fmt: skip
_ALIASES = {
    "S": "second", "T": "minute", "MIN": "minute", "H": "hour", "D": "day", "W": "week",
    "M": "month", "ME": "month", "MS": "month", "Q": "quarter", "QE": "quarter", "QS": "quarter",
    "A": "year", "Y": "year", "YE": "year", "YS": "year", "AS": "year",
}  # fmt: skip
_COUNTED = re.compile(r"(\d+)_?([a-z]+?)s?")
_ALIAS = re.compile(r"(\d*)([A-Za-z]+)(-[A-Z]{3})?")


@dataclass(frozen=True)
class FileStep:
    """A step between time stamps.

    Parameters
    ----------
    unit : {"month", "second", "business day"}
    n : int
        How many of these.
    """

    unit: str
    n: int

    def stamps(self, start: np.datetime64, n_steps: int) -> Stamps:
        """Return the time stamps of a series.

        Parameters
        ----------
        start : numpy.datetime64
            The first one.
        n_steps : int

        Returns
        -------
        ndarray of shape (n_steps,), datetime64[s]
            Of months, quarters and years their first days, whatever day `start` is.
        """
        steps = np.arange(n_steps) * self.n
        if self.unit == "month":
            month = start.astype("M8[M]").astype(np.int64)  # since January 1970
            if self.n in (3, 12):
                month -= month % self.n
            stamps = (month + steps).astype("M8[M]")
        elif self.unit == "business day":
            stamps = np.busday_offset(start.astype("M8[D]"), steps, roll="forward")
        else:
            stamps = start.astype("M8[s]") + steps.astype("m8[s]")
        return np.asarray(stamps.astype("M8[s]"))


def step_of_words(words: str) -> FileStep | None:
    """Read a step as Monash files name it, such as ``half_hourly`` or ``10_minutes``.

    Parameters
    ----------
    words : str

    Returns
    -------
    FileStep or None
        None if it isn't known.

    Examples
    --------
    >>> step_of_words("10_minutes"), step_of_words("quarterly")
    (FileStep(unit='second', n=600), FileStep(unit='month', n=3))
    """
    if words in _WORDS:
        return _step(*_WORDS[words])
    match = _COUNTED.fullmatch(words)
    if match is None or match[2] not in {**_SECONDS, **_MONTHS}:
        return None
    return _step(int(match[1]), match[2])


def step_of_alias(alias: str) -> FileStep | None:
    """Read a step as pandas and GluonTS name it, such as ``"30min"`` or ``"Q-DEC"``.

    Parameters
    ----------
    alias : str

    Returns
    -------
    FileStep or None
        None if it isn't known.
    """
    match = _ALIAS.fullmatch(alias)
    if match is None:
        return None
    n = int(match[1] or 1)
    if match[2].upper() == "B":
        return FileStep("business day", n) if n else None
    unit = _ALIASES.get(match[2].upper())
    return None if unit is None else _step(n, unit)


def _step(n: int, unit: str) -> FileStep | None:
    if n == 0:
        return None
    if unit in _MONTHS:
        return FileStep("month", n * _MONTHS[unit])
    return FileStep("second", n * _SECONDS[unit])
