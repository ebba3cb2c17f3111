"""Series that no network was trained on: backtests inside the training parts of M4.

``python -m competitions.unseen_backtest`` runs what its log does not hold yet and prints a table: a
fifth of a group's series, forecast by networks that were trained on all series, and by networks
that were trained on the others and got these by `esrnn.ensemble.Ensemble.for_new_series` alone.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from competitions.backtest import LOGS
from competitions.held_out import HeldOut, hold_out
from competitions.logs import append_outcome, read_outcomes
from competitions.task import load_data, load_task
from esrnn.config import Choices, preset_config
from esrnn.ensemble import fit_ensemble

__all__ = ["CASES", "LOG", "Case", "Outcome", "format_table", "run_cases"]

LOG = LOGS / "unseen.jsonl"
_LEFT_OUT = 0.2


@dataclass(frozen=True)
class Case:
    """A group's series, split.

    Attributes
    ----------
    task, preset : str
    back : int
        Which horizon from the end is held out.
    n_members : int, optional
        By default the preset's.
    """

    task: str
    preset: str
    back: int
    n_members: int | None = None


CASES = (
    Case("m4-weekly", "weekly", 1),
    Case("m4-weekly", "weekly", 2),
    Case("m4-quarterly-1000", "quarterly", 1),
    Case("m4-quarterly-1000", "quarterly", 2),
)


@dataclass(frozen=True)
class Outcome:
    """Scores on the series left out.

    Attributes
    ----------
    task : str
    back, n_left_out : int
    owa_trained, owa_unseen : float
        By networks that were trained on these series too, and by networks that were not.
    cpu_s_training, cpu_s_unseen : float
        Processor seconds: of the training without these series; of taking them up and forecasting
        them.
    """

    task: str
    back: int
    n_left_out: int
    owa_trained: float
    owa_unseen: float
    cpu_s_training: float
    cpu_s_unseen: float


def _backtest(case: Case, held: HeldOut, horizon: int) -> Outcome:
    n_series = held.train.n_series
    rng = np.random.default_rng(5)
    left_out = np.sort(rng.choice(n_series, int(_LEFT_OUT * n_series), replace=False))
    others = np.setdiff1d(np.arange(n_series), left_out)
    config = preset_config(case.preset, horizon, Choices(n_members=case.n_members))
    new = held.train.subset(left_out)
    judged = HeldOut(new, held.actual[left_out], held.seasonal_period)
    full = fit_ensemble(held.train, config, seed=0, device="cpu")
    low, middle, high = full.forecast(held.train)[:, left_out]
    trained = judged.measures(middle, low, high)["owa"]
    start = time.process_time()
    part = fit_ensemble(held.train.subset(others), config, seed=0, n_jobs=1, device="cpu")
    middle_of_it = time.process_time()
    low, middle, high = part.for_new_series(new).forecast(new)
    end = time.process_time()
    unseen = judged.measures(middle, low, high)["owa"]
    return Outcome(
        case.task, case.back, left_out.size, trained, unseen,
        round(middle_of_it - start, 1), round(end - middle_of_it, 2),
    )  # fmt: skip


def run_cases(cases: tuple[Case, ...] = CASES, log: Path = LOG) -> list[Outcome]:
    """Backtest all cases, appending to a log what it does not hold yet.

    Parameters
    ----------
    cases : tuple of Case
    log : pathlib.Path
        JSON lines.

    Returns
    -------
    list of Outcome
        All that the log holds.
    """
    outcomes = read_outcomes(log, Outcome)
    done = {(o.task, o.back) for o in outcomes}
    for case in cases:
        if (case.task, case.back) in done:
            continue
        data = load_data(load_task(case.task))
        outcomes.append(_backtest(case, hold_out(data, case.back), data.task.horizon))
        append_outcome(log, outcomes[-1])
    return outcomes


def format_table(outcomes: list[Outcome]) -> str:
    """Lay out OWA of the series left out, and what it took."""
    lines = [
        f"{'task':18} {'origin':>6} {'left out':>8} {'trained':>8} {'unseen':>8} {'ratio':>6} "
        f"{'training CPU s':>15} {'unseen CPU s':>13}"
    ]
    lines += [
        f"{o.task:18} {-o.back:6} {o.n_left_out:8} {o.owa_trained:8.4f} {o.owa_unseen:8.4f} "
        f"{o.owa_unseen / o.owa_trained:6.3f} {o.cpu_s_training:15.1f} {o.cpu_s_unseen:13.2f}"
        for o in outcomes
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(format_table(run_cases()) + "\n")
