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


def find_saved_series(ensemble: Ensemble, starts: pd.Index, framed: FramedPanel) -> IntArray | None:
    """Find the series of a panel in an ensemble, if all of them can keep its parameters.

    Parameters
    ----------
    ensemble : Ensemble
    starts : pd.Index of length N
        First time stamps of the ensemble's series.
    framed : FramedPanel
        Series, B of them.

    Returns
    -------
    ndarray of shape (B,), int64, or None
        Places in the ensemble. None if no series is in it, or if one can't keep its parameters.

    Warns
    -----
    EsrnnWarning
        If some series are in the ensemble, but one is not, begins at another time, or has a value
        <= 0 that its form does not allow.
    """
    panel = framed.panel
    place = {name: k for k, name in enumerate(ensemble.ids)}
    places = np.array([place.get(name, -1) for name in panel.ids], dtype=np.int64)
    saved = places >= 0
    if not saved.any():
        return None
    begins = np.ones(saved.size, dtype=np.bool_)
    begins[saved] = np.asarray(framed.starts()[saved] == starts.take(places[saved]))
    fits = ensemble.smoothing.additive[np.maximum(places, 0)]
    fits |= ~any_of_each(panel.values <= 0.0, panel.indptr)
    reasons = {
        "begin at another time": saved & ~begins,
        "have values <= 0 and were saved as multiplicative": saved & ~fits,
        "are not in the model": ~saved,
    }
    for reason, which in reasons.items():
        if which.any():
            warning = EsrnnWarning.of_series(
                "the smoothing parameters in the model are not used, and all series are fitted to"
                f" their own history, since some {reason}",
                Offenders(framed.ids[which]),
            )
            warnings.warn(warning, stacklevel=3)
            return None
    return places
