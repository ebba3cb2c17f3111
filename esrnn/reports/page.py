"""A report as one page of HTML that needs no other file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from esrnn.files.storage import open_storage, replace_file
from esrnn.plotting.page import Block, render_page
from esrnn.plotting.style import (
    FORECAST,
    NETWORK,
    SMALL,
    SOFT,
    label_times,
    new_figure,
    places_of,
    style_axes,
)
from esrnn.plotting.svg import inline_svg
from esrnn.reports.report import Case, DataReport, Finding, Sketch
from esrnn.reports.text import facts, headline

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["write_report_page"]

_WIDE, _SMALL = (6.2, 2.4), (4.6, 2.1)  # inches
_N_BARS = 30
_N_NAMED = 3


def write_report_page(report: DataReport, path: str, title: str = "Data report") -> None:
    """Write a report as a page.

    Parameters
    ----------
    report : DataReport
        Of `esrnn.reports.check`.
    path : str
        Local or a URL. A file that is there is replaced. The page needs no other file.
    title : str

    Raises
    ------
    ImportError
        If matplotlib or jinja2 is not installed.
    FileError
        If the file can't be written.
    """
    sections = [
        section
        for section in (
            _data(report),
            _section("refused", "What a forecast would refuse", report.refused),
            _section("notes", "Good to know", report.notes),
            _pictures(report),
            _outliers(report),
            _read(report),
        )
        if section is not None
    ]
    page = render_page(
        title,
        sections,
        facts=[headline(report)],
        contents=[(section["name"], section["title"]) for section in sections],
    )
    storage, inside = open_storage(path)
    with replace_file(storage, inside) as file:
        file.write(page.encode())


def _data(report: DataReport) -> Block:
    """Return what is known of all data."""
    pairs = list(facts(report))
    return {
        "name": "data",
        "title": "The data",
        "blocks": [{"kind": "definitions", "pairs": pairs}],
    }


def _section(name: str, title: str, findings: tuple[Finding, ...]) -> Block | None:
    """Return a section of findings: a table of all, and tables of the worst series of each."""
    if not findings:
        return None
    rows = [
        {
            "name": one.title,
            "detail": one.remedy,
            "cells": [
                {"text": f"{one.n_series:,}"},
                {"text": f"{one.n_values:,}"},
                {"text": "; ".join(map(_case_text, one.cases[:_N_NAMED]))},
            ],
        }
        for one in findings
    ]
    columns = [{"name": name} for name in ("what", "series", "times", "the worst")]
    table = {"kind": "table", "look": "words", "columns": columns, "groups": [{"rows": rows}]}
    more = [one for one in findings if len(one.cases) > _N_NAMED]
    return {"name": name, "title": title, "blocks": [table, *map(_cases, more)]}


def _case_text(case: Case) -> str:
    return f"{case.series}: {case.text}" if case.text else str(case.series)


def _cases(one: Finding) -> Block:
    """Return the worst series of a finding as a table that is folded away."""
    with_place = any(case.place for case in one.cases)
    columns = ["series", *(["file"] if with_place else []), "what"]
    rows = [
        {
            "name": str(case.series),
            "cells": [{"text": t} for t in ([case.place] if with_place else []) + [case.text]],
        }
        for case in one.cases
    ]
    table = {
        "kind": "table",
        "look": "words",
        "columns": [{"name": name} for name in columns],
        "groups": [{"rows": rows}],
    }
    share = f"{len(rows)} of {one.n_series:,}" if one.n_series > len(rows) else f"all {len(rows)}"
    return {"kind": "folded", "title": f"{one.title}: {share} series", "blocks": [table]}


def _pictures(report: DataReport) -> Block | None:
    """Return the pictures of lengths and ends."""
    if not report.lengths:
        return None
    pictures = [
        {
            "title": "Lengths",
            "svg": inline_svg(_draw_lengths(report), "lengths", "number of series by length"),
            "caption": "Steps from the first observed value to the last row of each series.",
        }
    ]
    if len(report.ends) > 1:
        svg = inline_svg(_draw_ends(report), "ends", "number of series by their last time stamp")
        caption = "Where series end. A series is forecast from its own end on."
        pictures.append({"title": "Last rows", "svg": svg, "caption": caption})
    block = {"kind": "figures", "look": "two", "pictures": pictures}
    return {"name": "pictures", "title": "Lengths and ends", "blocks": [block]}


def _outliers(report: DataReport) -> Block | None:
    """Return pictures of series with outliers."""
    if not report.sketches:
        return None
    pictures = [
        {
            "title": str(sketch.series),
            "svg": inline_svg(_draw_sketch(sketch), f"outlier-{k}", f"series {sketch.series}"),
        }
        for k, sketch in enumerate(report.sketches)
    ]
    text = (
        "A value counts as an outlier if it is more than 12 robust standard deviations off the"
        " median of five: of itself and its neighbours, and of itself and the same season before"
        " and after. Forecasts are made with these values in the data. Correct those that are"
        " mistakes; make those that are events, such as a strike, missing or known in advance."
    )
    return {
        "name": "outliers",
        "title": "Series with outliers",
        "blocks": [
            {"kind": "text", "text": text},
            {"kind": "figures", "look": "two", "pictures": pictures},
        ],
    }


def _read(report: DataReport) -> Block | None:
    """Return how the data were read."""
    if not report.said:
        return None
    blocks = [{"kind": "text", "text": f"{text[:1].upper()}{text[1:]}."} for text in report.said]
    return {"name": "read", "title": "How the data were read", "blocks": blocks}


def _draw_lengths(report: DataReport) -> Figure:
    """Draw how many series have which length; long tails in bars of equal ratio."""
    lengths = np.array(sorted(report.lengths))
    counts = np.array([report.lengths[n] for n in lengths.tolist()])
    least, most = int(lengths[0]), int(lengths[-1])
    if most - least < _N_BARS:
        edges = np.arange(least, most + 2) - 0.5
    elif most > 20 * least:
        edges = np.geomspace(least - 0.5, most + 0.5, _N_BARS + 1)
    else:
        edges = np.linspace(least - 0.5, most + 0.5, _N_BARS + 1)
    figure = new_figure(*_WIDE)
    ax = figure.subplots()
    heights, _ = np.histogram(lengths, edges, weights=counts)
    ax.bar(edges[:-1], heights, np.diff(edges), align="edge", color=FORECAST, linewidth=0)
    style_axes(ax, 4)
    if most > 20 * least:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.set_xlabel("steps", fontsize=SMALL, color=SOFT)
    ax.set_ylabel("series", fontsize=SMALL, color=SOFT)
    return figure


def _draw_ends(report: DataReport) -> Figure:
    """Draw how many series end when."""
    import pandas as pd

    ends = pd.Index(list(report.ends))
    order = ends.argsort()
    places = places_of(ends[order])
    counts = np.array(list(report.ends.values()))[order]
    figure = new_figure(*_WIDE)
    ax = figure.subplots()
    ax.vlines(places, 0, counts, color=FORECAST, linewidth=2.0)
    style_axes(ax, 4)
    ax.set_ylim(bottom=0)
    label_times(ax, places)
    ax.set_ylabel("series", fontsize=SMALL, color=SOFT)
    return figure


def _draw_sketch(sketch: Sketch) -> Figure:
    """Draw a series and its outliers."""
    places, values = places_of(sketch.stamps), np.array(sketch.values)
    marked = list(sketch.marked)
    figure = new_figure(*_SMALL)
    ax = figure.subplots()
    ax.plot(places, values, color=FORECAST, linewidth=1.0)
    ax.plot(places[marked], values[marked], "o", color=NETWORK, markersize=4.5)
    style_axes(ax, 4)
    label_times(ax, places, wide=False)
    return figure
