"""Exceptions of the package, and the one way in which offenders are listed.

Every message says what was expected, what came, where, and what to do about it. Nothing here
looks at data: a caller finds the offenders and passes them in.
"""

from collections.abc import Sequence

__all__ = [
    "EsrnnError",
    "InputError",
    "InputTypeError",
    "ModelFileError",
    "TrainingError",
    "describe_offenders",
]

N_LISTED = 5


class EsrnnError(Exception):
    """Base of all errors that the package raises on purpose."""


class InputError(EsrnnError, ValueError):
    """Data or an argument has the right type and a value that can't be served."""


class InputTypeError(EsrnnError, TypeError):
    """Data or an argument has a type or dtype that can't be served."""


class ModelFileError(EsrnnError, ValueError):
    """A model directory on disk is no model, was changed or damaged, or is of a newer format."""


class TrainingError(EsrnnError, RuntimeError):
    """Training diverged; the message names the epoch and the series."""

    @classmethod
    def diverged(
        cls, epoch: int, series: Sequence[object], what: str = "loss", remedy: str = ""
    ) -> "TrainingError":
        """Make the error for a number that stopped being finite during training.

        Parameters
        ----------
        epoch : int
            The epoch in which it happened, counted as the progress display counts.
        series : sequence of ids
            All series concerned; the first five are named.
        what : str
            Which number it was.
        remedy : str
            What to do, if it is not the learning rate.

        Returns
        -------
        TrainingError
            To be raised by the caller.

        Examples
        --------
        >>> print(TrainingError.diverged(3, ["H12", "H40"]))
        loss is not finite in epoch 3 for 2 series: 'H12'; 'H40'. Lower learning_rate or
        series_learning_rate, or check these series for extreme values.
        """
        remedy = remedy or (
            "Lower learning_rate or series_learning_rate, or check these series for extreme values."
        )
        listed = "; ".join(_plain(s) for s in series[:N_LISTED])
        more = f"; and {len(series) - N_LISTED} more" if len(series) > N_LISTED else ""
        return cls(
            f"{what} is not finite in epoch {epoch} for {len(series)} series: {listed}{more}. "
            f"{remedy}"
        )


def describe_offenders(
    series: Sequence[object],
    steps: Sequence[object] | None = None,
    values: Sequence[object] | None = None,
    *,
    count: int | None = None,
) -> str:
    """Say how many offenders there are and list the first five.

    Parameters
    ----------
    series : sequence of ids
        The series of each offender.
    steps : sequence, optional
        Its step or time stamp, parallel to `series`.
    values : sequence, optional
        Its value, parallel to `series`.
    count : int, optional
        Number of all offenders where the sequences hold only the first few of them.

    Returns
    -------
    str
        The count, then series, step and value of up to five.

    Examples
    --------
    >>> describe_offenders(["H1", "H7"], steps=[3, 17], values=[-3.0, float("inf")])
    "2 found: series 'H1', step 3: -3.0; series 'H7', step 17: inf"
    >>> describe_offenders(["a", "b", "c", "d", "e", "f"])
    "6 found: series 'a'; series 'b'; series 'c'; series 'd'; series 'e'; and 1 more"
    """
    total = len(series) if count is None else count
    parts = []
    for i, one in enumerate(series[:N_LISTED]):
        text = f"series {_plain(one)}"
        if steps is not None:
            text += f", step {_plain(steps[i]) if not isinstance(steps[i], str) else steps[i]}"
        if values is not None:
            text += f": {_plain(values[i])}"
        parts.append(text)
    if total > len(parts):
        parts.append(f"and {total - len(parts)} more")
    return f"{total} found: " + "; ".join(parts)


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
