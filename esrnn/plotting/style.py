"""Colours, axes, ticks and legends that all pictures have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor, isclose, log10
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase

__all__ = [
    "BAND",
    "COVARIATES",
    "FAINT",
    "FORECAST",
    "INK",
    "LEVEL",
    "NETWORK",
    "SEASONS",
    "SMALL",
    "SOFT",
    "WIDTH",
    "Places",
    "add_legend",
    "label_numbers",
    "label_times",
    "legend_entries",
    "new_figure",
    "number_texts",
    "places_of",
    "style_axes",
    "tint",
    "title_axes",
]

INK, SOFT, FAINT = "#333333", "#6f6f6f", "#c9c9c9"
FORECAST, LEVEL = "#1a6faf", "#d97d0d"
SEASONS = ("#14866d", "#8250a8")
NETWORK, COVARIATES = "#b0385b", "#5b6b2f"
BAND = "#f4f6f8"  # behind the steps that are forecast
WIDTH = 10.5  # inches
SMALL = 8  # points

Places: TypeAlias = npt.NDArray[Any]
_Corner: TypeAlias = Literal["outside upper left", "outside upper right"]
_Entries: TypeAlias = list[tuple[Any, str]]

_STEPS = (1, 2, 2.5, 5, 10)  # between ticks, times a power of ten
_UNITS = ((1e12, "tn"), (1e9, "bn"), (1e6, "M"))
_MAX_DECIMALS = 3  # with one of these units; more of them are easier to read without


def new_figure(width: float, height: float) -> Figure:
    """Return an empty white figure, sized in inches, which lays itself out when drawn.

    Parameters
    ----------
    width, height : float

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "pictures need matplotlib; install it with pip install 'esrnn-forecast[plots]'"
        ) from error
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    return Figure(
        figsize=(width, height),
        dpi=110,
        facecolor="white",
        layout=ConstrainedLayoutEngine(h_pad=0.05, hspace=0.06, wspace=0.03),
    )


def style_axes(ax: Axes, n_ticks: int = 5) -> None:
    """Give axes two thin sides, small numbers, and about `n_ticks` ticks on the left."""
    from matplotlib.ticker import MaxNLocator

    ax.set_facecolor("none")
    ax.spines[["top", "right"]].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(FAINT)
    ax.tick_params(labelsize=SMALL, length=2.5, color=FAINT, labelcolor=INK)
    ax.yaxis.set_major_locator(MaxNLocator(n_ticks, steps=_STEPS, min_n_ticks=3))
    label_numbers(ax)


def title_axes(ax: Axes, text: str, *, color: str = INK, size: float = SMALL + 1) -> None:
    """Write a title above the upper left corner of axes; `size` is in points."""
    ax.set_title(text, loc="left", fontsize=size, color=color, pad=4)


