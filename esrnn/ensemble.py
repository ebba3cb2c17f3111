"""Several members trained side by side, and one forecast of them all.

Members differ by seed and, if the config says so, by input window and by the seasonal periods that
they smooth with. On a CPU each runs in a process of its own with one thread: two threads of one
process wait for each other, two processes don't. Their combined quantiles are calibrated on what
each of them held back from training.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from joblib import Parallel, delayed, effective_n_jobs, parallel_config
from tqdm.auto import tqdm

from esrnn._typing import BoolArray, FloatArray
from esrnn.config import ModelConfig
from esrnn.errors import InputError
from esrnn.kernels.fit import SmoothingFit
from esrnn.panel import Panel
from esrnn.smoothing import fit_smoothing, prepare, refuse
from esrnn.threads import kept_threads
from esrnn.training import Member, forecast_member, train_member
from esrnn.training.held_back import hold_back

__all__ = ["Ensemble", "choose_device", "fit_ensemble", "member_configs"]


_MIN_BEYOND = 10.0


@dataclass(frozen=True)
class Ensemble:
    """Trained members and what they share.

    Attributes
    ----------
    config : ModelConfig
    fits : tuple of SmoothingFit
        The per-series fit that each member's training started from.
    members : tuple of Member
    """

    config: ModelConfig
    fits: tuple[SmoothingFit, ...]
    members: tuple[Member, ...]

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
        """
        forecasts = self.member_forecasts(panel, device)
        combined = combine(forecasts, self.config.ensemble.combination)
        return widen(combined, self.interval_factors(), self.fit.additive)

    def interval_factors(self) -> FloatArray:
        """Return what each quantile's distance from the median is multiplied by, of shape (Q,).

        Taken from what the members held back from training, so that each quantile has its level
        there; 1 where too little was held back to tell.

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
            If the number of series differs, or a multiplicative series has a zero or a negative
            value.
        """
        n = self.fit.unit.size
        if panel.n_series != n:
            raise InputError(
                f"the model holds parameters of {n} series; got a panel of {panel.n_series}; "
                "forecast the panel it was trained on"
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


def calibration_factors(misses: FloatArray, levels: Sequence[float]) -> FloatArray:
    """Return the factors that give each quantile its level on held-back observations.

    Parameters
    ----------
    misses : ndarray of shape (Q, K), float64
        `esrnn.training.held_back.miss_ratios`.
    levels : sequence of float, length Q

    Returns
    -------
    ndarray of shape (Q,), float64
        1 for the median, and where fewer than ten observations are expected beyond the quantile.

    Notes
    -----
    Split conformal prediction with the normalised distance as its score (Lei et al. 2018), each
    quantile by itself.

    Examples
    --------
    >>> misses = np.linspace(0.0, 2.0, 201)[None].repeat(3, 0)
    >>> calibration_factors(misses, [0.1, 0.5, 0.9])
    array([1.8, 1. , 1.8])
    """
    factors = np.ones(len(levels))
    for k, level in enumerate(levels):
        known = misses[k][np.isfinite(misses[k])]
        beyond = min(level, 1.0 - level)
        if level != 0.5 and known.size * beyond >= _MIN_BEYOND:
            factors[k] = max(float(np.quantile(known, 1.0 - beyond)), 0.0)
    return factors


def widen(quantiles: FloatArray, factors: FloatArray, additive: BoolArray) -> FloatArray:
    """Multiply each quantile's distance from the median, of logarithms for positive series.

    Parameters
    ----------
    quantiles : ndarray of shape (Q, N, H), float64
    factors : ndarray of shape (Q,), float64
    additive : ndarray of shape (N,), bool

    Returns
    -------
    ndarray of shape (Q, N, H), float64
        Not decreasing along Q.

    Examples
    --------
    >>> widen(
    ...     np.array([[[8.0]], [[10.0]], [[11.0]]]), np.array([2.0, 1.0, 3.0]), np.array([True])
    ... )
    array([[[ 6.]],
    <BLANKLINE>
           [[10.]],
    <BLANKLINE>
           [[13.]]])
    """
    middle = quantiles.shape[0] // 2
    by = factors[:, None, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = quantiles[middle] * (quantiles / quantiles[middle]) ** by
    shifted = quantiles[middle] + by * (quantiles - quantiles[middle])
    wide: FloatArray = np.where(additive[:, None], shifted, ratio)
    wide[middle] = quantiles[middle]
    for k in range(middle + 1, wide.shape[0]):
        np.maximum(wide[k], wide[k - 1], out=wide[k])
    for k in range(middle - 1, -1, -1):
        np.minimum(wide[k], wide[k + 1], out=wide[k])
    return wide


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
    variants = [
        replace(
            config,
            network=replace(config.network, input_window=window),
            smoothing=replace(smoothing, seasonal_periods=periods, scale_lag=smoothing.lag),
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
    seen = panel
    if config.training.patience:  # the fit must not see what decides when to stop
        least = max(2, config.smoothing.lag + 1)
        seen = hold_back(panel, config.network.horizon, least).train
    configs = member_configs(config)
    with kept_threads():
        by_smoothing = {c.smoothing: fit_smoothing(seen, c.smoothing) for c in configs}
    fits = [by_smoothing[c.smoothing] for c in configs]
    seeds = np.random.SeedSequence(seed).generate_state(len(configs), np.uint32).tolist()
    n_processes = min(_count_processes(n_jobs, device), len(configs))
    jobs = list(zip(fits, configs, seeds, strict=True))
    if n_processes == 1:
        members = _train_here(panel, jobs, device, progress)
    else:
        members = _train_in_processes(panel, jobs, device, progress, n_processes)
    return Ensemble(config, tuple(fits), tuple(members))


def _count_processes(n_jobs: int | None, device: str) -> int:
    if n_jobs == 0:
        raise InputError("n_jobs must be a number of processes, or -1 for one per core; got 0")
    if n_jobs is None:
        return 1 if device.startswith("cuda") else effective_n_jobs(-1)
    return int(effective_n_jobs(n_jobs))


_Jobs = list[tuple[SmoothingFit, ModelConfig, int]]


def _train_here(panel: Panel, jobs: _Jobs, device: str, progress: bool) -> list[Member]:
    n_epochs = jobs[0][1].training.n_epochs
    members = []
    with tqdm(total=len(jobs) * n_epochs, desc="epochs", disable=not progress) as bar:
        for k, (fit, config, seed) in enumerate(jobs):

            def on_epoch(epoch: int, loss: float, k: int = k) -> None:
                bar.set_postfix(member=f"{k + 1}/{len(jobs)}", loss=f"{loss:.4f}", refresh=False)
                bar.update(k * n_epochs + epoch - bar.n)

            members.append(train_member(panel, fit, config, seed, device, on_epoch))
    return members


def _train_in_processes(
    panel: Panel, jobs: _Jobs, device: str, progress: bool, n_jobs: int
) -> list[Member]:
    with parallel_config("loky", inner_max_num_threads=1):
        parallel = Parallel(n_jobs=n_jobs, return_as="generator")
        results: Iterable[Member] = parallel(
            delayed(train_member)(panel, fit, config, seed, device) for fit, config, seed in jobs
        )
        return list(_with_bar(results, len(jobs), progress))


def _with_bar(results: Iterable[Member], total: int, progress: bool) -> Iterator[Member]:
    yield from tqdm(results, total=total, desc="members", disable=not progress)
