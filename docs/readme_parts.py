"""The README's tables and picture, made from the committed results.

    python docs/readme_parts.py

prints the two tables of accuracy, and draws `docs/images/readme.png`. Nothing is trained: the
scores and the forecasts of a few series are those in `competitions/results`. `tests/test_docs.py`
checks that the README shows these tables.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "competitions" / "results"
METHODS = {
    "ESRNN": "esrnn",
    "without training": "esrnn-zero-shot",
    "plain LSTM": "lstm",
    "regression on lags": "lags",
    "AutoETS": "ets",
    "AutoARIMA": "arima",
    "Theta": "theta",
    "seasonal naive": "snaive",
}
TASKS = {
    "m4-yearly": "M4 Yearly",
    "m4-quarterly": "M4 Quarterly, part",
    "m4-monthly": "M4 Monthly, part",
    "m4-weekly": "M4 Weekly",
    "m4-daily": "M4 Daily, part",
    "m4-hourly": "M4 Hourly",
    "m3-yearly": "M3 Yearly",
    "m3-quarterly": "M3 Quarterly",
    "m3-monthly": "M3 Monthly",
    "m3-other": "M3 Other",
}
M4 = [task for task in TASKS if task.startswith("m4-")]
SHOWN = ["H46", "H230", "H269"]


def scores_of(task: str) -> dict[str, dict[str, Any]]:
    """Read the scores of a task's methods, the first seed of each."""
    paths = {name: RESULTS / task / f"{method}-0/scores.json" for name, method in METHODS.items()}
    return {
        name: json.loads(path.read_text(encoding="utf-8"))
        for name, path in paths.items()
        if path.is_file()
    }


def duration(seconds: float) -> str:
    """Write CPU seconds down; what takes less than one is not worth a digit."""
    return f"{seconds:,.0f} s" if seconds >= 1.0 else "< 1 s"


def table() -> str:
    """Lay out OWA and CPU time of every method on every task, in Markdown."""
    lines = [
        "| | series | " + " | ".join(METHODS) + " |",
        "|---|---:|" + "---:|" * len(METHODS),
    ]
    for task, title in TASKS.items():
        scores = scores_of(task)
        best = min(f"{one['owa']:.3f}" for one in scores.values())
        cells = []
        for name in METHODS:
            if name not in scores:
                cells.append("–")
                continue
            owa = f"{scores[name]['owa']:.3f}"
            owa = f"**{owa}**" if owa == best else owa
            cells.append(f"{owa}<br>{duration(scores[name]['cpu_s'])}")
        n_series = f"{scores['ESRNN']['n_series']:,}"
        lines.append(f"| {title} | {n_series} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def details() -> str:
    """Lay out ESRNN's scores on M4 beside those in backtests, in Markdown."""
    scores = {task: scores_of(task)["ESRNN"] for task in M4}
    rows = {
        "OWA on the test part": [f"{one['owa']:.3f}" for one in scores.values()],
        "OWA in backtests": [f"{one['backtest']['owa']:.3f}" for one in scores.values()],
        "coverage of the 95% intervals": [f"{one['coverage']:.3f}" for one in scores.values()],
    }
    lines = [
        "| ESRNN, seed 0 | " + " | ".join(TASKS[task] for task in M4) + " |",
        "|---|" + "---:|" * len(M4),
    ]
    lines += [f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows.items()]
    return "\n".join(lines)


def draw(target: Path) -> None:
    """Draw three hourly series with the forecasts and intervals that were scored."""
    from esrnn.datasets import load_m4
    from esrnn.plotting import plot_forecast

    sample = pd.read_parquet(RESULTS / "m4-hourly" / "esrnn-0" / "sample.parquet")
    sample = sample.set_index(["unique_id", "ds"])
    history, actuals = load_m4("hourly", download=False)
    column = history.columns[0]
    intervals = sample[["lo-95", "hi-95"]].set_axis(
        pd.MultiIndex.from_product([[column], [0.95], ["lower", "upper"]]), axis=1
    )
    y_hat = sample[["y_hat"]].set_axis([column], axis=1)
    figure = plot_forecast(history, y_hat, intervals, actuals, ids=SHOWN, history_length=168)
    figure.savefig(target, dpi=100)


if __name__ == "__main__":
    os.environ.setdefault("MPLBACKEND", "Agg")
    print(table(), details(), sep="\n\n")
    draw(ROOT / "docs" / "images" / "readme.png")
