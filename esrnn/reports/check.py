"""The report on a frame, a file or a folder of files, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from esrnn.errors import InputError
from esrnn.files import (
    Columns,
    Source,
    Survey,
    find_shared_series,
    read_pieces,
    survey,
)
from esrnn.frames.checks import require_columns, require_frame
from esrnn.reports.measure import measure_frame
from esrnn.reports.report import N_CASES, Case, DataReport, Finding, merge_reports

__all__ = ["check"]


def check(
    data: pd.DataFrame | Source | Survey | str,
    columns: Columns | None = None,
    *,
    max_rows: int = 2_000_000,
) -> DataReport:
    """Look at data before a forecast: what would be refused, and what is good to know.

    Parameters
    ----------
    data : pd.DataFrame, str, Source or Survey
        A long frame, or where files are.
    columns : Columns, optional
        Names of columns; by default ``unique_id``, ``ds`` and ``y`` in a frame, and what `survey`
        finds in files.
    max_rows : int, default 2_000_000
        Rows of a file that are in memory at once, if they are of several series.

    Returns
    -------
    DataReport
        ``print`` it, or give it to `write_report_page`.

    Raises
    ------
    FileError
        If a file can't be read.
    InputError
        If there are no rows, a file is damaged, or columns aren't there.

    Examples
    --------
    >>> df = pd.DataFrame({"unique_id": list("aaab"), "ds": [1, 2, 4, 1], "y": [5, 0, 7, None]})
    >>> report = check(df)
    >>> report.n_series, report.n_refused, report.measures.n_gaps
    (2, 1, 1)
    >>> report.refused[0].title
    'every series needs at least one observed value; number of steps, all missing'
    """
    if isinstance(data, pd.DataFrame):
        return _check_frame(data, columns or Columns())
    source = Source(data) if isinstance(data, str) else data
    found = source if isinstance(source, Survey) else survey(source, columns)
    reports = list(_reports(found, max_rows))
    if not reports:
        raise InputError(
            f"{found.source.path!r} has no rows. Give data with at least one observation."
        )
    report = merge_reports(reports)
    refused = (*report.refused, *_shared(found), *_other_steps(report))
    ordered = _ordered(replace(report, refused=refused))
    return replace(ordered, n_partitions=len(found.partitions), said=found.said)


def _check_frame(frame: pd.DataFrame, columns: Columns) -> DataReport:
    """Look at a long frame."""
    require_frame(frame, "the long frame")
    id_, time, value = columns.id or "unique_id", columns.time or "ds", columns.value or "y"
    require_columns(frame, {"id": id_, "time": time, "value": value})
    names = (id_, time, value)
    return _ordered(measure_frame(frame, names, ahead=bool(columns.future)))


def _ordered(report: DataReport) -> DataReport:
    """Put what concerns most series first."""

    def rank(one: Finding) -> tuple[int, str]:
        return -one.n_series, one.title

    return replace(
        report,
        refused=tuple(sorted(report.refused, key=rank)),
        notes=tuple(sorted(report.notes, key=rank)),
    )


def _reports(found: Survey, max_rows: int) -> Iterator[DataReport]:
    """Look at one piece after another."""
    several, ahead = len(found.partitions) > 1, bool(found.columns.future)
    step: str | int | None = None
    for partition in found.partitions:
        pieces = read_pieces(found.source, partition, found.columns, max_rows=max_rows)
        place = partition.name if several else ""
        for piece in pieces:
            if len(piece.frame):
                names = piece.names
                report = measure_frame(piece.frame, names, ahead=ahead, place=place, step=step)
                for one in report.steps:
                    step = int(one) if one.isdigit() else one
                yield report


def _shared(found: Survey) -> tuple[Finding, ...]:
    """Return the series that stand in several partitions."""
    shared = find_shared_series(found)
    if not shared:
        return ()
    cases = [Case(one, float(len(places)), " and ".join(places)) for one, places in shared.items()]
    cases.sort(key=lambda case: -case.amount)
    return (
        Finding(
            "the rows of a series must be in one partition; found in several",
            len(shared),
            sum(map(len, shared.values())),
            tuple(cases[:N_CASES]),
            "Read all files as one (together), or give ids that tell the series apart.",
        ),
    )


def _other_steps(report: DataReport) -> tuple[Finding, ...]:
    """Return that pieces have different steps."""
    (usual, n_usual), *others = Counter(report.steps).most_common() or [("", 0)]
    if not others:
        return ()
    return (
        Finding(
            f"all series must have one step; most ({n_usual:,}) have {usual}, others"
            f" {', '.join(f'{step} ({n:,})' for step, n in others)}",
            sum(n for _, n in others),
            sum(n for _, n in others),
            (),
            "Forecast each step on its own, or bring the series to one step.",
        ),
    )
