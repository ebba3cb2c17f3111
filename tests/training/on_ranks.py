"""Trainings by several processes, each of which runs `python -m tests.training.on_ranks FOLDER`.

What every process finds is pickled to a file of its rank in the folder, for `test_ranks`.
"""

from __future__ import annotations

import os
import pickle
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from esrnn.config import ModelConfig
from esrnn.ensemble import Ensemble, TrainingOptions, fit_ensemble, teach
from esrnn.errors import EsrnnError
from esrnn.panel import Covariates, Panel
from esrnn.training import current_ranks, data_parallel
from tests.covered import random_covariates
from tests.hybrids import random_panel
from tests.training.members import Watcher, config, example

UNEVEN = [30, 41, 22, 35, 28, 8, 1, 26, 19]


@dataclass(frozen=True)
class Training:
    """What is trained: two members."""

    panel: Panel
    config: ModelConfig
    covariates: Covariates | None = None
    start: Training | None = None
    teacher: Training | None = None

    def run(self, seed: int | None = 3, **options: Any) -> Ensemble:
        """Train, on all ranks that there are."""
        start = None if self.start is None else self.start.run()
        lessons = None if self.teacher is None else teach(self.teacher.run(), self.panel)
        return fit_ensemble(
            self.panel,
            self.config,
            covariates=self.covariates,
            start=start,
            lessons=lessons,
            seed=seed,
            options=TrainingOptions(**{"device": "cpu", **options}),
        )


def tiny(network: dict[str, Any] | None = None, **training: Any) -> ModelConfig:
    """Return settings of two members."""
    own = config(**{"n_epochs": 3, "calibration": 0.9, "learning_rate": 3e-3, **training})
    levels = (0.25, 0.5, 0.75)  # which few scores of what is held back are enough to calibrate
    return replace(
        own,
        network=replace(own.network, quantile_levels=levels, **(network or {})),
        ensemble=replace(own.ensemble, n_members=2),
    )


def covered() -> Training:
    """Return a training with static and future covariates."""
    lengths = [30, 25, 28, 31, 22]
    covariates = random_covariates(1, np.array(lengths), 3)
    sizes = {"n_static": covariates.n_static, "n_future": covariates.n_future}
    return Training(random_panel(4, lengths), tiny(sizes), covariates)


def trainings() -> dict[str, Training]:
    """Return all that is trained in one process and in several."""
    panel = example(lengths=UNEVEN)
    dropping = {"cell": "gru", "cell_options": (("recurrent_dropout", 0.3),)}
    hardly = tiny(n_steps=1, learning_rate=1e-7, series_learning_rate=1e-7)
    short = random_panel(5, [30, 2, 25, 2, 2, 28])  # half of a batch is without targets
    return {
        "dropout": Training(panel, tiny(dropout=0.3, training_window=9, origin_step=2)),
        "recurrent dropout": Training(panel, tiny(dropping, dropout=0.2, training_window=12)),
        "covariates": covered(),
        "level penalty": Training(short, tiny(level_penalty=50.0, batch_size=6, n_steps=2)),
        "one series a batch": Training(panel, tiny(dropout=0.3, batch_size=1)),
        "one series": Training(random_panel(2, [40]), tiny(dropout=0.3)),
        "patience": Training(panel, tiny(patience=1, n_epochs=6)),
        "lessons": Training(panel, tiny(dropout=0.2, n_epochs=2), teacher=Training(panel, hardly)),
        "trained further": Training(panel, tiny(keep=0.5), start=Training(panel, tiny())),
    }


class Members:
    """A store of members, of which one is there already."""

    def __init__(self, first: Any) -> None:
        self.first, self.saved = first, []

    def load(self, k: int, own: ModelConfig) -> Any:
        return self.first if k == 0 else None

    def save(self, k: int, member: Any, cpu_s: float) -> None:
        self.saved.append(k)


def refused() -> dict[str, Callable[[], Any]]:
    """Return calls that several processes can't serve."""
    panel, rank = example(lengths=UNEVEN), current_ranks().rank
    other = panel if rank == 0 else example(1, lengths=UNEVEN)
    plain = Training(panel, tiny())
    return {
        "other data": Training(other, tiny()).run,
        "batch normalisation": Training(panel, tiny({"cell": "batch_norm_lstm"})).run,
        "processes": lambda: plain.run(n_jobs=2),
        "cuda": lambda: plain.run(device="cuda"),
        "diverged": Training(panel, tiny(learning_rate=1e30)).run,
        "diverged series": Training(panel, tiny(series_learning_rate=1e5, n_epochs=6)).run,
    }


def message(call: Callable[[], Any]) -> str:
    """Return the message of an error."""
    try:
        call()
    except EsrnnError as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


def late(rank: int) -> str:
    """Return what the first process says if the second one does not answer for some seconds."""
    current_ranks().joined([rank])  # both are here
    with data_parallel(timeout_s=3.0) as ranks:
        if rank == 0:
            return message(lambda: ranks.any(True))
        time.sleep(8.0)
    return ""


def run_all() -> dict[str, Any]:
    """Run all of it."""
    panel, rank = example(lengths=UNEVEN), current_ranks().rank
    plain = Training(panel, tiny())
    found: dict[str, Any] = {name: own.run() for name, own in trainings().items()}
    found["messages"] = {name: message(call) for name, call in refused().items()}
    stop_second = Watcher(lambda epoch: rank == 1 and epoch.number == 2)
    found["stopped"] = plain.run(callbacks=(stop_second,))
    found["no seed"] = plain.run(None)
    found["in time"] = Training(panel, tiny(n_epochs=10_000)).run(time_budget=0.3)
    store = Members(found["dropout"].members[0] if rank == 0 else None)
    found["resumed"], found["saved"] = plain.run(store=store), store.saved
    found["late"] = late(rank)
    return found


def main(folder: str, timeout_s: float) -> None:
    """Run all of it, and write it down; one process goes away where its rank is named."""
    leaves = os.environ.get("LEAVES")
    with data_parallel(timeout_s) as ranks:
        if leaves is None:
            result = run_all()
        else:
            leave = Watcher(lambda epoch: os._exit(7) if str(ranks.rank) == leaves else None)
            plain = Training(example(lengths=UNEVEN), tiny())
            result = {"message": message(lambda: plain.run(callbacks=(leave,)))}
    with open(Path(folder) / f"{ranks.rank}.pickle", "wb") as file:
        pickle.dump(result, file)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
