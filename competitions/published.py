"""Results that others published for the tasks, each with its source.

The numbers are in ``published.json``. Rows are for whole groups only: a task on part of a group has
none, since its series are a biased sample.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Published", "published"]

_FILE = Path(__file__).parent / "published.json"


@dataclass(frozen=True)
class Published:
    """One published result; None where a measure was not published.

    Parameters
    ----------
    method : str
        Its authors or name, with the number of the entry in the competition.
    smape, mase, owa, msis, acd : float or None
        As published, with its rounding.
    source : str
        Where it was published.
    note : str or None
        What a reader of the row must know.
    """

    method: str
    smape: float | None
    mase: float | None
    owa: float | None
    msis: float | None
    acd: float | None
    source: str
    note: str | None


def published(task_name: str) -> list[Published]:
    """Return what was published for a task, best OWA first as the file has it.

    Parameters
    ----------
    task_name : str
        Name of a task.

    Returns
    -------
    list of Published
        Empty where nothing comparable was published.

    Examples
    --------
    >>> published("m4-hourly")[1].owa
    0.4401
    """
    content = json.loads(_FILE.read_text(encoding="utf-8"))
    sources = content["sources"]
    rows = content["tasks"].get(task_name, [])
    return [Published(**{**row, "source": sources[row["source"]]}) for row in rows]
