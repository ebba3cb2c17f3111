"""The benchmark of a first use: it runs, scores, and gives no figures for what is wrong."""

import doctest
import json
import os

import numpy as np
import pandas as pd
import pytest

from benchmarks import first_forecast, new_process
from benchmarks.__main__ import main
from benchmarks.kernel_checks import GateError

IMPORTED = {"import_cpu_s": 0.01, "process_cpu_s": 0.05, "modules": ["esrnn", "sys"]}
FORECAST = {
    "import_s": 3.0, "fit_s": 20.0, "predict_s": 1.0, "wall_s": 61.0, "cpu_s": 40.0, "owa": 0.7,
    "preset": "monthly", "strategy": "train", "n_members": 6, "n_epochs": 40,
}  # fmt: skip


def answer(monkeypatch, imported=IMPORTED, forecasts=(FORECAST, FORECAST)):
    """Stand in for the processes; return what they were asked."""
    asked, answers = [], iter(forecasts)

    def fresh_process(arguments, environment=None, *, all_cores=False):
        asked.append((arguments, environment, all_cores))
        return imported if arguments[0] == "-c" else next(answers)

    monkeypatch.setattr(first_forecast, "fresh_process", fresh_process)
    monkeypatch.setattr(first_forecast, "run_one_series", lambda *_: ({}, []))
    return asked


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_runs_and_is_saved(tmp_path, capsys):
    assert main(["first-forecast", "--quick", "--save", str(tmp_path)]) == 0
    result = json.loads((tmp_path / "first-forecast.json").read_text(encoding="utf-8"))
    assert 0.0 < result["import"]["import_cpu_s"] < result["import"]["process_cpu_s"]
    (found,) = result["results"]
    assert found["kernels"] == "as found"
    assert (found["preset"], found["n_members"], found["n_epochs"]) == ("monthly", 1, 1)
    parts = [found[f"{name}_s"] for name in ("import", "fit", "predict")]
    assert sum(parts) == pytest.approx(found["wall_s"])
    assert min(parts) > 0.0
    assert found["cpu_s"] > 0.0
    assert found["owa"] > 0.0
    out = capsys.readouterr().out
    assert out.count("PASS") + out.count("FAIL") == len(result["bars"]) == 2


@pytest.mark.parametrize("heavy", first_forecast.HEAVY)
def test_a_heavy_import_gets_no_figures(heavy, monkeypatch, capsys):
    answer(monkeypatch, {**IMPORTED, "modules": ["esrnn", heavy]})
    assert main(["first-forecast"]) == 1
    printed = capsys.readouterr()
    assert f"import esrnn loads {heavy}" in printed.err
    assert "CPU s" not in printed.out


def test_the_median_of_the_imports_counts(monkeypatch):
    seconds = iter([0.9, 0.1, 0.2])
    monkeypatch.setattr(
        first_forecast, "fresh_process", lambda *_: {**IMPORTED, "process_cpu_s": next(seconds)}
    )
    assert first_forecast._time_imports(3)["process_cpu_s"] == 0.2


def test_what_is_loaded_counts_first_and_what_is_compiled_beside_it(monkeypatch, capsys):
    compiled, loaded = {**FORECAST, "wall_s": 70.0}, {**FORECAST, "wall_s": 59.0}
    asked = answer(monkeypatch, forecasts=(compiled, loaded))
    assert main(["first-forecast", "--repeats", "2"]) == 0
    runs = [one for one in asked if one[0][0] == "-m"]
    assert len(asked) - len(runs) == 2
    assert all(arguments[2:] == ["100", "--seed", "0"] for arguments, _, _ in runs)
    assert runs[0][1] == runs[1][1] != {}  # one cache for both
    assert all(all_cores for _, _, all_cores in runs)
    out = capsys.readouterr().out
    assert "PASS  ESRNN() from import to forecasts, kernels loaded, wall s: 59" in out
    assert "FAIL  ESRNN() from import to forecasts, kernels compiled, wall s: 70" in out


def test_series_are_monthly_positive_and_have_a_season():
    y = first_forecast.monthly_series(20, 112, seed=0)
    assert isinstance(y.index.levels[1], pd.PeriodIndex)
    assert y.groupby(level=0).size().tolist() == [112] * 20
    assert (y["sales"] > 0.0).all()
    changes = np.diff(np.log(y["sales"].to_numpy().reshape(20, -1)))
    correlations = [np.corrcoef(row[:-12], row[12:])[0, 1] for row in changes]
    assert np.median(correlations) > 0.5
    pd.testing.assert_frame_equal(y, first_forecast.monthly_series(20, 112, seed=0))
    assert not y.equals(first_forecast.monthly_series(20, 112, seed=1))


def test_threads_are_limited_or_not(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    code = "import json, os; print(json.dumps({'omp': os.environ.get('OMP_NUM_THREADS')}))"
    assert new_process.fresh_process(["-c", code]) == {"omp": "1"}
    assert new_process.fresh_process(["-c", code], all_cores=True) == {"omp": None}
    assert new_process.fresh_process(["-c", code], {"OMP_NUM_THREADS": "7"}) == {"omp": "7"}
    assert os.environ["OMP_NUM_THREADS"] == "1"


def test_a_process_that_fails_is_no_figure():
    with pytest.raises(GateError, match=r"exit status 1: .*ValueError: because"):
        new_process.fresh_process(["-c", "raise ValueError('because')"])


@pytest.mark.parametrize("module", [new_process, first_forecast])
def test_examples_in_docstrings(module):
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 0
    assert result.failed == 0
