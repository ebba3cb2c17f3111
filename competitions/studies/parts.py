"""Smaller studies around the cores: few and many series, budgets, and what parts of an LSTM buy.

Each changes one thing, all else being as in `competitions.studies.cores`, and has a log of its own.

``series``
    Networks that are trained on 30 to 10,000 series, within the same budget, forecast the same 300
    other ones. Theta forecasts these 300 too.
``budgets``
    From a quarter of the budget to sixteen times as much.
``steps``
    Every cell with as many steps as the LSTM makes within its budget, whatever they cost.
``depth``, ``width``, ``dropout``, ``pieces``
    LSTMs with more or less of it; and without a piece of the whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any

from competitions.backtest.harness import Runnable
from competitions.studies.cores import (
    BACKTEST,
    CELLS,
    LOG,
    SAMPLES,
    SEEDS,
    Core,
    best_rate,
    read_named,
)
from competitions.studies.fits import BaselineFit, NetworkFit
from competitions.studies.samples import TEST_PART, Sample
from esrnn.config import ModelConfig

_CELLS = ("lstm", "gru", "mlp", "linear", "cnn", "minlstm")
_N_SCORED = 300
_SIZES = (30, 100, 1_000, 10_000)
_LARGE = {"m4-yearly": _SIZES, "m4-quarterly": _SIZES, "m4-monthly": _SIZES[:3]}
_SIZES_BUDGET_S = 4.0
_FACTORS = (0.25, 1, 4, 16)
_FEW = tuple(sample for sample in SAMPLES if sample.task in {"m4-yearly", "m4-weekly"})

# What is changed of an LSTM, by study and name
CHANGES: Mapping[str, Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "depth": {
            "1 layer": {"dilations": ((1,),)},
            "2 layers": {"dilations": ((1, 2),)},
            "4 layers": {"dilations": ((1, 2), (4, 8))},
            "8 layers": {"dilations": ((1, 2), (4, 8), (1, 2), (4, 8))},
        },
        "width": {f"{width} units": {"hidden_size": width} for width in (10, 20, 40, 80, 160)},
        "dropout": {
            **{f"dropout {share}": {"dropout": share} for share in (0.0, 0.2, 0.4)},
            **{
                f"recurrent dropout {share}": {"cell_options": (("recurrent_dropout", share),)}
                for share in (0.1, 0.3)
            },
        },
        "pieces": {
            "all": {},
            "no seasonality": {"seasonal_periods": ()},
            "no quantiles trained": {"interval_weight": 0.0},
            "pinball loss": {"loss": "pinball"},
            "series' coefficients fixed": {"series_learning_rate": 0.0},
        },
    }
)


def part_log(part: str) -> Path:
    """Return where the outcomes of a study are."""
    return LOG.with_name(f"{part}.jsonl")


def part_fits(part: str, data_dir: Path | None) -> Iterator[Runnable]:
    """Give the fits of another study than ``cores``, all with a seed before the next seed.

    Learning rates are those that backtests of `competitions.studies.cores` chose.
    """
    for seed in SEEDS:
        if part == "series":
            yield from _series(seed, data_dir)
        elif part == "budgets":
            yield from _budgets(seed, data_dir)
        elif part == "steps":
            yield from _steps(seed, data_dir)
        else:
            yield from _changes(part, seed, data_dir)


def _series(seed: int, data_dir: Path | None) -> Iterator[Runnable]:
    for task, sizes in _LARGE.items():
        scored = Sample(task, _N_SCORED)
        for fold in (BACKTEST, TEST_PART):
            if seed == 0:
                yield BaselineFit(scored, "Theta", fold, data_dir)
            for cell, n_series in product(_CELLS, sizes):
                config = _config(cell, next(one for one in SAMPLES if one.task == task))
                name = f"{cell}, trained on {n_series:,}"
                others = Sample(task, n_series, _N_SCORED)
                yield NetworkFit(
                    scored, name, config, _SIZES_BUDGET_S, fold, seed, data_dir, trained_on=others
                )


def _budgets(seed: int, data_dir: Path | None) -> Iterator[Runnable]:
    for factor, sample, cell in product(_FACTORS, _FEW, _CELLS):
        budget_s = factor * SAMPLES[sample]
        for fold in (BACKTEST, TEST_PART):
            name = f"{cell}, {budget_s:g} s"
            yield NetworkFit(sample, name, _config(cell, sample), budget_s, fold, seed, data_dir)


def _steps(seed: int, data_dir: Path | None) -> Iterator[Runnable]:
    for sample, cell, fold in product(_FEW, CELLS, (BACKTEST, TEST_PART)):
        lstm = read_named(LOG).get((sample.name, "lstm, rate", BACKTEST, 0))
        if lstm is not None:
            config, n_steps = _config(cell, sample), lstm.n_steps
            yield NetworkFit(sample, cell, config, math.inf, fold, seed, data_dir, n_steps)


def _changes(part: str, seed: int, data_dir: Path | None) -> Iterator[Runnable]:
    for sample, (name, changes), fold in product(
        SAMPLES, CHANGES[part].items(), (BACKTEST, TEST_PART)
    ):
        config = _config("lstm", sample, changes)
        yield NetworkFit(sample, name, config, SAMPLES[sample], fold, seed, data_dir)


def _config(
    cell: str, sample: Sample, changes: Mapping[str, Any] = MappingProxyType({})
) -> ModelConfig:
    """Return the settings of a cell with smoothing, at the rate chosen for a sample."""
    core = Core(cell, smooths=True)
    return core.config(sample, best_rate(read_named(LOG), sample, core), changes)
