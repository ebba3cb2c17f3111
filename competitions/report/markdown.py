"""The report's tables in Markdown, for the repository."""

from __future__ import annotations

import re
from collections.abc import Sequence

from competitions.report.cells import Cell, Table, TableRow, overview, section_table
from competitions.report.collect import Report, Section
from competitions.report.words import NOTES, contents_of, facts_of, findings, provenance

__all__ = ["markdown"]

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


def markdown(report: Report) -> str:
    """Return the report as Markdown.

    Parameters
    ----------
    report : Report
        What was collected.
    """
    lines = ["# Competition results", "", _plain("; ".join(provenance(report))) + ".", ""]
    if findings(report):
        lines += [_plain(" ".join(findings(report))), ""]
    lines += ["## OWA of every method on every task", "", *_overview(report), ""]
    lines.append(
        "Below 1 is better than Naive2. Bold: the lowest of a column. The method that is best on "
        "average stands first."
    )
    for section in report.sections:
        lines += ["", f"## {_plain(section.label)}", "", *_section(section)]
    lines += ["", "## Notes", ""]
    lines += [f"- **{title}.** {_plain(text)}" for title, text in NOTES]
    return "\n".join(lines) + "\n"


def _overview(report: Report) -> list[str]:
    table = overview(report)
    heads = [f"{_plain(s.title)}<br>{_plain(s.share)}" for s in table.sections]
    body = [[_name(row), *(_cell(cell) for cell in row.cells)] for row in table.rows]
    return _grid(["Method", *heads], body)


def _section(section: Section) -> list[str]:
    lines = [_plain(part) + "." for part in (facts_of(section), contents_of(section)) if part]
    table = section_table(section)
    lines += ["", *_table(table), ""]
    lines += [f"({mark}) {_plain(text)}  " for mark, text in table.notes]
    return lines[:-1] if lines[-1] == "" else lines


def _table(table: Table) -> list[str]:
    body = []
    for group in table.groups:
        if group.kind != "computed":
            body.append([f"*{_plain(group.title)}*", *([""] * len(table.columns))])
        body += [[_name(row), *(_cell(cell) for cell in row.cells)] for row in group.rows]
    return _grid(["Method", *(heading for heading, _ in table.columns)], body)


def _grid(head: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    rule = ["---", *(["---:"] * (len(head) - 1))]
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *body)]


def _name(row: TableRow) -> str:
    name = f"**{_plain(row.name)}**" if row.ours else _plain(row.name)
    detail = f", {_plain(row.detail)}" if row.detail else ""
    return name + detail + (f" ({row.mark})" if row.mark else "")


def _cell(cell: Cell) -> str:
    text = f"**{cell.text}**" if cell.best else cell.text
    return f"{text}<br>{cell.below}" if cell.below else text


def _plain(text: str) -> str:
    """Escape what Markdown would take for markup."""
    return _SPECIAL.sub(r"\\\1", text)
