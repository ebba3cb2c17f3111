"""M4's measures written as plain loops over series and steps, from their definitions."""

import math

import numpy as np
import pandas as pd

from competitions.task import TaskData


def loop_scores(data: TaskData, forecasts: pd.DataFrame) -> dict[str, object]:
    """Score forecasts series by series and step by step."""
    task = data.task
    rows = {(row.unique_id, row.ds): row for row in forecasts.itertuples(index=False, name="Row")}
    lower, upper = (list(forecasts.columns).index(f"{side}-95") for side in ("lo", "hi"))
    each = []
    for series in data.ids:
        history = data.train.loc[series, "y"].tolist()
        actual = data.test.loc[series, "y"]
        m = task.seasonal_period
        scale = np.mean([abs(history[t] - history[t - m]) for t in range(m, len(history))])
        cells = [rows[series, step] for step in actual.index]
        each.append(
            {
                "smape": [_smape(y, row.y_hat) for y, row in zip(actual, cells, strict=True)],
                "mase": [abs(y - r.y_hat) / scale for y, r in zip(actual, cells, strict=True)],
                "msis": [
                    _interval(y, row[lower], row[upper]) / scale
                    for y, row in zip(actual, cells, strict=True)
                ],
                "coverage": [
                    float(row[lower] <= y <= row[upper])
                    for y, row in zip(actual, cells, strict=True)
                ],
                "naive2": [
                    (_smape(y, f), abs(y - f) / scale)
                    for y, f in zip(actual, loop_naive2(history, len(actual), m), strict=True)
                ],
            }
        )
    means = {
        name: float(np.mean([np.mean(one[name]) for one in each]))
        for name in ("smape", "mase", "msis", "coverage")
    }
    benchmark = np.mean([np.mean(one["naive2"], axis=0) for one in each], axis=0)
    quantiles = [*task.decile_columns[:4], "y_hat", *task.decile_columns[4:]]
    places = [list(forecasts.columns).index(column) for column in quantiles]
    losses, sizes = [], []
    for series in data.ids:
        for step, y in data.test.loc[series, "y"].items():
            sizes.append(abs(y))
            for k, place in enumerate(places, start=1):
                error = y - rows[series, step][place]
                losses.append(2 * error * (k / 10 if error > 0 else k / 10 - 1))
    by_step = {
        name: [float(np.mean([one[name][h] for one in each])) for h in range(task.horizon)]
        for name in ("smape", "mase", "coverage")
    }
    return {
        "n_series": len(each),
        **means,
        "owa": (means["smape"] / benchmark[0] + means["mase"] / benchmark[1]) / 2,
        "acd": abs(means["coverage"] - 0.95),
        "by_step": by_step,
        "naive2_smape": float(benchmark[0]),
        "naive2_mase": float(benchmark[1]),
        "wql": sum(losses) / 9 / sum(sizes),
        "mean_abs": sum(sizes) / len(sizes),
        "series": {
            name: [float(np.mean(one[name])) for one in each] for name in ("smape", "mase", "msis")
        },
    }


def loop_naive2(history: list[float], horizon: int, m: int) -> list[float]:
    """Naive2 of one positive series, as the R script of M4 defines it."""
    n = len(history)
    if not _seasonal(history, m):
        return [history[-1]] * horizon
    weights = [1 / m] * m if m % 2 else [0.5 / m, *[1 / m] * (m - 1), 0.5 / m]
    half = len(weights) // 2
    ratios: list[list[float]] = [[] for _ in range(m)]
    for t in range(half, n - half):
        window = history[t - half : t - half + len(weights)]
        trend = sum(w * y for w, y in zip(weights, window, strict=True))
        ratios[t % m].append(history[t] / trend)
    indices = [sum(some) / len(some) for some in ratios]
    mean = sum(indices) / m
    indices = [index / mean for index in indices]
    adjusted = history[-1] / indices[(n - 1) % m]
    return [adjusted * indices[(n + h) % m] for h in range(horizon)]


def _seasonal(history: list[float], m: int) -> bool:
    n = len(history)
    if m == 1 or n < 3 * m or m > math.floor(10 * math.log10(n)):
        return False
    mean = sum(history) / n
    centred = [y - mean for y in history]
    variance = sum(c * c for c in centred)
    r = [
        sum(centred[t] * centred[t - lag] for t in range(lag, n)) / variance for lag in range(m + 1)
    ]
    limit = 1.645 * math.sqrt((1 + 2 * sum(r[lag] ** 2 for lag in range(1, m))) / n)
    return abs(r[m]) > limit


def _smape(y: float, y_hat: float) -> float:
    return 0.0 if y == y_hat == 0 else 200 * abs(y - y_hat) / (abs(y) + abs(y_hat))


def _interval(y: float, lower: float, upper: float) -> float:
    below, above = max(lower - y, 0.0), max(y - upper, 0.0)
    return upper - lower + 2 / 0.05 * (below + above)
