"""Writes the report's files."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from competitions.report.collect import collect
from competitions.report.markdown import markdown
from competitions.report.page import html_page
from competitions.source_commit import commit

__all__ = ["write_report"]


def write_report(
    results: Path,
    out: Path,
    data_dir: Path | None,
    runs: Path | None = None,
    *,
    today: date | None = None,
) -> list[Path]:
    """Write ``report.html`` and ``report.md`` into the folder `out`, and return their paths.

    Parameters
    ----------
    results, runs : pathlib.Path
        The store of results; a folder of runs that are shown too, in place of committed results of
        the same name.
    data_dir : pathlib.Path or None
        Where to look for the data of the drawn series first. Without data no series is drawn.
    today : datetime.date, optional
        The date of the report; by default the current one.

    Raises
    ------
    InputError
        If there is no result, or one is not sound.
    """
    day = (today or date.today()).isoformat()
    report = collect(results, data_dir, runs, day, commit())
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in (("report.html", html_page(report)), ("report.md", markdown(report))):
        part = out / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        os.replace(part, out / name)
        written.append(out / name)
    return written
