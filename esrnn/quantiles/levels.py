"""Quantiles at other levels than those that a model was trained for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np

from esrnn._typing import BoolArray, FloatArray
from esrnn.errors import InputError
from esrnn.forms import point_between

__all__ = ["interpolate_quantiles"]

_SAME_LEVEL = 1e-9  # 0.5 - 0.95 / 2 is not the float 0.025


def interpolate_quantiles(
    quantiles: FloatArray,
    levels: Sequence[float],
    wanted: Sequence[float],
    additive: BoolArray | None = None,
    axis: Callable[[float], float] | None = None,
) -> FloatArray:
    """Interpolate quantiles at other levels from those that are known.

    A known level is returned as it is. Between two known levels the quantile is linear in `axis`,
    by default the normal quantile of the level, which is exact for a normal distribution; beyond
    the outermost level the nearest line is continued. The median is a known level, so each side
    has its own spread. Multiplicative series are treated in logarithms (exact for a log-normal
    distribution) and stay positive.

    Parameters
    ----------
    quantiles : ndarray of shape (Q, N, H), float64
        In units of y, not decreasing along Q.
    levels : sequence of float, length Q
        Their levels, increasing.
    wanted : sequence of float, length A
        Levels in (0, 1) in any order.
    additive : ndarray of shape (N,), bool, optional
        False for series to treat in logarithms, at steps where all quantiles are greater than 0;
        by default there are none.
    axis : callable, optional
        Maps a level to a number that does not decrease with it
        (`esrnn.quantiles.calibration.level_axis`).

    Returns
    -------
    ndarray of shape (A, N, H), float64
        Not decreasing in the level.

    Raises
    ------
    InputError
        If a level isn't in (0, 1), or another one than the only known one is wanted.

    Examples
    --------
    >>> normal = np.array([[[-1.96]], [[0.0]], [[1.96]]])
    >>> interpolate_quantiles(normal, [0.025, 0.5, 0.975], [0.05, 0.5, 0.995]).ravel().round(2)
    array([-1.64,  0.  ,  2.58])
    """
    outside = [level for level in wanted if not 0.0 < level < 1.0]
    if outside:
        raise InputError(f"quantile levels must lie between 0 and 1; got {outside[:5]}")
    known, axis = np.asarray(levels, dtype=np.float64), axis or NormalDist().inv_cdf
    z = np.array([axis(level) for level in known])
    if additive is None:
        additive = np.ones(quantiles.shape[1], dtype=np.bool_)
    form = additive[:, None] | (quantiles[0] <= 0.0)
    out = np.empty((len(wanted), *quantiles.shape[1:]))
    for a, level in enumerate(wanted):
        nearest = int(np.abs(known - level).argmin())
        if abs(known[nearest] - level) < _SAME_LEVEL:
            out[a] = quantiles[nearest]
            continue
        if known.size == 1:
            raise InputError(
                f"the model was trained for the quantile level {known[0]:g} alone; got {level:g}; "
                "fit again with more quantile_levels, such as (0.025, 0.5, 0.975)"
            )
        k = int(np.clip(np.searchsorted(known, level) - 1, 0, known.size - 2))
        span = z[k + 1] - z[k]
        share = (axis(level) - z[k]) / span if span > 0.0 else 0.5
        out[a] = _on_line(quantiles[k], quantiles[k + 1], share, form)
    return out


def _on_line(low: FloatArray, high: FloatArray, share: float, additive: BoolArray) -> FloatArray:
    """Return the point at `share` on the line through `low` at 0 and `high` at 1."""
    point = point_between(low, high, share, additive)
    # Rounding must not put a quantile on the wrong side of a known one.
    if share > 0.0:
        point = np.maximum(point, high if share > 1.0 else low)
    if share < 1.0:
        point = np.minimum(point, low if share < 0.0 else high)
    return point
