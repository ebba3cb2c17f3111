"""The contest with sktime's class: forecasts of the whole group, right scores, fair handling."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks import sktime_esrnn, sktime_esrnn_methods
from benchmarks.__main__ import main
from benchmarks.kernel_checks import GateError
from benchmarks.sktime_esrnn_methods import COVERAGES, Job, Outcome
from benchmarks.sktime_esrnn_season import season_correlation
from competitions.task import load_data, load_task
from esrnn.config import preset_config
from esrnn.datasets import DatasetNotFoundError
from esrnn.ensemble import fit_ensemble
from esrnn.panel import Panel
from tests.estimator.shared import SKTIME_OWN_WARNING
from tests.hybrids import HERE


@pytest.fixture(scope="module")
def hourly():
    return load_data(load_task("m4-hourly"))


def first_series(data, n_series):
    return data.train[data.train.index.isin(data.ids[:n_series], level=0)]


def seasonal_naive_job(monkeypatch):
    """Replace the processes: every contestant forecasts what was a week ago, but ours a day ago."""
    jobs = []

    def forecast(self, job, n_series=None):
        jobs.append((job, n_series))
        weeks = 24 if job.contestant == "esrnn" else 168
        ids = self.truth.train.ids[:n_series]
        y_hat = np.stack([self.frame.loc[i, "y"].to_numpy()[-weeks:][:24].repeat(2) for i in ids])
        arrays = {"y_hat": y_hat}
        phases = {"import": 5.0, "train": 8.0, "forecast": 2.0}
        if job.contestant == "esrnn":
            phases |= {"train": 4.0, "forecast": 1.0, "intervals": 3.0}
            for percent in COVERAGES:
                arrays |= {f"lower-{percent}": 0.0 * y_hat, f"upper-{percent}": 1e9 + y_hat}
        timed = {name: {"cpu_s": s, "wall_s": s} for name, s in phases.items()}
        return {"phases": timed, "error": ""}, arrays

    monkeypatch.setattr(sktime_esrnn._Group, "forecast", forecast)
    monkeypatch.setattr(sktime_esrnn, "fresh_process", lambda *_: {"cases": []})
    return jobs


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_runs_and_is_saved(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ESRNN_DATA_DIR", str(tmp_path))  # where nothing is
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("ESRNN_OFFLINE", "1")
    assert main(["sktime-esrnn", "--quick", "--save", str(tmp_path)]) == 0
    result = json.loads((tmp_path / "sktime-esrnn.json").read_text(encoding="utf-8"))
    assert list(result["left_out"]) == ["weekly"]
    theirs, ours = result["results"]
    assert theirs["contestant"] == "ESRNNForecaster, pretrained"
    assert ours["contestant"] == "ESRNN"
    for one in (theirs, ours):
        assert (one["group"], one["n_series"]) == ("hourly", 4)
        assert one["owa"] > 0.0
        assert min(one["phases"][name]["cpu_s"] for name in ("train", "forecast")) > 0.0
    assert set(ours["coverage"]) == {"80", "95"}
    assert ours["over_peer"]["owa"] == pytest.approx(ours["owa"] / theirs["owa"])
    assert ours["over_peer"]["cpu"] == pytest.approx(ours["cpu_s"] / theirs["cpu_s"])
    assert [(case["m"], case["h"]) for case in result["seasons"]] == [
        (24, 48), (12, 18), (4, 6), (12, 6),
    ]  # fmt: skip
    out = capsys.readouterr().out
    assert "M4 weekly is left out" in out
    assert "settings are ours" in out
    assert out.count("PASS") + out.count("FAIL") == len(result["bars"]) == 2


@SKTIME_OWN_WARNING
def test_the_season_of_the_other_class_is_in_phase_where_it_fits_the_horizon():
    assert season_correlation(4, 8) == pytest.approx(1.0, abs=1e-3)


@SKTIME_OWN_WARNING
@pytest.mark.parametrize("group", ["hourly", "weekly"])
def test_the_other_class_keeps_its_network_and_gets_every_series_in_its_units(group, hourly):
    """Weekly's treatment too, on hourly data."""
    train = first_series(hourly, 2)
    outcome = sktime_esrnn_methods.pretrained(
        train, Job("pretrained", group, 13, seed=3, n_epochs=1)
    )
    scaled = train.copy()
    scaled.loc["H2"] = 1000.0 * train.loc[["H2"]]
    again = sktime_esrnn_methods.pretrained(
        scaled, Job("pretrained", group, 13, seed=3, n_epochs=1)
    )
    y_hat = outcome.forecasts["y_hat"]
    assert y_hat.shape == (2, 13)
    np.testing.assert_allclose(again.forecasts["y_hat"], y_hat * [[1.0], [1000.0]], rtol=1e-4)
    assert list(outcome.phases) == ["import", "train", "forecast"]


