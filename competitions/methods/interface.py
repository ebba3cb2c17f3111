"""What a method is: a task's data and settings in, forecasts out.

The methods themselves are in the modules beside this one, a module for each family, and are listed
in `competitions.methods.METHODS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Literal, TypeAlias

import pandas as pd

from competitions.methods.checkpoints import Checkpoints
from competitions.task import Task, TaskData
from esrnn.config import ModelConfig
from esrnn.errors import InputError

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble

Engine: TypeAlias = Literal["statsmodels", "statsforecast"]


@dataclass(frozen=True)
class Settings:
    """What the command line says about how to run a method; None leaves it to the method."""

    seed: int = 0
    preset: str = "auto"  # one of ESRNN's, or "auto"
    n_jobs: int | None = None  # processes
    n_members: int | None = None
    n_epochs: int | None = None
    engine: Engine | None = None  # library that fits the models, for a method that has a choice
    quiet: bool = False  # show no progress

    @property
    def overrides(self) -> tuple[str, ...]:
        """Settings that are not the method's own, as the name of a result shows them."""
        preset = (self.preset,) if self.preset != "auto" else ()
        members = (f"members{self.n_members}",) if self.n_members is not None else ()
        epochs = (f"epochs{self.n_epochs}",) if self.n_epochs is not None else ()
        return (*preset, *members, *epochs)


@dataclass(frozen=True)
class Result:
    """What a method returns."""

    # The task's `forecast_columns`, bounds of NaN where a method gives none, and the task's
    # `decile_columns` where it gives quantiles
    forecasts: pd.DataFrame
    ensemble: Ensemble | None = None  # trained networks, for the picture
    # Ids of the series that a simpler model forecast, since the method's own failed
    fallbacks: tuple[str, ...] = ()

    @property
    def n_fallbacks(self) -> int:
        """How many series a simpler model forecast."""
        return len(self.fallbacks)


Method: TypeAlias = Callable[[TaskData, Settings, Checkpoints], Result]


@dataclass(frozen=True)
class Entry:
    """A method and how it is presented."""

    run: Method  # never reads ``data.test``
    title: str  # in tables
    about: str  # one line for ``python -m competitions list``
    engines: tuple[Engine, ...] = ()  # libraries that can fit the models, the default first
    needs: str | None = None  # an optional library
    # Settings of the networks, for a method that trains ESRNN's
    config: Callable[[Task, Settings], ModelConfig] | None = None
    takes: tuple[str, ...] = ()  # which of --preset, --members and --epochs it heeds
    # Checksums of the files of somebody's own method; other methods are known by the commit
    code: Mapping[str, str] = field(default_factory=dict)
    from_networks: bool = False  # starts from the package's networks, which know some tasks

    def engine(self, asked: Engine | None) -> Engine | None:
        """Return the library that fits the models: the one asked for, or the first."""
        if asked is None:
            return self.engines[0] if self.engines else None
        if asked not in self.engines:
            there = f"it has {', '.join(self.engines)}" if self.engines else "it has none to choose"
            raise InputError(f"the method {self.title!r} has no engine {asked!r}; {there}")
        return asked

    def settled(self, settings: Settings) -> Settings:
        """Return the settings with the engine; those that would change nothing are refused."""
        given = {
            "preset": settings.preset != "auto",
            "members": settings.n_members is not None,
            "epochs": settings.n_epochs is not None,
        }
        idle = [
            f"--{name}" for name, is_given in given.items() if is_given and name not in self.takes
        ]
        if idle:
            raise InputError(
                f"the method {self.title!r} makes no use of {' and '.join(idle)}; leave it out"
            )
        return replace(settings, engine=self.engine(settings.engine))

    def knows(self, task: Task) -> bool:
        """Say whether its networks were trained on the training part of the task before."""
        return self.from_networks and task.competition == "m4"


def library(name: str) -> ModuleType:
    """Import an optional library or a module of one, or say how to get it."""
    package = name.partition(".")[0]
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise InputError(
            f"this method needs {package}, which is not installed; get it with pip install "
            f"{package}"
        ) from error
