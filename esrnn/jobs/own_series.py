"""Forecasts of the series whose history is in a model."""

from __future__ import annotations

import time

import pandas as pd

from esrnn.errors import EsrnnError, InputError
from esrnn.files import write_table
from esrnn.files.joined_ids import with_parts
from esrnn.files.storage import file_errors, open_storage, replace_file
from esrnn.forecaster import FittedPanel, skip_fitted
from esrnn.forecaster.model_files import read_parts
from esrnn.forecaster.stale import name_stale
from esrnn.frames.skipping import none_skipped
from esrnn.jobs.call import Call, as_horizon
from esrnn.jobs.faults import CallError
from esrnn.jobs.manifest import code_identity
from esrnn.jobs.networks import describe_networks, model_checksum, model_path
from esrnn.jobs.piece import forecast_fitted, warnings_logged
from esrnn.jobs.rejected import rejected_table
from esrnn.jobs.report import Counts, Report
from esrnn.jobs.state import open_state
from esrnn.jobs.target import MANIFEST, REJECTED_FILE, file_target
from esrnn.store import json_to_bytes

__all__ = ["predict_own"]


def predict_own(call: Call, model: str, out: str, horizon: int | None) -> Report:
    """Forecast the series whose history is in a model.

    Parameters
    ----------
    call : Call
    model : str
        A model directory with a history.
    out : str
        A file that ends in ``.csv`` or ``.parquet``.
    horizon : int, optional
        By default that of the model.

    Returns
    -------
    Report

    Raises
    ------
    CallError
        If the model has no history, or `out` is no file.
    InputError
        If no series can be forecast.
    """
    checksum = model_checksum(model)
    plain, files = read_parts(model_path(model))
    if "panel" not in plain:
        raise CallError(
            f"the model {model!r} holds no history of series. Give the data to forecast, or a model"
            " that fit wrote."
        )
    target = file_target(out)
    fitted = FittedPanel.from_parts(plain, files)
    steps = fitted.model.horizon if horizon is None else as_horizon(horizon)
    # There is nothing to go on from: all is forecast at once.
    with open_state(target.path, {"files": {}}, restart=True):
        target.require_free()
        with warnings_logged():
            name_stale(fitted.framed, fitted.model.horizon)
        forecasts, faults = _forecast(fitted, steps, call)
        time_name = forecasts.columns[fitted.framed.ids.nlevels]
        if isinstance(forecasts[time_name].dtype, pd.PeriodDtype) or target.format == "csv":
            forecasts[time_name] = forecasts[time_name].astype(str)
        lengths = dict(zip(fitted.framed.panel.ids, fitted.framed.panel.lengths, strict=True))
        n_rows = {name: int(n) for name, n in lengths.items()}
        rejected = rejected_table(faults, n_rows, "")
        counts = Counts(
            n_rows=sum(n_rows.values()),
            n_rows_rejected=int(rejected["n_rows"].sum()),
            n_series=len(forecasts) // steps,
            n_rejected=len(rejected),
        )
        if len(rejected):
            write_table(rejected, target.beside(REJECTED_FILE))
        manifest = {
            "format": "esrnn forecasts",
            "command": call.command,
            "code": code_identity(),
            "networks": {"sha256": checksum},
            "data": None,
            "horizon": steps,
            **{name: value for name, value in vars(counts).items()},
        }
        storage, inside = open_storage(target.beside(MANIFEST))
        with file_errors(inside, "write"), replace_file(storage, inside) as file:
            file.write(json_to_bytes(manifest))
        write_table(with_parts(forecasts, str(fitted.framed.ids.name)), target.path)
    return Report(
        command=call.command,
        target=target.path,
        counts=counts,
        n_partitions=0,
        n_resumed=0,
        networks=describe_networks(fitted.model, f"of {model}"),
        manifest=target.beside(MANIFEST),
        rejected=target.beside(REJECTED_FILE) if len(rejected) else None,
        seconds=time.monotonic() - call.began,
    )


def _forecast(fitted: FittedPanel, steps: int, call: Call) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forecast all series, without those that can't be if that is wanted."""
    if call.run.on_error == "raise":
        return forecast_fitted(fitted, None, steps, call.output), none_skipped()
    try:
        return skip_fitted(lambda some: forecast_fitted(some, None, steps, call.output), fitted)
    except EsrnnError as error:
        raise InputError(f"no series of the model can be forecast: {error}") from None
