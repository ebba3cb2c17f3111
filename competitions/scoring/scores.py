"""The measures of one method on one task, and their form in files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from esrnn.errors import InputError

__all__ = ["LATER_ENTRIES", "ByStep", "Scores"]

LATER_ENTRIES = frozenset({"wql", "mean_abs"})  # which older files of scores do not have


@dataclass(frozen=True)
class ByStep:
    """Measures at each step ahead, means over all series.

    Parameters
    ----------
    smape, mase : tuple of float
        One value for each of the H steps; their mean is the measure over all steps.
    coverage : tuple of float or None
        None where a method gives no intervals.
    """

    smape: tuple[float, ...]
    mase: tuple[float, ...]
    coverage: tuple[float, ...] | None


@dataclass(frozen=True)
class Scores:
    """Measures over all series of a task.

    Parameters
    ----------
    n_series : int
        Number of series, N.
    smape : float
        In percent.
    mase, owa : float
        OWA is relative to Naive2 on the same series.
    msis, acd, coverage : float or None
        Of the intervals of the task's first level; None where a method gives no intervals.
    by_step : ByStep or None
        None for a total over tasks of different horizons.
    naive2_smape, naive2_mase : float or None
        Of Naive2 on the same series, which the OWA of a total needs; None where it is not known.
    wql : float or None
        Mean weighted quantile loss at the nine deciles; None where a method gives none.
    mean_abs : float or None
        Mean absolute value of what was forecast, the denominator of `wql`, which that of a total
        needs.
    """

    n_series: int
    smape: float
    mase: float
    owa: float
    msis: float | None
    acd: float | None
    coverage: float | None
    by_step: ByStep | None = None
    naive2_smape: float | None = None
    naive2_mase: float | None = None
    wql: float | None = None
    mean_abs: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the measures by name, as they stand in a file of scores.

        Examples
        --------
        >>> steps = ByStep((2.0,), (0.5,), None)
        >>> entries = Scores(1, 2.0, 0.5, 0.9, None, None, None, steps).as_dict()
        >>> entries["smape"], entries["by_step"]
        (2.0, {'smape': [2.0], 'mase': [0.5], 'coverage': None})
        """
        entries = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.by_step is not None:
            steps = {field.name: getattr(self.by_step, field.name) for field in fields(ByStep)}
            entries["by_step"] = {
                name: None if values is None else list(values) for name, values in steps.items()
            }
        return entries

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Scores:
        """Make scores from what `as_dict` returned; further entries are passed over.

        Raises
        ------
        InputError
            If an entry is absent.

        Examples
        --------
        >>> scores = Scores(1, 2.0, 0.5, 0.9, None, None, None, ByStep((2.0,), (0.5,), None))
        >>> Scores.from_dict({**scores.as_dict(), "seed": 1}) == scores
        True
        """
        absent = {field.name for field in fields(cls)} - set(entries) - LATER_ENTRIES
        if absent:
            listed = ", ".join(field.name for field in fields(cls) if field.name in absent)
            raise InputError(f"scores must have {listed}; got {', '.join(entries)}")
        values: dict[str, Any] = {field.name: entries.get(field.name) for field in fields(cls)}
        steps = values["by_step"]
        if steps is not None:
            values["by_step"] = ByStep(
                tuple(steps["smape"]),
                tuple(steps["mase"]),
                None if steps["coverage"] is None else tuple(steps["coverage"]),
            )
        return cls(**values)
