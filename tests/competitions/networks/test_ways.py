"""Samples forecast by all strategies: as the package does it, without a leak, and once each."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from competitions.__main__ import main
from competitions.backtest.harness import run_cases
from competitions.backtest.logs import read_outcomes
from competitions.networks.samples import draw_samples
from competitions.networks.sources import load_sources
from competitions.networks.ways import RECIPES, WayCase, WaysRequest, way_cases
from esrnn import ESRNN
from esrnn.config import FineTuning, preset_config
from esrnn.ensemble import Ensemble, TrainingOptions, fit_ensemble
from esrnn.errors import InputError
from esrnn.forecaster import ship_networks
from esrnn.panel import Panel
from tests.competitions.networks.data import write_series

LEVELS = (0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975)
TINY = {"n_members": 1, "n_epochs": 1, "hidden_size": 4, "input_window": 4}
CARD = {"rehearsal": True, "data": {"sources": [{"source": "m4"}, {"source": "stmf"}]}}
PARTS = ("train", "zero_shot", "fine_tune", "combine", "combine_tuned")


def _series(n_series: int) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [20.0 + np.arange(60) / 10 + rng.normal(size=60) for _ in range(n_series)]


@pytest.fixture(scope="session")
def ensemble() -> Ensemble:
    config = preset_config("weekly", 15, **TINY, quantile_levels=LEVELS, calibration=0.9)
    panel = Panel.from_arrays(_series(20))
    return fit_ensemble(panel, config, seed=1, options=TrainingOptions(n_jobs=1))


@pytest.fixture
def networks(ensemble: Ensemble, tmp_path: Path) -> Path:
    ship_networks(ensemble, tmp_path / "made" / "weekly", CARD, preset="weekly")
    return tmp_path / "made"


@pytest.fixture
def request_for(
    networks: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., WaysRequest]:
    """Give requests of three series of one source and one of M4, with two steps of tuning."""
    series = {f"ansett-{k}": y for k, y in enumerate(_series(3))}
    series["ansett-1"][[30, 55]] = np.nan
    write_series(data_dir / "open" / "weekly.parquet", series)
    two = FineTuning(n_steps=2)
    monkeypatch.setattr("competitions.networks.ways.fine_tuning_of", lambda preset: two)
    monkeypatch.setattr("esrnn.forecaster.fit_model.fine_tuning_of", lambda preset: two)

    def make(**given: object) -> WaysRequest:
        whole = WaysRequest(networks, ("weekly",), PARTS, data_dir=data_dir, training=TINY)
        return replace(whole, **given)  # type: ignore[arg-type]

    return make


def _cases(request: WaysRequest, task: str = "ansett-weekly") -> dict[str, WayCase]:
    cases = [one for one in way_cases(request) if one.forecasts.sample.task == task]
    return {one.way: one for one in cases}


def test_ways_are_those_of_the_package(
    request_for: Callable[..., WaysRequest], networks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = _cases(request_for())
    train = cases["train"].forecasts.sample.held.train
    parts = [
        pd.Series(train.series(i), pd.period_range("2018-02-05", periods=47, freq="W"))
        for i in range(train.n_series)
    ]
    y = pd.concat(parts, keys=train.ids, names=["series", "week"]).to_frame("y")
    monkeypatch.setattr("esrnn.networks.folder.NETWORKS", networks)
    made = {}
    for way in PARTS[:3]:
        given = TINY if way == "train" else {}
        start = None if way == "train" else "auto"
        own = ESRNN(start_from=start, strategy=way, random_state=0, n_jobs=1, **given)
        ahead = own.fit(y, fh=range(1, 14)).predict_quantiles(alpha=list(LEVELS)).to_numpy()
        made[way] = ahead.reshape(3, 13, 11).transpose(2, 0, 1)
        np.testing.assert_array_equal(cases[way].forecasts.of(way)[0], made[way])
    of = cases["combine"].forecasts.of
    np.testing.assert_array_equal(of("combine")[0], (made["zero_shot"] + made["train"]) / 2)
    np.testing.assert_array_equal(of("combine_tuned")[0], (made["fine_tune"] + made["train"]) / 2)
    assert of("combine")[1] == of("zero_shot")[1] + of("train")[1]


def test_values_that_are_held_out_change_no_forecast(
    request_for: Callable[..., WaysRequest], data_dir: Path
) -> None:
    request, ahead = request_for(), []
    for factor in (1.0, 1000.0):
        series = {f"ansett-{k}": y for k, y in enumerate(_series(3))}
        for y in series.values():
            y[-13:] *= factor
        write_series(data_dir / "open" / "weekly.parquet", series)
        ahead.append({way: case.forecasts.of(way)[0] for way, case in _cases(request).items()})
    for way in PARTS:
        np.testing.assert_array_equal(ahead[0][way], ahead[1][way])


def test_what_is_logged_is_not_run_again(
    request_for: Callable[..., WaysRequest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, said = tmp_path / "log.jsonl", []
    some = run_cases(way_cases(request_for(ways=("zero_shot", "combine"))), log, said.append)
    assert [(one.task, one.variant, one.n_series) for one in some] == [
        (task, way, n)
        for task, n in (("ansett-weekly", 3), ("m4-weekly", 1))
        for way in ("zero_shot", "combine")
    ]
    assert said[0].startswith("ansett-weekly: zero_shot 3 ")
    assert all(one.wql and one.coverage_80 is not None and one.settings for one in some)
    every = run_cases(way_cases(request_for()), log, said.append)
    assert len(every) == len({one.key for one in every}) == 10
    monkeypatch.setattr(WayCase, "run", None)
    assert run_cases(way_cases(request_for()), log) == every == read_outcomes(log)
    assert list(way_cases(request_for(sizes=(10, 50)))) == []


def test_other_settings_and_other_series_are_run_again(
    request_for: Callable[..., WaysRequest], data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {way: case.key for way, case in _cases(request_for()).items()}
    other = {**TINY, "n_epochs": 2}
    after = {way: case.key for way, case in _cases(request_for(training=other)).items()}
    assert [way for way in PARTS if after[way] != before[way]] == [
        "train", "combine", "combine_tuned"
    ]  # fmt: skip
    three = FineTuning(n_steps=3)
    monkeypatch.setattr("competitions.networks.ways.fine_tuning_of", lambda preset: three)
    after = {way: case.key for way, case in _cases(request_for()).items()}
    assert [way for way in PARTS if after[way] != before[way]] == ["fine_tune", "combine_tuned"]
    series = {f"ansett-{k}": y for k, y in zip("xyz", _series(3), strict=True)}
    write_series(data_dir / "open" / "weekly.parquet", series)
    again = {way: case.key for way, case in _cases(request_for()).items()}
    assert all(again[way] != after[way] for way in PARTS)


@pytest.mark.parametrize("way", RECIPES)
def test_other_recipes_are_those_of_the_table(
    way: str, request_for: Callable[..., WaysRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[object] = []

    def train(*given: object) -> None:
        used.append(given[-1])
        raise InterruptedError

    monkeypatch.setattr("competitions.networks.ways.train_model", train)
    with pytest.raises(InterruptedError):
        _cases(request_for(ways=(way,)))[way].run()
    assert used == [RECIPES[way]]


def test_networks_that_are_not_there(
    networks: Path, data_dir: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nowhere = ["--networks", str(tmp_path / "nowhere"), "--data-dir", str(data_dir)]
    assert main(["strategies", "weekly", *nowhere, "--log", str(tmp_path / "log.jsonl")]) == 1
    assert (
        "there are no networks for weekly data in"
        f" {tmp_path / 'nowhere'}; run python -m competitions networks weekly --rehearsal --out"
        f" {tmp_path / 'nowhere'}"
    ) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rehearsal", "seen", "compared"),
    [
        (True, ("m4", "stmf"), {"ansett-weekly", "m4-weekly"}),
        (True, ("ansett", "m4"), {"m4-weekly"}),
        (False, ("m4", "stmf"), {"ansett-weekly"}),
    ],
)
def test_networks_are_compared_on_sources_that_they_have_not_seen(
    rehearsal: bool,
    seen: tuple[str, ...],
    compared: set[str],
    ensemble: Ensemble,
    request_for: Callable[..., WaysRequest],
    tmp_path: Path,
) -> None:
    card = {"rehearsal": rehearsal, "data": {"sources": [{"source": one} for one in seen]}}
    ship_networks(ensemble, tmp_path / "other" / "weekly", card, preset="weekly")
    cases = way_cases(request_for(networks=tmp_path / "other"))
    assert {case.forecasts.sample.task for case in cases} == compared


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ({"data": {"sources": [{"source": one} for one in load_sources()]}}, r"have seen .*m4;"),
        ({}, "does not say what the networks have seen"),
    ],
)
def test_networks_that_have_seen_all_series_are_refused(
    card: dict[str, object], message: str, ensemble: Ensemble, data_dir: Path, tmp_path: Path
) -> None:
    ship_networks(ensemble, tmp_path / "other" / "weekly", card, preset="weekly")
    with pytest.raises(InputError, match=message):
        next(way_cases(WaysRequest(tmp_path / "other", ("weekly",), data_dir=data_dir)))


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InputError, match=r"sizes must be of .*; got 7"):
        WaysRequest(None, sizes=(7,))


def test_samples_are_not_forecast_where_nothing_is_kept() -> None:
    assert list(draw_samples("weekly", {}, 1)) == list(way_cases(WaysRequest(None))) == []
