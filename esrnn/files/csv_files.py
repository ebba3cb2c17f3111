"""CSV files: plain or compressed, read in blocks as text, of which numbers are made at the end.

Ids and time stamps stay text, so that ``007`` and ``NA`` are ids as they stand there.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from esrnn.errors import InputError
from esrnn.files.columns import require_unique
from esrnn.files.compressed import Opener, codec_of, decompressed, decompression_errors
from esrnn.files.source import CsvOptions

__all__ = ["MISSING", "CsvFile", "numbers_of", "numeric_columns"]

_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_DELIMITERS = (",", ";", "\t", "|")
_HEAD = 1 << 16  # bytes
_BLOCK = 16 << 20
MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "-nan", "-NaN", "null", "NULL", "None", "<NA>",
            "#N/A", "#NA")  # fmt: skip


class CsvFile:
    """A CSV file.

    Parameters
    ----------
    opener : callable
        Opens the file for reading bytes.
    options : CsvOptions
    where : str
        Its name, for messages.

    Attributes
    ----------
    names : list of str
        Of its columns.

    Raises
    ------
    InputError
        From here and from the methods: if the file is empty, no text in this encoding, has several
        columns of one name or a row of another length than the first.
    """

    def __init__(self, opener: Opener, options: CsvOptions, where: str) -> None:
        self._opener, self._options, self._where = opener, options, where
        with self._errors(), opener() as file:
            self._codec, head, whole = _look(file, options, where)
        self.names, self._delimiter = _header(head, whole, options, where)
        self._head_size = len(head)

    def sample(self) -> pa.Table:
        """Read the first rows of all columns, with types as they seem to be."""
        convert = pa_csv.ConvertOptions(decimal_point=self._options.decimal)
        with self._errors(), self._opener() as file:
            first = next(iter(self._reader(file, 2 * self._head_size, convert)), None)
        if first is None:
            return pa.table({name: pa.array([], pa.string()) for name in self.names})
        return pa.Table.from_batches([first])

    def batches(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """Read some columns as text, block after block; the first table has no rows."""
        convert = pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=list(names),
            strings_can_be_null=False,
        )
        yield pa.table({name: pa.array([], pa.string()) for name in names})
        with self._errors(), self._opener() as file:
            for batch in self._reader(file, max(_BLOCK, 2 * self._head_size), convert):
                yield pa.Table.from_batches([batch])

    def _reader(self, file: IO[bytes], block_size: int, convert: pa_csv.ConvertOptions) -> Any:
        encoding = self._options.encoding
        return pa_csv.open_csv(
            decompressed(file, self._codec),
            pa_csv.ReadOptions(use_threads=False, block_size=block_size, encoding=encoding),
            pa_csv.ParseOptions(delimiter=self._delimiter, newlines_in_values=True),
            convert,
        )

    def _errors(self) -> AbstractContextManager[None]:
        return _csv_errors(self._options, self._where)


def numbers_of(column: pa.ChunkedArray, options: CsvOptions) -> Any:
    """Make numbers of text.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of text
    options : CsvOptions

    Returns
    -------
    pyarrow.ChunkedArray of float64, or ndarray of objects
        Objects where a text is no number: numbers, and the text as it is.
    """
    try:
        return _cast(column, options)
    except pa.ArrowInvalid:
        pass
    trimmed = pc.utf8_trim_whitespace(column)
    try:
        return _cast(trimmed, options)
    except pa.ArrowInvalid:
        pass
    distinct = pc.dictionary_encode(trimmed.combine_chunks())
    values = [_number_or_text(text, options) for text in distinct.dictionary.to_pylist()]
    table = np.array([*values, None], dtype=object)
    taken: npt.NDArray[Any] = table[distinct.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    return taken


def numeric_columns(
    batches: Iterator[pa.Table], names: Sequence[str], options: CsvOptions
) -> frozenset[str]:
    """Return the columns that hold numbers only, in all of the batches.

    Parameters
    ----------
    batches : iterator of pyarrow.Table
        Of text.
    names : sequence of str
    options : CsvOptions

    Returns
    -------
    frozenset of str
    """
    numeric = set(names)
    for batch in batches:
        numeric -= {
            name
            for name in numeric
            if isinstance(numbers_of(batch.column(name), options), np.ndarray)
        }
        if not numeric:
            break
    return frozenset(numeric)


def _look(file: IO[bytes], options: CsvOptions, where: str) -> tuple[str | None, bytes, bool]:
    """Return how a file is compressed, its content up to a line at least, and whether all of it."""
    start = file.read(4)
    file.seek(0)
    if not start:
        raise InputError(f"{where} is empty. Write it again, or leave it out.")
    codec = codec_of(start)
    wide = next((name for mark, name in _MARKS.items() if start.startswith(mark)), None)
    if wide is not None and options.encoding == "utf-8":
        raise _wrong_encoding(options, where, wide)
    stream, head = decompressed(file, codec), b""
    while b"\n" not in head.lstrip():
        more = bytes(stream.read(_HEAD))
        head += more
        if not more:
            return codec, head, True
    return codec, head, False


def _header(head: bytes, whole: bool, options: CsvOptions, where: str) -> tuple[list[str], str]:
    """Read the names in the first line, and the delimiter."""
    try:
        decoder = codecs.getincrementaldecoder(options.encoding)("strict")
        text = decoder.decode(head, final=whole)  # a character may be cut at the end
    except UnicodeDecodeError:
        raise _wrong_encoding(options, where) from None
    except LookupError:
        raise InputError(
            f"encoding must be one that Python knows, such as 'utf-8' or 'cp1252'; got"
            f" {options.encoding!r}."
        ) from None
    text = text.removeprefix("\ufeff").lstrip("\r\n")
    if not text.strip():
        raise InputError(f"{where} is empty. Write it again, or leave it out.")
    line = text.splitlines()[0]
    delimiter = options.delimiter or max(_DELIMITERS, key=line.count)
    names = next(csv.reader(io.StringIO(text), delimiter=delimiter))
    require_unique(names, where)
    return names, delimiter


@contextmanager
def _csv_errors(options: CsvOptions, where: str) -> Iterator[None]:
    """Say what is wrong with a file that can't be read."""
    try:
        yield
    except UnicodeError:
        raise _wrong_encoding(options, where) from None
    except (pa.ArrowInvalid, OSError) as error:
        text = str(error)
        if "UTF8" in text:
            raise _wrong_encoding(options, where) from None
        if isinstance(error, OSError):
            with decompression_errors(where):
                raise
        raise InputError(
            f"{where} must be a CSV file with as many fields in each row as in its first line; got:"
            f" {text}. Correct the file, or give its delimiter."
        ) from None


def _wrong_encoding(options: CsvOptions, where: str, likely: str = "cp1252") -> InputError:
    return InputError(
        f"{where} is not text in the encoding {options.encoding!r}. Give its encoding, perhaps"
        f" {likely!r}, or convert it to UTF-8."
    )


def _cast(column: pa.ChunkedArray, options: CsvOptions) -> pa.ChunkedArray:
    """Make numbers of text, of which each is a number or stands for a missing one."""
    if options.decimal != ".":
        column = pc.replace_substring(column, ".", "?")  # what separates thousands is no number
        column = pc.replace_substring(column, options.decimal, ".")
    missing = pc.is_in(column, pa.array([*MISSING, *options.missing]))
    return pc.if_else(missing, pa.scalar(None, pa.string()), column).cast(pa.float64())


def _number_or_text(text: str | None, options: CsvOptions) -> float | str | None:
    if text is None:
        return None
    try:
        number = _cast(pa.chunked_array([[text]], pa.string()), options)[0].as_py()
    except pa.ArrowInvalid:
        return text
    return float("nan") if number is None else float(number)
