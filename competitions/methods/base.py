"""What a method is: settings in, forecasts out.

Methods themselves are in the modules beside this one, one for each family, and are listed in
`competitions.methods.METHODS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.methods.parts import Parts
from competitions.task import TaskData

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble

__all__ = ["Bounds", "Engine", "Entry", "Matrix", "Method", "Result", "Settings"]

Matrix: TypeAlias = npt.NDArray[np.float64]
Bounds: TypeAlias = dict[int, tuple[Matrix, Matrix]]
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
        Processes side by side.
    n_members, n_epochs : int or None
        Size of the ensemble and length of the training.
    engine : {"statsmodels", "statsforecast"} or None
        Library that fits the models of a method that can be had from two.
    quiet : bool
        No progress display.
    """

    seed: int = 0
    preset: str = "auto"
    n_jobs: int | None = None
    n_members: int | None = None
    n_epochs: int | None = None
    engine: Engine | None = None
    quiet: bool = False

    @property
    def departures(self) -> tuple[str, ...]:
        """What a result's name must say, since it is not what the method does by itself."""
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
        With the task's `forecast_columns`; bounds are NaN where a method gives none.
    ensemble : Ensemble or None
        The trained networks where the method has some, for the picture.
    n_fallbacks : int
        Series whose model could not be fitted and that a simpler one forecast.
    """

    forecasts: pd.DataFrame
    ensemble: Ensemble | None = None
    n_fallbacks: int = 0


Method: TypeAlias = Callable[[TaskData, Settings, Parts], Result]


@dataclass(frozen=True)
class Entry:
    """A method and how it is presented.

    Parameters
    ----------
    run : callable
        From a task's data, settings and the parts kept on disk to a `Result`. It reads
        ``data.train`` and never ``data.test``.
    title : str
        As in tables.
    about : str
        One line for ``python -m competitions list``.
    engines : tuple of str
        Libraries that it can be had from, the default first; empty where there is no choice.
    needs : str or None
        A library that must be installed for it and is not one of the package's own.
    """

    run: Method
    title: str
    about: str
    engines: tuple[Engine, ...] = field(default=())
    needs: str | None = None
