"""A report as a table of text."""

from __future__ import annotations

from textwrap import fill

from esrnn.reports.report import DataReport, Finding, length_at

__all__ = ["facts", "headline", "report_text"]

_WIDTH = 100
_N_NAMED = 3


def report_text(report: DataReport) -> str:
    """Write a report as text.

    Parameters
    ----------
    report : DataReport

    Returns
    -------
    str
    """
    lines = [headline(report), ""]
    pairs = facts(report)
    width = max(len(name) for name, _ in pairs)
    lines += [f"{name:<{width}}  {text}" for name, text in pairs]
    for title, findings in (("Refused", report.refused), ("Good to know", report.notes)):
        if findings:
            lines += ["", title]
            for one in findings:
                lines += _finding(one)
    lines += ["", *report.said] if report.said else []
    return "\n".join(lines)


def headline(report: DataReport) -> str:
    """Say in a sentence whether the data can be forecast.

    Parameters
    ----------
    report : DataReport

    Returns
    -------
    str
    """
    n, bad = report.n_series, report.n_refused
    if bad == 0 and not report.refused:
        return f"All {n:,} series can be forecast." if n > 1 else "The series can be forecast."
    if bad == 0:
        return f"{n:,} series; what is listed below would stop a forecast."
    return f"{bad:,} of {n:,} series would be refused."


def facts(report: DataReport) -> list[tuple[str, str]]:
    """Return what is known of all data, as names and texts.

    Parameters
    ----------
    report : DataReport

    Returns
    -------
    list of (str, str)
    """
    measures = report.measures
    pairs = [("rows", f"{report.n_rows:,}"), ("series", f"{report.n_series:,}")]
    if report.n_partitions > 1:
        pairs.append(("partitions", f"{report.n_partitions:,}"))
    if not report.lengths:
        return pairs
    shortest, median, longest = (f"{length_at(report.lengths, q):,}" for q in (0.0, 0.5, 1.0))
    steps = ", ".join(f"{step} ({n:,} series)" for step, n in report.steps.items())
    n_steps = measures.n_values + measures.n_missing
    pairs += [
        ("step", steps if len(report.steps) > 1 else next(iter(report.steps))),
        ("time stamps", ", ".join(sorted(report.zones))),
        ("from, to", f"{_short(report.begin)}, {_short(report.end)}"),
        ("lengths", f"{shortest} to {longest} steps, median {median}"),
        ("values", f"{measures.least:g} to {measures.most:g}, mean"
                   f" {measures.total / measures.n_values:g}"),
        ("missing", f"{measures.n_missing:,} of {n_steps:,} steps"
                    f" ({measures.n_missing / n_steps:.1%}), {measures.n_gaps:,} of them without a"
                    " row"),
    ]  # fmt: skip
    if len(report.ends) > 1:
        at_end = report.ends[report.end]
        pairs.append(("last rows", f"{at_end:,} series end at {_short(report.end)}, others before"))
    return pairs


def _finding(one: Finding) -> list[str]:
    """Write a finding with its worst cases."""
    many = f", {one.n_values:,} times" if one.n_values != one.n_series else ""
    lines = [fill(f"{one.title}: {one.n_series:,} series{many}", _WIDTH, initial_indent="  ",
                  subsequent_indent="    ")]  # fmt: skip
    for case in one.cases[:_N_NAMED]:
        place = f" [{case.place}]" if case.place else ""
        lines.append(f"      {case.series}{place}  {case.text}".rstrip())
    if one.n_series > _N_NAMED and one.cases:
        lines.append(f"      and {one.n_series - _N_NAMED:,} more")
    if one.remedy:
        lines.append(fill(one.remedy, _WIDTH, initial_indent="    ", subsequent_indent="    "))
    return lines


def _short(stamp: object) -> str:
    return str(stamp).removesuffix(" 00:00:00")
