"""GluonTS files: one JSON object with ``start`` and ``target`` in each line.

The columns are ``unique_id``, ``ds`` and ``y``, and the features: ``static_cat_0``,
``static_real_0``, ``dynamic_real_0``, ... The step is a line's own ``freq``, or in the metadata
beside the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from esrnn.errors import InputError
from esrnn.files.compressed import Opener, open_decompressed
from esrnn.files.steps import FileStep, step_of_alias

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["GluonTSFile", "find_step"]

_ID, _TIME, _VALUE = "unique_id", "ds", "y"
_FEATURES = {"feat_static_cat": "static_cat", "feat_static_real": "static_real",
             "feat_dynamic_cat": "dynamic_cat", "feat_dynamic_real": "dynamic_real"}  # fmt: skip
_METADATA = ("metadata.json", "metadata/metadata.json")
_N_BATCH = 1 << 17  # rows
_N_SAMPLED = 1_000


def find_step(storage: AbstractFileSystem, path: str, freq: str | None) -> FileStep | None:
    """Return the step that the user gave, or that the metadata beside a file have.

    Parameters
    ----------
    storage : fsspec.AbstractFileSystem
    path : str
        Of the file.
    freq : str, optional
        As the user gave it.

    Returns
    -------
    FileStep or None

    Raises
    ------
    InputError
        If the step isn't known.
    """
    folder = storage._parent(path)
    if freq is None:
        for place in (folder, storage._parent(folder)):
            for name in _METADATA:
                if storage.isfile(f"{place}/{name}"):
                    freq = json.loads(storage.cat_file(f"{place}/{name}")).get("freq")
    return None if freq is None else _known(freq, path)


def _known(freq: Any, where: str) -> FileStep:
    step = step_of_alias(freq) if isinstance(freq, str) else None
    if step is None:
        raise InputError(
            f"the step of {where} must be one such as 'h', '30min', 'D', 'W', 'M', 'Q' or 'Y'; got"
            f" {freq!r}. Give freq=."
        )
    return step


class GluonTSFile:
    """A file of JSON lines.

    Parameters
    ----------
    opener : callable
        Opens the file for reading bytes.
    step : FileStep or None
        For lines without ``freq``.
    where : str
        Its name, for messages.

    Attributes
    ----------
    names : list of str
        ``unique_id``, ``ds``, ``y`` and the features of the first line.

    Raises
    ------
    InputError
        From here and from the methods: if a line is not as the format has it.
    """

    def __init__(self, opener: Opener, step: FileStep | None, where: str) -> None:
        self._opener, self._step, self._where = opener, step, where
        first = next(self._lines(), None)
        if first is None:
            raise InputError(f"{where} is empty. Write it again, or leave it out.")
        features = [
            f"{short}_{k}"
            for name, short in _FEATURES.items()
            for k in range(len(first[1].get(name) or ()))
        ]
        self.names = [_ID, _TIME, _VALUE, *features]

    def sample(self) -> pa.Table:
        """Read the first rows of all columns."""
        number, line = next(self._lines())
        return self._table([self._series(line, number)])[:_N_SAMPLED]

    def batches(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """Read some columns, whole series after another."""
        first = self.sample()
        yield first[:0].select(list(names))
        waiting: list[dict[str, Any]] = []
        n = 0
        for number, line in self._lines():
            waiting.append(self._series(line, number))
            n += len(waiting[-1][_VALUE])
            if n >= _N_BATCH:
                yield self._table(waiting).select(list(names))
                waiting, n = [], 0
        if waiting:
            yield self._table(waiting).select(list(names))

    def _table(self, series: list[dict[str, Any]]) -> pa.Table:
        kinds = {_ID: pa.string(), _TIME: pa.timestamp("s")}
        return pa.table(
            {
                name: pa.array(
                    np.concatenate([one[name] for one in series]), kinds.get(name), from_pandas=True
                )
                for name in self.names
            }
        )

    def _series(self, line: dict[str, Any], number: int) -> dict[str, Any]:
        """Turn an object into columns of one length."""
        values = self._numbers(line.get("target"), "target", number)
        step = _known(line["freq"], self._where) if "freq" in line else self._step
        if step is None:
            raise InputError(
                f"the step of {self._where} is neither in its lines nor in a metadata.json beside"
                " it. Give freq=, such as 'h' or 'M'."
            )
        columns: dict[str, Any] = {}
        for name, short in _FEATURES.items():
            for k, feature in enumerate(line.get(name) or ()):
                if "dynamic" in name:
                    columns[f"{short}_{k}"] = self._numbers(feature, f"{name}[{k}]", number)
                else:
                    columns[f"{short}_{k}"] = np.atleast_1d(np.asarray(feature))
        missing = [name for name in self.names[3:] if name not in columns]
        if missing:
            raise self._fault(
                number, f"all lines must have the features of the first; no {missing}"
            )
        ahead = [len(c) for name, c in columns.items() if name.startswith("dynamic")]
        n = max([len(values), *ahead])  # features may be known for the steps after the end
        for name, column in columns.items():
            if len(column) not in (1, n) and name.startswith("dynamic"):
                raise self._fault(number, f"{name} must have {n} values, got {len(column)}")
            columns[name] = np.repeat(column, n) if len(column) == 1 else column
        columns[_VALUE] = np.append(values, np.full(n - len(values), np.nan))
        columns[_ID] = np.repeat(np.array([str(line.get("item_id", number - 1))], object), n)
        columns[_TIME] = step.stamps(self._start(line.get("start"), number), n)
        return columns

    def _start(self, start: Any, number: int) -> np.datetime64:
        text = start.get("$date", "") if isinstance(start, dict) else start
        try:
            return np.datetime64(str(text).removesuffix("Z").strip().replace(" ", "T"), "s")
        except ValueError:
            raise self._fault(
                number, f"start must be written as 2024-01-31 00:00:00; got {start!r}"
            ) from None

    def _numbers(self, values: Any, name: str, number: int) -> np.ndarray[Any, Any]:
        """Return a list of numbers; null and NaN stand for missing ones."""
        try:
            array = np.array([np.nan if v in (None, "NaN") else v for v in values])
            if array.dtype.kind not in "iuf" or array.ndim != 1 or array.size == 0:
                raise TypeError
        except (TypeError, ValueError):
            raise self._fault(number, f"{name} must be a list of numbers") from None
        return array.astype(np.float64)

    def _lines(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Read object after object, with the number of its line."""
        with open_decompressed(self._opener, self._where) as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    found = json.loads(line)
                except ValueError as error:
                    raise self._fault(number, f"it is no JSON ({error})") from None
                if not isinstance(found, dict):
                    raise self._fault(number, "it must be an object with start and target")
                yield number, found

    def _fault(self, number: int, what: str) -> InputError:
        return InputError(
            f"line {number} of {self._where}: {what}. GluonTS files have one JSON object in each"
            " line."
        )
