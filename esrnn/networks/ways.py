"""From trained networks to forecasts of a panel: the ways, and the rule that chooses one."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal

from esrnn._typing import IntArray

__all__ = ["STRATEGIES", "PanelFacts", "Strategy", "Way", "choose_way"]

Strategy = Literal["auto", "zero_shot", "fine_tune", "train", "combine"]
STRATEGIES = ("auto", "zero_shot", "fine_tune", "train", "combine")


@dataclass(frozen=True)
class PanelFacts:
    """What the rule knows of a task.

    Attributes
    ----------
    preset : str
        Of the networks.
    lengths : ndarray of shape (N,), int64
        Observations of each series.
    horizon : int
        Steps ahead that are asked for.
    known_horizon : int
        Steps ahead that the networks were trained for.
    has_covariates : bool
    has_other_seasons : bool
        Whether the networks were trained on seasons of other lengths
        (`esrnn.networks.nearest_preset`).
    """

    preset: str
    lengths: IntArray
    horizon: int
    known_horizon: int
    has_covariates: bool = False
    has_other_seasons: bool = False


@dataclass(frozen=True)
class Way:
    """How trained networks are used for a panel.

    Attributes
    ----------
    strategy : {"zero_shot", "fine_tune", "train", "combine"}
    reason : str
        Why, for a message.
    weight : float
        Of the trained networks' forecasts in a combination; the others are those of networks that
        are trained on the panel from random weights.
    tuned : bool
        Whether the trained networks of a combination are tuned to the panel first.
    """

    strategy: Strategy
    reason: str = "as asked for"
    weight: float = 0.5
    tuned: bool = False


@dataclass(frozen=True)
class _Sizes:
    """Numbers of series from which on networks are tuned to a panel, and trained on it alone."""

    tune: int
    train: int


_NEVER = sys.maxsize
# Chosen on samples of series that the networks had not seen: `python -m competitions strategies`,
# competitions/backtests/strategies.md. Tuning is worth its time on weekly and hourly data, not on
# the others. Where training was not better on the largest sample, it begins at twice its size.
_SIZES = {
    "yearly": _Sizes(tune=_NEVER, train=10_000),
    "quarterly": _Sizes(tune=_NEVER, train=5000),
    "monthly": _Sizes(tune=_NEVER, train=1000),
    "weekly": _Sizes(tune=10, train=1000),
    "daily": _Sizes(tune=_NEVER, train=1000),
    "hourly": _Sizes(tune=4, train=100),
}
_OTHERS = _Sizes(tune=_NEVER, train=1000)
# Networks for seasons of other lengths: competitions/backtests/steps.md.
_OTHER_SEASONS = _Sizes(tune=_NEVER, train=200)
# Not compared yet: columns of X have effects to be learnt.
_ENOUGH_FOR_COLUMNS = 10


def choose_way(facts: PanelFacts) -> Way:
    """Choose how trained networks are used for a panel.

    Parameters
    ----------
    facts : PanelFacts

    Returns
    -------
    Way
    """
    n_series = facts.lengths.size
    sizes = _OTHER_SEASONS if facts.has_other_seasons else _SIZES.get(facts.preset, _OTHERS)
    if n_series >= sizes.train:
        return Way("train", f"{n_series} series, at least {sizes.train}")
    if facts.has_covariates and n_series >= _ENOUGH_FOR_COLUMNS:
        return Way("train", f"columns of X, and {n_series} series to learn their effects from")
    if n_series >= sizes.tune:
        return Way("fine_tune", f"{n_series} series, from {sizes.tune} to {sizes.train - 1}")
    return Way("zero_shot", f"{n_series} series, fewer than {min(sizes.tune, sizes.train)}")
