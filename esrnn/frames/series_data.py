"""`SeriesData`: series, their covariates, and what was done to get them."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

__all__ = ["SeriesData"]


class SeriesData(NamedTuple):
    """Frames as `esrnn.ESRNN` takes them, and what was done to make them.

    ``print`` shows the notes.

    Attributes
    ----------
    y : pd.DataFrame
        One column of numbers, indexed by series and time.
    X : pd.DataFrame or None
        Covariates with such an index; None if there are none.
    notes : tuple of str
        What was found and changed, a sentence each.
    """

    y: pd.DataFrame
    X: pd.DataFrame | None
    notes: tuple[str, ...]

    def __str__(self) -> str:
        """Return the notes, one on each line."""
        return "\n".join(self.notes)
