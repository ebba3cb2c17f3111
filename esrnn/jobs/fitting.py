"""`fit`: networks for the series of some files, trained where they have to be."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from esrnn.errors import EsrnnError, InputError, LostProcessError
from esrnn.files import Columns, Source, Survey, checksum, read_partition
from esrnn.files.storage import file_errors
from esrnn.forecaster import FittedPanel, fit_panel
from esrnn.forecaster.model_files import write_parts
from esrnn.frames.skipping import join_skipped
from esrnn.jobs.call import (
    Call,
    as_horizon,
    checked_settings,
    plain_settings,
    require_unchanged,
    surveyed,
)
from esrnn.jobs.checkpoints import MemberFiles
from esrnn.jobs.faults import CallError, Unfinished
from esrnn.jobs.manifest import code_identity
from esrnn.jobs.networks import describe_networks
from esrnn.jobs.options import Run
from esrnn.jobs.reading import long_columns, read_rows, split_future
from esrnn.jobs.rejected import rejected_table, rows_of_each
from esrnn.jobs.report import Counts, Report
from esrnn.jobs.state import State, open_state
from esrnn.store import json_to_bytes, require_replaceable
from esrnn.store.tables import table_to_bytes

__all__ = ["Fitted", "fit", "fit_survey", "read_and_fit"]

log = logging.getLogger("esrnn.jobs")


RUN, REJECTED = "run.json", "rejected.parquet"  # in the model directory


def fit(
    data: str | Source,
    model: str,
    horizon: int | None = None,
    *,
    columns: Columns | None = None,
    settings: Mapping[str, Any] | None = None,
    run: Run | None = None,
) -> Report:
    """Fit networks to all series of some files, and write a model directory.

    As `forecast` does it: with trained networks of the package where they suit, else by training.
    In an `esrnn.training.data_parallel` block all processes call it; the first one writes.

    Parameters
    ----------
    data : str or Source
        A file, a folder or a pattern.
    model : str
        The folder to write; a model that is there is replaced at the end.
    horizon : int, optional
        Steps ahead to train for; by default the usual ones of the frequency.
    columns, settings, run
        As for `esrnn.jobs.forecast`.

    Returns
    -------
    Report

    Raises
    ------
    InputTypeError, InputError
        If an argument or the data can't be used; nothing is written then.
    FileError
        If a file can't be read or written.
    Unfinished
        If one of the processes that train together has ended; what was trained is kept.
    """
    call = Call("fit", run or Run())
    found = surveyed(data, columns)
    chosen = checked_settings(settings)
    if horizon is not None:
        chosen["horizon"] = as_horizon(horizon)
    asked = {**call.asked(found, horizon), "settings": plain_settings(chosen)}
    try:
        require_replaceable(model)
    except EsrnnError as error:
        raise CallError(str(error)) from None
    from esrnn.training import current_ranks  # here, since it loads torch

    writes = current_ranks().rank == 0
    with open_state(model, asked, call.run.restart) if writes else nullcontext() as state:
        result = read_and_fit(found, chosen, state, call.run)
        require_unchanged(found)
        if writes:
            _write(model, call, found, chosen, result)
    return Report(
        command=call.command,
        target=model,
        counts=result.counts,
        n_partitions=len(found.partitions),
        n_resumed=0,
        networks=describe_networks(result.fitted.model),
        manifest=f"{model}/{RUN}",
        rejected=f"{model}/{REJECTED}" if len(result.rejected) else None,
        seconds=time.monotonic() - call.began,
    )


def fit_survey(
    found: Survey, path: str, settings: Mapping[str, Any], state: State, run: Run
) -> None:
    """Fit networks to all series of some files, and write them to a model directory.

    Parameters
    ----------
    found : Survey
    path : str
        Of the model directory. What is there already is taken as it is.
    settings : mapping of str to object
        Arguments of `esrnn.ESRNN`.
    state : State
        Keeps trained members.
    run : Run

    Raises
    ------
    EsrnnError
        As `esrnn.forecaster.fit_panel`; if no series can be read.
    """
    if Path(path).exists():
        return
    fitted = read_and_fit(found, settings, state, run).fitted
    fitted.without_history().save(path)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted panel, and what came of the series of the input.

    Attributes
    ----------
    fitted : FittedPanel
    rejected : pd.DataFrame
        As `esrnn.jobs.rejected.rejected_table`.
    counts : Counts
    """

    fitted: FittedPanel
    rejected: pd.DataFrame
    counts: Counts


