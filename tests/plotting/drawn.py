"""What a figure shows, for the tests of pictures."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.lines import Line2D


def lines_of(ax: Axes) -> dict[str, np.ndarray]:
    """Return the heights of the lines with a label."""
    return {
        str(line.get_label()): np.asarray(line.get_ydata(), dtype=np.float64)
        for line in ax.lines
        if not str(line.get_label()).startswith("_")
    }


def line_of(ax: Axes, label: str) -> Line2D:
    (line,) = (line for line in ax.lines if line.get_label() == label)
    return line


def legend_of(figure: FigureBase) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def ticks_of(ax: Axes) -> list[str]:
    """Return what is written below the axes, inside their limits."""
    ax.figure.draw_without_rendering()
    lower, upper = ax.get_xlim()
    pairs = zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)
    return [label.get_text() for place, label in pairs if lower <= place <= upper]


def titles_of(figure: FigureBase) -> list[str]:
    return [ax.get_title(loc="left") for ax in figure.axes if ax.axison]