@SKTIME_OWN_WARNING
def test_a_network_that_fit_has_changed_gets_no_figures(hourly, monkeypatch):
    from sktime.forecasting.es_rnn import ESRNNForecaster

    fit = ESRNNForecaster.fit

    def forgetful(self, *args, **kwargs):
        self.network = None
        return fit(self, *args, **kwargs)

    monkeypatch.setattr(ESRNNForecaster, "fit", forgetful)
    with pytest.raises(GateError, match="dropped the network"):
        sktime_esrnn_methods.pretrained(
            first_series(hourly, 1), Job("pretrained", "hourly", 5, 0, 1)
        )


@SKTIME_OWN_WARNING
def test_defaults_that_fail_are_told(hourly, monkeypatch):
    def fail(forecaster, y, job):
        assert (forecaster.num_epochs, forecaster.lr, len(y)) == (2, 0.1, 700)
        raise RuntimeError("48 is too far")

    monkeypatch.setattr(sktime_esrnn_methods, "_one_series", fail)
    outcome = sktime_esrnn_methods.defaults(
        first_series(hourly, 1), Job("defaults", "hourly", 48, 0, 2)
    )
    assert outcome.error == "RuntimeError: 48 is too far"
    assert outcome.forecasts == {}


def test_ours_are_the_forecasts_of_the_preset(hourly):
    """The estimator gives what the competitions' runs get from the layers below it."""
    outcome = sktime_esrnn_methods.esrnn(
        first_series(hourly, 3), Job("esrnn", "hourly", 48, 7, 1, 2)
    )
    config = preset_config("hourly", 48, n_epochs=1, n_members=2)
    panel = Panel(hourly.values, hourly.indptr, tuple(hourly.ids)).subset(np.arange(3))
    quantiles = fit_ensemble(panel, config, seed=7, options=HERE).forecast(panel)
    for name, expected in zip(("lower-95", "y_hat", "upper-95"), quantiles, strict=True):
        np.testing.assert_array_equal(outcome.forecasts[name], expected)
    assert (outcome.forecasts["lower-95"] <= outcome.forecasts["lower-80"]).all()
    assert list(outcome.phases) == ["import", "train", "forecast", "intervals"]


def test_scores_are_those_of_m4(hourly):
    task = hourly.task
    truth = sktime_esrnn.Truth(
        Panel(hourly.values, hourly.indptr, tuple(hourly.ids)), hourly.actual, 24
    )
    y_hat = np.stack([hourly.train.loc[i, "y"].to_numpy()[-24:] for i in hourly.ids])
    y_hat = np.tile(y_hat, 2)
    everything = {"y_hat": y_hat, "lower-80": y_hat - 1e12, "upper-80": y_hat + 1e12}
    everything |= {"lower-95": hourly.actual + 1.0, "upper-95": hourly.actual + 2.0}
    scores = truth.scores(everything)
    # sNaive's in the competition's tables; its OWA there is 0.628
    assert round(scores["smape"], 3) == 13.912
    assert round(scores["mase"], 3) == 1.193
    assert round(scores["owa"], 4) == 0.6275
    assert scores["coverage"] == {"80": 1.0, "95": 0.0}
    assert scores["n_series"] == task.n_series == 414


def test_forecasts_that_are_not_finite_have_no_score(hourly):
    truth = sktime_esrnn.Truth(
        Panel(hourly.values, hourly.indptr, tuple(hourly.ids)), hourly.actual, 24
    )
    scores = truth.head(2).scores({"y_hat": np.full((3, 48), np.nan)})
    assert scores == {"n_series": 2, "smape": None, "mase": None, "owa": None}


