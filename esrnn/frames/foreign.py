"""Tables of other libraries, such as Arrow and polars, as pandas frames."""

from __future__ import annotations

import pandas as pd

from esrnn.errors import InputTypeError

__all__ = ["is_foreign_table", "to_pandas"]


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
        If it is no table, or one that was not computed yet.

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
        import pyarrow as pa

        return pa.table(data).to_pandas(), kind.split(".")[0]
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
