"""One method on one task, or over several: what the report shows in a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import NamedTuple

from competitions.methods import METHODS, title_of
from competitions.report.numbers import short_commit
from competitions.runs.titles import settings_text
from competitions.scoring.run_scores import RunScores, same_model
from competitions.scoring.totals import combine
from competitions.store.read import StoredResult

MEASURES = ("smape", "mase", "owa", "msis", "wql", "coverage")
# Of a total that counts every forecast once: the means over series, by what they are means of.
PER_SERIES = {"smape_per_series": "smape", "mase_per_series": "mase"}
_OURS = frozenset({"esrnn", "esrnn-zero-shot", "esrnn-fine-tuned"})
# Methods whose parameters are learned across series, or that are no model at all: the best of all
# others is the "best statistical method" of the charts.
_NAIVE = frozenset({"naive", "snaive", "naive2"})
_LEARNED = frozenset({*_OURS, "smyl2018", "lstm", "lags", "linear", "regression"})
_LEARNED_LIBRARIES = ("neuralforecast", "nf-")
_MAX_SHORT = 14


class Spread(NamedTuple):
    """Mean, least and greatest of a number over the seeds of a method."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Spread | None:
        """Return the spread of numbers, or None if there are none or one of them is None.

        Examples
        --------
        >>> Spread.of([1.0, 3.0]), Spread.of([1.0, None])
        (Spread(mean=2.0, low=1.0, high=3.0), None)
        """
        given = list(values)
        known = [value for value in given if value is not None]
        if not known or len(known) < len(given):
            return None
        return cls.over(known)

    @classmethod
    def over(cls, values: Sequence[float]) -> Spread:
        """Return the spread of at least one number."""
        return cls(fsum(values) / len(values), min(values), max(values))


@dataclass(frozen=True, eq=False)
class MethodRow:
    """A method with some settings, all of its seeds together."""

    method: str
    engine: str | None
    seeds: tuple[int, ...]  # in ascending order
    # Each of `MEASURES`, and of `PER_SERIES` where the row has them
    measures: Mapping[str, Spread | None]
    cpu_s: Spread  # of a run
    n_fallbacks: int = 0  # of the run that has most
    backtest: Spread | None = None  # OWA inside the training part
    smape_by_step: tuple[float, ...] = ()  # means over the seeds; empty for a total
    results: tuple[StoredResult, ...] = ()
    knows_task: bool = False  # its networks were trained on the task's training part before
    variant: str = ""  # tells the row from others of the method; settings as tables name them
    settings: str = ""

    @property
    def title(self) -> str:
        """Name of the method in tables, without its engine."""
        return f"{self._name}{self._mark}"

    @property
    def label(self) -> str:
        """Title with engine and settings."""
        return ", ".join(filter(None, (self.title, self.engine, self.settings)))

    @property
    def short(self) -> str:
        """Name of the method in charts, without its engine."""
        short = self._name if len(self._name) <= _MAX_SHORT else self.method
        return f"{short}{self._mark}"

    @property
    def _name(self) -> str:
        return title_of(self.method)

    @property
    def _mark(self) -> str:
        return " (knows M4)" if self.knows_task else ""

    @property
    def is_usual(self) -> bool:
        """Whether its models are by the engine that the method has unless told otherwise."""
        engines = METHODS[self.method].engines if self.method in METHODS else ()
        return self.engine is None or (len(engines) > 0 and self.engine == engines[0])

    @property
    def is_ours(self) -> bool:
        """Whether it is ESRNN, trained on the task or not."""
        return self.method in _OURS

    @property
    def is_statistical(self) -> bool:
        """Whether it fits a model to each series by itself."""
        learned = self.method in _LEARNED or self.method.startswith(_LEARNED_LIBRARIES)
        return not learned and self.method not in _NAIVE

    @property
    def key(self) -> tuple[str, str]:
        """What tells one row from another on a task, and is the same on all tasks."""
        return self.method, self.variant

    def mean(self, measure: str) -> float | None:
        """Return a measure's mean over the seeds."""
        spread = self.measures.get(measure)
        return None if spread is None else spread.mean


