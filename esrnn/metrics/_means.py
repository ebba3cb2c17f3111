"""Means over observed steps, and over series."""

from __future__ import annotations

import numpy as np

from esrnn._typing import FloatArray
from esrnn.errors import InputError
from esrnn.metrics._inputs import rows_with


def mean_observed(terms: FloatArray, y: FloatArray) -> FloatArray:
    """Mean of the (N, H) terms over the steps where y was observed; NaN where none was."""
    observed = ~np.isnan(y)
    if observed.all():
        return np.asarray(terms.mean(axis=1))
    counts = observed.sum(axis=1)
    sums = np.where(observed, terms, 0.0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def mean_defined(measure: str, values: FloatArray) -> float:
    """Mean of the series' values, (N,); raise where one of them is undefined."""
    undefined = np.isnan(values)
    if undefined.any():
        raise InputError.of_series(
            f"{measure} is undefined",
            rows_with(undefined),
            "They have no observation in y, or a scale that is 0 or NaN (constant or too short"
            " history). Ask for per_series=True, which gives NaN there, or leave these series out"
            " of the comparison.",
        )
    return float(values.mean())
