"""The benchmarks run, write what they should, and give no figures for wrong results."""

from __future__ import annotations

import doctest
import importlib
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import report, timing, training_step_parts
from benchmarks.__main__ import main
from benchmarks.kernel_baselines import Lanes, parallel_copy
from benchmarks.kernel_checks import GateError, check_kernels, require_close
from benchmarks.kernel_compile_time import cold_start
from benchmarks.made_up_panels import CASES, make_task
from benchmarks.training_step import hourly_config
from esrnn.config import CELL_OPTIONS
from esrnn.kernels import smoothing as kernel

ABOUT = {"benchmark", "date", "machine", "environment", "versions", "commit", "seed", "threads"}


def saved(folder: Path, name: str) -> dict:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.slow
def test_kernels_run_and_are_saved(tmp_path, capsys):
    assert main(["kernels", "--quick", "--save", str(tmp_path)]) == 0
    result = saved(tmp_path, "kernels")
    assert result.keys() >= ABOUT | {"cold", "results", "bars"}
    assert result["machine"].keys() == {"cpu", "architecture", "cores", "usable_cores", "load"}
    assert {r["case"] for r in result["results"]} == set(CASES)
    assert {r["threads"] for r in result["results"]} == set(result["threads"])
    passes = {(r["pass"], r["what"]) for r in result["results"] if r["case"] == "hourly"}
    forms = ("kernel", "with allocation", "copy")
    assert passes == {
        *((which, what) for which in ("forward", "adjoint") for what in forms),
        ("forward", "lanes"),
        ("forward", "torch loop"),
        ("both", "with allocation"),
        ("both", "torch loop"),
    }
    for r in result["results"]:
        assert 0.0 < r["min_ms"] <= r["median_ms"] <= r["max_ms"]
        assert r["msteps_per_s"] == pytest.approx(r["n_steps"] / r["median_ms"] / 1e3)
    out = capsys.readouterr().out
    assert "x torch loop" in out
    assert out.count("PASS") + out.count("FAIL") == len(result["bars"])


@pytest.mark.slow
def test_cells_run_and_are_saved(tmp_path, capsys):
    assert main(["cells", "--quick", "--save", str(tmp_path)]) == 0
    result = saved(tmp_path, "cells")
    assert result.keys() >= ABOUT - {"seed"} | {"results", "presets"}
    assert [r["cell"] for r in result["results"]] == list(CELL_OPTIONS)
    assert all(r["weights"] > 0 and r["steps_per_cpu_s"] > 0.0 for r in result["results"])
    lstm = next(r for r in result["results"] if r["cell"] == "lstm")
    # Two layers of 40 units, on windows of 4 and on the layer below.
    assert lstm["weights"] == 4 * 40 * (4 + 40 + 2) + 4 * 40 * (40 + 40 + 2)
    assert "universal_transformer" in capsys.readouterr().out


@pytest.mark.slow
def test_step_runs_and_is_saved(tmp_path, capsys):
    assert main(["training-step", "--quick", "--save", str(tmp_path)]) == 0
    result = saved(tmp_path, "training-step")
    assert result.keys() >= ABOUT | {"config", "presets", "pieces", "bars"}
    assert [record["preset"] for record in result["presets"]] == ["hourly", "yearly"]
    assert result["presets"][0]["shape"][1:] == [2, 24]
    assert "(smoothing alone)" in [p["what"] for p in result["pieces"]]
    for record in result["presets"]:
        assert [r["repeats"] for r in record["results"]] == [2, 2, 2]
        step, stack, products = record["results"]
        smallest, largest = record["ratio"]["min"], record["ratio"]["max"]
        assert smallest <= record["ratio"]["median"] <= largest
        assert smallest <= step["max_ms"] / stack["min_ms"]
        assert largest >= step["min_ms"] / stack["max_ms"]
        assert 0.0 < products["median_ms"] < stack["median_ms"]
    out = capsys.readouterr().out
    assert out.count("PASS") + out.count("FAIL") == 2


