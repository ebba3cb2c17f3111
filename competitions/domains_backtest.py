"""What M4's six domains are worth as facts about its series: backtests inside the training parts.

``python -m competitions.domains_backtest`` runs what its log does not hold yet and prints a table:
each group's preset with and without the domain of each series as a static covariate.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from competitions.backtest import LOGS
from competitions.held_out import HeldOut, hold_out
from competitions.logs import append_outcome, read_outcomes
from competitions.task import load_data, load_task
from esrnn.config import Choices, preset_config
from esrnn.datasets import load_m4_info
from esrnn.ensemble import fit_ensemble
from esrnn.panel import Covariates, Panel

__all__ = ["CASES", "LOG", "Outcome", "domains_of", "format_table", "run_cases"]

LOG = LOGS / "domains.jsonl"
CASES = (("m4-weekly", "weekly"), ("m4-yearly-1000", "yearly"), ("m4-quarterly-1000", "quarterly"))
_BACKS, _SEEDS, _MEMBERS = (1, 2), (0, 1), 2


@dataclass(frozen=True)
class Outcome:
    """A backtest's scores.

    Attributes
    ----------
    task : str
    facts : bool
        Whether the networks knew the domains.
    back : int
        Which horizon from the end was held out.
    seed, n_series : int
    owa, coverage, cpu_s : float
        OWA, coverage of the 95% intervals, processor seconds.
    """

    task: str
    facts: bool
    back: int
    seed: int
    n_series: int
    owa: float
    coverage: float
    cpu_s: float


def domains_of(panel: Panel, horizon: int) -> Covariates:
    """Return the domain of each of M4's series, one-hot.

    Parameters
    ----------
    panel : Panel
        Series with M4's ids.
    horizon : int
        Steps ahead, H.

    Returns
    -------
    Covariates
        Of six facts, and nothing known in advance.
    """
    info = load_m4_info()
    domain = info.set_index("unique_id")["category"].reindex(list(panel.ids)).astype(str).to_numpy()
    names = np.array(sorted(set(info["category"].astype(str))))
    static = (domain[:, None] == names).astype(np.float32)
    indptr = np.concatenate([[0], np.cumsum(panel.lengths + horizon)]).astype(np.int64)
    return Covariates(static, np.empty((int(indptr[-1]), 0), np.float32), indptr, horizon)


def _backtest(task: str, preset: str, held: HeldOut, facts: bool, back: int, seed: int) -> Outcome:
    horizon = held.actual.shape[1]
    config = preset_config(preset, horizon, Choices(n_members=_MEMBERS))
    domains = None
    if facts:
        domains = domains_of(held.train, horizon)
        config = replace(config, network=replace(config.network, n_static=domains.n_static))
    start = time.process_time()
    ensemble = fit_ensemble(
        held.train, config, covariates=domains, seed=seed, n_jobs=1, device="cpu"
    )
    low, middle, high = ensemble.forecast(held.train, covariates=domains)
    cpu_s = round(time.process_time() - start, 1)
    scores = held.measures(middle, low, high)
    n_series = held.train.n_series
    return Outcome(task, facts, back, seed, n_series, scores["owa"], scores["coverage"], cpu_s)


def run_cases(cases: tuple[tuple[str, str], ...] = CASES, log: Path = LOG) -> list[Outcome]:
    """Backtest all cases, appending to a log what it does not hold yet.

    Parameters
    ----------
    cases : tuple of (task, preset)
    log : pathlib.Path
        JSON lines.

    Returns
    -------
    list of Outcome
        All that the log holds.
    """
    outcomes = read_outcomes(log, Outcome)
    done = {(o.task, o.facts, o.back, o.seed) for o in outcomes}
    for task, preset in cases:
        data = load_data(load_task(task))
        for back in _BACKS:
            held = hold_out(data, back)
            for seed in _SEEDS:
                for facts in (False, True):
                    if (task, facts, back, seed) in done:
                        continue
                    outcomes.append(_backtest(task, preset, held, facts, back, seed))
                    append_outcome(log, outcomes[-1])
    return outcomes


def format_table(outcomes: list[Outcome]) -> str:
    """Lay out OWA without and with the domains, run by run, and their means."""
    lines = [f"{'task':18} {'N':>5} {'without':>8} {'with':>8}   back, seed: without/with"]
    for task in dict.fromkeys(o.task for o in outcomes):
        runs = {(o.back, o.seed, o.facts): o for o in outcomes if o.task == task}
        pairs = sorted({key[:2] for key in runs if (*key[:2], not key[2]) in runs})
        owas = [[runs[(*pair, facts)].owa for pair in pairs] for facts in (False, True)]
        each = "  ".join(
            f"{b},{s}: {x:.4f}/{y:.4f}" for (b, s), x, y in zip(pairs, *owas, strict=True)
        )
        n_series = max(o.n_series for o in runs.values())
        lines.append(
            f"{task:18} {n_series:5} {np.mean(owas[0]):8.4f} {np.mean(owas[1]):8.4f}   {each}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(format_table(run_cases()) + "\n")
