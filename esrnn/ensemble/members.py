"""What members are made of: their settings, where they train, where finished ones are kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import torch

from esrnn.config import ModelConfig
from esrnn.errors import InputError
from esrnn.training import Member

__all__ = ["MemberStore", "choose_device", "member_configs"]


class MemberStore(Protocol):
    """Keeps members as they are finished, so that a training that was killed can go on."""

    def load(self, k: int, config: ModelConfig) -> Member | None:
        """Return member `k`, whose settings are `config`, if it was finished before."""

    def save(self, k: int, member: Member, cpu_s: float) -> None:
        """Keep member `k`, whose training took `cpu_s` processor seconds."""


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
