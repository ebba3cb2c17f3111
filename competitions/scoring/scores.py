"""The measures of one method on one task, and their form in files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from esrnn.errors import InputError

LATER_ENTRIES = frozenset({"wql", "mean_abs"})  # which older files of scores do not have


@dataclass(frozen=True)
class ByStep:
    """Measures at each of the H steps ahead, means over all series; their mean is the measure."""

    smape: tuple[float, ...]
    mase: tuple[float, ...]
    coverage: tuple[float, ...] | None  # None where a method gives no intervals


@dataclass(frozen=True)
class Scores:
    """Measures over all series of a task; None where a method gives no intervals or no deciles."""

    n_series: int
    smape: float  # in percent
    mase: float
    owa: float
    msis: float | None  # of the intervals of the task's first level, as acd and coverage
    acd: float | None
    coverage: float | None
    by_step: ByStep | None = None  # None for a total over tasks of different horizons
    naive2_smape: float | None = None  # of Naive2 on the same series, which OWA divides by
    naive2_mase: float | None = None
    wql: float | None = None  # mean weighted quantile loss at the nine deciles
    mean_abs: float | None = None  # of what was forecast, the denominator of `wql`

    def as_dict(self) -> dict[str, Any]:
        """Return the measures by name, as they stand in a file of scores."""
        entries = asdict(self)
        if self.by_step is not None:  # as JSON gives it back
            steps = entries["by_step"].items()
            entries["by_step"] = {name: None if one is None else list(one) for name, one in steps}
        return entries

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Scores:
        """Make scores from what `as_dict` returned; further entries are passed over."""
        absent = {field.name for field in fields(cls)} - set(entries) - LATER_ENTRIES
        if absent:
            listed = ", ".join(field.name for field in fields(cls) if field.name in absent)
            raise InputError(f"scores must have {listed}; got {', '.join(entries)}")
        values: dict[str, Any] = {field.name: entries.get(field.name) for field in fields(cls)}
        if (steps := values["by_step"]) is not None:
            lists = {name: steps[name] for name in ("smape", "mase", "coverage")}
            lists = {name: None if one is None else tuple(one) for name, one in lists.items()}
            values["by_step"] = ByStep(**lists)
        return cls(**values)
