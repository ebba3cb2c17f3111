"""Small networks that learn what others forecast, beside the same networks trained on the values.

Two questions about samples of M4:

``ensemble``
    The preset's six members teach one network. What does it lose, and what does it save?
``kinds``
    An LSTM teaches a transformer and a transformer an LSTM, single networks with the preset's
    steps.

The backtest is the last horizon of the training part. For each part the teachers are trained anew,
so no network has seen what it is scored on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from competitions.backtest.held_out import LEVELS, HeldOut
from competitions.studies.lines import Job, Line
from competitions.studies.samples import TEST_PART, Sample
from esrnn.config import for_panel_size, preset_config
from esrnn.quantiles.levels import interpolate_quantiles

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble, Lessons

__all__ = ["CHOSEN", "KINDS", "LOG", "PARTS", "STUDENTS", "distillation_jobs"]

LOG = Path(__file__).with_name("distillation.jsonl")
YEARLY, QUARTERLY = Sample("m4-yearly", 1000), Sample("m4-quarterly", 1000)
WEEKLY = Sample("m4-weekly", 359)
BACKTEST = 1
PARTS = MappingProxyType({BACKTEST: "backtest", TEST_PART: "test"})
SEEDS = (0, 1, 2)
# One network each, with the preset's settings but for these.
STUDENTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {"as wide": {}, "half as wide": {"hidden_size": 0.5}}
)
CHOSEN = "half as wide"  # on the backtests of yearly and quarterly series
KINDS = ("lstm", "universal_transformer")
_N_TIMED = 3  # forecasts, of which the fastest one counts


@dataclass(frozen=True)
class Trial:
    """Series up to an origin, and what is trained on them."""

    sample: Sample
    held: HeldOut
    seed: int

    @classmethod
    def of(cls, sample: Sample, fold: int, seed: int, data_dir: Path | None) -> Trial:
        """Hold out a part of a sample."""
        return cls(sample, sample.held(fold, data_dir), seed)

    def train(
        self, settings: Mapping[str, Any], lessons: Lessons | None = None
    ) -> tuple[Ensemble, Line]:
        """Train networks with the preset's settings but for some; say how good and dear they are.

        A hidden size below 1 is a share of the preset's.
        """
        from esrnn.ensemble import TrainingOptions, fit_ensemble  # here, since it loads torch

        chosen, preset = dict(settings), self.sample.preset
        if "hidden_size" in chosen:
            usual = preset_config(preset).network.hidden_size
            chosen["hidden_size"] = round(chosen["hidden_size"] * usual)
        config = preset_config(preset, self.held.actual.shape[1], **chosen)
        config = for_panel_size(config, preset, self.held.train.n_series)
        start = time.process_time()
        options = TrainingOptions(n_jobs=1, device="cpu")
        ensemble = fit_ensemble(
            self.held.train, config, seed=self.seed, lessons=lessons, options=options
        )
        cpu_s = time.process_time() - start
        return ensemble, {**self.score(ensemble), "cpu_s": round(cpu_s, 1)}

    def score(self, ensemble: Ensemble) -> Line:
        """Score forecasts, and time them."""
        panel, seconds = self.held.train, []
        for _ in range(_N_TIMED):
            start = time.process_time()
            forecast = ensemble.forecast(panel)
            seconds.append(time.process_time() - start)
        quantiles = interpolate_quantiles(
            forecast,
            ensemble.config.network.quantile_levels,
            LEVELS,
            ensemble.smoothing.additive,
            ensemble.level_axis(),
        )
        n_weights = sum(w.size for own in ensemble.members for w in own.network.weights.values())
        return {
            **self.held.quantile_measures(quantiles),
            "forecast_cpu_s": round(min(seconds), 3),
            "n_weights": n_weights,
        }


def distillation_jobs(data_dir: Path | None) -> Iterator[Job]:
    """Give the jobs of the study, one seed of all before the next."""
    compared: tuple[tuple[str, Callable[[Trial], list[Line]], Sample], ...] = (
        ("ensemble", _compare_with_ensemble, YEARLY),
        ("ensemble", _compare_with_ensemble, QUARTERLY),
        ("ensemble", partial(_compare_with_ensemble, names=(CHOSEN,)), WEEKLY),
        ("kinds", _compare_kinds, YEARLY),
        ("kinds", _compare_kinds, QUARTERLY),
    )
    for seed, (question, compare, sample), fold in product(SEEDS, compared, PARTS):
        job = f"{question}, {sample.name}, {PARTS[fold]}, {seed}"
        yield Job(job, partial(_run, question, compare, sample, fold, seed, data_dir))


def _run(
    question: str,
    compare: Callable[[Trial], list[Line]],
    sample: Sample,
    fold: int,
    seed: int,
    data_dir: Path | None,
) -> list[Line]:
    trial = Trial.of(sample, fold, seed, data_dir)
    trial.train({"n_members": 1, "n_epochs": 1})  # so that compiling is in no figure
    known = {"question": question, "sample": sample.name, "part": PARTS[fold], "seed": seed}
    return [{**known, **line} for line in compare(trial)]


def _compare_with_ensemble(trial: Trial, names: Iterable[str] = STUDENTS) -> list[Line]:
    """Let the preset's members teach."""
    teacher, line = trial.train({})
    lines = [{"method": "ensemble", **line}]
    lessons, cpu_s = _lessons(teacher, trial)
    for name in names:
        own = {"n_members": 1, **STUDENTS[name]}
        lines.append({"method": f"distilled, {name}", **trial.train(own, lessons)[1]})
        lines[-1]["lessons_cpu_s"] = cpu_s
        lines.append({"method": f"alone, {name}", **trial.train(own)[1]})
    return lines


def _compare_kinds(trial: Trial) -> list[Line]:
    """Let each of two kinds of networks teach the other."""
    lines, lessons = [], {}
    for cell in KINDS:
        teacher, line = trial.train({"n_members": 1, "cell": cell})
        lines.append({"method": cell, **line})
        lessons[cell] = _lessons(teacher, trial)
    for cell, other in (KINDS, KINDS[::-1]):
        taught, cpu_s = lessons[cell]
        line = trial.train({"n_members": 1, "cell": other}, taught)[1]
        lines.append({"method": f"{cell} to {other}", **line, "lessons_cpu_s": cpu_s})
    return lines


def _lessons(teacher: Ensemble, trial: Trial) -> tuple[Lessons, float]:
    """Return what an ensemble teaches, and the CPU seconds that it takes."""
    from esrnn.ensemble import teach

    start = time.process_time()
    lessons = teach(teacher, trial.held.train)
    return lessons, round(time.process_time() - start, 1)
