"""Which column of a file is which: as named by the user, or found and said."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pyarrow as pa

from esrnn.errors import InputError
from esrnn.files.joined_ids import id_parts
from esrnn.files.source import Columns
from esrnn.files.stamps import looks_like_time
from esrnn.frames.long_tables import ID_NAMES, TIME_NAMES, VALUE_NAMES

__all__ = ["FILE_ID", "find_columns", "require_columns", "require_unique"]

# The column of ids where each file is one series, named by its file.
FILE_ID = "unique_id"
_N_SHOWN = 20
# What pandas calls an index that was written with the columns.
_ROW_NUMBERS = re.compile(r"(__index_level_\d+__|Unnamed: \d+)?")
# What is hardly the name of a column.
_DATUM = re.compile(r"[+-]?[0-9.]+|\d{4}-\d{2}.*")


def find_columns(
    sample: pa.Table, keys: Sequence[str], columns: Columns, where: str
) -> tuple[Columns, list[str]]:
    """Find the columns that the user did not name.

    Parameters
    ----------
    sample : pyarrow.Table
        Rows of a file, with all its columns.
    keys : sequence of str
        Names of the keys in the file's path, which are columns too.
    columns : Columns
        What the user named.
    where : str
        The file, for messages.

    Returns
    -------
    Columns
        Without None. An `id` that is no column says that the file is one series.
    list of str
        A sentence for each column that was found by other than its usual name.

    Raises
    ------
    InputError
        If a named column isn't there, or one can't be found without doubt.
    """
    require_unique(sample.column_names, where)
    require_columns([*sample.column_names, *keys], columns, where)
    taken = {columns.id, columns.time, columns.value, *columns.static, *columns.future}
    taken |= set(id_parts(columns.id))
    usual = {"time": "ds", "id": "unique_id", "value": "y"}
    named = {part: getattr(columns, part) for part in usual}
    present = [name for name in [*sample.column_names, *keys] if name not in taken]
    named |= {part: n for part, n in usual.items() if named[part] is None and n in present}
    free = [n for n in present if n not in named.values() and not _ROW_NUMBERS.fullmatch(n)]
    said: list[str] = []

    def find(part: str, names: Sequence[str], fitting: Iterable[str]) -> str | None:
        if named[part] is not None:
            return str(named[part])
        found, why = _choose(part, names, free, list(fitting), where)
        if found is not None:
            free.remove(found)
        if why:
            said.append(f"column {found!r} is taken as {part}: {why}")
        return found

    time = find("time", TIME_NAMES, _times(sample, free))
    if time is None:
        raise _not_found("time", sample, keys, where)
    id_ = find("id", ID_NAMES, _texts(sample, free, keys))
    value = find("value", VALUE_NAMES, _numbers(sample, free))
    if value is None:
        raise _not_found("value", sample, keys, where)
    if not set(id_parts(id_)) <= set(sample.column_names):
        raise InputError(
            f"the name of the column of ids must have no comma, which is between the names of"
            f" several columns; got {id_!r} in {where}. Rename it."
        )
    if id_ is None:
        id_ = FILE_ID
        said.append("there is no column of ids: each file is one series, with the name of its file")
    return replace(columns, id=id_, time=time, value=value), said


def require_columns(present: Sequence[str], columns: Columns, where: str) -> None:
    """Refuse a file that lacks a column.

    Parameters
    ----------
    present : sequence of str
        Names of the file's columns and keys.
    columns : Columns
        None is not looked for.
    where : str
        The file, for the message.

    Raises
    ------
    InputError
    """
    wanted = {"id": columns.id, "time": columns.time, "value": columns.value}
    parts = [(part, name) for part, name in wanted.items() if name is not None]
    parts += [("static", name) for name in columns.static]
    parts += [("future", name) for name in columns.future]
    missing = [(part, name) for part, name in parts if name not in present]
    if not missing:
        return
    hints = []
    for part, name in missing:
        close = difflib.get_close_matches(name, present, n=1, cutoff=0.5)
        near = f", perhaps {close[0]!r}" if close else ""
        hints.append(f"{part} column {name!r} is not there{near}")
    raise InputError(
        f"{where} lacks columns: {'; '.join(hints)}. It has {_shown(present)}. Name the columns"
        " that are there, or correct the file; its first line must hold the names."
    )


def require_unique(names: Sequence[str], where: str) -> None:
    """Refuse a file that has several columns of one name.

    Parameters
    ----------
    names : sequence of str
    where : str

    Raises
    ------
    InputError
    """
    twice = sorted(name for name, n in Counter(names).items() if n > 1)
    if twice:
        raise InputError(
            f"columns must have different names; {where} has several of {twice[:5]}. Rename or drop"
            " them."
        )


def _choose(
    part: str, names: Sequence[str], free: Sequence[str], fitting: list[str], where: str
) -> tuple[str | None, str]:
    """Choose by usual names, then by kind; refuse to choose among several."""
    by_name = [name for name in free if name.lower() in names]
    if part != "id":  # ids have any type
        by_name = [name for name in by_name if name in fitting] or by_name
    for candidates, why in ((by_name, "by its name"), (fitting, "the only one of its kind")):
        if len(candidates) == 1:
            _require_name(candidates[0], where)
            return candidates[0], why
        if len(candidates) > 1:
            raise InputError(
                f"several columns of {where} may be the {part} column: {_shown(candidates)}. Say"
                f" which one {_how_to_name(part)}."
                + (
                    f" If ids are made of several columns, name all: {','.join(candidates[:2])}."
                    * (part == "id")
                )
                + " If each of them is a series, the file is wide (--wide)." * (part == "value")
            )
    return None, ""


def _require_name(name: str, where: str) -> None:
    """Refuse to choose a column by a name that is a number or a date."""
    if _DATUM.fullmatch(name):
        raise InputError(
            f"the first line of {where} must hold the names of the columns; got {name!r} there. Add"
            " such a line, or name the columns if that is one."
        )


def _times(sample: pa.Table, free: Sequence[str]) -> list[str]:
    there = set(sample.column_names)
    return [name for name in free if name in there and looks_like_time(sample.column(name))]


def _texts(sample: pa.Table, free: Sequence[str], keys: Sequence[str]) -> list[str]:
    """Return the columns of text and categories, and keys."""
    kinds = {name: sample.schema.field(name).type for name in sample.column_names}
    return [
        name
        for name in free
        if name in keys
        or pa.types.is_dictionary(kinds[name])
        or pa.types.is_string(kinds[name])
        or pa.types.is_large_string(kinds[name])
    ]


def _numbers(sample: pa.Table, free: Sequence[str]) -> list[str]:
    """Return the columns of numbers; truth values are none."""
    there = {name: sample.schema.field(name).type for name in sample.column_names}
    return [
        name
        for name in free
        if name in there
        and (
            pa.types.is_integer(there[name])
            or pa.types.is_floating(there[name])
            or pa.types.is_decimal(there[name])
        )
    ]


def _not_found(part: str, sample: pa.Table, keys: Sequence[str], where: str) -> InputError:
    return InputError(
        f"no column of {where} could be told to be the {part} column; it has"
        f" {_shown([*sample.column_names, *keys])}. Say which one {_how_to_name(part)}; the"
        " first line of a CSV file must hold the names."
    )


def _how_to_name(part: str) -> str:
    """Say how a column is named, in a command and in Python."""
    return f"with --{part} (in Python, {part}= of Columns)"


def _shown(names: Sequence[str]) -> str:
    more = ", ..." if len(names) > _N_SHOWN else ""
    return ", ".join(map(repr, names[:_N_SHOWN])) + more
