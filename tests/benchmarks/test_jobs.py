"""The benchmarks of jobs run: speed, and kills."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import jobs, jobs_beside_ets, kill_jobs
from benchmarks.kernel_checks import GateError


@pytest.mark.slow
def test_a_small_run_reports_seconds_and_memory() -> None:
    lines: list[str] = []
    result = jobs.run(jobs.JobsSettings(sizes=(6,), n_steps=40, per_file=3), lines.append)
    assert result["results"]["6"]["cpu_s"] > 0.0
    assert result["results"]["6"]["peak_bytes"] > 1e8
    assert result["bars"] == []  # they are for the whole
    assert "6 series of 40 observations in 2 files" in lines[-1]


@pytest.mark.parametrize(
    ("outputs", "fault"),
    [
        ([{"a": b"1"}, {}, {"a": b"2"}], "other bytes"),
        ([{"a": b"1", "b": b"1"}, {"a": b"1"}], "half an output"),
    ],
)
def test_other_outputs_are_no_success(
    outputs: list[dict[str, bytes]], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {command: iter(outputs) for command in ("fit", "forecast", "predict")}
    monkeypatch.setattr(kill_jobs, "_run", lambda words: None)
    monkeypatch.setattr(kill_jobs, "_command", lambda words: ["true"])
    monkeypatch.setattr(kill_jobs, "_contents", lambda out: next(answers[out.parent.parent.name]))
    with pytest.raises(GateError, match=fault):
        kill_jobs.run(kill_jobs.KillSettings(n_moments=1, n_series=6), print)


@pytest.mark.slow
def test_both_methods_are_scored_on_the_same_series(
    competition_data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("statsforecast")
    monkeypatch.setenv("ESRNN_DATA_DIR", str(competition_data_dir))
    settings = jobs_beside_ets.BesideSettings(n_series=8, n_files=2)
    found = jobs_beside_ets.run(settings, lambda line: None)["results"]
    assert found.keys() == {"esrnn predict", "AutoETS"}
    for figures in found.values():
        assert 0.0 < figures["owa"] < 2.0
        assert figures["cpu_s"] > 0.5
