"""The classes that a classifier is given: in the order of the series, and what each counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from esrnn._typing import FloatArray
from esrnn.errors import InputError, InputTypeError, Offenders

__all__ = ["ClassWeight", "align_labels", "weigh_classes"]

ClassWeight = Mapping[Any, float] | Literal["balanced"] | None


def align_labels(X: object, y: object) -> object:
    """Bring classes into the order of the series, if they have an index of their names.

    Parameters
    ----------
    X : object
        A panel. Only a frame has names of series.
    y : object
        Classes.

    Returns
    -------
    object
        y, perhaps in another order.

    Raises
    ------
    InputError
        If a class is missing, or the index of y has other names than X.

    Examples
    --------
    >>> X = pd.DataFrame({"x": 1.0}, pd.MultiIndex.from_tuples([("b", 0), ("a", 0)]))
    >>> align_labels(X, pd.Series([1, 2], ["a", "b"])).tolist()
    [2, 1]
    """
    if not isinstance(y, pd.Series | pd.DataFrame):
        if isinstance(y, np.ndarray) and pd.isna(y).any():
            raise InputError(_lacking(np.flatnonzero(pd.isna(y).reshape(len(y), -1).any(axis=1))))
        return y
    missing = np.flatnonzero(y.isna().to_numpy().reshape(len(y), -1).any(axis=1))
    if missing.size:
        raise InputError.of_series(
            "every series needs a class; it is missing",
            Offenders(y.index[missing]),
            "Leave these series out of X and y.",
        )
    if not isinstance(X, pd.DataFrame) or X.index.nlevels != 2:
        return y
    ids = X.index.get_level_values(0).unique()
    if y.index.equals(ids):
        return y
    if len(y) == len(ids) and y.index.is_unique and ids.isin(y.index).all():
        return y.loc[ids]
    if y.index.equals(pd.RangeIndex(len(y))) or not y.index.isin(ids).any():
        return y  # no names: in the order of the series
    strange = y.index[~y.index.isin(ids)]
    lacking = ids[~ids.isin(y.index)]
    raise InputError.of_series(
        f"y must have one class for each series of X, by name; {len(strange)} names of y are not in"
        f" X, and {len(lacking)} of X not in y"
        + (", or one is there twice" * y.index.has_duplicates),
        Offenders(strange if len(strange) else lacking),
        "Give y the index X.index.get_level_values(0).unique(), or none: y.to_numpy().",
    )


def _lacking(rows: NDArray[np.intp]) -> str:
    return (
        f"every series needs a class; it is missing in {rows.size} places of y, the first of them"
        f" {rows[:5].tolist()}. Leave these series out of X and y."
    )


def weigh_classes(class_weight: ClassWeight, classes: NDArray[Any], y: NDArray[Any]) -> FloatArray:
    """Return what a series of each class counts.

    Parameters
    ----------
    class_weight : mapping, "balanced" or None
    classes : ndarray of shape (n_classes,)
        Sorted.
    y : ndarray of shape (N,)

    Returns
    -------
    ndarray of shape (n_classes,)

    Raises
    ------
    InputTypeError, InputError
        If it is something else, or a class has no weight above 0.

    Examples
    --------
    >>> weigh_classes("balanced", np.array(["a", "b"]), np.array(["a", "a", "b", "a"])).round(2)
    array([0.67, 2.  ])
    """
    if class_weight is None:
        return np.ones(classes.size)
    if isinstance(class_weight, str) and class_weight == "balanced":
        counts = np.array([(y == label).sum() for label in classes])
        return np.asarray(y.size / (classes.size * counts), dtype=np.float64)
    if not isinstance(class_weight, Mapping):
        raise InputTypeError(
            "class_weight must be 'balanced', None or a dict such as {'yes': 5.0, 'no': 1.0}; got"
            f" {class_weight!r}"
        )
    unknown = [label for label in classes.tolist() if label not in class_weight]
    if unknown:
        raise InputError(f"class_weight must name every class of y; {unknown[:5]} are missing")
    weights = np.array([class_weight[label] for label in classes.tolist()], dtype=np.float64)
    if not (np.isfinite(weights) & (weights > 0.0)).all():
        raise InputError(
            f"class_weight must be finite and above 0 for every class; got {dict(class_weight)}"
        )
    return weights
