"""Numbers as they are shown: measures, durations, counts and places."""

from __future__ import annotations

DASH = "–"
_DIGITS = {"owa": 4, "wql": 4}  # of all others 3
# Up to how many seconds, in which unit, how many seconds it has.
_UNITS = (
    (120.0, "s", 1.0),
    (2 * 3600.0, "min", 60.0),
    (48 * 3600.0, "h", 3600.0),
    (float("inf"), "d", 86400.0),
)


def measure(name: str, value: float | None) -> str:
    """Return a measure with the digits that it is shown with everywhere.

    Examples
    --------
    >>> measure("owa", 0.44014), measure("msis", None)
    ('0.4401', '–')
    """
    return DASH if value is None else f"{value:.{_DIGITS.get(name, 3)}f}"


def duration(seconds: float | None) -> str:
    """Return a duration in a unit that fits it, with two digits or three.

    Examples
    --------
    >>> [duration(s) for s in (0.034, 4.21, 68.4, 600, 8000, 200_000, None)]
    ['0.03 s', '4.2 s', '68 s', '10 min', '2.2 h', '2.3 d', '–']
    """
    if seconds is None:
        return DASH
    _, unit, size = next(row for row in _UNITS if seconds < row[0])
    number = seconds / size
    digits = 0 if number >= 9.95 else 1 if number >= 0.95 else 2
    return f"{number:.{digits}f} {unit}"


def ordinal(place: int) -> str:
    """Return a place in a ranking.

    Examples
    --------
    >>> [ordinal(n) for n in (1, 2, 3, 4, 11, 22)]
    ['1st', '2nd', '3rd', '4th', '11th', '22nd']
    """
    last = 0 if place % 100 in (11, 12, 13) else place % 10
    return f"{place}{({1: 'st', 2: 'nd', 3: 'rd'}).get(last, 'th')}"


def listed(words: list[str]) -> str:
    """Join words as a sentence lists them.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def short_commit(commit: str) -> str:
    """Return the first digits of a commit, and whether files differed from it.

    Examples
    --------
    >>> short_commit("0123456789abcdef0123+changes.4567")
    '0123456789ab+changes'
    """
    name, plus, _ = commit.partition("+")
    return name[:12] + ("+changes" if plus else "")
