"""Leaks in the data themselves: test parts that stand in the training parts of other series.

`search` finds stretches that are equal up to scale and shift; `listing` searches the series of M4,
M3 and the open panels and reads the committed list, ``leaks.csv``.
"""

from competitions.leaks.listing import donors, load_leaks

__all__ = ["donors", "load_leaks"]
