"""Nelder and Mead's search in the variant of R's ``optim``, after Nash's algorithm 19.

The likelihoods of exponential smoothing have long, flat valleys. A search ends in them by its own
rules, not at the optimum, so the result depends on the search. This one differs from scipy's:

- the first simplex has the same edge along every axis, a tenth of the largest coordinate, be it a
  smoothing coefficient or a level of thousands;
- whenever the reflected point is not the best, the simplex is contracted too;
- it ends once the values lie within a tolerance that is relative to the value at the start.

References
----------
Nash, J. C. (1990). Compact Numerical Methods for Computers, 2nd ed., chapter 14. Adam Hilger.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]

_TOLERANCE = float(np.sqrt(np.finfo(np.float64).eps))
_INFEASIBLE = 1e35  # stands for infinity, so that differences of values stay numbers


def nelder_mead(
    objective: Callable[[Vector], float], start: Vector, *, max_evaluations: int = 2000
) -> tuple[Vector, float]:
    """Search for the minimum of a function; return the best point and its value.

    `objective` maps a point of shape (n,), which it must not change or keep, to a value: infinite
    or NaN where it is not defined, finite at the start. The search ends with the first step that
    goes beyond `max_evaluations`.

    Examples
    --------
    >>> point, value = nelder_mead(lambda x: (x[0] - 1) ** 2 + (x[1] + 2) ** 2, np.zeros(2))
    >>> point.round(3).tolist()
    [1.0, -2.0]
    """
    n = len(start)
    reach = 0.1 * float(np.abs(start).max()) or 0.1
    points = np.vstack([start, start + reach * np.eye(n)])
    values = np.array([_finite(objective(point)) for point in points])
    enough = _TOLERANCE * (abs(values[0]) + _TOLERANCE)
    evaluations, size, best = n + 1, np.inf, 0
    while evaluations <= max_evaluations:
        if values.min() < values[best]:  # so that of equal points the earlier one stays the best
            best = int(values.argmin())
        worst = int(values.argmax())
        low, high = values[best], values[worst]
        if high <= low + enough:
            break
        centre = (points.sum(axis=0) - points[worst]) / n
        reflected = 2 * centre - points[worst]
        value = _finite(objective(reflected))
        evaluations += 2
        if value < low:
            expanded = 2 * reflected - centre
            further = _finite(objective(expanded))
            closer = further < value
            points[worst] = expanded if closer else reflected
            values[worst] = further if closer else value
            continue
        if value < high:
            points[worst], values[worst] = reflected, value
        contracted = (points[worst] + centre) / 2
        inner = _finite(objective(contracted))
        if inner < values[worst]:
            points[worst], values[worst] = contracted, inner
        elif value >= high:
            points = (points + points[best]) / 2
            shrunk = float(np.abs(points - points[best]).sum())
            if shrunk >= size:
                break
            size = shrunk
            for k in range(n + 1):
                if k != best:
                    values[k] = _finite(objective(points[k]))
            evaluations += n
    best = int(values.argmin())
    return points[best].copy(), float(values[best])


def _finite(value: float) -> float:
    return value if np.isfinite(value) else _INFEASIBLE
