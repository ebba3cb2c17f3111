"""One measurement of `benchmarks.update`: a walk of updates in a process of its own.

``python benchmarks/update_once.py N_SERIES N_WEEKS N_UPDATES`` prints CPU seconds as JSON. It needs
nothing but the package that is found first on the path, so that it also measures an older one.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd

from esrnn import ESRNN
from esrnn.forecaster.updating import update_panel

N_TRAINED = 50  # series that the networks are trained on: updates do not depend on them


def weekly_sales(n_series: int, n_weeks: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return sales of every series and week, and a promotion and a kind beside them."""
    rng = np.random.default_rng(0)
    weeks = pd.date_range("2024-01-07", periods=n_weeks, freq="W-SUN")
    names = np.array([f"s{k:06d}" for k in range(n_series)])
    index = pd.MultiIndex.from_arrays(
        [names.repeat(n_weeks), np.tile(weeks, n_series)], names=["series", "week"]
    )
    steps = 0.1 * rng.normal(size=(n_series, n_weeks))
    y = pd.DataFrame({"sales": 100.0 * np.exp(steps.cumsum(axis=1)).ravel()}, index)
    kinds = np.array(["food", "toys", "books"])[np.arange(n_series) % 3]
    promo = (rng.random(len(index)) < 0.3).astype(np.float64)
    return y, pd.DataFrame({"promo": promo, "kind": kinds.repeat(n_weeks)}, index)


def walk(n_series: int, n_weeks: int, n_updates: int, covariates: bool) -> dict[str, object]:
    """Update week by week, without training, and return the CPU seconds of each update."""
    horizon = 4
    y, X = weekly_sales(n_series, n_weeks + n_updates + 1 + horizon)
    week = np.tile(np.arange(n_weeks + n_updates + 1 + horizon), n_series)
    forecaster = ESRNN(
        horizon=horizon, n_members=1, n_epochs=1, hidden_size=4, n_jobs=1, device="cpu",
        random_state=0, start_from=None,
    )  # fmt: skip
    few = y.index.get_level_values(0) < f"s{N_TRAINED:06d}"
    past = week < n_weeks
    forecaster.pretrain(y[few & past], X=X[few & past] if covariates else None)
    forecaster.fit(y[past], X=X[past] if covariates else None)
    whole, core = [], []
    for k in range(n_weeks, n_weeks + n_updates + 1):
        new, more = y[week == k], X[week == k] if covariates else None
        start = time.process_time()
        update_panel(forecaster._fitted, new, more)  # what `update` does beside sktime's part
        core.append(time.process_time() - start)
        start = time.process_time()
        forecaster.update(new, X=more, update_params=False)
        whole.append(time.process_time() - start)
    future = X[week > n_weeks + n_updates] if covariates else None
    total = float(forecaster.predict(X=future)["sales"].sum())
    # The first update loads what the others find loaded.
    return {"update_cpu_s": whole[1:], "without_sktime_cpu_s": core[1:], "forecasts": total}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    series, length, updates = (int(argument) for argument in sys.argv[1:4])
    print(json.dumps([walk(series, length, updates, one) for one in (False, True)]))
