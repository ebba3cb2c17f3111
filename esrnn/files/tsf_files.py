"""Monash files (``.tsf``): a header with attributes and the step, then a line for each series.

The columns are ``unique_id``, ``ds`` and ``y``, and the other attributes of the file. Time stamps
are the first days of months, quarters and years: a yearly series that starts on 31 December belongs
to that year.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from esrnn.errors import InputError
from esrnn.files.compressed import Opener, open_decompressed
from esrnn.files.steps import FileStep, step_of_words

__all__ = ["TsfFile"]

_ID, _TIME, _VALUE = "unique_id", "ds", "y"
_NAME = "series_name"
_N_BATCH = 1 << 17  # rows
_N_SAMPLED = 1_000


@dataclass(frozen=True)
class _Header:
    """What the lines before the data say."""

    attributes: tuple[tuple[str, str], ...]
    step: FileStep | None


class TsfFile:
    """A Monash file.

    Parameters
    ----------
    opener : callable
        Opens the file for reading bytes.
    where : str
        Its name, for messages.

    Attributes
    ----------
    names : list of str
        ``unique_id``, ``ds`` and ``y``, then the attributes other than name and start.

    Raises
    ------
    InputError
        From here and from the methods: if a line is not as the format has it.
    """

    def __init__(self, opener: Opener, where: str) -> None:
        self._opener, self._where = opener, where
        with self._lines() as lines:
            self._header = self._read_header(lines)[0]
        others = [name for name, kind in self._header.attributes if kind != "date"]
        self._id = _NAME if _NAME in others else next(iter(others), None)
        if self._id is not None:
            others.remove(self._id)
        self.names = [_ID, _TIME, _VALUE, *others]
        if len(set(self.names)) < len(self.names):
            raise InputError(
                f"attributes must have different names; {where} has {self.names[3:]}, beside"
                f" {self.names[:3]}, which it is read with. Rename one."
            )

    def sample(self) -> pa.Table:
        """Read the first rows."""
        table = pa.concat_tables(self._tables(_N_SAMPLED))[:_N_SAMPLED]
        return table.set_column(2, _VALUE, pa.nulls(len(table), pa.float64()))

    def batches(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """Read some columns; values are text, with ``?`` for a missing one."""
        yield self._table([], [], []).select(list(names))
        for table in self._tables(None):
            yield table.select(list(names))

    def _tables(self, limit: int | None) -> Iterator[pa.Table]:
        """Read series after series, up to a number of rows."""
        ids: list[dict[str, str]] = []
        stamps: list[pa.Array] = []
        values: list[list[str]] = []
        n = 0
        with self._lines() as lines:
            header, n_lines = self._read_header(lines)
            for number, line in enumerate(lines, n_lines + 1):
                if not line.strip():
                    continue
                attributes, series = self._read_series(header, line, number)
                ids.append(attributes)
                stamps.append(self._stamps(header, attributes, len(series), number))
                values.append(series)
                n += len(series)
                if n >= (limit or _N_BATCH):
                    yield self._table(ids, stamps, values)
                    ids, stamps, values, n = [], [], [], 0
                    if limit is not None:
                        return
        yield self._table(ids, stamps, values)

    def _table(
        self, ids: list[dict[str, str]], stamps: list[pa.Array], values: list[list[str]]
    ) -> pa.Table:
        lengths = np.array([len(series) for series in values], dtype=np.int64)
        rows = pa.array(np.repeat(np.arange(len(values)), lengths))
        columns = {_ID: pa.array([one[_ID] for one in ids], pa.string()).take(rows)}
        columns[_TIME] = pa.chunked_array(stamps, self._time_type())
        flat = [value for series in values for value in series]
        columns[_VALUE] = pa.array(flat, pa.string())
        for name in self.names[3:]:
            columns[name] = pa.array([one[name] for one in ids], pa.string()).take(rows)
        return pa.table(columns)

    def _time_type(self) -> pa.DataType:
        header = self._header
        dated = header.step is not None and any(kind == "date" for _, kind in header.attributes)
        return pa.timestamp("s") if dated else pa.int64()

    def _stamps(self, header: _Header, attributes: dict[str, str], n: int, number: int) -> pa.Array:
        """Return the time stamps of a series: 1, 2, ... where the file has no dates."""
        if pa.types.is_integer(self._time_type()) or header.step is None:
            return pa.array(np.arange(1, n + 1))
        text = next(attributes[name] for name, kind in header.attributes if kind == "date")
        date, _, clock = text.strip().partition(" ")
        try:
            start = np.datetime64(f"{date}T{(clock or '00-00-00').replace('-', ':')}", "s")
        except ValueError:
            raise self._fault(
                number, f"a start must be written as 1990-12-31 00-00-00; got {text!r}"
            ) from None
        return pa.array(header.step.stamps(start, n))

    def _read_series(
        self, header: _Header, line: str, number: int
    ) -> tuple[dict[str, str], list[str]]:
        """Split a line of data into attributes and values."""
        *given, series = line.strip().split(":")
        if len(given) != len(header.attributes):
            raise self._fault(
                number,
                f"a series must have {len(header.attributes)} attributes and its values, with ':'"
                f" between them; got {len(given)} attributes",
            )
        attributes = {name: text for (name, _), text in zip(header.attributes, given, strict=True)}
        attributes[_ID] = attributes[self._id] if self._id is not None else f"T{number}"
        return attributes, [value.strip() for value in series.split(",")]

    def _read_header(self, lines: Iterator[str]) -> tuple[_Header, int]:
        """Read up to ``@data``; return the number of that line too."""
        attributes: list[tuple[str, str]] = []
        step = None
        for number, line in enumerate(lines, 1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            tag = words[0].lower()
            if tag == "@data":
                return _Header(tuple(attributes), step), number
            if tag == "@attribute":
                if len(words) != 3 or words[2] not in ("string", "numeric", "date"):
                    raise self._fault(
                        number, "an attribute needs a name and string, numeric or date"
                    )
                attributes.append((words[1], words[2]))
            elif tag == "@frequency":
                step = step_of_words(words[-1].lower())
                if step is None:
                    raise self._fault(number, f"the frequency {words[-1]!r} is not known")
            elif not tag.startswith("@"):
                raise self._fault(number, "only lines with @ or # may stand before @data")
        raise InputError(f"{self._where} must have a line @data, as Monash files do; it has none.")

    @contextmanager
    def _lines(self) -> Iterator[Iterator[str]]:
        """Open the file as text."""
        try:
            with (
                open_decompressed(self._opener, self._where) as file,
                io.TextIOWrapper(file, "utf-8-sig") as lines,
            ):
                yield lines
        except UnicodeDecodeError:
            raise InputError(f"{self._where} is not text in UTF-8. Convert it.") from None

    def _fault(self, number: int, what: str) -> InputError:
        return InputError(f"line {number} of {self._where}: {what}. Correct the file.")
