"""Backtests of settings inside a task's training part: how presets are chosen.

The last horizon of the training part is held back, then the one before; the test part is not read.
A file of variants, each some settings laid over a preset, is run one after another, and every
result is a line appended to a log, so that what was chosen can be traced and run again.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from competitions.held_out import hold_out
from competitions.logs import append_outcome, read_outcomes
from competitions.methods.lstm import lstm_config
from competitions.methods.network import group_preset
from competitions.runs.resources import commit
from competitions.task import TaskData
from esrnn.config import ModelConfig, preset_config
from esrnn.ensemble import fit_ensemble
from esrnn.errors import InputError

__all__ = [
    "LOGS",
    "Outcome",
    "Variant",
    "backtest",
    "digest",
    "format_outcomes",
    "logged",
    "read_variants",
    "run_variants",
]

LOGS = Path(__file__).parent / "backtests"

_BOUNDS = (0.025, 0.975)
_PARTS = ("network", "smoothing", "training", "ensemble")


@dataclass(frozen=True)
class Variant:
    """Settings laid over a preset.

    Attributes
    ----------
    name : str
    settings : dict of str to dict
        New values by part of `esrnn.config.ModelConfig`.
    """

    name: str
    settings: dict[str, dict[str, Any]]

    def over(self, config: ModelConfig) -> ModelConfig:
        """Return a config with these settings in place of its own.

        Raises
        ------
        InputError
            If a part or a setting does not exist or its value is out of range.
        """
        parts = {}
        for part, values in self.settings.items():
            if part not in _PARTS:
                raise InputError(f"variant {self.name!r}: no part {part!r}; there is {_PARTS}")
            own = getattr(config, part)
            unknown = set(values) - {f.name for f in fields(own)}
            if unknown:
                raise InputError(
                    f"variant {self.name!r}: {part} has no {sorted(unknown)}; it has "
                    f"{[f.name for f in fields(own)]}"
                )
            values = {key: _tuples(value) for key, value in values.items()}
            parts[part] = replace(own, **values)
        return replace(config, **parts)


@dataclass(frozen=True)
class Outcome:
    """How one variant did at one origin with one seed.

    Attributes
    ----------
    task, variant : str
    settings : str
        Digest of all settings in force, so that a changed preset is not taken for the old one.
    commit : str
        Of the code.
    back : int
        Which horizon from the end of the training part was held back; 1 is the last.
    seed : int
    n_series : int
        Series that are long enough for it and not constant up to the origin.
    owa, smape, mase, msis, coverage, cpu_s : float
    """

    task: str
    variant: str
    settings: str
    commit: str
    back: int
    seed: int
    n_series: int
    owa: float
    smape: float
    mase: float
    msis: float
    coverage: float
    cpu_s: float


def read_variants(path: Path) -> list[Variant]:
    """Read a JSON file that maps names of variants to their settings.

    Raises
    ------
    InputError
        If there is no such file or it holds something else.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read variants from {path}: {error}") from error
    shaped = isinstance(entries, dict) and all(
        isinstance(settings, dict) and all(isinstance(part, dict) for part in settings.values())
        for settings in entries.values()
    )
    if not shaped or not entries:
        raise InputError(
            f"{path} must map names to settings by part, such as "
            '{"wide": {"network": {"hidden_size": 64}}}'
        )
    return [Variant(name, settings) for name, settings in entries.items()]


