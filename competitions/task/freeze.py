"""Makes the task files: ``python -m competitions.task.freeze --data-dir DIR``, and own ones.

The files are frozen: they are made once from competition data and committed, and the same data give
the same bytes again. Samples are drawn by a hash of the task's name and the id, which is as good as
any random draw and can be repeated with any tool. A group whose data are not found is left out, and
this is said.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from competitions.task import LOADERS, Task, TaskSet, values_sha256
from competitions.task.files import FOLDER, OWN
from competitions.task.id_runs import compact
from competitions.task.series import read_own
from esrnn.config import choose_preset
from esrnn.datasets import DatasetNotFoundError, load_m4_info
from esrnn.datasets.published import Group, published
from esrnn.errors import InputError, Offenders
from esrnn.metrics import seasonal_scale

_MEASURES = ("smape", "mase", "owa", "msis", "acd", "coverage")
_WIDTH = 98  # of a line before a space, an entry and its comma


# Of the measures; horizons and numbers of series are those of the published data.
SEASONAL_PERIODS = {
    "m4": {"yearly": 1, "quarterly": 4, "monthly": 12, "weekly": 1, "daily": 1, "hourly": 24},
    "m3": {"yearly": 1, "quarterly": 4, "monthly": 12, "other": 1},
}
GROUPS = tuple(published(of, name) for of, names in SEASONAL_PERIODS.items() for name in names)
SAMPLES = {("m4", "yearly"): 1000, ("m4", "quarterly"): 1000, ("m4", "hourly"): 40}
SETS = (
    TaskSet("m4", "M4", tuple(f"m4-{name}" for name in SEASONAL_PERIODS["m4"]), "series"),
    TaskSet("m3", "M3", tuple(f"m3-{name}" for name in SEASONAL_PERIODS["m3"]), "forecasts"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the files of all tasks whose data are found, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m competitions.task.freeze", description="Make the frozen task files."
    )
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="folder with m4/ and m3/")
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR", help="default: tasks/")
    arguments = parser.parse_args(argv)
    arguments.out.mkdir(parents=True, exist_ok=True)
    status = 0
    for group in GROUPS:
        try:
            whole = make_task(group, arguments.data_dir)
        except DatasetNotFoundError as error:
            print(f"{group.competition}-{group.name}: {error}", file=sys.stderr)
            status = 1
            continue
        some = SAMPLES.get((group.competition, group.name))
        sampled = [] if some is None else [make_task(group, arguments.data_dir, some)]
        for task in (whole, *sampled):
            path = arguments.out / f"{task.name}.json"
            path.write_text(format_file(task), encoding="utf-8")
            print(f"{path}: {task.label}")
    for task_set in SETS:
        path = arguments.out / f"{task_set.name}.json"
        path.write_text(format_file(task_set), encoding="utf-8")
    return status


def make_task(group: Group, data_dir: Path | None = None, n_sample: int | None = None) -> Task:
    """Freeze a group as it is found, or a sample of so many of its series."""
    train, test = LOADERS[group.competition](group.name, data_dir)
    ids = train.index.unique(level=0).tolist()
    name = f"{group.competition}-{group.name}"
    truncated: set[str] = set()
    if group.competition == "m4" and len(ids) < group.n_series:
        info = load_m4_info(data_dir)
        truncated = set(info.loc[info["truncated"], "unique_id"]) & set(ids)
    if n_sample is not None:
        name += f"-{n_sample}"
        ids = sample(ids, n_sample, name)
        train, test = (frame.loc[frame.index.isin(ids, level=0)] for frame in (train, test))
        truncated &= set(ids)
    lengths = train.groupby(level=0, sort=False).size().tolist() if truncated else []
    files = {part: f"{group.competition}/{group.name}_{part}.parquet" for part in ("train", "test")}
    return Task(
        name=name,
        title=f"{group.competition.upper()} {group.name.capitalize()}",
        competition=group.competition,
        group=group.name,
        files=files,
        horizon=group.horizon,
        seasonal_period=SEASONAL_PERIODS[group.competition][group.name],
        measures=_MEASURES,
        levels=(95,),
        n_series=len(ids),
        n_in_group=group.n_series,
        n_truncated=len(truncated),
        ids=compact(ids),
        train_lengths=_runs(lengths),
        sha256=values_sha256(train, test),
    )


def own_task(
    path: Path,
    horizon: int,
    seasonal_period: int,
    group: str | None = None,
    names: Mapping[str, str] | None = None,
) -> Task:
    """Make a task of the series in a file (see `task.series.read_own`), called like it.

    `names` are those of its columns that have others than usual. `group` is the preset of the
    networks; by default the one for data of this seasonal period, ``"other"`` if there is none.
    Raises InputError as `read_own`, and if a series varies so little or is so short that MASE has
    no scale for it.
    """
    train, test, _ = read_own(path, horizon, names)
    ids = train.index.unique(level=0).tolist()
    lengths = train.groupby(level=0, sort=False).size().to_numpy()
    indptr = np.append(0, np.cumsum(lengths)).astype(np.int64)
    scale = seasonal_scale(train["y"].to_numpy(), seasonal_period, indptr=indptr)
    flat = np.flatnonzero(~(scale > 0))
    if flat.size:
        raise InputError.of_series(
            f"{path}: MASE is not defined for series that are not longer than a season before the "
            "horizon, or repeat one throughout;",
            Offenders([ids[i] for i in flat]),
            "Leave them out.",
        )
    found = choose_preset((seasonal_period,) if seasonal_period > 1 else ())
    return Task(
        name=path.stem,
        title=path.stem,
        competition=OWN,
        group=group or ("other" if found == "generic" else found),
        files={"series": path.name, **(names or {})},
        horizon=horizon,
        seasonal_period=seasonal_period,
        measures=_MEASURES,
        levels=(95,),
        n_series=len(ids),
        n_in_group=len(ids),
        n_truncated=0,
        ids=compact(ids),
        train_lengths=(),
        sha256=values_sha256(train, test),
    )


def sample(ids: Iterable[str], n_sample: int, seed: str) -> list[str]:
    """Draw ids at random, the same ones on every machine and with every library.

    They are those whose text ``SEED:ID`` has the smallest SHA-256, in the order given.
    """
    ids = list(ids)
    drawn = sorted(ids, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).digest())
    chosen = set(drawn[:n_sample])
    return [one for one in ids if one in chosen]


def format_file(task: Task | TaskSet) -> str:
    """Return the text of a task's file: JSON with long lists filled into lines."""
    lines = [f"  {json.dumps(name)}: {_filled(value)}" for name, value in asdict(task).items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _filled(value: object) -> str:
    text = json.dumps(value)
    if len(text) < 80 or not isinstance(value, tuple):
        return text
    lines = [""]
    for one in value:  # an entry is never broken, whatever spaces are in it
        entry = json.dumps(one)
        if lines[-1] and len(lines[-1]) + len(entry) > _WIDTH:
            lines.append("")
        lines[-1] += f" {entry}," if lines[-1] else f"    {entry},"
    return "[\n" + "\n".join(lines).removesuffix(",") + "\n  ]"


def _runs(lengths: Iterable[int]) -> tuple[str, ...]:
    counted = [(length, len(list(same))) for length, same in itertools.groupby(lengths)]
    return tuple(f"{length}*{count}" if count > 1 else str(length) for length, count in counted)


if __name__ == "__main__":
    sys.exit(main())
