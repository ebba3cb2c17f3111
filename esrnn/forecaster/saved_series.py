"""Series whose smoothing parameters were saved with a model, without their history."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from esrnn._typing import IntArray
from esrnn.errors import EsrnnWarning, Offenders
from esrnn.frames import FramedPanel
from esrnn.panel.flat import any_of_each

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble

__all__ = ["find_saved_series"]


def find_saved_series(ensemble: Ensemble, starts: pd.Index, framed: FramedPanel) -> IntArray:
    """Find the series of a panel that can keep the parameters that an ensemble has for them.

    Parameters
    ----------
    ensemble : Ensemble
    starts : pd.Index of length N
        First time stamps of the ensemble's series.
    framed : FramedPanel
        Series, B of them.

    Returns
    -------
    ndarray of shape (B,), int64
        Places in the ensemble; -1 for series that are not in it or can't keep its parameters.

    Warns
    -----
    EsrnnWarning
        If series in the ensemble begin at another time, or have a value <= 0 that their form does
        not allow.
    """
    panel = framed.panel
    place = {name: k for k, name in enumerate(ensemble.ids)}
    places = np.array([place.get(name, -1) for name in panel.ids], dtype=np.int64)
    saved = places >= 0
    if not saved.any():
        return places
    begins = np.ones(saved.size, dtype=np.bool_)
    begins[saved] = np.asarray(framed.starts()[saved] == starts.take(places[saved]))
    fits = ensemble.smoothing.additive[np.maximum(places, 0)]
    fits |= ~any_of_each(panel.values <= 0.0, panel.indptr)
    reasons = {
        "begin at another time": saved & ~begins,
        "have values <= 0 and were saved as multiplicative": saved & begins & ~fits,
    }
    for reason, which in reasons.items():
        if which.any():
            warning = EsrnnWarning.of_series(
                "some series are fitted to their own history, and do not use the smoothing"
                f" parameters in the model, since they {reason}",
                Offenders(framed.ids[which]),
            )
            warnings.warn(warning, stacklevel=3)
    return np.where(begins & fits, places, -1)
