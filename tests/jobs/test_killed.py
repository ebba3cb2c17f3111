"""Jobs that are killed at any moment: the earlier output is there, and the same call goes on."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from esrnn.jobs import Run, Unfinished, fit, forecast, predict
from esrnn.jobs.state import state_folder
from tests.jobs.made_up import TINY, contents, write_parts

# A child that is forked needs no second to load torch, so that many moments can be tried.
pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),
]
_N_MOMENTS = 3  # for each of three jobs, without and with an earlier output


def seconds_of(job: Callable[[], object]) -> float:
    """Run a job to its end in a child, and return how long it took."""
    began = time.perf_counter()
    child = multiprocessing.get_context("fork").Process(target=job)
    child.start()
    child.join()
    assert child.exitcode == 0
    return time.perf_counter() - began


def kill_after(seconds: float, job: Callable[[], object]) -> bool:
    """Run a job in a child and kill it; return whether it was still at work."""
    child = multiprocessing.get_context("fork").Process(target=job)
    child.start()
    time.sleep(seconds)
    child.kill()
    child.join()
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
    whole = seconds_of(lambda: job(str(undisturbed)))
    wanted = contents(undisturbed.parent)
    draw = random.Random(out)
    n_killed = 0
    for _ in range(_N_MOMENTS):
        for has_earlier in (False, True):
            shutil.rmtree(target.parent, ignore_errors=True)
            shutil.rmtree(state_folder(str(target)), ignore_errors=True)
            if has_earlier:
                shutil.copytree(undisturbed.parent, target.parent)
            n_killed += kill_after(draw.uniform(0.0, whole), lambda: job(str(target)))
            assert contents(target) == (contents(undisturbed) if has_earlier else {}) or (
                contents(target) == contents(undisturbed)
            )
            job(str(target))
            assert contents(target.parent) == wanted
    assert n_killed > 0


@pytest.mark.slow
def test_predict(folder: Path) -> None:
    data, model = str(folder / "data"), str(folder / "model")
    check(lambda out: predict(model, data, out), "predict", folder)


@pytest.mark.slow
def test_forecast(folder: Path) -> None:
    data = str(folder / "data")
    check(lambda out: forecast(data, out, 2, settings=TINY), "forecast", folder)


@pytest.mark.slow
def test_fit(folder: Path) -> None:
    check(lambda out: fit(str(folder / "data"), out, 2, settings=TINY), "fit", folder)


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
