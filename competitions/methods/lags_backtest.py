"""Backtests of the regression on lags, inside the training parts: how its settings were chosen.

``python -m competitions.methods.lags_backtest m4-yearly m4-weekly`` runs the grid of each group
with the last horizon of the training part held back, then with the one before, and appends to the
log what it does not hold yet. The best of the log are copied into `competitions.methods.lags`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

from competitions.held_out import hold_out
from competitions.methods.lags import LagSettings, forecast_by_lags
from competitions.task import TaskData, load_data, load_task
from esrnn.errors import InputError

__all__ = ["GRIDS", "LOG", "Outcome", "backtest_lags", "best_settings", "read_log", "run_grid"]

LOG = Path(__file__).parents[1] / "backtests" / "lags.jsonl"
_LEVEL = 95
_BACKS = (1, 2)


def _grid(
    windows: Iterable[int],
    shrinks: Iterable[float],
    penalties: Iterable[float],
    origins: Iterable[int | None],
) -> list[LagSettings]:
    return [LagSettings(*values) for values in product(windows, shrinks, penalties, origins)]


# What is at an edge of a first grid has a second.
GRIDS: dict[str, list[LagSettings]] = {
    "yearly": [
        *_grid((8, 12, 16), (5.0, 10.0, 20.0), (0.01, 0.1), (None, 12)),
        *_grid((12,), (1.0, 2.5), (0.01,), (None,)),
    ],
    "quarterly": [
        *_grid((17, 33, 49), (10.0, 100.0, 1e6), (0.01,), (None, 16, 40)),
        *_grid((49, 65), (30.0, 100.0, 300.0), (0.001, 0.01), (8, 16)),
    ],
    "monthly": _grid((37, 61, 85), (10.0, 100.0, 1e6), (0.01, 0.1), (None, 90)),
    "weekly": [
        *_grid((53, 105, 157), (5.0, 20.0, 100.0), (0.01, 0.1), (None, 130)),
        *_grid((157, 209, 261), (100.0, 300.0, 1000.0), (0.001, 0.01), (None,)),
    ],
    "daily": _grid((8, 29, 92), (10.0, 100.0), (0.001, 0.1), (None, 140)),
    "hourly": [
        *_grid((169, 193, 337), (10.0, 100.0, 1e6), (1e-4, 0.01), (None, 336)),
        *_grid((337, 505), (30.0, 100.0, 300.0), (1e-5, 1e-4, 1e-3), (None,)),
    ],
}


@dataclass(frozen=True)
class Outcome:
    """How settings did with one horizon held back.

    Parameters
    ----------
    task : str
        Name of the task.
    settings : LagSettings
        What was tried.
    back : int
        Which horizon from the end of the training part was held back; 1 is the last.
    n_series : int
        Series that are long enough for it and not constant up to the origin.
    owa, smape, mase, msis, coverage, cpu_s : float
        Scores and processor seconds.
    """

    task: str
    settings: LagSettings
    back: int
    n_series: int
    owa: float
    smape: float
    mase: float
    msis: float
    coverage: float
    cpu_s: float


def backtest_lags(data: TaskData, settings: LagSettings, back: int) -> Outcome:
    """Hold back a horizon of the training part, fit on what is before, and score.

    Parameters
    ----------
    data : TaskData
        Only its training part is read.
    settings : LagSettings
        What to try.
    back : int
        Which horizon from the end; 1 is the last.

    Returns
    -------
    Outcome
        The scores.
    """
    held = hold_out(data, back)
    start = time.process_time()
    y_hat, bounds = forecast_by_lags(held.train, data.task.horizon, (_LEVEL,), settings)
    cpu_s = time.process_time() - start
    return Outcome(
        task=data.task.name,
        settings=settings,
        back=back,
        n_series=held.train.n_series,
        **held.measures(y_hat, *bounds[_LEVEL]),
        cpu_s=round(cpu_s, 1),
    )


def run_grid(data: TaskData, grid: Iterable[LagSettings], log: Path) -> None:
    """Backtest all settings at both origins, appending to a log what it does not hold yet."""
    done = {(o.task, o.settings, o.back) for o in read_log(log)} if log.exists() else set()
    for settings, back in product(dict.fromkeys(grid), _BACKS):
        if (data.task.name, settings, back) not in done:
            outcome = backtest_lags(data, settings, back)
            with log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(outcome)) + "\n")


def read_log(log: Path) -> list[Outcome]:
    """Return the outcomes that a log holds."""
    outcomes = []
    for line in log.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        outcomes.append(Outcome(**{**entry, "settings": LagSettings(**entry["settings"])}))
    return outcomes


def best_settings(outcomes: Iterable[Outcome], task: str) -> LagSettings:
    """Return the settings with the smallest mean OWA over both origins of a task.

    Raises
    ------
    InputError
        If none was tried at both.
    """
    owas: dict[LagSettings, list[float]] = {}
    for outcome in outcomes:
        if outcome.task == task:
            owas.setdefault(outcome.settings, []).append(outcome.owa)
    means = {key: sum(both) for key, both in owas.items() if len(both) == len(_BACKS)}
    if not means:
        raise InputError(f"the log has no settings of {task} tried at {len(_BACKS)} origins")
    return min(means, key=lambda key: means[key])


def main(names: Sequence[str]) -> None:
    """Run the grids of the tasks named and print the best of each."""
    for name in names:
        data = load_data(load_task(name))
        run_grid(data, GRIDS[data.task.group], LOG)
        print(name, best_settings(read_log(LOG), name))


if __name__ == "__main__":
    main(sys.argv[1:])
