"""The experiment ``short``: series that were not trained on, of which only the end is known.

Half of up to 600 of a task's series train networks. Of the others, all but the last 1, 2, 3 or 7
observations before the held-out horizon are left out. Intervals are those with and without the
calibration of short histories (`esrnn.quantiles.short_histories`); scales of MSIS are those of
whole series.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from competitions.backtest.harness import Case, Forecast, fit_here, median_and_bounds, task_data
from competitions.backtest.held_out import HeldOut, hold_out
from esrnn.config import for_panel_size, preset_config

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble

TASKS = {
    "m3-yearly": "yearly",
    "m3-quarterly": "quarterly",
    "m3-monthly": "monthly",
    "m3-other": "generic",
    "m4-weekly": "weekly",
    "m4-monthly": "monthly",
    "m4-daily": "daily",
}
_FOLDS, _LENGTHS = (1, 2), (1, 2, 3, 7)
_N_SERIES = 600
_MEMBERS = 2


def short_cases(data_dir: Path | None) -> Iterator[Case]:
    """Give a case for every task, fold and length, with and without the calibration."""
    for (task, preset), fold, length, calibrated in product(
        TASKS.items(), _FOLDS, _LENGTHS, (False, True)
    ):

        def train(
            held: HeldOut,
            key: tuple[str, str, int] = (task, preset, fold),
            length: int = length,
            calibrated: bool = calibrated,
        ) -> Callable[[], Forecast]:
            ensemble = _ensemble(*key, data_dir)
            if not calibrated:
                ensemble = replace(ensemble, short_histories=None)
            new = held.subset(_split(held)[1]).train.last(length)
            return lambda: median_and_bounds(ensemble.for_new_series(new).forecast(new))

        variant = f"{length} observed, {'' if calibrated else 'not '}calibrated"
        load = partial(task_data, task, data_dir)
        yield Case(task, variant, fold, load, train, seed=0, scored=_score_new)


@cache
def _ensemble(task: str, preset: str, fold: int, data_dir: Path | None) -> Ensemble:
    """Train on the first half of a fold's series."""
    held = hold_out(task_data(task, data_dir), fold)
    seen = held.subset(_split(held)[0]).train
    config = preset_config(preset, held.actual.shape[1], n_members=_MEMBERS)
    return fit_here(seen, for_panel_size(config, preset, seen.n_series), seed=0)


def _split(held: HeldOut) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the series to train on and the new ones, drawn at random and always the same."""
    n_series = held.train.n_series
    some = np.arange(n_series)[:: max(1, n_series // _N_SERIES)][:_N_SERIES]
    new = np.sort(np.random.default_rng(5).choice(some, some.size // 2, replace=False))
    return np.setdiff1d(some, new), new


def _score_new(held: HeldOut) -> HeldOut:
    return held.subset(_split(held)[1])
