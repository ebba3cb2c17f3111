"""The store of results: what goes in comes out, and what is in it is sound."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from competitions.scoring.run_scores import RunScores
from competitions.store.check import check_result
from competitions.store.read import (
    RESULTS,
    StoredResult,
    read_result,
    read_results,
    read_run,
    sample_ids,
)
from competitions.store.write import store_run
from competitions.task import load_data, load_set, load_task, task_names
from esrnn.errors import InputError
from tests.competitions.made_up_runs import MadeUp, write_made_up, write_real

from .folders import check_folder, check_scores

Damage = Callable[[dict[str, Any], pd.DataFrame], pd.DataFrame | None]


def problems_in(store: Path) -> dict[str, list[str]]:
    """Check every result of a store, and name those that are not sound."""
    folders = sorted(path for path in store.glob("*/*") if path.is_dir())
    checked = {f"{path.parent.name}/{path.name}": check_folder(path) for path in folders}
    return {name: problems for name, problems in checked.items() if problems}


def test_a_run_is_kept_digit_by_digit(tmp_path: Path) -> None:
    run = write_real(tmp_path, seed=3)
    folder = store_run(run, tmp_path / "store")
    assert folder == tmp_path / "store" / "m4-hourly-40" / "esrnn-3"
    assert sorted(path.name for path in folder.iterdir()) == ["sample.parquet", "scores.json"]
    assert check_folder(folder) == []
    result = read_result(folder)
    original = json.loads((run / "scores.json").read_text(encoding="utf-8"))
    sample = result.sample
    assert original["wql"] > 0
    assert list(result.forecasts.columns) == list(result.task.forecast_columns)  # no deciles
    assert json.loads((folder / "scores.json").read_text("utf-8")) == {
        **original,
        "sample": asdict(sample),
    }
    forecasts = pd.read_parquet(run / "forecasts.parquet")
    of_sample = forecasts[forecasts["unique_id"].isin(sample.ids)]
    for column in ("y_hat", "lo-95", "hi-95"):
        assert (
            result.forecasts[column].to_numpy().tobytes() == of_sample[column].to_numpy().tobytes()
        )
    assert result.forecasts["unique_id"].tolist() == of_sample["unique_id"].tolist()
    assert result.forecasts["ds"].tolist() == of_sample["ds"].tolist()


def test_the_sample_holds_the_best_and_the_worst(tmp_path: Path) -> None:
    run = write_real(tmp_path)
    sample = read_run(run).sample
    series = pd.read_parquet(run / "series.parquet").sort_values("mase")
    assert sample.best == series["unique_id"].tolist()[:2]
    assert sample.worst == series["unique_id"].tolist()[:-3:-1]
    assert {*sample.best, *sample.worst} < set(sample.ids)
    assert set(sample_ids(load_task("m4-hourly-40"))) < set(sample.ids)
    picked = series.set_index("unique_id").loc[sample.ids]
    for measure in ("smape", "mase", "msis"):
        assert getattr(sample, measure) == picked[measure].tolist()


def test_scores_of_the_sample_are_those_of_its_forecasts(tmp_path: Path) -> None:
    result = read_result(store_run(write_real(tmp_path), tmp_path / "store"))
    data = load_data(load_task("m4-hourly-40"))
    assert check_scores(result, data) == []
    sample = result.sample
    mase = [sample.mase[0] * (1 + 1e-8), *sample.mase[1:]]
    changed = replace(result.run, sample=replace(sample, mase=mase))
    (problem,) = check_scores(StoredResult(changed, result.forecasts), data)
    assert "mase of the sample differs" in problem
    assert sample.ids[0] in problem
    without = replace(result.run, sample=replace(sample, msis=None))
    assert "msis" in check_scores(StoredResult(without, result.forecasts), data)[0]


@pytest.mark.parametrize("name", task_names())
def test_the_sample_of_a_task(name: str) -> None:
    task = load_task(name)
    ids = sample_ids(task)
    assert ids == sample_ids(replace(task))
    assert ids == [one for one in task.id_list if one in set(ids)]
    assert len(ids) == (4 if task.horizon == 48 else 10)
    assert ids != sample_ids(replace(task, name="another"))


def test_samples_are_frozen() -> None:
    assert sample_ids(load_task("m4-hourly-40"))[:3] == ["H38", "H51", "H63"]
    assert sample_ids(load_task("m4-weekly"))[:3] == ["W35", "W53", "W85"]


@pytest.mark.parametrize("intervals", [True, False])
@pytest.mark.parametrize("task", ["m4-hourly", "m4-yearly-1000", "m3-monthly"])
def test_a_kept_result_is_small(task: str, intervals: bool, tmp_path: Path) -> None:
    run = write_made_up(tmp_path, MadeUp(task, intervals=intervals))
    folder = store_run(run, tmp_path / "store")
    assert check_folder(folder) == []
    assert all(path.stat().st_size < 15_000 for path in folder.iterdir())


def test_keeping_again_replaces(tmp_path: Path) -> None:
    store = tmp_path / "store"
    first = store_run(write_made_up(tmp_path / "a", MadeUp(owa=0.9)), store)
    (first / "left behind").touch()
    second = store_run(write_made_up(tmp_path / "b", MadeUp(owa=0.7)), store)
    assert first == second
    assert sorted(path.name for path in first.iterdir()) == ["sample.parquet", "scores.json"]
    assert read_result(first).run.scores.owa == 0.7
    assert [path.name for path in first.parent.iterdir()] == ["esrnn-0"]


@pytest.mark.parametrize(
    ("method", "engine", "name"),
    [
        ("esrnn", None, "esrnn-7"),
        ("ets", "statsmodels", "ets-statsmodels-7"),
        ("ets", "statsforecast", "ets-7"),
        ("of others", "theirs", "of others-theirs-7"),
        ("mine:drift", None, "mine.drift-7"),
    ],
)
def test_name_of_a_result(method: str, engine: str | None, name: str, tmp_path: Path) -> None:
    result = read_run(write_made_up(tmp_path, MadeUp(seed=7)))
    run = result.run
    assert replace(result, run=replace(run, method=method, engine=engine)).name == name
    quick = replace(run, method="esrnn", settings={"preset": "weekly", "n_epochs": 3})
    assert replace(result, run=quick).name == "esrnn-weekly-epochs3-7"


@pytest.mark.parametrize("absent", ["scores.json", "forecasts.parquet", "series.parquet"])
def test_a_run_that_has_not_ended_is_not_kept(absent: str, tmp_path: Path) -> None:
    run = write_made_up(tmp_path, MadeUp())
    (run / absent).unlink()
    with pytest.raises(InputError, match=absent):
        store_run(run, tmp_path / "store")
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("name", ["scores.json", "forecasts.parquet", "series.parquet"])
def test_a_run_with_a_damaged_file_is_not_kept(name: str, tmp_path: Path) -> None:
    run = write_real(tmp_path)
    (run / name).write_bytes((run / name).read_bytes()[:40])
    with pytest.raises(InputError, match=rf"{name} can't be read"):
        store_run(run, tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_a_damaged_result_is_told_by_its_check(tmp_path: Path) -> None:
    folder = store_run(write_real(tmp_path), tmp_path / "store")
    (folder / "scores.json").write_text("[]", encoding="utf-8")
    assert "it holds no scores" in check_folder(folder)[0]
    (folder / "scores.json").write_text("{", encoding="utf-8")
    assert "can't be read as JSON" in check_folder(folder)[0]


def test_an_unsound_run_is_not_kept(tmp_path: Path) -> None:
    run = write_made_up(tmp_path, MadeUp())
    scores = json.loads((run / "scores.json").read_text(encoding="utf-8"))
    (run / "scores.json").write_text(json.dumps({**scores, "n_series": 358}), encoding="utf-8")
    with pytest.raises(InputError, match="n_series must be the task's, 359; got 358"):
        store_run(run, tmp_path / "store")


def _change(name: str, value: object) -> Damage:
    def damage(scores: dict[str, Any], forecasts: pd.DataFrame) -> None:
        scores[name] = value

    return damage


def _change_in(name: str, inner: str, value: object) -> Damage:
    def damage(scores: dict[str, Any], forecasts: pd.DataFrame) -> None:
        scores[name] = {**scores[name], inner: value}

    return damage


def _remove(name: str) -> Damage:
    def damage(scores: dict[str, Any], forecasts: pd.DataFrame) -> None:
        del scores[name]

    return damage


def _forecast(column: str, value: object) -> Damage:
    def damage(scores: dict[str, Any], forecasts: pd.DataFrame) -> pd.DataFrame:
        return forecasts.assign(**{column: value})

    return damage


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_remove("commit"), "commit must be text or null; got None"),
        (_remove("by_step"), "by_step must be a mapping"),
        (_change("task", "m4-minutely"), "no task 'm4-minutely'"),
        (_change("seed", True), "seed must be a whole number; got True"),
        (_change("seed", "1"), "seed must be a whole number; got '1'"),
        (_change("n_in_group", 360), "n_in_group must be the task's, 359"),
        (_change("smape", float("nan")), "smape must be finite"),
        (_change("cpu_s", -1.0), "cpu_s must be finite and not negative"),
        (_change("owa", 0.81), "owa must be the mean of both ratios to Naive2"),
        (_change("n_fallbacks", 360), "n_fallbacks must be at most 359"),
        (_change("msis", None), "must all be there or none; absent: msis"),
        (_change("acd", 0.04), "acd must be coverage's distance from 95%"),
        (_change_in("by_step", "smape", [1.0]), "by_step.smape must be 13 numbers"),
        (_change_in("by_step", "coverage", None), "by_step.coverage must be 13 numbers"),
        (_change_in("sample", "best", ["W360"]), "ids of the task's sample that are absent"),
        (_change_in("sample", "ids", ["W360"]), "ids that the task has not"),
        (_change_in("sample", "mase", ["1"]), "sample.mase must be a list of numbers"),
        (_change_in("sample", "smape", [1.0]), "sample.smape must be"),
        (_forecast("unique_id", "W1"), "13 rows for each of the sample's ids"),
        (_forecast("ds", 1), "the steps of a series one after another"),
        (_forecast("y_hat", np.nan), "not finite"),
        (_forecast("y_hat", np.float32(1)), "must be float64"),
        (_forecast("lo-95", 1e9), "lower bounds above upper ones"),
        (_forecast("more", 1.0), "must have the columns unique_id, ds, y_hat, lo-95, hi-95"),
    ],
)
def test_what_is_wrong_is_said(damage: Damage, said: str, tmp_path: Path) -> None:
    sound = read_run(write_made_up(tmp_path, MadeUp()))
    assert check_result(sound) == []
    scores, forecasts = sound.run.as_dict(), sound.forecasts.copy()
    changed = damage(scores, forecasts)
    problems = _problems(scores, forecasts if changed is None else changed)
    assert any(said in problem for problem in problems), problems


def _problems(scores: dict[str, Any], forecasts: pd.DataFrame) -> list[str]:
    try:
        return check_result(StoredResult(RunScores.from_dict(scores), forecasts))
    except InputError as error:
        return [str(error)]


def test_a_result_without_intervals(tmp_path: Path) -> None:
    result = read_run(write_made_up(tmp_path, MadeUp(intervals=False)))
    assert check_result(result) == []
    with_bounds = result.forecasts.assign(**{"lo-95": 0.0, "hi-95": 1.0})
    (problem,) = check_result(StoredResult(result.run, with_bounds))
    assert "has bounds" in problem


def test_a_store_is_checked_folder_by_folder(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store_run(write_made_up(tmp_path, MadeUp()), store)
    assert problems_in(store) == {}
    moved = store_run(write_made_up(tmp_path, MadeUp(seed=1)), store).rename(
        store / "m4-weekly" / "x"
    )
    (moved / "notes.txt").touch()
    (store / "m4-daily" / "esrnn-0").mkdir(parents=True)
    assert problems_in(store) == {
        "m4-daily/esrnn-0": [
            f"{store / 'm4-daily' / 'esrnn-0'} does not hold a result: "
            "no scores.json, sample.parquet"
        ],
        "m4-weekly/x": ["the folder must be m4-weekly/esrnn-1", "file notes.txt is not expected"],
    }


def test_runs_stand_in_for_kept_results(tmp_path: Path) -> None:
    store, runs = tmp_path / "store", tmp_path / "runs"
    store_run(write_made_up(tmp_path, MadeUp(owa=0.9)), store)
    store_run(write_made_up(tmp_path, MadeUp(seed=1, owa=0.8)), store)
    write_made_up(runs, MadeUp(owa=0.7))
    write_made_up(runs / "m4-esrnn-0", MadeUp("m4-yearly-1000", owa=0.6))
    (write_made_up(runs, MadeUp(seed=2)) / "forecasts.parquet").unlink()
    found = {(r.run.task, r.name): r.run.scores.owa for r in read_results(store, runs)}
    assert found == {
        ("m4-weekly", "esrnn-0"): 0.7,
        ("m4-weekly", "esrnn-1"): 0.8,
        ("m4-yearly-1000", "esrnn-0"): 0.6,
    }
    assert read_results(tmp_path / "nowhere") == []


# Of the committed results.
_COMMITTED = sorted({path.parent.parent.name for path in RESULTS.glob("*/*/scores.json")})


def test_committed_results_are_sound() -> None:
    assert problems_in(RESULTS) == {}


# On every whole task of M4; ARIMA, which is slow, at least on the frozen samples of the large ones.
_EVERYWHERE = (
    *("naive", "snaive", "naive2", "es", "ses", "holt", "damped", "comb", "theta"),
    *("lags", "lstm", "esrnn"),
)
_ARIMA = (
    "m4-yearly-1000",
    "m4-quarterly-1000",
    "m4-monthly",
    "m4-weekly",
    "m4-daily",
    "m4-hourly-40",
)


def test_every_baseline_has_a_committed_result() -> None:
    there = {(r.run.task, r.run.method) for r in read_results(RESULTS)}
    wanted = {(task, method) for task in load_set("m4").tasks for method in _EVERYWHERE}
    wanted |= {(task, method) for task in _ARIMA for method in ("arima", "theta", "naive2")}
    wanted |= {(task, m) for task in load_set("m3").tasks for m in ("naive2", "theta", "esrnn")}
    wanted |= {(task, "ets") for task in ("m4-yearly-1000", "m4-quarterly-1000", "m4-weekly")}
    wanted -= {("m4-hourly-40", m) for m in _EVERYWHERE if m not in ("theta", "naive2")}
    assert wanted <= there, sorted(wanted - there)


@pytest.mark.parametrize("task", _COMMITTED)
def test_scores_of_committed_samples(task: str, request: pytest.FixtureRequest) -> None:
    results = [result for result in read_results(RESULTS) if result.run.task == task]
    assert results
    bundled = load_task(task).group == "hourly"
    data_dir = None if bundled else request.getfixturevalue("competition_data_dir")
    data = load_data(load_task(task), data_dir)
    problems = {result.name: check_scores(result, data) for result in results}
    assert {name: found for name, found in problems.items() if found} == {}
