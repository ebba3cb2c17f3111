"""Made-up panels with series as long as M4's, to smooth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["CASES", "SmoothingTask", "make_task"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SmoothingTask:
    """A panel and its parameters, as `esrnn.kernels.smoothing.smooth` takes them.

    Attributes
    ----------
    name : str
    periods : tuple of int
        Steps per season; 0 for no seasonality.
    values, indptr, coefficients, seasonality_init, seasonality2_init, additive : ndarray
    """

    name: str
    periods: tuple[int, int]
    values: FloatArray
    indptr: IntArray
    coefficients: FloatArray
    seasonality_init: FloatArray
    seasonality2_init: FloatArray
    additive: BoolArray

    @property
    def lengths(self) -> IntArray:
        """Observations of each series, of shape (N,)."""
        lengths: IntArray = np.diff(self.indptr)
        return lengths

    def arguments(
        self,
    ) -> tuple[FloatArray, IntArray, FloatArray, FloatArray, FloatArray, BoolArray]:
        """Return the arguments of `smooth` in order."""
        return (
            self.values, self.indptr, self.coefficients,
            self.seasonality_init, self.seasonality2_init, self.additive,
        )  # fmt: skip

    def head(self, n_series: int) -> SmoothingTask:
        """Keep the first series."""
        n = min(n_series, self.lengths.size)
        return SmoothingTask(
            self.name, self.periods, self.values[: self.indptr[n]], self.indptr[: n + 1],
            self.coefficients[:n], self.seasonality_init[:n], self.seasonality2_init[:n],
            self.additive[:n],
        )  # fmt: skip

    def title(self) -> str:
        """Describe the task in a line."""
        n = self.lengths
        seasons = " and ".join(str(p) for p in self.periods if p) or "none"
        return (
            f"{self.name}: {n.size:,} series of {n.min()} to {n.max()} steps, "
            f"{self.values.size:,} in all; seasonal periods: {seasons}; multiplicative"
        )


def _hourly(rng: np.random.Generator, share: float) -> IntArray:
    """Draw lengths as in M4 Hourly: 169 series of 700, 245 of 960."""
    lengths = np.repeat(np.array([700, 960]), [169, 245])
    drawn: IntArray = rng.permutation(lengths)[: max(int(414 * share), 8)]
    return drawn


def _spread(quartiles: tuple[int, int, int, int, int], n_series: int) -> Callable[..., IntArray]:
    def lengths(rng: np.random.Generator, share: float) -> IntArray:
        places = rng.random(max(int(n_series * share), 8))
        drawn = np.interp(places, [0.0, 0.25, 0.5, 0.75, 1.0], quartiles)
        return np.round(drawn).astype(np.int64)

    return lengths


# Quartiles about M4's. The few series that are far longer are left out: padding to them would
# make the plain torch loop look worse than it is.
CASES: dict[str, tuple[tuple[int, int], Callable[[np.random.Generator, float], IntArray]]] = {
    "hourly": ((24, 168), _hourly),
    "monthly": ((12, 0), _spread((42, 82, 202, 306, 480), 4000)),
    "yearly": ((0, 0), _spread((13, 20, 29, 40, 60), 10_000)),
}


def make_task(name: str, share: float, seed: int) -> SmoothingTask:
    """Draw a task.

    Parameters
    ----------
    name : {"hourly", "monthly", "yearly"}
    share : float
        Share of the full number of series; 8 at least.
    seed : int

    Returns
    -------
    SmoothingTask
        Without missing values, all multiplicative: the form with the divisions.

    Examples
    --------
    >>> make_task("yearly", 0.01, seed=0).lengths.size
    100
    """
    rng = np.random.default_rng([seed, list(CASES).index(name)])
    periods, draw = CASES[name]
    lengths = draw(rng, share)
    n = lengths.size
    factors = [np.exp(rng.normal(0.0, 0.2, (n, period))) for period in periods]
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    return SmoothingTask(
        name,
        periods,
        np.exp(rng.normal(3.0, 0.2, indptr[-1])),
        indptr,
        rng.uniform(0.1, 0.6, (n, 3)),
        factors[0],
        factors[1],
        np.zeros(n, dtype=np.bool_),
    )
