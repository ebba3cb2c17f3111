"""The script for a machine with a GPU, as a dry run on the CPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import gpu
from benchmarks.gpu_panels import M4_LENGTHS, make_job

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "benchmarks" / "gpu.sh"


@pytest.mark.slow
def test_a_dry_run_writes_what_it_should(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(sys, "argv", ["gpu", "--out", str(tmp_path)])
    assert gpu.main() == 0
    result = json.loads((tmp_path / "gpu.json").read_text(encoding="utf-8"))
    assert result["is_dry_run"]
    assert result["card"] is None
    assert result["bars"] == []
    epochs = {(e["group"], e["members"]) for e in result["epochs"]}
    assert epochs == {(group, 2) for group in M4_LENGTHS}
    assert all(np.isfinite(e["loss"]) and e["epoch_s"] > 0.0 for e in result["epochs"])
    assert np.isfinite(result["fits"][0]["owa"])
    table = (tmp_path / "gpu.txt").read_text(encoding="utf-8")
    assert table.startswith("card: none")
    assert all(group in table for group in M4_LENGTHS)
    assert capsys.readouterr().out.endswith(table)


@pytest.mark.parametrize("failing", [None, "pytest", "benchmarks.gpu"])
def test_the_script_keeps_what_is_printed_and_fails_if_a_part_does(
    tmp_path: Path, failing: str | None
) -> None:
    python = tmp_path / "python"  # prints its arguments
    python.write_text(f'#!/bin/sh\necho "$@"\ntest "$2" != "{failing}"\n', encoding="utf-8")
    python.chmod(0o755)
    out = tmp_path / "out"
    done = subprocess.run(
        ["bash", str(SCRIPT), str(out)], cwd=tmp_path, env={**os.environ, "PYTHON": str(python)},
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == (0 if failing is None else 1), done.stdout + done.stderr
    said = [(out / f"{name}.txt").read_text() for name in ("versions", "tests", "benchmarks")]
    assert said[0] == "-\n"
    named = [word for word in said[1].split() if word.startswith("tests/")]
    assert said[1].startswith("-m pytest tests/gpu ")
    assert "-m gpu " in said[1]
    assert len(named) >= 3
    assert all((ROOT / name).exists() for name in named)
    assert said[2] == f"-m benchmarks.gpu --out {out}\n"


def test_panels_are_as_long_as_those_of_m4():
    for group, (n_series, knots) in M4_LENGTHS.items():
        job = make_job(group, 0.05, 0)
        shortest, longest = knots[0][1], knots[-1][1]
        assert shortest <= job.panel.lengths.min() <= job.panel.lengths.max() <= longest
        assert job.panel.n_series >= n_series // 20
        assert job.config.training.calibration == 0.0


def test_the_script_runs_all_tests_that_need_a_gpu():
    script = SCRIPT.read_text(encoding="utf-8")
    marked = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("test_*.py")
        if "pytest.mark." + "gpu" in path.read_text(encoding="utf-8")
    ]
    assert len(marked) >= 4
    assert all(path in script or path.startswith("tests/gpu/") for path in marked)
