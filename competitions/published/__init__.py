"""Results that others published for the tasks, each with its source, and ranks among M4's entries.

``m4_leaderboard.csv`` is M4's table of point forecasts by 59 methods: 49 entries under their
numbers and 10 benchmarks. M4 published only intervals of two more, ARIMA and ETS.
``published.json`` names the methods to show and holds the rest, with the sources. Results and ranks
are for whole groups. A task on a part of a group has none, since its series are a biased sample.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from competitions.task import Task, load_task, task_names

__all__ = ["Published", "m4_rank", "published", "published_total"]

_JSON = Path(__file__).parent / "published.json"
_LEADERBOARD = Path(__file__).parent / "m4_leaderboard.csv"
_DIGITS = {"smape": 3, "mase": 3, "owa": 4}  # of the leaderboard; the groups have no more
_TOTAL = "total"


@dataclass(frozen=True)
class Published:
    """One published result, with the published rounding; None where a measure was not published."""

    method: str  # authors or name, with the number of the entry in the competition
    source: str
    smape: float | None = None
    mase: float | None = None
    owa: float | None = None
    msis: float | None = None
    acd: float | None = None
    wql: float | None = None
    # Of a total that counts forecasts, as later papers give it
    smape_per_series: float | None = None
    mase_per_series: float | None = None
    note: str | None = None  # what a reader of the row must know


_MEASURES = tuple(field.name for field in fields(Published) if "float" in str(field.type))


def published(task: Task | str) -> list[Published]:
    """Return what was published for a task or the name of one, best OWA first.

    Nothing comparable was published for a part of a group.

    Examples
    --------
    >>> [(row.method, row.owa) for row in published("m4-hourly")[:2]]
    [('Doornik et al. (238), best of group', 0.4096), ('Smyl, ES-RNN (118), winner of M4', 0.4401)]
    """
    if isinstance(task, str):
        if task not in task_names():
            return []
        task = load_task(task)
    if task.is_partial:
        return []
    return sorted(_of_group(task.competition, task.group), key=_by_accuracy)


def published_total(competition: str) -> list[Published]:
    """Return what was published for all series of ``"m4"`` or ``"m3"``, best first.

    Examples
    --------
    >>> [(row.method, row.smape) for row in published_total("m3")]
    [('N-BEATS, ensemble', 12.37), ('Theta', 13.01), ('Naive2', 15.47), ('LGT and SGT', None), ...]
    """
    return sorted(_of_group(competition, _TOTAL), key=_by_accuracy)


def m4_rank(group: str, owa: float) -> tuple[int, int]:
    """Return the place an OWA has in M4's published table, and the table's length.

    The table is of a group, or of the ``"total"``. The place is one more than the number of methods
    with a smaller OWA, in the four digits that all of the table has.

    Examples
    --------
    >>> m4_rank("total", 0.8209), m4_rank("total", 0.81)
    ((1, 59), (1, 59))
    """
    others = [float(row[f"owa_{group}"]) for row in _leaderboard().values()]
    digits = _DIGITS["owa"]
    better = sum(round(other, digits) < round(owa, digits) for other in others)
    return better + 1, len(others)


def _of_group(competition: str, group: str) -> list[Published]:
    rows = [_row(row) for row in _content()["groups"].get(f"{competition}-{group}", [])]
    if competition == "m4":
        rows += _of_m4(group)
    return rows


def _of_m4(group: str) -> list[Published]:
    """Join M4's tables of points and of intervals."""
    entries = {row["entry"] or row["method"]: row for row in _content()["m4"]}
    best = min(_leaderboard(), key=lambda entry: float(_leaderboard()[entry][f"owa_{group}"]))
    entries.setdefault(best, {"method": f"Entry {best}", "entry": best})
    rows = []
    for key, entry in entries.items():
        points = _leaderboard().get(key)
        row: dict[str, Any] = {"method": entry["method"], "source": "m4"}
        for measure in ("msis", "acd"):
            row[measure] = entry.get(measure, {}).get(group)
        if points is not None:
            for measure, digits in _DIGITS.items():
                row[measure] = round(float(points[f"{measure}_{group}"]), digits)
        elif group in entry.get("owa", {}):
            row |= {"owa": entry["owa"][group], "note": entry["owa_note"]}
        else:
            row["note"] = "M4 published only the intervals"
        if key == best and group != _TOTAL:
            row["method"] += ", best of group"
        rows.append(_row(row))
    return rows


def _row(entries: Mapping[str, Any]) -> Published:
    source = _content()["sources"][entries["source"]]
    measures = {name: entries.get(name) for name in _MEASURES}
    return Published(method=entries["method"], **measures, source=source, note=entries.get("note"))


def _by_accuracy(row: Published) -> tuple[float, ...]:
    infinity = float("inf")
    ordered = (row.owa, row.smape, row.smape_per_series, row.mase)
    return tuple(infinity if value is None else value for value in ordered)


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(_JSON.read_text(encoding="utf-8"))
    return content


@cache
def _leaderboard() -> dict[str, dict[str, str]]:
    with _LEADERBOARD.open(encoding="utf-8", newline="") as file:
        return {row["method"]: row for row in csv.DictReader(file)}
