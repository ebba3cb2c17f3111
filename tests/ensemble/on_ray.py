"""Train by joblib's Ray backend, and print what came of it as a line of JSON.

`test_processes` runs ``python -m tests.ensemble.on_ray FOLDER``.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from joblib import parallel_config

from esrnn.config import preset_config
from esrnn.ensemble import TrainingOptions, fit_ensemble
from esrnn.errors import TrainingError
from tests.hybrids import random_panel
from tests.jobs.dying import WriteProcess


def forecast(n_jobs: int | None, folder: str, learning_rate: float = 1e-3) -> list[float]:
    """Train two members, and forecast."""
    panel = random_panel(0, [30, 41, 25])
    config = preset_config(
        "quarterly", 4, n_members=2, n_epochs=1, hidden_size=4, learning_rate=learning_rate
    )
    options = TrainingOptions(n_jobs=n_jobs, device="cpu", callbacks=(WriteProcess(folder),))
    return fit_ensemble(panel, config, seed=1, options=options).forecast(panel).ravel().tolist()


def diverges(n_jobs: int, folder: str) -> bool:
    """Return whether a training that diverges ends with the package's own error."""
    try:
        forecast(n_jobs, folder, learning_rate=1e30)
    except TrainingError as error:
        return "training diverged" in str(error)
    return False


def main(folder: str) -> None:
    """Train here and there."""
    import ray  # here: whoever looks for doctests imports this module, where Ray may not be
    from ray.util.joblib import register_ray

    here = forecast(1, folder)
    register_ray()
    own = Path(folder) / "workers"
    own.mkdir()
    with parallel_config("ray"):
        by_default = forecast(None, folder)  # which starts Ray
        found = {
            "Ray runs": ray.is_initialized(),
            "by default": by_default == here,
            "two": forecast(2, str(own)) == here,
            "diverged": diverges(2, folder),
            "here": (own / str(os.getpid())).exists(),
            "workers": len(list(own.iterdir())),
        }
    ray.shutdown()
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
