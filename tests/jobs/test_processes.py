"""Processes that die, fail, or are still at work when nobody wants their answer any more."""

from __future__ import annotations

import multiprocessing
import multiprocessing.process
import os
import time
from pathlib import Path

import pytest

from esrnn.errors import InputError, Offenders
from esrnn.jobs.processes import NAME, WorkersDied, process_executor
from tests.jobs.dying import double_at_second_try, fail, kill_me, sleep_long

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
_LONG = 60.0  # seconds, for what should come at once


def children() -> list[multiprocessing.process.BaseProcess]:
    """Return what is alive of these processes; others may be there, of Dask."""
    return [child for child in multiprocessing.active_children() if child.name == NAME]


def refuse(name: str) -> None:
    raise InputError.of_series("too short", Offenders([name]), "Give more.")


def test_tasks_are_done_by_other_processes() -> None:
    with process_executor(2) as executor:
        pids = {executor.submit(os.getpid).result(_LONG) for _ in range(4)}
        assert executor.submit(int, "11", base=2).result(_LONG) == 3
    assert os.getpid() not in pids
    assert not children()


def test_a_task_whose_process_dies_in_the_middle_of_an_answer_is_done_again(
    tmp_path: Path,
) -> None:
    with process_executor(2) as executor:
        futures = [executor.submit(double_at_second_try, tmp_path / str(k), k) for k in range(3)]
        assert [future.result(_LONG) for future in futures] == [0, 2, 4]


def test_a_task_that_kills_every_process_fails_and_others_are_done() -> None:
    with process_executor(1) as executor:
        killing, other = executor.submit(kill_me), executor.submit(int, "7")
        with pytest.raises(WorkersDied):
            killing.result(_LONG)
        assert other.result(_LONG) == 7


def test_errors_come_back() -> None:
    with process_executor(1) as executor:
        with pytest.raises(InputError, match="too short") as caught:
            executor.submit(refuse, "shop1").result(_LONG)
        assert caught.value.series == ("shop1",)
        assert not hasattr(caught.value, "__notes__")
        with pytest.raises(ZeroDivisionError, match="halves") as unexpected:
            executor.submit(fail, "halves").result(_LONG)
        assert "in fail" in unexpected.value.__notes__[0]


def test_what_is_at_work_at_the_end_is_not_waited_for() -> None:
    with process_executor(1) as executor:
        running, waiting = executor.submit(sleep_long), executor.submit(int, "7")
        for _ in range(int(_LONG / 0.01)):
            if running.running():
                break
            time.sleep(0.01)
    with pytest.raises(WorkersDied):
        running.result(_LONG)
    assert waiting.cancelled()
    assert not children()
