"""Remedies of the checks of frames, for people whose data are in files."""

from __future__ import annotations

import re

__all__ = ["for_files"]

_CODE = re.compile(r"\bpd[.]|[.]astype[(]|\bdf[.]")


def for_files(remedy: str) -> str:
    """Return what to do about a file.

    Parameters
    ----------
    remedy : str
        What to do about a frame, perhaps in code of pandas.

    Returns
    -------
    str

    Examples
    --------
    >>> for_files("Convert the column with pd.to_numeric.")
    'Correct them in the file.'
    >>> for_files("Drop these rows.")
    'Drop these rows.'
    """
    return "Correct them in the file." if _CODE.search(remedy) else remedy
