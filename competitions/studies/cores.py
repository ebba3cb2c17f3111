"""Every cell, with smoothing and without, each at the learning rate that its backtest chooses.

Cells have their default options, and else the settings of the preset, which were chosen for LSTMs.
To be fair to the others, each tries other learning rates too. The rate is chosen with seed 0 on the
last horizon of the training part, for each sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from competitions.backtest.harness import Runnable
from competitions.backtest.logs import Outcome, read_outcomes
from competitions.studies.fits import BASELINES, BaselineFit, NetworkFit
from competitions.studies.samples import TEST_PART, Sample
from competitions.task import load_task
from esrnn.config import ModelConfig, preset_config

# CPU seconds of a training by sample
SAMPLES: Mapping[Sample, float] = {
    Sample("m4-yearly", 400): 2.0,
    Sample("m4-quarterly", 400): 2.0,
    Sample("m4-daily", 300): 2.0,
    Sample("m4-weekly", 359): 2.0,
    Sample("m4-monthly", 400): 2.0,
    Sample("m4-hourly", 100): 4.0,
    Sample("m3-monthly", 400): 2.0,
}
# In this order, so that a log that ends early has those that matter most.
CELLS = (
    "lstm", "gru", "mlp", "linear", "cnn", "minlstm", "indrnn", "lmu", "slstm", "attentive_lstm",
    "residual_lstm", "universal_transformer", "linear_attention", "sha_rnn", "nbrc", "brc",
    "layer_norm_lstm", "batch_norm_lstm",
)  # fmt: skip
RATES = {"rate": 1.0, "3 rate": 3.0, "rate / 3": 1 / 3}  # in units of the preset's
BACKTEST = 1
LOG = Path(__file__).with_name("cores.jsonl")
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Core:
    """A cell, with or without smoothing."""

    cell: str
    smooths: bool

    @property
    def name(self) -> str:
        """Its name in the log, without the rate."""
        return self.cell if self.smooths else f"{self.cell}, no smoothing"

    def variant(self, rate: str) -> str:
        """Its name in the log."""
        return f"{self.name}, {rate}"

    def config(
        self, sample: Sample, rate: str, changes: Mapping[str, Any] = MappingProxyType({})
    ) -> ModelConfig:
        """Return the settings of its networks: one network, and the preset's but for changes."""
        task = load_task(sample.task)
        without = {"level": "last", "seasonal_periods": (), "scale_lag": task.seasonal_period}
        chosen: dict[str, Any] = {
            "n_members": 1, "cell": self.cell, **({} if self.smooths else without), **changes
        }  # fmt: skip
        usual = preset_config(sample.preset, task.horizon, **chosen).training.learning_rate
        chosen["learning_rate"] = usual * RATES[rate]
        return preset_config(sample.preset, task.horizon, **chosen)


CORES = tuple(Core(cell, smooths) for cell, smooths in product(CELLS, (True, False)))


# Outcomes by panel, variant, fold and seed
Named: TypeAlias = Mapping[tuple[str, str, int, int], Outcome]


def by_name(outcomes: Iterable[Outcome]) -> Named:
    """Return outcomes by name; of several with other settings or budgets, the last one counts."""
    return {(one.task, one.variant, one.fold, one.seed): one for one in outcomes}


def read_named(log: Path) -> Named:
    """Return the outcomes of a log by name; a log that has not grown is not read again."""
    return _read_named(log, log.stat().st_size if log.exists() else 0)


@lru_cache(maxsize=1)
def _read_named(log: Path, size: int) -> Named:
    return by_name(read_outcomes(log))


def core_fits(log: Path, data_dir: Path | None) -> Iterator[Runnable]:
    """Give the fits of the study, the log's outcomes deciding on rates and steps.

    All cores come before the next panel, rate or seed, so that a log is fair to all of them
    wherever it ends.
    """
    folds = (BACKTEST, TEST_PART)
    for rate, sample, core in product(RATES, SAMPLES, CORES):
        before = best_rate(read_named(log), sample, core)
        if (rate, before) == ("rate / 3", "3 rate"):
            continue  # lower ones are worse already
        yield _fit(log, data_dir, core, sample, rate, BACKTEST, seed=0)
        if best_rate(read_named(log), sample, core) == rate:
            yield _fit(log, data_dir, core, sample, rate, TEST_PART, seed=0)
    for variant, sample, fold in product(BASELINES, SAMPLES, folds):
        yield BaselineFit(sample, variant, fold, data_dir)
    for seed, sample, core, fold in product(SEEDS[1:], SAMPLES, CORES, folds):
        best = best_rate(read_named(log), sample, core)
        yield _fit(log, data_dir, core, sample, best, fold, seed)


def remaining(log: Path) -> str:
    """Say how much of the study a log has, and how long the rest takes, going by the log."""
    outcomes = read_named(log).values()
    # How many rates a core tries depends on its backtests. With all seeds it has about eight fits.
    n_fits = (8 * len(CORES) + 2 * len(BASELINES)) * len(SAMPLES)
    costs = [outcome.cpu_s for outcome in outcomes if outcome.n_steps and outcome.cpu_s]
    mean = sum(costs) / len(costs) if costs else sum(SAMPLES.values()) / len(SAMPLES)
    hours = max(n_fits - len(outcomes), 0) * mean / 3600
    return f"{len(outcomes)} of about {n_fits} fits are logged; {hours:.1f} CPU hours are left"


def best_rate(named: Named, sample: Sample, core: Core) -> str:
    """Return the rate with the lowest OWA on the backtest with seed 0; the preset's if none is."""
    keys = {rate: (sample.name, core.variant(rate), BACKTEST, 0) for rate in RATES}
    owas = {rate: named[key].owa for rate, key in keys.items() if key in named}
    return min(owas, key=lambda rate: owas[rate], default="rate")


def _fit(
    log: Path,
    data_dir: Path | None,
    core: Core,
    sample: Sample,
    rate: str,
    fold: int,
    seed: int,
) -> NetworkFit:
    """Return a fit with as many steps as the core's first one on the sample."""
    first = read_named(log).get((sample.name, core.variant("rate"), BACKTEST, 0))
    budget_s = SAMPLES[sample]
    n_steps = first.n_steps if first is not None and first.budget_s == budget_s else None
    config = core.config(sample, rate)
    return NetworkFit(sample, core.variant(rate), config, budget_s, fold, seed, data_dir, n_steps)
