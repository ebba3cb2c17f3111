"""Time stamps as files have them: read for forecasting, and written in the form they came in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta, timezone

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from esrnn._typing import IntArray
from esrnn.errors import InputError
from esrnn.frames.integer_dates import refuse_integer_dates
from esrnn.frames.rows import Rows

__all__ = ["StampForm", "looks_like_time", "read_stamps", "write_stamps"]

_ISO = re.compile(
    r"""\d{4}-\d{2}
    (?:-\d{2}
        (?:(?P<sep>[\ T])
            (?P<clock>\d{2}(?::\d{2}(?::\d{2}(?P<fraction>[.]\d{1,9})?)?)?)
            (?P<offset>Z|[+-]\d{2}(?::?\d{2})?)?
        )?
    )?""",
    re.VERBOSE,
)
_DIGITS = re.compile(r"[+-]?\d{1,18}")
_QUARTER = re.compile(r"(\d{4})(-?)Q([1-4])")
_WEEK = re.compile(r"\d{4}-W\d{2}")
# Forms that people write; a file in one of them is told what to give as time_format.
_OTHERS = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y %H:%M",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%b %Y", "%b-%y", "%b-%Y", "%m/%Y",
)  # fmt: skip


@dataclass(frozen=True)
class StampForm:
    """How time stamps are written in a file.

    Parameters
    ----------
    arrow : pyarrow.DataType
        Type of the column; text for CSV.
    text : str, optional
        For text and whole numbers that stand for dates: codes of `strftime`.
    digits : int
        Of a fraction of a second, after `text`.
    offset : {"", "Z", "+00", "+0000", "+00:00"}
        How the offset is written at the end.
    """

    arrow: pa.DataType
    text: str | None = None
    digits: int = 0
    offset: str = ""


def read_stamps(
    column: pa.ChunkedArray, what: str, time_format: str | None = None, zone: str | None = None
) -> tuple[pd.Series, StampForm]:
    """Turn a column of a file into whole numbers, periods or time stamps.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of length n
    what : str
        The file and the column, for messages.
    time_format : str, optional
        The form of text and of whole numbers that are dates, in the codes of `strptime`.
    zone : str, optional
        To which time stamps with a zone or an offset are converted.

    Returns
    -------
    pd.Series of length n
        Text that can't be read stays text, so that the check of frames names its rows.
    StampForm

    Raises
    ------
    InputError
        If no stamp can be read, they have different offsets and there is no `zone`, or the zone is
        unknown.
    """
    arrow = column.type
    if pa.types.is_dictionary(arrow):
        column = column.cast(arrow.value_type)
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _read_text(column, arrow, what, time_format, zone)
    if pa.types.is_integer(kind):
        if time_format is not None:
            return _read_text(column.cast(pa.string()), arrow, what, time_format, zone)
        _refuse_dates(column.unique().drop_null().to_numpy(), what)
    if pa.types.is_floating(kind):
        column = column.cast(pa.float64())
        values = column.to_numpy()  # NaN for null
        if bool(np.all((values % 1.0 == 0.0) & (np.abs(values) < 2.0**53))):
            return pd.Series(values.astype(np.int64)), StampForm(arrow)
    if pa.types.is_integer(kind) and column.null_count:
        return column.to_pandas(types_mapper={kind: pd.Int64Dtype()}.get), StampForm(arrow)
    stamps = column.to_pandas(date_as_object=False)
    if isinstance(stamps.dtype, pd.DatetimeTZDtype) and zone is not None:
        stamps = _in_zone(stamps, zone)
    return stamps, StampForm(arrow)


def write_stamps(stamps: pd.Series, form: StampForm) -> pa.Array:
    """Write time stamps in the form of a file; undoes `read_stamps`.

    Parameters
    ----------
    stamps : pd.Series
        Whole numbers, periods or time stamps.
    form : StampForm

    Returns
    -------
    pyarrow.Array
        Of the file's type, or of a wider one where that can't hold them.
    """
    arrow = form.arrow
    kind = arrow.value_type if pa.types.is_dictionary(arrow) else arrow
    if isinstance(kind, pa.ExtensionType):
        return pa.array(pd.array(stamps))
    if form.text is not None:
        codes, distinct = pd.factorize(pd.Index(stamps))
        texts = pa.array([_written(one, form) for one in distinct], pa.string())
        values = texts.take(pa.array(codes))
    elif isinstance(stamps.dtype, pd.PeriodDtype):
        values = pa.array(stamps.dt.to_timestamp())
    else:
        values = pa.array(stamps)
    if values.type != kind:
        try:
            values = values.cast(kind)
        except pa.ArrowInvalid:  # later than the type can hold, as 128 in eight bits
            return values
    return values.dictionary_encode().cast(arrow) if kind is not arrow else values


def looks_like_time(column: pa.ChunkedArray) -> bool:
    """Return whether a column holds time by its type, or text in a form that is read as time."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_temporal(kind):
        return not (pa.types.is_duration(kind) or pa.types.is_time(kind))
    if isinstance(kind, pa.ExtensionType):
        return str(kind.extension_name) == "pandas.period"
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return False
    texts = [text for text in column.unique().to_pylist() if text]
    return bool(texts) and all(
        _ISO.fullmatch(text) or _QUARTER.fullmatch(text) or _WEEK.fullmatch(text) for text in texts
    )


