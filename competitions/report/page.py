"""The report as one HTML page that loads nothing: styles, script and pictures are in it."""

from __future__ import annotations

from pathlib import Path

from competitions.report.collect import Report, Section
from competitions.report.figures import cost_figures, picture_figure, step_figure
from competitions.report.html_tables import overview_table, runs_table, section_html
from competitions.report.markup import Markup, element, join, link, raw
from competitions.report.words import NOTES, contents_of, facts_of, findings, provenance

__all__ = ["html_page"]

_HERE = Path(__file__).parent
_TITLE = "Competition results"


def html_page(report: Report) -> str:
    """Return the report as a page.

    Parameters
    ----------
    report : Report
        What was collected.
    """
    body = element(
        "body",
        None,
        _header(report),
        element("main", None, *_parts(report)),
        element("script", None, raw("\n" + _file("page.js"))),
    )
    html = element("html", {"lang": "en"}, _head(), "\n", body)
    return f"<!DOCTYPE html>\n{html}\n"


def _head() -> Markup:
    return element(
        "head",
        None,
        element("meta", {"charset": "utf-8"}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("meta", {"name": "color-scheme", "content": "light dark"}),
        element("title", None, _TITLE),
        element("style", None, raw("\n" + _file("style.css"))),
    )


def _header(report: Report) -> Markup:
    said = provenance(report)
    places = [
        ("overview", "Overview"),
        ("cost", "Accuracy and cost"),
        *((section.name, _short_label(section)) for section in report.sections),
        ("runs", "Runs"),
        ("notes", "Notes"),
    ]
    return element(
        "header",
        None,
        element("h1", None, _TITLE),
        element("p", {"class": "provenance"}, *_lines(said)),
        element("nav", {"aria-label": "Contents"}, *(link(*place) for place in places)),
    )


def _parts(report: Report) -> list[Markup]:
    sentences = [element("p", {"class": "finding"}, text) for text in findings(report)]
    legend = (
        "OWA on the competition's test part: 1 is Naive2, less is better. Bold: the lowest of a "
        "column. The method that is best on average stands first."
    )
    return [
        _section("overview", "Overview", [*sentences, overview_table(report, legend)]),
        _section("cost", "Accuracy and cost", cost_figures(report)),
        *(_task_section(section) for section in report.sections),
        _section("runs", "Runs", [runs_table(report)]),
        _section("notes", "Notes", [_notes()]),
    ]


def _task_section(section: Section) -> Markup:
    facts = [part for part in (facts_of(section), contents_of(section)) if part]
    parts = [element("p", {"class": "facts"}, part) for part in facts]
    table, footnotes = section_html(section)
    beside = [figure] if (figure := step_figure(section)) else []
    parts.append(element("div", {"class": "beside"}, table, *beside))
    parts += [part for part in (footnotes, picture_figure(section)) if part]
    title = join([section.title, " ", element("small", None, section.share)])
    return _section(section.name, title, parts)


def _section(name: str, title: str, parts: list[Markup]) -> Markup:
    children = [element("h2", None, title), *parts]
    return join(["\n", element("section", {"id": name}, join(children, "\n")), "\n"])


def _notes() -> Markup:
    pairs = [
        part
        for title, text in NOTES
        for part in (element("dt", None, title), element("dd", None, text))
    ]
    return element("dl", None, *pairs)


def _lines(texts: list[str]) -> list[Markup]:
    return [element("span", None, text) for text in texts]


def _short_label(section: Section) -> str:
    """Tell samples of a group from the group."""
    return section.name.replace("-", " ").replace("m4", "M4").replace("m3", "M3")


def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
