"""The tables of the report as rows of cells, the same for the page and for Markdown."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from competitions.published import Published
from competitions.report.collect import Report, Section
from competitions.report.numbers import DASH, duration, measure, ordinal
from competitions.report.rows import MEASURES, PER_SERIES, MethodRow, Spread, best_of
from competitions.scoring.comparison_table import Row

HEADINGS = {
    "smape": ("sMAPE", "symmetric mean absolute percentage error, in percent"),
    "mase": ("MASE", "mean absolute scaled error"),
    "owa": ("OWA", "mean of sMAPE and MASE, each relative to Naive2's"),
    "msis": ("MSIS", "mean scaled interval score of the 95% intervals"),
    "wql": ("WQL", "mean weighted quantile loss at the nine deciles"),
    "coverage": ("Coverage", "share of observations inside the 95% intervals"),
    "smape_per_series": ("sMAPE per series", "mean of sMAPE over the series, each counted once"),
    "mase_per_series": ("MASE per series", "mean of MASE over the series, each counted once"),
}
_WHERE_KNOWN = ("wql", *PER_SERIES)  # other columns are there without a number too
_CPU = ("CPU time", "processor time of the run, user and system, all processes")
_PLACE = ("M4 place", "place by OWA among the 59 methods in M4's published table")
_BACKTEST = ("Backtest", "OWA of the same settings in backtests inside the training part")
# Of the methods in the overview.
ORDER = (
    "Methods stand in the order of comparisons won less comparisons lost: by OWA, with every other "
    "method on every task that both ran. Rows with settings or code that are not a method's own, "
    "such as fewer epochs, stand below all others and do not count in their comparisons."
)
# Upper ends of the shades of OWA, their classes, and what the legend says.
SHADES = (
    (0.6, "better-4", "< 0.6"),
    (0.8, "better-3", "< 0.8"),
    (0.9, "better-2", "< 0.9"),
    (0.97, "better-1", "< 0.97"),
    (1.03, "equal", "about 1"),
    (1.1, "worse-1", "> 1.03"),
    (1.5, "worse-2", "> 1.1"),
    (math.inf, "worse-3", "> 1.5"),
)


class Cell(NamedTuple):
    """A number in a table."""

    text: str = DASH
    below: str = ""  # its range over the seeds, in small letters
    sort: float | None = None  # what the column is sorted by; None comes last
    best: bool = False  # of the rows computed here
    long: str | None = None  # the number in full
    shade: str = ""  # class of its background

    @property
    def look(self) -> str:
        """Its classes on the page."""
        if self.text == DASH:
            return "none"
        return " ".join(filter(None, ("best" if self.best else "", self.shade)))


class TableRow(NamedTuple):
    """A method in a table: its name, engine and seeds, and letters of its footnotes."""

    name: str
    detail: str
    mark: str
    ours: bool
    cells: tuple[Cell, ...]

    @property
    def look(self) -> str:
        """Its class on the page."""
        return "ours" if self.ours else ""


class Table(NamedTuple):
    """A table."""

    columns: tuple[tuple[str, str], ...]  # heading and explanation, without the methods' column
    groups: tuple[tuple[str, str, tuple[TableRow, ...]], ...]  # kind, title and rows
    notes: tuple[tuple[str, str], ...] = ()  # letter and text of footnotes


def section_table(section: Section) -> Table:
    """Lay out the table of a task or of a total."""
    notes: list[str] = []
    names = [
        name
        for name in (*MEASURES, *PER_SERIES)
        if name not in _WHERE_KNOWN
        or any(row.measures.get(name) for row in section.rows)
        or any(getattr(row, name) for row in section.published)
    ]
    columns = [HEADINGS[name] for name in names] + [_CPU]
    has_backtest = any(row.backtest for row in section.rows)
    if section.place_group is not None:
        columns.append(_PLACE)
    if has_backtest:
        columns.append(_BACKTEST)

    def extra(owa: float | None, backtest: Spread | None) -> list[Cell]:
        """Return the cells of the columns that not every table has."""
        cells = [_place_cell(section, owa)] if section.place_group is not None else []
        return [*cells, _spread_cell("owa", backtest)] if has_backtest else cells

    best = {name: best_of(section.rows, name) for name in names}
    computed = [
        TableRow(
            row.title,
            _detail(row),
            _mark(notes, _fallbacks(row)),
            row.is_ours,
            (
                *(_spread_cell(name, row.measures.get(name), best[name]) for name in names),
                _cpu_cell(row.cpu_s.mean),
                *extra(row.mean("owa"), row.backtest),
            ),
        )
        for row in section.rows
    ]
    groups = [("computed", "", tuple(computed))]
    if section.references:
        rows = _other_rows(section.references, names, notes, extra)
        groups.append(("references", "R's forecasts of exactly these series", rows))
    if section.published:
        rows = _other_rows(section.published, names, notes, extra)
        groups.append(("published", "Published for these series", rows))
    letters = tuple((_letter(i), text) for i, text in enumerate(notes))
    return Table(tuple(columns), tuple(groups), letters)


def overview(report: Report) -> Table:
    """Lay out OWA of all methods on all tasks and totals, in the order that `ORDER` states."""
    sections = report.sections
    firsts = {row.key: row for section in sections[::-1] for row in section.rows}
    rows = []
    for first in sorted(firsts.values(), key=lambda row: _order(report.tasks, row)):
        found = [section.row(first.key) for section in sections]
        cells = tuple(_owa_cell(s, row) for s, row in zip(sections, found, strict=True))
        detail = ", ".join(filter(None, (first.engine, first.settings)))
        rows.append(TableRow(first.title, detail, "", first.is_ours, cells))
    columns = tuple((section.title, section.share) for section in sections)
    return Table(columns, (("computed", "", tuple(rows)),))


def _mark(notes: list[str], text: str) -> str:
    """Return the letter of a footnote, which is added if it is new."""
    if not text:
        return ""
    if text not in notes:
        notes.append(text)
    return _letter(notes.index(text))


def _letter(index: int) -> str:
    """Return the letter of a footnote, or its number where letters run out."""
    return chr(ord("a") + index) if index < 26 else str(index)


def _other_rows(
    rows: Sequence[Published | Row],
    names: Sequence[str],
    notes: list[str],
    extra: Callable[[float | None, Spread | None], list[Cell]],
) -> tuple[TableRow, ...]:
    """Return rows of methods that were not run here."""
    made = []
    for row in rows:
        source = row.source if isinstance(row, Published) else ""
        mark = " ".join(filter(None, (_mark(notes, row.note or ""), _mark(notes, source))))
        found = row.measures if isinstance(row, Row) else row
        cells = [_number_cell(name, getattr(found, name, None)) for name in names]
        cells += [Cell(), *extra(found.owa, None)]
        made.append(TableRow(row.method, "", mark, False, tuple(cells)))
    return tuple(made)


def _detail(row: MethodRow) -> str:
    """Name engine, seeds, and settings that are not the preset's."""
    seeds = f"{len(row.seeds)} seeds" if len(row.seeds) > 1 else ""
    return ", ".join(filter(None, (row.engine, seeds, row.settings)))


