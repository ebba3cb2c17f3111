"""Writes the report's files."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

from competitions.report.collect import collect
from competitions.report.markdown import markdown
from competitions.report.page import html_page
from competitions.source_commit import commit


def write_report(
    results: Path,
    out: Path,
    data_dir: Path | None,
    runs: Path | None = None,
    *,
    today: date | None = None,
    say: Callable[[str], object] = lambda line: None,
) -> list[Path]:
    """Write ``report.html`` and ``report.md`` into the folder `out`, and return their paths.

    `results` is the store, `runs` a folder of runs that are shown too, in place of committed
    results of the same name. The data of the drawn series are looked for in `data_dir` first;
    without data no series is drawn. `today` is the date of the report; `say` takes lines on
    what is done. An InputError is raised if there is no result, or one is not sound.
    """
    day = (today or date.today()).isoformat()
    report = collect(results, data_dir, runs, day, commit(), say)
    say("Draws the page")
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in (("report.html", html_page(report)), ("report.md", markdown(report))):
        part = out / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        os.replace(part, out / name)
        written.append(out / name)
    return written
