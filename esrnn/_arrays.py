"""Records as flat dictionaries of arrays, and back: for files and for other processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Self, get_origin, get_type_hints

import numpy as np

from esrnn._typing import Arrays
from esrnn.errors import InputError

__all__ = ["ArrayRecord", "part_of", "with_prefix"]


class ArrayRecord:
    """Base of dataclasses that are made of arrays, numbers, tuples of numbers, and such records.

    An array of a record within the record is named ``"inner.name"``, and so is an array of a
    dictionary. Settings, which are plain dataclasses, are left out: they are not arrays.
    """

    def arrays(self) -> Arrays:
        """Return all arrays and numbers by name.

        Returns
        -------
        dict of str to ndarray
        """
        found: Arrays = {}
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if isinstance(value, ArrayRecord):
                found |= with_prefix(field.name, value.arrays())
            elif isinstance(value, dict):
                found |= with_prefix(field.name, value)
            elif not is_dataclass(value):
                found[field.name] = np.asarray(value)
        return found

    @classmethod
    def from_arrays(cls, arrays: Arrays, others: Mapping[str, object] | None = None) -> Self:
        """Undo `arrays`.

        Parameters
        ----------
        arrays : dict of str to ndarray
            Other names than the record's own are passed over.
        others : mapping of str to object, optional
            What is not in `arrays`, by the name of its field, here and in records within.

        Returns
        -------
        ArrayRecord

        Raises
        ------
        InputError
            If an array is missing.
        """
        others = others or {}
        own: dict[str, Any] = {}
        for name, hint in get_type_hints(cls).items():
            if name in others:
                own[name] = others[name]
            elif isinstance(hint, type) and issubclass(hint, ArrayRecord):
                own[name] = hint.from_arrays(part_of(arrays, name), others)
            elif get_origin(hint) is dict:
                own[name] = part_of(arrays, name)
            elif name not in arrays:
                raise InputError(
                    f"the arrays of {cls.__name__} must hold {name!r}; got {sorted(arrays)[:5]}; "
                    "they were written by another version, or are of something else"
                )
            elif get_origin(hint) is tuple:
                own[name] = tuple(arrays[name].tolist())
            else:
                own[name] = arrays[name].item() if hint in (int, float) else arrays[name]
        return cls(**own)


def with_prefix(prefix: str, arrays: Arrays) -> Arrays:
    """Put a name and a dot in front of all names.

    Parameters
    ----------
    prefix : str
    arrays : dict of str to ndarray

    Returns
    -------
    dict of str to ndarray

    Examples
    --------
    >>> with_prefix("prior", {"mean": np.zeros(2)})
    {'prior.mean': array([0., 0.])}
    """
    return {f"{prefix}.{name}": array for name, array in arrays.items()}


def part_of(arrays: Arrays, prefix: str) -> Arrays:
    """Return the arrays whose names start with a prefix and a dot, without these.

    Parameters
    ----------
    arrays : dict of str to ndarray
    prefix : str

    Returns
    -------
    dict of str to ndarray

    Examples
    --------
    >>> part_of({"prior.mean": np.zeros(2), "sigma": np.ones(1)}, "prior")
    {'mean': array([0., 0.])}
    """
    start = f"{prefix}."
    return {name[len(start) :]: a for name, a in arrays.items() if name.startswith(start)}
