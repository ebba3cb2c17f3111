"""Forecast in children and threads of a process that has used torch's threads; print what is equal.

``python tests/estimator/any_process.py NAME...`` runs the situations of these names in one process
and prints a line of JSON. Run by `test_any_process`.
"""

from __future__ import annotations

import importlib.util
import json
import multiprocessing
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import torch
from sktime.forecasting.model_evaluation import evaluate
from sktime.split import ExpandingWindowSplitter

from esrnn import ESRNN

SETTINGS = {"n_members": 2, "n_epochs": 1, "hidden_size": 4, "random_state": 1}


def panel():
    """Draw four monthly series."""
    rng = np.random.default_rng(0)
    months = pd.period_range("2015-01", periods=40, freq="M")
    index = pd.MultiIndex.from_product([list("abcd"), months], names=["series", "month"])
    season = np.tile(10.0 * np.sin(np.arange(40) * np.pi / 6), 4)
    return pd.DataFrame({"y": 50.0 + season + rng.random(160)}, index=index)


def fit_and_predict(n_jobs):
    return ESRNN(horizon=3, n_jobs=n_jobs, **SETTINGS).fit(panel()).predict()


def in_fork(forecaster, expected):
    """Predict, then fit, in a forked child."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return {
            "predicted": pool.apply(forecaster.predict).equals(expected),
            "fitted": pool.apply(fit_and_predict, (1,)).equals(expected),
        }


def in_threads(forecaster, expected):
    """Predict, then fit, in several threads at once."""
    with ThreadPoolExecutor(4) as pool:
        predicted = list(pool.map(lambda _: forecaster.predict(), range(8)))
        fitted = list(pool.map(fit_and_predict, [1] * 4))
    return {
        "predicted": all(one.equals(expected) for one in predicted),
        "fitted": all(one.equals(expected) for one in fitted),
        "threads of torch": torch.get_num_threads() == 2,
    }


def fit_and_send(results):
    """Send forecasts of members that were trained by processes of this child's own."""
    results.put((fit_and_predict(2), time.time()))


def in_spawned_child(forecaster, expected):
    """Fit in a child that starts workers; it has to end with its work."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    child = context.Process(target=fit_and_send, args=(results,))
    child.start()
    found, done = results.get(timeout=200)
    child.join(100)
    seconds = time.time() - done if child.exitcode == 0 else 1000.0
    return {"fitted": found.equals(expected), "ends": seconds < 60}


def in_forkserver(forecaster, expected):
    """Predict, then fit, in a child of a fork server."""
    with multiprocessing.get_context("forkserver").Pool(1) as pool:
        return {
            "predicted": pool.apply(forecaster.predict).equals(expected),
            "fitted": pool.apply(fit_and_predict, (1,)).equals(expected),
        }


def evaluated(forecaster, expected):
    """Backtest with every backend of sktime's that is there."""
    backends = {None: None, "loky": {"n_jobs": 2}, "multiprocessing": {"n_jobs": 2}}
    backends |= {"threading": {"n_jobs": 2}}
    if importlib.util.find_spec("dask"):
        backends |= {"dask": {"scheduler": "threads"}}
    splits = ExpandingWindowSplitter(fh=[1, 2, 3], initial_window=34, step_length=3)
    scores = {}
    for backend, parameters in backends.items():
        table = evaluate(
            ESRNN(**SETTINGS), splits, panel(), error_score="raise",
            backend=backend, backend_params=parameters,
        )  # fmt: skip
        scores[str(backend)] = table.filter(like="test_").iloc[:, 0].tolist()
    return {backend: len(set(s)) == 2 and s == scores["None"] for backend, s in scores.items()}


SITUATIONS = {
    "fork": in_fork,
    "threads": in_threads,
    "spawn": in_spawned_child,
    "forkserver": in_forkserver,
    "evaluate": evaluated,
}


def main(names):
    """Fit, let torch use its threads, and run the situations."""
    forecaster = ESRNN(horizon=3, n_jobs=1, **SETTINGS).fit(panel())
    expected = forecaster.predict()
    found = {"torch's compiler": "torch._dynamo" in sys.modules}  # a second and 70 MB
    torch.set_num_threads(2)
    square = torch.ones(400, 400, requires_grad=True)
    (square @ square).exp().sum().backward()
    torch.ones(2_000_000).exp().sum()
    found |= {name: SITUATIONS[name](forecaster, expected) for name in names}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