def method_rows(results: Iterable[StoredResult]) -> list[MethodRow]:
    """Make the rows of a task: one for each method, engine and settings, over its seeds.

    Results of networks whose preset has changed in between are rows of their own, the one of most
    seeds first; the others name the commit, and those of somebody's own method the file.
    """
    groups: dict[tuple[str, str], list[list[StoredResult]]] = {}
    for result in sorted(results, key=_seed):
        some = groups.setdefault((result.run.method, result.variant), [])
        alike = (group for group in some if same_model(group[0].run, result.run))
        group = next(alike, None)
        if group is None:
            some.append([result])
        else:
            group.append(result)
    rows = []
    for some in groups.values():
        some.sort(key=len, reverse=True)
        for k, group in enumerate(some):
            rows.append(method_row(group, _departure(group[0].run, some[0][0].run) if k else ""))
    return rows


def method_row(results: Sequence[StoredResult], departure: str = "") -> MethodRow:
    """Make a row of one method's results on one task, at least one, of different seeds.

    `departure` tells it from another row of the same method and settings.
    """
    ordered = sorted(results, key=_seed)
    first = ordered[0].run
    by_step = [result.run.scores.by_step for result in ordered]
    steps = zip(*(one.smape for one in by_step if one is not None), strict=True)
    return MethodRow(
        method=first.method,
        engine=first.engine,
        variant=" of ".join(filter(None, (ordered[0].variant, departure))),
        settings=", ".join(filter(None, (settings_text(first), departure))),
        seeds=tuple(_seed(result) for result in ordered),
        measures={
            name: Spread.of(getattr(r.run.scores, name) for r in ordered) for name in MEASURES
        },
        cpu_s=Spread.over([result.run.cpu_s for result in ordered]),
        n_fallbacks=max(result.run.n_fallbacks for result in ordered),
        backtest=Spread.of(_backtest(result.run) for result in ordered),
        smape_by_step=tuple(fsum(values) / len(values) for values in steps),
        results=tuple(ordered),
        knows_task=first.method in METHODS and METHODS[first.method].knows(ordered[0].task),
    )


def total_row(
    rows: Mapping[str, MethodRow], weights: Mapping[str, float], sizes: Mapping[str, float]
) -> MethodRow | None:
    """Make a row of one method's totals, over the seeds that it has on all tasks; None if none.

    The mappings are by task: `rows` of the method, how much each task counts, its number of series.
    """
    names = list(weights)
    if any(name not in rows for name in names):
        return None
    seeds = sorted(set.intersection(*(set(rows[name].seeds) for name in names)))
    if not seeds:
        return None
    runs = {seed: [_of_seed(rows[name], seed) for name in names] for seed in seeds}
    scores = [[result.run.scores for result in runs[seed]] for seed in seeds]
    totals = [combine(one, list(weights.values())) for one in scores]
    measures = {name: Spread.of(getattr(one, name) for one in totals) for name in MEASURES}
    if sizes != weights:
        per_series = [combine(one, [sizes[name] for name in names]) for one in scores]
        measures |= {
            k: Spread.of(getattr(s, of) for s in per_series) for k, of in PER_SERIES.items()
        }
    first = rows[names[0]]
    return MethodRow(
        method=first.method,
        engine=first.engine,
        variant=first.variant,
        settings=first.settings,
        seeds=tuple(seeds),
        measures=measures,
        cpu_s=Spread.over([fsum(r.run.cpu_s for r in runs[s]) for s in seeds]),
        n_fallbacks=max(sum(r.run.n_fallbacks for r in runs[s]) for s in seeds),
        knows_task=any(rows[name].knows_task for name in names),
    )


def best_of(rows: Iterable[MethodRow], measure: str, nominal: float = 0.95) -> float | None:
    """Return the best mean of a measure: the least, or for coverage the nearest to the nominal."""
    means = [mean for row in rows if (mean := row.mean(measure)) is not None]
    if measure == "coverage":
        return min(means, key=lambda mean: abs(mean - nominal), default=None)
    return min(means, default=None)


def _departure(run: RunScores, other: RunScores) -> str:
    """Say what tells a run from another of the same settings: its files, or its preset's commit."""
    files, others = ((one.model or {}).get("code") for one in (run, other))
    if not files or not others:
        return f"settings of {short_commit(run.commit or 'unknown')}"
    changed = (name for name in files if files[name] != others.get(name, files[name]))
    return ", ".join(f"other {name} ({files[name][:8]})" for name in changed)


def _seed(result: StoredResult) -> int:
    """Return the seed of a result."""
    return result.run.seed


def _of_seed(row: MethodRow, seed: int) -> StoredResult:
    """Return the result of a seed."""
    return next(result for result in row.results if _seed(result) == seed)


def _backtest(run: RunScores) -> float | None:
    """Return the OWA that the settings had in backtests; None if the result does not say."""
    return None if run.backtest is None else float(run.backtest["owa"])
