"""`forecast` and `predict`: from files to files of forecasts."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from esrnn.errors import InputError
from esrnn.files import Columns, Source, Survey, write_table
from esrnn.files.partitions import Partition
from esrnn.jobs.call import (
    Call,
    as_horizon,
    checked_settings,
    plain_settings,
    require_unchanged,
    surveyed,
)
from esrnn.jobs.fitting import fit_survey
from esrnn.jobs.known_columns import surveyed_for_model
from esrnn.jobs.manifest import make_manifest
from esrnn.jobs.networks import describe_networks, model_checksum, read_model, resolve_model
from esrnn.jobs.options import Output, Run
from esrnn.jobs.own_series import predict_own
from esrnn.jobs.partition import Plan, rejected_name
from esrnn.jobs.report import Counts, Report
from esrnn.jobs.state import State, open_state
from esrnn.jobs.target import MANIFEST, REJECTED_FILE, Target, find_target
from esrnn.jobs.work import forecast_partitions

__all__ = ["forecast", "predict"]

log = logging.getLogger("esrnn.jobs")

_PARTS = "parts"


def forecast(
    data: str | Source,
    out: str,
    horizon: int,
    *,
    columns: Columns | None = None,
    settings: Mapping[str, Any] | None = None,
    output: Output | None = None,
    run: Run | None = None,
) -> Report:
    """Forecast all series of some files, without a model.

    The networks are those that `esrnn.ESRNN` would take: trained ones of the package where they
    suit the frequency and the number of series, else new ones that are trained on all series.

    Parameters
    ----------
    data : str or Source
        A file, a folder or a pattern.
    out : str
        A file whose name ends in ``.csv`` or ``.parquet``, or else a folder that gets a file for
        each one of the input. Replaced at the end, if it is there.
    horizon : int
        Steps ahead.
    columns : Columns, optional
        Names of the columns; those left out are found.
    settings : mapping of str to object, optional
        Arguments of `esrnn.ESRNN` by name. `random_state` is 0 if it is not given.
    output : Output, optional
    run : Run, optional

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
        If the time budget is used up or workers die; the same call goes on.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from esrnn.files import write_table
    >>> folder = tempfile.mkdtemp()
    >>> months = pd.date_range("2020-01", periods=36, freq="MS")
    >>> sales = 50.0 + 10.0 * np.sin(np.arange(36) * np.pi / 6.0)
    >>> write_table(
    ...     pd.DataFrame({"unique_id": "a", "ds": months, "y": sales}), f"{folder}/y.parquet"
    ... )
    >>> report = forecast(f"{folder}/y.parquet", f"{folder}/f.parquet", 3)
    >>> report.counts.n_series, pd.read_parquet(f"{folder}/f.parquet").columns.tolist()
    (1, ['unique_id', 'ds', 'y_hat', 'lo-80', 'hi-80', 'lo-95', 'hi-95', 'status', 'method'])
    """
    call = Call("forecast", run or Run(), output or Output())
    horizon = as_horizon(horizon)
    found = surveyed(data, columns)
    target = find_target(out, found.source, found.partitions, call.output.format)
    settings = {**checked_settings(settings), "horizon": horizon}
    asked = {**call.asked(found, horizon=horizon), "settings": plain_settings(settings)}
    with open_state(out, asked, call.run.restart) as state:
        target.bring_back(state.folder)
        target.require_free()
        model = str(state.folder / "model")
        fit_survey(found, model, settings, state, call.run)
        return _write(call, found, target, model, horizon, state)


def predict(
    model: str,
    data: str | Source | None,
    out: str,
    *,
    horizon: int | None = None,
    columns: Columns | None = None,
    output: Output | None = None,
    run: Run | None = None,
) -> Report:
    """Forecast the series of some files with trained networks; nothing is trained.

    Parameters
    ----------
    model : str
        A model directory, such as `fit` writes, or the preset of networks that come with the
        package, such as ``"monthly"``.
    data : str, Source or None
        As for `forecast`; None forecasts the series whose history is in the model.
    out, columns, output, run
        As for `forecast`.
    horizon : int, optional
        Steps ahead; by default those that the networks were trained for.

    Returns
    -------
    Report

    Raises
    ------
    InputTypeError, InputError, FileError, Unfinished
        As `forecast`.
    ModelFileError
        If the model can't be read.
    """
    call = Call("predict", run or Run(), output or Output())
    if data is None:
        return predict_own(call, model, out, horizon)
    found = surveyed_for_model(model, data, columns)
    target = find_target(out, found.source, found.partitions, call.output.format)
    checksum = model_checksum(model)
    asked = {**call.asked(found, horizon=horizon), "model": checksum}
    with open_state(out, asked, call.run.restart) as state:
        target.bring_back(state.folder)
        target.require_free()
        path, networks = resolve_model(model, found, state.folder / "model")
        steps = networks.horizon if horizon is None else as_horizon(horizon)
        said = describe_networks(networks, f"of {model}")
        return replace(_write(call, found, target, path, steps, state), networks=said)


def _write(
    call: Call, found: Survey, target: Target, model: str, horizon: int, state: State
) -> Report:
    """Forecast file after file, keep account, and put the whole in place."""
    parts = state.folder / _PARTS
    parts.mkdir(exist_ok=True)
    run, output = call.run, call.output
    plan = Plan(
        source=found.source,
        columns=found.columns,
        model=model,
        horizon=horizon,
        output=output,
        on_error=run.on_error,
        target=target,
        parts=str(parts),
        max_rows=run.max_rows(),
    )
    ledger = {
        place: entry
        for place, partition in enumerate(found.partitions)
        if (entry := _finished(state, parts, target, place, partition)) is not None
    }
    n_resumed, n_all = len(ledger), len(found.partitions)
    todo = [(k, partition) for k, partition in enumerate(found.partitions) if k not in ledger]
    for place, entry in forecast_partitions(plan, todo, run, call.deadline()):
        state.save(_entry(place), entry)
        ledger[place] = entry
        log.info(
            "%s: %d series forecast",
            entry["input"],
            entry["n_series"],
            extra={"progress": (len(ledger), n_all)},
        )
    in_order = [ledger[place] for place in range(n_all)]
    counts = sum((Counts.of(entry) for entry in in_order), Counts())
    rejected = _collect_rejected(state, in_order, parts)
    _require_some(counts, state, in_order)
    require_unchanged(found)
    networks = read_model(model)
    manifest = make_manifest(call.command, networks, model, plan, in_order)
    state.save(f"{_PARTS}/{MANIFEST}", manifest)
    outputs = [entry["output"] for entry in in_order]
    _remove_others(parts, {*outputs, MANIFEST, REJECTED_FILE})
    target.put(parts, outputs)
    return Report(
        command=call.command,
        target=target.path,
        counts=counts,
        n_partitions=n_all,
        n_resumed=n_resumed,
        networks=describe_networks(networks),
        manifest=target.beside(MANIFEST),
        rejected=target.beside(REJECTED_FILE) if rejected else None,
        seconds=time.monotonic() - call.began,
    )


def _entry(place: int) -> str:
    return f"done/{place:06d}.json"


def _finished(
    state: State, parts: Path, target: Target, place: int, partition: Partition
) -> dict[str, Any] | None:
    """Return the entry of a file that an earlier attempt finished, if its part is there."""
    entry = state.load(_entry(place))
    if entry is None or not (parts / target.part_name(place, partition)).exists():
        return None
    return entry


def _remove_others(parts: Path, names: set[str]) -> None:
    """Remove what a process left among the parts that was killed while it wrote one."""
    for path in parts.rglob("*"):
        if path.is_file() and path.relative_to(parts).as_posix() not in names:
            path.unlink()


def _collect_rejected(state: State, entries: Sequence[Mapping[str, Any]], parts: Path) -> bool:
    """Write the rejected series of all files as one table, if there are any."""
    tables = [
        pd.read_parquet(state.folder / rejected_name(place))
        for place, entry in enumerate(entries)
        if entry["has_rejected"]
    ]
    if tables:
        write_table(pd.concat(tables, ignore_index=True), str(parts / REJECTED_FILE))
    return bool(tables)


def _require_some(counts: Counts, state: State, entries: Sequence[Mapping[str, Any]]) -> None:
    """Refuse to put a file without any forecast in place."""
    if counts.n_series:
        return
    if not counts.n_rows:
        raise InputError("the input has no rows. Give at least one observation for each series.")
    place = next(k for k, entry in enumerate(entries) if entry["has_rejected"])
    table = pd.read_parquet(state.folder / rejected_name(place))
    reasons = table["reason"].value_counts()
    raise InputError(
        f"no series could be forecast; {len(reasons)} reasons, the first for"
        f" {int(reasons.iloc[0])} series of {table['partition'].iloc[0]}: {reasons.index[0]}."
        f" {table['remedy'].iloc[0] or ''}".rstrip()
    )
