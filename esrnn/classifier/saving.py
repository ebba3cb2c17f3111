"""A fitted `SeriesClassifier` as a model directory, and back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from esrnn.classifier.encoding import HistoryColumn, HistoryEncoder
from esrnn.errors import InputError, ModelFileError
from esrnn.forecaster.model_files import parts_that_fit, read_parts, require_file, write_parts
from esrnn.frames.columns import NumberColumn
from esrnn.frames.plain_data import (
    column_from_dict,
    column_to_dict,
    name_from_plain,
    name_to_plain,
)
from esrnn.store import arrays_to_bytes, bytes_to_arrays

__all__ = ["SavedClassifier", "read_classifier", "write_classifier"]

_KIND = "SeriesClassifier"


@dataclass(frozen=True, eq=False)
class SavedClassifier:
    """What a model directory holds of a classifier.

    Attributes
    ----------
    parameters : dict
        Arguments by name.
    classes : ndarray of shape (n_classes,)
    encoder : HistoryEncoder or None
        None, as for the networks, where only one class was seen.
    weights : tuple of dict of str to ndarray
        Those of each network.
    """

    parameters: dict[str, Any]
    classes: np.ndarray[Any, Any]
    encoder: HistoryEncoder | None
    weights: tuple[dict[str, Any], ...]


def write_classifier(path: str | os.PathLike[str], saved: SavedClassifier) -> None:
    """Write a model directory.

    Parameters
    ----------
    path : str or path
    saved : SavedClassifier

    Raises
    ------
    InputError
        If a class, a column's name or an argument is neither text nor a number, or something else
        than a model directory is at `path`.
    """
    if saved.classes.dtype.kind not in "biufUO":
        raise InputError(
            f"classes can be saved if they are text or numbers; got {saved.classes.dtype}. Convert"
            " y before fit."
        )
    plain = {
        "model": _KIND,
        "parameters": saved.parameters,
        "classes": [name_to_plain(label) for label in saved.classes.tolist()],
        "dtype": saved.classes.dtype.str,
        "encoder": None if saved.encoder is None else _encoder_to_dict(saved.encoder),
        "n_networks": len(saved.weights),
    }
    files = {_file_of(k): arrays_to_bytes(own) for k, own in enumerate(saved.weights)}
    write_parts(path, plain, files)


def read_classifier(path: str | os.PathLike[str]) -> SavedClassifier:
    """Read what `write_classifier` wrote.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    SavedClassifier

    Raises
    ------
    ModelFileError
        If it is no such directory, or a file is missing or changed.
    """
    plain, files = read_parts(path)
    if plain.get("model") != _KIND:
        raise ModelFileError(
            f"{str(path)!r} must hold a {_KIND}; it holds another model. Read a forecaster by"
            " esrnn.load_model."
        )
    with parts_that_fit():
        names = [_file_of(k) for k in range(plain["n_networks"])]
        encoder = plain["encoder"]
        return SavedClassifier(
            plain["parameters"],
            np.array(plain["classes"], dtype=plain["dtype"]),
            None if encoder is None else _encoder_from_dict(encoder),
            tuple(bytes_to_arrays(require_file(files, name), name) for name in names),
        )


def _file_of(k: int) -> str:
    return f"members/{k:03d}.safetensors"


def _encoder_to_dict(encoder: HistoryEncoder) -> dict[str, Any]:
    history = [
        {
            "name": name_to_plain(own.name),
            "column": None if own.column is None else column_to_dict(own.column),
            "flags_missing": own.flags_missing,
        }
        for own in encoder.history
    ]
    return {
        "history": history,
        "static": [column_to_dict(column) for column in encoder.static],
        "measures": [column_to_dict(column) for column in encoder.measures],
        "dropped": [name_to_plain(name) for name in encoder.dropped],
        "max_steps": encoder.max_steps,
    }


def _encoder_from_dict(plain: Mapping[str, Any]) -> HistoryEncoder:
    history = tuple(
        HistoryColumn(
            name_from_plain(own["name"]),
            None if own["column"] is None else column_from_dict(own["column"]),
            own["flags_missing"],
        )
        for own in plain["history"]
    )
    measures = tuple(column_from_dict(column) for column in plain["measures"])
    return HistoryEncoder(
        history,
        tuple(column_from_dict(column) for column in plain["static"]),
        tuple(column for column in measures if isinstance(column, NumberColumn)),
        tuple(name_from_plain(name) for name in plain["dropped"]),
        plain["max_steps"],
    )
