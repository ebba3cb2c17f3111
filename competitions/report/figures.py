"""The report's charts with their titles and captions."""

from __future__ import annotations

from competitions.report.charts import Dot, Line, cost_chart, picture_chart, step_chart
from competitions.report.collect import Report, Section
from competitions.report.markup import Markup, element, join, link
from competitions.report.rows import MethodRow

__all__ = ["cost_figures", "picture_figure", "step_figure"]

_RANKS = {"best": "lowest MASE", "worst": "highest MASE"}


def cost_figures(report: Report) -> list[Markup]:
    """Return OWA against CPU time, a picture for each task.

    Parameters
    ----------
    report : Report
        What was collected.
    """
    figures = []
    for section in report.sections:
        rows = sorted(section.rows, key=lambda row: (not row.is_ours, row.mean("owa") or 0.0))
        names = _names(section)
        dots = [
            Dot(names[row.key], row.cpu_s.mean, owa, _kind(row, None))
            for row in rows
            if (owa := row.mean("owa")) is not None
        ]
        about = f"{section.label}: OWA against CPU time of {len(dots)} methods"
        title = join(
            [link(section.name, section.title), " ", element("small", None, section.share)]
        )
        figures.append(_figure(title, cost_chart(dots, about)))
    caption = (
        "OWA against processor time, one picture for each task. The line joins the methods that "
        "none beats in both. A triangle at the upper edge marks a method beyond it, with its OWA. "
        "The dotted line is Naive2."
    )
    return [element("p", {"class": "facts"}, caption), element("div", {"class": "grid"}, *figures)]


def step_figure(section: Section) -> Markup | None:
    """Return sMAPE by step of a handful of methods, or None for a total.

    Parameters
    ----------
    section : Section
        A task.
    """
    if section.task is None:
        return None
    names = _names(section)
    best = next((row for row in section.rows if row.is_statistical), None)
    chosen = [
        row
        for row in section.rows
        if row.is_ours or row.method in ("lstm", "naive2") or row is best
    ] or list(section.rows[:1])
    lines = [Line(names[row.key], row.smape_by_step, _kind(row, best)) for row in chosen]
    about = f"{section.label}: sMAPE by step ahead of {', '.join(line.label for line in lines)}"
    return _figure("sMAPE by step ahead", step_chart(lines, about), section.label)


def picture_figure(section: Section) -> Markup | None:
    """Return the best and the worst series, or why they are not drawn; None for a total.

    Parameters
    ----------
    section : Section
        A task.
    """
    if section.task is None:
        return None
    title = "The best and the worst series"
    if not section.pictures:
        reason = element("p", {"class": "facts"}, section.no_pictures)
        return element("figure", {"class": "pictures"}, element("h3", None, title), reason)
    level = section.task.levels[0]
    drawn = next(row for row in section.rows if row.method == section.pictures[0].method)
    seed = f", seed {drawn.seeds[0]}" if len(drawn.seeds) > 1 else ""
    panels = [
        element(
            "div",
            None,
            element(
                "p",
                {"class": "panel"},
                element("b", None, picture.series),
                f" {_RANKS[picture.rank]}: {picture.mase:.2f}, sMAPE {picture.smape:.1f}",
            ),
            picture_chart(picture, level),
        )
        for picture in section.pictures
    ]
    keys = ["history", "actual", "forecast", "interval"]
    words = ["history", "what followed", "forecast", f"{level}% interval"]
    legend = [
        element("span", {"class": f"key {key}"}, word)
        for key, word in zip(keys, words, strict=True)
        if key != "interval" or section.pictures[0].bounds is not None
    ]
    return element(
        "figure",
        {"class": "pictures"},
        element("h3", None, f"{title} of {drawn.title}{seed}"),
        element("div", {"class": "panels"}, *panels),
        element(
            "figcaption",
            None,
            element("span", {"class": "keys"}, *legend),
            f"{section.label}. Steps are counted from the last observation.",
        ),
    )


def _figure(title: str, chart: Markup, caption: str = "") -> Markup:
    below = [element("figcaption", None, caption)] if caption else []
    return element("figure", None, element("h3", None, title), chart, *below)


def _names(section: Section) -> dict[tuple[str, str], str]:
    """Name the rows in charts: with the engine only where it tells two of them apart."""
    methods = [row.method for row in section.rows]
    return {
        row.key: row.short
        if row.is_usual or methods.count(row.method) == 1
        else f"{row.short}, {row.engine}"
        for row in section.rows
    }


def _kind(row: MethodRow, best: MethodRow | None) -> str:
    if row.is_ours:
        return "ours"
    if row.method in ("lstm", "naive2"):
        return row.method
    return "rival" if row is best else "other"
