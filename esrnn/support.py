"""What values a series can take, and forecasts that keep to it.

A series that was never negative is not forecast to be, and quantiles of counts are counts: half of
the probability of a sparse series may well lie at 0, where a forecast of 0.1 is simply a miss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esrnn._typing import BoolArray, FloatArray
from esrnn.panel import Panel

__all__ = ["Support"]


@dataclass(frozen=True)
class Support:
    """What the series of a panel can be.

    Attributes
    ----------
    non_negative : ndarray of shape (N,), bool
        No observation is below 0.
    counts : ndarray of shape (N,), bool
        All observations are whole numbers of at least 0, and some are 0.
    """

    non_negative: BoolArray
    counts: BoolArray

    @classmethod
    def of(cls, panel: Panel) -> Support:
        """Read it off the observations.

        Parameters
        ----------
        panel : Panel

        Returns
        -------
        Support

        Examples
        --------
        >>> panel = Panel.from_arrays([[0.0, 2.0], [0.5, 0.0], [-1.0, 2.0], [3.0, 1.0]])
        >>> support = Support.of(panel)
        >>> support.non_negative, support.counts
        (array([ True,  True, False,  True]), array([ True, False, False, False]))
        """
        y, starts = np.array(panel.values), np.array(panel.indptr[:-1])
        missing = np.isnan(y)
        non_negative = np.logical_and.reduceat(missing | (y >= 0.0), starts)
        whole = np.logical_and.reduceat(missing | (y == np.rint(y)), starts)
        zero = np.logical_or.reduceat(y == 0.0, starts)
        return cls(non_negative, non_negative & whole & zero)

    def keep(self, forecasts: FloatArray) -> FloatArray:
        """Move forecasts to the nearest values that are possible.

        Parameters
        ----------
        forecasts : ndarray of shape (..., N, H), float64
            Points or quantiles.

        Returns
        -------
        ndarray of the same shape
            Order between quantiles stays.

        Examples
        --------
        >>> support = Support(np.array([True, True]), np.array([True, False]))
        >>> support.keep(np.array([[0.4, 1.6], [-0.3, 1.6]]))
        array([[0. , 2. ],
               [0. , 1.6]])
        """
        kept = np.where(self.non_negative[:, None], np.maximum(forecasts, 0.0), forecasts)
        rounded: FloatArray = np.where(self.counts[:, None], np.rint(kept), kept)
        return rounded
