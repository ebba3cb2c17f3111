"""Committed results made again."""

import json
from pathlib import Path

import pytest

import competitions.runs.runner as runner
from competitions.__main__ import main
from competitions.methods import Settings
from competitions.runs.runner import Request
from competitions.store.read import RESULTS
from competitions.store.reproduce import reproduce
from esrnn.errors import InputError


@pytest.fixture(autouse=True)
def no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "draw_picture", lambda data, result, path: "no picture today")


def _request(out: Path) -> Request:
    return Request("", "", out, Settings(n_jobs=1, quiet=True))


def test_committed_forecasts_come_out_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["reproduce", "m4-hourly/es-0", "m4-hourly/lags-0", "--out", str(tmp_path), "--quiet"]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert (
        "m4-hourly/es-0: OWA 0.7778 then, 0.7778 today; forecasts of the sample differ by"
        in printed
    )
    (again,) = reproduce(["m4-hourly/es-0"], _request(tmp_path), say=lambda line: None)
    assert again.is_equal
    assert again.difference < 1e-6


def test_a_result_that_differs_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    committed = RESULTS / "m4-hourly" / "es-0"
    store = tmp_path / "store" / "m4-hourly" / "es-0"
    store.mkdir(parents=True)
    for name in ("scores.json", "sample.parquet"):
        (store / name).write_bytes((committed / name).read_bytes())
    scores = json.loads((store / "scores.json").read_text(encoding="utf-8"))
    (store / "scores.json").write_text(json.dumps({**scores, "owa": 0.5}), encoding="utf-8")
    said: list[str] = []
    (again,) = reproduce([], _request(tmp_path / "runs"), tmp_path / "store", said.append)
    assert not again.is_equal
    assert said[-1].startswith("m4-hourly/es-0: OWA 0.5000 then, 0.7778 today; ")


def test_what_is_not_committed_is_refused(tmp_path: Path) -> None:
    for name in ("m4-hourly/esrnn-77", "m9"):
        with pytest.raises(InputError, match=f"no result '{name}' in "):
            reproduce([name], _request(tmp_path))