def _write(
    model: str, call: Call, found: Survey, chosen: Mapping[str, Any], result: Fitted
) -> None:
    """Write a model directory, and what it was fitted to."""
    plain, files = result.fitted.parts()
    files[RUN] = json_to_bytes(
        {
            "command": call.command,
            "code": code_identity(),
            "data": found.source.path,
            "columns": asdict(found.columns),
            "files": {p.name: checksum(found.source, p) for p in found.partitions},
            "settings": plain_settings(chosen),
            **asdict(result.counts),
        }
    )
    if len(result.rejected):
        files[REJECTED] = table_to_bytes(result.rejected)
    with file_errors(model, "write"):
        write_parts(model, plain, files)


def _read_within(found: Survey, run: Run) -> pd.DataFrame:
    """Read all files as one frame, or refuse to if it takes more memory than it may."""
    frames, n_rows = [], 0
    for partition in found.partitions:
        frames.append(read_partition(found.source, partition, found.columns).frame)
        n_rows += len(frames[-1])
        if run.max_memory is not None and n_rows > run.max_rows():
            raise CallError(
                f"max_memory={run.max_memory:,} is enough for about {run.max_rows():,} rows;"
                " networks are fitted to all rows together, which are more. Give more memory, or"
                " fit a part of the files and use predict for all of them."
            )
    return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]


def read_and_fit(
    found: Survey, settings: Mapping[str, Any], state: State | None, run: Run
) -> Fitted:
    """Read all files and fit networks to their series.

    Parameters
    ----------
    found, settings, run
        As for `fit_survey`.
    state : State, optional
        Keeps trained members; by default none are kept.

    Returns
    -------
    Fitted

    Raises
    ------
    EsrnnError
        As `fit_survey`.
    """
    from esrnn.runtime import limited_threads

    columns, names = found.columns, long_columns(found.columns)
    frame = _read_within(found, run)
    if frame.empty:
        raise InputError("the input has no rows. Give at least one observation for each series.")
    split, skip = split_future(frame, columns), run.on_error != "raise"
    framed, faults = read_rows(split.history, columns, None, skip)
    if framed is None:
        raise InputError(f"no series can be read: {faults['reason'].iloc[0]}")
    settings = {"n_jobs": None if run.workers == 1 else run.workers, **settings}
    if run.time_budget is not None:
        settings.setdefault("time_budget", run.time_budget)
    X = split.X
    if X is not None:
        X = X[X.index.get_level_values(0).isin(framed.ids)]
    log.info(
        "%d series read; networks are chosen and fitted (verbose=1 among the settings shows the"
        " time left)",
        framed.n_series,
    )
    with nullcontext() if run.threads is None else limited_threads(run.threads):
        store = None if state is None else MemberFiles(state.folder / "members")
        errors: Literal["skip", "raise"] = "skip" if skip else "raise"
        try:
            fitted = fit_panel(framed, X, settings, errors=errors, store=store)
        except LostProcessError as error:
            raise Unfinished(f"{error} The same call goes on with the next network.") from error
    if skip:
        faults = join_skipped(faults, fitted.framed.skipped[len(framed.skipped) :])
    n_rows = rows_of_each(frame[names.id])
    rejected = rejected_table(faults, n_rows, "")
    counts = Counts(
        n_rows=len(frame),
        n_rows_rejected=int(rejected["n_rows"].sum()),
        n_series=fitted.framed.n_series,
        n_rejected=int(rejected["series"].notna().sum()),
        n_rows_ahead=len(frame) - len(split.history),
    )
    return Fitted(fitted, rejected, counts)
