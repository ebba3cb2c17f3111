"""Is one method better than others on the same series, beyond chance? Tests paired by series.

Wilcoxon's signed-rank test compares one method with each of the others; its p-values are corrected
for the number of comparisons by Holm's method. Mean ranks over the series, with the critical
difference of Nemenyi's test, compare all methods with each other, as M3 and M4 did ("multiple
comparisons with the best"). Both take the series for independent draws. Series of a competition
have much in common, so p-values are rather too small.

References
----------
Demšar, J. (2006). Statistical comparisons of classifiers over multiple data sets. Journal of
Machine Learning Research 7, 1-30.

Koning, A. J., Franses, P. H., Hibon, M., Stekler, H. O. (2005). The M3 competition: Statistical
tests of the results. International Journal of Forecasting 21(3), 397-409.
doi:10.1016/j.ijforecast.2004.10.003
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from esrnn.errors import InputError

Array = npt.NDArray[np.float64]
_DIGITS = 12  # errors that are equal in so many digits are ties, whatever the order of their sums
_LEVEL = 0.05


@dataclass(frozen=True, eq=False)
class Comparison:
    """Errors of several methods on the same series.

    The first of the K methods is tested against each of the others. An InputError is raised if
    there are less than two methods or series, or an error is not finite.

    Examples
    --------
    >>> errors = np.random.default_rng(1).gamma(2.0, size=(3, 100)) + [[0.0], [0.05], [1.0]]
    >>> found = Comparison(("a", "b", "c"), errors)
    >>> found.mean_ranks.round(2), round(found.critical_difference, 2)
    (array([1.7 , 1.81, 2.49]), 0.33)
    >>> found.p_values.round(3)
    array([0.445, 0.   ])
    """

    names: tuple[str, ...]
    errors: Array  # of shape (K, N), for each method and series; less is better

    def __post_init__(self) -> None:
        shape = self.errors.shape
        if len(shape) != 2 or shape[0] != len(self.names) or min(shape) < 2:
            raise InputError(
                "a comparison needs at least two methods on at least two series; got "
                f"{len(self.names)} methods and errors of shape {shape}"
            )
        if not np.isfinite(self.errors).all():
            raise InputError("the errors to compare must be finite")

    @property
    def mean_ranks(self) -> Array:
        """Mean rank of each method over the series, 1 for the best; ties share their ranks."""
        from scipy.stats import rankdata

        ranks: Array = rankdata(_rounded(self.errors), axis=0).mean(axis=1)
        return ranks

    @property
    def critical_difference(self) -> float:
        """By how much mean ranks must differ to do so beyond chance, by Nemenyi's test at 5%."""
        from scipy.stats import studentized_range

        n_methods, n_series = self.errors.shape
        quantile = float(studentized_range.ppf(1 - _LEVEL, n_methods, np.inf)) / np.sqrt(2)
        return float(quantile * np.sqrt(n_methods * (n_methods + 1) / (6 * n_series)))

    @property
    def p_values(self) -> Array:
        """P-values of Wilcoxon's test of the first method against each other, by Holm's method."""
        from scipy.stats import wilcoxon

        found = []
        for difference in self._differences():
            unequal = difference[difference != 0]
            found.append(float(wilcoxon(unequal).pvalue) if unequal.size else 1.0)
        return _holm(np.array(found))

    @property
    def shares_better(self) -> Array:
        """Share of the series on which the first method is better than each other; ties half."""
        return np.array([np.mean((d < 0) + 0.5 * (d == 0)) for d in self._differences()])

    def table(self, measure: str) -> str:
        """Lay out all of this as text; `measure` is what to call the errors."""
        means, ranks = self.errors.mean(axis=1), self.mean_ranks
        shares = ["-", *(f"{share:.1%}" for share in self.shares_better)]
        values = ["-", *(f"{p:.3g}" if p >= 1e-99 else "< 1e-99" for p in self.p_values)]
        cells = [("method", f"mean {measure}", "mean rank", "worse than the first on", "p (Holm)")]
        cells += [
            (name, f"{mean:.3f}", f"{rank:.3f}", share, value)
            for name, mean, rank, share, value in zip(
                self.names, means, ranks, shares, values, strict=True
            )
        ]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(
                [row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]  # words to the left
            )
            for row in cells
        ]
        notes = (
            f"Wilcoxon's signed-rank test of {self.names[0]} against each other, paired by "
            f"{self.errors.shape[1]:,} series, corrected by Holm's method",
            f"Mean ranks differ beyond chance from {self.critical_difference:.3f} on (Nemenyi, 5%)",
        )
        return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:], *notes])

    def _differences(self) -> Array:
        """Return errors of the first method less those of each other, shape (K - 1, N)."""
        errors = _rounded(self.errors)
        differences: Array = errors[0] - errors[1:]
        return differences


def _rounded(errors: Array) -> Array:
    """Round to significant digits, so that errors that are equal but for the last bits are ties."""
    size = np.where(errors == 0, 1.0, np.abs(errors))
    unit = 10.0 ** (np.floor(np.log10(size)) - _DIGITS + 1)
    rounded: Array = np.round(errors / unit) * unit
    return rounded


def _holm(p_values: Array) -> Array:
    """Correct p-values: the least by their number, the next by one less, never below the last."""
    order = np.argsort(p_values)
    factors = np.arange(len(p_values), 0, -1)
    corrected = np.empty_like(p_values)
    corrected[order] = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1.0)
    return corrected
