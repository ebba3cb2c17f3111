"""How an ensemble trains: where, how long, with which callbacks, and where members are saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from esrnn.config import ModelConfig
from esrnn.training import Callback, Member

__all__ = ["MemberStore", "TrainingOptions"]


class MemberStore(Protocol):
    """Saves members as they are finished, so that a training that was killed can go on."""

    def load(self, k: int, config: ModelConfig) -> Member | None:
        """Return member `k`, whose settings are `config`, if it was finished before."""

    def save(self, k: int, member: Member, cpu_s: float) -> None:
        """Save member `k`, whose training took `cpu_s` processor seconds."""


@dataclass(frozen=True)
class TrainingOptions:
    """How an ensemble trains; none of it changes the numbers, but for the time budget.

    Attributes
    ----------
    n_jobs : int, optional
        Members that train at the same time, each in a process of its own, counted as joblib does
        (-1 is one for each core). By default what `joblib.parallel_config` says, else as many as
        `esrnn.ensemble.processes.count_processes` finds worth their start.
    device : str
        Where the networks train: ``"cpu"``, ``"cuda"`` or ``"auto"``.
    callbacks : tuple of Callback
        Called after every epoch.
    progress : bool
        Show a progress bar.
    time_budget : float, optional
        Seconds of wall time for the whole fit, about; each member ends its training early enough.
    store : MemberStore, optional
        Members that it has are not trained again; the others are given to it when they are done.
    """

    n_jobs: int | None = None
    device: str = "auto"
    callbacks: tuple[Callback, ...] = ()
    progress: bool = False
    time_budget: float | None = None
    store: MemberStore | None = None
