"""R's results on exactly a task's series, where their file is found.

``m4/r_accuracy.parquet`` holds sMAPE and MASE of the forecasts of R's ets, auto.arima, theta and
tbats, series by series (columns ``group``, ``unique_id``, ``method``, ``smape``, ``mase``). So they
can be compared on a part of a group too. OWA is relative to Naive2 on the same series. A method
that lacks one of the task's series is left out.
"""

from __future__ import annotations

import os

import numpy as np
import pandas as pd

from competitions.scoring.comparison_table import Row
from competitions.scoring.measure import naive2_means
from competitions.scoring.scores import Scores
from competitions.task import TaskData
from esrnn.datasets import DatasetNotFoundError, find_file
from esrnn.errors import InputError, Offenders

_TITLES = {"ets": "R ets", "arima": "R auto.arima", "theta": "R theta", "tbats": "R tbats"}
_COLUMNS = ("group", "unique_id", "method", "smape", "mase")


def reference_scores(
    data: TaskData, data_dir: str | os.PathLike[str] | None = None
) -> dict[str, Scores]:
    """Score R's methods on a task's series, by name of the method in the file.

    `data_dir` is searched before ``$ESRNN_DATA_DIR`` and the user's cache. There are none if the
    file is nowhere. An InputError is raised if it lacks a column or holds a series twice.
    """
    if data.task.competition != "m4":
        return {}
    try:
        path = find_file("m4", "r_accuracy.parquet", data_dir)
    except DatasetNotFoundError:
        return {}
    known = pd.read_parquet(path)
    absent = [column for column in _COLUMNS if column not in known.columns]
    if absent:
        raise InputError(f"{path} must have the columns {', '.join(absent)}")
    known = known[(known["group"] == data.task.group) & known["unique_id"].isin(data.ids)]
    twice = known[known.duplicated(["method", "unique_id"])]
    if len(twice):
        raise InputError.of_series(
            f"{path} must hold a series once for each method;",
            Offenders(twice["unique_id"].tolist()),
        )
    naive2_smape, naive2_mase = naive2_means(data)
    found = {}
    for method in _TITLES:
        rows = known[known["method"] == method]
        if len(rows) < len(data.ids):
            continue
        smape, mase = (float(rows[name].to_numpy(np.float64).mean()) for name in ("smape", "mase"))
        found[method] = Scores(
            n_series=len(rows),
            smape=smape,
            mase=mase,
            owa=(smape / naive2_smape + mase / naive2_mase) / 2,
            msis=None,
            acd=None,
            coverage=None,
            naive2_smape=naive2_smape,
            naive2_mase=naive2_mase,
        )
    return found


def reference_rows(data: TaskData, data_dir: str | os.PathLike[str] | None = None) -> list[Row]:
    """Return R's methods on a task's series as rows of a table, best OWA first; see above."""
    found = reference_scores(data, data_dir)
    ordered = sorted(found.items(), key=lambda one: one[1].owa)
    return [Row(_TITLES[method], "R", scores) for method, scores in ordered]
