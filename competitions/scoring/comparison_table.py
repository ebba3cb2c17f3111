"""The table that sets a method beside benchmarks and published results, as plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from competitions.published import Published
from competitions.scoring.run_scores import RunScores
from competitions.scoring.scores import Scores
from competitions.scoring.totals import total, total_per_series
from competitions.task import TaskSet

# Heading, name of the measure, format.
NUMBERS = (
    ("sMAPE", "smape", ".3f"),
    ("MASE", "mase", ".3f"),
    ("OWA", "owa", ".4f"),
    ("MSIS", "msis", ".3f"),
    ("WQL", "wql", ".4f"),
    ("ACD", "acd", ".3f"),
    ("coverage", "coverage", ".3f"),
)


@dataclass(frozen=True)
class Row:
    """One method in the table; a number that is None is printed as a dash."""

    method: str
    origin: str  # "this run", "computed", "R" or "published"
    measures: Scores | Published
    cpu_s: float | None = None
    note: str | None = None  # printed below the table


def run_row(method: str, run: RunScores) -> Row:
    """Make a row of a run's scores, with a note on the series that a simpler model forecast."""
    return Row(method, "this run", run.scores, run.cpu_s, fallback_note(run.n_fallbacks))


def fallback_note(n_fallbacks: int) -> str | None:
    """Say how many series a simpler model forecast; None if there are none."""
    if not n_fallbacks:
        return None
    return f"{n_fallbacks:,} series forecast by a simpler model, since the method's own failed"


def total_rows(
    method: str, task_set: TaskSet, scores: Mapping[str, Scores], cpu_s: float | None = None
) -> list[Row]:
    """Make rows of a method's totals, from its scores by task.

    There is one as the competition counts. Where means over the series are something else, there is
    one of these too; notes tell the two apart.
    """
    name = f"{method}, {task_set.label}"
    whole, per_series = total(task_set, scores), total_per_series(task_set, scores)
    if per_series is None:
        return [Row(name, "total", whole, cpu_s)]
    published = f"means over all forecasts, as {task_set.title} published them"
    return [
        Row(name, "total", whole, cpu_s, published),
        Row(f"{name} per series", "total", per_series, cpu_s, "means of the series' own measures"),
    ]


def format_table(title: str, rows: Sequence[Row]) -> str:
    """Lay out rows as aligned text below a title, with their notes at the end.

    Examples
    --------
    >>> scores = Scores(414, 18.383, 2.395, 1.0, None, None, None)
    >>> print(format_table("A task", [Row("Naive2", "computed", scores)]))
    A task
    method  from       sMAPE   MASE     OWA  MSIS  WQL  ACD  coverage  CPU s
    ------------------------------------------------------------------------
    Naive2  computed  18.383  2.395  1.0000     -    -    -         -      -
    """
    notes: list[str] = []
    cells = [["method", "from", *(heading for heading, _, _ in NUMBERS), "CPU s"]]
    for row in rows:
        mark = ""
        if row.note:
            notes.append(row.note)
            mark = f" [{len(notes)}]"
        numbers = [_number(getattr(row.measures, name, None), form) for _, name, form in NUMBERS]
        cells.append([row.method + mark, row.origin, *numbers, _number(row.cpu_s, ".1f")])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    heading, *lines = (
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)  # words to the left
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    )
    footnotes = [f"[{i}] {note}" for i, note in enumerate(notes, start=1)]
    return "\n".join([title, heading, "-" * len(heading), *lines, *footnotes])


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