def test_nothing_is_written_unasked(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.__main__.RESULTS", tmp_path)
    monkeypatch.setattr(
        "benchmarks.training_step.run", lambda settings, say: {"benchmark": "training-step"}
    )
    assert main(["training-step"]) == 0
    assert list(tmp_path.iterdir()) == []


def slightly_off(function):
    def wrong(*args):
        first, *rest = function(*args)
        return (first * (1.0 + 1e-8), *rest)

    return wrong


@pytest.mark.parametrize("name", ["smooth", "smooth_adjoint"])
def test_a_wrong_kernel_gets_no_figures(name, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(kernel, name, slightly_off(getattr(kernel, name)))
    assert main(["kernels", "--quick", "--save", str(tmp_path)]) == 1
    printed = capsys.readouterr()
    assert "no figures" in printed.err
    assert "steps/s" not in printed.out
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_step_gets_no_figures(monkeypatch, capsys, tmp_path):
    right = training_step_parts.forecast_loss
    monkeypatch.setattr(training_step_parts, "forecast_loss", lambda *args: 1.01 * right(*args))
    assert main(["training-step", "--quick", "--save", str(tmp_path)]) == 1
    printed = capsys.readouterr()
    assert "pieces of a step, loss" in printed.err
    assert "median ms" not in printed.out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_gate_lets_right_kernels_pass(name, seed):
    check_kernels(make_task(name, share=0.002, seed=seed), seed)


@pytest.mark.parametrize(
    "got", [[1.0, 2.1], [1.0, np.nan], [1.0, np.inf], [1.0], [[1.0, 2.0]]], ids=str
)
def test_differences_are_seen(got):
    with pytest.raises(GateError, match="level"):
        require_close("level", np.array(got), np.array([1.0, 2.0]), 1e-6)


def test_lanes_smooth_every_series_of_a_group_that_is_not_full():
    task = make_task("hourly", share=0.01, seed=3).head(5)
    lanes = Lanes(task, width=4)
    lanes.run()
    np.testing.assert_allclose(lanes.level(), kernel.smooth(*task.arguments())[0], rtol=1e-10)


@pytest.mark.parametrize("n_threads", [1, 2])
def test_the_copy_copies_everything(n_threads):
    source, target = np.arange(300_001.0), np.zeros(300_001)
    with timing.threads(n_threads):
        parallel_copy(source, target)
    np.testing.assert_array_equal(target, source)


def test_panels_are_as_long_as_said():
    lengths = make_task("hourly", share=1.0, seed=0).lengths
    assert (np.sum(lengths == 700), np.sum(lengths == 960)) == (169, 245)
    for name, median in (("monthly", 202), ("yearly", 29)):
        task = make_task(name, share=1.0, seed=0)
        assert task.lengths.size >= 4000
        assert abs(np.median(task.lengths) - median) <= 0.1 * median
        assert (task.values > 0.0).all()


def test_contenders_take_turns():
    order = []
    contenders = [
        timing.Contender("a", lambda: order.append("a"), prepare=lambda: order.append("prepare")),
        timing.Contender("b", lambda: order.append("b"), max_repeats=1),
    ]
    timings = timing.take_turns(contenders, repeats=2)
    assert order == ["prepare", "a", "b", "prepare", "a", "b", "prepare", "a"]
    assert [len(timings[name].times_ms) for name in "ab"] == [2, 1]


def test_medians_and_spreads():
    assert timing.Timing("x", (3.0, 1.0, 2.0)).summary() == {
        "median_ms": 2.0, "min_ms": 1.0, "max_ms": 3.0, "repeats": 3,
    }  # fmt: skip


@pytest.mark.parametrize(("value", "word"), [(1.4, "PASS"), (1.5, "PASS"), (1.6, "FAIL")])
def test_a_ratio_passes_up_to_its_bar(value, word):
    bar = report.Bar("ratio", value, 1.5, at_least=False)
    assert bar.line().startswith(word)
    assert bar.record()["passed"] == (word == "PASS")


def test_first_calls_are_measured_in_fresh_processes(monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")  # nothing to compile: quick
    seconds = cold_start()
    assert list(seconds) == ["compile", "load"]
    for measured in seconds.values():
        assert measured.keys() == {"import_s", "first_forward_s", "first_adjoint_s"}
        assert min(measured.values()) > 0.0


def test_the_step_that_counts_is_the_hourly_presets():
    config = hourly_config()
    assert config.network.horizon == 48
    assert config.smoothing.seasonal_periods == (24, 168)


@pytest.mark.parametrize("module", ["kernel_baselines", "made_up_panels", "report", "timing"])
def test_examples_in_docstrings(module):
    found = importlib.import_module(f"benchmarks.{module}")
    result = doctest.testmod(found, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 0
    assert result.failed == 0
