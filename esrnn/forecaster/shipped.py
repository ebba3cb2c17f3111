"""Networks that come with the package: model directories with a card, written and read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from esrnn.errors import InputError
from esrnn.forecaster.model_files import write_parts
from esrnn.forecaster.preset_choice import PresetChoice
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames.times import IntegerGrid
from esrnn.networks import compact, shipped_folder
from esrnn.store import json_to_bytes

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble

__all__ = ["CARD", "load_shipped", "ship_networks"]

CARD = "card.json"


def ship_networks(
    networks: TrainedModel | Ensemble,
    path: str | os.PathLike[str],
    card: Mapping[str, Any],
    *,
    preset: str | None = None,
    n_scores: int = 500,
) -> TrainedModel:
    """Write networks as a model directory that the package can come with.

    Parameters
    ----------
    networks : TrainedModel or Ensemble
        Trained without covariates. Of an `ESRNN` that was pretrained it is its `pretrained_`.
    path : str or path
        A new folder, or a model directory, which is replaced. In the package it has the name of a
        preset.
    card : mapping
        What is to be said of the networks, as plain data: it becomes the file ``card.json``.
    preset : str, optional
        Key of `esrnn.config.presets.PRESETS`; by default that of a `TrainedModel`.
    n_scores : int, default 500
        As for `esrnn.networks.compact`.

    Returns
    -------
    TrainedModel
        As it is read back: without series, and with rounded weights, to be scored before it ships.

    Raises
    ------
    InputError
        As `esrnn.networks.compact`, if an `Ensemble` comes without a preset, or if something else
        is at `path`.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np, pandas as pd
    >>> from esrnn.forecaster import fit_panel
    >>> from esrnn.frames import long_to_panel
    >>> df = pd.DataFrame({"unique_id": "a", "ds": range(24), "y": 10.0 + np.arange(24.0) % 4})
    >>> small = {"horizon": 2, "n_members": 1, "n_epochs": 1, "hidden_size": 4}
    >>> trained = fit_panel(long_to_panel(df), settings=small).model
    >>> folder = tempfile.mkdtemp() + "/quarterly"
    >>> ship_networks(trained, folder, {"data": "one series"}).ensemble
    Ensemble(1 members, 0 series)
    >>> sorted(one.name for one in Path(folder).iterdir())
    ['MANIFEST.json', 'card.json', 'config.json', 'ensemble.safetensors', 'members']
    """
    ensemble: Ensemble
    if isinstance(networks, TrainedModel):
        ensemble, preset = networks.ensemble, preset or networks.choice.preset
    else:
        ensemble = networks
    periods = ensemble.config.smoothing.seasonal_periods
    if preset is None:
        raise InputError("preset must name what an Ensemble is for, such as 'monthly'; got None")
    choice = PresetChoice(periods, preset, reason=f"networks for {preset} data")
    # Integers match any time stamps: the folder's name says which data the networks are for.
    model = TrainedModel(compact(ensemble, n_scores), choice, None, IntegerGrid(1))
    plain, files = model.parts(series=False)
    write_parts(path, plain, {**files, CARD: json_to_bytes(dict(card))})
    return TrainedModel.load(path)


def load_shipped(preset: str, folder: str | os.PathLike[str] | None = None) -> TrainedModel | None:
    """Read the networks of a preset that come with the package; once in a process.

    Parameters
    ----------
    preset : str
    folder : str or path, optional
        As for `esrnn.networks.shipped_folder`.

    Returns
    -------
    TrainedModel or None
        Without series; None if there are no such networks.

    Raises
    ------
    ModelFileError
        If the files were changed or damaged.
    """
    path = shipped_folder(preset, folder)
    return None if path is None else _load_once(path)


@cache
def _load_once(path: Path) -> TrainedModel:
    return TrainedModel.load(path)
