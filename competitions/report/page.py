"""The report as one HTML page that loads nothing: styles, script and pictures are in it."""

from __future__ import annotations

from collections.abc import Iterator

from competitions.report.cells import ORDER, SHADES, Table, overview, section_table
from competitions.report.charts import cost_chart, picture_chart, rank_chart, step_chart
from competitions.report.collect import Report, Section
from competitions.report.numbers import DASH, duration, short_commit
from competitions.report.words import NOTES, contents_of, facts_of, findings, provenance
from competitions.store.read import StoredResult
from esrnn.plotting.page import Block, render_page

_RANKS = {"best": "lowest MASE", "worst": "highest MASE"}
_RUN_COLUMNS = ("Task", "Method", "Engine", "Seed", "CPU time", "Clock", "Memory", "Fallbacks",
                "Commit", "Versions")  # fmt: skip


def html_page(report: Report) -> str:
    """Return the report as a page."""
    sections = [
        {"name": "overview", "title": "Overview", "blocks": _overview(report)},
        {"name": "cost", "title": "Accuracy and cost", "blocks": _cost_charts(report)},
        *map(_task_section, report.sections),
        {"name": "runs", "title": "Runs", "blocks": [_runs(report)]},
        {"name": "notes", "title": "Notes", "blocks": [{"kind": "definitions", "pairs": NOTES}]},
    ]
    tasks = {section.name: _short_label(section) for section in report.sections}
    return render_page(
        "Competition results",
        sections,
        facts=provenance(report),
        contents=[(str(s["name"]), tasks.get(str(s["name"]), str(s["title"]))) for s in sections],
    )


def _overview(report: Report) -> list[Block]:
    """Return the findings, and OWA of every method on every task."""
    table = _table(overview(report), "matrix")
    names = [section.competition for section in report.sections]
    table["above"] = [(name.upper(), names.count(name)) for name in dict.fromkeys(names)]
    table["columns"] = [{"name": "Method"}, *map(_task_heading, report.sections)]
    table["note"] = (
        "OWA on the competition's test part: 1 is Naive2, less is better. Bold: the lowest of a "
        f"column. {ORDER}"
    )
    table["swatches"] = [(f"shade {name}", text) for _, name, text in SHADES]
    return [*(_text(text, "finding") for text in findings(report)), table]


def _task_heading(section: Section) -> Block:
    """Return the heading of a task's column in the overview."""
    group = section.title.removeprefix(section.competition.upper()).strip()
    name = group[:1].upper() + group[1:]
    return {"name": name, "href": section.name, "small": section.share}


def _cost_charts(report: Report) -> list[Block]:
    """Return a chart of OWA against CPU time for each task."""
    items = [
        {"title": s.title, "href": s.name, "small": s.share, "svg": cost_chart(s)}
        for s in report.sections
        if any(row.mean("owa") is not None for row in s.rows)
    ]
    caption = (
        "OWA against processor time, one picture for each task. The six best methods are named. "
        "The grey line joins the methods that none beats in both. A triangle at the upper edge "
        "marks a method beyond it. The dotted line is Naive2."
    )
    return [_text(caption, "facts"), {"kind": "figures", "look": "grid", "pictures": items}]


def _task_section(section: Section) -> Block:
    """Return the section on a task or a total."""
    table = section_table(section)
    beside = [{**_table(table, "scores"), "caption": section.label, "sortable": True}]
    if section.task is not None:
        chart = {"title": "sMAPE by step ahead", "svg": step_chart(section)}
        chart["caption"] = section.label
        beside.append({"kind": "figures", "pictures": [chart]})
    blocks: list[Block] = [
        _text(part, "facts") for part in (facts_of(section), contents_of(section)) if part
    ]
    blocks.append({"kind": "beside", "blocks": beside})
    if table.notes:
        blocks.append({"kind": "footnotes", "notes": table.notes})
    if section.ranks is not None:
        chart = {"title": "Mean ranks by MASE", "svg": rank_chart(section, section.ranks)}
        chart["caption"] = (
            f"{section.label}. Methods whose interval does not meet the shaded one of the best "
            "differ from it by Nemenyi's test at 5%. Methods are shown whose runs were at hand."
        )
        blocks.append({"kind": "figures", "pictures": [chart]})
    blocks += _pictures(section)
    head = {"name": section.name, "title": section.title, "small": section.share}
    return {**head, "blocks": blocks}


def _pictures(section: Section) -> Iterator[Block]:
    """Yield the best and the worst series, or why they are not drawn; nothing for a total."""
    if section.task is None:
        return
    title = "The best and the worst series"
    if not section.pictures:
        yield {"kind": "figures", "title": title, "pictures": [], "caption": section.no_pictures}
        return
    level = section.task.levels[0]
    drawn = next(row for row in section.rows if row.method == section.pictures[0].method)
    seed = f", seed {drawn.seeds[0]}" if len(drawn.seeds) > 1 else ""
    keys = [("history", "history"), ("actual", "what followed"), ("forecast", "forecast")]
    if section.pictures[0].bounds is not None:
        keys.append(("interval", f"{level}% interval"))
    yield {
        "kind": "figures",
        "look": "panels",
        "title": f"{title} of {drawn.title}{seed}",
        "pictures": [
            {
                "title": p.series,
                "small": f"{_RANKS[p.rank]}: {p.mase:.2f}, sMAPE {p.smape:.1f}",
                "svg": picture_chart(p, level, f"{section.name}-{k}"),
            }
            for k, p in enumerate(section.pictures)
        ],
        "swatches": keys,
        "caption": f"{section.label}. Steps are counted from the last observation.",
    }


def _runs(report: Report) -> Block:
    """Return the list of all runs, folded."""
    rows = [
        _run(section, result)
        for section in report.tasks
        for row in section.rows
        for result in row.results
    ]
    table = {
        "kind": "table",
        "look": "runs",
        "columns": [{"name": name} for name in _RUN_COLUMNS],
        "groups": [{"rows": rows}],
    }
    title = f"All {len(rows):,} runs: time, memory, commit and versions"
    return {"kind": "folded", "title": title, "blocks": [table]}


def _run(section: Section, result: StoredResult) -> Block:
    """Return the row of a run."""
    run, memory = result.run, result.run.peak_rss_mb
    texts = (
        run.method,
        run.engine or DASH,
        str(run.seed),
        duration(run.cpu_s),
        duration(run.wall_s),
        DASH if memory is None else f"{memory:,.0f} MiB",
        f"{run.n_fallbacks:,}",
        short_commit(run.commit or DASH),
    )
    versions = ", ".join(f"{name} {v}" for name, v in run.versions.items())
    cells = [*({"text": text} for text in texts), {"text": versions, "look": "versions"}]
    return {"name": section.label, "cells": cells}


def _table(table: Table, look: str) -> dict[str, object]:
    """Return a table as a block of the page."""
    return {
        "kind": "table",
        "look": look,
        "columns": [{"name": "Method"}, *({"name": n, "long": long} for n, long in table.columns)],
        "groups": [
            {"look": kind, "title": title, "rows": rows} for kind, title, rows in table.groups
        ],
    }


def _text(text: str, look: str) -> Block:
    """Return a paragraph."""
    return {"kind": "text", "text": text, "look": look}


def _short_label(section: Section) -> str:
    """Name a section so that a sample of a group differs from the group."""
    return section.name.replace("-", " ").replace("m4", "M4").replace("m3", "M3")
