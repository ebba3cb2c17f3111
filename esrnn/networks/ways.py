"""From trained networks to forecasts of a panel: the ways, and the rule that chooses one."""

from __future__ import annotations

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
    """

    preset: str
    lengths: IntArray
    horizon: int
    known_horizon: int
    has_covariates: bool = False


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


# First values. On samples of up to a thousand series that the networks had not seen, zero shot was
# better than training in nearly all. Larger panels and columns of X were not compared yet, so they
# train as before (`python -m competitions strategies`).
_MANY_SERIES = 1000
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
    if n_series >= _MANY_SERIES:
        return Way("train", f"{n_series} series, at least {_MANY_SERIES}")
    if facts.has_covariates and n_series >= _ENOUGH_FOR_COLUMNS:
        return Way("train", f"columns of X, and {n_series} series to learn their effects from")
    return Way("zero_shot", f"{n_series} series, fewer than {_MANY_SERIES}")
