"""Files in M4's format, made of a frame of forecasts."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from competitions.task import Task


def write_submission(forecasts: pd.DataFrame, task: Task, folder: Path) -> list[Path]:
    """Write point.csv and, where there are bounds, lower.csv and upper.csv, with every digit."""
    level, place = task.levels[0], {one: i for i, one in enumerate(task.id_list)}
    order = np.lexsort((forecasts["ds"].to_numpy(), forecasts["unique_id"].map(place).to_numpy()))
    paths = []
    for name, column in (("point", "y_hat"), ("lower", f"lo-{level}"), ("upper", f"hi-{level}")):
        matrix = forecasts[column].to_numpy()[order].reshape(-1, task.horizon)
        if np.isnan(matrix).all():
            continue
        paths.append(folder / f"{name}.csv")
        with paths[-1].open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["id", *(f"F{step}" for step in range(1, task.horizon + 1))])
            writer.writerows([one, *row] for one, row in zip(place, matrix.tolist(), strict=True))
    return paths
