"""Series whose rows are in several partitions, which would be forecast several times."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pyarrow.compute as pc

from esrnn.errors import InputError, Offenders
from esrnn.files.first_look import Survey
from esrnn.files.frame import names_of, plain_ids
from esrnn.files.partitions import Partition
from esrnn.files.reading import read_columns
from esrnn.files.regroup import Hashes, hash_ids

__all__ = ["find_shared_series", "refuse_shared_series"]


def find_shared_series(found: Survey) -> dict[Hashable, tuple[str, ...]]:
    """Find the series that have rows in several partitions.

    Reads the column of ids of all partitions, and keeps a number for each series.

    Parameters
    ----------
    found : Survey

    Returns
    -------
    dict
        The names of the partitions of each such series, by its id.

    Raises
    ------
    FileError, InputError
        If a file can't be read.
    """
    if len(found.partitions) < 2:
        return {}
    hashes = [_distinct_hashes(found, partition) for partition in found.partitions]
    distinct, counts = np.unique(np.concatenate(hashes), return_counts=True)
    several = distinct[counts > 1]
    if not several.size:
        return {}
    places: dict[Hashable, list[str]] = {}
    for partition, own in zip(found.partitions, hashes, strict=True):
        if np.isin(own, several).any():
            for one in _ids_among(found, partition, several):
                places.setdefault(one, []).append(partition.name)
    # Unlike ids may have one hash; one id has one name only.
    return {one: tuple(names) for one, names in places.items() if len(names) > 1}


def refuse_shared_series(found: Survey) -> None:
    """Refuse a source that has a series in several partitions.

    Parameters
    ----------
    found : Survey

    Raises
    ------
    InputError
        If there is one; it names the series, and the partitions of each.
    FileError
        If a file can't be read.
    """
    shared = find_shared_series(found)
    if shared:
        raise InputError.of_series(
            "the rows of a series must be in one partition; found in several",
            Offenders(list(shared), values=list(shared.values())),
            "Read all files as one with together=True, or give ids that tell the series apart.",
        )


def _distinct_hashes(found: Survey, partition: Partition) -> Hashes:
    """Return a number for each series of a partition."""
    id_ = names_of(found.columns)[0]
    parts = [
        np.unique(hash_ids(batch.column(id_)))
        for batch in read_columns(found.source, partition, found.columns, [id_])
        if len(batch)
    ]
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.uint64)


def _ids_among(found: Survey, partition: Partition, hashes: Hashes) -> list[Hashable]:
    """Return the ids of a partition that have one of these numbers, in the order of the file."""
    id_ = names_of(found.columns)[0]
    ids: dict[Hashable, None] = {}
    for batch in read_columns(found.source, partition, found.columns, [id_]):
        column = batch.column(id_)
        if not len(column):
            continue
        own = column.filter(np.isin(hash_ids(column), hashes))
        ids |= dict.fromkeys(plain_ids(pc.unique(own), f"column {id_!r} of {partition.name}"))
    return [one for one in ids if one == one and one is not None]
