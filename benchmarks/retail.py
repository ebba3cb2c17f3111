"""Accuracy on made-up daily sales: what the settings by default do, beside presets and AutoETS.

Panels of stores and of articles (`esrnn.datasets.made_sales`) end with four weeks that no
method sees. Promotions and holidays are known in advance: `ESRNN` gets them as X, unless it says
otherwise; the opponents can't take them. The presets are asked for by name, so that it shows
whether the data chose well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from statistics import mean

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.report import Bar, Result, Say, describe, provenance, table
from competitions.backtest.held_out import HeldOut
from esrnn import ESRNN
from esrnn.datasets.made_sales import articles, stores
from esrnn.metrics import seasonal_naive
from esrnn.panel import Panel

__all__ = ["RetailSettings", "Sales", "bars", "run", "summary"]

Array = npt.NDArray[np.float64]
Forecast = tuple[Array, Array | None, Array | None]  # point, lower, upper, each of shape (N, H)

_WEEK = 7
_DEFAULT, _BLIND, _ETS, _NAIVE = "default", "default, without X", "AutoETS", "seasonal naive"
_WORSE_THAN_BEST, _COVERAGE = 1.02, (0.92, 0.98)
_MEASURES = ("wape", "owa", "coverage")
_PANELS = {"stores": stores, "articles": articles}


@dataclass(frozen=True)
class RetailSettings:
    """What is run.

    Attributes
    ----------
    n_stores, n_articles : int
        Series of the two panels; 0 leaves one out.
    horizons : tuple of int
        Days ahead.
    presets : tuple of str
        Asked for by name, beside the default.
    n_members, n_epochs : int, optional
        Of all settings; None takes their own. Two members show differences between settings as
        well as the usual six.
    seeds : tuple of int
        Of panels and trainings.
    ets : bool
        Whether AutoETS forecasts, too.
    """

    n_stores: int = 39
    n_articles: int = 200
    horizons: tuple[int, ...] = (14, 28)
    presets: tuple[str, ...] = ("daily", "generic")
    n_members: int | None = 2
    n_epochs: int | None = None
    seeds: tuple[int, ...] = (1, 2, 3)
    ets: bool = True


@dataclass(frozen=True)
class Sales:
    """A panel, cut into what is known and what is to come.

    Attributes
    ----------
    past, future : pd.DataFrame
        Columns ``sales``, ``promo`` and ``holiday``, with an index of series and day.
    """

    past: pd.DataFrame
    future: pd.DataFrame

    @classmethod
    def of(cls, sales: pd.DataFrame, n_days: int) -> Sales:
        """Cut the last days off.

        Examples
        --------
        >>> sales = Sales.of(stores(seed=1, n_series=2, n_days=60), 14)
        >>> len(sales.past), len(sales.future)
        (92, 28)
        """
        last = sales.groupby(level=0).cumcount(ascending=False) < n_days
        return cls(sales[~last], sales[last])

    def head(self, n_days: int) -> Sales:
        """Keep the first days of what is to come."""
        return Sales(self.past, self.future.groupby(level=0).head(n_days))

    @property
    def panel(self) -> Panel:
        """The past."""
        return Panel.from_arrays([y.to_numpy() for _, y in self.past["sales"].groupby(level=0)])

    def scores(self, forecast: Forecast) -> Result:
        """Score the first days with the measures of M4 for a week, and with WAPE."""
        y_hat, lower, upper = forecast
        panel, horizon = self.panel, y_hat.shape[1]
        actual = self.future["sales"].to_numpy().reshape(panel.n_series, -1)[:, :horizon]
        bounds = (y_hat, y_hat) if lower is None or upper is None else (lower, upper)
        measured = HeldOut(panel, actual, _WEEK).measures(y_hat, *bounds)
        wape = float(np.abs(actual - y_hat).sum() / actual.sum())
        return {
            "wape": round(wape, 4),
            "owa": measured["owa"],
            "coverage": None if lower is None else measured["coverage"],
        }


def run(settings: RetailSettings, say: Say) -> Result:
    """Forecast and score.

    Parameters
    ----------
    settings : RetailSettings
    say : callable
        Takes the lines to print.

    Returns
    -------
    dict
        What goes into ``results/retail.json``: a record for each panel, horizon, seed and method.
    """
    about = provenance("retail", asdict(settings))
    say(describe(about))
    records: list[Result] = []
    for panel, n_series in (("stores", settings.n_stores), ("articles", settings.n_articles)):
        for seed in settings.seeds if n_series else ():
            sales = Sales.of(_PANELS[panel](seed, n_series), max(settings.horizons))
            for scores in _records(sales, seed, settings):
                records.append({"panel": panel, "n_series": n_series, "seed": seed, **scores})
                say(" ".join(str(value) for value in records[-1].values()))
    reached = bars(records)
    say("\n".join(["", summary(records), "", *(bar.line() for bar in reached)]))
    return {**about, "results": records, "bars": [bar.record() for bar in reached]}


def _records(sales: Sales, seed: int, settings: RetailSettings) -> Iterator[Result]:
    """Score every method on a panel."""
    horizons = sorted(settings.horizons)
    once: dict[str, Callable[[Sales, int], Forecast]] = {_NAIVE: _seasonal_naive}
    if settings.ets:
        once[_ETS] = _autoets
    for method, forecast in once.items():
        y_hat, lower, upper = forecast(sales, horizons[-1])
        for horizon in horizons:
            cut = (
                y_hat[:, :horizon],
                None if lower is None else lower[:, :horizon],
                None if upper is None else upper[:, :horizon],
            )
            yield {"method": method, "horizon": horizon, **sales.scores(cut)}
    for horizon in horizons:
        known, forecaster = sales.head(horizon), partial(_forecaster, settings, horizon, seed)
        chosen, scores = _by_esrnn(forecaster("auto"), known, horizon)
        yield {"method": _DEFAULT, "horizon": horizon, **scores}
        for name in settings.presets:
            # Asked for by name, the preset that was chosen gets the same settings.
            named = scores if name == chosen else _by_esrnn(forecaster(name), known, horizon)[1]
            yield {"method": f"preset {name}", "horizon": horizon, **named}
        blind = _by_esrnn(forecaster("auto"), known, horizon, columns=())[1]
        yield {"method": _BLIND, "horizon": horizon, **blind}


def _forecaster(settings: RetailSettings, horizon: int, seed: int, preset: str) -> ESRNN:
    return ESRNN(
        horizon=horizon,
        preset=preset,
        n_members=settings.n_members,
        n_epochs=settings.n_epochs,
        n_jobs=1,
        random_state=seed,
        start_from=None,
    )


def _by_esrnn(
    forecaster: ESRNN, sales: Sales, horizon: int, columns: Sequence[str] = ("promo", "holiday")
) -> tuple[str, Result]:
    """Fit, forecast and score; return the preset and the scores."""
    past, future = (f[list(columns)] if columns else None for f in (sales.past, sales.future))
    forecaster.fit(sales.past[["sales"]], past)
    steps = range(1, horizon + 1)
    point = forecaster.predict(steps, future).to_numpy()
    bounds = forecaster.predict_interval(steps, future, coverage=0.95).to_numpy()
    shape = sales.panel.n_series, horizon
    y_hat, lower, upper = (one.reshape(shape) for one in (point, bounds[:, 0], bounds[:, 1]))
    return forecaster.preset_, sales.scores((y_hat, lower, upper))


def _seasonal_naive(sales: Sales, horizon: int) -> Forecast:
    panel = sales.panel
    return seasonal_naive(panel.values, horizon, _WEEK, indptr=panel.indptr), None, None


def _autoets(sales: Sales, horizon: int) -> Forecast:
    """Forecast by statsforecast's AutoETS."""
    from statsforecast.models import AutoETS  # here, since it is optional and slow to load

    model, rows = AutoETS(season_length=_WEEK), []
    for _, y in sales.past["sales"].groupby(level=0):
        one = model.forecast(y=y.to_numpy(), h=horizon, level=[95])
        rows.append([one[name] for name in ("mean", "lo-95", "hi-95")])
    point, lower, upper = np.array(rows).transpose(1, 0, 2)
    return point, lower, upper


