"""A run from the command line to its directory, with the methods that take no time."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import competitions.runner as runner
import esrnn
from competitions.__main__ import build_parser, main
from competitions.methods import METHODS, Result, Settings, run_esrnn
from competitions.resources import commit, measured, versions
from competitions.runner import Request, run
from competitions.scoring import score
from competitions.task import TaskData, load_data, load_task
from esrnn.errors import InputError

from .tasks import small_forecasts, small_task

ROOT = Path(__file__).parents[2]
KEYS = [
    "task",
    "method",
    "n_series",
    "smape",
    "mase",
    "owa",
    "msis",
    "acd",
    "coverage",
    "cpu_s",
    "wall_s",
    "peak_rss_mb",
    "seed",
    "commit",
    "versions",
]


@pytest.fixture(autouse=True)
def no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the picture to its own tests: it takes longer than all the rest here."""
    monkeypatch.setattr(runner, "draw_picture", lambda data, result, path: "no picture today")


def test_a_run_leaves_a_complete_directory(tmp_path: Path) -> None:
    said: list[str] = []
    out = tmp_path / "deep" / "run"
    returned = run(Request("m4-hourly", "snaive", out, Settings(seed=7)), say=said.append)
    assert sorted(path.name for path in out.iterdir()) == [
        "config.json",
        "forecasts.parquet",
        "scores.json",
    ]
    scores = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    assert scores == returned
    assert list(scores) == KEYS
    assert (scores["task"], scores["method"], scores["n_series"]) == ("m4-hourly", "snaive", 414)
    assert (scores["seed"], scores["commit"]) == (7, commit())
    assert scores["versions"]["esrnn"] == esrnn.__version__
    forecasts = pd.read_parquet(out / "forecasts.parquet")
    assert list(forecasts.columns) == ["unique_id", "ds", "y_hat", "lo-95", "hi-95"]
    assert len(forecasts) == 414 * 48
    again = score(load_data(load_task("m4-hourly")), forecasts)
    assert again.as_dict().items() <= scores.items()
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    assert config["task"]["sha256"] == load_task("m4-hourly").sha256
    assert config["seed"] == 7
    text = "\n".join(said)
    for part in ("sNaive, seed 7", "13.912", "Naive2", "Smyl", "published", str(out), "no picture"):
        assert part in text


def test_scores_are_the_last_file_and_a_failed_run_leaves_an_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request("m4-hourly", "snaive", tmp_path)
    run(request, say=_ignore)
    written: list[str] = []
    whole = runner._write

    def watched(path: Path, write: object) -> None:
        written.append(path.name)
        whole(path, write)

    monkeypatch.setattr(runner, "_write", watched)
    run(request, say=_ignore)
    assert written == ["config.json", "forecasts.parquet", "scores.json"]

    def fail(data: TaskData, settings: Settings) -> Result:
        raise InputError("no luck")

    monkeypatch.setitem(METHODS, "snaive", fail)
    with pytest.raises(InputError, match="no luck"):
        run(request, say=_ignore)
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {"config.json", "forecasts.parquet", "scores.json"}, "the earlier run is lost"
    with pytest.raises(InputError, match="no luck"):
        run(Request("m4-hourly", "snaive", tmp_path / "new"), say=_ignore)
    assert not list((tmp_path / "new").iterdir())


def test_a_run_repeats_itself(tmp_path: Path) -> None:
    for name in ("first", "second"):
        run(Request("m4-hourly", "naive2", tmp_path / name), say=_ignore)
    first, second = ((tmp_path / name / "forecasts.parquet") for name in ("first", "second"))
    pd.testing.assert_frame_equal(pd.read_parquet(first), pd.read_parquet(second))


def test_forecasts_that_cannot_be_scored_end_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METHODS, "naive", lambda data, settings: Result(small_forecasts()))
    with pytest.raises(InputError, match="cannot be scored on m4-hourly"):
        run(Request("m4-hourly", "naive", tmp_path), say=_ignore)
    assert not (tmp_path / "scores.json").exists()


@pytest.mark.parametrize(("task", "method"), [("m4-hourly", "magic"), ("m9", "naive")])
def test_unknown_tasks_and_methods_are_refused_before_anything_is_written(
    task: str, method: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"no (task|method)"):
        run(Request(task, method, tmp_path / "out"), say=_ignore)
    assert not (tmp_path / "out").exists()


class FakeForecaster:
    """Forecasts in sktime's formats, in an order of its own, with known numbers."""

    def __init__(self, **parameters: object) -> None:
        self.parameters = parameters

    def fit(self, y: pd.DataFrame) -> None:
        self.last = y.reset_index("ds").groupby(level=0)["ds"].last().sort_index()

    def predict(self) -> pd.DataFrame:
        horizon = self.parameters["horizon"]
        assert isinstance(horizon, int)
        rows = [(name, last + h) for name, last in self.last.items() for h in (1, 2)][: 2 * horizon]
        index = pd.MultiIndex.from_tuples(rows, names=[*self.last.index.names, "time"])
        return pd.DataFrame({"y": range(10, 10 + len(rows))}, index=index, dtype=float)

    def predict_interval(self, coverage: float) -> pd.DataFrame:
        y_hat = self.predict()["y"]
        bounds = pd.DataFrame(
            {("y", coverage, "lower"): y_hat - 1, ("y", coverage, "upper"): y_hat + 1}
        )
        return bounds[::-1]


