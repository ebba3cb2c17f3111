"""What a method is: a task's data and settings in, forecasts out.

The methods themselves are in the modules beside this one, a module for each family, and are listed
in `competitions.methods.METHODS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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

__all__ = ["Engine", "Entry", "Method", "Result", "Settings", "library"]

Engine: TypeAlias = Literal["statsmodels", "statsforecast"]


@dataclass(frozen=True)
class Settings:
    """What the command line says about how to run a method; None leaves it to the method.

    Parameters
    ----------
    seed : int
        Seed of everything drawn at random.
    preset : str
        Name of one of ESRNN's presets, or ``"auto"``.
    n_jobs : int or None
        Number of processes.
    n_members, n_epochs : int or None
        Size of the ensemble and length of the training.
    engine : {"statsmodels", "statsforecast"} or None
        Library that fits the models, for a method that has a choice.
    quiet : bool
        Show no progress.
    """

    seed: int = 0
    preset: str = "auto"
    n_jobs: int | None = None
    n_members: int | None = None
    n_epochs: int | None = None
    engine: Engine | None = None
    quiet: bool = False

    @property
    def overrides(self) -> tuple[str, ...]:
        """Settings that are not the method's own, as the name of a result shows them."""
        preset = (self.preset,) if self.preset != "auto" else ()
        members = (f"members{self.n_members}",) if self.n_members is not None else ()
        epochs = (f"epochs{self.n_epochs}",) if self.n_epochs is not None else ()
        return (*preset, *members, *epochs)


@dataclass(frozen=True)
class Result:
    """What a method returns.

    Parameters
    ----------
    forecasts : pandas.DataFrame
        With the task's `forecast_columns`; bounds are NaN where a method gives none. A method that
        gives quantiles adds the task's `decile_columns`.
    ensemble : Ensemble or None
        The trained networks of a method that has some, for the picture.
    fallbacks : tuple of str
        Ids of the series that a simpler model forecast because the method's own failed.
    """

    forecasts: pd.DataFrame
    ensemble: Ensemble | None = None
    fallbacks: tuple[str, ...] = ()

    @property
    def n_fallbacks(self) -> int:
        """How many series a simpler model forecast."""
        return len(self.fallbacks)


Method: TypeAlias = Callable[[TaskData, Settings, Checkpoints], Result]


@dataclass(frozen=True)
class Entry:
    """A method and how it is presented.

    Parameters
    ----------
    run : callable
        From a task's data, settings and the checkpoints on disk to a `Result`. It reads
        ``data.train`` and never ``data.test``.
    title : str
        Name in tables.
    about : str
        One line for ``python -m competitions list``.
    engines : tuple of str
        Libraries that can fit the models, the default first; empty if there is none.
    needs : str or None
        An optional library that must be installed for it.
    config : callable, optional
        From a task and settings to the settings of the networks, for a method that trains ESRNN's.
    code : str
        Checksum of the file that a method of somebody's own is in; the others are known by the
        commit.
    from_networks : bool
        Whether it starts from the networks that come with the package, which know some tasks.
    """

    run: Method
    title: str
    about: str
    engines: tuple[Engine, ...] = ()
    needs: str | None = None
    config: Callable[[Task, Settings], ModelConfig] | None = None
    code: str = ""
    from_networks: bool = False

    def engine(self, asked: Engine | None) -> Engine | None:
        """Return the library that fits the models: the one asked for, or the first.

        Raises
        ------
        InputError
            If the method has no such engine.
        """
        if asked is None:
            return self.engines[0] if self.engines else None
        if asked not in self.engines:
            there = f"it has {', '.join(self.engines)}" if self.engines else "it has none to choose"
            raise InputError(f"the method {self.title!r} has no engine {asked!r}; {there}")
        return asked

    def knows(self, task: Task) -> bool:
        """Say whether its networks were trained on the training part of the task before."""
        return self.from_networks and task.competition == "m4"


def library(name: str) -> ModuleType:
    """Import an optional library or a module of one, or say how to get it.

    Raises
    ------
    InputError
        If it is not installed.

    Examples
    --------
    >>> library("no_such_library.models")
    Traceback (most recent call last):
    ...
    esrnn.errors.InputError: this method needs no_such_library, which is not installed; get it with
    pip install no_such_library
    """
    package = name.partition(".")[0]
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise InputError(
            f"this method needs {package}, which is not installed; get it with pip install "
            f"{package}"
        ) from error