def _read_text(
    column: pa.ChunkedArray,
    arrow: pa.DataType,
    what: str,
    time_format: str | None,
    zone: str | None,
) -> tuple[pd.Series, StampForm]:
    """Read text: each different one once."""
    coded = pc.dictionary_encode(column.combine_chunks())
    texts = pd.Series(coded.dictionary.to_pylist(), dtype=object)
    texts = texts.where(texts != "", None)
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    given = [text for text in texts if text is not None]
    if not given:
        return pd.Series(np.full(len(codes), None, dtype=object)), StampForm(arrow)
    if time_format is not None:
        stamps, form = _by_format(texts, given, arrow, what, time_format)
    else:
        stamps, form = _by_look(texts, given, arrow, what)
    if getattr(stamps.dtype, "tz", None) is not None:
        stamps = _common_zone(stamps, texts, what, zone)
    missing = codes < 0
    taken = stamps.take(np.where(missing, 0, codes)).reset_index(drop=True)
    return (taken.mask(pd.Series(missing)) if missing.any() else taken), form


def _by_format(
    texts: pd.Series, given: list[str], arrow: pa.DataType, what: str, time_format: str
) -> tuple[pd.Series, StampForm]:
    """Read text in the form that the user gave."""
    utc = "%z" in time_format
    try:
        stamps = pd.to_datetime(texts, format=time_format, errors="coerce", utc=utc)
    except ValueError as error:
        raise InputError(
            f"time_format must be in the codes of strptime, such as '%d.%m.%Y'; got"
            f" {time_format!r} ({error})."
        ) from None
    form = StampForm(arrow, time_format)
    return _with_unread(stamps, texts, given, what, f"in the form {time_format!r}"), form


def _by_look(
    texts: pd.Series, given: list[str], arrow: pa.DataType, what: str
) -> tuple[pd.Series, StampForm]:
    """Read text in the form that it seems to have."""
    if all(_DIGITS.fullmatch(text) for text in given):
        numbers = texts.map(int, na_action="ignore")
        _refuse_dates(np.array([int(text) for text in given], dtype=np.int64), what)
        whole = len(given) == len(texts)
        return numbers.astype("int64" if whole else "Int64"), StampForm(arrow)
    quarters = [_QUARTER.fullmatch(text) for text in given]
    if all(quarters):
        plain = texts.str.replace("-", "")
        hyphen = next(match[2] for match in quarters if match)
        periods = pd.Series(pd.PeriodIndex(plain, freq="Q"))
        return periods, StampForm(arrow, f"%Y{hyphen}Q%q")
    if all(_WEEK.fullmatch(text) for text in given):
        stamps = pd.to_datetime(texts + "-1", format="%G-W%V-%u", errors="coerce")
        return _with_unread(stamps, texts, given, what, "as weeks"), StampForm(arrow, "%G-W%V")
    matches = [match for text in given if (match := _ISO.fullmatch(text))]
    if not matches:
        raise _unknown_form(given, what)
    # The most detailed text says how all are written.
    form = _iso_form(max(matches, key=lambda match: len(match[0])), arrow)
    aware = any(match["offset"] for match in matches)
    readable = texts.map(lambda text: text if _ISO.fullmatch(text) else None, na_action="ignore")
    stamps = pd.to_datetime(readable, format="ISO8601", errors="coerce", utc=aware)
    if aware and not all(match["offset"] for match in matches):
        raise InputError(
            f"time stamps must all have an offset, such as +01:00 or Z, or none; got both in"
            f" {what}, such as {next(m[0] for m in matches if not m['offset'])!r} and"
            f" {next(m[0] for m in matches if m['offset'])!r}. Write all of them alike."
        )
    return _with_unread(stamps, texts, given, what, "as ISO 8601 text"), form


