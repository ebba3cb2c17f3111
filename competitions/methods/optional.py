"""Libraries that some methods need and that are not among the package's own."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from esrnn.errors import InputError

__all__ = ["library"]


def library(name: str) -> ModuleType:
    """Import a library's models, or say how to get it.

    Parameters
    ----------
    name : str
        ``"statsforecast"`` or ``"neuralforecast"``.

    Returns
    -------
    module
        The library, with its module ``models``.

    Raises
    ------
    InputError
        If it is not installed.

    Examples
    --------
    >>> library("no_such_library")
    Traceback (most recent call last):
    ...
    esrnn.errors.InputError: this method needs no_such_library, which is not installed; get it by
    pip install no_such_library
    """
    try:
        module = import_module(name)
        import_module(f"{name}.models")
    except ModuleNotFoundError as error:
        raise InputError(
            f"this method needs {name}, which is not installed; get it by pip install {name}"
        ) from error
    return module
