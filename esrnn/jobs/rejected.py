"""Series that are rejected: what is wrong with each, and the table of them that a job writes."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping

import numpy as np
import pandas as pd

from esrnn.errors import EsrnnError
from esrnn.frames.skipping import fault_table
from esrnn.jobs.wording import for_files

__all__ = ["REJECTED", "faults_of", "rejected_table", "rows_of_each"]

# Columns of the table, all of text but the numbers.
REJECTED = (
    "partition", "series", "treatment", "reason", "step", "value", "n_faults", "n_rows", "remedy",
)  # fmt: skip
_NUMBERS = ("n_faults", "n_rows")


def faults_of(error: EsrnnError, ids: pd.Index) -> pd.DataFrame:
    """Return a row for each fault that an error is about, and those about it that were before.

    Parameters
    ----------
    error : EsrnnError
    ids : pd.Index
        The series that it concerns if it names none.

    Returns
    -------
    pd.DataFrame
        As `esrnn.frames.skipping.fault_table`.
    """
    if error.series:
        return fault_table([*error.earlier, error])
    known = fault_table(error.earlier)
    others = ids[~ids.isin(known["series"])]
    text = str(error)
    whole = pd.DataFrame(
        {"series": list(others), "step": None, "value": None, "reason": text, "remedy": ""}
    )
    return pd.concat([known, whole], ignore_index=True) if len(known) else whole


def rejected_table(
    faults: pd.DataFrame,
    n_rows: Mapping[Hashable, int],
    partition: str,
    rescued: Collection[Hashable] = (),
) -> pd.DataFrame:
    """Return a row for each rejected series of a partition.

    Parameters
    ----------
    faults : pd.DataFrame
        As `esrnn.frames.skipping.fault_table`; the first fault of each series is shown.
    n_rows : mapping of id to int
        Rows of each series in the partition; those without an id are under None.
    partition : str
    rescued : collection of ids
        Series that have a forecast of the fallback all the same.

    Returns
    -------
    pd.DataFrame
        With the columns `REJECTED`.

    Examples
    --------
    >>> from esrnn.errors import InputError, Offenders
    >>> error = InputError.of_series("values must be finite", Offenders(["a", "a"], [3, 4]))
    >>> table = rejected_table(faults_of(error, pd.Index(["a"])), {"a": 9}, "sales.csv")
    >>> table[["series", "step", "n_faults", "n_rows"]].values.tolist()
    [['a', '3', 2, 9]]
    """
    if not len(faults):
        return _typed(pd.DataFrame({name: [] for name in REJECTED}))
    keys = [_key(name) for name in faults["series"]]
    codes, uniques = pd.factorize(pd.Series(keys, dtype=object), use_na_sentinel=False)
    first = np.unique(codes, return_index=True)[1]
    table = faults.iloc[first].drop(columns="series").reset_index(drop=True)
    table["n_faults"] = np.bincount(codes)
    table["n_rows"] = [n_rows.get(_key(name), 0) for name in uniques]
    table["series"] = [None if _key(name) is None else name for name in uniques]
    table["remedy"] = [for_files(remedy) for remedy in table["remedy"]]
    table["partition"] = partition
    table["treatment"] = ["fallback" if name in rescued else "left out" for name in uniques]
    return _typed(table)


def rows_of_each(ids: pd.Series) -> dict[Hashable, int]:
    """Count the rows of each series.

    Parameters
    ----------
    ids : pd.Series
        The id of each row.

    Returns
    -------
    dict of id to int
        Rows without an id are under None.
    """
    rows = ids.value_counts(dropna=False, sort=False)
    return {_key(name): int(n) for name, n in zip(rows.index, rows, strict=True)}


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns in order, of the types that they have in every partition."""
    columns = {
        name: table[name].astype(np.int64)
        if name in _NUMBERS
        else pd.array([None if _key(v) is None else str(v) for v in table[name]], dtype="string")
        for name in REJECTED
    }
    return pd.DataFrame(columns)


def _key(name: object) -> Hashable:
    """Return an id; None for all that stand for a missing one."""
    missing = name is None or name is pd.NaT or name is pd.NA or name != name
    return None if missing else name