def test_esrnn_is_called_and_read_in_sktimes_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(esrnn), "ESRNN", FakeForecaster)
    data = small_task()
    settings = Settings(seed=3, n_jobs=2, n_members=4, n_epochs=5, preset="smyl2018", quiet=True)
    result = run_esrnn(data, settings)
    assert isinstance(result.forecaster, FakeForecaster)
    assert result.forecaster.parameters == {
        "horizon": 2,
        "preset": "smyl2018",
        "n_members": 4,
        "n_epochs": 5,
        "n_jobs": 2,
        "random_state": 3,
        "verbose": 0,
    }
    assert list(result.forecasts.columns) == list(data.task.forecast_columns)
    assert result.forecasts["ds"].tolist() == [3, 4, 4, 5]
    assert result.forecasts["y_hat"].tolist() == [10.0, 11.0, 12.0, 13.0]
    assert (result.forecasts["hi-95"] - result.forecasts["y_hat"] == 1).all()
    assert (result.forecasts["lo-95"] - result.forecasts["y_hat"] == -1).all()
    assert score(data, result.forecasts).n_series == 2


@pytest.mark.parametrize("method", ["naive", "naive2", "snaive"])
def test_benchmarks_continue_the_steps_of_the_training_part(method: str) -> None:
    data = small_task()
    forecasts = METHODS[method](data, Settings()).forecasts
    assert forecasts["ds"].tolist() == [4, 5, 3, 4]
    assert forecasts["unique_id"].tolist() == ["b", "b", "a", "a"]
    assert forecasts["y_hat"].tolist() == [4.0, 4.0, 12.0, 12.0]
    if method != "naive2":
        # b: differences 2 and 1, root mean square sqrt(5 / 2), times 1.96 sqrt(h)
        half = (forecasts["hi-95"] - forecasts["y_hat"]).to_numpy()
        assert half[:2] == pytest.approx([1.959964 * 2.5**0.5, 1.959964 * 5**0.5], rel=1e-6)


def test_worker_processes_are_counted() -> None:
    import joblib

    with measured() as usage:
        joblib.Parallel(n_jobs=2)(joblib.delayed(_spin)(0.2) for _ in range(2))
    assert usage.cpu_s >= 0.4  # each worker spins until its own clock says so
    assert usage.peak_rss_mb is None or usage.peak_rss_mb > 1


def _spin(seconds: float) -> None:
    import time

    start = time.process_time()
    while time.process_time() - start < seconds:
        pass


def test_versions_name_the_libraries() -> None:
    assert {"python", "esrnn", "numpy", "pandas", "torch"} <= set(versions())


def test_list_names_tasks_and_methods(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    printed = capsys.readouterr().out
    assert "m4-hourly" in printed
    assert "esrnn, naive, naive2, snaive" in printed


def test_the_command_line_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["run", "m4-hourly", "--method", "naive2", "--seed", "2", "--out", str(tmp_path)]
    assert main([*command, "--quiet"]) == 0
    assert "Naive2, seed 2" in capsys.readouterr().out
    assert (tmp_path / "scores.json").exists()


def test_errors_of_the_user_end_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "m9", "--method", "naive", "--out", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("error: no task 'm9'")
    assert captured.out == ""


@pytest.mark.parametrize(
    "wrong",
    [
        ["--method", "magic"],
        ["--n-jobs", "0"],
        ["--members", "-1"],
        ["--epochs", "x"],
        ["--seed", "1.5"],
    ],
)
def test_wrong_arguments_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args(["run", "m4-hourly", *wrong])
    assert ended.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_arguments_reach_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[Request] = []
    monkeypatch.setattr("competitions.__main__.run", lambda request, say: requests.append(request))
    command = "run m4-hourly --preset smyl2018 --n-jobs 2 --members 3 --epochs 4 --seed 5 --quiet"
    assert main([*command.split(), "--data-dir", str(tmp_path)]) == 0
    assert main(["run", "m4-hourly"]) == 0
    settings = Settings(5, "smyl2018", n_jobs=2, n_members=3, n_epochs=4, quiet=True)
    assert requests[0].settings == settings
    assert requests[0].data_dir == tmp_path
    assert requests[1] == Request("m4-hourly", "esrnn", Path("runs/m4-hourly-esrnn-0"))


def test_list_loads_nothing_heavy() -> None:
    code = (
        "import sys; from competitions.__main__ import main; main(['list']);"
        "print(sorted({'torch', 'sktime', 'numba', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def _ignore(line: str) -> None:
    pass
