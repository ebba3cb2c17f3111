"""The command line: arguments in, lines out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import competitions.runs.runner as runner
from competitions.__main__ import build_parser, main
from competitions.methods import Settings
from competitions.runs.runner import Request
from competitions.task import load_data, load_task
from tests.competitions.submissions import write_submission

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the picture to its own tests: it takes longer than all the rest here."""
    monkeypatch.setattr(runner, "draw_picture", lambda data, result, path: "no picture today")


def test_list_names_tasks_sets_and_methods(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    printed = capsys.readouterr().out
    for part in (
        "m4-hourly          M4 Hourly: 414 series, 48 steps, seasonal period 24",
        "m4-quarterly       M4 Quarterly, 14,950 of 24,000 series: 8 steps",
        "m3                 M3: m3-yearly, m3-quarterly, m3-monthly, m3-other",
        "naive2             the last seasonally adjusted value",
        "(engines: statsforecast, statsmodels)",
    ):
        assert part in printed


def test_list_loads_nothing_heavy() -> None:
    code = (
        "import sys; from competitions.__main__ import main; main(['list']);"
        "heavy = {'torch', 'sktime', 'numba', 'matplotlib', 'statsmodels', 'statsforecast'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_run_and_its_score_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    command = ["run", "m4-hourly", "--method", "snaive", "--seed", "2", "--out", str(out)]
    assert main([*command, "--quiet"]) == 0
    assert "sNaive, seed 2" in capsys.readouterr().out
    scores = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    assert main(["score", str(out)]) == 0
    again = capsys.readouterr().out
    for name, form in (("smape", ".3f"), ("mase", ".3f"), ("owa", ".4f"), ("msis", ".3f")):
        assert format(scores[name], form) in again.splitlines()[3]


def test_a_submission_has_the_digits_of_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import pandas as pd

    out = tmp_path / "run"
    main(["run", "m4-hourly-40", "--method", "naive", "--out", str(out), "--quiet"])
    first = capsys.readouterr().out
    data = load_data(load_task("m4-hourly-40"))
    write_submission(pd.read_parquet(out / "forecasts.parquet"), data.task, tmp_path)
    files = [str(tmp_path / f"{name}.csv") for name in ("point", "lower", "upper")]
    command = ["score", files[0], "--task", "m4-hourly-40", "--lower", files[1], "--upper"]
    assert main([*command, files[2]]) == 0
    second = capsys.readouterr().out
    numbers = [line.split() for line in first.splitlines() if line.startswith("Naive, seed 0")]
    scored = [line.split() for line in second.splitlines() if line.startswith("point.csv")]
    assert numbers[0][-8:-4] + numbers[0][-3:-1] == scored[0][-8:-4] + scored[0][-3:-1]
    assert float(numbers[0][-4]) > 0
    assert scored[0][-4] == "-"  # M4's files have no deciles
    assert len(set(scored[0][-8:-1])) == 7


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["run", "m9", "--method", "naive"], "no task 'm9'"),
        (["score", "nowhere.csv"], "--task must say which task nowhere.csv forecasts"),
        (["score", "."], "holds no config.json: the run has not ended"),
        (["run", "m4-hourly", "--method", "naive", "--engine", "statsmodels"], "it has none"),
    ],
)
def test_errors_of_the_user_end_in_one_line(
    command: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(command) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ")
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "wrong",
    [
        ["--method", "magic"],
        ["--engine", "abacus"],
        ["--n-jobs", "0"],
        ["--members", "-1"],
        ["--epochs", "x"],
        ["--seed", "1.5"],
        ["--seed", "-1"],
    ],
)
def test_wrong_arguments_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args(["run", "m4-hourly", *wrong])
    assert ended.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_arguments_reach_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[Request] = []
    monkeypatch.setattr(runner, "run", lambda request, say: requests.append(request))
    monkeypatch.setattr(runner, "show", lambda request, scores, say: None)
    monkeypatch.setattr(
        "competitions.runs.set_runner.run_set", lambda request, say: requests.append(request)
    )
    command = "run m4-hourly --preset smyl2018 --n-jobs 2 --members 3 --epochs 4 --seed 5 --quiet"
    assert main([*command.split(), "--data-dir", str(tmp_path), "--fresh"]) == 0
    assert main(["run", "m4-hourly"]) == 0
    assert main("run m4 --method ets --engine statsmodels".split()) == 0
    settings = Settings(5, "smyl2018", n_jobs=2, n_members=3, n_epochs=4, quiet=True)
    assert requests[0].settings == settings
    assert requests[0].data_dir == tmp_path
    assert requests[0].fresh
    assert requests[1] == Request("m4-hourly", "esrnn", Path("runs/m4-hourly-esrnn-0"))
    assert requests[2].out == Path("runs/m4-ets-statsmodels-0")


@pytest.mark.parametrize(
    ("command", "shown"),
    [("unseen", "trained on"), ("m4-hourly", "no calibration"), ("m4-hourly --method lstm", "1-1")],
)
def test_a_committed_backtest_is_shown_and_not_run_again(
    command: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backtest", *command.split()]) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert "OWA fold 1" in heading
    assert any(shown in line for line in lines)


def test_a_folder_that_cannot_be_made_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    command = ["run", "m4-hourly", "--method", "naive", "--out", str(tmp_path / "file" / "run")]
    assert main(command) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_a_damaged_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.json").write_text('{"task": "m4-hourly"}', encoding="utf-8")
    (tmp_path / "forecasts.parquet").write_bytes(b"PAR1")
    assert main(["score", str(tmp_path)]) == 1
    assert "are damaged" in capsys.readouterr().err
    assert main(["score", str(tmp_path), "--lower", "l.csv"]) == 1
    assert "go with a submission's file" in capsys.readouterr().err


def test_a_reader_that_stops_ends_the_command_without_a_word() -> None:
    command = [sys.executable, "-m", "competitions", "list"]
    done = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert done.stdout is not None
    done.stdout.close()
    assert done.communicate()[1] == ""
    assert done.returncode == 1


def test_stopping_by_hand_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(request: Request, say: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run", stop)
    assert main(["run", "m4-hourly"]) == 130
    assert "continues from what is finished" in capsys.readouterr().err
