"""What to read: a path, and the names of the columns in the user's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from esrnn.errors import InputError

__all__ = ["FORMATS", "Columns", "CsvOptions", "Format", "Layout", "Source"]

Format = Literal["csv", "parquet", "tsf", "jsonl"]
Layout = Literal["long", "wide"]
FORMATS: tuple[str, ...] = get_args(Format)


@dataclass(frozen=True)
class Columns:
    """Names of the columns in the user's files.

    Parameters
    ----------
    id, time, value : str, optional
        Columns of series ids, of time stamps, and of the values to forecast. Where one is not
        given, `esrnn.files.survey` looks for ``unique_id``, ``ds`` and ``y``, then for other usual
        names and for the only column of the right kind, and says what it took. Ids of several
        columns are named with commas between them, ``"store,item"``; they are text in results.
    static : tuple of str
        Columns that say something about a series as a whole.
    future : tuple of str
        Columns whose values are known in advance.
    """

    id: str | None = None
    time: str | None = None
    value: str | None = None
    static: tuple[str, ...] = ()
    future: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        named = [name for name in (self.id, self.time, self.value) if name is not None]
        named += [*self.static, *self.future]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise InputError(
                f"each column can have one part only; got several for {twice}. Name each column"
                " once, as id, time, value, static or future."
            )


@dataclass(frozen=True)
class CsvOptions:
    """How a CSV file is written.

    Parameters
    ----------
    delimiter : str, optional
        What is between two fields; found in the first line if not given.
    decimal : str, default "."
        The decimal point.
    encoding : str, default "utf-8"
        Of the text.
    missing : tuple of str
        Texts that stand for a missing number, beside the empty field, ``NA``, ``NaN``, ``null``
        and the like.
    """

    delimiter: str | None = None
    decimal: str = "."
    encoding: str = "utf-8"
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """Where the data are, and how to read them.

    Parameters
    ----------
    path : str
        A file, a folder or a pattern such as ``data/*.csv``; local, or a URL that fsspec has a
        driver for, such as ``s3://bucket/sales``.
    format : {"csv", "parquet", "tsf", "jsonl"}, optional
        Found from the names of the files if not given.
    layout : {"long", "wide"}, default "long"
        ``"long"``: one row for each series and time stamp. ``"wide"``: one row for each time stamp
        and one column for each series; an empty cell is no row.
    time_format : str, optional
        The form of time stamps that are text or whole numbers, in the codes of `strptime`, such as
        ``"%d.%m.%Y"``. ISO 8601 text and whole numbers that count steps need none.
    zone : str, optional
        A time zone such as ``"Europe/Berlin"``, to which time stamps that have a zone or an offset
        are converted for forecasting. Results are written in the form of the file.
    freq : str, optional
        The step of GluonTS files whose folder has no metadata, such as ``"h"``.
    together : bool, default False
        Read all files as one partition, as where the rows of a series are in several files.
    csv : CsvOptions
    storage_options : mapping
        For the driver of the file system, such as credentials.

    Raises
    ------
    InputError
        If `format` or `layout` is unknown, or `path` is empty.
    """

    path: str
    format: Format | None = None
    layout: Layout = "long"
    time_format: str | None = None
    zone: str | None = None
    freq: str | None = None
    together: bool = False
    csv: CsvOptions = CsvOptions()
    storage_options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.path:
            raise InputError("a source needs a path; got an empty one. Give a file or a folder.")
        if self.format is not None and self.format not in FORMATS:
            raise InputError(f"format must be one of {list(FORMATS)}; got {self.format!r}.")
        if self.layout not in get_args(Layout):
            raise InputError(f"layout must be 'long' or 'wide'; got {self.layout!r}.")
