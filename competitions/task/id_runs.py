"""Ids of series, written as runs, and which ids a competition has."""

from __future__ import annotations

import re
from collections.abc import Iterable

from esrnn.datasets.published import published
from esrnn.errors import InputError

_DIGITS = re.compile(r"[0-9]+\Z")
_M4 = ("yearly", "quarterly", "monthly", "weekly", "daily", "hourly")
_M3 = ("yearly", "quarterly", "monthly", "other")
# Letter, number of series, digits that a number is padded to.
_SERIES = {
    "m4": {name[0].upper(): (published("m4", name).n_series, 1) for name in _M4},
    "m3": {"N": (sum(published("m3", name).n_series for name in _M3), 4)},
}


def compact(ids: Iterable[str]) -> tuple[str, ...]:
    """Write ids that count upwards as runs, in the order given; an id must not hold ``".."``.

    Examples
    --------
    >>> compact(["Q9", "Q10", "Q11", "Q20", "b", "N0999", "N1000"])
    ('Q9..Q11', 'Q20', 'b', 'N0999..N1000')
    """
    runs: list[list[str]] = []
    for one in ids:
        if runs and one == _next(runs[-1][0], len(runs[-1])):
            runs[-1].append(one)
        else:
            runs.append([one])
    return tuple(run[0] if len(run) == 1 else f"{run[0]}..{run[-1]}" for run in runs)


def expand(runs: Iterable[str]) -> list[str]:
    """Return the ids that runs stand for, the reverse of `compact`; the ends must count upwards.

    Examples
    --------
    >>> expand(["Q9..Q11", "b"])
    ['Q9', 'Q10', 'Q11', 'b']
    """
    ids: list[str] = []
    for run in runs:
        first, between, last = run.partition("..")
        if not between:
            ids.append(run)
            continue
        start, end = _split(first), _split(last)
        numbers = range(int(start[1] or 0), int(end[1] or 0) + 1)
        counted = [f"{start[0]}{number:0{len(start[1])}d}" for number in numbers]
        if not start[1] or not counted or counted[-1] != last:
            raise InputError(f"a run of ids must count upwards, such as Q9..Q11; got {run!r}")
        ids += counted
    return ids


def belongs(competition: str, series: str) -> bool:
    """Return whether ``"m4"`` or ``"m3"`` has a series of this id; other competitions have none.

    Examples
    --------
    >>> belongs("m4", "Y23000"), belongs("m4", "Y23001"), belongs("m3", "N0001")
    (True, False, True)
    """
    count, width = _SERIES.get(competition, {}).get(series[:1], (0, 1))
    number = series[1:]
    if not (number.isascii() and number.isdigit()):
        return False
    return number == f"{int(number):0{width}d}" and 1 <= int(number) <= count


def _split(series: str) -> tuple[str, str]:
    """Return what stands before the digits that an id ends in, and these digits."""
    digits = _DIGITS.search(series)
    return (series, "") if digits is None else (series[: digits.start()], digits[0])


def _next(first: str, k: int) -> str:
    """Return the id `k` behind another, padded alike; itself if it does not end in digits."""
    before, digits = _split(first)
    return f"{before}{int(digits) + k:0{len(digits)}d}" if digits else first
