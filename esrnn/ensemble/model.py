"""Several members trained side by side, and one forecast of them all.

Members differ by seed and, if the config says so, by input window and by the seasonal periods that
they smooth with. On a CPU each runs in a process of its own with one thread: two threads of one
process wait for each other, two processes don't. Their combined quantiles are calibrated on what
each of them held back from training.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
from joblib import Parallel, delayed, effective_n_jobs, parallel_config
from tqdm.auto import tqdm

from esrnn._typing import FloatArray
from esrnn.calibration import calibration_factors, widen, without_idle_calibration
from esrnn.config import ModelConfig
from esrnn.errors import EsrnnError, InputError, describe_offenders
from esrnn.kernels.fit import SmoothingFit
from esrnn.panel import Panel
from esrnn.smoothing import fit_smoothing, prepare, refuse
from esrnn.threads import kept_threads
from esrnn.training import Member, forecast_member, train_member
from esrnn.training.held_back import hold_back

__all__ = ["Ensemble", "MemberStore", "choose_device", "fit_ensemble", "member_configs"]


class MemberStore(Protocol):
    """Keeps members as they are finished, so that a training that was killed can go on."""

    def load(self, k: int, config: ModelConfig) -> Member | None:
        """Return member `k`, whose settings are `config`, if it was finished before."""

    def save(self, k: int, member: Member, cpu_s: float) -> None:
        """Keep member `k`, whose training took `cpu_s` processor seconds."""


@dataclass(frozen=True, repr=False)
class Ensemble:
    """Trained members and what they share.

    Attributes
    ----------
    config : ModelConfig
    ids : tuple
        Names of the series, in the order of the parameters.
    fits : tuple of SmoothingFit
        The per-series fit that each member's training started from.
    members : tuple of Member
    """

    config: ModelConfig
    ids: tuple[Hashable, ...]
    fits: tuple[SmoothingFit, ...]
    members: tuple[Member, ...]

    def __repr__(self) -> str:
        return f"Ensemble({len(self.members)} members, {len(self.ids)} series)"

    @property
    def fit(self) -> SmoothingFit:
        """The per-series fit with the model's own seasonal periods."""
        return self.fits[0]

    def forecast(self, panel: Panel, device: str = "cpu") -> FloatArray:
        """Forecast every series from its last observation.

        Parameters
        ----------
        panel : Panel
            The series that the ensemble was trained on, in the same order; they may have grown.
        device : str

        Returns
        -------
        ndarray of shape (Q, N, H), float64
            In units of y, one for each quantile level, increasing with the level.

        Raises
        ------
        InputError
            As `require_forms`.
        EsrnnError
            If a forecast is not finite; names the series.
        """
        forecasts = self.member_forecasts(panel, device)
        combined = combine(forecasts, self.config.ensemble.combination)
        quantiles = widen(combined, self.interval_factors(), self.fit.additive)
        bad = np.flatnonzero(~np.isfinite(quantiles).all(axis=(0, 2)))
        if bad.size:
            raise EsrnnError(
                "forecasts are not finite; "
                f"{describe_offenders([panel.ids[i] for i in bad])}; check these series for "
                "extreme values"
            )
        return quantiles

    def interval_factors(self) -> FloatArray:
        """Return what each quantile's distance from the median is multiplied by, of shape (Q,).

        Taken from what the members held back from training, where each one's own quantiles get
        their levels; the combination, whose centre is better, then covers a little more. 1 where
        too little was held back to tell.

        Returns
        -------
        ndarray of shape (Q,), float64
        """
        misses = np.hstack([m.misses for m in self.members])
        return calibration_factors(misses, self.config.network.quantile_levels)

    def require_forms(self, panel: Panel) -> None:
        """Check that a panel's series can still be served in the forms that they were fitted in.

        Parameters
        ----------
        panel : Panel
            The series of the training panel, in the same order.

        Raises
        ------
        InputError
            If the series are others, or a multiplicative series has a zero or a negative value.
        """
        if panel.ids != self.ids:
            strange = [name for name, own in zip(panel.ids, self.ids, strict=False) if name != own]
            first = f", first {strange[0]!r} out of place" if strange else ""
            raise InputError(
                f"the model holds parameters of {len(self.ids)} series; got a panel of "
                f"{panel.n_series}{first}; forecast the series it was trained on, in that order"
            )
        positive = ~np.repeat(self.fit.additive, panel.lengths)
        refuse(
            panel, (panel.values <= 0.0) & positive,
            "series that were positive in fit are multiplicative and must stay > 0 until they are "
            "fitted again",
            "fit again (update with update_params=True), or fit with seasonality='additive'",
        )  # fmt: skip

    def member_forecasts(self, panel: Panel, device: str = "cpu") -> FloatArray:
        """Return each member's forecasts, of shape (n_members, Q, N, H).

        Parameters
        ----------
        panel, device
            As for `forecast`.

        Returns
        -------
        ndarray of shape (n_members, Q, N, H), float64
        """
        self.require_forms(panel)
        smoothing = self.config.smoothing
        data = prepare(panel, smoothing.seasonality, smoothing.lag)
        data = replace(data, additive=self.fit.additive)
        both = zip(self.members, self.fits, strict=True)
        return np.stack([forecast_member(m, data, fit.unit, device=device) for m, fit in both])