def label_numbers(ax: Axes) -> None:
    """Write the numbers on the left as `number_texts` does."""
    from matplotlib.ticker import Formatter

    class Numbers(Formatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return number_texts([x])[0]

        def format_ticks(self, values: Sequence[float]) -> list[str]:
            return [text.replace("-", "−") for text in number_texts(values)]

    ax.yaxis.set_major_formatter(Numbers())


def number_texts(values: Sequence[float]) -> list[str]:
    """Return the numbers of an axis as text, large ones in millions.

    Parameters
    ----------
    values : sequence of float
        Increasing, at equal distances.

    Returns
    -------
    list of str

    Examples
    --------
    >>> number_texts([0.0, 0.25, 0.5]), number_texts([0.0, 1.5e6])
    (['0.00', '0.25', '0.50'], ['0.0', '1.5M'])
    >>> number_texts([9000.0, 10000.0])
    ['9,000', '10,000']
    """
    size = max((abs(v) for v in values), default=0.0)
    step = abs(values[1] - values[0]) if len(values) > 1 else size
    if step == 0.0 or not np.isfinite(size):
        return [f"{v:g}" for v in values]
    if step < 1e-4:
        digits = _decimals(step / 10.0 ** floor(log10(size)))
        return [f"{v:.{digits}e}" if v else "0" for v in values]
    for unit, suffix in _UNITS:
        if size >= unit and _decimals(step / unit) <= _MAX_DECIMALS:
            decimals = _decimals(step / unit)
            return [f"{v / unit:.{decimals}f}{suffix if v else ''}" for v in values]
    decimals = _decimals(step)
    return [f"{v:,.{decimals}f}" for v in values]


def _decimals(step: float) -> int:
    """Return how many decimals tell multiples of a step apart."""
    decimals = max(0, -floor(log10(step) + 1e-9))
    while decimals < 12 and not isclose(round(step, decimals), step, rel_tol=1e-6):
        decimals += 1
    return decimals


def places_of(index: pd.Index) -> Places:
    """Return time stamps as numbers, or as time stamps that matplotlib understands.

    Parameters
    ----------
    index : pd.Index
        Integers, periods (which stand at their start) or time stamps.

    Returns
    -------
    ndarray
        In wall time where there was a time zone.

    Examples
    --------
    >>> places_of(pd.period_range("2024-01", periods=2, freq="M")).astype(str)
    array(['2024-01-01T00:00:00...', '2024-02-01T00:00:00...'], dtype='<U...')
    """
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if isinstance(index, pd.DatetimeIndex):
        index = index.tz_localize(None)
    return index.to_numpy()


def label_times(ax: Axes, places: Places, *, wide: bool = True) -> None:
    """Choose the ticks of a time axis: whole numbers, or dates as short as possible.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    places : ndarray
        What lies along the axis, of `places_of`.
    wide : bool, default True
        Whether there is room for many ticks.
    """
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    if places.dtype.kind == "M":
        locator = AutoDateLocator(  # type: ignore[no-untyped-call]
            minticks=4 if wide else 2, maxticks=9 if wide else 4
        )
        formats = ["%Y", "%b", "%d %b", "%H:%M", "%H:%M", "%S.%f"]
        zero = ["", "%Y", "%d %b", "%d %b", "%H:%M", "%H:%M"]
        formatter = ConciseDateFormatter(  # type: ignore[no-untyped-call]
            locator,
            formats=formats,
            zero_formats=zero,
            offset_formats=["", "%Y", "%Y", "%Y", "%d %b %Y", "%d %b %Y %H:%M"],
        )
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(formatter)
        ax.xaxis.get_offset_text().set(size=SMALL, color=SOFT)
    else:
        ax.xaxis.set_major_locator(MaxNLocator(8 if wide else 4, steps=_STEPS, integer=True))
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))


def tint(color: str, share: float) -> str:
    """Mix a colour with white.

    Parameters
    ----------
    color : str
        As ``"#1a6faf"``.
    share : float
        Of the colour, in [0, 1].

    Returns
    -------
    str

    Examples
    --------
    >>> tint("#000000", 0.2)
    '#cccccc'
    """
    parts = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - part)):02x}" for part in parts)


def legend_entries(axes: Iterable[Axes], order: Sequence[str]) -> _Entries:
    """Collect the labelled lines and areas of several axes, each label once.

    Parameters
    ----------
    axes : iterable of matplotlib.axes.Axes
    order : sequence of str
        Words; a label is sorted by the first of them that it contains.

    Returns
    -------
    list of tuple
        Handle and label.
    """
    found: dict[str, Any] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    labels = sorted(found, key=lambda label: _rank(label, order))
    return [(found[label], label) for label in labels]


def _rank(label: str, order: Sequence[str]) -> int:
    """Return the place of a label in the order of words."""
    return next((k for k, word in enumerate(order) if word in label), len(order))


def add_legend(
    figure: FigureBase, entries: _Entries, place: _Corner = "outside upper left", columns: int = 8
) -> None:
    """Put a legend above all axes of a figure; nothing if there are no entries.

    Parameters
    ----------
    figure : matplotlib.figure.Figure or SubFigure
    entries : list of tuple
        Of `legend_entries`.
    place : str
    columns : int, default 8
        Entries side by side, at most.
    """
    if not entries:
        return
    figure.legend(
        [handle for handle, _ in entries],
        [label for _, label in entries],
        loc=place,
        ncols=min(columns, len(entries)),
        frameon=False,
        fontsize=SMALL + 0.5,
        labelcolor=INK,
        handlelength=1.6,
        columnspacing=1.6,
    )
