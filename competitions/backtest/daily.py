"""Daily panels with and without a week, for the experiment ``daily``.

Made-up stores and articles (`esrnn.datasets.made_sales`), M4 Hourly summed to days, every
fortieth series of M4 Daily, and entries at every fourth of Chicago's railway stations (City of
Chicago's data portal): columns ``unique_id`` (``cta-`` and a name), ``ds`` and ``y`` in
``open/daily.parquet`` of the data folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from competitions.backtest.held_out import HeldOut
from competitions.task import TaskData, load_data, load_task
from competitions.task.data import Array
from esrnn.config import ModelConfig, for_panel_size, preset_config
from esrnn.datasets import DatasetNotFoundError
from esrnn.datasets.made_sales import articles, stores
from esrnn.panel import Covariates

_HORIZON, _WEEK, _MEMBERS = 14, 7, 2
_SEED = 101  # of the made-up panels; `benchmarks.retail` has others
_LONGEST = 1100
_COLUMNS = ["promo", "holiday"]


@dataclass(frozen=True)
class DailyPanel:
    """Some daily series."""

    name: str  # in the log
    # What the number of training steps follows from; all long enough ones are forecast
    n_series: int
    has_week: bool  # whether most series show the week
    # From the data folder to a long frame, indexed by series and day: values, then columns that are
    # known in advance
    frame: Callable[[Path | None], pd.DataFrame]

    def load(self, data_dir: Path | None) -> TaskData:
        """Return the series as a task without a test part."""
        whole = self.frame(data_dir)
        y = whole.iloc[:, :1].set_axis(["y"], axis=1).rename_axis(["unique_id", "ds"])
        daily = load_task("m4-daily")
        period = _WEEK if self.has_week else daily.seasonal_period
        task = replace(daily, name=self.name, horizon=_HORIZON, seasonal_period=period)
        return TaskData(task, y, y.iloc[:0])


def _open(source: str, every: int, data_dir: Path | None) -> pd.DataFrame:
    """Return the last days of every so many series of a source that were observed to the end."""
    folder = data_dir or Path(os.environ.get("ESRNN_DATA_DIR", "."))
    path = folder / "open" / "daily.parquet"
    if not path.is_file():
        raise DatasetNotFoundError(f"the public daily series are read from {path}; put them there")
    table = pd.read_parquet(path).set_index(["unique_id", "ds"])["y"]
    parts = {}
    for name, y in table.groupby(level=0):
        recent = y.droplevel(0).iloc[-_LONGEST:]
        recent = recent.loc[recent.first_valid_index() :]
        if str(name).partition("-")[0] == source and recent.iloc[-2 * _HORIZON :].notna().all():
            parts[name] = recent
    some = list(parts)[::every]
    found: pd.DataFrame = pd.concat([parts[name] for name in some], keys=some).to_frame("y")
    return found


def _hours_summed(data_dir: Path | None) -> pd.DataFrame:
    data = load_data(load_task("m4-hourly"), data_dir)
    days = {}
    for k, name in enumerate(data.ids):
        y = data.panel.series(k)
        days[name] = pd.Series(y[y.size % 24 :].reshape(-1, 24).sum(axis=1))
    return pd.concat(days).to_frame("y")


def _m4_daily(data_dir: Path | None) -> pd.DataFrame:
    train = load_data(load_task("m4-daily"), data_dir).train
    some: pd.DataFrame = train.loc[train.index.unique(level=0)[::40], ["y"]]
    return some


DAILY = (
    DailyPanel("made stores", 39, True, lambda _: stores(_SEED)),
    DailyPanel("made articles", 80, True, lambda _: articles(_SEED, 80)),
    DailyPanel("m4-hourly by days", 245, True, _hours_summed),
    DailyPanel("railway stations", 37, True, partial(_open, "cta", 4)),
    DailyPanel("m4-daily, every 40th", 42, False, _m4_daily),
)  # fmt: skip


def daily_configs(panel: DailyPanel) -> dict[str, ModelConfig]:
    """Return the settings to compare by name, each with two members."""
    usual = preset_config("daily", _HORIZON, n_members=_MEMBERS, kinds=())
    n_future = 2 if panel.name.startswith("made") else 0
    if not panel.has_week:
        configs = {"preset daily": usual, "enough steps": _enough(usual, panel)}
    else:
        everywhere = replace(usual, ensemble=replace(usual.ensemble, seasonal_periods=()))
        faster = _with_week("daily", in_all_members=True)
        configs = {
            "preset daily": usual,
            "week in all members": everywhere,
            "and enough steps": _enough(everywhere, panel),
            "and three times the rate": _enough(faster, panel),
            "generic": _with_week("generic"),
            "generic, week in all members": _with_week("generic", in_all_members=True),
        }
    return {
        name: replace(config, network=replace(config.network, n_future=n_future))
        for name, config in configs.items()
    }


def _with_week(preset: str, in_all_members: bool | None = None) -> ModelConfig:
    return preset_config(
        preset,
        _HORIZON,
        in_all_members=in_all_members,
        seasonal_periods=(_WEEK,),
        n_members=_MEMBERS,
    )


def _enough(config: ModelConfig, panel: DailyPanel) -> ModelConfig:
    return for_panel_size(config, "daily", panel.n_series)


def known_columns(panel: DailyPanel) -> Callable[[HeldOut], Covariates] | None:
    """Return what gives the promotions and holidays of a made-up panel up to a held-out horizon."""
    if not panel.name.startswith("made"):
        return None

    def columns(held: HeldOut) -> Covariates:
        known = panel.frame(None)[_COLUMNS]
        lengths = held.train.lengths + held.actual.shape[1]
        parts: list[Array] = [
            known.xs(name).to_numpy()[:length]
            for name, length in zip(held.train.ids, lengths, strict=True)
        ]
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        static = np.empty((lengths.size, 0), np.float32)
        future = np.concatenate(parts).astype(np.float32)
        return Covariates(static, future, indptr, held.actual.shape[1])

    return columns
