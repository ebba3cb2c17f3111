"""The report's sentences, the same for the page and for Markdown."""

from __future__ import annotations

from pathlib import Path

from competitions.report.collect import Report, Section
from competitions.report.numbers import listed, ordinal, short_commit

_FILE = Path(__file__).with_name("notes.txt")
# Title and text of each note.
NOTES = [
    (title, text)
    for title, _, text in (
        line.partition(": ") for line in _FILE.read_text(encoding="utf-8").splitlines() if line
    )
]


def provenance(report: Report) -> list[str]:
    """Say what the report is made of, when, and by which code."""
    results = report.results
    methods = {(r.run.method, r.run.engine) for r in results}
    commits = sorted({short_commit(r.run.commit) for r in results if r.run.commit})
    by = f" by commit {short_commit(report.commit)}" if report.commit else ""
    lines = [
        f"{_count(len(results), 'run')} of {_count(len(methods), 'method')} on "
        f"{_count(len(report.tasks), 'task')}",
        f"made on {report.date}{by}",
    ]
    if commits:
        few = commits if len(commits) <= 3 else []
        names = listed(few) if few else f"{len(commits)} commits, listed under Runs"
        lines.append(f"runs of {'commit ' if len(commits) == 1 else ''}{names}")
    return lines


def findings(report: Report) -> list[str]:
    """Say how ESRNN fares, in sentences made of the numbers."""
    ours = [section for section in report.tasks if section.ours is not None]
    if not ours:
        return []
    first = [section for section in ours if section.rows[0] is section.ours]
    sentences = [
        f"ESRNN has the lowest OWA of the methods computed here on {len(first)} of "
        f"{_count(len(ours), 'task')}."
    ]
    places = []
    for section in report.sections:
        row = section.ours
        place = None if row is None else section.place(row.mean("owa"))
        if row is not None and place is not None:
            places.append(f"{ordinal(place[0])} on {section.title} (OWA {row.mean('owa'):.3f})")
    if places:
        sentences.append(
            f"Among the 59 methods of M4's published table it would be {listed(places)}; complete "
            "groups only."
        )
    others = [s for s in ours if s not in first]
    if others:
        ahead = [f"{s.rows[0].title} on {s.label}" for s in others]
        sentences.append(f"Ahead of it: {'; '.join(ahead)}.")
    return sentences


def facts_of(section: Section) -> str:
    """Say what is forecast on a task and how it is measured, or how a total counts."""
    task = section.task
    if task is None:
        if not any(row.measures.get("smape_per_series") for row in section.rows):
            return ""
        published = f"as {section.competition.upper()} published them"
        return f"Means over all forecasts, {published}; those per series count every series once"
    level = task.levels[0]
    season = f"seasonal period {task.seasonal_period}" if task.seasonal_period > 1 else "no season"
    facts = [f"{task.horizon} steps ahead", f"{season} in the measures", f"{level}% intervals"]
    return ", ".join([*facts, *([task.note] if task.note else [])])


def contents_of(section: Section) -> str:
    """Say which tasks are in a total."""
    return "Over " + "; ".join(section.contents) if section.contents else ""


def _count(number: int, what: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
