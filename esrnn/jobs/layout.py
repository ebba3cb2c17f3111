"""Forecasts in the columns that the Hubverse wants: a row for each quantile."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from esrnn.jobs.options import Output

__all__ = ["to_hubverse"]


def to_hubverse(table: pa.Table, output: Output, horizon: int) -> pa.Table:
    """Turn a row for each step into a row for each step and quantile level.

    Parameters
    ----------
    table : pyarrow.Table
        Ids, time stamps, a column for each name of ``output.columns()``, and others.
    output : Output
    horizon : int
        Steps of each series.

    Returns
    -------
    pyarrow.Table
        Ids and time stamps as they are, ``horizon``, ``output_type`` (``"quantile"``),
        ``output_type_id`` (the level), ``value``. The point forecast is the level 0.5.

    Examples
    --------
    >>> table = pa.table({"id": ["a"], "ds": [5], "y_hat": [3.0], "q-0.9": [4.0]})
    >>> to_hubverse(table, Output(quantiles=(0.9,), layout="hubverse"), 1).to_pydict()["value"]
    [3.0, 4.0]
    """
    names = dict(zip(output.columns(), (0.5, *output.levels()), strict=True))
    if 0.5 in output.levels():
        del names["y_hat"]
    levels = sorted(names.items(), key=lambda item: item[1])
    n = table.num_rows
    rows = np.repeat(np.arange(n), len(levels))
    kept = table.column_names[: table.column_names.index("y_hat")]
    columns = {name: table.column(name).take(pa.array(rows)) for name in kept}
    values = np.stack([table.column(name).to_numpy() for name, _ in levels], axis=1)
    columns["horizon"] = pa.array(rows % horizon + 1)
    columns["output_type"] = pa.repeat(pa.scalar("quantile"), rows.size)
    columns["output_type_id"] = pa.array(np.tile([level for _, level in levels], n))
    columns["value"] = pa.array(values.ravel())
    return pa.table(columns)
