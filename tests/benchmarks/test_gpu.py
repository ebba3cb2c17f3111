"""The script for a machine with a GPU, as a dry run on the CPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.gpu_panels import M4_LENGTHS, make_job

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_dry_run_writes_what_it_should(tmp_path):
    env = {**os.environ, "PYTHON": sys.executable, "CUDA_VISIBLE_DEVICES": ""}
    command = ["bash", "benchmarks/gpu.sh", str(tmp_path / "out")]
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" in (tmp_path / "out" / "tests.txt").read_text(encoding="utf-8")
    result = json.loads((tmp_path / "out" / "gpu.json").read_text(encoding="utf-8"))
    assert result["is_dry_run"]
    assert result["card"] is None
    assert result["bars"] == []
    epochs = {(e["group"], e["members"]) for e in result["epochs"]}
    assert epochs == {(group, 2) for group in M4_LENGTHS}
    assert all(np.isfinite(e["loss"]) and e["epoch_s"] > 0.0 for e in result["epochs"])
    assert np.isfinite(result["fits"][0]["owa"])
    table = (tmp_path / "out" / "gpu.txt").read_text(encoding="utf-8")
    assert table.startswith("card: none")
    assert all(group in table for group in M4_LENGTHS)


def test_panels_are_as_long_as_those_of_m4():
    for group, (n_series, knots) in M4_LENGTHS.items():
        job = make_job(group, 0.05, 0)
        shortest, longest = knots[0][1], knots[-1][1]
        assert shortest <= job.panel.lengths.min() <= job.panel.lengths.max() <= longest
        assert job.panel.n_series >= n_series // 20
        assert job.config.training.calibration == 0.0


def test_the_script_runs_all_tests_that_need_a_gpu():
    script = (ROOT / "benchmarks" / "gpu.sh").read_text(encoding="utf-8")
    marked = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("test_*.py")
        if "pytest.mark." + "gpu" in path.read_text(encoding="utf-8")
    ]
    assert len(marked) >= 4
    assert all(path in script or path.startswith("tests/gpu/") for path in marked)
