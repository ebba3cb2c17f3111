"""Exceptions and the warning of the package, and the one way in which offenders are listed.

Every message says what was expected, what came, where, and what to do about it. Where series are
concerned, the message names the first five of them and the exception carries them all. Nothing here
looks at data: a caller finds the offenders and passes them in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

__all__ = [
    "EsrnnError",
    "EsrnnWarning",
    "FileError",
    "InputError",
    "InputTypeError",
    "LostProcessError",
    "ModelFileError",
    "Offenders",
    "StaleSeriesWarning",
    "TrainingError",
]

N_LISTED = 5


class _Column(Protocol):
    """A list, a tuple, a one-dimensional array or an index of pandas."""

    def __len__(self) -> int: ...

    def __getitem__(self, key: slice, /) -> Any: ...


@dataclass(frozen=True, eq=False)
class Offenders:
    """What a message is about: series, and where in them something is wrong.

    Parameters
    ----------
    series : list, tuple, array or index of length n
        Id of the series of each offender; None where a row has no id.
    steps : list, tuple, array or index of length n, optional
        Step or time stamp of each.
    values : list, tuple, array or index of length n, optional
        Value of each.
    rows : list, tuple or array of length n, optional
        Position of each in the frame it came in, where its time stamp isn't known.
    note : str
        What to add to the list in brackets.
    counted : bool
        Whether `steps` are counted from the start of each series in a panel, from 0.

    Examples
    --------
    >>> str(Offenders(["H1", "H7"], steps=[3, 17], values=[-3.0, float("inf")]))
    "2 found: series 'H1', step 3: -3.0; series 'H7', step 17: inf"
    >>> str(Offenders(["a", "b", "c", "d", "e", "f"]))
    "6 found: series 'a'; series 'b'; series 'c'; series 'd'; series 'e'; and 1 more"
    """

    series: _Column
    steps: _Column | None = None
    values: _Column | None = None
    rows: _Column | None = None
    note: str = ""
    counted: bool = False

    def __len__(self) -> int:
        """Return the number of offenders, n."""
        return len(self.series)

    def value_texts(self) -> list[str]:
        """Return the value of each as text."""
        return [] if self.values is None else [_plain(value) for value in _as_list(self.values)]

    def __str__(self) -> str:
        """Count the offenders, and write series, step and value of the first five."""
        first = slice(N_LISTED)
        series = _as_list(self.series[first])
        steps, values, rows = (
            [None] * len(series) if column is None else _as_list(column[first])
            for column in (self.steps, self.values, self.rows)
        )
        parts = []
        for k, name in enumerate(series):
            places = [] if name is None and self.rows is not None else [f"series {_plain(name)}"]
            if self.steps is not None:
                step = steps[k]
                places.append(f"step {step if isinstance(step, str) else _plain(step)}")
            if self.rows is not None:
                places.append(f"row {rows[k]}")
            value = "" if self.values is None else f": {_plain(values[k])}"
            parts.append(", ".join(places) + value)
        if len(self) > len(parts):
            parts.append(f"and {len(self) - len(parts)} more")
        return f"{len(self)} found: " + "; ".join(parts) + (f" ({self.note})" * bool(self.note))


class _OfSeries(Exception):
    """What errors and warnings have in common: a text, and the series that it is about.

    All fields lie in `__dict__`, so that copies and pickles have them.

    Attributes
    ----------
    offenders : Offenders
        All series concerned; none for an error that is not about single series.
    reason : str
        What was expected and what came; empty without offenders, as is `remedy`.
    remedy : str
        What to do.
    """

    offenders: Offenders = Offenders(())
    reason: str = ""
    remedy: str = ""

    @classmethod
    def of_series(cls, reason: str, offenders: Offenders, remedy: str = "") -> Self:
        """Make one that is about some series.

        Parameters
        ----------
        reason : str
            What was expected and what came, without a full stop. A semicolon at the end stays,
            otherwise a colon comes before the list.
        offenders : Offenders
            All of them; the text names the first five.
        remedy : str
            What to do, as sentences.

        Returns
        -------
        An instance of the class, to be raised or given to `warnings.warn`.

        Examples
        --------
        >>> error = InputError.of_series(
        ...     "values must be finite", Offenders(["a", "b"], steps=[3, 17]), "Correct them."
        ... )
        >>> print(error)
        values must be finite: 2 found: series 'a', step 3; series 'b', step 17. Correct them.
        >>> error.series, error.steps, error.values
        (('a', 'b'), (3, 17), None)
        """
        lead = reason if reason.endswith(";") else f"{reason}:"
        text = f"{lead} {offenders}. {remedy}".rstrip()
        return cls(text)._with(reason.removesuffix(";"), offenders, remedy)

    def about(self, offenders: Offenders) -> Self:
        """Return the same about the same offenders, said in another way."""
        semicolon = ";" if f"{self.reason};" in str(self) else ""
        return self.of_series(self.reason + semicolon, offenders, self.remedy)

    def _with(self, reason: str, offenders: Offenders, remedy: str) -> Self:
        """Set the fields."""
        self.reason, self.offenders, self.remedy = reason, offenders, remedy
        return self

    @property
    def series(self) -> tuple[Any, ...]:
        """Id of the series of every offender, as the user has it."""
        return tuple(_as_list(self.offenders.series))

    @property
    def steps(self) -> tuple[Any, ...] | None:
        """Step or time stamp of every offender, parallel to `series`; None if it isn't known."""
        return _as_tuple(self.offenders.steps)

    @property
    def values(self) -> tuple[Any, ...] | None:
        """Value of every offender, parallel to `series`; None if it has none."""
        return _as_tuple(self.offenders.values)

    @property
    def rows(self) -> tuple[int, ...] | None:
        """Position of every offender in its frame, parallel to `series`; None if it has steps."""
        return _as_tuple(self.offenders.rows)


