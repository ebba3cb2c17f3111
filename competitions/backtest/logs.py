"""Logs of backtests: JSON lines, one for each outcome, in ``competitions/backtests/``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from competitions.scoring.run_scores import NAME_IN_OLD_FILES
from esrnn.config import ModelConfig

LOGS = Path(__file__).parents[1] / "backtests"
_HEADINGS = {
    "n_series": ("N", "{:.0f}"),
    "owa": ("OWA", "{:.4f}"),
    "smape": ("sMAPE", "{:.3f}"),
    "mase": ("MASE", "{:.3f}"),
    "msis": ("MSIS", "{:.3f}"),
    "wql": ("WQL", "{:.4f}"),
    "coverage": ("cover", "{:.3f}"),
    "coverage_80": ("cover 80", "{:.3f}"),
    "bias": ("mean/actual", "{:.3f}"),
    "cpu_s": ("CPU s", "{:.1f}"),
    "forecast_cpu_s": ("CPU s of forecast", "{:.2f}"),
}


@dataclass(frozen=True)
class Outcome:
    """How some settings did on one fold with one seed; None where it was not measured or logged."""

    task: str  # the series and the settings, by name
    variant: str
    fold: int  # which horizon from the end of the training part was held out; 0 is the test part
    n_series: int  # that were forecast and scored
    owa: float  # relative to Naive2
    cpu_s: float | None = None  # of training and forecast
    coverage: float | None = None  # of the 95% intervals
    seed: int = 1  # of the training
    smape: float | None = None
    mase: float | None = None
    msis: float | None = None
    settings: str = ""  # digest of all settings in force; empty where `variant` says it all
    commit: str = ""  # of the code
    forecast_cpu_s: float | None = None  # of the forecast alone
    size: int | None = None  # series that were drawn at random from those of the task
    # Mean weighted quantile loss at the deciles; next, of the 80% intervals
    wql: float | None = None
    coverage_80: float | None = None
    bias: float | None = None  # the sum of mean forecasts over that of what came
    # Of one network: CPU seconds that its training was to take and took, steps of it, weights
    budget_s: float | None = None
    training_cpu_s: float | None = None
    n_steps: int | None = None
    n_weights: int | None = None
    owa_of_tenths: list[float] | None = None  # every tenth series from the first, the second, ...
    failure: str = ""  # of a network that has no finite forecasts; its OWA is made up

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What the outcome is of: an equal key is not run twice."""
        return self.task, self.settings or self.variant, self.fold, self.seed


def read_outcomes(log: Path) -> list[Outcome]:
    """Return the outcomes of a log; none if there is no such file."""
    if not log.exists():
        return []
    return [Outcome(**json.loads(line)) for line in log.read_text(encoding="utf-8").splitlines()]


def append_outcome(log: Path, outcome: Outcome) -> None:
    """Add an outcome to a log, so that it is saved whatever comes after."""
    entry = {name: value for name, value in asdict(outcome).items() if value not in (None, "")}
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def logged(task: str, config: ModelConfig, folder: Path = LOGS) -> dict[str, object] | None:
    """Return what the logs say of these settings on a task; None if nothing.

    It has the mean OWA and coverage over the logged folds and seeds, and which these were. Names of
    the logs in `folder` end with the task's.
    """
    found = [
        outcome
        for path in sorted(folder.glob(f"*{task}.jsonl"))
        for outcome in read_outcomes(path)
        if outcome.task == task and outcome.settings == digest(config)
    ]
    if not found:
        return None
    return {
        "owa": round(float(np.mean([o.owa for o in found])), 4),
        "coverage": round(float(np.mean([o.coverage for o in found])), 3),
        "folds": sorted({o.fold for o in found}),
        "seeds": sorted({o.seed for o in found}),
    }


def digest(config: ModelConfig) -> str:
    """Return a short digest of all settings that are not their class's default.

    So a setting that is added later, with a default that changes nothing, leaves old digests as
    they are.
    """
    text = json.dumps(_chosen(config), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _chosen(config: Any) -> dict[str, Any]:
    """Return the fields of a settings class that are not at their default, parts within parts."""
    chosen = {}
    for f in fields(config):
        value, name = getattr(config, f.name), NAME_IN_OLD_FILES.get(f.name, f.name)
        if is_dataclass(value):
            chosen[name] = _chosen(value)
        elif value != f.default:
            chosen[name] = value
    return chosen


def format_table(outcomes: Iterable[Outcome]) -> str:
    """Lay out means over the folds and seeds and the OWA of each, the best of a task first.

    Examples
    --------
    >>> some = [
    ...     Outcome("m4-weekly", "wide", fold, 359, 0.7 + fold / 10, 9.0) for fold in (1, 2)
    ... ]
    >>> print(format_table(some))
    variant   N    OWA fold 1 fold 2 CPU s
       wide 359 0.8500 0.8000 0.9000   9.0
    """
    rows = pd.DataFrame([asdict(outcome) for outcome in outcomes])
    many = rows["seed"].nunique() > 1
    rows["run"] = [
        f"fold {fold}, seed {seed}" if many else f"fold {fold}"
        for fold, seed in zip(rows["fold"], rows["seed"], strict=True)
    ]
    names = ["task", "variant"]
    groups = rows.groupby(names)
    table = groups[list(_HEADINGS)].mean().assign(n_series=groups["n_series"].max())
    table = table.dropna(axis=1, how="all")
    runs = rows.pivot_table(index=names, columns="run", values="owa")
    formats = {heading: form.format for heading, form in _HEADINGS.values()}
    formats |= dict.fromkeys(runs.columns, "{:.4f}".format)
    table = table.rename(columns={name: heading for name, (heading, _) in _HEADINGS.items()})
    place = list(table.columns).index("OWA") + 1
    table = pd.concat([table.iloc[:, :place], runs, table.iloc[:, place:]], axis=1)
    table = table.reset_index().sort_values(["task", "OWA"])
    if rows["task"].nunique() == 1:
        table = table.drop(columns="task")
    return table.to_string(index=False, formatters=formats, na_rep="-")
