"""A picture of what is inside the network of every cell, before and after training.

    python docs/cell_gallery.py

trains a small network of each cell on the series of `docs/data/m3_monthly.csv` and draws
`docs/images/cells.png`, which `docs/studies/inside_cells.md` explains.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from esrnn import ESRNN
from esrnn.config import CELL_OPTIONS
from esrnn.diagnostics import NetworkDiagnostics
from esrnn.errors import StaleSeriesWarning

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOCS = Path(__file__).resolve().parent
BEFORE, AFTER, INK = "#9c9c9c", "#1a6faf", "#333333"
_SMALL = 7  # points
_WIDTH, _ROW = 10.5, 1.15  # inches
_DEAF = 1e-9  # a gradient below it is none


class Inside(NamedTuple):
    """What an inspection found, and all weights of the layers."""

    found: NetworkDiagnostics
    weights: npt.NDArray[np.float64]


def series(n: int) -> pd.DataFrame:
    """Return the first series of the tutorial's table."""
    table = pd.read_csv(DOCS / "data" / "m3_monthly.csv")
    table["month"] = pd.PeriodIndex(table["month"], freq="M")
    y = table.set_index(["series", "month"]).sort_index()[["value"]]
    return y.loc[y.index.unique("series")[:n]]


def look_inside(cell: str, y: pd.DataFrame, n_epochs: int) -> tuple[Inside, Inside]:
    """Return the inside of a network as it is drawn, and after its training."""
    usual = {"cell": cell, "hidden_size": 16, "n_members": 1, "n_jobs": 1, "random_state": 1}
    usual |= {"start_from": None, "horizon": 12, "calibration": 0.0}
    still = {"n_epochs": 1, "learning_rate": 1e-12, "series_learning_rate": 0.0}
    trained = {"n_epochs": n_epochs, "learning_rate": 1e-2, "batch_size": 8}
    drawn, learnt = (ESRNN(**usual, **own).fit(y) for own in (still, trained))
    return _inside(drawn), _inside(learnt)


def _inside(forecaster: ESRNN) -> Inside:
    weights = forecaster.ensemble_.members[0].network.weights
    own = [w.ravel() for name, w in weights.items() if name.startswith("stack")]
    return Inside(forecaster.inspect_network(), np.concatenate(own).astype(np.float64))


def draw(pairs: dict[str, tuple[Inside, Inside]]) -> Figure:
    """Draw a row for each cell."""
    from matplotlib.figure import Figure  # here, since the package does without it

    figure = Figure(figsize=(_WIDTH, 0.5 + _ROW * len(pairs)), dpi=100, layout="constrained")
    grid = figure.subplots(len(pairs), 4, squeeze=False, width_ratios=[1.5, 1.0, 1.4, 1.0])
    for row, (cell, pair) in zip(grid, pairs.items(), strict=True):
        for ax in row:
            ax.spines[["top", "right"]].set_visible(False)
            ax.tick_params(labelsize=_SMALL - 1, length=2)
        for inside, color in zip(pair, (BEFORE, AFTER), strict=True):
            _gradient(row[0], inside.found.input_gradient, color)
            moves = np.sort(np.concatenate([one.unit_std for one in inside.found.layers]))
            row[1].plot(np.linspace(0.0, 1.0, moves.size), moves, color=color, lw=1.3)
        row[1].set_ylim(bottom=0.0)
        row[1].set_xticks([])
        _gates(row[2], [inside.found for inside in pair])
        _weights(row[3], [inside.weights for inside in pair])
        row[0].set_ylabel(cell.replace("_", "\n", 1), fontsize=_SMALL + 0.5, color=INK)
    titles = ("gradient by steps back", "units' spread, sorted", "gates", "weights of the layers")
    for ax, title in zip(grid[0], titles, strict=True):
        ax.set_title(title, loc="left", fontsize=_SMALL + 1.5, color=INK)
    return figure


def _gradient(ax: Axes, gradient: npt.NDArray[np.float64], color: str) -> None:
    """Draw how much a forecast depends on inputs so many steps back, on a logarithmic scale."""
    from matplotlib.ticker import LogLocator, NullFormatter

    steps = np.flatnonzero(gradient > _DEAF)
    ax.plot(steps, gradient[steps], color=color, lw=1.3, marker="o", ms=1.5)
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(10.0))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_xlim(-0.5, gradient.size - 0.5)


def _gates(ax: Axes, pair: Sequence[NetworkDiagnostics]) -> None:
    """Draw between which values nine tenths of the activations lie, and their means."""
    names = list(dict.fromkeys(g.name for layer in pair[0].layers for g in layer.gates))
    for found, color, shift in zip(pair, (BEFORE, AFTER), (-0.15, 0.15), strict=True):
        for k, name in enumerate(names):
            own = [g for layer in found.layers for g in layer.gates if g.name == name]
            low, high = (np.mean([g.quantiles[:, q] for g in own]) for q in (0, -1))
            ax.plot([k + shift] * 2, [low, high], color=color, lw=3.0, solid_capstyle="butt")
            ax.plot(k + shift, np.mean([g.mean for g in own]), "o", color=INK, ms=2.5)
    if not names:
        ax.text(0.5, 0.5, "no gates", ha="center", fontsize=_SMALL, color=BEFORE)
        ax.set_axis_off()
        return
    ax.set_xticks(range(len(names)), names)
    ax.set_xlim(-0.6, len(names) - 0.4)


def _weights(ax: Axes, pair: Sequence[npt.NDArray[np.float64]]) -> None:
    """Draw the distributions of the weights."""
    end = max(float(np.quantile(np.abs(weights), 0.995)) for weights in pair) or 1.0
    edges = np.linspace(-end, end, 42)
    for weights, color in zip(pair, (BEFORE, AFTER), strict=True):
        shares = np.histogram(weights, edges)[0] / weights.size
        ax.stairs(shares, edges, color=color, lw=1.2)
    ax.set_yticks([])


def main() -> None:
    """Draw the picture of the page."""
    y = series(12)
    warnings.simplefilter("ignore", StaleSeriesWarning)  # nothing is forecast here
    pairs = {cell: look_inside(cell, y, n_epochs=40) for cell in CELL_OPTIONS}
    draw(pairs).savefig(DOCS / "images" / "cells.png")


if __name__ == "__main__":
    main()
