"""Components, smoothing coefficients and training history as data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from esrnn._typing import FloatArray, IntArray
from esrnn.forms import apply_part, remove_part
from esrnn.frames import FramedPanel
from esrnn.panel.flat import indptr_of

if TYPE_CHECKING:
    from esrnn.components import Components
    from esrnn.ensemble import Ensemble

__all__ = ["coefficients_frame", "components_frame", "history_frame"]

Vector = TypeVar("Vector", FloatArray, IntArray)

_FORMS = pd.CategoricalDtype(["multiplicative", "additive"])


def components_frame(
    framed: FramedPanel,
    components: Components,
    steps: IntArray,
    y_hat: FloatArray,
    effect: FloatArray | None,
) -> pd.DataFrame:
    """Write the components of every series and of its forecast, step by step.

    Parameters
    ----------
    framed : FramedPanel
    components : Components
        Of these series.
    steps : ndarray of shape (N, K), int64
        Steps of the forecast after the end of each series.
    y_hat : ndarray of shape (N, K), float64
        The forecast, in units of y.
    effect : ndarray of shape (N, K), float64, or None
        The linear effect of future covariates on the forecast; None without covariates.

    Returns
    -------
    pd.DataFrame
        See `esrnn.ESRNN.components`.
    """
    additive = components.additive[:, None]
    level = components.level[components.indptr[1:] - 1][:, None].repeat(steps.shape[1], axis=1)
    history = {"y": np.array(framed.panel.values), "level": components.level}
    future = {"y": np.full(steps.shape, np.nan), "level": level}
    parts: list[tuple[str, FloatArray, FloatArray]] = []
    slots = framed.times.slot_matrix(steps)
    for period, both in zip(components.periods, components.seasonal(slots), strict=True):
        parts.append((f"seasonality_{period}", *both))
    if components.effect is not None and effect is not None:
        parts.append(("covariates", components.effect, effect))
    smoothed = level
    for name, past, coming in parts:
        history[name], future[name] = past, coming
        smoothed = apply_part(smoothed, coming, additive)
    network = remove_part(y_hat, smoothed, additive)
    nothing = np.full(components.level.size, np.nan)
    history |= {"network": nothing, "y_hat": nothing}
    future |= {"network": network, "y_hat": y_hat}
    series, gone = framed.past()
    slots = np.maximum(framed.times.slots(series, gone), 1 - framed.panel.lengths[series])
    at = components.indptr[1:][series] - 1 + slots
    lengths = np.bincount(series, minlength=framed.n_series)
    ends = indptr_of(lengths)[1:]
    columns = {name: _joined(history[name][at], future[name], ends) for name in history}
    same = np.arange(framed.n_series)[:, None].repeat(steps.shape[1], axis=1)
    index = framed.index(_joined(series, same, ends), _joined(gone, steps, ends))
    frame = pd.DataFrame(columns, index=index)
    form = np.repeat(components.additive, lengths + steps.shape[1]).astype(np.int8)
    frame["form"] = pd.Categorical.from_codes(form, dtype=_FORMS)
    return frame


def _joined(history: Vector, future: Vector, ends: IntArray) -> Vector:
    """Put the future of each series behind its history, which ends there."""
    joined: Vector = np.insert(history, np.repeat(ends, future.shape[1]), future.ravel())
    return joined


def coefficients_frame(framed: FramedPanel, components: Components) -> pd.DataFrame:
    """Write the smoothing coefficients of every series.

    Parameters
    ----------
    framed : FramedPanel
    components : Components
        Of these series.

    Returns
    -------
    pd.DataFrame
        See `esrnn.ESRNN.smoothing_coefficients`.
    """
    names = ["level", *(f"seasonality_{period}" for period in components.periods)]
    frame = pd.DataFrame(components.coefficients[:, : len(names)], framed.ids, names)
    frame["form"] = pd.Categorical.from_codes(components.additive.astype(np.int8), dtype=_FORMS)
    return frame


def history_frame(ensemble: Ensemble) -> pd.DataFrame:
    """Write what was measured in each epoch of each member's training.

    Parameters
    ----------
    ensemble : Ensemble

    Returns
    -------
    pd.DataFrame
        See `esrnn.ESRNN.training_history`.
    """
    parts = []
    for k, member in enumerate(ensemble.members):
        history = member.history
        n_epochs = len(history.losses)
        val_owa = history.val_owa or (np.nan,) * n_epochs
        parts.append(
            pd.DataFrame(
                {
                    "member": k,
                    "epoch": np.arange(1, n_epochs + 1),
                    "loss": history.losses,
                    "val_owa": val_owa,
                    "gradient_norm": history.gradient_norms,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