def _fallbacks(row: MethodRow) -> str:
    """Say how many series a simpler model forecast."""
    if not row.n_fallbacks:
        return ""
    return (
        f"{row.n_fallbacks:,} series forecast by a simpler model, since the method's own could not "
        "be fitted"
    )


def _number_cell(name: str, value: float | None) -> Cell:
    """Return a measure's cell."""
    if value is None:
        return Cell()
    return Cell(measure(name, value), sort=value, long=f"{value:.6g}")


def _spread_cell(name: str, spread: Spread | None, best: float | None = None) -> Cell:
    """Return the cell of a measure over seeds."""
    if spread is None:
        return Cell()
    below = ""
    if spread.high > spread.low:
        below = f"{measure(name, spread.low)}–{measure(name, spread.high)}"
    return Cell(
        measure(name, spread.mean), below, spread.mean, spread.mean == best, f"{spread.mean:.8g}"
    )


def _cpu_cell(seconds: float) -> Cell:
    """Return the cell of the CPU time."""
    return Cell(duration(seconds), sort=seconds, long=f"{seconds:,.1f} CPU seconds")


def _place_cell(section: Section, owa: float | None) -> Cell:
    """Return the cell of the place in M4."""
    place = section.place(owa)
    if place is None:
        return Cell()
    return Cell(ordinal(place[0]), sort=place[0], long=f"{ordinal(place[0])} of {place[1]}")


def _owa_cell(section: Section, row: MethodRow | None) -> Cell:
    """Return a cell of the overview."""
    owa = None if row is None else row.mean("owa")
    if owa is None:
        return Cell()
    shade = next(name for limit, name, _ in SHADES if owa < limit)
    is_best = owa == best_of(section.rows, "owa")
    return Cell(f"{owa:.3f}", sort=owa, best=is_best, long=f"{owa:.6g}", shade=shade)


def _order(sections: Sequence[Section], row: MethodRow) -> tuple[bool, int, tuple[str, str]]:
    """Return what the rows of the overview are sorted by."""
    lost_less_won = 0
    for section in sections:
        here = section.row(row.key)
        owa = None if here is None else here.mean("owa")
        others = [
            one.mean("owa") for one in section.rows if one.key != row.key and not one.settings
        ]
        if owa is not None:
            lost_less_won += sum((owa > one) - (owa < one) for one in others if one is not None)
    return bool(row.settings), lost_less_won, row.key
