"""Checks of results in the store: their folders, and their scores made again from the data."""

from pathlib import Path

import numpy as np
import pandas as pd

from competitions.scoring import series_scores
from competitions.store.check import check_result
from competitions.store.read import SAMPLE, SCORES, StoredResult, read_result
from competitions.task import TaskData
from esrnn.errors import InputError, Offenders


def check_folder(folder: Path) -> list[str]:
    """List everything that is wrong with a result in the store's folder ``<task>/<name>``."""
    try:
        result = read_result(folder)
    except InputError as error:
        return [str(error)]
    problems = check_result(result)
    if not problems and folder.parts[-2:] != (result.task.name, result.name):
        problems.append(f"the folder must be {result.task.name}/{result.name}")
    others = {path.name for path in folder.iterdir()} - {SCORES, SAMPLE}
    return problems + [f"file {name} is not expected" for name in sorted(others)]


def check_scores(result: StoredResult, data: TaskData) -> list[str]:
    """Score the sample's forecasts again; list what differs from the result in ten digits."""
    ids = pd.Index(result.sample.ids)
    train, test = (
        part[part.index.get_level_values(0).isin(ids)] for part in (data.train, data.test)
    )
    again = series_scores(TaskData(data.task, train, test), result.forecasts)
    again = again.set_index("unique_id").reindex(ids)
    problems = []
    for measure in ("smape", "mase", "msis"):
        said = getattr(result.sample, measure)
        found = again[measure].to_numpy(dtype=np.float64)
        if said is None:
            if not np.isnan(found).all():
                problems.append(f"the sample has a {measure}, the result says none")
            continue
        off = np.flatnonzero(~np.isclose(said, found, rtol=1e-10, atol=0))
        if off.size:
            listed = Offenders(
                ids[off].tolist(), values=[f"{said[i]} said, {found[i]} found" for i in off]
            )
            problems.append(f"{measure} of the sample differs: {listed}")
    return problems
