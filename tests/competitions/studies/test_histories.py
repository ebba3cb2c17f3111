"""The study of histories: what is held out, what is measured, what its log says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from competitions.studies import histories
from competitions.studies.histories import (
    METHODS,
    NETWORKS,
    SIZES,
    history_jobs,
    measures,
    split_units,
    summaries,
)
from competitions.studies.histories_tables import histories_report, write_histories
from competitions.studies.lines import Job, read_lines, run_jobs
from esrnn.panel import Panel

N = 7_000


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> Panel:
    """Replace M4: all series rise but some, in the last years and in the next one."""
    rng = np.random.default_rng(0)
    series = [np.exp(rng.normal(size=13 + k % 4)).cumsum() for k in range(N)]
    for k, own in enumerate(series):
        own[-2] = own[-3] * (0.5 if k % 5 == 0 else 2.0)
        own[-1] = own[-2] * (0.5 if k % 3 == 0 else 2.0)
    panel = Panel.from_arrays(series, [f"Y{k}" for k in range(N)])
    domains = np.array([histories._DOMAINS[k % 6] for k in range(N)], dtype=object)
    following = panel.values[panel.indptr[1:] - 1] * np.where(np.arange(N) % 2 == 0, 0.5, 2.0)
    monkeypatch.setattr(histories, "_load", lambda data_dir: (panel, following, domains))
    return panel


@pytest.mark.parametrize("question", ["falls", "domain"])
def test_no_unit_is_in_two_parts(question: str, made_up: Panel) -> None:
    split = split_units(question, 500, 0, None)
    ids = [set(part.histories.ids) for part in (split.train, split.backtest, split.test)]
    assert [len(own) for own in ids] == [500, 3_000, 3_000]
    assert len(set.union(*ids)) == 6_500
    other = split_units(question, 500, 1, None)
    assert set(other.test.histories.ids) != ids[2]


def test_histories_end_before_the_year_that_is_asked_for(made_up: Panel) -> None:
    split = split_units("falls", 500, 0, None)
    for part, cut, every in ((split.train, 2, 5), (split.backtest, 1, 3), (split.test, 0, 2)):
        for k, name in enumerate(part.histories.ids):
            whole = made_up.series(int(str(name)[1:]))
            np.testing.assert_array_equal(part.histories.series(k), whole[: whole.size - cut])
        fell = np.array([int(str(name)[1:]) % every == 0 for name in part.histories.ids])
        assert (part.y == np.where(fell, "falls", "rises")).all()


def test_measures_of_probabilities() -> None:
    y = np.array(["a", "b", "b", "a"])
    sure = measures(y, np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]]))
    assert (sure["accuracy"], sure["brier"], sure["ece"], sure["auc"]) == (1.0, 0.0, 0.0, 1.0)
    even = measures(y, np.full((4, 2), 0.5))
    assert even["log_loss"] == pytest.approx(np.log(2.0), abs=1e-5)
    assert (even["brier"], even["auc"]) == (0.5, 0.5)
    rng = np.random.default_rng(0)
    p = rng.uniform(size=20_000)
    happened = np.where(rng.uniform(size=p.size) < p, "b", "a")
    assert measures(happened, np.column_stack([1.0 - p, p]))["ece"] < 0.02
    far = 0.5 + 0.5 * p  # says too much
    assert measures(happened, np.column_stack([1.0 - far, far]))["ece"] > 0.2


def test_summaries_of_a_history() -> None:
    panel = Panel.from_arrays([np.exp([0.0, 1.0, 3.0, 2.0, 1.0]), [1.0, 2.0, 2.0, 2.0]])
    found = summaries(panel)
    assert found.shape == (2, 20)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[0, :6], [5.0, 1.0, 1.4, np.std([0, 1, 3, 2, 1]), -2.0, 1.0])
    np.testing.assert_allclose(found[0, 6:10], [2.0, -1.0, -1.0, 0.25])
    assert found[0, 17] == -2.0  # two falls at the end


def test_all_methods_are_scored_on_both_parts(
    made_up: Panel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tiny = {"n_epochs": 1, "hidden_size": 2}
    network = histories._network
    monkeypatch.setattr(
        histories, "_network", lambda units, seed, _=None: network(units, seed, tiny)
    )
    jobs = [job for job in history_jobs(None) if job.name == "falls, 200, 0"]
    log = tmp_path / "log.jsonl"
    lines = run_jobs(jobs, log, print)
    assert {(line["method"], line["part"]) for line in lines} == {
        (name, part) for name in (*METHODS, "boosting and LSTM") for part in ("backtest", "test")
    }
    text = write_histories(lines, log)
    assert "Trained on 200 series" in text
    assert log.with_suffix(".svg").exists()
    assert log.with_suffix(".md").read_text("utf-8") == text


def test_jobs_have_names_of_their_own() -> None:
    names = [job.name for job in history_jobs(None)]
    assert len(names) == len(set(names)) == 2 * len(NETWORKS) + 2 * 3 * len(SIZES)


def test_a_log_is_gone_on_with(tmp_path: Path) -> None:
    log, done = tmp_path / "log.jsonl", []

    def job(name: str) -> Job:
        return Job(name, lambda: done.append(name) or [{"x": 1}, {"x": 2}])

    assert len(run_jobs([job("a"), job("b")], log, print, most=1)) == 2
    assert [line["job"] for line in run_jobs([job("a"), job("b")], log, print)] == [*"aabb"]
    assert done == ["a", "b"]
    assert read_lines(log)[0] | {"commit": ""} == {"job": "a", "x": 1, "commit": ""}


def test_the_committed_log_is_laid_out() -> None:
    lines = read_lines(histories.LOG)
    assert {line["part"] for line in lines} == {"backtest", "test"}
    assert histories.LOG.with_suffix(".md").read_text("utf-8") == histories_report(lines)