def test_a_full_run_has_all_rows(monkeypatch, hourly):
    jobs = seasonal_naive_job(monkeypatch)
    said = []
    result = sktime_esrnn.run(
        sktime_esrnn.SktimeEsrnnSettings(groups=("hourly",), default_series=2), said.append
    )
    rows = {one["contestant"]: one for one in result["results"]}
    kept = next(name for name in rows if name.startswith("(competitions' run"))
    assert rows[kept]["owa"] < 0.5
    ours, theirs = rows["ESRNN"], rows["ESRNNForecaster, pretrained"]
    assert (ours["cpu_s"], theirs["cpu_s"]) == (5.0, 10.0)  # without import and intervals
    assert ours["over_peer"]["cpu"] == 0.5
    assert rows["ESRNN, one member"]["owa"] == ours["owa"]
    short = rows["ESRNNForecaster, its defaults but 5 epochs"]
    assert short["n_series"] == 2
    assert set(short["same_series"]) == {
        "ESRNN", "ESRNN, one member", "ESRNNForecaster, pretrained",
    }  # fmt: skip
    assert short["same_series"]["ESRNNForecaster, pretrained"] == short["owa"]
    assert short["cpu_s_extrapolated"] == pytest.approx(
        10.0 * 200 * hourly.values.size / hourly.indptr[2]
    )
    assert [bar["value"] for bar in result["bars"]] == pytest.approx([20.0, 5.0])
    asked = [(job.contestant, job.n_epochs, job.n_members, n) for job, n in jobs]
    assert asked == [
        ("esrnn", 1, 1, 3),  # the one that is not timed
        ("pretrained", None, None, None),
        ("esrnn", None, None, None),
        ("esrnn", None, 1, None),
        ("defaults", 5, None, 2),
    ]
    assert any("extrapolation" in line for line in said)


def test_failing_defaults_are_said(monkeypatch):
    seasonal_naive_job(monkeypatch)
    working = sktime_esrnn._Group.forecast

    def forecast(self, job, n_series=None):
        took, arrays = working(self, job, n_series)
        if job.contestant == "defaults":
            return {**took, "error": "RuntimeError: 48 is too far"}, {}
        return took, arrays

    monkeypatch.setattr(sktime_esrnn._Group, "forecast", forecast)
    said = []
    settings = sktime_esrnn.SktimeEsrnnSettings(groups=("hourly",), n_series=3, default_series=5)
    failed = sktime_esrnn.run(settings, said.append)["results"][-1]
    assert (failed["owa"], failed["error"]) == (None, "RuntimeError: 48 is too far")
    assert "ESRNNForecaster with its defaults fails: RuntimeError: 48 is too far" in said


def test_without_any_data_nothing_is_run(monkeypatch):
    def absent(task):
        raise DatasetNotFoundError("M4 weekly was not found\nand more")

    monkeypatch.setattr(sktime_esrnn, "load_data", absent)
    jobs = seasonal_naive_job(monkeypatch)
    said = []
    result = sktime_esrnn.run(sktime_esrnn.SktimeEsrnnSettings(groups=("weekly",)), said.append)
    assert jobs == result["results"] == result["bars"] == []
    assert "\nM4 weekly is left out: M4 weekly was not found" in said


def test_a_folder_is_all_that_a_process_needs(tmp_path, monkeypatch, hourly):
    train, job = first_series(hourly, 2), Job("esrnn", "hourly", 48, seed=1, n_members=3)

    def check(given, asked):
        pd.testing.assert_frame_equal(given, train)
        assert asked == job
        outcome = Outcome(forecasts={"y_hat": np.eye(2)})
        with outcome.phase("train"):
            pass
        return outcome

    monkeypatch.setitem(sktime_esrnn_methods.CONTESTANTS, "esrnn", check)
    sktime_esrnn_methods.lay_out(tmp_path, train, job)
    took = sktime_esrnn_methods.work(tmp_path)
    assert took["error"] == ""
    assert took["phases"]["train"].keys() == {"cpu_s", "wall_s"}
    np.testing.assert_array_equal(sktime_esrnn_methods.collect(tmp_path)["y_hat"], np.eye(2))


def test_quick_differs_from_full_in_size_only(monkeypatch):
    asked = []
    monkeypatch.setattr(sktime_esrnn, "run", lambda settings, say: asked.append(settings))
    assert (
        main(["sktime-esrnn", "--seed", "4"])
        == main(["sktime-esrnn", "--quick", "--seed", "4"])
        == 0
    )
    full, quick = asked
    assert full == sktime_esrnn.SktimeEsrnnSettings(seed=4)
    sizes = {"n_series": None, "n_epochs": None, "n_members": None, "default_series": 5}
    assert replace(quick, **sizes) == full
    assert (quick.n_series, quick.n_epochs, quick.n_members) == (4, 1, 1)
