"""One file of the input from reading to a finished part of the output, in any process."""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from esrnn.errors import EsrnnError
from esrnn.files import Columns, Source, as_written, checksum, read_pieces, write_table
from esrnn.files.partitions import Partition
from esrnn.forecaster import TrainedModel
from esrnn.jobs.layout import to_hubverse
from esrnn.jobs.networks import read_model
from esrnn.jobs.options import OnError, Output
from esrnn.jobs.piece import Piece, forecast_rows
from esrnn.jobs.reading import long_columns
from esrnn.jobs.rejected import rejected_table, rows_of_each
from esrnn.jobs.report import Counts
from esrnn.jobs.target import Target

__all__ = ["Plan", "forecast_partition", "rejected_name"]


@dataclass(frozen=True)
class Plan:
    """What is done with each file of the input.

    Attributes
    ----------
    source : Source
    columns : Columns
        Whose names are known.
    model : str
        Path of a model directory.
    horizon : int
        Steps ahead.
    output : Output
    on_error : {"raise", "skip", "fallback"}
    target : Target
    parts : str
        The folder of finished parts.
    max_rows : int
        Rows that are in memory at once.
    threads : int or None
        Of this process.
    """

    source: Source
    columns: Columns
    model: str
    horizon: int
    output: Output
    on_error: OnError
    target: Target
    parts: str
    max_rows: int
    threads: int | None = None


def forecast_partition(plan: Plan, place: int, partition: Partition) -> dict[str, Any]:
    """Forecast the series of a file, and write the part of the output that they make.

    Parameters
    ----------
    plan : Plan
    place : int
        Number of the file among all.
    partition : Partition

    Returns
    -------
    dict
        Plain data for the ledger: names and checksums of both files, and `Counts`.

    Raises
    ------
    EsrnnError
        As `esrnn.jobs.piece.forecast_rows`, or if a file can't be read or written. It names the
        file.
    """
    from esrnn.runtime import limited_threads

    try:
        with nullcontext() if plan.threads is None else limited_threads(plan.threads):
            return _forecast(plan, place, partition)
    except EsrnnError as error:
        error.add_note(f"in {partition.name}")
        raise


def rejected_name(place: int) -> str:
    """Return the name of the table of a file's rejected series, beside the parts."""
    return f"rejected-{place:06d}.parquet"


def _forecast(plan: Plan, place: int, partition: Partition) -> dict[str, Any]:
    """Forecast a file piece by piece, each of whole series."""
    model = _load(plan.model, os.stat(plan.model).st_mtime_ns)
    id_ = long_columns(plan.columns).id
    tables, rejected, counts = [], [], Counts()
    for table in read_pieces(plan.source, partition, plan.columns, max_rows=plan.max_rows):
        piece = forecast_rows(
            table.frame, plan.columns, model, plan.horizon, plan.output, plan.on_error
        )
        tables.append(as_written(piece.forecasts, table.columns, table.form))
        n_rows = rows_of_each(table.frame[id_]) if len(piece.faults) else {}
        refused = rejected_table(piece.faults, n_rows, partition.name, piece.rescued)
        rejected.append(refused)
        counts += _counts(piece, len(table.frame), refused)
    written = pa.concat_tables(tables)
    if plan.output.layout == "hubverse":
        written = to_hubverse(written, plan.output, plan.horizon)
    if not plan.target.is_folder:
        written = _with_keys(written, partition)
    part = Path(plan.parts) / plan.target.part_name(place, partition)
    write_table(written, str(part))
    has_rejected = any(len(one) for one in rejected)
    if has_rejected:
        refused = pd.concat(rejected, ignore_index=True)
        write_table(refused, str(Path(plan.parts).parent / rejected_name(place)))
    return {
        "input": partition.name,
        "input_sha256": checksum(plan.source, partition),
        "output": plan.target.part_name(place, partition),
        "output_sha256": sha256(part.read_bytes()).hexdigest(),
        "has_rejected": has_rejected,
        **asdict(counts),
    }


def _with_keys(table: pa.Table, partition: Partition) -> pa.Table:
    """Put the keys in the names of folders in front, where forecasts leave these folders."""
    for name, value in reversed(partition.keys):
        if name not in table.column_names:
            key = pa.repeat(pa.scalar(value, pa.string()), table.num_rows)
            table = table.add_column(0, name, key)
    return table


def _counts(piece: Piece, n_rows: int, rejected: pd.DataFrame) -> Counts:
    out = rejected[rejected["treatment"] == "left out"]
    return Counts(
        n_rows=n_rows,
        n_rows_rejected=int(out["n_rows"].sum()),
        n_series=piece.n_series,
        n_rejected=int(out["series"].notna().sum()),
        n_fallback=len(piece.rescued),
        n_rows_ahead=piece.n_ahead,
    )


@lru_cache(maxsize=1)
def _load(path: str, written: int) -> TrainedModel:
    """Read networks once in a process."""
    return read_model(path)
