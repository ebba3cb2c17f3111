"""`update`: new rows for the series of a model, without training."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import cast

import numpy as np
import pandas as pd

from esrnn._checks import as_whole
from esrnn.ensemble.cutting import without_first_steps
from esrnn.errors import EsrnnError, InputError
from esrnn.files import Columns, Source, checksum
from esrnn.files.storage import file_errors
from esrnn.forecaster import FittedPanel
from esrnn.forecaster.model_files import read_parts, write_parts
from esrnn.forecaster.partner import map_ensembles
from esrnn.forecaster.updating import update_panel
from esrnn.frames import FramedPanel
from esrnn.frames.skipping import none_skipped, skip_series
from esrnn.jobs.call import Call, require_unchanged
from esrnn.jobs.faults import CallError
from esrnn.jobs.fitting import REJECTED, RUN
from esrnn.jobs.known_columns import surveyed_for_model
from esrnn.jobs.manifest import code_identity
from esrnn.jobs.networks import describe_networks, model_checksum, model_path
from esrnn.jobs.options import Run
from esrnn.jobs.reading import long_columns, split_future
from esrnn.jobs.rejected import rejected_table, rows_of_each
from esrnn.jobs.report import Counts, Report
from esrnn.jobs.state import open_state
from esrnn.jobs.tables import read_all
from esrnn.panel import Panel
from esrnn.panel.flat import flat_positions, indptr_of
from esrnn.store import json_to_bytes, require_replaceable
from esrnn.store.tables import table_to_bytes

__all__ = ["keep_last", "update"]


def update(
    model: str,
    data: str | Source,
    out: str | None = None,
    *,
    columns: Columns | None = None,
    keep: int | None = None,
    run: Run | None = None,
) -> Report:
    """Move the series of a model on with new rows, and take new series; nothing is trained.

    Rows after the end of a series make it longer, others correct it. A series that is not in the
    model joins in. Smoothing parameters stay, and are fitted for new series.

    Parameters
    ----------
    model : str
        A model directory with the history of its series, such as `fit` writes.
    data : str or Source
        New rows. Those of series that are there already may be given again. Where columns are
        known in advance, rows after the last value of a series are its future, and so are all rows
        of a series that has none here.
    out : str, optional
        The folder to write; by default `model` is replaced at the end.
    columns : Columns, optional
        Names of the columns; those left out are found.
    keep : int, optional
        Keep the last so many steps of each series, and the columns of X from there on, so that the
        model does not grow with each update. Smoothing parameters stay; a level begins anew at the
        first step that is kept.
    run : Run, optional

    Returns
    -------
    Report
        Its counts are of the new rows.

    Raises
    ------
    CallError
        If the model has no history.
    InputError
        If the rows can't be used; the model is as it was.
    FileError, ModelFileError
        If a file can't be read or written.
    """
    call = Call("update", run or Run())
    before = model_checksum(model)
    plain, files = read_parts(model_path(model))
    if "panel" not in plain:
        raise CallError(
            f"the model {model!r} holds no history of series, which new rows could go on from. Give"
            " a model that fit wrote."
        )
    target = model if out is None else out
    try:
        require_replaceable(target)
    except EsrnnError as error:
        raise CallError(str(error)) from None
    found = surveyed_for_model(model, data, columns)
    fitted = FittedPanel.from_parts(plain, files)
    # There is nothing to go on from: new rows are merged at once, or not at all.
    with open_state(target, call.asked(found, None), restart=True):
        frame = read_all(found)
        moved, faults = _merged(fitted, frame, found.columns, call.run.on_error != "raise")
        require_unchanged(found)
        if keep is not None:
            moved = keep_last(moved, as_whole("keep", keep))
        rows = rows_of_each(frame[long_columns(found.columns).id])
        rejected = rejected_table(faults, rows, "")
        counts = Counts(
            n_rows=len(frame),
            n_rows_rejected=int(rejected["n_rows"].sum()),
            n_series=len(rows) - len(rejected),
            n_rejected=int(rejected["series"].notna().sum()),
        )
        plain, files = moved.parts()
        files[RUN] = json_to_bytes(
            {
                "command": call.command,
                "code": code_identity(),
                "model_before": before,
                "data": found.source.path,
                "columns": asdict(found.columns),
                "files": {p.name: checksum(found.source, p) for p in found.partitions},
                "settings": {},
                **asdict(counts),
            }
        )
        if len(rejected):
            files[REJECTED] = table_to_bytes(rejected)
        with file_errors(target, "write"):
            write_parts(target, plain, files)
    return Report(
        command=call.command,
        target=target,
        counts=counts,
        n_partitions=len(found.partitions),
        n_resumed=0,
        networks=describe_networks(moved.model),
        manifest=f"{target}/{RUN}",
        rejected=f"{target}/{REJECTED}" if len(rejected) else None,
        seconds=time.monotonic() - call.began,
    )


def _merged(
    fitted: FittedPanel, frame: pd.DataFrame, columns: Columns, skip: bool
) -> tuple[FittedPanel, pd.DataFrame]:
    """Merge new rows, without series that errors name if that is wanted."""
    if frame.empty:
        raise InputError("the input has no rows. Give at least one new row.")
    names = long_columns(columns)

    def merge(frame: pd.DataFrame) -> FittedPanel:
        split = split_future(frame, columns)
        history = split.history
        if columns.future:  # rows without any value, of a series of the model, are its future
            known = history[names.id].isin(fitted.framed.ids)
            seen = history[names.value].notna().groupby(history[names.id]).transform("any")
            history = history[seen | ~known]
        y = history.set_index([names.id, names.time])[[names.value]]
        return update_panel(fitted, y if len(y) else None, split.X)

    if not skip:
        return merge(frame), none_skipped()
    return skip_series(
        merge, frame, lambda frame: pd.Index(frame[names.id]), lambda frame, own: frame[own]
    )


def keep_last(fitted: FittedPanel, n_steps: int) -> FittedPanel:
    """Keep the last steps of each series, smoothed on as before.

    Parameters
    ----------
    fitted : FittedPanel
    n_steps : int

    Returns
    -------
    FittedPanel
        Columns of X have no rows before them.
    """
    panel = fitted.framed.panel
    lengths = np.minimum(panel.lengths, n_steps)
    at = flat_positions(panel.indptr[1:] - lengths, lengths)
    indptr, values = indptr_of(lengths), panel.values[at]
    observed = np.where(np.isnan(values), values.size, np.arange(values.size))
    first = np.minimum.reduceat(observed, indptr[:-1]) - indptr[:-1]
    # Where nothing was observed in all these steps, the series stays as it is.
    empty = first >= lengths
    lengths = np.where(empty, panel.lengths, lengths - first)
    cut = panel.lengths - lengths
    if not cut.any():
        return fitted
    at = flat_positions(panel.indptr[1:] - lengths, lengths)
    shorter = Panel(panel.values[at], indptr_of(lengths), panel.ids)
    framed = replace(fitted.framed, panel=shorter)
    covariates = fitted.model.covariates(fitted.framed, fitted.columns, fitted.model.horizon)
    model = map_ensembles(
        fitted.model,
        lambda own: without_first_steps(own, own.prepared(panel, covariates), cut),
    )
    return replace(fitted, framed=framed, model=model, columns=_from_starts(fitted.columns, framed))


def _from_starts(X: pd.DataFrame | None, framed: FramedPanel) -> pd.DataFrame | None:
    """Return the rows of X that are not before the start of their series."""
    if X is None:
        return None
    index = cast("pd.MultiIndex", X.index)
    place = framed.ids.get_indexer(index.droplevel(-1))
    return X[(place < 0) | (index.get_level_values(-1) >= framed.starts().take(place))]
