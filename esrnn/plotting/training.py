"""Losses and scores of the training, by member and epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from esrnn._typing import FloatArray, IntArray
from esrnn.errors import InputError, InputTypeError
from esrnn.plotting.style import (
    FORECAST,
    INK,
    SMALL,
    SOFT,
    WIDTH,
    add_legend,
    label_times,
    legend_entries,
    new_figure,
    style_axes,
    tint,
    title_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_training"]

_NEEDED = ("member", "epoch", "loss", "val_owa", "gradient_norm")
# For so many members; more are drawn in one colour, with their mean.
_COLORS = ("#1a6faf", "#d97d0d", "#14866d", "#8250a8", "#b0385b", "#7a6a2f", "#3fa7c4", "#9c9c9c")
_FEW_EPOCHS = 12  # each a point
_HEIGHT = 3.1  # inches


def plot_training(history: pd.DataFrame) -> Figure:
    """Draw loss, held-back score and gradient norm of every member over the epochs.

    Parameters
    ----------
    history : pd.DataFrame
        What `ESRNN.training_history` returned: a row for each member and epoch, with the columns
        ``member`` (from 0), ``epoch`` (from 1), ``loss``, ``val_owa`` (OWA on the held-back
        horizons; NaN without early stopping) and ``gradient_norm`` (NaN where unknown). Columns
        that are NaN throughout are left out.

    Returns
    -------
    matplotlib.figure.Figure
        The best epoch of each member, whose weights are used, is marked.

    Raises
    ------
    InputTypeError
        If `history` is no data frame.
    InputError
        If it is empty or columns are missing.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> history = pd.DataFrame(
    ...     {
    ...         "member": [0, 0],
    ...         "epoch": [1, 2],
    ...         "loss": [0.9, 0.7],
    ...         "val_owa": float("nan"),
    ...         "gradient_norm": [1.5, 1.1],
    ...     }
    ... )
    >>> [ax.get_title(loc="left") for ax in plot_training(history).axes]
    ['training loss', 'norm of the gradient']
    """
    _require_history(history)
    panels = {
        "loss": "training loss",
        "val_owa": "OWA on held-back horizons",
        "gradient_norm": "norm of the gradient",
    }
    shown = [name for name in panels if history[name].notna().any()]
    if not shown:
        raise InputError(f"history must have numbers in one of {tuple(panels)}; all are NaN")
    figure = new_figure(WIDTH if len(shown) > 1 else 0.6 * WIDTH, _HEIGHT + 0.35)
    cells = figure.subplots(1, len(shown), squeeze=False)[0]
    for ax, name in zip(cells, shown, strict=True):
        style_axes(ax)
        title_axes(ax, panels[name])
        _draw_members(ax, history, name)
        ax.set_xlabel("epoch", fontsize=SMALL, color=SOFT)
        ax.margins(x=0.02)
        epochs = history["epoch"].to_numpy(np.int64)
        label_times(ax, epochs, wide=len(shown) < 3)
        if np.unique(epochs).size == 1:
            ax.set_xticks(epochs[:1])
        if name == "gradient_norm" and _spread(history[name].to_numpy(np.float64)) > 20.0:
            ax.set_yscale("log")
    best = [entry for entry in legend_entries(cells, ()) if entry[1] == "best epoch"]
    others = [entry for entry in legend_entries(cells, ()) if entry[1] != "best epoch"]
    if others or best:
        add_legend(figure, others + best, columns=9)
    return figure


def _require_history(history: pd.DataFrame) -> None:
    """Check the columns of a training history."""
    if not isinstance(history, pd.DataFrame):
        raise InputTypeError(
            "history must be a data frame as ESRNN.training_history() returns it; got "
            f"{type(history).__name__}"
        )
    missing = [name for name in _NEEDED if name not in history.columns]
    if missing or not len(history):
        raise InputError(
            f"history must have rows and the columns {_NEEDED}; got {len(history)} rows, without "
            f"{missing}; pass what ESRNN.training_history() returns"
        )


def _spread(values: FloatArray) -> float:
    """Return the largest value over the smallest, 1 if any is not positive."""
    values = values[np.isfinite(values)]
    return float(values.max() / values.min()) if values.size and values.min() > 0.0 else 1.0


def _draw_members(ax: Axes, history: pd.DataFrame, name: str) -> None:
    """Draw a column of the history, a line for each member."""
    members = sorted(history["member"].unique().tolist())
    many = len(members) > len(_COLORS)
    for k, member in enumerate(members):
        own = history[history["member"] == member].sort_values("epoch")
        epochs, values = own["epoch"].to_numpy(np.int64), own[name].to_numpy(np.float64)
        color = tint(FORECAST, 0.35) if many else _COLORS[k]
        label = _label(members, k)
        ax.plot(
            epochs, values, color=color, linewidth=0.8 if many else 1.3, label=label,
            marker="o" if epochs.size <= _FEW_EPOCHS else None, markersize=2.5,
        )  # fmt: skip
        if name == "val_owa" and np.isfinite(values).any():
            _mark_best(ax, epochs, values, color, first=k == 0)
    if many:
        mean = history.groupby("epoch")[name].mean()
        ax.plot(
            mean.index.to_numpy(), mean.to_numpy(), color=INK, linewidth=1.6,
            label="mean of those still training",
        )  # fmt: skip


def _label(members: Sequence[int], k: int) -> str:
    """Name a line in the legend; one alone needs no name, and many share one."""
    if len(members) == 1:
        return f"_member {members[0]}"
    if len(members) > len(_COLORS):
        return "each member" if k == 0 else f"_member {members[k]}"
    return f"member {members[k]}"


def _mark_best(ax: Axes, epochs: IntArray, values: FloatArray, color: str, *, first: bool) -> None:
    """Mark the best epoch of a member."""
    best = int(np.nanargmin(values))
    ax.plot(
        epochs[best], values[best], marker="o", markersize=6, markerfacecolor="white",
        markeredgecolor=color, markeredgewidth=1.5, linestyle="none",
        label="best epoch" if first else "_best epoch",
    )  # fmt: skip
