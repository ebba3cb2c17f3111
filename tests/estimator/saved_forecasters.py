"""Forecasters of every kind to save, and the data that they were fitted to."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from esrnn import ESRNN
from tests.estimator.frames import months, panel_of, small, wave

LONG, SHORT = months(48), months(40)
PANEL = panel_of({"b": wave(40), "a": wave(34, 7.0, seed=1), "c": wave(40, seed=2) - 100.0}, SHORT)
SERIES = pd.Series(wave(40), pd.date_range("2020-01-31", periods=40, freq="ME"), name="sales")
HIERARCHY = pd.concat({"n": PANEL, "s": PANEL * 2.0}, names=["region"])
ALPHA = [0.025, 0.3, 0.5, 0.975]


def later(n: int = 2) -> pd.DataFrame:
    index = months(40 + n)[40:]
    return panel_of({name: wave(n, 100.0, seed=k) for k, name in enumerate("bac")}, index)


def columns(names: str, index: pd.PeriodIndex) -> pd.DataFrame:
    full = pd.MultiIndex.from_product([list(names), index], names=["shop", "time"])
    t = np.arange(len(full))
    kind = pd.Categorical(np.where(t < len(index), "x", "y"))
    return pd.DataFrame({"promo": t % 5 == 0, "price": 1.0 + t % 3, "kind": kind}, full)


def fitted_panel() -> ESRNN:
    return small(horizon=4, n_members=2, calibration=0.9).fit(PANEL)


def fitted_with_columns() -> ESRNN:
    X = columns("bac", SHORT)
    return small(horizon=4, calendar=True).fit(PANEL, X=X.loc[PANEL.index])


def pretrained_and_fitted() -> ESRNN:
    forecaster = small(horizon=4, n_members=2)
    forecaster.pretrain(PANEL)
    return forecaster.fit(panel_of({"new": wave(36, 3.0), "b": wave(30)}, SHORT))


def updated() -> ESRNN:
    return fitted_panel().update(later(), update_params=False)


def trained_further() -> ESRNN:
    return pretrained_and_fitted().continue_training(n_epochs=1)


FITTED: dict[str, Callable[[], ESRNN]] = {
    "one series": lambda: small(horizon=3).fit(SERIES),
    "frame of one series": lambda: small(horizon=3).fit(SERIES.to_frame()),
    "integers": lambda: small(horizon=3, seasonal_periods=(4,)).fit(pd.Series(wave(40, 9.0, 4))),
    "panel": fitted_panel,
    "hierarchy": lambda: small(horizon=3).fit(HIERARCHY),
    "columns": fitted_with_columns,
    "pretrained": pretrained_and_fitted,
    "updated": updated,
    "trained further": trained_further,
}
