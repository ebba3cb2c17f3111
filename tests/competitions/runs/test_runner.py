"""A run, from its request to its directory, with methods that take no time."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import competitions.runs.runner as runner
import esrnn
from competitions.methods import METHODS, Entry, Result, Settings
from competitions.methods.checkpoints import Checkpoints
from competitions.methods.per_series import SeriesForecast, forecast_each
from competitions.runs.resources import measured, versions
from competitions.runs.runner import Request, run, run_name, show
from competitions.scoring import score
from competitions.source_commit import commit
from competitions.task import TaskData, load_data, load_task
from esrnn.errors import InputError
from tests.competitions.tasks import small_forecasts

FILES = ["config.json", "forecasts.parquet", "scores.json", "series.parquet"]
KEYS = {
    "task", "method", "engine", "n_series", "n_in_group", "smape", "mase", "owa", "msis", "acd",
    "coverage", "by_step", "naive2_smape", "naive2_mase", "wql", "mean_abs", "n_fallbacks", "cpu_s",
    "wall_s", "peak_rss_mb", "seed", "settings", "commit", "versions",
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the picture to its own tests: it takes longer than all the rest here."""
    monkeypatch.setattr(runner, "draw_picture", lambda data, result, path: "no picture today")


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _scores(folder: Path) -> dict[str, Any]:
    scores: dict[str, Any] = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    return scores


def test_a_run_leaves_a_complete_directory(tmp_path: Path) -> None:
    said: list[str] = []
    out = tmp_path / "deep" / "run"
    request = Request("m4-hourly", "snaive", out, Settings(seed=7))
    returned = run(request, say=said.append)
    show(request, returned, say=said.append)
    assert _files(out) == FILES
    scores = _scores(out)
    assert scores == returned.as_dict()
    assert set(scores) == KEYS
    assert next(iter(scores)) == "task"
    assert (scores["task"], scores["method"], scores["n_series"]) == ("m4-hourly", "snaive", 414)
    assert (scores["seed"], scores["commit"], scores["engine"]) == (7, commit(), None)
    assert scores["versions"]["esrnn"] == esrnn.__version__
    forecasts = pd.read_parquet(out / "forecasts.parquet")
    assert list(forecasts.columns)[:5] == ["unique_id", "ds", "y_hat", "lo-95", "hi-95"]
    assert sorted(forecasts.columns[5:]) == sorted(load_task("m4-hourly").decile_columns)
    assert len(forecasts) == 414 * 48
    again = score(load_data(load_task("m4-hourly")), forecasts)
    assert again.as_dict().items() <= scores.items()
    each = pd.read_parquet(out / "series.parquet")
    assert len(each) == 414
    assert not each["fallback"].any()
    assert each["smape"].mean() == pytest.approx(scores["smape"], rel=1e-12)
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    assert config["sha256"] == load_task("m4-hourly").sha256
    assert config["seed"] == 7
    text = "\n".join(said)
    for part in ("sNaive, seed 7", "13.912", "Naive2", "Smyl", "published", str(out), "no picture"):
        assert part in text


def test_scores_are_written_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    whole = runner._write

    def watched(path: Path, write: Any) -> None:
        written.append(path.name)
        whole(path, write)

    monkeypatch.setattr(runner, "_write", watched)
    run(Request("m4-hourly", "snaive", tmp_path), say=_ignore)
    assert written[-1] == "scores.json"