def backtest(
    data: TaskData, config: ModelConfig, variant: str, back: int = 1, seed: int = 1
) -> Outcome:
    """Hold back a horizon of the training part, train on what is before, and score.

    Parameters
    ----------
    data : TaskData
        Only its training part is read.
    config : ModelConfig
    variant : str
        Name to report under.
    back : int
        Which horizon from the end; 1 is the last.
    seed : int

    Returns
    -------
    Outcome
    """
    held = hold_out(data, back)
    start = time.process_time()
    ensemble = fit_ensemble(held.train, config, seed=seed, n_jobs=1, device="cpu")
    quantiles = ensemble.forecast(held.train)
    cpu_s = time.process_time() - start
    levels = config.network.quantile_levels
    if (levels[0], levels[-1]) != _BOUNDS:
        raise InputError(f"variant {variant!r}: outer levels must be {_BOUNDS}; got {levels}")
    return Outcome(
        task=data.task.name,
        variant=variant,
        settings=digest(config),
        commit=commit() or "",
        back=back,
        seed=seed,
        n_series=held.train.n_series,
        **held.measures(quantiles[len(levels) // 2], quantiles[0], quantiles[-1]),
        cpu_s=round(cpu_s, 1),
    )


def run_variants(
    data: TaskData,
    variants: Iterable[Variant],
    backs: Iterable[int],
    seeds: Iterable[int],
    log: Path,
    method: str = "esrnn",
    say: Callable[[str], object] = print,
) -> list[Outcome]:
    """Backtest every variant at every origin with every seed, appending to a log.

    Parameters
    ----------
    data : TaskData
    variants : iterable of Variant
        Over the method's settings for the task's group.
    backs, seeds : iterable of int
    log : pathlib.Path
        JSON lines; what is there already is kept and not run again.
    method : {"esrnn", "lstm"}
    say : callable

    Returns
    -------
    list of Outcome
        All that the log holds.
    """
    outcomes = read_outcomes(log, Outcome)
    done = {(o.task, o.settings, o.back, o.seed) for o in outcomes}
    preset = group_preset(data.task)
    if method == "lstm":
        base = lstm_config(data.task, preset)
    else:
        base = preset_config(preset, data.task.horizon)
    configs = {variant.name: variant.over(base) for variant in variants}  # refuse before running
    jobs = [(name, back, seed) for back in backs for seed in seeds for name in configs]
    for name, back, seed in jobs:
        if (data.task.name, digest(configs[name]), back, seed) in done:
            continue
        outcome = backtest(data, configs[name], name, back, seed)
        outcomes.append(outcome)
        log.parent.mkdir(parents=True, exist_ok=True)
        append_outcome(log, outcome)
        say(format_outcomes([outcome]).splitlines()[-1])
    return outcomes


def logged(task: str, config: ModelConfig, folder: Path = LOGS) -> dict[str, object] | None:
    """Return what the committed logs say of these settings on a task.

    Parameters
    ----------
    task : str
        Name of the task.
    config : ModelConfig
        The settings, all of which must be those of the log.
    folder : pathlib.Path
        With the logs, whose names end with the task's.

    Returns
    -------
    dict or None
        Mean OWA and coverage over the logged origins and seeds, and which these were.
    """
    found = [
        outcome
        for path in sorted(folder.glob(f"*{task}.jsonl"))
        for outcome in read_outcomes(path, Outcome)
        if outcome.task == task and outcome.settings == digest(config)
    ]
    if not found:
        return None
    return {
        "owa": round(float(np.mean([o.owa for o in found])), 4),
        "coverage": round(float(np.mean([o.coverage for o in found])), 3),
        "backs": sorted({o.back for o in found}),
        "seeds": sorted({o.seed for o in found}),
    }


def digest(config: ModelConfig) -> str:
    """Return a short digest of all settings that are not their class's default.

    A setting that is added later, with a default that changes nothing, leaves old digests as they
    are.
    """
    text = json.dumps(_chosen(config), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _chosen(config: Any) -> dict[str, Any]:
    """Return the fields of a settings class that are not at their default, parts within parts."""
    chosen = {}
    for f in fields(config):
        value = getattr(config, f.name)
        if is_dataclass(value):
            chosen[f.name] = _chosen(value)
        elif value != f.default:
            chosen[f.name] = value
    return chosen


def format_outcomes(outcomes: Iterable[Outcome]) -> str:
    """Lay out outcomes as text, best mean OWA first."""
    outcomes = list(outcomes)
    by_variant: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_variant.setdefault(outcome.variant, []).append(outcome)
    width = max([20, *(len(name) for name in by_variant)])
    lines = [f"{'variant':{width}} {'runs':>4} {'OWA':>7} {'min':>7} {'max':>7} {'sMAPE':>7} "
             f"{'MASE':>6} {'MSIS':>7} {'cover':>6} {'CPU s':>6}"]  # fmt: skip
    for name, some in sorted(by_variant.items(), key=lambda kv: np.mean([o.owa for o in kv[1]])):
        mean = {f: float(np.mean([getattr(o, f) for o in some])) for f in
                ("owa", "smape", "mase", "msis", "coverage", "cpu_s")}  # fmt: skip
        owas = [o.owa for o in some]
        lines.append(
            f"{name:{width}} {len(some):4} {mean['owa']:7.4f} {min(owas):7.4f} {max(owas):7.4f} "
            f"{mean['smape']:7.3f} {mean['mase']:6.3f} {mean['msis']:7.3f} "
            f"{mean['coverage']:6.3f} {mean['cpu_s']:6.1f}"
        )
    return "\n".join(lines)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
