"""Jobs that are killed at any moment: the earlier output is there, and the same call goes on."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from esrnn.jobs import Run, Unfinished, fit, forecast, predict
from esrnn.jobs.state import state_folder
from tests.jobs.made_up import TINY, contents, write_parts

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a fork server")
_N_MOMENTS = 3  # for each of three jobs, without and with an earlier output
_LONG = 120.0  # seconds, for a job of one
# Children of a server need no second to load torch, so that many moments can be tried. They are not
# forked from this process: a thread of another test might hold a lock, for which they would wait.
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.jobs.warm"])

Job = Callable[[], object]


def start(job: Job) -> ForkServerProcess:
    """Start a job in a child."""
    child = _SERVER.Process(target=job)
    child.start()
    return child


def seconds_of(job: Job) -> float:
    """Run a job to its end in a child, and return how long it took."""
    start(int).join(_LONG)  # the server is there now
    began = time.perf_counter()
    child = start(job)
    child.join(_LONG)
    child.kill()  # if it hangs
    child.join(_LONG)
    assert child.exitcode == 0
    return time.perf_counter() - began


def kill_after(seconds: float, job: Job) -> bool:
    """Run a job in a child and kill it; return whether it was still at work."""
    child = start(job)
    child.join(seconds)
    child.kill()
    child.join(_LONG)
    return child.exitcode != 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data in four parts, and a model."""
    folder = tmp_path_factory.mktemp("killed")
    write_parts(folder / "data", 4)
    fit(str(folder / "data"), str(folder / "model"), 2, settings=TINY)
    return folder


def check(job: Callable[[str], object], out: str, folder: Path) -> None:
    """Kill a job at some moments, begin it again, and compare with one that was left alone."""
    place = folder / "killed" / out
    undisturbed, target = place / "undisturbed" / "out", place / "killed" / "out"
    whole = seconds_of(partial(job, str(undisturbed)))
    wanted = contents(undisturbed.parent)
    draw = random.Random(out)
    n_killed = 0
    for _ in range(_N_MOMENTS):
        for has_earlier in (False, True):
            shutil.rmtree(target.parent, ignore_errors=True)
            shutil.rmtree(state_folder(str(target)), ignore_errors=True)
            if has_earlier:
                shutil.copytree(undisturbed.parent, target.parent)
            n_killed += kill_after(draw.uniform(0.0, whole), partial(job, str(target)))
            assert contents(target) == (contents(undisturbed) if has_earlier else {}) or (
                contents(target) == contents(undisturbed)
            )
            job(str(target))
            assert contents(target.parent) == wanted
    assert n_killed > 0


def forecast_tiny(data: str, out: str) -> None:
    forecast(data, out, 2, settings=TINY)


def fit_tiny(data: str, out: str) -> None:
    fit(data, out, 2, settings=TINY)


@pytest.mark.slow
def test_predict(folder: Path) -> None:
    check(partial(predict, str(folder / "model"), str(folder / "data")), "predict", folder)


@pytest.mark.slow
def test_forecast(folder: Path) -> None:
    check(partial(forecast_tiny, str(folder / "data")), "forecast", folder)


@pytest.mark.slow
def test_fit(folder: Path) -> None:
    check(partial(fit_tiny, str(folder / "data")), "fit", folder)


def test_what_a_killed_write_left_beside_the_target_is_removed(
    folder: Path, tmp_path: Path
) -> None:
    left = [tmp_path / ".f.csv.0123abcd.partial", tmp_path / ".f.0123abcd.partial"]
    left[0].write_bytes(b"half")
    left[1].mkdir()
    others = [tmp_path / ".f.csv.partial", tmp_path / ".g.csv.0123abcd.partial"]
    for path in others:
        path.write_bytes(b"of others")
    predict(str(folder / "model"), str(folder / "data"), str(tmp_path / "f.csv"))
    assert not left[0].exists()
    predict(str(folder / "model"), str(folder / "data"), str(tmp_path / "f"))
    assert not left[1].exists()
    assert all(path.exists() for path in others)


def test_a_folder_that_was_moved_aside_is_brought_back(folder: Path, tmp_path: Path) -> None:
    """A job may be killed between the two renames that put a new folder in place."""
    model, data, out = str(folder / "model"), str(folder / "data"), tmp_path / "out"
    predict(model, data, str(out))
    before = contents(out)
    state = state_folder(str(out))
    state.mkdir()
    out.rename(state / "previous")
    with pytest.raises(Unfinished):
        predict(model, data, str(out), run=Run(time_budget=1e-9))
    assert contents(out) == before
