"""The networks of a job: of a model directory, or of the package by their name."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from esrnn.errors import EsrnnError, InputError
from esrnn.files import Survey, read_partition
from esrnn.forecaster import FittedPanel, TrainedModel
from esrnn.forecaster.frequency_presets import preset_of_frequency
from esrnn.forecaster.model_files import read_parts, write_parts
from esrnn.forecaster.shipped import load_shipped
from esrnn.frames import FramedPanel, frequency_code
from esrnn.jobs.faults import CallError
from esrnn.jobs.reading import read_rows, split_future
from esrnn.networks import shipped_folder, shipped_names
from esrnn.store import MANIFEST, is_remote, read_manifest

__all__ = ["describe_networks", "model_checksum", "model_path", "read_model", "resolve_model"]


def describe_networks(networks: TrainedModel, origin: str | None = None) -> str:
    """Say in a few words which networks these are.

    Parameters
    ----------
    networks : TrainedModel
    origin : str, optional
        Where they come from; by default how they were fitted to their series.

    Returns
    -------
    str
    """
    ways = {
        "zero_shot": "as they come",
        "fine_tune": "trained a little further on these series",
        "train": "trained on these series",
        "combine": "trained networks and new ones together",
        "distil": "which learnt the forecasts of others",
    }
    n_members = len(networks.ensemble.members)
    what = f"{n_members} network{'s' * (n_members > 1)} for {networks.choice.preset} data"
    how = ways[networks.strategy] if origin is None else origin
    return f"{what}, {how}" if how else what


def model_checksum(model: str) -> str:
    """Return a checksum of a model: that of its manifest, which has those of all its files.

    Parameters
    ----------
    model : str
        A model directory or its URL, or the preset of networks that come with the package.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    CallError
        If there is neither.
    """
    return sha256(read_manifest(model_path(model))).hexdigest()


def model_path(model: str) -> str:
    """Return where a model is: a folder or a URL.

    Parameters
    ----------
    model : str
        As for `model_checksum`.

    Returns
    -------
    str

    Raises
    ------
    CallError
        If there is no such model; not looked for at a URL.
    """
    if is_remote(model):
        return model
    folder = Path(model.removeprefix("file://"))
    if not folder.exists():
        folder = shipped_folder(model) or folder
    if not (folder / MANIFEST).is_file():
        raise CallError(
            f"there is no model directory {model!r}. Give the path or the URL that fit wrote, or"
            f" one of the networks of the package: {shipped_names()}."
        )
    return str(folder)


def read_model(path: str) -> TrainedModel:
    """Read networks with what they know of their series.

    Parameters
    ----------
    path : str
        A model directory, with the history of its series or without.

    Returns
    -------
    TrainedModel

    Raises
    ------
    ModelFileError
        As `TrainedModel.load`.
    """
    plain, files = read_parts(path)
    if "panel" in plain:
        return FittedPanel.from_parts(plain, files).without_history()
    return TrainedModel.from_parts(plain, files)


def resolve_model(model: str, found: Survey, copy: Path) -> tuple[str, TrainedModel]:
    """Return the path of a job's networks, and the networks.

    Parameters
    ----------
    model : str
        As for `model_checksum`.
    found : Survey
        The input, whose step networks of the package take over.
    copy : pathlib.Path
        Where networks of the package are written to, with this step, and those of a URL.

    Returns
    -------
    str
    TrainedModel

    Raises
    ------
    ModelFileError
        If a model directory can't be read.
    CallError
        If networks of the package are for another frequency than that of the input.
    """
    if is_remote(model):  # read once: from here on it does not matter what happens there
        if not copy.exists():
            write_parts(copy, *read_parts(model))
        return str(copy), read_model(str(copy))
    folder = model.removeprefix("file://")
    if Path(folder).exists():
        return folder, read_model(folder)
    networks = load_shipped(model)
    if networks is None:
        raise CallError(f"no networks {model!r} come with the package, only {shipped_names()}.")
    framed = _first_series(found)
    known = preset_of_frequency(framed.times.freq)
    if known is not None and known[0] != networks.choice.preset:
        raise CallError(
            f"the networks {model!r} are for {networks.choice.preset} data; the step of the input"
            f" is {frequency_code(framed.times.grid)!r}. Choose other networks, or use forecast,"
            " which chooses them."
        )
    networks = replace(networks, grid=framed.times.grid)
    networks.save(copy)
    return str(copy), networks


def _first_series(found: Survey) -> FramedPanel:
    """Read the first file in which a series can be read."""
    fault: EsrnnError = InputError("the input has no rows. Give at least one observation.")
    for partition in found.partitions:
        frame = read_partition(found.source, partition, found.columns).frame
        if frame.empty:
            continue
        framed, faults = read_rows(
            split_future(frame, found.columns).history, found.columns, None, skip=True
        )
        if framed is not None:
            return framed
        fault = InputError(f"no series can be read: {faults['reason'].iloc[0]}")
    raise fault
