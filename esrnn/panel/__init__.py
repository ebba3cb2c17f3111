"""`Panel`: many series of unequal length in one flat array; `Covariates`: numbers beside them.

`ragged` holds the first class, `covariates` the second, `flat` the arithmetic they share, `checks`
what a panel demands of its input. Time stamps, column names and frames are the business of
`esrnn.frames`.
"""

from esrnn.panel.covariates import Covariates
from esrnn.panel.ragged import Panel, SeriesIndices

__all__ = ["Covariates", "Panel", "SeriesIndices"]
