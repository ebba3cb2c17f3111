"""Series that can't be served, left out one kind of fault after another.

Every check names all series that it refuses. So the same work is tried again without them, until
all checks pass: the result is that of the other series alone.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Literal, TypeVar, get_args

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray
from esrnn.errors import EsrnnError, InputError, Offenders, TrainingError

__all__ = [
    "SKIPPED",
    "Errors",
    "are_among",
    "fault_table",
    "join_skipped",
    "none_skipped",
    "skip_series",
    "skips",
]

Errors = Literal["raise", "skip"]
# Columns of the table of what was skipped.
SKIPPED = ("series", "step", "value", "reason", "remedy")
# What sktime's `Aggregator` calls the sums over a level.
_TOTAL = "__total"

Data = TypeVar("Data")
Result = TypeVar("Result")


def skips(errors: str) -> bool:
    """Return whether series with faults are skipped.

    Parameters
    ----------
    errors : {"raise", "skip"}

    Returns
    -------
    bool

    Raises
    ------
    InputError
        If it is neither.
    """
    if errors not in get_args(Errors):
        raise InputError(
            f"errors must be one of {list(get_args(Errors))}; got {errors!r}. With 'skip' series"
            " with faults are left out."
        )
    return errors == "skip"


def skip_series(
    attempt: Callable[[Data], Result],
    data: Data,
    ids_of: Callable[[Data], pd.Index],
    keep: Callable[[Data, BoolArray], Data],
) -> tuple[Result, pd.DataFrame]:
    """Do something with data, again and again without the series that its errors name.

    A total over a skipped series is skipped too: what is wrong in the series may be wrong in the
    sum. Totals are known by the name that sktime gives them, ``__total``.

    Parameters
    ----------
    attempt : callable
        Takes the data.
    data : frame or panel
    ids_of : callable
        Returns the id of each row or series of the data.
    keep : callable
        Takes the data and an array of bool, and returns the rows or series that are marked.

    Returns
    -------
    result
        What `attempt` returned at last.
    skipped : pd.DataFrame
        A row for each fault: ``series``; ``step``, its time stamp, None if it is not known;
        ``value``, as text; ``reason``, what was expected and what came; ``remedy``.

    Raises
    ------
    EsrnnError
        If an error names no series of the data, or all of them, or if training diverged.

    Examples
    --------
    >>> from esrnn.frames import sktime_to_panel
    >>> index = pd.MultiIndex.from_product([["a", "b"], [0, 1]])
    >>> framed, skipped = skip_series(
    ...     sktime_to_panel,
    ...     pd.Series([1.0, 2.0, 3.0, np.inf], index),
    ...     lambda y: y.index.droplevel(-1),
    ...     lambda y, which: y[which],
    ... )
    >>> framed.panel.ids, skipped[["series", "step", "value"]].values.tolist()
    (('a',), [['b', 1, 'inf']])
    """
    faults: list[EsrnnError] = []
    while True:
        try:
            return attempt(data), fault_table(faults)
        except TrainingError:
            raise
        except EsrnnError as error:
            ids = ids_of(data)
            bad = are_among(ids, error.series)
            totals = are_among(ids, _totals_over(error.series)) & ~bad
            if not bad.any() or (bad | totals).all():
                if faults:
                    n_before = len({name for fault in faults for name in fault.series})
                    error.add_note(f"{n_before} other series were skipped before, for other faults")
                    error.earlier = tuple(faults)
                raise
            faults.append(error)
            if totals.any():
                faults.append(_fault_of_totals(ids[totals].unique()))
            data = keep(data, ~(bad | totals))


def are_among(ids: pd.Index, names: Iterable[Hashable]) -> BoolArray:
    """Return which ids are among some names; None stands for all missing ids."""
    found = set(names)
    missing = np.zeros(len(ids), dtype=np.bool_)
    if None in found:
        found.discard(None)
        for level in range(ids.nlevels):
            missing |= np.asarray(ids.get_level_values(level).isna())
    return missing | np.asarray(ids.isin(list(found))) if found else missing


def none_skipped() -> pd.DataFrame:
    """Return the table of no skipped series."""
    return fault_table([])


def join_skipped(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Join two tables of skipped series."""
    if one.empty or other.empty:
        return other if one.empty else one
    return pd.concat([one, other], ignore_index=True)


def fault_table(faults: Iterable[EsrnnError]) -> pd.DataFrame:
    """Return a row for each offender of some errors.

    Parameters
    ----------
    faults : iterable of EsrnnError

    Returns
    -------
    pd.DataFrame
        As `skip_series` returns it.
    """
    columns: dict[str, list[object]] = {name: [] for name in SKIPPED}
    for fault in faults:
        n = len(fault.series)
        columns["series"] += fault.series
        columns["step"] += fault.steps or [None] * n
        columns["value"] += [None] * n if fault.values is None else fault.offenders.value_texts()
        columns["reason"] += [fault.reason] * n
        columns["remedy"] += [fault.remedy] * n
    return pd.DataFrame(columns)


def _totals_over(series: Iterable[Hashable]) -> set[Hashable]:
    """Return the ids that totals over these series have."""
    totals: set[Hashable] = set()
    for name in set(series):
        if isinstance(name, tuple):
            n = len(name)
            totals |= {(*name[:k], *[_TOTAL] * (n - k)) for k in range(n)}
        elif name is not None:
            totals.add(_TOTAL)
    return totals


def _fault_of_totals(ids: pd.Index) -> EsrnnError:
    """Name totals over skipped series."""
    return InputError.of_series(
        "a total must not lack series, or hold their faults; series under it were skipped",
        Offenders(ids),
        "Correct these series or leave them out, and sum again.",
    )
