"""How a finished run is put among the committed results."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from competitions.store.check import check_result
from competitions.store.read import RESULTS, SAMPLE, SCORES, read_run
from esrnn.errors import InputError


def store_run(run_dir: Path, results: Path = RESULTS) -> Path:
    """Put a finished run among the results; it replaces an earlier one of its name.

    Returns the result's folder. An InputError lists everything that is not sound in the result, or
    says that the run has not ended.
    """
    result = read_run(run_dir)
    problems = check_result(result)
    if problems:
        raise InputError(f"the run in {run_dir} is not sound: " + "; ".join(problems))
    folder = results / result.task.name / result.name
    unfinished = folder.with_name(folder.name + ".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    _write_sample(unfinished / SAMPLE, result.forecasts)
    items = result.run.as_dict().items()
    entries = [f" {json.dumps(k)}: {json.dumps(v, allow_nan=False)}" for k, v in items]
    text = "{\n" + ",\n".join(entries) + "\n}\n"  # an entry a line: short, and readable in a diff
    (unfinished / SCORES).write_text(text, encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(unfinished, folder)
    return folder


def _write_sample(path: Path, forecasts: pd.DataFrame) -> None:
    """Write forecasts exactly and compactly: the bytes of like significance side by side."""
    numbers = [column for column in forecasts.columns if column not in ("unique_id", "ds")]
    table = pa.table({name: forecasts[name].to_numpy() for name in forecasts.columns})
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=19,
        use_dictionary=["unique_id", "ds"],
        use_byte_stream_split=numbers,
        write_statistics=False,
        store_schema=False,
    )
