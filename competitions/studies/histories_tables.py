"""What the log of `competitions.studies.histories` says: tables in Markdown, and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competitions.runs.compare import save_figure
from competitions.studies.histories import METHODS, QUESTIONS
from competitions.studies.lines import Line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["histories_report", "write_histories"]

_TITLES = {"falls": "Does the next year fall?", "domain": "Which of six domains is it?"}
_MEASURES = ("log_loss", "accuracy", "auc", "brier", "ece")
_HEADINGS = ("log loss", "accuracy", "AUC", "Brier", "ECE")
_ORDER = (*METHODS, "boosting and LSTM")


def write_histories(lines: Sequence[Line], log: Path) -> str:
    """Write tables and a picture beside a log; return the tables."""
    text = histories_report(lines)
    log.with_suffix(".md").write_text(text, encoding="utf-8")
    if any(line["part"] == "test" for line in lines):
        save_figure(_draw(pd.DataFrame(lines)), log.with_suffix(".svg"))
    return text


def histories_report(lines: Sequence[Line]) -> str:
    """Lay out a log: what was searched, then each question with each size."""
    frame = pd.DataFrame(lines)
    parts = ["<!-- made by python -m competitions study histories -->\n"]
    searched = frame[frame["job"].str.contains("search")]
    if len(searched):
        parts += ["## Settings tried for the network, on the backtest\n", _searched(searched)]
    rest = frame[~frame["job"].str.contains("search")]
    for question in QUESTIONS:
        for size, own in rest[rest["question"] == question].groupby("size"):
            parts += [f"## {_TITLES[question]} Trained on {size:,} series\n", _compared(own)]
    return "\n".join(parts)


def _searched(frame: pd.DataFrame) -> str:
    found = frame.set_index(["method", "question"])[["log_loss", "cpu_s"]].T.to_dict()
    rows = ["| network | falls | CPU s | domain | CPU s |", "|---|---:|---:|---:|---:|"]
    for method in frame["method"].unique():
        own = [found.get((method, question)) for question in QUESTIONS]
        cells = [f"{one['log_loss']:.4f} | {one['cpu_s']:.1f}" if one else "– | –" for one in own]
        rows.append(f"| {method.removeprefix('LSTM, ')} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _compared(frame: pd.DataFrame) -> str:
    """One row for each method: backtest and test side by side, mean and spread over the seeds."""
    heads = [f"{name}, {part}" for name in _HEADINGS for part in ("backtest", "test")]
    rows = [
        f"| method | {' | '.join(heads)} | CPU s |",
        "|---|" + "---:|" * (len(heads) + 1),
    ]
    for method in (name for name in _ORDER if name in set(frame["method"])):
        own = frame[frame["method"] == method]
        cells = [
            _mean_and_spread(own.loc[own["part"] == part, measure])
            for measure in _MEASURES
            for part in ("backtest", "test")
        ]
        rows.append(f"| {method} | {' | '.join(cells)} | {own['cpu_s'].mean():.1f} |")
    n_seeds = frame["seed"].nunique()
    said = "One seed" if n_seeds == 1 else f"Mean ± standard deviation of {n_seeds} seeds"
    return "\n".join(rows) + f"\n\n{said}.\n"


def _mean_and_spread(values: pd.Series) -> str:
    spread = f" ± {values.std():.3f}" if len(values) > 1 else ""
    return f"{values.mean():.3f}{spread}"


def _draw(frame: pd.DataFrame) -> Figure:
    """Draw log loss by the number of series, and by CPU seconds."""
    from matplotlib.figure import Figure

    tests = frame[frame["part"] == "test"]
    questions = [question for question in QUESTIONS if question in set(tests["question"])]
    figure = Figure(figsize=(12, 3.5 * len(questions)), layout="constrained")
    axes = figure.subplots(len(questions), 2, sharey="row", squeeze=False)
    for row, question in zip(axes, questions, strict=True):
        of_question = tests[tests["question"] == question]
        for k, method in enumerate(_ORDER):
            own = of_question[of_question["method"] == method].groupby("size")
            loss, spread = own["log_loss"].mean(), own["log_loss"].std().fillna(0.0)
            style = {"color": f"C{k}", "marker": "o", "ms": 4, "lw": 1.5}
            row[0].errorbar(loss.index, loss, spread, capsize=3, label=method, **style)
            if method in METHODS and method != "shares of the classes":
                row[1].plot(np.maximum(own["cpu_s"].mean(), 0.01), loss, **style)
        row[0].set(title=_TITLES[question], ylabel="log loss, test part", xscale="log")
        sizes = sorted(of_question["size"].unique())
        row[0].set_xticks(sizes, [f"{size:,}" for size in sizes], minor=False)
        row[0].set_xticks([], minor=True)
        row[1].set(xscale="log")
    axes[-1, 0].set_xlabel("series trained on")
    axes[-1, 1].set_xlabel("CPU seconds of training")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside right upper", fontsize=8)
    return figure
