"""The command line: options, job files, exit codes, what is printed where."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from esrnn.cli import main
from esrnn.cli.main import cli
from esrnn.cli.options import _BYTES
from tests.jobs.made_up import TINY, sales, write_parts

ROOT = Path(__file__).resolve().parent.parent.parent
_SET = [word for name, value in TINY.items() for word in ("--set", f"{name}={value}")]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file of sales, in which commands run."""
    sales(3).to_csv(tmp_path / "sales.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_from_a_model_to_forecasts(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "sales.csv", "--horizon", "3", "--out", "model", *_SET]) == 0
    assert "3 series fitted: model" in capsys.readouterr().out
    assert main(["predict", "model", "sales.csv", "--out", "f.csv", "--interval", "50"]) == 0
    assert pd.read_csv("f.csv").columns.tolist()[2:5] == ["y_hat", "lo-50", "hi-50"]


def test_forecast_answers_people_and_machines(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["forecast", "sales.csv", "--horizon", "2", "--out", "f.csv"]
    assert main([*call, "--log-format", "json"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("3 series forecast: f.csv\n")
    lines = [json.loads(line) for line in said.err.splitlines()]
    assert lines[-1]["message"] == "sales.csv: 3 series forecast"
    assert (lines[-1]["done"], lines[-1]["all"]) == (1, 1)
    assert main([*call, "--json", "--quiet"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["counts"]["n_series"] == 3
    assert said.err == ""


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        (["--horizon", "2"], 3, "the input has no rows"),
        (["--horizon", "0"], 2, "0 is not in the range"),
        (["--horizn", "2"], 2, "No such option"),
    ],
)
def test_errors_are_lines_of_the_log(
    here: Path, capsys: pytest.CaptureFixture[str], changed: list[str], code: int, said: str
) -> None:
    sales(3).iloc[:0].to_csv("none.csv", index=False)
    call = ["forecast", "none.csv", "--out", "f.csv", *changed]
    assert main([*call, "--json", "--log-format", "json"]) == code
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert lines[-1]["level"] == "ERROR"
    assert said in lines[-1]["message"]


def test_warnings_are_lines_of_the_log(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def warned(*args: object) -> None:
        warnings.simplefilter("always")
        warnings.warn("mind this", UserWarning, stacklevel=1)
        raise KeyboardInterrupt

    monkeypatch.setattr("esrnn.jobs.partition.forecast_rows", warned)
    call = ["predict", "monthly", "sales.csv", "--horizon", "2", "--out", "f.csv"]
    assert main([*call, "--log-format", "json"]) == 5
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["level"] for line in lines[-2:]] == ["WARNING", "ERROR"]
    assert lines[-2]["message"] == "mind this"
    assert lines[-1]["message"].startswith("interrupted. What was done is kept")


def test_a_full_disk_has_its_own_code(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    call = ["predict", "monthly", "sales.csv", "--horizon", "2", "--out", "f.csv"]
    assert main(call) == 5
    assert "the disk is full. Free some space" in capsys.readouterr().err


def test_some_rejected_all_rejected_and_raised(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    df = sales(3)
    df.loc[3, "y"] = np.inf
    df.to_csv("sales.csv", index=False)
    call = ["forecast", "sales.csv", "--horizon", "2", "--out", "f.csv"]
    assert main(call) == 4
    assert "1 series (30 of 90 rows) were rejected: f.rejected.parquet" in capsys.readouterr().out
    assert pd.read_parquet("f.rejected.parquet")["step"].tolist() == ["2020-04-01 00:00:00"]
    before = Path("f.csv").read_bytes()
    assert main([*call, "--on-error", "raise", "--json"]) == 3
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["series"] == ["shop0"]
    assert "must be finite" in error["message"]
    assert main([*call, "--on-error", "fallback"]) == 0
    assert (pd.read_csv("f.csv")["status"] == "fallback").sum() == 2
    assert Path("f.csv").read_bytes() != before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["forecast", "sales.csv", "--out", "f.csv"], "--horizon"),
        (["forecast", "sales.csv", "--horizon", "0", "--out", "f.csv"], "0 is not in the range"),
        (["forecast", "sales.csv", "--horizon", "2", "--out", "f.txt.csv.x/y.tsf"], "CSV or Parq"),
        (["forecast", "sales.csv", "--horizon", "2", "--out", "sales.csv"], "not lie in the input"),
        (["predict", "none", "sales.csv", "--out", "f.csv"], "no model directory 'none'"),
        (["forecast", "sales.csv", "--horizon", "2", "--out", "f", "--set", "n=1"], "['n']"),
        (["forecast", "sales.csv", "--horizon", "2", "--out", "f", "--set", "n"], "NAME=VALUE"),
        (["forecast", "sales.csv", "--horizon", "2", "--out", "f", "--quantiles", "2"], "between"),
        (["forecast", "sales.csv", "--horizon", "2", "--out", "f", "--id", "y", "--value", "y"],
         "one part"),
        (["forecats"], "No such command"),
    ],
)  # fmt: skip
def test_wrong_use_is_told(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_data_that_are_not_there(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forecast", "sale.csv", "--horizon", "2", "--out", "f.csv"]) == 3
    assert "Near it are: 'sales.csv'" in capsys.readouterr().err


def test_a_job_file_gives_options_and_the_command_line_wins(here: Path) -> None:
    settings = "\n".join(f"{name} = {json.dumps(value)}" for name, value in TINY.items())
    Path("job.toml").write_text(
        'data = "sales.csv"\nhorizon = 4\nout = "f.csv"\ninterval = [90]\non_error = "raise"\n'
        f"[settings]\n{settings}\n",
        encoding="utf-8",
    )
    assert main(["forecast", "--job", "job.toml", "--horizon", "2"]) == 0
    found = pd.read_csv("f.csv")
    assert found.columns.tolist()[3:5] == ["lo-90", "hi-90"]
    assert len(found) == 6
    assert json.loads(Path("f.manifest.json").read_text())["networks"]["strategy"] == "train"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("horizont = 3", "perhaps 'horizon'"),
        ("horizon = ", "must be a TOML file"),
        ("settings = 3", "must be a table"),
    ],
)
def test_a_job_file_is_read_strictly(
    here: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    Path("job.toml").write_text(text, encoding="utf-8")
    assert main(["forecast", "sales.csv", "--out", "f.csv", "--job", "job.toml"]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("command", [None, *sorted(cli.commands)])
def test_a_help_text_loads_nothing_heavy(command: str | None) -> None:
    code = (
        "import sys; from esrnn.cli import main; code = main(sys.argv[1:]);"
        "heavy = {'torch', 'sktime', 'numba', 'pandas', 'numpy', 'pyarrow'} & set(sys.modules);"
        "print(heavy, file=sys.stderr); sys.exit(code or len(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *([command] if command else []), "--help"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: esrnn")
    if command:
        assert f"esrnn {command} " in done.stdout.split("Examples:")[1]


def test_forecasts_are_drawn_and_scored(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["forecast", "sales.csv", "--horizon", "2", "--out", "f.csv", "--plot", "f.png", *_SET]
    assert main(call) == 0
    assert Path("f.png").stat().st_size > 10_000
    sales(3, n_months=32).to_csv("later.csv", index=False)
    assert main(["evaluate", "f.csv", "later.csv", "--table", "scores.csv"]) == 0
    assert pd.read_csv("scores.csv")["method"].tolist() == ["forecast", "seasonal naive", "naive"]
    assert "coverage-95" in capsys.readouterr().out
    assert main(["plot", "later.csv", "f.csv", "--out", "g.svg", "--series", "shop2"]) == 0
    assert "1 series drawn: g.svg" in capsys.readouterr().out
    call = ["backtest", "sales.csv", "--horizon", "2", "--windows", "2", "--out", "b.parquet"]
    assert main([*call, *_SET]) == 0
    assert pd.read_parquet("b.parquet")["cutoff"].nunique() == 2


def test_a_model_moves_on_and_tells_of_itself(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", "sales.csv", "--out", "model", "--horizon", "2", *_SET]) == 0
    sales(4, n_months=31).to_csv("new.csv", index=False)
    assert main(["update", "model", "new.csv", "--keep", "24"]) == 0
    assert "4 series moved on: model" in capsys.readouterr().out
    assert main(["predict", "model", "--out", "f.csv"]) == 0
    assert len(pd.read_csv("f.csv")) == 8
    capsys.readouterr()
    assert main(["inspect", "model", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["series"], facts["values"]) == (4, 4 * 24)


def test_data_are_checked_before_a_forecast(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "sales.csv", "--page", "report.html"]) == 0
    assert "step         MS" in capsys.readouterr().out
    assert Path("report.html").read_text("utf-8").startswith("<!")
    df = sales(3)
    df.loc[3, "y"] = np.inf
    df.to_csv("sales.csv", index=False)
    assert main(["check", "sales.csv", "--json"]) == 4
    assert "shop0" in json.dumps(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize(
    ("text", "n_bytes"), [("3GB", 3 * 10**9), ("1.5 gib", 3 * 2**29), ("900000000", 900_000_000)]
)
def test_memory_has_units(text: str, n_bytes: int) -> None:
    assert _BYTES.convert(text, None, None) == n_bytes


def test_memory_without_a_number_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["forecast", "sales.csv", "--horizon", "2", "--out", "f.csv", "--max-memory", "much"]
    assert main(call) == 2
    assert "such as 3GB" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_shells_complete_commands_and_options(shell: str) -> None:
    """Not bash here, which click asks for its version."""
    environment = {**os.environ, "_ESRNN_COMPLETE": f"{shell}_source"}
    done = subprocess.run(
        [sys.executable, "-m", "esrnn.cli"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "_ESRNN_COMPLETE" in done.stdout


def test_a_stopped_job_says_that_it_can_go_on(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_parts(here / "data", 2, n_series=1)
    call = ["predict", "monthly", "data", "--out", "out", "--horizon", "2"]
    assert main([*call, "--time-budget", "1e-9"]) == 5
    assert "1 files are left. The same call goes on" in capsys.readouterr().err
    with monkeypatch.context() as patch:

        def terminated(*args: object) -> None:
            signal.raise_signal(signal.SIGTERM)

        patch.setattr("esrnn.jobs.partition.forecast_rows", terminated)
        assert main(call) == 5
    assert "the same command goes on from there (out)" in capsys.readouterr().err
    assert main([*call, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_resumed"] == 1
