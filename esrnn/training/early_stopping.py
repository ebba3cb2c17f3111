"""Early stopping, as a callback: training ends when no epoch gets better, with the best one."""

from __future__ import annotations

import math

from esrnn.training.callbacks import Epoch
from esrnn.training.member import Member

__all__ = ["EarlyStopping"]


class EarlyStopping:
    """Stops once the held-back horizons have not been forecast better for some epochs.

    Parameters
    ----------
    patience : int
        Epochs without an improvement after which training stops.

    Attributes
    ----------
    best : Member or None
        The member after the best epoch so far; None while no score was defined.
    """

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._best_epoch = 0
        self._best_score = math.inf
        self.best: Member | None = None

    def begin_with(self, member: Member, val_owa: float) -> None:
        """Count a member that is trained further as epoch 0, before its training.

        Parameters
        ----------
        member : Member
        val_owa : float
            NaN where it is not defined.
        """
        if not math.isnan(val_owa):
            self.best, self._best_score = member, val_owa

    def on_epoch(self, epoch: Epoch) -> bool:
        """Remember the member if it is the best so far; return whether patience is over.

        Parameters
        ----------
        epoch : Epoch

        Returns
        -------
        bool
        """
        if math.isnan(epoch.val_owa):  # nothing to go by: neither a best nor a reason to stop
            return False
        if epoch.val_owa < self._best_score:
            self.best = epoch.snapshot()
            self._best_epoch, self._best_score = epoch.number, epoch.val_owa
        return epoch.number - self._best_epoch >= self._patience