def _means(records: Iterable[Result]) -> dict[tuple[str, int, str], dict[str, float]]:
    """Return means over the seeds by panel, horizon and method."""
    groups: dict[tuple[str, int, str], list[Result]] = {}
    for record in records:
        key = record["panel"], record["horizon"], record["method"]
        groups.setdefault(key, []).append(record)
    return {
        key: {
            measure: mean(one[measure] for one in group)
            for measure in _MEASURES
            if group[0][measure] is not None
        }
        for key, group in groups.items()
    }


def summary(records: Sequence[Result]) -> str:
    """Lay out the means over the seeds as a table."""
    rows = [
        [f"{panel}, {method}", str(horizon), f"{each['wape']:.4f}", f"{each['owa']:.3f}",
         f"{each['coverage']:.3f}" if "coverage" in each else ""]
        for (panel, horizon, method), each in sorted(
            _means(records).items(), key=lambda item: (item[0][:2], item[1]["wape"])
        )
    ]  # fmt: skip
    return table(["mean over the seeds", "days", "WAPE", "OWA", "coverage"], rows)


def bars(records: Sequence[Result]) -> list[Bar]:
    """Hold the default against the best preset, AutoETS, and the nominal coverage."""
    means, found = _means(records), []
    for panel, horizon in sorted({key[:2] for key in means}):
        here = {key[2]: each for key, each in means.items() if key[:2] == (panel, horizon)}
        where, own = f"{panel}, {horizon} days", here[_DEFAULT]
        best = min((each["wape"] for name, each in here.items() if "preset" in name), default=0.0)
        if best:
            what = f"{where}: WAPE over the best preset's"
            found.append(Bar(what, own["wape"] / best, _WORSE_THAN_BEST, at_least=False))
        if _ETS in here:
            what = f"{where}: WAPE over AutoETS's"
            found.append(Bar(what, own["wape"] / here[_ETS]["wape"], 1.0, at_least=False))
        least, most = _COVERAGE
        found.append(Bar(f"{where}: coverage at 95%", own["coverage"], least, at_least=True))
        found.append(Bar(f"{where}: coverage at 95%", own["coverage"], most, at_least=False))
    return found