def test_a_failed_run_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request("m4-hourly", "snaive", tmp_path)
    run(request, say=_ignore)

    def fail(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
        raise InputError("no luck")

    monkeypatch.setitem(METHODS, "snaive", replace(METHODS["snaive"], run=fail))
    with pytest.raises(InputError, match="no luck"):
        run(replace(request, fresh=True), say=_ignore)
    assert set(FILES) <= set(_files(tmp_path)), "the earlier run is lost"
    with pytest.raises(InputError, match="no luck"):
        run(Request("m4-hourly", "snaive", tmp_path / "new"), say=_ignore)
    assert "scores.json" not in _files(tmp_path / "new")


def test_a_complete_run_is_shown_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request("m4-hourly", "naive", tmp_path)
    first = run(request, say=_ignore)
    said: list[str] = []
    assert run(request, say=said.append) == first
    assert "is complete in" in "\n".join(said)
    calls: list[int] = []
    naive = METHODS["naive"].run

    def counted(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
        calls.append(settings.seed)
        return naive(data, settings, checkpoints)

    monkeypatch.setitem(METHODS, "naive", replace(METHODS["naive"], run=counted))
    run(replace(request, fresh=True), say=_ignore)
    run(replace(request, settings=Settings(seed=5)), say=_ignore)
    monkeypatch.setattr(runner, "commit", lambda: "another")
    run(replace(request, settings=Settings(seed=5)), say=_ignore)
    assert calls == [0, 5, 5]
    run(replace(request, settings=Settings(seed=5, n_jobs=1, quiet=True)), say=_ignore)
    assert calls == [0, 5, 5], "neither processes nor silence make another run"


def _last_value(y: Any, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
    bounds = {level: (y[-horizon:] - level, y[-horizon:] + level) for level in levels}
    return SeriesForecast(y[-horizon:] * 1.01, bounds)


def _dies_after(count: int) -> Any:
    """Make a method that is killed while it works on the series after `count` others."""
    seen = 0

    def one(y: Any, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
        nonlocal seen
        seen += 1
        if seen > count:
            raise KeyboardInterrupt
        return _last_value(y, horizon, period, levels)

    return one


@pytest.mark.parametrize("n_done", [0, 7, 200])
def test_a_killed_run_ends_as_an_uninterrupted_one(
    n_done: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[int] = []

    def entry(forecast_one: Any) -> Entry:
        def method(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
            def counted(*arguments: Any) -> SeriesForecast:
                worked.append(1)
                result: SeriesForecast = forecast_one(*arguments)
                return result

            return forecast_each(data, settings, checkpoints, counted)

        return Entry(method, "Fragile", "for the test")

    request = Request("m4-hourly", "fragile", tmp_path / "a", Settings(n_jobs=1, quiet=True))
    monkeypatch.setitem(METHODS, "fragile", entry(_dies_after(n_done)))
    with pytest.raises(KeyboardInterrupt):
        run(request, say=_ignore)
    assert not (tmp_path / "a" / "scores.json").exists()
    monkeypatch.setitem(METHODS, "fragile", entry(_last_value))
    worked.clear()
    said: list[str] = []
    resumed = run(request, say=said.append)
    assert len(worked) == 414 - n_done // 5 * 5  # in parts of five
    assert "Continues from" in "\n".join(said)
    whole = run(replace(request, out=tmp_path / "b"), say=_ignore)
    for name in set(KEYS) - {"cpu_s", "wall_s", "peak_rss_mb"}:
        assert resumed.as_dict()[name] == whole.as_dict()[name], name
    one, other = (pd.read_parquet(tmp_path / k / "forecasts.parquet") for k in "ab")
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert _files(tmp_path / "a") == FILES, "parts stay behind"


def test_parts_of_other_code_are_not_mixed_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
        return forecast_each(data, settings, checkpoints, _dies_after(50))

    settings = Settings(n_jobs=1, quiet=True)
    request = Request("m4-hourly", "fragile", tmp_path, settings)
    monkeypatch.setitem(METHODS, "fragile", Entry(killed, "Fragile", "for the test"))
    for identity in ("one commit", "another commit"):
        monkeypatch.setattr(runner, "commit", lambda identity=identity: identity)
        said: list[str] = []
        with pytest.raises(KeyboardInterrupt):
            run(request, say=said.append)
        removed = "Removes the parts" in "\n".join(said)
        assert removed == (identity == "another commit")
    assert len(list((tmp_path / "parts").glob("*.npz"))) == 10


def test_processor_time_of_all_attempts_counts(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save("0", {}, cpu_s=3.0)
    checkpoints.save("1", {}, cpu_s=4.0)
    later = Checkpoints(tmp_path)
    assert later.load("0") == {}
    assert later.load("1") == {}
    assert later.load("2") is None
    assert later.earlier_cpu_s == 7.0
    assert 0.0 <= later.earlier_wall_s < 60.0


def test_a_run_repeats_itself(tmp_path: Path) -> None:
    for name in ("first", "second"):
        run(Request("m4-hourly", "naive2", tmp_path / name), say=_ignore)
    first, second = ((tmp_path / name / "forecasts.parquet") for name in ("first", "second"))
    pd.testing.assert_frame_equal(pd.read_parquet(first), pd.read_parquet(second))


def test_forecasts_that_cannot_be_scored_end_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = Entry(lambda data, settings, parts: Result(small_forecasts()), "Wrong", "for the test")
    monkeypatch.setitem(METHODS, "naive", wrong)
    with pytest.raises(InputError, match="cannot be scored on m4-hourly"):
        run(Request("m4-hourly", "naive", tmp_path), say=_ignore)
    assert not (tmp_path / "scores.json").exists()


@pytest.mark.parametrize(
    ("task", "method", "settings", "said"),
    [
        ("m4-hourly", "magic", {}, "no method 'magic'"),
        ("m9", "naive", {}, "no task 'm9'"),
        ("m4-hourly", "naive", {"engine": "statsforecast"}, "no engine 'statsforecast'"),
        ("m4-hourly", "naive", {"n_epochs": 3, "preset": "daily"}, "no use of --preset and --epo"),
        ("m4-hourly", "esrnn-zero-shot", {"n_epochs": 3}, "no use of --epochs; leave it out"),
        ("m4-hourly", "es", {"n_members": 2}, "no use of --members"),
    ],
)
def test_unknown_names_and_idle_settings_are_refused_before_anything_is_written(
    task: str, method: str, settings: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said):
        run(Request(task, method, tmp_path / "out", Settings(**settings)), say=_ignore)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["parts/notes.txt", "config.json"])
def test_a_folder_of_somebody_elses_is_left_alone(name: str, tmp_path: Path) -> None:
    theirs = tmp_path / name
    theirs.parent.mkdir(exist_ok=True)
    theirs.write_text('{"mine": 1}', encoding="utf-8")
    for fresh in (False, True):
        with pytest.raises(InputError, match=r"that no run wrote\. Name another folder"):
            run(Request("m4-hourly", "naive", tmp_path, fresh=fresh), say=_ignore)
    assert theirs.read_text(encoding="utf-8") == '{"mine": 1}'
    with pytest.raises(InputError, match="is a file"):
        run(Request("m4-hourly", "naive", tmp_path / name), say=_ignore)


def test_names_of_runs_say_what_differs() -> None:
    assert run_name("m4-weekly", "ets", Settings()) == "m4-weekly-ets-0"
    other = Settings(seed=2, engine="statsmodels")
    assert run_name("m4-weekly", "ets", other) == "m4-weekly-ets-statsmodels-2"
    quick = Settings(n_members=2, n_epochs=1, preset="generic")
    assert run_name("m4-weekly", "esrnn", quick) == "m4-weekly-esrnn-generic-members2-epochs1-0"


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


def _ignore(line: str) -> None:
    pass
