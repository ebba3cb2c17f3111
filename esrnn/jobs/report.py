"""What a job has done, for people and for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

__all__ = ["Counts", "Report"]


@dataclass(frozen=True)
class Counts:
    """Rows and series of the input, and what became of them.

    Attributes
    ----------
    n_rows : int
        Of the input; each is a row of a series that was served, or was rejected.
    n_rows_rejected : int
        Rows of series that have no forecast, and rows without an id.
    n_series : int
        That were served.
    n_rejected : int
        Series that have no forecast.
    n_fallback : int
        Series that were served by the fallback.
    n_rows_ahead : int
        Rows that are still to come, where columns are known in advance: those after the last value
        of their series.
    """

    n_rows: int = 0
    n_rows_rejected: int = 0
    n_series: int = 0
    n_rejected: int = 0
    n_fallback: int = 0
    n_rows_ahead: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Add up two counts."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return Counts(*(a + b for a, b in pairs))

    @classmethod
    def of(cls, done: Mapping[str, Any]) -> Counts:
        """Return the counts among other plain data."""
        return cls(**{f.name: int(done[f.name]) for f in fields(cls)})


@dataclass(frozen=True)
class Report:
    """What a job has done.

    Attributes
    ----------
    command : str
        Such as ``"forecast"``.
    target : str
        The file or folder that was written.
    counts : Counts
    n_partitions : int
        Files of the input.
    n_resumed : int
        Those that an earlier attempt had finished.
    networks : str
        Which networks forecast, and why.
    manifest : str
        What was made of what, with checksums.
    rejected : str or None
        The table of series that were rejected; None if there are none.
    seconds : float
        Of wall time.
    """

    command: str
    target: str
    counts: Counts
    n_partitions: int
    n_resumed: int
    networks: str
    manifest: str
    rejected: str | None
    seconds: float

    @property
    def is_complete(self) -> bool:
        """Whether no series was left out."""
        return not self.counts.n_rejected and not self.counts.n_rows_rejected

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return asdict(self)

    def lines(self) -> Sequence[str]:
        """Return sentences for people."""
        counts = self.counts
        done = {"fit": "fitted", "update": "moved on"}.get(self.command, "forecast")
        served = f"{counts.n_series:,} series {done}"
        if counts.n_fallback:
            served += f", {counts.n_fallback:,} of them by the fallback"
        lines = [f"{served}: {self.target}", f"networks: {self.networks}"]
        if counts.n_rows_ahead:
            lines.append(
                f"{counts.n_rows_ahead:,} rows after the last value of their series are the future:"
                " series end before them"
            )
        if self.n_resumed:
            lines.append(
                f"{self.n_resumed} of {self.n_partitions} files were finished by an earlier attempt"
            )
        if not self.is_complete:
            lines.append(
                f"{counts.n_rejected:,} series ({counts.n_rows_rejected:,} of"
                f" {counts.n_rows:,} rows) were rejected: {self.rejected} says why"
            )
        elif self.rejected is not None:
            lines.append(f"{self.rejected} says why the fallback had to help")
        return lines
