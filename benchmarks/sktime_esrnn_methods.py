"""What each method of `benchmarks.sktime_esrnn` does with a group, in a process of its own.

``python -m benchmarks.sktime_esrnn_methods FOLDER`` reads ``job.json`` and ``train.parquet`` there,
writes ``forecasts.npz`` beside them and prints as JSON what each phase took. The test part is not
in the folder.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.kernel_checks import GateError
from competitions.runs.resources import measured

if TYPE_CHECKING:
    from sktime.forecasting.es_rnn import ESRNNForecaster

__all__ = ["COVERAGES", "TREATMENTS", "Job", "Outcome", "Treatment", "work"]

Matrix = npt.NDArray[np.float64]
COVERAGES = (80, 95)  # percent, of the intervals
_TRAIN, _JOB, _FORECASTS = "train.parquet", "job.json", "forecasts.npz"


@dataclass(frozen=True)
class Treatment:
    """Settings for sktime's class on one group; they are ours, by rule of thumb, and not tuned.

    Attributes
    ----------
    seasonality_type : str
        The class's name for one season or none.
    season1_length, window : int
    n_last : int
        Observations from the end of each series that it is given.
    stride : int
        Steps between the windows that it trains on.
    n_epochs : int
    """

    seasonality_type: str
    season1_length: int
    window: int
    n_last: int
    stride: int
    n_epochs: int


TREATMENTS = {
    "hourly": Treatment("single", 24, window=72, n_last=360, stride=12, n_epochs=10),
    "weekly": Treatment("zero", 1, window=26, n_last=143, stride=4, n_epochs=30),
}


@dataclass(frozen=True)
class Job:
    """What is to be done.

    Attributes
    ----------
    contestant : str
        Key of `CONTESTANTS`.
    group : str
        ``"hourly"`` or ``"weekly"``.
    horizon, seed : int
    n_epochs, n_members : int, optional
        Other than usual.
    """

    contestant: str
    group: str
    horizon: int
    seed: int
    n_epochs: int | None = None
    n_members: int | None = None


@dataclass
class Outcome:
    """What came of it.

    Attributes
    ----------
    phases : dict of str to dict
        Seconds of processor and of wall time: ``"import"``, ``"train"``, ``"forecast"`` and, where
        there are any, ``"intervals"``.
    forecasts : dict of str to ndarray of shape (N, H)
        ``"y_hat"``, and ``"lower-80"`` and the like where there are intervals.
    error : str
        How it failed; empty if it did not.
    """

    phases: dict[str, dict[str, float]] = field(default_factory=dict)
    forecasts: dict[str, Matrix] = field(default_factory=dict)
    error: str = ""

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure a block."""
        with measured() as usage:
            yield
        self.phases[name] = {"cpu_s": usage.cpu_s, "wall_s": usage.wall_s}


def pretrained(train: pd.DataFrame, job: Job) -> Outcome:
    """Run sktime's class as it serves a panel: one network for all, told of each series apart.

    It has no way to forecast a series without training on it, so its epochs are set to 0 after
    `pretrain`; `fit` then only takes note of the series. The network is lost where `fit` is called
    a second time, hence a copy for each series. It works on values as they are, hence the division
    by each series' mean.
    """
    settings, outcome = TREATMENTS[job.group], Outcome()
    with outcome.phase("import"):
        import torch
        from sktime.forecasting.es_rnn import ESRNNForecaster

    torch.manual_seed(job.seed)  # it has no random_state
    last = train.groupby(level=0, sort=False).tail(settings.n_last)
    means = last.groupby(level=0, sort=False).transform("mean")
    scaled = last / means
    with outcome.phase("train"):
        forecaster = ESRNNForecaster(
            hidden_size=40,
            num_layer=2,
            season1_length=settings.season1_length,
            seasonality_type=settings.seasonality_type,
            window=settings.window,
            pred_len=job.horizon,
            stride=settings.stride,
            batch_size=64,
            num_epochs=job.n_epochs or settings.n_epochs,
            criterion="L1",
            lr=3e-3,
        )
        forecaster.pretrain(scaled)
    with outcome.phase("forecast"):
        forecaster.num_epochs = 0
        rows = []
        for y in _series(scaled):
            told = deepcopy(forecaster)
            rows.append(_one_series(told, y, job))
        scale = means.groupby(level=0, sort=False)["y"].first().to_numpy()
        outcome.forecasts["y_hat"] = np.stack(rows) * scale[:, None]
    _require_same(forecaster, told)
    return outcome


