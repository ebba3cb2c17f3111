"""The same numbers in children and in threads, and no hang: a process that hangs is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*situations, timeout=400, **environment):
    """Run situations of `any_process` in a new process; kill it and its children at the timeout."""
    script = Path(__file__).with_name("any_process.py")
    process = subprocess.Popen(
        [sys.executable, "-W", "error", str(script), *situations],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        pytest.fail(f"hangs: {situations}; {process.communicate(timeout=60)[1]}")
    assert process.returncode == 0, err
    return json.loads(out)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_children_and_threads():
    """With the pool of Numba's that two threads may not enter at once."""
    found = run("threads", "fork", NUMBA_THREADING_LAYER="workqueue")
    assert found == {
        "torch's compiler": False,
        "threads": {"predicted": True, "fitted": True, "threads of torch": True},
        "fork": {"predicted": True, "fitted": True},
    }


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a fork server")
def test_other_children_and_backtests_by_every_backend():
    found = run("evaluate", "spawn", "forkserver")
    backends = {"None", "loky", "multiprocessing", "threading"}
    assert found["evaluate"].keys() >= backends
    assert all(found["evaluate"].values()), found
    assert found["spawn"] == {"fitted": True, "ends": True}
    assert found["forkserver"] == {"predicted": True, "fitted": True}
