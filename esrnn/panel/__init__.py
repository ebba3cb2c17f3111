"""`Panel`: many series of unequal length in one flat array.

`ragged` holds the class, `checks` what it demands of its input. Time stamps, column names and
frames are the business of `esrnn.frames`.
"""

from esrnn.panel.ragged import Panel, SeriesIndices

__all__ = ["Panel", "SeriesIndices"]
