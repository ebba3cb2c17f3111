"""The study of distillation: what is trained on what, and what its log says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from competitions.backtest.held_out import HeldOut
from competitions.studies import distillation
from competitions.studies.distillation import KINDS, PARTS, STUDENTS, distillation_jobs
from competitions.studies.distillation_tables import distillation_report, write_distillation
from competitions.studies.lines import read_lines, run_jobs
from competitions.studies.samples import Sample
from esrnn.config import preset_config
from tests.hybrids import random_panel


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace M4 by a few series, and trainings by short ones."""
    panel = random_panel(0, [20, 25, 30, 22, 28, 35])
    actual = np.array([panel.series(k)[-1] * np.linspace(1.0, 1.2, 6) for k in range(6)])
    held = HeldOut(panel, actual, 1)
    monkeypatch.setattr(Sample, "held", lambda self, fold, data_dir: held)
    monkeypatch.setattr(distillation, "SEEDS", (0,))
    monkeypatch.setattr(
        distillation,
        "preset_config",
        lambda *known, **own: preset_config(*known, **{"n_members": 2, "n_epochs": 1, **own}),
    )
    monkeypatch.setattr(distillation, "for_panel_size", lambda config, preset, n: config)


@pytest.mark.usefixtures("tiny")
def test_all_parts_are_run_and_laid_out(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    jobs = [job for job in distillation_jobs(None) if "m4-yearly" in job.name]
    lines = run_jobs(jobs, log, print)
    found = {(line["question"], line["part"], line["method"]) for line in lines}
    taught = [f"{way}, {name}" for name in STUDENTS for way in ("distilled", "alone")]
    kinds = [*KINDS, f"{KINDS[0]} to {KINDS[1]}", f"{KINDS[1]} to {KINDS[0]}"]
    expected = {"ensemble": ["ensemble", *taught], "kinds": kinds}
    assert found == {
        (question, part, name)
        for question, names in expected.items()
        for part in PARTS.values()
        for name in names
    }
    assert all(np.isfinite(line["owa"]) and line["forecast_cpu_s"] > 0.0 for line in lines)
    size = {line["method"]: line["n_weights"] for line in lines if line["question"] == "ensemble"}
    assert size["distilled, half as wide"] < size["distilled, as wide"] < size["ensemble"]
    text = write_distillation(lines, log)
    assert log.with_suffix(".md").read_text("utf-8") == text
    assert text.count("| ensemble |") == 1


def test_jobs_have_names_of_their_own() -> None:
    names = [job.name for job in distillation_jobs(None)]
    assert len(names) == len(set(names))


def test_the_committed_log_is_laid_out() -> None:
    lines = read_lines(distillation.LOG)
    assert {line["part"] for line in lines} == {"backtest", "test"}
    assert distillation.LOG.with_suffix(".md").read_text("utf-8") == distillation_report(lines)
