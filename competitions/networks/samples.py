"""Panels of many sizes, drawn from the series that networks of a rehearsal have not seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from competitions.backtest.held_out import HeldOut, hold_out_panel
from competitions.networks.sources import M4
from competitions.task import load_task
from esrnn.metrics import naive2
from esrnn.panel import Panel

SIZES = (1, 10, 50, 200, 1000, 5000)
_DRAWS = {1: 8, 10: 4, 50: 3, 200: 2}  # else 1
_SMALL = 50  # a panel of fewer series is one sample
_WEEK = 7


@dataclass(frozen=True, eq=False)
class Sample:
    """Some series of a panel, the last horizon held out."""

    task: str  # source and group, as "m4-weekly"
    # How many series were asked for, which draw of that size it is, which horizon is held out
    size: int
    draw: int
    fold: int
    held: HeldOut


def draw_samples(group: str, panels: dict[str, Panel], fold: int) -> Iterator[Sample]:
    """Draw samples of the `SIZES` from each panel that has as many series.

    `panels` are those of `competitions.networks.load_kept`, the horizon is M4's, and `fold` says
    which one from the end is held out. Samples are always the same ones. A panel of few series is
    one sample of all. All series of a large one are a sample too, where they are twice as many as
    in the largest other. Series without a measure are never drawn: constant up to the horizon,
    hardly observed in it, or forecast by Naive2 without an error, by which OWA can't be divided.
    """
    task = load_task(f"m4-{group}")
    for source, panel in panels.items():
        weekly = group == "daily" and source != M4  # M4's measures of daily data know no week
        period = _WEEK if weekly else task.seasonal_period
        held = hold_out_panel(panel, task.horizon, period, fold)
        naive = naive2(held.train.values, task.horizon, period, indptr=held.train.indptr)
        held = held.subset(np.flatnonzero(np.nansum(np.abs(held.actual - naive), axis=1)))
        n_series = held.train.n_series
        for size, draw in _plan(n_series):
            rows = np.random.default_rng([size, draw]).choice(n_series, size, replace=False)
            yield Sample(f"{source}-{group}", size, draw, fold, held.subset(np.sort(rows)))


def size_class(n_series: int) -> int:
    """Return the one of `SIZES` that a number of series is nearest to, by their ratio.

    Examples
    --------
    >>> [size_class(n) for n in (4, 30, 99, 101, 4600)]
    [10, 50, 50, 200, 5000]
    """
    return min(SIZES, key=lambda size: abs(np.log(n_series / size)))


def _plan(n_series: int) -> list[tuple[int, int]]:
    """Return sizes and draws of the samples of a panel."""
    if n_series < _SMALL:
        return [(n_series, 0)] if n_series else []
    sizes = [size for size in SIZES if size <= n_series]
    if n_series >= 2 * sizes[-1]:
        sizes.append(n_series)
    return [
        (size, draw)
        for size in sizes
        for draw in range(_DRAWS.get(size, 1) if size < n_series else 1)
    ]
