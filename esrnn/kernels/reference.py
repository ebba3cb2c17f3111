"""The smoothing recursion spelt out on lists, one series at a time: slow, and plainly right.

The tests hold every kernel to this text. It shares no code with `recursion` on purpose, so that
an error there cannot hide here. Not for use: the kernels in `smoothing` do the same some
thousand times faster.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["smooth_reference"]


def smooth_reference(
    y: Sequence[float],
    coefficients: Sequence[float],
    seasonality_init: Sequence[float] = (),
    seasonality2_init: Sequence[float] = (),
    *,
    additive: bool = False,
) -> tuple[list[float], list[float], list[float]]:
    """Smooth one series with no, one or two seasonalities.

    Parameters
    ----------
    y : sequence of float
        Observations, n of them; NaN where missing, the first one observed.
    coefficients : sequence of float
        Smoothing coefficients alpha, beta, gamma.
    seasonality_init, seasonality2_init : sequence of float
        Initial factors, one for each step of the season; empty for no seasonality.
    additive : bool, default False
        The form of the seasonality.

    Returns
    -------
    level : list of float
        n levels.
    seasonality, seasonality2 : list of float
        n + S and n + S2 factors; empty without that seasonality.

    References
    ----------
    Smyl (2020), https://doi.org/10.1016/j.ijforecast.2019.03.017, eqs 1-3.

    Examples
    --------
    >>> smooth_reference([4.0, 8.0], [0.5, 0.0, 0.0])
    ([4.0, 6.0], [], [])
    """
    alpha, beta, gamma = coefficients
    neutral = 0.0 if additive else 1.0
    level: list[float] = []
    s, u = list(seasonality_init), list(seasonality2_init)
    for t, y_t in enumerate(y):
        s_t = s[t] if s else neutral
        u_t = u[t] if u else neutral
        if t == 0:
            level.append(y_t - s_t - u_t if additive else y_t / (s_t * u_t))
        elif math.isnan(y_t):
            level.append(level[t - 1])
        else:
            deseasonalised = y_t - s_t - u_t if additive else y_t / (s_t * u_t)
            level.append(alpha * deseasonalised + (1 - alpha) * level[t - 1])
        if t == 0 or math.isnan(y_t):  # the first observation set the level, no more
            s_next, u_next = s_t, u_t
        elif additive:
            s_next = beta * (y_t - level[t] - u_t) + (1 - beta) * s_t
            u_next = gamma * (y_t - level[t] - s_t) + (1 - gamma) * u_t
        else:
            s_next = beta * (y_t / (level[t] * u_t)) + (1 - beta) * s_t
            u_next = gamma * (y_t / (level[t] * s_t)) + (1 - gamma) * u_t
        if s:
            s.append(s_next)
        if u:
            u.append(u_next)
    return level, s, u
