"""What the log of `competitions.studies.long_memory` says: tables in Markdown, and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from competitions.runs.compare import save_figure
from competitions.studies.lines import Line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["memory_report", "write_memory"]


def write_memory(lines: Sequence[Line], log: Path) -> str:
    """Write tables and a picture beside a log; return the tables."""
    text = memory_report(lines)
    log.with_suffix(".md").write_text(text, encoding="utf-8")
    gradients = [line for line in lines if line["task"] == "gradient"]
    if gradients:
        save_figure(_draw(gradients), log.with_suffix(".svg"))
    return text


def memory_report(lines: Sequence[Line]) -> str:
    """Lay out a log: scores, training steps, gradients and speed of each cell."""
    scored = [line for line in lines if line["task"] != "gradient"]
    parts = ["<!-- made by python -m competitions study long_memory -->\n"]
    if scored:
        parts += ["## Scores after equal CPU time, and training steps in it\n", _scores(scored)]
    gradients = [line for line in lines if line["task"] == "gradient"]
    if gradients:
        parts += ["## Gradients before training, and speed\n", _gradients(gradients)]
    return "\n".join(parts)


def _scores(lines: Sequence[Line]) -> str:
    columns = dict.fromkeys((line["task"], line["part"]) for line in lines)
    found = {(line["cell"], line["task"], line["part"]): line for line in lines}
    heads = [f"{task}, {part}" if task == "hourly" else task for task, part in columns]
    rows = [f"| cell | {' | '.join(heads)} |", "|---|" + "---:|" * len(heads)]
    for cell in dict.fromkeys(line["cell"] for line in lines):
        own = [found.get((cell, *column)) for column in columns]
        rows.append(f"| {cell} | {' | '.join(map(_score, own))} |")
    return "\n".join(rows) + "\n"


def _score(line: Line | None) -> str:
    if line is None:
        return "–"
    steps = f" ({line['n_steps']:,})" if "n_steps" in line else ""
    return f"{line['score']:.3f}{steps}"


def _gradients(lines: Sequence[Line]) -> str:
    lengths = sorted({line["length"] for line in lines})
    lags = sorted({lag for line in lines for lag in line["gradient"]}, key=int)
    heads = [f"lag {int(lag):,}" for lag in lags] + [f"steps/s, {n:,} long" for n in lengths]
    rows = [f"| cell | {' | '.join(heads)} |", "|---|" + "---:|" * len(heads)]
    for cell in dict.fromkeys(line["cell"] for line in lines):
        own = {line["length"]: line for line in lines if line["cell"] == cell}
        gradient = own[lengths[-1]]["gradient"]
        cells = [f"{gradient[lag]:.2g}" for lag in lags]
        cells += [f"{own[n]['steps_per_s']:.3g}" for n in lengths]
        rows.append(f"| {cell} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _draw(lines: Sequence[Line]) -> Figure:
    """Draw the gradient by the lag, of the longest sequences."""
    from matplotlib.figure import Figure

    longest = max(line["length"] for line in lines)
    figure = Figure(figsize=(7, 4), layout="constrained")
    ax = figure.subplots()
    for line in lines:
        if line["length"] == longest:
            lags = [int(lag) for lag in line["gradient"]]
            values = [max(value, 1e-12) for value in line["gradient"].values()]
            ax.plot(lags, values, marker="o", ms=4, label=line["cell"])
    ax.set(xscale="log", yscale="log", xlabel="steps between input and output")
    ax.set_ylabel("gradient, relative to that\nof the last input")
    ax.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure
