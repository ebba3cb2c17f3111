"""Options that say how files are read, seen in what the report on the data says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from esrnn.cli import main
from tests.jobs.made_up import sales


def _report(capsys: pytest.CaptureFixture[str], *call: str, code: int = 0) -> dict[str, Any]:
    assert main(["check", *call, "--json", "--quiet"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_options_of_csv_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "in.csv"
    path.write_text("Läden:tag:menge\na:30.01.2024:1,5\na:31.01.2024:-\na:01.02.2024:2\n", "cp1252")
    report = _report(
        capsys, str(path), "--encoding", "cp1252", "--delimiter", ":", "--decimal", ",",
        "--missing", "-", "--time-format", "%d.%m.%Y", "--id", "Läden", "--time", "tag",
        "--value", "menge",
    )  # fmt: skip
    assert (report["minimum"], report["maximum"], report["values_missing"]) == (1.5, 2.0, 1)
    assert report["steps"] == {"D": 1}


def test_the_step_of_gluonts_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"start": "2023-12-31", "target": [1, 2]}\n', "utf-8")
    assert _report(capsys, str(path), "--freq", "Q")["last_time_stamp"] == "2024-01-01 00:00:00"


def test_a_series_in_two_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = sales(2)
    late = frame["ds"] > "2021-06-01"
    for name, rows in (("1", frame[~late]), ("2", frame[late])):
        (tmp_path / "data").mkdir(exist_ok=True)
        rows.to_csv(tmp_path / "data" / f"{name}.csv", index=False)
    data = str(tmp_path / "data")
    report = _report(capsys, data, code=4)
    assert report["refused"][0]["series"] == 2
    out = str(tmp_path / "f.csv")
    call = ["forecast", data, "--horizon", "2", "--out", out, "--json", "--quiet"]
    assert main(call) == 3
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["series"] == ["shop0", "shop1"]
    assert "1.csv" in error["message"]
    assert not Path(out).exists()
    assert _report(capsys, data, "--together")["series"] == 2
    assert main([*call, "--together"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["n_series"] == 2