def combine(forecasts: FloatArray, combination: str) -> FloatArray:
    """Combine the members' forecasts, the first axis, by mean or median.

    Parameters
    ----------
    forecasts : ndarray of shape (n_members, ...), float64
    combination : {"mean", "median"}

    Returns
    -------
    ndarray of shape (...), float64

    Examples
    --------
    >>> combine(np.array([[1.0], [2.0], [6.0]]), "median")
    array([2.])
    """
    how = np.median if combination == "median" else np.mean
    combined: FloatArray = how(forecasts, axis=0)
    return combined


def choose_device(device: str) -> str:
    """Resolve ``"auto"`` and check that a device is there.

    Parameters
    ----------
    device : str
        ``"cpu"``, ``"cuda"`` (or ``"cuda:1"``) or ``"auto"``.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If the device is unknown, or CUDA is asked for where torch sees none.

    Examples
    --------
    >>> choose_device("cpu")
    'cpu'
    """
    if not isinstance(device, str):
        raise InputError(f"device must be 'cpu', 'cuda' or 'auto'; got {device!r}")
    cuda = torch.cuda.is_available()
    if device == "auto":
        return "cuda" if cuda else "cpu"
    if device == "cpu" or (device.split(":")[0] == "cuda" and cuda):
        return device
    if device.split(":")[0] == "cuda":
        raise InputError(
            f"device={device!r} was asked for, but torch sees no GPU; use device='auto' or 'cpu', "
            "or install a CUDA build of torch"
        )
    raise InputError(f"device must be 'cpu', 'cuda' or 'auto'; got {device!r}")


def member_configs(config: ModelConfig) -> list[ModelConfig]:
    """Return each member's config: seasonal periods and input windows are taken in turn.

    Parameters
    ----------
    config : ModelConfig

    Returns
    -------
    list of ModelConfig
    """
    ensemble, smoothing = config.ensemble, config.smoothing
    windows = ensemble.input_windows or (config.network.input_window,)
    seasons = ensemble.seasonal_periods or (smoothing.seasonal_periods,)
    alone = replace(ensemble, input_windows=(), seasonal_periods=())
    variants = [
        replace(
            config,
            network=replace(config.network, input_window=window),
            smoothing=replace(smoothing, seasonal_periods=periods, scale_lag=smoothing.lag),
            ensemble=alone,
        )
        for window in windows
        for periods in seasons
    ]
    return [variants[k % len(variants)] for k in range(ensemble.n_members)]


