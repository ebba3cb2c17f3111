"""Random ragged panels with parameters, for the kernels' tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esrnn._typing import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class SmoothingProblem:
    """All that `esrnn.kernels.smoothing.smooth` takes."""

    values: FloatArray
    indptr: IntArray
    coefficients: FloatArray
    seasonality_init: FloatArray
    seasonality2_init: FloatArray
    additive: BoolArray

    def args(self) -> tuple[FloatArray, IntArray, FloatArray, FloatArray, FloatArray, BoolArray]:
        """Return the arguments in the order of the signature."""
        return (
            self.values, self.indptr, self.coefficients,
            self.seasonality_init, self.seasonality2_init, self.additive,
        )  # fmt: skip

    def one(self, i: int) -> SmoothingProblem:
        """Return series i as a panel of its own."""
        a, b = self.indptr[i], self.indptr[i + 1]
        return SmoothingProblem(
            self.values[a:b], np.array([0, b - a]), self.coefficients[i : i + 1],
            self.seasonality_init[i : i + 1], self.seasonality2_init[i : i + 1],
            self.additive[i : i + 1],
        )  # fmt: skip


def random_problem(
    seed: int, lengths: list[int], periods: tuple[int, int], missing: float = 0.1
) -> SmoothingProblem:
    """Draw a panel of positive and of signed series, some values missing."""
    rng = np.random.default_rng(seed)
    n = len(lengths)
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    additive = rng.random(n) < 0.5
    row = np.repeat(np.arange(n), lengths)
    values = np.exp(rng.normal(0.0, 0.5, indptr[-1]) + rng.normal(0, 3, n)[row])
    values[additive[row]] -= 1.0
    hole = rng.random(indptr[-1]) < missing
    hole[indptr[:-1]] = False
    values[hole] = np.nan
    seasons = []
    for period in periods:
        factors = rng.normal(0.0, 0.4, (n, period))
        seasons.append(np.where(additive[:, None], factors, np.exp(factors)))
    return SmoothingProblem(
        values, indptr, rng.uniform(0.05, 0.95, (n, 3)), seasons[0], seasons[1], additive
    )
