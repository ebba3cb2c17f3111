"""The report's tables in HTML."""

from __future__ import annotations

from collections.abc import Sequence

from competitions.report.cells import (
    Cell,
    Group,
    Overview,
    Table,
    TableRow,
    overview,
    section_table,
)
from competitions.report.collect import Report, Section
from competitions.report.markup import Attributes, Markup, element, join
from competitions.report.numbers import DASH, duration, short_commit
from competitions.store.kept import KeptResult

__all__ = ["overview_table", "runs_table", "section_html"]

_SHADES = (
    ("better-4", "< 0.6"),
    ("better-3", "< 0.8"),
    ("better-2", "< 0.9"),
    ("better-1", "< 0.97"),
    ("equal", "about 1"),
    ("worse-1", "> 1.03"),
    ("worse-2", "> 1.1"),
    ("worse-3", "> 1.5"),
)


def section_html(section: Section) -> tuple[Markup, Markup]:
    """Return the table of a task or of a total, and its footnotes.

    Parameters
    ----------
    section : Section
        Its rows.
    """
    table = section_table(section)
    heads = [_head("Method", None), *(_head(*column) for column in table.columns)]
    caption = element("caption", None, section.label)
    bodies = [_body(group, table) for group in table.groups]
    head = element("thead", None, element("tr", None, *heads))
    notes = [element("p", None, element("sup", None, m), " ", text) for m, text in table.notes]
    return (
        _scrolling(element("table", {"class": "scores sortable"}, caption, head, *bodies)),
        element("div", {"class": "footnotes"}, *notes) if notes else Markup(),
    )


def overview_table(report: Report, legend: str) -> Markup:
    """Return the table of OWA of every method on every task, shaded by OWA.

    Parameters
    ----------
    report : Report
        What was collected.
    legend : str
        What the numbers mean.
    """
    table = overview(report)
    heads = [element("th", {"scope": "col"}, "Method"), *(_task_head(s) for s in table.sections)]
    names = [section.competition for section in table.sections]
    over = [
        element("th", {"scope": "colgroup", "colspan": names.count(name)}, name.upper())
        for name in dict.fromkeys(names)
    ]
    above = element("tr", {"class": "competitions"}, element("td"), *over)
    rows = [_row(row) for row in table.rows]
    shades = [element("span", {"class": f"shade {name}"}, text) for name, text in _SHADES]
    return element(
        "figure",
        {"class": "overview"},
        _scrolling(
            element(
                "table",
                {"class": "matrix"},
                _columns(table),
                element("thead", None, above, element("tr", None, *heads)),
                element("tbody", None, join(rows, "\n")),
            )
        ),
        element("figcaption", None, legend, element("span", {"class": "shades"}, *shades)),
    )


def runs_table(report: Report) -> Markup:
    """Return the list of all runs, folded.

    Parameters
    ----------
    report : Report
        What was collected.
    """
    names = ("Task", "Method", "Engine", "Seed", "CPU time", "Clock", "Memory", "Fallbacks",
             "Commit", "Versions")  # fmt: skip
    heads = [element("th", {"scope": "col"}, name) for name in names]
    rows = [_run(section, result) for section in report.tasks for row in section.rows
            for result in row.results]  # fmt: skip
    table = element(
        "table",
        {"class": "runs"},
        element("thead", None, element("tr", None, *heads)),
        element("tbody", None, join(rows, "\n")),
    )
    count = f"All {len(rows):,} runs: time, memory, commit and versions"
    return element("details", None, element("summary", None, count), _scrolling(table))


def _run(section: Section, result: KeptResult) -> Markup:
    scores = result.scores
    memory = result.number("peak_rss_mb")
    versions = ", ".join(f"{name} {v}" for name, v in scores["versions"].items())
    cells = (
        section.label,
        scores["method"],
        scores["engine"] or DASH,
        str(scores["seed"]),
        duration(result.number("cpu_s")),
        duration(result.number("wall_s")),
        DASH if memory is None else f"{memory:,.0f} MiB",
        f"{scores['n_fallbacks']:,}",
        short_commit(scores["commit"] or DASH),
    )
    last = element("td", {"class": "versions"}, versions)
    return element("tr", None, *(element("td", None, cell) for cell in cells), last)


def _columns(table: Overview) -> Markup:
    """Set a competition's columns apart from the next one's."""
    groups: list[Markup] = [element("colgroup", None)]
    names = [section.competition for section in table.sections]
    for name in dict.fromkeys(names):
        groups.append(element("colgroup", {"span": names.count(name), "class": "competition"}))
    return join(groups)


def _task_head(section: Section) -> Markup:
    group = section.title.removeprefix(section.competition.upper()).strip()
    name = element("a", {"href": f"#{section.name}"}, group[:1].upper() + group[1:])
    return element("th", {"scope": "col"}, name, element("small", None, section.share))


def _head(heading: str, explanation: str | None) -> Markup:
    return element("th", {"scope": "col", "title": explanation}, heading)


def _body(group: Group, table: Table) -> Markup:
    rows = [_row(row) for row in group.rows]
    if group.kind != "computed":
        width: Attributes = {"scope": "rowgroup", "colspan": len(table.columns) + 1}
        inner = element("span", None, group.title)
        rows.insert(0, element("tr", {"class": "group"}, element("th", width, inner)))
    return element("tbody", {"class": group.kind}, join(rows, "\n"))


def _row(row: TableRow) -> Markup:
    name: list[Markup | str] = [row.name]
    if row.mark:
        name.append(element("sup", None, row.mark))
    if row.detail:
        name.append(element("small", None, row.detail))
    head = element("th", {"scope": "row"}, *name)
    cells = [_cell(cell) for cell in row.cells]
    return element("tr", {"class": "ours" if row.ours else None}, head, *cells)


def _cell(cell: Cell) -> Markup:
    classes = " ".join(part for part in ("best" if cell.best else "", cell.shade) if part)
    if cell.text == DASH:
        classes = "none"
    attributes: Attributes = {
        "class": classes or None,
        "data-sort": None if cell.sort is None else repr(float(cell.sort)),
        "title": cell.long,
    }
    below: Sequence[Markup] = [element("small", None, cell.below)] if cell.below else []
    return element("td", attributes, cell.text, *below)


def _scrolling(table: Markup) -> Markup:
    return element("div", {"class": "scroll", "tabindex": 0, "role": "region",
                           "aria-label": "table, may scroll sideways"}, table)  # fmt: skip
