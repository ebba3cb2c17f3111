"""Run directories without a run: scores that can be told from each other, or real ones."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from competitions.scoring import score, series_scores
from competitions.task import Task, load_data, load_task
from esrnn.metrics import naive2, seasonal_naive

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAIVE2 = {"smape": 10.0, "mase": 2.0}


@dataclass(frozen=True)
class MadeUp:
    """What is told of a run that never was; OWA is `owa` exactly."""

    task: str = "m4-weekly"
    method: str = "esrnn"
    engine: str | None = None
    seed: int = 0
    owa: float = 0.8
    cpu_s: float = 90.0
    intervals: bool = True
    n_fallbacks: int = 0
    backtest: float | None = None
    preset: str = "auto"
    n_members: int | None = None
    wql: float | None = None


def write_made_up(folder: Path, made_up: MadeUp) -> Path:
    """Write the directory of a made-up run into a folder and return it."""
    task = load_task(made_up.task)
    rng = np.random.default_rng(made_up.seed)
    mase = rng.gamma(2.0, 1.0, task.n_series)
    series = pd.DataFrame({"unique_id": task.id_list, "smape": 5 * mase, "mase": mase})
    series["msis"] = 10 * mase if made_up.intervals else np.nan
    steps = np.tile(np.arange(1, task.horizon + 1), task.n_series)
    y_hat = 100 + steps + rng.normal(size=len(steps))
    width = 10.0 if made_up.intervals else np.nan
    forecasts = pd.DataFrame(
        {
            "unique_id": np.repeat(np.array(task.id_list, dtype=object), task.horizon),
            "ds": 50 + steps,
            "y_hat": y_hat,
            "lo-95": y_hat - width,
            "hi-95": y_hat + width,
        }
    )
    return _write(folder, _entries(task, made_up), forecasts, series)


def write_real(folder: Path, method: str = "esrnn", seed: int = 0, share: float = 0.5) -> Path:
    """Write a run on M4 Hourly's sample, whose forecasts are a mixture of two naive ones."""
    data = load_data(load_task("m4-hourly-40"))
    task = data.task
    arguments = data.values, task.horizon, task.seasonal_period
    one, other = (f(*arguments, indptr=data.indptr) for f in (naive2, seasonal_naive))
    y_hat = share * one + (1 - share) * other
    half = 0.1 * (1 + np.abs(y_hat))
    shares = {level: level / 95 * half for level in task.asked_levels}
    bounds = {level: (y_hat - share, y_hat + share) for level, share in shares.items()}
    forecasts = data.forecast_frame(y_hat, bounds)
    entries = {
        **_entries(task, MadeUp(task.name, method, seed=seed)),
        **score(data, forecasts).as_dict(),
    }
    return _write(folder, entries, forecasts, series_scores(data, forecasts))


def _entries(task: Task, made_up: MadeUp) -> dict[str, object]:
    some = list(np.linspace(5.0, 8.0, task.horizon) * made_up.owa)
    entries: dict[str, object] = {
        "task": task.name,
        "method": made_up.method,
        "engine": made_up.engine,
        "n_series": task.n_series,
        "n_in_group": task.n_in_group,
        "smape": NAIVE2["smape"] * made_up.owa,
        "mase": NAIVE2["mase"] * made_up.owa,
        "owa": made_up.owa,
        "naive2_smape": NAIVE2["smape"],
        "naive2_mase": NAIVE2["mase"],
        "msis": 20 * made_up.owa if made_up.intervals else None,
        "acd": 0.03 if made_up.intervals else None,
        **({} if made_up.wql is None else {"wql": made_up.wql, "mean_abs": 1000.0}),
        "coverage": 0.92 if made_up.intervals else None,
        "by_step": {
            "smape": some,
            "mase": some,
            "coverage": [0.92] * task.horizon if made_up.intervals else None,
        },
        "n_fallbacks": made_up.n_fallbacks,
        "cpu_s": made_up.cpu_s,
        "wall_s": made_up.cpu_s / 2,
        "peak_rss_mb": 321.0,
        "seed": made_up.seed,
        "settings": {"preset": made_up.preset, "n_members": made_up.n_members, "n_epochs": None},
        "commit": COMMIT,
        "versions": {"python": "3.11.2", "esrnn": "0.1.0"},
    }
    if made_up.backtest is not None:
        entries["backtest"] = {"owa": made_up.backtest}
    return entries


def _write(
    folder: Path, entries: Mapping[str, object], forecasts: pd.DataFrame, series: pd.DataFrame
) -> Path:
    run = folder / "-".join(str(entries[k]) for k in ("task", "method", "engine", "seed"))
    run.mkdir(parents=True)
    forecasts.to_parquet(run / "forecasts.parquet", index=False)
    series.to_parquet(run / "series.parquet", index=False)
    (run / "scores.json").write_text(json.dumps(entries), encoding="utf-8")
    return run
