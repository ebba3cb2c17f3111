"""Tables of other libraries, such as Arrow and polars, as pandas frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from esrnn.errors import InputTypeError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["is_foreign_table", "to_arrow", "to_pandas"]


def is_foreign_table(data: object) -> bool:
    """Return whether an object is a table, but none of pandas.

    Parameters
    ----------
    data : object

    Returns
    -------
    bool
    """
    if isinstance(data, pd.DataFrame | pd.Series | pd.Index):
        return False
    return any(hasattr(data, name) for name in ("__arrow_c_stream__", "to_pandas", "collect"))


def to_pandas(data: object) -> tuple[pd.DataFrame, str | None]:
    """Convert a table of any library to pandas.

    Parameters
    ----------
    data : table
        A DataFrame of pandas, a table that has Arrow's C stream (Arrow, polars, DuckDB and others),
        or one with a method ``to_pandas``.

    Returns
    -------
    frame : pd.DataFrame
        The table itself if it is one of pandas.
    library : str or None
        What it came from; None for pandas.

    Raises
    ------
    InputTypeError
        If it is no table, or one that was not computed yet; as `to_arrow`.

    Examples
    --------
    >>> import pyarrow as pa
    >>> to_pandas(pa.table({"y": [1.0, 2.0]}))[0]["y"].tolist()
    [1.0, 2.0]
    """
    if isinstance(data, pd.DataFrame):
        return data, None
    kind = f"{type(data).__module__}.{type(data).__qualname__}"
    if not is_foreign_table(data):
        raise InputTypeError(
            f"df must be a table of pandas, polars or Arrow, with a row for each series and time"
            f" stamp; got an object of type {type(data).__qualname__}. Read a file with pd.read_csv"
            " or pd.read_parquet."
        )
    if hasattr(data, "__arrow_c_stream__"):
        return to_arrow(data).to_pandas(), kind.split(".")[0]
    if not hasattr(data, "to_pandas"):
        raise InputTypeError(
            f"df must be a table that is in memory; got a {kind}. Call its method collect() before."
        )
    frame = data.to_pandas()
    if not isinstance(frame, pd.DataFrame):
        raise InputTypeError(
            f"df must be a table with several columns; got a {kind}. Take the whole table."
        )
    return frame, kind.split(".")[0]


def to_arrow(data: Any) -> pa.Table:
    """Take a table that has Arrow's C stream.

    Parameters
    ----------
    data : table
        Such as one of Arrow or polars.

    Returns
    -------
    pyarrow.Table
        With categories of a type that Parquet has, too; those of polars are "string views".

    Raises
    ------
    InputTypeError
        If Arrow does not have the type of a column.

    Examples
    --------
    >>> import pyarrow as pa
    >>> shops = pa.DictionaryArray.from_arrays(
    ...     [0, 1, 0], pa.array(["a", "b"], pa.string_view())
    ... )
    >>> to_arrow(pa.table({"shop": shops}))["shop"].type
    DictionaryType(dictionary<values=large_string, indices=int64, ordered=0>)
    """
    import pyarrow as pa

    try:
        table = pa.table(data)
    except pa.ArrowException as error:
        raise InputTypeError(
            f"columns of df must have types that Arrow has; got one of another type ({error})."
            " Convert it, for example to text or to 64-bit integers, or leave it out."
        ) from None
    for place, field in enumerate(table.schema):
        own = field.type
        if pa.types.is_dictionary(own) and str(own.value_type) == "string_view":
            plain = pa.dictionary(own.index_type, pa.large_string(), own.ordered)
            table = table.set_column(place, field.name, table.column(place).cast(plain))
    return table
