"""An ensemble whose series lose their first steps, and are smoothed on as before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from esrnn._typing import IntArray
from esrnn.ensemble.ensemble import Ensemble
from esrnn.forms import to_form
from esrnn.kernels.parameters import natural_parameters
from esrnn.kernels.smoothing import factor_starts, smooth
from esrnn.kernels.smoothing_fit import SmoothingFit
from esrnn.smoothing import PreparedPanel

__all__ = ["without_first_steps"]


def without_first_steps(ensemble: Ensemble, data: PreparedPanel, first: IntArray) -> Ensemble:
    """Return the ensemble for the same series from a later step on.

    Smoothing coefficients stay, and seasonal factors are those that each series has come to. The
    level begins anew at the first observation, as that of every series does.

    Parameters
    ----------
    ensemble : Ensemble
    data : PreparedPanel
        Its whole series, without linear effects (`Ensemble.prepared`).
    first : ndarray of shape (N,), int64
        The step of each series that becomes its first one.

    Returns
    -------
    Ensemble
    """
    members = tuple(
        replace(
            member,
            smoothing=_from_step(
                member.smoothing, data, first, member.config.smoothing.seasonal_periods
            ),
        )
        for member in ensemble.members
    )
    return replace(ensemble, members=members)


def _from_step(
    fit: SmoothingFit, data: PreparedPanel, first: IntArray, periods: tuple[int, ...]
) -> SmoothingFit:
    """Return rows of parameters whose initial factors are those of a later step."""
    if not periods:
        return fit
    parameters = natural_parameters(fit.rows, fit.unit, fit.additive, periods)
    _, *factors = smooth(data.values, data.indptr, *parameters, fit.additive)
    rows, form = [fit.rows[:, :3]], fit.additive[:, None]
    for flat, period in zip(factors, periods, strict=False):
        at = factor_starts(data.indptr, period)[:-1] + first
        own = flat[at[:, None] + np.arange(period)]
        rows.append(to_form(np.where(form, own / fit.unit[:, None], own), form))
    return replace(fit, rows=np.hstack(rows))
