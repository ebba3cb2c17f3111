"""Methods of somebody's own: a function of a training part, named ``module:function``."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from importlib import import_module
from modulefinder import ModuleFinder
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.interface import Entry, Result, Settings
from competitions.task import TaskData
from esrnn.errors import InputError


def is_own(name: str) -> bool:
    """Say whether a name is that of somebody's own method."""
    return ":" in name


def own_method(name: str) -> Entry:
    """Return a function of somebody's own as a method.

    Parameters
    ----------
    name : str
        ``module:function``. The module is looked for in the current folder first. The function is
        called as ``function(train, task, seed)``:

        - ``train`` is a frame with the columns ``unique_id``, ``ds`` and ``y``, series after
          series. ``ds`` counts steps, or has the time stamps of the data where they have some.
        - ``task`` is a `competitions.task.Task`, with ``horizon`` and ``seasonal_period``.
        - ``seed`` is a whole number.

        It returns a frame with the columns ``unique_id``, ``ds`` and ``y_hat``, a row for each
        series and step ahead, in any order. Columns ``lo-95`` and ``hi-95`` hold the bounds of
        intervals, ``lo-80``, ``hi-80``, ... ``hi-20`` the deciles, all eight or none.

    Raises
    ------
    InputError
        If there is no such module or function, or it does not take three arguments.
    """
    module_name, _, function_name = name.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        module = import_module(module_name)
    except (ModuleNotFoundError, ValueError) as error:
        if getattr(error, "name", None) not in (None, module_name, module_name.partition(".")[0]):
            raise  # the module is there, but one that it needs is not
        raise InputError(
            f"no module {module_name!r} for the method {name!r}: it must be in the current folder "
            "or installed, and be named as import names it, without .py"
        ) from None
    function = getattr(module, function_name, None)
    if not callable(function):
        raise InputError(f"module {module_name!r} has no function {function_name!r}")
    _require_function(function, name)

    def run(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
        return Result(_forecast(function, name, data, settings.seed))

    return Entry(run, name, "a method of one's own", code=_code(module))


def _require_function(function: Callable[..., Any], name: str) -> None:
    """Refuse a class, and a function that can't be called with three arguments."""
    if inspect.isclass(function):
        raise InputError(
            f"{name!r} is a class; a method must be a function of (train, task, seed). Write one "
            "that makes an object of the class and returns its forecasts"
        )
    try:
        inspect.signature(function).bind("train", "task", "seed")
    except (TypeError, ValueError) as error:
        raise InputError(
            f"the method {name!r} must take three arguments, (train, task, seed): {error}"
        ) from None


@lru_cache  # the code that was imported, even if a file is edited while several seeds run
def _code(module: ModuleType) -> Mapping[str, str]:
    """Return checksums of a module's file and of what it imports from the same folder, by name."""
    file = getattr(module, "__file__", None)
    if not file:
        return {}
    path = Path(file).resolve()
    folder = path.parents[module.__name__.count(".") + (path.name == "__init__.py")]
    finder = ModuleFinder([str(folder)], excludes=["competitions", "esrnn"])
    if "site-packages" not in folder.parts:  # there, it would find all of numpy and pandas
        finder.import_hook(module.__name__)
    found = (getattr(one, "__file__", None) for one in finder.modules.values())
    return {
        one.relative_to(folder).as_posix(): sha256(one.read_bytes()).hexdigest()
        for one in sorted({path, *map(Path, filter(None, found))})
    }


def _forecast(function: Callable[..., Any], name: str, data: TaskData, seed: int) -> pd.DataFrame:
    """Call the function and bring what it returns into the form of a task's forecasts."""
    forecasts = function(data.own_frame(), data.task, seed)
    if not isinstance(forecasts, pd.DataFrame):
        raise InputError(
            f"the method {name!r} must return a pandas DataFrame with the columns unique_id, ds "
            f"and y_hat; got {type(forecasts).__name__}"
        )
    return data.read_forecasts(forecasts)
