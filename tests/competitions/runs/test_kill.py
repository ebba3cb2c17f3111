"""A run that the system kills, started again: the same scores as one that was left in peace."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from competitions.__main__ import main

ROOT = Path(__file__).parents[3]


RUN = ["run", "m4-hourly-40", "--method", "damped", "--n-jobs", "1", "--quiet", "--out"]


def _scores(out: Path) -> dict[str, Any]:
    scores: dict[str, Any] = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    return {k: v for k, v in scores.items() if k not in ("cpu_s", "wall_s", "peak_rss_mb")}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_run_survives_sigkill(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = subprocess.Popen([sys.executable, "-m", "competitions", *RUN, str(killed)], cwd=ROOT)
    deadline = time.monotonic() + 120
    while len(list((killed / "parts").glob("*.npz"))) < 5 and time.monotonic() < deadline:
        assert process.poll() is None, "ended before it could be killed"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    assert process.returncode == -signal.SIGKILL
    n_parts = len(list((killed / "parts").glob("*.npz")))
    assert 5 <= n_parts < 40
    assert not (killed / "scores.json").exists()
    assert main([*RUN, str(killed)]) == 0
    assert f"Continues from the {n_parts} parts" in capsys.readouterr().out
    assert main([*RUN, str(whole)]) == 0
    assert _scores(killed) == _scores(whole)
    assert (killed / "forecasts.parquet").read_bytes() == (whole / "forecasts.parquet").read_bytes()
