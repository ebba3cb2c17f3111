"""A report on the series of one frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import EsrnnError
from esrnn.forecaster.frequency_presets import preset_of_frequency
from esrnn.frames import FramedPanel, frequency_code, long_to_panel
from esrnn.frames.skipping import fault_table
from esrnn.panel.flat import series_of
from esrnn.reports.outliers import find_outliers
from esrnn.reports.report import N_CASES, N_SKETCHES, Case, DataReport, Finding, Measures, Sketch

__all__ = ["measure_frame"]

_N_DRAWN = 400  # steps of a series in a picture
_ONE_IN = 2  # this share of zeros makes a series intermittent
_LEAST_SHARE = 0.01  # that is written as a number


def measure_frame(
    frame: pd.DataFrame,
    names: tuple[str, str, str],
    *,
    ahead: bool = False,
    place: str = "",
    step: str | int | None = None,
) -> DataReport:
    """Look at the series of a frame.

    Parameters
    ----------
    frame : pd.DataFrame
        A row for each series and time stamp; at least one.
    names : tuple of str
        Of the columns of ids, time stamps and values.
    ahead : bool, default False
        Whether missing values at the end of a series are steps of the future, which are there for
        the sake of columns that are known in advance.
    place : str
        The partition, which cases are to name.
    step : str or int, optional
        The step of other parts of the data, for a part that is too short to tell one.

    Returns
    -------
    DataReport
        What it says is refused is what `esrnn.frames.long_to_panel` refuses.
    """
    n_rows, ids = len(frame), frame[names[0]]
    n_series = int(ids.nunique()) + bool(ids.isna().any())
    frame = _without_future(frame, names) if ahead else frame
    try:
        framed = _read(frame, names, step)
    except EsrnnError as error:
        faults = fault_table([*error.earlier, error])
        if not error.series:
            faults = pd.concat([faults, _fault_of_all(error, ids, faults)], ignore_index=True)
        return DataReport(n_rows, n_series, refused=_refused(faults, place))
    return _measured(framed, n_rows, n_series, _refused(framed.skipped, place), place)


def _read(frame: pd.DataFrame, names: tuple[str, str, str], step: str | int | None) -> FramedPanel:
    """Read a frame with its own step, or else with that of others."""
    id_, time, value = names
    read = partial(long_to_panel, id_col=id_, time_col=time, target_col=value, errors="skip")
    try:
        return read(frame)
    except EsrnnError as error:
        if error.series or step is None:
            raise
        try:
            return read(frame, freq=step)
        except EsrnnError:
            raise error from None


def _measured(
    framed: FramedPanel, n_rows: int, n_series: int, refused: tuple[Finding, ...], place: str
) -> DataReport:
    """Look at the series that can be read."""
    panel, last = framed.panel, framed.times.last
    observed = panel.values[~np.isnan(panel.values)]
    lengths = Counter(panel.lengths.tolist())
    grid = framed.times.grid
    choice = preset_of_frequency(framed.times.freq)
    periods = () if choice is None else choice[1]
    outlier = find_outliers(panel.values, panel.indptr, periods)
    return DataReport(
        n_rows=n_rows,
        n_series=n_series,
        measures=Measures(
            n_values=observed.size,
            least=float(observed.min()),
            most=float(observed.max()),
            total=float(observed.sum()),
            n_missing=panel.values.size - observed.size,
            n_gaps=framed.n_gaps,
        ),
        lengths=lengths,
        ends=Counter(_plain_stamps(last)),
        begin=min(_plain_stamps(framed.starts())),
        steps={str(frequency_code(grid)): panel.n_series},
        zones=frozenset({_zone(last)}),
        refused=refused,
        notes=tuple(_notes(framed, outlier, periods, place)),
        sketches=tuple(_sketches(framed, outlier)),
    )


def _notes(
    framed: FramedPanel, outlier: BoolArray, periods: tuple[int, ...], place: str
) -> Iterable[Finding]:
    """Return what is served, and good to know."""
    panel = framed.panel
    values, lengths = panel.values, panel.lengths
    of_each = _Counts(framed, place)
    missing = np.isnan(values)
    yield from of_each.finding("missing values", missing, of_each.share)
    yield from of_each.finding("outliers", outlier, lambda i: of_each.first(i, outlier))
    yield from of_each.finding("negative values", values < 0.0, of_each.share)
    zero = values == 0.0
    often = _ONE_IN * np.add.reduceat(zero, panel.indptr[:-1]) >= panel.n_observed
    yield from of_each.finding("zeros, at least half of the values", zero, of_each.share, often)
    yield from of_each.finding("zeros, fewer", zero, of_each.share, ~often)
    least = np.fmin.reduceat(values, panel.indptr[:-1])
    constant = (np.fmax.reduceat(values, panel.indptr[:-1]) == least) & (panel.n_observed > 1)
    yield from of_each.series(
        "constant series", constant, lengths, lambda i: f"{lengths[i]} steps of {least[i]:g}"
    )
    enough = 2 * min(periods, default=2)
    yield from of_each.series(
        f"series of fewer than {enough} steps" + " (two seasons)" * bool(periods),
        lengths < enough,
        -lengths,
        lambda i: f"{lengths[i]} steps",
    )


class _Counts:
    """What is found in the series of a panel, made into findings."""

    def __init__(self, framed: FramedPanel, place: str) -> None:
        self._framed, self._place = framed, place
        self._panel = framed.panel
        self._count: IntArray = np.zeros(framed.n_series, dtype=np.int64)

    def finding(
        self,
        title: str,
        found: BoolArray,
        text: Callable[[int], str],
        among: BoolArray | None = None,
    ) -> Iterable[Finding]:
        """Return a finding of some steps, ranked by their share; nothing if there are none."""
        count = np.add.reduceat(found.astype(np.int64), self._panel.indptr[:-1])
        self._count = count if among is None else np.where(among, count, 0)
        share = self._count / self._panel.lengths
        yield from self.series(title, self._count > 0, share, text, int(self._count.sum()))

    def series(
        self,
        title: str,
        found: BoolArray,
        amount: IntArray | FloatArray,
        text: Callable[[int], str],
        n_values: int | None = None,
    ) -> Iterable[Finding]:
        """Return a finding of whole series; nothing if there are none."""
        which = np.flatnonzero(found)
        if not which.size:
            return
        worst = which[np.argsort(-amount[which], kind="stable")][:N_CASES]
        ids = self._framed.ids
        cases = [Case(ids[i], float(amount[i]), text(i), self._place) for i in worst.tolist()]
        n_values = which.size if n_values is None else n_values
        yield Finding(title, which.size, n_values, tuple(cases))

    def share(self, i: int) -> str:
        """Say how many steps of series i were counted."""
        n, length = self._count[i], self._panel.lengths[i]
        share = f"{n / length:.0%}" if n >= _LEAST_SHARE * length else f"under {_LEAST_SHARE:.0%}"
        return f"{n:,} of {length:,} steps ({share})"

    def first(self, i: int, found: BoolArray) -> str:
        """Name the first step of series i that was found, and its value."""
        begin, end = self._panel.indptr[i : i + 2]
        step = int(np.flatnonzero(found[begin:end])[0])
        (stamp,) = _stamps_at(self._framed, i, np.array([step]))
        more = f", and {self._count[i] - 1:,} more" if self._count[i] > 1 else ""
        return f"{_short(stamp)}: {self._panel.values[begin + step]:g}{more}"


def _sketches(framed: FramedPanel, outlier: BoolArray) -> Iterable[Sketch]:
    """Take the series with outliers for pictures, around the first of these."""
    panel = framed.panel
    which = np.unique(series_of(panel.indptr)[outlier])[:N_SKETCHES]
    for i in which.tolist():
        begin, end = panel.indptr[i : i + 2]
        marks = np.flatnonzero(outlier[begin:end])
        first = max(0, min(int(marks[0]) - _N_DRAWN // 2, end - begin - _N_DRAWN))
        steps = np.arange(first, min(first + _N_DRAWN, end - begin))
        marks = marks[np.isin(marks, steps)] - first
        values = panel.values[begin + steps]
        stamps = _stamps_at(framed, i, steps)
        yield Sketch(framed.ids[i], stamps, tuple(values.tolist()), tuple(marks.tolist()))


def _stamps_at(framed: FramedPanel, i: int, steps: IntArray) -> pd.Index:
    """Return the time stamps of steps of a series, counted from its start."""
    series = np.full(steps.size, i)
    slots = steps - framed.panel.lengths[i] + 1
    return framed.times.stamps(series, framed.times.steps(series, slots))


def _without_future(frame: pd.DataFrame, names: tuple[str, str, str]) -> pd.DataFrame:
    """Leave out the rows after the last observed value of each series that has one."""
    id_, time, value = names
    times = frame[time].where(frame[value].notna())
    last = times.groupby(frame[id_], dropna=False).transform("max")
    return frame[~(frame[time] > last)]


def _refused(faults: pd.DataFrame, place: str) -> tuple[Finding, ...]:
    """Put faults of one kind together."""
    found = []
    for (reason, remedy), rows in faults.groupby(["reason", "remedy"], sort=False):
        counts = Counter(_key(one) for one in rows["series"])
        first = rows.drop_duplicates("series").head(N_CASES)
        cases = [
            Case(_key(row.series), counts[_key(row.series)], _what(row.step, row.value), place)
            for row in first.itertuples()
        ]
        found.append(Finding(str(reason), len(counts), len(rows), tuple(cases), str(remedy)))
    return tuple(found)


def _fault_of_all(error: EsrnnError, ids: pd.Series, known: pd.DataFrame) -> pd.DataFrame:
    """Return the faults of all series, where an error names none."""
    others = [one for one in ids.unique() if one not in set(known["series"])]
    return pd.DataFrame(
        {"series": others, "step": None, "value": None, "reason": str(error), "remedy": ""}
    )


def _key(one: Hashable) -> Hashable:
    return None if one is None or one != one else one


def _what(step: object, value: object) -> str:
    """Say where a fault is, and which value is there."""
    parts = [] if step is None or step != step else [_short(step)]
    parts += [] if value is None or value != value else [str(value)]
    return ": ".join(parts)


def _short(stamp: object) -> str:
    return str(stamp).removesuffix(" 00:00:00")


def _plain_stamps(stamps: pd.Index) -> list[Any]:
    """Return time stamps that can be compared: periods as their starts."""
    if isinstance(stamps, pd.PeriodIndex):
        stamps = stamps.to_timestamp()
    return list(stamps.tolist())


def _zone(stamps: pd.Index) -> str:
    if isinstance(stamps, pd.DatetimeIndex):
        return "no time zone" if stamps.tz is None else str(stamps.tz)
    return "periods" if isinstance(stamps, pd.PeriodIndex) else "whole numbers"
