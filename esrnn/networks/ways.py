"""From trained networks to forecasts of a panel: the ways, and the rule that chooses one."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal

from esrnn._typing import IntArray

__all__ = ["STRATEGIES", "PanelFacts", "Strategy", "Way", "choose_way"]

Strategy = Literal["auto", "zero_shot", "fine_tune", "train", "combine", "distil"]
STRATEGIES = ("auto", "zero_shot", "fine_tune", "train", "combine", "distil")


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
    strategy : {"zero_shot", "fine_tune", "train", "combine", "distil"}
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


_NEVER = sys.maxsize


@dataclass(frozen=True)
class _Sizes:
    """Numbers of series from which on a panel is learnt from.

    From `tune` on networks are tuned to it. From `combine` on others are trained on it as well, and
    from `train` on these are used alone.
    """

    train: int
    combine: int = _NEVER
    tune: int = _NEVER


# Chosen on samples of series that the networks had not seen (competitions/backtests/strategies.md).
# Yearly data: tuning gains little, and training nothing on the largest sample that there was; it
# begins at twice its size. Quarterly and monthly data: the same on up to a thousand series, by 8
# and 3% there; at five and three times their number training should be level. Weekly, daily and
# hourly data: on few series tuning is best or as good as any; on more, training is better for
# panels of series that are alike, and a combination is never far off.
_SIZES = {
    "yearly": _Sizes(train=10_000),
    "quarterly": _Sizes(train=5000),
    "monthly": _Sizes(train=3000),
    "weekly": _Sizes(tune=10, combine=25, train=1000),
    "daily": _Sizes(combine=25, train=1000),
    "hourly": _Sizes(tune=4, train=50),
}
_OTHERS = _Sizes(train=1000)
# Networks for seasons of other lengths: competitions/backtests/steps.md.
_OTHER_SEASONS = _Sizes(train=200)
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
    if n_series >= sizes.combine:
        return Way("combine", f"{n_series} series, at least {sizes.combine}")
    if n_series >= sizes.tune:
        return Way("fine_tune", f"{n_series} series, at least {sizes.tune}")
    more = min(sizes.tune, sizes.combine, sizes.train)
    return Way("zero_shot", f"{n_series} series, fewer than {more}")
