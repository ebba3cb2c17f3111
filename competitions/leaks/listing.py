"""The list of leaks: which training series hold a test part or a copy of another series.

Test parts of M4 and M3 are read here, and only to find them in training parts.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from competitions.leaks.search import Search, Stretch
from competitions.task import TaskData, load_data, load_task, task_names
from competitions.task.series import read_series
from esrnn.datasets import find_file
from esrnn.errors import InputError
from esrnn.panel import Panel

GROUPS = ("yearly", "quarterly", "monthly", "weekly", "daily", "hourly", "other")
LEAKS = Path(__file__).with_name("leaks.csv")
_WINDOW = 12  # steps; where test parts are shorter, as many as they have
_KINDS = ("test", "copy", "part")
_COLUMNS = (
    "group", "kind", "donor", "donor_in", "target", "target_in", "first", "last", "offset",
    "scale", "shift", "n_equal", "n_shared", "n_test", "horizon", "bits",
)  # fmt: skip


def load_leaks(path: Path = LEAKS) -> pd.DataFrame:
    """Read the list of leaks: a row for each pair of series and kind, as ``leaks/README.md`` says.

    An InputError is raised if the file is no such list.

    Examples
    --------
    >>> leaks = load_leaks()
    >>> leaks.loc[leaks["target"] == "N2106", ["donor", "scale", "n_test"]].values.tolist()
    [['M27177', 0.5, 18]]
    """
    try:
        leaks = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} can't be read as a list of leaks: {error}") from None
    if tuple(leaks.columns) != _COLUMNS:
        raise InputError(
            f"{path} must have the columns {', '.join(_COLUMNS)}; got {', '.join(leaks.columns)}"
        )
    return leaks


def donors(group: str, kinds: Collection[str] = ("test", "copy")) -> frozenset[str]:
    """Return the ids of the series of a group to leave out of a training corpus.

    `kinds` are ``"test"`` (series that hold more than half of a test part), ``"copy"`` (equal in
    all steps to an earlier one, which stays) and ``"part"`` (over 90% of the steps shared with a
    longer one, which stays). Ids are of M4, of the open panels, and of M3 where M3 is trained on.
    An InputError is raised if there is no such group or kind.

    Examples
    --------
    >>> sorted(donors("weekly"))
    ['W219', 'W222', 'W291', 'W292', 'W53']
    """
    _check("group", [group], GROUPS)
    _check("kind", kinds, _KINDS)
    leaks = load_leaks()
    chosen = (leaks["group"] == group) & leaks["kind"].isin(list(kinds))
    return frozenset(leaks.loc[chosen, "donor"])


def find_leaks(group: str, data_dir: str | os.PathLike[str] | None = None) -> pd.DataFrame:
    """Search all series of a group, those of M4, M3 and the open panels; see `load_leaks`.

    Raises InputError if there is no such group or the data are not those of the tasks, and
    DatasetNotFoundError if a file is nowhere.
    """
    _check("group", [group], GROUPS)
    panels, n_test, places = [], [], []
    for competition in ("m4", "m3"):
        if f"{competition}-{group}" in task_names():
            data = load_data(load_task(f"{competition}-{group}"), data_dir)
            panels.append(_whole(data))
            n_test += [data.task.horizon] * len(data.ids)
            places += [competition] * len(data.ids)
    for folder, name in _training_only(group):
        panels.append(read_series(find_file(folder, name, data_dir)))
        n_test += [0] * len(panels[-1])
        places += [folder] * len(panels[-1])
    panel, lengths = Panel.concat(panels), np.array(n_test)
    window = min(lengths.max(), _WINDOW)
    search, n_train = Search(panel, lengths, window), panel.lengths - lengths
    tests = [("test", one) for one in search.tests()]
    if window < _WINDOW:  # training parts are longer, and longer windows propose less in vain
        search = Search(panel, lengths, _WINDOW)
    pairs = [(_kind(one, n_train), one) for one in search.common()]
    ids = [str(one) for one in panel.ids]
    rows = [_row(group, kind, one, ids, places, n_test) for kind, one in (*tests, *pairs)]
    leaks = pd.DataFrame(rows, columns=list(_COLUMNS))
    order = leaks["kind"].map(_KINDS.index)
    return leaks.assign(order=order).sort_values("order", kind="stable").drop(columns="order")


def write_leaks(groups: Sequence[str], path: Path, data_dir: Path | None = None) -> pd.DataFrame:
    """Search some groups and put what is found into a list; other groups' rows stay.

    Returns the whole list, see `load_leaks`; errors are those of `find_leaks` and `load_leaks`.
    """
    parts = [find_leaks(group, data_dir) for group in groups]
    if path.exists():
        before = load_leaks(path)
        parts.append(before[~before["group"].isin(list(groups))])
    leaks = pd.concat([part for part in parts if len(part)])
    leaks = leaks.sort_values("group", key=lambda names: names.map(GROUPS.index), kind="stable")
    leaks.to_csv(path, index=False, lineterminator="\n")
    return leaks


def summary(leaks: pd.DataFrame) -> pd.DataFrame:
    """Count a list by group.

    Each row has the test parts of M4 and of M3 that a donor holds, how many of them as a whole, and
    donors of M4 and the open panels, copies and parts there.
    """
    rows = {}
    for group in GROUPS:
        rows_of = leaks[leaks["group"] == group]
        tests = rows_of[rows_of["kind"] == "test"]
        whole = tests[tests["n_test"] == tests["horizon"]]
        corpus = rows_of[rows_of["donor_in"] != "m3"]
        rows[group] = {
            "M4 tests": tests.loc[tests["target_in"] == "m4", "target"].nunique(),
            "whole": whole.loc[whole["target_in"] == "m4", "target"].nunique(),
            "M3 tests": tests.loc[tests["target_in"] == "m3", "target"].nunique(),
            "whole ": whole.loc[whole["target_in"] == "m3", "target"].nunique(),
            "donors": corpus.loc[corpus["kind"] == "test", "donor"].nunique(),
            "copies": corpus.loc[corpus["kind"] == "copy", "donor"].nunique(),
            "parts": corpus.loc[corpus["kind"] == "part", "donor"].nunique(),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _training_only(group: str) -> list[tuple[str, str]]:
    """Folder and file of the series that have no test part."""
    if group == "other":
        return []
    extra = [("m4", "monthly_extra_train.parquet")] if group == "monthly" else []
    return [*extra, ("open", f"{group}.parquet")]


def _whole(data: TaskData) -> Panel:
    """Lay out the series of a task with their test parts."""
    parts = zip(np.split(data.values, data.indptr[1:-1]), data.actual, strict=True)
    return Panel.from_arrays([np.append(*part) for part in parts], ids=data.ids)


def _kind(one: Stretch, n_train: np.ndarray) -> str:
    same = n_train[one.donor] == n_train[one.target] == one.n_equal
    return "copy" if same else "part"


def _row(
    group: str, kind: str, one: Stretch, ids: Sequence[str], places: Sequence[str],
    n_test: Sequence[int],
) -> tuple[object, ...]:  # fmt: skip
    shift = round(one.shift, 4) + 0.0  # no -0
    return (
        group, kind, ids[one.donor], places[one.donor], ids[one.target], places[one.target],
        one.first + 1, one.last + 1, one.offset, f"{one.scale:.6g}", f"{shift:.6g}",
        one.n_equal, one.n_shared, one.n_test, n_test[one.target], round(one.bits),
    )  # fmt: skip


def _check(what: str, got: Collection[str], known: Sequence[str]) -> None:
    unknown = [one for one in got if one not in known]
    if unknown:
        raise InputError(f"no {what} {unknown[0]!r}; there is {', '.join(known)}")
