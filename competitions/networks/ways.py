"""The backtest behind ``strategy="auto"``: samples of panels, forecast by all strategies.

Networks are those of a rehearsal (``python -m competitions networks --rehearsal --out DIR``), and
series those that they have not seen. The package's own networks have not seen M3.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import pandas as pd

from competitions.backtest.held_out import LEVELS
from competitions.backtest.logs import Outcome
from competitions.backtest.logs import digest as digest_of_config
from competitions.networks.corpus import load_kept
from competitions.networks.make import digest
from competitions.networks.recipe import GROUPS
from competitions.networks.samples import SIZES, Sample, draw_samples, size_class
from competitions.networks.sources import M4
from competitions.source_commit import commit
from competitions.task.data import Array
from esrnn.config import FineTuning, fine_tuning_of
from esrnn.errors import InputError
from esrnn.forecaster import FittedPanel, TrainedModel, fit_panel, train_model
from esrnn.forecaster.settings import resolve_settings
from esrnn.forecaster.shipped import CARD, load_shipped
from esrnn.frames import FramedPanel
from esrnn.frames.times import PeriodGrid, TimeAxis, as_steps
from esrnn.networks import adapt, shipped_folder
from esrnn.store import bytes_to_json, read_directory

# Other recipes of fine-tuning than the package's.
RECIPES: Mapping[str, FineTuning] = MappingProxyType(
    {
        "tune-60": FineTuning(n_steps=60, learning_rate=1e-3, keep=0.5),
        "tune-60-keep": FineTuning(n_steps=60, learning_rate=1e-3, keep=0.75),
        "tune-200": FineTuning(n_steps=200, learning_rate=1e-3, keep=0.5),
        "tune-200-slow": FineTuning(n_steps=200, learning_rate=3e-4, keep=0.5),
        "tune-200-all": FineTuning(n_steps=200, learning_rate=1e-3, keep=0.0),
        "tune-600": FineTuning(n_steps=600, learning_rate=1e-3, keep=0.5),
    }
)
# The mean of the forecasts of two others.
_COMBINED = {"combine": ("zero_shot", "train"), "combine_tuned": ("fine_tune", "train")}
WAYS = ("train", "zero_shot", "fine_tune", *_COMBINED, *RECIPES)

_FREQUENCIES = dict(zip(GROUPS, "YQMWDh", strict=True))
_ONE_PROCESS = MappingProxyType({"n_jobs": 1, "device": "cpu"})


@dataclass(frozen=True)
class WaysRequest:
    """Which part of the backtest is run."""

    networks: Path | None  # their folder; None runs nothing
    groups: tuple[str, ...] = GROUPS  # of `GROUPS`, `WAYS` and `SIZES`
    ways: tuple[str, ...] = WAYS
    sizes: tuple[int, ...] = SIZES
    folds: tuple[int, ...] = (1,)  # which horizons from the end are held out; 1 is the last
    data_dir: Path | None = None  # where to look for data first
    # Arguments of `esrnn.ESRNN` for networks that are trained on a sample alone
    training: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the names."""
        for name, there in (("groups", GROUPS), ("ways", WAYS), ("sizes", SIZES)):
            unknown = set(getattr(self, name)) - set(there)
            if unknown:
                raise InputError(f"{name} must be of {list(there)}; got {unknown.pop()!r}")


def way_cases(request: WaysRequest) -> Iterator[WayCase]:
    """Give a case for every group, fold, sample and way.

    Raises InputError if there are no networks for a group, or they have seen all sources that are
    kept, and DatasetNotFoundError if a file is nowhere.
    """
    if request.networks is None:
        return
    for group in request.groups:
        start, seen = _networks(group, request.networks)
        panels = load_kept(group, request.data_dir)
        if panels.keys() <= seen:
            raise InputError(
                f"networks for backtests must lack series to be compared on; the {group} ones in"
                f" {request.networks} have seen {', '.join(sorted(panels))};"
                f" {_how_to_rehearse(group)}"
            )
        panels = {source: panel for source, panel in panels.items() if source not in seen}
        checksum = digest(request.networks / group)
        for fold in request.folds:
            for sample in draw_samples(group, panels, fold):
                if size_class(sample.size) in request.sizes:
                    forecasts = _Forecasts(group, sample, start, checksum, request.training)
                    yield from (WayCase(way, forecasts) for way in request.ways)


def _networks(group: str, folder: Path) -> tuple[TrainedModel, set[str]]:
    """Return networks, and the sources that are not to be compared on: they have seen them."""
    path, start = shipped_folder(group, folder), load_shipped(group, folder)
    if path is None or start is None:
        raise InputError(
            f"there are no networks for {group} data in {folder}; {_how_to_rehearse(group, folder)}"
        )
    card = cast("dict[str, Any]", bytes_to_json(read_directory(path).get(CARD, b"{}"), CARD))
    if "data" not in card:
        raise InputError(
            f"the card in {path} does not say what the networks have seen;"
            f" {_how_to_rehearse(group)}"
        )
    sources = {one["source"] for one in card["data"]["sources"]}
    # A rehearsal keeps series of M4 by their ids.
    return start, sources - {M4} if card.get("rehearsal") else sources


