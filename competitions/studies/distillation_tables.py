"""What the log of `competitions.studies.distillation` says: tables in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from competitions.studies.distillation import PARTS
from competitions.studies.lines import Line

__all__ = ["distillation_report", "write_distillation"]

_TITLES = {
    "ensemble": "An ensemble teaches one network",
    "kinds": "An LSTM and a transformer teach each other",
}
_HEADS = (
    "method", "OWA, backtest", "OWA, test", "WQL, backtest", "WQL, test", "95% cover, test",
    "weights", "CPU s, lessons", "CPU s, training", "CPU s, forecast", "seeds",
)  # fmt: skip


def write_distillation(lines: Sequence[Line], log: Path) -> str:
    """Write tables beside a log; return them."""
    text = distillation_report(lines)
    log.with_suffix(".md").write_text(text, encoding="utf-8")
    return text


def distillation_report(lines: Sequence[Line]) -> str:
    """Lay out a log: a table for each question and sample."""
    frame = pd.DataFrame(lines)
    parts = ["<!-- made by python -m competitions study distillation -->\n"]
    for question, title in _TITLES.items():
        of_question = frame[frame["question"] == question]
        if len(of_question):
            parts.append(f"## {title}\n")
        for sample, own in of_question.groupby("sample", sort=False):
            parts += [f"**{sample}**\n", _table(own)]
    return "\n".join(parts)


def _table(frame: pd.DataFrame) -> str:
    """Return one row for each method: means over the seeds, costs of both parts."""
    rows = [f"| {' | '.join(_HEADS)} |", "|---|" + "---:|" * (len(_HEADS) - 1)]
    for method, own in frame.groupby("method", sort=False):
        parts = {part: own[own["part"] == part] for part in PARTS.values()}
        cells = [
            *(_mean(parts[part]["owa"], "{:.4f}") for part in PARTS.values()),
            *(_mean(parts[part]["wql"], "{:.4f}") for part in PARTS.values()),
            _mean(parts["test"]["coverage"], "{:.3f}"),
            _mean(own["n_weights"], "{:,.0f}"),
            _mean(own["lessons_cpu_s"], "{:.1f}") if "lessons_cpu_s" in own else "–",
            _mean(own["cpu_s"], "{:.1f}"),
            _mean(own["forecast_cpu_s"], "{:.3f}"),
            ", ".join(str(one["seed"].nunique()) for one in parts.values()),
        ]
        rows.append(f"| {method} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _mean(values: pd.Series, form: str) -> str:
    """Return the mean of what was measured."""
    known = values.dropna()
    return form.format(known.mean()) if len(known) else "–"
