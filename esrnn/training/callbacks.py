"""Callbacks: they are called after every epoch, and can end a training.

One method, `Callback.on_epoch`. Early stopping (`esrnn.training.early_stopping`) and the progress
bar (`esrnn.training.progress`) are callbacks like a user's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from esrnn.errors import InputTypeError
from esrnn.training.ranks import current_ranks

if TYPE_CHECKING:
    from esrnn.training.member import Member

__all__ = ["Callback", "Epoch", "EpochPrinter", "check_callbacks", "notify"]


@dataclass(frozen=True)
class Epoch:
    """What is known after an epoch.

    Attributes
    ----------
    member : int
        Number of the network in the ensemble, from 0.
    n_members : int
        Networks in the ensemble.
    number : int
        Epochs that this member has done, this one included.
    n_epochs : int
        Epochs that it will do if nothing stops it.
    loss : float
        Mean training loss of the epoch's steps.
    gradient_norm : float
        Mean norm of the network's gradient over the epoch's steps, before it was clipped.
    val_owa : float
        OWA of forecasts of the horizons held back from training; NaN without `patience`.
    seconds : float
        Wall time since the member's training began.
    snapshot : callable
        Returns the member as it is now.
    """

    member: int
    n_members: int
    number: int
    n_epochs: int
    loss: float
    gradient_norm: float
    val_owa: float
    seconds: float
    snapshot: Callable[[], Member]

    def __str__(self) -> str:
        """Return a line for a log."""
        val_owa = "" if math.isnan(self.val_owa) else f", val_owa {self.val_owa:.4f}"
        return (
            f"member {self.member + 1}/{self.n_members}, epoch {self.number}/{self.n_epochs}: "
            f"loss {self.loss:.4f}{val_owa}, gradient {self.gradient_norm:.3g}, "
            f"{self.seconds:.1f} s"
        )


@runtime_checkable
class Callback(Protocol):
    """Called after every epoch of every member.

    Members train in processes of their own unless there is one process only; a callback is then
    copied into each of them, so what it remembers stays there. With ``n_jobs=1`` it is called
    where it was made, for one member after another.

    Examples
    --------
    >>> class StopAt:
    ...     def __init__(self, loss):
    ...         self.loss = loss
    ...
    ...     def on_epoch(self, epoch):
    ...         return epoch.loss < self.loss
    >>> isinstance(StopAt(0.5), Callback)
    True
    """

    def on_epoch(self, epoch: Epoch) -> bool | None:
        """Look at an epoch; return True to end the member's training.

        Parameters
        ----------
        epoch : Epoch

        Returns
        -------
        bool or None
        """


class EpochPrinter:
    """Prints a line for every epoch, in the first of the processes that train together."""

    def on_epoch(self, epoch: Epoch) -> None:
        """Print the epoch."""
        if current_ranks().rank == 0:
            print(f"ESRNN: {epoch}", flush=True)


def notify(callbacks: Sequence[Callback], epoch: Epoch) -> bool:
    """Call every callback with an epoch; return whether one of them wants to stop.

    Parameters
    ----------
    callbacks : sequence of Callback
    epoch : Epoch

    Returns
    -------
    bool
    """
    return any([bool(callback.on_epoch(epoch)) for callback in callbacks])


def check_callbacks(callbacks: object) -> tuple[Callback, ...]:
    """Return callbacks as a tuple.

    Parameters
    ----------
    callbacks : sequence of Callback, one Callback, or None

    Returns
    -------
    tuple of Callback

    Raises
    ------
    InputTypeError
        If one has no method `on_epoch`.
    """
    if callbacks is None:
        return ()
    several = tuple(callbacks) if isinstance(callbacks, Iterable) else (callbacks,)
    for one in several:
        if isinstance(one, type) or not isinstance(one, Callback):
            raise InputTypeError(
                f"a callback must be an object with a method on_epoch(epoch); got {one!r}"
            )
    return several
