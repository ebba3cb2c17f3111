"""Trained networks and their series as the files of a model directory.

``config.json``
    Settings, preset, encoder of covariates, time grid, names.
``ensemble.safetensors``
    What the networks share: typical errors, what effects look like.
``members/000.safetensors``, ...
    A network: weights, calibration, training history.
``series.parquet``
    A row for each series: its id and smoothing parameters; in a fitted panel also its last time
    stamp and its values.
``covariates.parquet``
    The rows of X, in a fitted panel.

An array of floats that half precision can hold as they are takes two bytes for each in these files.
`esrnn.networks.compact` makes such arrays. `esrnn.store` writes the files and checks them when they
are read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from esrnn._typing import Arrays
from esrnn.config import ModelConfig
from esrnn.errors import InputError, ModelFileError
from esrnn.forecaster.panel_files import ids_to_frame
from esrnn.store import (
    arrays_to_bytes,
    bytes_to_arrays,
    bytes_to_json,
    json_to_bytes,
    read_directory,
    write_directory,
)
from esrnn.store.tables import Matrix, Ragged, frame_of, matrix_of, table_to_bytes

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble
    from esrnn.training import Member

__all__ = [
    "SERIES",
    "Files",
    "Plain",
    "ensemble_to_files",
    "files_to_ensemble",
    "parts_that_fit",
    "read_parts",
    "require_file",
    "series_to_bytes",
    "write_parts",
]

Plain = dict[str, Any]
Files = dict[str, bytes]

SERIES = "series.parquet"

_CONFIG = "config.json"
_SHARED = "ensemble.safetensors"
_OF_A_MEMBER = re.compile(r"members\.(\d+)\.(.+)")
_WEIGHTS = "network.weights."  # of single precision; all other floats are of double precision


def write_parts(path: str | os.PathLike[str], plain: Plain, files: Files) -> None:
    """Write a model directory.

    Parameters
    ----------
    path : str or path
    plain : dict
        Content of ``config.json``.
    files : dict of str to bytes
        All other files.
    """
    write_directory(path, {_CONFIG: json_to_bytes(plain), **files})


def read_parts(path: str | os.PathLike[str]) -> tuple[Plain, Files]:
    """Read a model directory.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    plain : dict
        Content of ``config.json``.
    files : dict of str to bytes
        All files.

    Raises
    ------
    ModelFileError
        As `esrnn.store.read_directory`, or if the directory holds something else.
    """
    files = read_directory(path)
    plain = bytes_to_json(require_file(files, _CONFIG), _CONFIG)
    if not isinstance(plain, dict):
        raise ModelFileError(f"{_CONFIG} must hold an object; got {type(plain).__name__}")
    return plain, files


@contextmanager
def parts_that_fit() -> Iterator[None]:
    """Say of whatever goes wrong while parts are put together that they do not fit."""
    try:
        yield
    except ModelFileError:
        raise
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as e:
        raise ModelFileError(
            f"the files of the model directory do not fit together ({type(e).__name__}: {e})."
            " They were changed, or written by another release: save the model anew."
        ) from e


def ensemble_to_files(ensemble: Ensemble) -> dict[str, bytes]:
    """Write what an ensemble knows without its series.

    Parameters
    ----------
    ensemble : Ensemble

    Returns
    -------
    dict of str to bytes
        One file for what members share, and one for each member.
    """
    from esrnn.ensemble.arrays import ensemble_arrays

    parts: dict[str, Arrays] = {_SHARED: {}}
    for name, array in ensemble_arrays(ensemble).items():
        found = _OF_A_MEMBER.fullmatch(name)
        file, own = (_member_file(int(found[1])), found[2]) if found else (_SHARED, name)
        parts.setdefault(file, {})[own] = array
    return {file: arrays_to_bytes(_as_small(arrays)) for file, arrays in parts.items()}


def files_to_ensemble(
    config: ModelConfig,
    files: Mapping[str, bytes],
    ids: Sequence[Hashable] = (),
    table: pa.Table | None = None,
) -> Ensemble:
    """Make the ensemble that `ensemble_to_files` and `series_to_bytes` wrote.

    Parameters
    ----------
    config : ModelConfig
    files : mapping of str to bytes
    ids : sequence
        Names of the series.
    table : pyarrow.Table, optional
        The rows of the series; by default the ensemble has no series.

    Returns
    -------
    Ensemble

    Raises
    ------
    ModelFileError
        If a file or an array in it is missing, or an array is not of the shape that the settings
        ask for.
    """
    from esrnn.ensemble.arrays import ensemble_from_arrays

    arrays = _as_large(bytes_to_arrays(require_file(files, _SHARED), _SHARED))
    for k in range(config.ensemble.n_members):
        name = _member_file(k)
        own = _as_large(bytes_to_arrays(require_file(files, name), name))
        arrays |= {f"members.{k}.{key}": array for key, array in own.items()}
    series = None if table is None else _series_arrays(table)
    ensemble = ensemble_from_arrays(config, arrays, ids, series)
    for k, member in enumerate(ensemble.members):
        _require_shapes(member, len(ids), f"member {k}")
    return ensemble


def _require_shapes(member: Member, n_series: int, name: str) -> None:
    """Raise unless the arrays of a member are those that its settings ask for."""
    from esrnn.model import weight_shapes

    network, periods = member.config.network, member.config.smoothing.seasonal_periods
    n_scores, n_quantiles = member.holdout.error_scale.size, len(network.quantile_levels)
    prior, fit = member.smoothing.prior, member.smoothing
    found = {
        "rows": (fit.rows, (n_series, 3 + sum(periods)), np.float64),
        "unit": (fit.unit, (n_series,), np.float64),
        "additive": (fit.additive, (n_series,), np.bool_),
        "sigma": (fit.sigma, (n_series,), np.float64),
        "scores": (member.holdout.scores, (n_quantiles, n_scores), np.float64),
        "spacing": (member.holdout.spacing, (n_quantiles, n_scores), np.float64),
        "intermittent": (member.holdout.intermittent, (n_scores,), np.bool_),
        "prior mean": (prior.mean, (3,), np.float64),
        "prior spread": (prior.spread, (3,), np.float64),
    }
    weights, expected = member.network.weights, weight_shapes(network)
    if weights.keys() != expected.keys():
        raise InputError(f"weights of {name} must be {sorted(expected)}; got {sorted(weights)}")
    found |= {key: (weight, expected[key], np.float32) for key, weight in weights.items()}
    for what, (array, shape, dtype) in found.items():
        if array.shape != shape or array.dtype != dtype:
            raise InputError(
                f"{what} of {name} must be of shape {shape} and {np.dtype(dtype)}; got"
                f" {array.shape} and {array.dtype}"
            )


def series_to_bytes(
    ensemble: Ensemble,
    ids: pd.Index,
    columns: Mapping[str, Matrix],
    values: Ragged | None = None,
) -> bytes:
    """Write a row for each series.

    Parameters
    ----------
    ensemble : Ensemble
    ids : pd.Index of length N
    columns : mapping of str to ndarray of shape (N,)
        Further numbers of each series.
    values : (ndarray, indptr), optional
        Its observations.

    Returns
    -------
    bytes
        Of a Parquet file.

    Raises
    ------
    InputError
        If the ids are of several kinds.
    """
    from esrnn.ensemble.arrays import series_arrays

    frame, rows = ids_to_frame(ids).assign(**columns), {}
    for name, array in series_arrays(ensemble).items():
        if array.ndim == 1:
            frame[name] = array
        else:
            rows[name] = array
    lists: dict[str, Matrix | Ragged] = dict(rows)
    if values is not None:
        lists["values"] = values
    return table_to_bytes(frame, lists)


def require_file(files: Mapping[str, bytes], name: str) -> bytes:
    """Return a file's content.

    Parameters
    ----------
    files : mapping of str to bytes
    name : str

    Returns
    -------
    bytes

    Raises
    ------
    ModelFileError
        If it is missing.
    """
    if name not in files:
        raise ModelFileError(
            f"a model directory of this kind must have a file {name}; it has {sorted(files)[:5]}."
            " Give another folder, or save the model anew."
        )
    return files[name]


def _as_small(arrays: Arrays) -> Arrays:
    """Return floats in half precision where that holds all of them as they are."""
    small: Arrays = {}
    for name, array in arrays.items():
        half = array
        if array.dtype.kind == "f":
            with np.errstate(over="ignore", invalid="ignore"):
                half = array.astype(np.float16)
        small[name] = half if np.array_equal(half, array, equal_nan=True) else array
    return small


def _as_large(arrays: Arrays) -> Arrays:
    """Undo `_as_small`."""
    return {
        name: array.astype(np.float32 if name.startswith(_WEIGHTS) else np.float64)
        if array.dtype == np.float16
        else array
        for name, array in arrays.items()
    }


def _member_file(k: int) -> str:
    return f"members/{k:03d}.safetensors"


def _series_arrays(table: pa.Table) -> Arrays:
    """Read every column with a dot in its name: those of `esrnn.ensemble.arrays`."""
    found: Arrays = {}
    for name in table.column_names:
        if "." not in name:
            continue
        plain = not pa.types.is_fixed_size_list(table.schema.field(name).type)
        found[name] = np.array(frame_of(table, [name])[name]) if plain else matrix_of(table, name)
    return found