def _require_same(pretrained: ESRNNForecaster, told: ESRNNForecaster) -> None:
    """Refuse forecasts of another network than the pretrained one."""
    before, after = (one.network.state_dict() for one in (pretrained, told))
    if any(not before[name].equal(after[name]) for name in before):
        raise GateError("ESRNNForecaster.fit trained or dropped the network that was pretrained")


def defaults(train: pd.DataFrame, job: Job) -> Outcome:
    """Run sktime's class as it comes, each series by itself, but for its number of epochs."""
    outcome = Outcome()
    with outcome.phase("import"):
        import torch
        from sktime.forecasting.es_rnn import ESRNNForecaster

    torch.manual_seed(job.seed)
    try:
        with outcome.phase("train"):  # and forecast, which takes nothing beside it
            forecaster = ESRNNForecaster(num_epochs=job.n_epochs)
            rows = [_one_series(deepcopy(forecaster), y, job) for y in _series(train)]
        outcome.forecasts["y_hat"] = np.stack(rows)
    except RuntimeError as error:  # torch's, where the settings don't fit the horizon
        outcome.error = f"{type(error).__name__}: {error}"
    return outcome


def esrnn(train: pd.DataFrame, job: Job) -> Outcome:
    """Run `ESRNN` with the group's preset."""
    outcome, horizon = Outcome(), range(1, job.horizon + 1)
    with outcome.phase("import"):
        from esrnn import ESRNN

        import_module("esrnn.ensemble")  # loads torch, which `fit` would do

    shape = (train.index.unique(level=0).size, job.horizon)
    forecaster = ESRNN(
        preset=job.group,
        n_members=job.n_members,
        n_epochs=job.n_epochs,
        n_jobs=1,
        device="cpu",
        random_state=job.seed,
        start_from=None,
    )
    with outcome.phase("train"):
        forecaster.fit(train, fh=horizon)
    with outcome.phase("forecast"):
        outcome.forecasts["y_hat"] = forecaster.predict()["y"].to_numpy().reshape(shape)
    with outcome.phase("intervals"):
        shares = [percent / 100 for percent in COVERAGES]
        intervals = forecaster.predict_interval(coverage=shares)
        for percent, share in zip(COVERAGES, shares, strict=True):
            for side in ("lower", "upper"):
                bound = intervals["y", share, side].to_numpy().reshape(shape)
                outcome.forecasts[f"{side}-{percent}"] = bound
    return outcome


CONTESTANTS: dict[str, Callable[[pd.DataFrame, Job], Outcome]] = {
    "pretrained": pretrained,
    "defaults": defaults,
    "esrnn": esrnn,
}


def _series(panel: pd.DataFrame) -> Iterator[pd.Series]:
    for _, y in panel.groupby(level=0, sort=False)["y"]:
        yield y.droplevel(0)


def _one_series(forecaster: ESRNNForecaster, y: pd.Series, job: Job) -> Matrix:
    forecaster.fit(y, fh=np.arange(1, job.horizon + 1))
    y_hat: Matrix = forecaster.predict().to_numpy(dtype=np.float64).ravel()
    return y_hat


def work(folder: Path) -> dict[str, Any]:
    """Do the job that a folder holds and write its forecasts there.

    Parameters
    ----------
    folder : pathlib.Path
        With ``job.json`` and ``train.parquet``.

    Returns
    -------
    dict
        ``phases`` and ``error`` of the `Outcome`.
    """
    job = Job(**json.loads((folder / _JOB).read_text(encoding="utf-8")))
    outcome = CONTESTANTS[job.contestant](pd.read_parquet(folder / _TRAIN), job)
    arrays: dict[str, Any] = {**outcome.forecasts}
    np.savez(folder / _FORECASTS, **arrays)
    return {"phases": outcome.phases, "error": outcome.error}


def lay_out(folder: Path, train: pd.DataFrame, job: Job) -> None:
    """Write a folder for `work`."""
    train.to_parquet(folder / _TRAIN)
    (folder / _JOB).write_text(json.dumps(asdict(job)), encoding="utf-8")


def collect(folder: Path) -> dict[str, Matrix]:
    """Read the forecasts that `work` left in a folder."""
    with np.load(folder / _FORECASTS) as arrays:
        return dict(arrays)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # sktime's, of its own changes to come
    print(json.dumps(work(Path(sys.argv[1]))))
