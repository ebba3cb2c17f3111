"""The study of long memory: its tasks are what they claim to be, and scores mean what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from competitions.studies import long_memory
from competitions.studies.lines import read_lines, run_jobs
from competitions.studies.long_memory import CELLS, LOG, hourly_scores, load_hours, memory_jobs
from competitions.studies.long_memory_tables import memory_report, write_memory


def test_the_adding_task() -> None:
    x, asked = long_memory._adding(50, torch.Generator().manual_seed(0), 4_000)
    assert x.shape == (50, 4_000, 2)
    marks = x[:, :, 1]
    assert (marks[:25].sum(0) == 1).all()
    assert (marks[25:].sum(0) == 1).all()
    torch.testing.assert_close((x[:, :, 0] * marks).sum(0), asked)
    assert float(asked.var()) == pytest.approx(1.0 / 6.0, rel=0.1)  # what scores are relative to


def test_the_copy_task() -> None:
    x, asked = long_memory._copy(30, torch.Generator().manual_seed(0), 5)
    assert x.shape == (50, 5, 10)
    assert (x.sum(2) == 1).all()
    assert (x[:10].argmax(2) == asked).all()
    assert (x[10:40].argmax(2) == 8).all()
    assert (x[40].argmax(1) == 9).all()


def test_hours_that_are_learnt_from_end_before_those_that_are_scored() -> None:
    blocks = load_hours(None)
    assert [block.shape for block in blocks] == [(748, 169), (1008, 245)]
    marked = [np.zeros_like(block) for block in blocks]
    for block in marked:
        block[-48 - 168 :] = np.nan
    for seed in range(20):
        drawn, asked = long_memory._hours(marked, torch.Generator().manual_seed(seed), 64)
        assert drawn.isfinite().all()
        assert asked.isfinite().all()
    drawn, asked = long_memory._hours(blocks, torch.Generator().manual_seed(0), 3)
    torch.testing.assert_close(drawn[169:, :, 0], asked[:-1])  # the next hour, from a week on


def test_scores_are_relative_to_a_week_ago() -> None:
    rng = np.random.default_rng(0)
    blocks = [rng.normal(size=(748, 3)), rng.normal(size=(1008, 2))]
    last_week = lambda block, n_last: block[-n_last - 168 : -168]  # noqa: E731
    assert hourly_scores(blocks, last_week) == {"backtest": 1.0, "test": 1.0}
    seen: list[np.ndarray] = []

    def perfect(block: np.ndarray, n_last: int) -> np.ndarray:
        seen.append(block)
        return block[-n_last:]

    assert hourly_scores(blocks, perfect) == {"backtest": 0.0, "test": 0.0}
    assert [len(block) for block in seen] == [700, 960, 748, 1008]


@pytest.mark.parametrize("name", CELLS)
def test_every_cell_does_every_kind_of_job(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_memory, "_SECONDS", 0.01)
    monkeypatch.setattr(long_memory, "_N_SCORED", 8)
    names = (f"adding 100, {name}", f"copy 50, {name}")
    jobs = [job for job in memory_jobs(None) if job.name in names]
    lines = run_jobs(jobs, tmp_path / "log.jsonl", print)
    assert [line["n_steps"] >= 1 for line in lines] == [True, True]
    assert f"| {name} |" in write_memory(lines, tmp_path / "log.jsonl")


def test_a_forget_bias_is_set_for_the_length() -> None:
    stack = CELLS["lstm, forget bias"].stack(1, 1_000, torch.Generator().manual_seed(0))
    (bias,) = (p for name, p in stack.named_parameters() if name.endswith("bias_ih_l0"))
    entering, kept = bias.detach()[:32], bias.detach()[32:64]
    torch.testing.assert_close(entering, -kept)  # torch's order: input, forget, cell, output
    assert float(kept.max()) <= np.log(1_000)
    assert float(kept.min()) >= 0.0


def test_the_committed_log_is_laid_out() -> None:
    assert LOG.with_suffix(".md").read_text("utf-8") == memory_report(read_lines(LOG))
