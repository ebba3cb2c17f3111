"""A trained model, and a fitted panel, as the parts of a model directory.

Parts are plain data, the content of ``config.json``, and files by name. `model_files` writes and
reads single files, `panel_files` the series of a fitted panel and their columns of X.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from esrnn.config import ModelConfig
from esrnn.errors import ModelFileError
from esrnn.forecaster.model_files import (
    SERIES,
    Files,
    Plain,
    ensemble_to_files,
    files_to_ensemble,
    require_file,
    series_to_bytes,
)
from esrnn.forecaster.panel_files import (
    columns_from_bytes,
    columns_to_bytes,
    ids_from_plain,
    ids_to_plain,
    panel_from_plain,
    panel_to_plain,
)
from esrnn.forecaster.partner import Partner, partner_from_parts, partner_to_parts
from esrnn.forecaster.preset_choice import PresetChoice
from esrnn.frames import CovariateEncoder, FramedPanel
from esrnn.frames.plain_data import (
    encoder_from_dict,
    encoder_to_dict,
    grid_from_dict,
    grid_to_dict,
    stamps_from_numbers,
    stamps_to_numbers,
)
from esrnn.frames.times import Grid
from esrnn.networks import Strategy
from esrnn.panel import Panel
from esrnn.store.tables import bytes_to_table, frame_of, ragged_of

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble
    from esrnn.forecaster.trained_model import TrainedModel

__all__ = [
    "model_from_parts",
    "model_to_parts",
    "panel_from_parts",
    "panel_to_parts",
    "read_series",
]

_COLUMNS = "covariates.parquet"

# What `TrainedModel` is made of, in the order of its fields.
ModelFields = tuple[
    "Ensemble",
    PresetChoice,
    CovariateEncoder | None,
    Grid,
    pd.Index | None,
    Strategy,
    Partner | None,
]


def model_to_parts(model: TrainedModel, series: bool) -> tuple[Plain, Files]:
    """Write a trained model.

    Parameters
    ----------
    model : TrainedModel
    series : bool
        Whether to write the names and smoothing parameters of its series.

    Returns
    -------
    dict
    dict of str to bytes
    """
    encoder, ids = model.encoder, model.ensemble.ids
    plain: Plain = {
        "config": model.config.to_dict(),
        "choice": asdict(model.choice),
        "encoder": None if encoder is None else encoder_to_dict(encoder),
        "grid": grid_to_dict(model.grid),
        "strategy": model.strategy,
    }
    files, index = ensemble_to_files(model.ensemble), None
    if series and ids:
        index, columns = pd.Index(list(ids)), {}
        plain["series"] = ids_to_plain(index)
        if model.starts is not None:
            columns["start"], plain["series"]["starts"] = stamps_to_numbers(model.starts)
        files[SERIES] = series_to_bytes(model.ensemble, index, columns)
    if model.partner is not None:
        plain["partner"], more = partner_to_parts(model.partner, index)
        files |= more
    return plain, files


def read_series(plain: Plain, files: Files) -> pa.Table | None:
    """Read the table of the series; None where the model has none.

    Parameters
    ----------
    plain : dict
    files : dict of str to bytes

    Returns
    -------
    pyarrow.Table or None
    """
    if "series" not in plain:
        return None
    return bytes_to_table(require_file(files, SERIES), SERIES)


def model_from_parts(plain: Plain, files: Files, series: pa.Table | None) -> ModelFields:
    """Read what `model_to_parts` wrote.

    Parameters
    ----------
    plain : dict
    files : dict of str to bytes
    series : pyarrow.Table or None
        Of `read_series`.

    Returns
    -------
    tuple
        The fields of a `TrainedModel`, in its order.
    """
    starts = None
    ids: tuple[Hashable, ...] = ()
    if series is not None:
        ids = tuple(ids_from_plain(plain["series"], series).tolist())
        if "starts" in plain["series"]:
            numbers = frame_of(series, ["start"])["start"].to_numpy(np.int64)
            starts = stamps_from_numbers(numbers, plain["series"]["starts"], None)
    encoder, partner = plain["encoder"], None
    if "partner" in plain:
        partner = partner_from_parts(plain["partner"], files, ids)
    return (
        files_to_ensemble(ModelConfig.from_dict(plain["config"]), files, ids, series),
        PresetChoice.from_dict(plain["choice"]),
        None if encoder is None else encoder_from_dict(encoder),
        grid_from_dict(plain["grid"]),
        starts,
        plain.get("strategy", "train"),  # models that were saved before don't have it
        partner,
    )


def panel_to_parts(
    framed: FramedPanel, columns: pd.DataFrame | None, model: TrainedModel
) -> tuple[Plain, Files]:
    """Write a fitted panel: its model, series and columns of X.

    Parameters
    ----------
    framed : FramedPanel
    columns : pd.DataFrame or None
    model : TrainedModel

    Returns
    -------
    dict
    dict of str to bytes
    """
    plain, files = model_to_parts(model, series=False)
    plain["series"] = ids_to_plain(framed.ids)
    plain["panel"], last = panel_to_plain(framed)
    values = (np.array(framed.panel.values), np.array(framed.panel.indptr))
    files[SERIES] = series_to_bytes(model.ensemble, framed.ids, {"last": last}, values)
    if model.partner is not None:
        files |= partner_to_parts(model.partner, framed.ids)[1]
    if columns is not None:
        plain["panel"]["X"], files[_COLUMNS] = columns_to_bytes(columns)
    return plain, files


def panel_from_parts(
    plain: Plain, files: Files
) -> tuple[FramedPanel, pd.DataFrame | None, ModelFields]:
    """Read what `panel_to_parts` wrote.

    Parameters
    ----------
    plain : dict
    files : dict of str to bytes

    Returns
    -------
    FramedPanel
    pd.DataFrame or None
    tuple
        As of `model_from_parts`.

    Raises
    ------
    ModelFileError
        If the series are missing.
    """
    table = read_series(plain, files)
    if table is None:
        raise ModelFileError(
            "a model directory with a history must name its series; save the model anew"
        )
    ids = ids_from_plain(plain["series"], table)
    values, indptr = ragged_of(table, "values")
    panel = Panel(values, indptr, tuple(ids.tolist()))
    last = frame_of(table, ["last"])["last"].to_numpy(np.int64)
    framed, columns = panel_from_plain(plain["panel"], last, ids, panel), None
    if "X" in plain["panel"]:
        data = require_file(files, _COLUMNS)
        columns = columns_from_bytes(plain["panel"]["X"], data, _COLUMNS)
    return framed, columns, model_from_parts(plain, files, table)
