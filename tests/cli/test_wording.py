"""Messages name options, not arguments of Python."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from esrnn.cli import main
from tests.jobs.made_up import sales


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _said(frame: pd.DataFrame, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """Return the error of a forecast that can't be made."""
    frame.to_csv("data.csv", index=False)
    call = ["forecast", "data.csv", "--horizon", "2", "--out", "f.csv", *options]
    assert main([*call, "--quiet"]) == 3
    return capsys.readouterr().err


def test_columns_that_can_not_be_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    df = sales(2).rename(columns={"unique_id": "a"})
    said = _said(df.assign(b="x"), capsys)
    assert "with --id. If ids are made of several columns, name all: a,b." in said
    said = _said(sales(2).rename(columns={"y": "p"}).assign(q=1.0), capsys)
    assert "with --value. If each of them is a series, the file is wide (--wide)." in said
    wide = pd.DataFrame({"t": ["x", "y"], "s": [1.0, 2.0]})
    assert "Give their form as --time-format, in the" in _said(wide, capsys, "--wide")
    wide = pd.DataFrame({"p": ["x", "y"], "s": [1.0, 2.0]})
    assert "Say which with --time." in _said(wide, capsys, "--wide")


def test_forms_of_time_stamps(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    df = sales(1)
    said = _said(df.assign(ds=df["ds"].dt.strftime("%d.%m.%Y")), capsys, "--time", "ds")
    assert "Give their form: --time-format %d.%m.%Y." in said
    said = _said(df.assign(ds=df["ds"].dt.strftime("%Y%m%d")), capsys, "--time", "ds")
    assert "--time-format %Y%m%d." in said
    offsets = df["ds"].dt.strftime("%Y-%m-%dT00:00:00+01:00")
    offsets[:9] = df["ds"][:9].dt.strftime("%Y-%m-%dT00:00:00+02:00")
    assert "such as --zone Europe/Berlin." in _said(df.assign(ds=offsets), capsys)


def test_remedies_are_about_the_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    df = sales(2).astype({"y": object})
    df.loc[3, "y"] = "broken"
    said = _said(df, capsys, "--on-error", "raise", "--value", "y")
    assert "pd." not in said
    assert said.endswith("'broken'. Correct them in the file.\n")
    assert main(["forecast", "data.csv", "--value", "y", "--horizon", "2", "--out", "f.csv"]) == 4
    assert pd.read_parquet("f.rejected.parquet")["remedy"].tolist() == ["Correct them in the file."]


def test_a_series_that_is_not_there(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sales(2).to_csv("data.csv", index=False)
    forecasts = sales(2).groupby("unique_id").tail(2).rename(columns={"y": "y_hat"})
    forecasts.to_csv("f.csv", index=False)
    assert main(["plot", "data.csv", "f.csv", "--out", "f.png", "--series", "shop9"]) == 3
    assert "missing are ['shop9']. It holds such as ['shop0', 'shop1']" in capsys.readouterr().err
