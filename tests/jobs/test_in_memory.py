"""Jobs on tables of pandas, Arrow and polars."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from esrnn.errors import InputError, InputTypeError
from esrnn.jobs import Run, as_source, fit, forecast_table, predict, predict_table
from tests.jobs.made_up import TINY, sales


class Frame:
    """A table with Arrow's C stream, as polars has it."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self.table.__arrow_c_stream__(requested_schema)


@pytest.fixture
def expected(tmp_path: Path) -> pd.DataFrame:
    sales(3).to_parquet(tmp_path / "sales.parquet", index=False)
    predict("monthly", str(tmp_path / "sales.parquet"), str(tmp_path / "out.parquet"), horizon=2)
    return pd.read_parquet(tmp_path / "out.parquet")


def test_forecasts_are_those_of_files_in_the_kind_of_the_input(
    expected: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrow = pa.Table.from_pandas(sales(3), preserve_index=False)
    polars = ModuleType("polars")  # which need not be installed
    polars.from_arrow = Frame  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "polars", polars)
    monkeypatch.setattr(Frame, "__module__", "polars.dataframe")
    for data in (sales(3), arrow, Frame(arrow)):
        done = predict_table("monthly", data, horizon=2)
        assert type(done.forecasts) is type(data)
        assert done.rejected is None
        table = done.forecasts.table if isinstance(data, Frame) else done.forecasts
        frame = table.to_pandas() if isinstance(table, pa.Table) else table
        pd.testing.assert_frame_equal(frame, expected)


@pytest.mark.parametrize("ids", ["String", "Categorical", "Enum"])
def test_polars_itself(expected: pd.DataFrame, ids: str) -> None:
    """Categories of polars, which Parquet can't hold as they are, come back as such."""
    polars = pytest.importorskip("polars")
    names = expected["unique_id"].unique().tolist()
    shops = polars.Enum(names) if ids == "Enum" else getattr(polars, ids)
    df = polars.from_pandas(sales(3)).with_columns(polars.col("unique_id").cast(shops))
    done = predict_table("monthly", df, horizon=2)
    assert isinstance(done.forecasts, polars.DataFrame)
    assert done.forecasts["unique_id"].to_list() == expected["unique_id"].tolist()
    assert (done.forecasts.schema["unique_id"] == polars.String) == (ids == "String")
    assert done.forecasts["y_hat"].to_list() == expected["y_hat"].tolist()


def test_a_type_of_polars_that_arrow_does_not_have_is_refused() -> None:
    polars = pytest.importorskip("polars")
    df = polars.from_pandas(sales(2)).with_columns(polars.col("y").cast(polars.Int128))
    with pytest.raises(InputTypeError, match=r"types that Arrow has; .*i128.* Convert it"):
        predict_table("monthly", df, horizon=2)


def test_rejected_series_come_back_with_their_reasons() -> None:
    df = sales(3)
    df.loc[3, "y"] = np.inf
    done = forecast_table(df, 2)
    assert done.rejected["series"].tolist() == ["shop0"]
    assert "must be finite" in done.rejected["reason"][0]
    assert done.counts.n_rejected == 1
    assert len(done.forecasts) == 4
    with pytest.raises(InputError, match="must be finite"):
        forecast_table(df, 2, run=Run(on_error="raise"))


def test_any_job_reads_a_table(tmp_path: Path) -> None:
    with as_source(pa.Table.from_pandas(sales(3), preserve_index=False)) as source:
        report = fit(source, str(tmp_path / "model"), 2, settings=TINY)
    assert report.counts.n_series == 3
    assert not Path(source.path).exists()


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(InputTypeError, match="a table of pandas, polars or Arrow"):
        predict_table("monthly", [1, 2], horizon=2)
    with pytest.raises(InputError, match="values of one kind"):
        predict_table("monthly", sales(2).assign(y=["text", 1.0] * 30), horizon=2)
