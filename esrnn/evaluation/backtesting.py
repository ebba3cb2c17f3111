"""`backtest`: forecasts of the past, each from what was known on its date, and their scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pandas as pd

from esrnn._checks import as_whole
from esrnn.errors import InputError
from esrnn.evaluation.forecast_tables import ForecastTable
from esrnn.evaluation.known_covariates import known_covariates
from esrnn.evaluation.measures import By, score_table
from esrnn.evaluation.methods import Method, forecast_window, horizon_of, require_covariates
from esrnn.evaluation.scoring import as_column, usual_period
from esrnn.evaluation.units import FORECAST, NAIVE, SEASONAL_NAIVE, Units, join_units, make_units
from esrnn.evaluation.windows import Window, cut_windows
from esrnn.frames import sktime_to_panel
from esrnn.frames.checks import require_frame, require_levels
from esrnn.frames.containers import accept_container

__all__ = ["Backtest", "backtest"]


@dataclass(frozen=True, eq=False, repr=False)
class Backtest:
    """Forecasts of the past, and what came.

    ``print`` shows the scores.

    Attributes
    ----------
    forecasts : pd.DataFrame
        A row for each window, series and step. Columns: ids and time, named as in the input;
        ``cutoff``; ``step``; ``y``, NaN where nothing was observed; ``y_hat``; ``lo-95`` and
        ``hi-95`` of each interval; ``seasonal naive`` and ``naive``.
    left_out : pd.DataFrame
        Series that were not tested, with the ``cutoff``: those that began after it, so that nothing
        was known of them, and those that a forecaster with ``errors="skip"`` left out.
    units : Units
        What is scored.
    cutoffs : pd.Index
        The last time stamp that is known in each window.
    """

    forecasts: pd.DataFrame
    left_out: pd.DataFrame
    units: Units
    cutoffs: pd.Index

    def scores(self, by: By = None) -> pd.DataFrame:
        """Score all forecasts, beside naive ones.

        Parameters
        ----------
        by : {None, "window", "series", "step"}
            Give one row for all, or rows for each window, series or step ahead.

        Returns
        -------
        pd.DataFrame
            As `esrnn.evaluation.score`. Each series of each window has the same weight, and counts
            as one of ``n_series``.
        """
        return score_table(self.units, by, self.cutoffs)

    def __repr__(self) -> str:
        """Say what was forecast, and show the scores, a row for each measure."""
        first, last = (str(c).removesuffix(" 00:00:00") for c in self.cutoffs[[0, -1]])
        n = len(self.cutoffs)
        when = f"from {first}" if n == 1 else f"from {n} dates, {first} to {last}"
        table = self.scores().map(lambda x: f"{x:,}" if isinstance(x, int) else f"{x:.3f}")
        shown = table.T.rename_axis(columns=None).to_string()
        return f"Backtest: {len(self.forecasts):,} forecasts {when}\n{shown}"


def backtest(
    y: pd.Series | pd.DataFrame,
    X: pd.DataFrame | None = None,
    *,
    forecaster: Method = None,
    horizon: int | None = None,
    n_windows: int = 3,
    step: int | None = None,
    coverages: Sequence[float] = (0.8, 0.95),
    seasonal_period: int | None = None,
) -> Backtest:
    """Forecast the past from several dates, each with what was known on it, and score that.

    All series are cut at the same dates, so nothing is learnt from days that another series is
    tested on. Series may have gaps, begin late and end early: a series is tested in each window in
    which it has values before and after the cutoff. All forecasts begin after the cutoff, also
    where the last values before it are missing.

    Parameters
    ----------
    y : pd.Series or pd.DataFrame with one column
        Indexed by series and time, or by time alone.
    X : pd.DataFrame, optional
        Covariates with such an index. The forecaster is given the rows up to each cutoff, and for
        its forecasts those of the horizon. At a step without a row in y and X, which is not
        scored, numbers are those of the row before.
    forecaster : ESRNN, forecaster of sktime, mapping, or TrainedModel, optional
        What is tested; by default ``ESRNN(horizon=horizon)``. It is copied, and fitted anew in
        each window. A mapping has arguments of `esrnn.ESRNN`, and needs no sktime. Networks that
        were pretrained, or a `TrainedModel`, are used as they are: they must know nothing of what
        is tested.
    horizon : int, optional
        Steps ahead; by default those of the forecaster.
    n_windows : int, default 3
        Dates to forecast from. The last one lies a horizon before the end of all data.
    step : int, optional
        Steps between these dates; by default a horizon.
    coverages : sequence of float
        Nominal coverages of the intervals that are scored. With none, forecasters of sktime are not
        asked for quantiles.
    seasonal_period : int, optional
        As for `esrnn.evaluation.score`.

    Returns
    -------
    Backtest
        With `forecasts`, and `scores`.

    Raises
    ------
    InputTypeError, InputError
        If an argument is not valid, or a window has no series to test; or as the forecaster.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from esrnn import backtest
    >>> months = pd.period_range("2019-01", periods=48, freq="M")
    >>> season = 100.0 + 10.0 * np.sin(np.arange(48) * np.pi / 6.0)
    >>> y = pd.concat({"a": pd.Series(season, months), "b": pd.Series(2.0 * season, months)})
    >>> small = {
    ...     "horizon": 3,
    ...     "n_members": 1,
    ...     "n_epochs": 1,
    ...     "hidden_size": 4,
    ...     "random_state": 1,
    ... }
    >>> result = backtest(y.rename_axis(["id", "month"]), forecaster=small, n_windows=2)
    >>> result.forecasts.columns.tolist()[:6], len(result.forecasts)
    (['id', 'month', 'cutoff', 'step', 'y', 'y_hat'], 12)
    >>> result.scores(by="window")["n_values"].unstack().shape
    (2, 3)
    """
    ahead = as_whole("horizon", horizon_of(forecaster, horizon))
    n_windows, every = as_whole("n_windows", n_windows), as_whole("step", step or ahead)
    levels = _levels(coverages)
    column = as_column(y, "y")
    if X is not None:
        require_frame(X, "X")
        X = accept_container(X, "X")
        require_levels(X, column.index)
    windows = cut_windows(column, ahead, n_windows, every)
    histories = [sktime_to_panel(window.history, freq=window.freq) for window in windows]
    known = []
    for window, history in zip(windows, histories, strict=True):
        with _naming(window):
            known.append(known_covariates(X, window, history, ahead))
            require_covariates(forecaster, history, known[-1], window.tested, ahead)
    frames, parts, left_out = [], [], []
    for window, history, own in zip(windows, histories, known, strict=True):
        with _naming(window):
            table = forecast_window(
                forecaster,
                history,
                window.history,
                own,
                window.tested,
                ahead,
                levels,
            )
        period = usual_period(history, seasonal_period)
        units = make_units(table, window.future, history, period, window.number)
        frames.append(_frame(table, units, window))
        parts.append(units)
        asked = history.ids.take(window.tested)
        names = [*window.left_out, *asked[~asked.isin(units.ids)]]
        left_out += [(name, window.cutoff[0]) for name in names]
    return Backtest(
        pd.concat(frames, ignore_index=True),
        pd.DataFrame(left_out, columns=["series", "cutoff"]),
        join_units(parts),
        windows[0].cutoff.append([window.cutoff for window in windows[1:]]),
    )


@contextmanager
def _naming(window: Window) -> Iterator[None]:
    """Let errors say in which window they are."""
    try:
        yield
    except Exception as error:
        error.add_note(f"in the window of backtest whose cutoff is {window.cutoff[0]}")
        raise


def _levels(coverages: Sequence[float]) -> list[float]:
    """Return the quantile levels of intervals, and the median."""
    outside = [cover for cover in coverages if not 0.0 < cover < 1.0]
    if outside:
        raise InputError(f"coverages must lie between 0 and 1; got {outside[:5]}")
    sides = {round(0.5 + sign * 0.5 * cover, 10) for cover in coverages for sign in (-1, 1)}
    return sorted({0.5, *sides})


def _frame(table: ForecastTable, units: Units, window: Window) -> pd.DataFrame:
    """Return the forecasts of a window as a tidy frame."""
    names = ["id", "time"][-table.index.nlevels :] if table.index.nlevels <= 2 else None
    index = table.index
    if any(name is None for name in index.names):
        plain = names or [*(f"id_{k}" for k in range(index.nlevels - 1)), "time"]
        index = index.set_names(
            [p if n is None else n for n, p in zip(index.names, plain, strict=True)]
        )
    frame = index.to_frame(index=False)
    forecast = units.steps > 0
    frame["cutoff"] = window.cutoff.repeat(len(frame))
    frame["step"] = units.steps[forecast]
    frame["y"], frame["y_hat"] = units.actual[forecast], units.points[FORECAST][forecast]
    for level, values in zip(table.levels, table.quantiles, strict=True):
        if level != 0.5:
            cover = f"{100.0 * abs(2.0 * level - 1.0):g}"
            frame[f"{'lo' if level < 0.5 else 'hi'}-{cover}"] = values
    for name in (SEASONAL_NAIVE, NAIVE):
        frame[name] = units.points[name][forecast]
    return frame
