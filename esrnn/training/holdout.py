"""Horizons held back from training: for early stopping, and for calibrating intervals.

A series that is held back trains without its last horizon and is forecast from where that starts:
no loss and no gradient reads these values. Where horizons are held back to stop early, the
per-series fit does not read them either. Where only some series are held back, for calibration,
members that smooth alike share one fit to all data: it settles the form of each series and gives
the per-series parameters that training starts from.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.config import ModelConfig, TrainingConfig
from esrnn.panel import Panel
from esrnn.panel.flat import indptr_of

__all__ = [
    "Origin",
    "choose_held_series",
    "choose_unseen_series",
    "hold_back",
    "hold_back_for_training",
]


@dataclass(frozen=True)
class Origin:
    """Some series up to an origin, and what came after it.

    Attributes
    ----------
    which : ndarray of shape (K,), int64
        The series.
    history : Panel
        These series up to the origin.
    actual : ndarray of shape (K, H), float64
        NaN where missing.
    """

    which: IntArray
    history: Panel
    actual: FloatArray


def choose_held_series(
    n_series: int,
    training: TrainingConfig,
    rng: np.random.Generator,
    chosen: BoolArray | None = None,
) -> BoolArray:
    """Choose the series whose last horizons a new network is not trained on.

    Parameters
    ----------
    n_series : int
    training : TrainingConfig
    rng : numpy.random.Generator
    chosen : ndarray of shape (N,), bool, optional
        Series that are chosen already, for a network that is trained further.

    Returns
    -------
    ndarray of shape (N,), bool
        All series with early stopping, else the share for calibration.
    """
    if chosen is not None and not training.patience:
        return chosen
    share = 1.0 if training.patience else training.calibration
    held: BoolArray = rng.random(n_series) < share
    return held


def choose_unseen_series(
    ids: Sequence[Hashable],
    trained: Collection[Hashable],
    held: Collection[Hashable],
    calibration: float,
    seed: int,
) -> BoolArray:
    """Choose the series whose last horizons a network that is trained further does not see.

    Only series that it has not been trained on so far: new ones, and those that were held back
    before. It would forecast the others too well to calibrate intervals by.

    Parameters
    ----------
    ids : sequence
        The series to train on, N of them.
    trained : collection
        All series of the former training.
    held : collection
        Those of them that were held back.
    calibration : float
        Share of the series to hold back.
    seed : int

    Returns
    -------
    ndarray of shape (N,), bool
    """
    trained, held = set(trained), set(held)
    eligible = np.array([name in held or name not in trained for name in ids])
    share = calibration * len(ids) / max(int(eligible.sum()), 1)
    chosen: BoolArray = eligible & (np.random.default_rng([seed, 1]).random(eligible.size) < share)
    return chosen


def hold_back_for_training(
    panel: Panel, config: ModelConfig, chosen: BoolArray
) -> tuple[Panel, list[Origin]]:
    """Split off what early stopping or calibration needs.

    Parameters
    ----------
    panel : Panel
    config : ModelConfig
    chosen : ndarray of shape (N,), bool
        `choose_held_series`.

    Returns
    -------
    Panel, list of Origin
        As `hold_back`.
    """
    training = config.training
    n_origins = 1 if training.patience else training.calibration_origins
    least = max(2, config.smoothing.lag + 1)
    return hold_back(panel, config.network.horizon, least, chosen, n_origins)


def hold_back(
    panel: Panel,
    horizon: int,
    min_train: int,
    chosen: BoolArray | None = None,
    n_origins: int = 1,
) -> tuple[Panel, list[Origin]]:
    """Split off the last horizons of series, as many as their length allows.

    Parameters
    ----------
    panel : Panel
    horizon : int
    min_train : int
        Observations that must be left.
    chosen : ndarray of shape (N,), bool, optional
        The series that may be split; by default all.
    n_origins : int, default 1
        Horizons, one after another, at the end of each series.

    Returns
    -------
    train : Panel
        All series without what is split off.
    origins : list of Origin
        The latest first; as many as there are series for.

    Examples
    --------
    >>> panel = Panel.from_arrays([[1, 2, 3, 4, 5, 6], [7, 8, 9], [1, 2]])
    >>> train, origins = hold_back(panel, 2, 1, np.array([True, True, False]), n_origins=2)
    >>> train.lengths, [origin.which.tolist() for origin in origins]
    (array([2, 1, 2]), [[0, 1], [0]])
    """
    depth = np.clip((panel.lengths - min_train) // horizon, 0, n_origins)
    if chosen is not None:
        depth = np.where(chosen, depth, 0)
    origins = []
    for k in range(1, int(depth.max()) + 1):
        which = np.flatnonzero(depth >= k)
        some = panel.subset(which)
        later = some.drop_last((k - 1) * horizon).last(horizon).values
        origins.append(Origin(which, some.drop_last(k * horizon), later.reshape(-1, horizon)))
    return _cut_off(panel, panel.lengths - depth * horizon), origins


def _cut_off(panel: Panel, lengths: IntArray) -> Panel:
    """Return only the first observations of every series."""
    early = np.arange(panel.values.size) < np.repeat(panel.indptr[:-1] + lengths, panel.lengths)
    return Panel(panel.values[early], indptr_of(lengths), panel.ids)