def _refuse_dates(numbers: IntArray, what: str) -> None:
    """Refuse whole numbers that are dates, where a form says how to read them."""
    rows = Rows(np.zeros(numbers.size, dtype=np.int64), pd.Index([0]), pd.Index(numbers))
    if not numbers.size:
        return
    try:
        refuse_integer_dates(rows)
    except InputError as error:
        for look, form in (("'YYYYMMDD'", "%Y%m%d"), ("'YYYYMM'", "%Y%m")):
            if look in error.reason:
                raise InputError(
                    f"whole numbers must count steps; those in {what} look like dates, such as"
                    f" {numbers[0]}. Give their form: time_format={form!r}."
                ) from None


def _with_unread(
    stamps: pd.Series, texts: pd.Series, given: list[str], what: str, how: str
) -> pd.Series:
    """Keep what can't be read as text, beside stamps as ISO text; refuse a column of such."""
    unread = stamps.isna() & texts.notna()
    if not unread.any():
        return stamps
    if int(unread.sum()) == len(given):
        raise InputError(
            f"time stamps must be readable {how}; got {given[0]!r} in {what}."
            f"{_formats_that_read(given)}"
        )
    iso = stamps.map(lambda one: one.isoformat(), na_action="ignore").astype(object)
    return iso.where(~unread, texts).where(texts.notna(), None)


def _unknown_form(given: list[str], what: str) -> InputError:
    return InputError(
        f"time stamps must be ISO 8601 text such as '2024-01-31', or whole numbers; got"
        f" {given[0]!r} in {what}.{_formats_that_read(given)}"
    )


def _formats_that_read(given: list[str]) -> str:
    """Name the usual forms that all texts could be in."""
    fitting = []
    for form in _OTHERS:
        try:
            pd.to_datetime(pd.Series(given, dtype=object), format=form)
        except ValueError:
            continue
        fitting.append(form)
    if not fitting:
        return " Give their form as time_format, in the codes of strptime, such as '%d.%m.%Y'."
    return f" Give their form: time_format={' or '.join(map(repr, fitting))}."


def _iso_form(match: re.Match[str], arrow: pa.DataType) -> StampForm:
    """Return the form of an ISO text."""
    text = "%Y-%m-%d" if len(match[0]) > len("2024-01") else "%Y-%m"
    if match["clock"]:
        clock = match["clock"].split(".")[0]
        text += match["sep"] + ":".join(["%H", "%M", "%S"][: 1 + clock.count(":")])
    offset = match["offset"] or ""
    offset = offset if offset in ("", "Z") else "+" + re.sub(r"\d", "0", offset[1:])
    return StampForm(arrow, text, len(match["fraction"] or ".") - 1, offset)


def _common_zone(stamps: pd.Series, texts: pd.Series, what: str, zone: str | None) -> pd.Series:
    """Bring time stamps that were read in UTC into the zone asked for, or their one offset."""
    if zone is not None:
        return _in_zone(stamps, zone)
    offsets = sorted({m["offset"] for t in texts if t and (m := _ISO.fullmatch(t)) and m["offset"]})
    if not offsets or offsets == ["Z"]:
        return stamps
    if len(offsets) > 1:
        raise InputError(
            f"time stamps have several offsets, {offsets[:4]}, in {what}. Give the zone whose clock"
            " the data follow, such as zone='Europe/Berlin'."
        )
    sign, digits = offsets[0][0], offsets[0][1:].replace(":", "").ljust(4, "0")
    seconds = (int(digits[:2]) * 60 + int(digits[2:])) * 60 * (-1 if sign == "-" else 1)
    moved: pd.Series = stamps.dt.tz_convert(timezone(timedelta(seconds=seconds)))
    return moved


def _in_zone(stamps: pd.Series, zone: str) -> pd.Series:
    """Convert to a zone that the user named."""
    try:
        moved: pd.Series = stamps.dt.tz_convert(zone)
        return moved
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(
            f"zone must be the name of a time zone, such as 'Europe/Berlin'; got {zone!r}"
            f" ({error})."
        ) from None


def _written(stamp: pd.Timestamp | pd.Period, form: StampForm) -> str:
    """Write one time stamp."""
    if form.offset == "Z" and isinstance(stamp, pd.Timestamp) and stamp.tz is not None:
        stamp = stamp.tz_convert("UTC")
    text = stamp.strftime(form.text or "")
    if form.digits and isinstance(stamp, pd.Timestamp):
        text += f".{stamp.microsecond:06d}{stamp.nanosecond:03d}"[: form.digits + 1]
    if not form.offset or form.offset == "Z":
        return text + form.offset
    offset = stamp.strftime("%z")  # such as +0530
    hours, minutes = offset[:3], offset[3:5]
    colon = ":" if ":" in form.offset else ""
    return text + hours + (f"{colon}{minutes}" if len(form.offset) > len("+00") else "")
