"""What a run's ``scores.json`` holds, read and checked in one place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from math import isfinite
from pathlib import Path
from typing import Any

from competitions.scoring.scores import LATER_ENTRIES, Scores
from esrnn.errors import InputError

# Fields of `esrnn.config` under the names that older files of scores and logs have.
NAME_IN_OLD_FILES = {"training_window": "stretch", "n_future": "n_known"}

_NUMBER = (int, float)
_OPTIONAL = (*_NUMBER, type(None))
# The type of each entry; a type of None stands for null.
_ENTRIES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("task", "method"), (str,)),
    **dict.fromkeys(("engine", "commit"), (str, type(None))),
    **dict.fromkeys(("n_series", "n_in_group", "n_fallbacks", "seed"), (int,)),
    **dict.fromkeys(("smape", "mase", "owa", "naive2_smape", "naive2_mase"), _NUMBER),
    **dict.fromkeys(("msis", "acd", "coverage", "wql", "mean_abs", "peak_rss_mb"), _OPTIONAL),
    **dict.fromkeys(("cpu_s", "wall_s"), _NUMBER),
    **dict.fromkeys(("versions", "settings", "by_step"), (dict,)),
}
_NAMES = {str: "text", int: "a whole number", float: "a number", dict: "a mapping"}


@dataclass(frozen=True)
class Sample:
    """The series whose forecasts are committed with a result, and their measures."""

    ids: list[str]  # in the task's order
    best: list[str]
    worst: list[str]
    smape: list[float]  # of each of `ids`
    mase: list[float]
    msis: list[float] | None  # None where the method gives no intervals


@dataclass(frozen=True)
class RunScores:
    """Scores of a run, what they were computed with and what they took."""

    task: str
    method: str
    engine: str | None  # library that fitted the models, for a method that has a choice
    n_in_group: int  # series of the competition's whole group
    scores: Scores
    n_fallbacks: int  # series that a simpler model forecast, since the method's own failed
    cpu_s: float  # of all processes
    wall_s: float
    peak_rss_mb: float | None  # largest of a process, in 2**20 bytes; None if not known
    seed: int
    settings: Mapping[str, Any]  # what the command line said: preset, members, epochs
    commit: str | None  # of the code
    versions: Mapping[str, str]  # of the libraries
    model: Mapping[str, Any] | None = None  # settings of a network
    # Of these settings, see `competitions.backtest.logs.logged`
    backtest: Mapping[str, Any] | None = None
    sample: Sample | None = None  # only in a committed result

    def as_dict(self) -> dict[str, Any]:
        """Return the entries of ``scores.json``."""
        entries: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "scores":
                entries |= self.scores.as_dict()
            elif field.name == "sample" and self.sample is not None:
                entries["sample"] = asdict(self.sample)
            elif value is not None or field.default is not None:
                entries[field.name] = value
        return entries

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> RunScores:
        """Make scores from the entries of ``scores.json``; others are passed over.

        Raises InputError with all entries that are absent or of another type.
        """
        problems = [*_wrong_types(entries), *_wrong_sample(entries.get("sample"))]
        if problems:
            raise InputError("; ".join(problems))
        values = {f.name: entries[f.name] for f in fields(cls) if f.name in entries}
        if values.get("sample") is not None:
            names = [field.name for field in fields(Sample)]
            values["sample"] = Sample(**{name: entries["sample"].get(name) for name in names})
        return cls(**values, scores=Scores.from_dict(entries))


def same_model(one: RunScores, other: RunScores) -> bool:
    """Say whether two runs had the same settings of the network, or the same code of one's own.

    Settings are known by their newest names. One that only one of them has was added with a
    default that changed nothing.
    """
    first, second = (_flat(run.model or {}) for run in (one, other))
    return all(first[name] == second[name] for name in first.keys() & second.keys())


def _flat(model: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    return {
        (part, NAME_IN_OLD_FILES.get(name, name)): json.loads(json.dumps(value))  # no tuples
        for part, values in model.items()
        for name, value in values.items()
    }


def read_run_scores(path: Path) -> RunScores:
    """Read a ``scores.json``; an InputError says what is wrong with it."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} can't be read as JSON: {error}") from None
    if not isinstance(entries, dict) or not {"task", "method", "seed"} <= set(entries):
        raise InputError(f"{path} must name a task, a method and a seed; it holds no scores")
    try:
        return RunScores.from_dict(entries)
    except InputError as error:
        raise InputError(f"{path} does not hold the scores of a run: {error}") from None


def is_number(value: object) -> bool:
    """Say whether a value of a JSON file is a finite number; true and false are none."""
    return _is(value, _NUMBER) and isfinite(value)  # type: ignore[arg-type]


def _wrong_types(entries: Mapping[str, Any]) -> Iterator[str]:
    for name, types in _ENTRIES.items():
        is_there = name in entries or name in LATER_ENTRIES
        if not is_there or not _is(entries.get(name), types):
            expected = " or ".join(_NAMES.get(kind, "null") for kind in types)
            yield f"{name} must be {expected}; got {entries.get(name)!r}"
    if isinstance(entries.get("by_step"), dict):
        yield from _wrong_lists("by_step", entries["by_step"], ("smape", "mase", "coverage"))


def _wrong_sample(sample: object) -> Iterator[str]:
    if isinstance(sample, dict):
        yield from _wrong_lists("sample", sample, ("ids", "best", "worst"), str)
        yield from _wrong_lists("sample", sample, ("smape", "mase", "msis"))
    elif sample is not None:
        yield f"sample must be a mapping; got {sample!r:.60}"


def _wrong_lists(
    where: str, entries: Mapping[str, Any], names: Sequence[str], kind: type = float
) -> Iterator[str]:
    """Name entries that are no lists of numbers or texts; those of intervals may be null."""
    types, what = ((str,), "texts") if kind is str else (_NUMBER, "numbers")
    for name in names:
        values = entries.get(name)
        may_be_null = name in ("coverage", "msis")
        if not (values is None and may_be_null) and not _is_list(values, types):
            yield f"{where}.{name} must be a list of {what}; got {values!r:.60}"


def _is(value: object, types: Sequence[type]) -> bool:
    """Say whether a value of a JSON file has one of the types; true and false are no numbers."""
    return isinstance(value, tuple(types)) and not isinstance(value, bool)


def _is_list(values: object, types: Sequence[type]) -> bool:
    return isinstance(values, list) and all(_is(value, types) for value in values)