def fit_ensemble(
    panel: Panel,
    config: ModelConfig,
    *,
    seed: int | None = None,
    n_jobs: int | None = None,
    device: str = "auto",
    progress: bool = False,
    store: MemberStore | None = None,
) -> Ensemble:
    """Fit every series' smoothing, then train the members.

    Parameters
    ----------
    panel : Panel
    config : ModelConfig
    seed : int, optional
        Equal seeds give equal members, in whatever number of processes; by default drawn anew.
    n_jobs : int, optional
        Processes, counted as joblib does (-1 is one for each core); by default one for each core
        on a CPU, one on a GPU.
    device : str, default "auto"
        Where the networks train.
    progress : bool, default False
        Show a progress bar.
    store : MemberStore, optional
        Members that it has are not trained again; the others are given to it when they are done.

    Returns
    -------
    Ensemble

    Raises
    ------
    InputError
        As `esrnn.smoothing.prepare` and `choose_device`, or where no series has a future.
    TrainingError
        If a loss is not finite.
    """
    device = choose_device(device)
    if int(panel.lengths.max()) < 2:
        raise InputError(
            f"training needs a series of at least 2 observations; got {panel.n_series} series of 1;"
            " give longer histories"
        )
    seen, smoothing = panel, config.smoothing
    forms = prepare(panel, smoothing.seasonality, smoothing.lag).additive
    if config.training.patience:  # the fit must not see what decides when to stop
        seen = hold_back(panel, config.network.horizon, max(2, smoothing.lag + 1)).train
    configs = member_configs(without_idle_calibration(config, panel))
    with kept_threads():
        by_smoothing = {c.smoothing: fit_smoothing(seen, c.smoothing, forms) for c in configs}
    fits = [by_smoothing[c.smoothing] for c in configs]
    seeds = np.random.SeedSequence(seed).generate_state(len(configs), np.uint32).tolist()
    kept = [store.load(k, c) if store else None for k, c in enumerate(configs)]
    jobs = [(k, fits[k], configs[k], seeds[k]) for k, member in enumerate(kept) if member is None]
    n_processes = min(_count_processes(n_jobs, device), max(len(jobs), 1))
    if n_processes == 1:
        trained = _train_here(panel, jobs, device, progress)
    else:
        trained = _train_in_processes(panel, jobs, device, progress, n_processes)
    for k, member, cpu_s in trained:
        kept[k] = member
        if store:
            store.save(k, member, cpu_s)
    return Ensemble(config, panel.ids, tuple(fits), tuple(m for m in kept if m is not None))


def _count_processes(n_jobs: int | None, device: str) -> int:
    if n_jobs is not None and (not hasattr(n_jobs, "__index__") or n_jobs == 0):
        raise InputError(
            f"n_jobs must be a number of processes, or -1 for one per core; got {n_jobs!r}"
        )
    if n_jobs is None:
        return 1 if device.startswith("cuda") else effective_n_jobs(-1)
    return int(effective_n_jobs(n_jobs))


_Jobs = list[tuple[int, SmoothingFit, ModelConfig, int]]
_Trained = Iterator[tuple[int, Member, float]]


def _train_here(panel: Panel, jobs: _Jobs, device: str, progress: bool) -> _Trained:
    n_epochs = jobs[0][2].training.n_epochs if jobs else 0
    with tqdm(total=len(jobs) * n_epochs, desc="epochs", disable=not progress) as bar:
        for done, (k, fit, config, seed) in enumerate(jobs):

            def on_epoch(epoch: int, loss: float, done: int = done) -> None:
                bar.set_postfix(member=f"{done + 1}/{len(jobs)}", loss=f"{loss:.4f}", refresh=False)
                bar.update(done * n_epochs + epoch - bar.n)

            start = time.process_time()
            member = train_member(panel, fit, config, seed, device, on_epoch)
            yield k, member, time.process_time() - start


def _train_in_processes(
    panel: Panel, jobs: _Jobs, device: str, progress: bool, n_jobs: int
) -> _Trained:
    with parallel_config("loky", inner_max_num_threads=1):
        parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
        results: Iterable[tuple[int, Member, float]] = parallel(
            delayed(_train_timed)(panel, job, device) for job in jobs
        )
        yield from tqdm(results, total=len(jobs), desc="members", disable=not progress)


def _train_timed(
    panel: Panel, job: tuple[int, SmoothingFit, ModelConfig, int], device: str
) -> tuple[int, Member, float]:
    k, fit, config, seed = job
    start = time.process_time()
    member = train_member(panel, fit, config, seed, device)
    return k, member, time.process_time() - start
