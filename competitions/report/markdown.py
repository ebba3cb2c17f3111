"""The report's tables in Markdown, for the repository."""

from __future__ import annotations

import re

from competitions.report.cells import ORDER, Cell, Table, TableRow, overview, section_table
from competitions.report.collect import Report, Section
from competitions.report.words import NOTES, contents_of, facts_of, findings, provenance

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


def markdown(report: Report) -> str:
    """Return the report as Markdown."""
    table = overview(report)
    heads = [f"{_plain(title)}<br>{_plain(share)}" for title, share in table.columns]
    lines = ["# Competition results", "", _plain("; ".join(provenance(report))) + ".", ""]
    if findings(report):
        lines += [_plain(" ".join(findings(report))), ""]
    lines += ["## OWA of every method on every task", "", *_table(table, heads), ""]
    lines.append(_plain(f"Below 1 is better than Naive2. Bold: the lowest of a column. {ORDER}"))
    for section in report.sections:
        lines += ["", f"## {_plain(section.label)}", "", *_section(section)]
    lines += ["", "## Notes", ""]
    lines += [f"- **{title}.** {_plain(text)}" for title, text in NOTES]
    return "\n".join(lines) + "\n"


def _section(section: Section) -> list[str]:
    """Return the lines on a task or a total."""
    lines = [_plain(part) + "." for part in (facts_of(section), contents_of(section)) if part]
    table = section_table(section)
    lines += ["", *_table(table, [heading for heading, _ in table.columns]), ""]
    lines += [f"({mark}) {_plain(text)}  " for mark, text in table.notes]
    return lines[:-1] if lines[-1] == "" else lines


def _table(table: Table, heads: list[str]) -> list[str]:
    """Return the lines of a table."""
    lines = [["Method", *heads], ["---", *(["---:"] * len(heads))]]
    for _, title, rows in table.groups:
        if title:
            lines.append([f"*{_plain(title)}*", *([""] * len(heads))])
        lines += [[_name(row), *map(_cell, row.cells)] for row in rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _name(row: TableRow) -> str:
    """Return a method's name with its details."""
    name = f"**{_plain(row.name)}**" if row.ours else _plain(row.name)
    detail = f", {_plain(row.detail)}" if row.detail else ""
    return name + detail + (f" ({row.mark})" if row.mark else "")


def _cell(cell: Cell) -> str:
    """Return a number, and its range below it."""
    text = f"**{cell.text}**" if cell.best else cell.text
    return f"{text}<br>{cell.below}" if cell.below else text


def _plain(text: str) -> str:
    """Escape what Markdown would take for markup."""
    return _SPECIAL.sub(r"\\\1", text)
