"""Early stopping: forecasts of every series' held-back last horizon, scored after every epoch."""

from __future__ import annotations

import math
from collections.abc import Callable

from esrnn._typing import FloatArray
from esrnn.training.held_back import HeldBack, relative_score
from esrnn.training.member import Member

__all__ = ["EarlyStopping"]


class EarlyStopping:
    """The best member so far, and when to stop looking for a better one.

    Parameters
    ----------
    held : HeldBack
    lag : int
        Seasonal period of MASE and Naive2.
    patience : int or None
        Epochs without an improvement after which training stops; None never stops.

    Attributes
    ----------
    scores : list of float
        OWA on the held-back horizons after each epoch.
    best : Member or None
    """

    def __init__(self, held: HeldBack, lag: int, patience: int | None) -> None:
        self._held = held
        self._lag = lag
        self._patience = patience
        self._best_epoch = 0
        self.scores: list[float] = []
        self.best: Member | None = None

    @property
    def active(self) -> bool:
        """Whether there is anything to look at."""
        return self._patience is not None and self._held.which.size > 0

    def stop(self, member: Member, forecast: Callable[[Member], FloatArray]) -> bool:
        """Score a member, keep it if it is the best so far, and tell whether patience is over.

        Parameters
        ----------
        member : Member
        forecast : callable
            Returns a member's quantiles of the held-back horizons, (Q, K, H).

        Returns
        -------
        bool
        """
        quantiles = forecast(member)
        score = relative_score(self._held, quantiles[quantiles.shape[0] // 2], self._lag)
        self.scores.append(score)
        if math.isnan(score):  # nothing to go by: neither a best member nor a reason to stop
            return False
        if self.best is None or score < self.scores[self._best_epoch - 1]:
            self.best, self._best_epoch = member, len(self.scores)
        return len(self.scores) - self._best_epoch >= (self._patience or 0)
