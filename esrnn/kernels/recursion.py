r"""One step of exponential smoothing and its adjoint, as plain functions of numbers.

The mathematics lives here and nowhere else: `smoothing` compiles these very functions for the CPU,
and a GPU kernel compiles them for the device. Nothing here knows of arrays, series or threads.

With observation :math:`y_t`, level :math:`l_t`, first and second seasonality :math:`s_t, u_t` and
smoothing coefficients :math:`\alpha, \beta, \gamma` the multiplicative step is (Smyl 2020,
eqs 1-3, in the order in which his program applies them)

.. math::

    l_t &= \alpha \frac{y_t}{s_t u_t} + (1 - \alpha) l_{t-1} \\
    s_{t+S} &= \beta \frac{y_t}{l_t u_t} + (1 - \beta) s_t \\
    u_{t+S_2} &= \gamma \frac{y_t}{l_t s_t} + (1 - \gamma) u_t

and the additive one replaces division by subtraction. Both seasonal updates use the new level and
the old factors. A series without a seasonality passes the neutral factor: 1 where multiplicative,
0 where additive. A missing observation (NaN) leaves the state as it is.
"""


def initial_level(y: float, s: float, u: float, additive: bool) -> float:
    """Return the level after the first observation, which it fits exactly.

    Parameters
    ----------
    y : float
        First observation; must not be missing.
    s, u : float
        The factors of the first time step.
    additive : bool
        The form of the seasonality.

    Returns
    -------
    float
        ``y - s - u`` or ``y / (s * u)``.

    Examples
    --------
    >>> initial_level(6.0, 1.5, 1.0, False)
    4.0
    """
    if additive:
        return y - s - u
    return y / (s * u)


def smoothing_step(
    y: float,
    level: float,
    s: float,
    u: float,
    alpha: float,
    beta: float,
    gamma: float,
    additive: bool,
) -> tuple[float, float, float]:
    """Advance the state by one observation.

    Parameters
    ----------
    y : float
        Observation at step t; NaN where missing.
    level : float
        Level at t - 1.
    s, u : float
        First and second seasonal factor of step t.
    alpha, beta, gamma : float
        Smoothing coefficients of level, first and second seasonality, in (0, 1).
    additive : bool
        The form of the seasonality.

    Returns
    -------
    level, s_next, u_next : float
        Level at t, and the factors one season ahead.

    Examples
    --------
    >>> smoothing_step(12.0, 8.0, 1.0, 1.0, 0.5, 0.5, 0.0, False)
    (10.0, 1.1, 1.0)
    """
    if y != y:  # NaN: nothing was observed, nothing is learnt
        return level, s, u
    if additive:
        new = alpha * (y - s - u) + (1.0 - alpha) * level
        s_next = beta * (y - new - u) + (1.0 - beta) * s
        u_next = gamma * (y - new - s) + (1.0 - gamma) * u
        return new, s_next, u_next
    new = alpha * (y / (s * u)) + (1.0 - alpha) * level
    s_next = beta * (y / (new * u)) + (1.0 - beta) * s
    u_next = gamma * (y / (new * s)) + (1.0 - gamma) * u
    return new, s_next, u_next


def smoothing_step_adjoint(
    y: float,
    level_before: float,
    level: float,
    s: float,
    u: float,
    alpha: float,
    beta: float,
    gamma: float,
    additive: bool,
    level_bar: float,
    s_next_bar: float,
    u_next_bar: float,
) -> tuple[float, float, float, float, float, float]:
    r"""Carry the adjoints of one step's results back to what it was computed from.

    Parameters
    ----------
    y, level_before, level, s, u, alpha, beta, gamma, additive
        As in `smoothing_step`, with the level before and after the step.
    level_bar, s_next_bar, u_next_bar : float
        Adjoints :math:`\partial L/\partial l_t` (all that comes from later steps and from the loss,
        but not through this step's factors), :math:`\partial L/\partial s_{t+S}` and
        :math:`\partial L/\partial u_{t+S_2}`.

    Returns
    -------
    level_before_bar, s_bar, u_bar, alpha_bar, beta_bar, gamma_bar : float
        This step's contributions, to be added up by the caller.

    Notes
    -----
    Derived in ``docs/smoothing.md``; checked against finite differences and torch's autograd.

    Examples
    --------
    >>> smoothing_step_adjoint(
    ...     12.0,
    ...     8.0,
    ...     10.0,
    ...     0.0,
    ...     0.0,
    ...     0.5,
    ...     0.0,
    ...     0.0,
    ...     True,
    ...     level_bar=1.0,
    ...     s_next_bar=0.0,
    ...     u_next_bar=0.0,
    ... )
    (0.5, -0.5, -0.5, 4.0, 0.0, 0.0)
    """
    if y != y:
        return level_bar, s_next_bar, u_next_bar, 0.0, 0.0, 0.0
    if additive:
        residual = y - level - s - u
        total_bar = level_bar - beta * s_next_bar - gamma * u_next_bar
        s_bar = (1.0 - beta) * s_next_bar - gamma * u_next_bar - alpha * total_bar
        u_bar = (1.0 - gamma) * u_next_bar - beta * s_next_bar - alpha * total_bar
        alpha_bar = (y - s - u - level_before) * total_bar
        return (
            (1.0 - alpha) * total_bar,
            s_bar,
            u_bar,
            alpha_bar,
            residual * s_next_bar,
            residual * u_next_bar,
        )
    deseasonalised = y / (s * u)
    ratio_s = y / (level * u)
    ratio_u = y / (level * s)
    # Where a seasonality is not there, compilers drop its divisions.
    from_s = beta * ratio_s * s_next_bar if beta != 0.0 else 0.0
    from_u = gamma * ratio_u * u_next_bar if gamma != 0.0 else 0.0
    total_bar = level_bar
    if beta != 0.0 or gamma != 0.0:
        total_bar -= (from_s + from_u) / level
    from_level = alpha * deseasonalised * total_bar
    s_bar = (1.0 - beta) * s_next_bar - (from_u + from_level) / s
    u_bar = (1.0 - gamma) * u_next_bar - (from_s + from_level) / u
    return (
        (1.0 - alpha) * total_bar,
        s_bar,
        u_bar,
        (deseasonalised - level_before) * total_bar,
        (ratio_s - s) * s_next_bar,
        (ratio_u - u) * u_next_bar,
    )
