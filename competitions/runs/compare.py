"""Runs compared series by series: a table of tests, and a picture of mean ranks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competitions.runs.runner import SCORES, SERIES
from competitions.runs.titles import title_of_run
from competitions.scoring.paired import Comparison
from competitions.scoring.run_scores import RunScores, read_run_scores, same_model
from esrnn.errors import InputError
from esrnn.plotting.style import FAINT, FORECAST, INK, SMALL, SOFT, new_figure, style_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def compare_runs(folders: Sequence[Path], measure: str = "mase") -> Comparison:
    """Compare runs on the same task or set of tasks, series by series.

    `folders` are directories of finished runs. Those of one method with the same settings are
    seeds: each series counts with the mean of its errors. `measure` is the error of a series, one
    of `competitions.runs.titles.MEASURES`. Raises InputError if a directory holds no finished run,
    the runs are not of the same series, less than two methods are there, or runs of the same name
    had other settings.
    """
    found = [_read(folder, measure) for folder in folders]
    runs: dict[str, list[tuple[RunScores, pd.Series]]] = {}
    for folder, (scores, errors) in zip(folders, found, strict=True):
        if not errors.index.equals(found[0][1].index):
            raise InputError(
                "the runs to compare must be of the same series; those of "
                f"{folder} are of others than those of {folders[0]}"
            )
        if errors.isna().any():
            raise InputError(f"the run in {folder} has no {measure}; leave it out")
        runs.setdefault(title_of_run(scores), []).append((scores, errors))
    for title, some in runs.items():
        seeds = [scores.seed for scores, _ in some]
        if len(set(seeds)) < len(seeds):
            raise InputError(f"two runs of {title} have the same seed; got seeds {seeds}")
        if not all(same_model(some[0][0], scores) for scores, _ in some):
            raise InputError(
                f"the runs of {title} had different settings of their networks, or different code: "
                "they are no seeds of one method. Compare them one by one"
            )
    means = [np.mean([errors for _, errors in some], axis=0) for some in runs.values()]
    return Comparison(tuple(runs), np.stack(means))


def _read(folder: Path, measure: str) -> tuple[RunScores, pd.Series]:
    """Return a run's scores, of its first task for a set, and the errors of all its series."""
    parts = [folder] if (folder / SERIES).exists() else list(_parts(folder))
    if not (folder / SCORES).exists() or not parts:
        raise InputError(f"{folder} holds no finished run: no {SCORES} or no {SERIES}")
    errors = {}
    for part in parts:
        scores = read_run_scores(part / SCORES)
        each = pd.read_parquet(part / SERIES)
        errors[scores.task] = pd.Series(each[measure].to_numpy(), each["unique_id"])
    return read_run_scores(parts[0] / SCORES), pd.concat(errors)


def _parts(folder: Path) -> Iterator[Path]:
    return (path.parent for path in sorted(folder.glob(f"*/{SERIES}")))


def draw_ranks(comparison: Comparison, over: str = "series") -> Figure:
    """Draw mean ranks, the best at the top, with intervals of half the critical difference.

    Methods whose interval meets that of the best, which is shaded, do not differ from it. `over`
    says what the errors are of.
    """
    ranks, half = comparison.mean_ranks, comparison.critical_difference / 2
    order = np.argsort(ranks, kind="stable")
    places = np.arange(len(order))
    figure = new_figure(6.4, 0.7 + 0.26 * len(order))
    ax = figure.subplots()
    style_axes(ax, 6)
    ax.axvspan(ranks[order[0]] - half, ranks[order[0]] + half, color=FORECAST, alpha=0.12, lw=0)
    for place, k in zip(places, order, strict=True):
        color = FORECAST if k == 0 else INK
        ax.errorbar(ranks[k], place, xerr=half, fmt="o", color=color, markersize=4, lw=1.4)
    ax.set_yticks(places, [f"{comparison.names[k]}  {ranks[k]:.2f}" for k in order])
    ax.set_ylim(len(order) - 0.5, -0.5)
    ax.grid(axis="x", color=FAINT, linewidth=0.4)
    ax.set_axisbelow(True)
    n_series = comparison.errors.shape[1]
    text = f"mean rank over {n_series:,} {over}; intervals: critical difference {2 * half:.2f} (5%)"
    ax.set_xlabel(text, fontsize=SMALL, color=SOFT)
    return figure


def save_ranks(comparison: Comparison, path: Path, over: str = "series") -> None:
    """Write the picture of `draw_ranks`; the ending of the name says in which format."""
    save_figure(draw_ranks(comparison, over), path)


def save_figure(figure: Figure, path: Path) -> None:
    """Write a picture; equal runs give equal files."""
    import matplotlib

    path.parent.mkdir(parents=True, exist_ok=True)
    # No date and no random names.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "esrnn"}):
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, metadata=metadata, bbox_inches="tight", dpi=150)