def _how_to_rehearse(group: str, folder: Path | str = "another folder") -> str:
    return f"run python -m competitions networks {group} --rehearsal --out {folder}"


class _Forecasts:
    """Forecasts of a sample, each made once, from networks with a checksum or from none."""

    def __init__(
        self,
        group: str,
        sample: Sample,
        start: TrainedModel,
        checksum: str,
        training: Mapping[str, Any],
    ) -> None:
        train = sample.held.train
        stamps = pd.PeriodIndex(["2020-01-01"] * train.n_series, _FREQUENCIES[group], name="ds")
        axis = TimeAxis(stamps, PeriodGrid(stamps[0].freq))
        self.sample = sample
        self._framed = FramedPanel(train, axis, pd.Index(train.ids, name="unique_id"), "y")
        self._horizon = sample.held.actual.shape[1]
        self._start, self._checksum = replace(start, grid=axis.grid), checksum
        self._seeded = {**_ONE_PROCESS, "random_state": sample.draw}
        self._alone = {**self._seeded, "start_from": None, "horizon": self._horizon, **training}
        self._recipes = {"fine_tune": fine_tuning_of(group), **RECIPES}
        self._made: dict[str, tuple[Array, float]] = {}

    def of(self, way: str) -> tuple[Array, float]:
        """Return quantiles of shape (11, N, H), and the CPU seconds of training and forecast."""
        if way not in self._made:
            self._made[way] = self._combine(way) if way in _COMBINED else self._make(way)
        return self._made[way]

    def settings(self, way: str) -> str:
        """Return a digest of the way, of all that it depends on, and of the sample's series."""
        text = json.dumps([way, self._settings(way), self.sample.size, self._framed.panel.ids])
        return sha256(text.encode()).hexdigest()[:12]

    def _settings(self, way: str) -> object:
        if way in _COMBINED:
            return [self._settings(part) for part in _COMBINED[way]]
        if way == "train":
            resolved = resolve_settings(self._alone, self._framed, self._horizon)
            return digest_of_config(resolved.config)
        recipe = self._recipes.get(way)
        return [self._checksum, None if recipe is None else asdict(recipe)]

    def _combine(self, way: str) -> tuple[Array, float]:
        """Return the mean of two forecasts; their cost is that of both."""
        (first, cost), (second, further) = (self.of(part) for part in _COMBINED[way])
        return (first + second) / 2, cost + further

    def _make(self, way: str) -> tuple[Array, float]:
        steps = as_steps(self._horizon, self._framed.n_series)
        before = time.process_time()
        quantiles = self._fit(way).quantiles(steps, None, LEVELS, "cpu")
        return quantiles, time.process_time() - before

    def _fit(self, way: str) -> FittedPanel:
        """Do what `esrnn.ESRNN` does for the strategy of this name."""
        from esrnn.ensemble.own_errors import (  # here: it loads torch
            calibrated_on_own_errors,
            with_calibration_of,
        )

        framed, start = self._framed, self._start
        if way == "train":
            return fit_panel(framed, settings=self._alone)
        own = start.for_new_series(framed, None).ensemble
        own = adapt(calibrated_on_own_errors(own, framed.panel), horizon=self._horizon)
        if way == "zero_shot":
            return FittedPanel(framed, None, replace(start, ensemble=own))
        start = replace(start, ensemble=adapt(start.ensemble, horizon=self._horizon))
        tuned = train_model(framed, None, None, self._seeded, start, self._recipes[way])
        tuned = replace(tuned, ensemble=with_calibration_of(tuned.ensemble, own))
        return FittedPanel(framed, None, tuned)


@dataclass(frozen=True, eq=False)
class WayCase:
    """One line of the log to be: a sample, forecast in one way."""

    way: str
    forecasts: _Forecasts

    @property
    def key(self) -> tuple[str, str, int, int]:
        """The `Outcome.key` of its outcome."""
        sample = self.forecasts.sample
        return sample.task, self.forecasts.settings(self.way), sample.fold, sample.draw

    def run(self) -> Outcome:
        """Forecast and score."""
        sample = self.forecasts.sample
        quantiles, cpu_s = self.forecasts.of(self.way)
        return Outcome(
            task=sample.task,
            variant=self.way,
            fold=sample.fold,
            seed=sample.draw,
            n_series=sample.held.train.n_series,
            **sample.held.quantile_measures(quantiles),
            cpu_s=round(cpu_s, 2),
            size=sample.size,
            settings=self.forecasts.settings(self.way),
            commit=commit() or "",
        )
