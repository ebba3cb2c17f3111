"""The table that sets a run beside benchmarks and published results, as plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from competitions.published import Published
from competitions.scoring import Scores

__all__ = ["Row", "format_table", "published_rows", "row_of", "scored_row"]

# Heading, attribute of `Row`, format.
_NUMBERS = (
    ("sMAPE", "smape", ".3f"),
    ("MASE", "mase", ".3f"),
    ("OWA", "owa", ".4f"),
    ("MSIS", "msis", ".3f"),
    ("ACD", "acd", ".3f"),
    ("coverage", "coverage", ".3f"),
    ("CPU s", "cpu_s", ".1f"),
)


@dataclass(frozen=True)
class Row:
    """One method in the table; None is printed as a dash.

    Parameters
    ----------
    method : str
        Name of the method.
    origin : str
        ``"this run"``, ``"computed"`` or ``"published"``.
    smape, mase, owa, msis, acd, coverage, cpu_s : float or None
        The measures, and processor seconds.
    note : str or None
        Printed below the table.
    """

    method: str
    origin: str
    smape: float | None = None
    mase: float | None = None
    owa: float | None = None
    msis: float | None = None
    acd: float | None = None
    coverage: float | None = None
    cpu_s: float | None = None
    note: str | None = None


def scored_row(method: str, origin: str, scores: Scores, cpu_s: float | None = None) -> Row:
    """Make a row of scores computed here."""
    return Row(
        method=method,
        origin=origin,
        smape=scores.smape,
        mase=scores.mase,
        owa=scores.owa,
        msis=scores.msis,
        acd=scores.acd,
        coverage=scores.coverage,
        cpu_s=cpu_s,
    )


def row_of(method: str, origin: str, entries: Mapping[str, object]) -> Row:
    """Make a row of what ``scores.json`` holds."""
    fallbacks = entries.get("n_fallbacks")
    note = f"{fallbacks} series by a simpler model: the method's own failed" if fallbacks else None
    number = {name: _as_float(entries.get(name)) for _, name, _ in _NUMBERS}
    return Row(
        method=method,
        origin=origin,
        smape=number["smape"],
        mase=number["mase"],
        owa=number["owa"],
        msis=number["msis"],
        acd=number["acd"],
        coverage=number["coverage"],
        cpu_s=number["cpu_s"],
        note=note,
    )


def _as_float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def published_rows(results: Sequence[Published]) -> list[Row]:
    """Make rows of published results, marked as such."""
    return [
        Row(
            method=result.method,
            origin="published",
            smape=result.smape,
            mase=result.mase,
            owa=result.owa,
            msis=result.msis,
            acd=result.acd,
            note=result.note,
        )
        for result in results
    ]


def format_table(title: str, rows: Sequence[Row]) -> str:
    """Lay out rows as aligned text, with their notes below.

    Parameters
    ----------
    title : str
        First line.
    rows : sequence of Row
        In the order to be printed.

    Returns
    -------
    str
        Several lines, without a line feed at the end.

    Examples
    --------
    >>> print(format_table("A task", [Row("Naive2", "computed", 18.383, 2.395, 1.0)]))
    A task
    method  from       sMAPE   MASE     OWA  MSIS  ACD  coverage  CPU s
    -------------------------------------------------------------------
    Naive2  computed  18.383  2.395  1.0000     -    -         -      -
    """
    notes: list[str] = []
    cells = [["method", "from", *(heading for heading, _, _ in _NUMBERS)]]
    for row in rows:
        mark = ""
        if row.note:
            notes.append(row.note)
            mark = f" [{len(notes)}]"
        numbers = [_number(getattr(row, name), form) for _, name, form in _NUMBERS]
        cells.append([row.method + mark, row.origin, *numbers])
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    lines = [_line(line, widths) for line in cells]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    footnotes = [f"[{i}] {note}" for i, note in enumerate(notes, start=1)]
    return "\n".join([title, lines[0], rule, *lines[1:], *footnotes])


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _line(cells: list[str], widths: list[int]) -> str:
    """Left-align the two columns of words and right-align the numbers."""
    aligned = [
        cell.ljust(width) if i < 2 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(aligned)
