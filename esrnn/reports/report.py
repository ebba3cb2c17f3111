"""What is known of some data before a forecast; reports on parts merge to one on the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from heapq import nsmallest
from typing import Any

import pandas as pd

from esrnn.errors import InputError

__all__ = [
    "N_CASES",
    "N_SKETCHES",
    "Case",
    "DataReport",
    "Finding",
    "Measures",
    "Sketch",
    "length_at",
    "merge_reports",
]

N_CASES = 10  # kept of each finding
N_SKETCHES = 6


@dataclass(frozen=True, eq=False)
class Sketch:
    """Some values of a series, for a picture.

    Parameters
    ----------
    series : hashable
        Its id.
    stamps : pd.Index of length n
    values : tuple of float, length n
    marked : tuple of int
        Positions of what was found.
    """

    series: Hashable
    stamps: pd.Index
    values: tuple[float, ...]
    marked: tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """A series in which something was found.

    Parameters
    ----------
    series : hashable
        Its id; None for rows without one.
    amount : float
        By which cases are ranked: the more, the worse.
    text : str
        Where and what.
    place : str
        The partition, where there are several.
    """

    series: Hashable
    amount: float
    text: str
    place: str = ""


@dataclass(frozen=True)
class Finding:
    """Something found in series.

    Parameters
    ----------
    title : str
        What was found.
    n_series, n_values : int
        In how many series, and how often.
    cases : tuple of Case
        The worst, at most ten.
    remedy : str
        What to do; for series that are refused.
    """

    title: str
    n_series: int
    n_values: int
    cases: tuple[Case, ...]
    remedy: str = ""

    def merge(self, other: Finding) -> Finding:
        """Return what both found, which are of one kind and about different series."""
        cases = nsmallest(N_CASES, [*self.cases, *other.cases], key=lambda case: -case.amount)
        return Finding(
            self.title,
            self.n_series + other.n_series,
            self.n_values + other.n_values,
            tuple(cases),
            self.remedy,
        )


@dataclass(frozen=True)
class Measures:
    """Numbers of all values of series that can be forecast.

    Parameters
    ----------
    n_values : int
        Observed ones.
    least, most, total : float
        Of them; the least and the most of none are infinite.
    n_missing : int
        Missing values and missing rows between the first and the last row of a series.
    n_gaps : int
        Missing rows among them.
    """

    n_values: int = 0
    least: float = float("inf")
    most: float = float("-inf")
    total: float = 0.0
    n_missing: int = 0
    n_gaps: int = 0

    def merge(self, other: Measures) -> Measures:
        """Return the numbers of both."""
        return Measures(
            self.n_values + other.n_values,
            min(self.least, other.least),
            max(self.most, other.most),
            self.total + other.total,
            self.n_missing + other.n_missing,
            self.n_gaps + other.n_gaps,
        )


@dataclass(frozen=True)
class DataReport:
    """What is known of some data before a forecast.

    ``print(report)`` writes a table, `to_dict` plain data, and
    `esrnn.reports.write_report_page` a page.

    Parameters
    ----------
    n_rows, n_series : int
        Of all data, refused series included.
    n_partitions : int
    measures : Measures
    lengths : mapping of int to int
        How many series have how many steps.
    ends : mapping of time stamp to int
        How many series have their last row at which time stamp.
    begin : time stamp or None
        The first one.
    steps : mapping of str to int
        How many series have which step.
    zones : frozenset of str
        Time zones, or what time stamps are instead.
    refused : tuple of Finding
        What a forecast would refuse, and the remedy.
    notes : tuple of Finding
        What is served, and good to know.
    sketches : tuple of Sketch
        Series with outliers.
    said : tuple of str
        How the data were read.
    """

    n_rows: int
    n_series: int
    n_partitions: int = 1
    measures: Measures = Measures()
    lengths: Mapping[int, int] = field(default_factory=dict)
    ends: Mapping[Any, int] = field(default_factory=dict)
    begin: Any = None
    steps: Mapping[str, int] = field(default_factory=dict)
    zones: frozenset[str] = frozenset()
    refused: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    sketches: tuple[Sketch, ...] = ()
    said: tuple[str, ...] = ()

    @property
    def n_refused(self) -> int:
        """Number of series that a forecast would refuse."""
        return self.n_series - sum(self.lengths.values())

    @property
    def end(self) -> Any:
        """The last time stamp; None if no series can be read."""
        return max(self.ends, default=None)

    def merge(self, other: DataReport) -> DataReport:
        """Return the report on both, whose series are different ones.

        Parameters
        ----------
        other : DataReport

        Returns
        -------
        DataReport

        Raises
        ------
        InputError
            If the time stamps of one are of another kind than those of the other.
        """
        begins = [one for one in (self.begin, other.begin) if one is not None]
        try:
            begin = min(begins, default=None)
        except TypeError:
            raise InputError(
                "time stamps must be of one kind in all files; got"
                f" {' and '.join(sorted(self.zones | other.zones))}. Write them alike."
            ) from None
        return DataReport(
            n_rows=self.n_rows + other.n_rows,
            n_series=self.n_series + other.n_series,
            n_partitions=self.n_partitions + other.n_partitions,
            measures=self.measures.merge(other.measures),
            lengths=Counter(self.lengths) + Counter(other.lengths),
            ends=Counter(self.ends) + Counter(other.ends),
            begin=begin,
            steps=Counter(self.steps) + Counter(other.steps),
            zones=self.zones | other.zones,
            refused=_merged(self.refused, other.refused),
            notes=_merged(self.notes, other.notes),
            sketches=(*self.sketches, *other.sketches)[:N_SKETCHES],
            said=tuple(dict.fromkeys((*self.said, *other.said))),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        count, measures = sum(self.lengths.values()), self.measures
        return {
            "rows": self.n_rows,
            "series": self.n_series,
            "series_refused": self.n_refused,
            "partitions": self.n_partitions,
            "values": measures.n_values,
            "values_missing": measures.n_missing,
            "rows_missing": measures.n_gaps,
            "minimum": measures.least if measures.n_values else None,
            "maximum": measures.most if measures.n_values else None,
            "mean": measures.total / measures.n_values if measures.n_values else None,
            "shortest": min(self.lengths, default=None),
            "median_length": length_at(self.lengths, 0.5) if count else None,
            "longest": max(self.lengths, default=None),
            "first_time_stamp": None if self.begin is None else str(self.begin),
            "last_time_stamp": None if self.end is None else str(self.end),
            "steps": dict(self.steps),
            "time_zones": sorted(self.zones),
            "refused": [_finding_to_dict(one) for one in self.refused],
            "notes": [_finding_to_dict(one) for one in self.notes],
            "said": list(self.said),
        }

    def __str__(self) -> str:
        """Write a table of text."""
        from esrnn.reports.text import report_text  # here, since it imports this module

        return report_text(self)


def length_at(lengths: Mapping[int, int], share: float) -> int:
    """Return the length that a share of series do not exceed.

    Parameters
    ----------
    lengths : mapping of int to int
        How many series have which; at least one.
    share : float
        In [0, 1].

    Returns
    -------
    int

    Examples
    --------
    >>> length_at({3: 1, 9: 2}, 0.5), length_at({3: 1, 9: 2}, 0.0)
    (9, 3)
    """
    target = share * sum(lengths.values())
    reached = 0
    for length in sorted(lengths):
        reached += lengths[length]
        if reached >= target:
            break
    return length


def merge_reports(reports: Iterable[DataReport]) -> DataReport:
    """Return the report on all data of several; there must be one."""
    return reduce(DataReport.merge, reports)


def _merged(ours: tuple[Finding, ...], theirs: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Put findings of one kind together."""
    found: dict[tuple[str, str], Finding] = {}
    for one in (*ours, *theirs):
        key = (one.title, one.remedy)
        found[key] = found[key].merge(one) if key in found else one
    return tuple(found.values())


def _finding_to_dict(one: Finding) -> dict[str, Any]:
    return {
        "title": one.title,
        "series": one.n_series,
        "values": one.n_values,
        "remedy": one.remedy,
        "worst": [
            {"series": str(case.series), "what": case.text, "partition": case.place}
            for case in one.cases
        ],
    }