class EsrnnError(_OfSeries):
    """Base of all errors that the package raises on purpose.

    Attributes
    ----------
    series : tuple of ids
        All series concerned, one entry for each offender: a series with three bad values is there
        three times. Empty for an error that is not about single series.
    steps, values, rows : tuple or None
        Step or time stamp, value, and position in the frame of every offender, where known.
    reason, remedy : str
        What was expected and what came, and what to do; empty where `series` is.
    earlier : tuple of EsrnnError
        Errors about other series, which were skipped before this one was raised.

    Examples
    --------
    >>> import pandas as pd
    >>> from esrnn.frames import long_to_panel
    >>> df = pd.DataFrame({"unique_id": ["a", "b"], "ds": [1, 1], "y": [2.0, float("inf")]})
    >>> try:
    ...     long_to_panel(df)
    ... except EsrnnError as error:
    ...     print(error.series, error.steps, error.values)
    ('b',) (1,) (inf,)
    """

    earlier: tuple[EsrnnError, ...] = ()


class InputError(EsrnnError, ValueError):
    """Data or an argument has the right type and a value that can't be served."""


class InputTypeError(EsrnnError, TypeError):
    """Data or an argument has a type or dtype that can't be served."""


class FileError(EsrnnError, OSError):
    """A file can't be read or written: it isn't there, may not be touched, or the disk is full."""


class ModelFileError(EsrnnError, ValueError):
    """A model directory on disk is no model, was changed or damaged, or is of a newer format."""


class TrainingError(EsrnnError, RuntimeError):
    """Training diverged; the message names the member, the epoch and the step, and the series."""

    @classmethod
    def diverged(cls, found: str, series: Sequence[object]) -> TrainingError:
        """Make the error for a number that stopped being finite during training.

        Parameters
        ----------
        found : str
            Which number it was, in which step, counted as the progress display counts, and in
            which member.
        series : sequence of ids
            All series concerned; the first five are named.

        Returns
        -------
        TrainingError
            To be raised by the caller.

        Examples
        --------
        >>> print(TrainingError.diverged("the loss is not finite in epoch 3", ["H12", "H40"]))
        training diverged: the loss is not finite in epoch 3, for 2 series: 'H12'; 'H40'. Lower
        learning_rate or series_learning_rate, or take another cell. If it is always the same few
        series, check them for extreme values.
        """
        remedy = (
            "Lower learning_rate or series_learning_rate, or take another cell. If it is always the"
            " same few series, check them for extreme values."
        )
        reason = f"training diverged: {found}"
        listed = "; ".join(_plain(s) for s in series[:N_LISTED])
        more = f"; and {len(series) - N_LISTED} more" if len(series) > N_LISTED else ""
        text = f"{reason}, for {len(series)} series: {listed}{more}. {remedy}"
        return cls(text)._with(reason, Offenders(series), remedy)


class LostProcessError(EsrnnError, RuntimeError):
    """Of the processes that train a network together, one has ended or does not answer."""


class EsrnnWarning(_OfSeries, UserWarning):
    """Something about some series that a user should know; they are served all the same.

    Attributes
    ----------
    series, steps, values, rows, reason, remedy
        As those of `EsrnnError`.

    Examples
    --------
    >>> warning = EsrnnWarning.of_series("ends before the others", Offenders(["a"], steps=[12]))
    >>> print(warning)
    ends before the others: 1 found: series 'a', step 12.
    >>> warning.series, warning.steps
    (('a',), (12,))
    """


class StaleSeriesWarning(EsrnnWarning):
    """Some series end long before the others; `steps` are their last time stamps."""


def _as_list(column: _Column) -> list[Any]:
    """Return the entries as Python objects; numbers and time stamps of libraries become plain."""
    to_list = getattr(column, "tolist", None)
    entries: list[Any] = to_list() if callable(to_list) else list(column[:])
    return entries


def _as_tuple(column: _Column | None) -> tuple[Any, ...] | None:
    return None if column is None else tuple(_as_list(column))


def _plain(value: object) -> str:
    """Write a value as Python would, without the name of its library type."""
    if isinstance(value, tuple):
        inner = ", ".join(_plain(v) for v in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    item = getattr(value, "item", None)
    if callable(item):
        value = item()
    if value is None or isinstance(value, str | bytes | int | float | complex):
        return repr(value)
    # Time stamps: a date needs no midnight.
    return str(value).removesuffix(" 00:00:00")
