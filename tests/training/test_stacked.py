"""Members side by side beside each alone, on the CPU; on a GPU they are in tests/gpu."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.config import SmoothingConfig
from esrnn.ensemble import TrainingOptions, processes
from esrnn.errors import TrainingError
from esrnn.panel import Panel
from esrnn.smoothing import fit_smoothing
from esrnn.training import Start, stacked, train_member
from esrnn.training.problem import TrainingProblem
from esrnn.training.stacked import can_be_stacked, side_by_side, train_stacked
from esrnn.training.stacked_plan import plan_epoch, round_up
from tests.gpu.problems import begin, make_jobs, mixed_panel, small
from tests.training.members import Watcher


def assert_alike(one, other, tolerance=1e-4):
    for name, weight in one.network.weights.items():
        assert_allclose(weight, other.network.weights[name], atol=tolerance, err_msg=name)
    assert_allclose(one.smoothing.rows, other.smoothing.rows, atol=tolerance)
    assert_allclose(one.history.losses, other.history.losses, rtol=tolerance)
    assert_allclose(one.history.gradient_norms, other.history.gradient_norms, rtol=1e-3)
    assert_array_equal(one.holdout.series, other.holdout.series)
    assert one.network.config == other.network.config


@pytest.mark.slow
@pytest.mark.parametrize(
    "training",
    [
        {},
        {"training_window": 12, "origin_step": 3, "interval_loss": "interval_score"},
        {"training_window": 9, "origin_step": 2, "loss": "smape"},
        {"loss": "log_pinball", "interval_weight": 0.0, "n_steps": 5, "warm_up": 0.2},
        {"loss": "pinball", "training_level": 0.45, "calibration": 0.4, "gradient_clip": 0.05},
    ],
)  # fmt: skip
@pytest.mark.parametrize("periods", [(), (4, 6)])
def test_each_is_as_alone(training, periods):
    jobs = make_jobs(small(periods=periods, **training))
    for job, member in zip(jobs, train_stacked(jobs), strict=True):
        assert_alike(member, train_member(job))


def test_what_is_dropped_does_not_depend_on_the_others():
    jobs = make_jobs(small(dropout=0.3, n_epochs=2))
    together = train_stacked(jobs)
    for job, member in zip(jobs, together, strict=True):
        assert_alike(member, train_stacked([job])[0], 2e-5)
    assert together[0].history.losses != together[1].history.losses


def test_further_training_and_patience_are_as_alone():
    config = small(patience=1, n_epochs=4, learning_rate=3e-2)
    jobs = make_jobs(config)
    members = [train_member(job) for job in jobs]
    further = [
        replace(job, start=Start(member.network, member.holdout))
        for job, member in zip(jobs, members, strict=True)
    ]
    assert len(side_by_side(further)) == 1
    for own in (jobs, further):
        for job, member in zip(own, train_stacked(own), strict=True):
            alone = train_member(job)
            assert len(member.history.losses) == len(alone.history.losses)
            assert_allclose(member.history.val_owa, alone.history.val_owa, rtol=1e-4)
            assert_alike(member, alone)


def test_callbacks_see_each_epoch_of_each_and_can_stop_one():
    seen = []

    def watch(epoch):
        seen.append((epoch.member, epoch.number, epoch.snapshot()))
        return epoch.member == 1 and epoch.number == 2

    jobs = make_jobs(small(n_epochs=3))
    members = train_stacked(jobs, callbacks=[Watcher(watch)])
    assert [(m, number) for m, number, _ in seen] == [
        (0, 1), (1, 1), (2, 1), (0, 2), (1, 2), (2, 2), (0, 3), (2, 3),
    ]  # fmt: skip
    assert [len(member.history.losses) for member in members] == [3, 2, 3]
    stopped = next(snapshot for m, number, snapshot in seen if (m, number) == (1, 2))
    assert_array_equal(members[1].smoothing.rows, stopped.smoothing.rows)


def test_a_time_budget_ends_all_of_them():
    jobs = make_jobs(small(n_epochs=10_000))
    members = train_stacked(jobs, seconds=0.01)
    assert {len(member.history.losses) for member in members} == {1}


def test_a_divergence_names_the_epoch_and_the_series():
    jobs = make_jobs(small(learning_rate=1e30, gradient_clip=1e30))
    with pytest.raises(
        TrainingError, match=r"epoch 1, step \d of member 1 of \d.*series"
    ) as raised:
        train_stacked(jobs)
    with pytest.raises(TrainingError, match="epoch 1"):
        train_member(jobs[0])
    assert "series" in str(raised.value)


def test_a_member_that_diverges_stays_as_it_was():
    jobs = make_jobs(small())
    training = begin(jobs, "cpu")
    plan = training._plan()
    training._upload(plan, 1)
    training.state.step(plan.n_windows[0])
    with torch.no_grad():
        training.state.weights[1, 0] = torch.inf
    before = training.state.weights.detach().clone(), training.state.rows.clone()
    for k in (1, 2):
        training.state.step(plan.n_windows[k])
    n = training.state.n_series
    after = training.state.weights.detach(), training.state.rows
    assert_array_equal(after[0][1], before[0][1])
    assert_array_equal(after[1][n : 2 * n], before[1][n : 2 * n])
    assert after[0][[0, 2]].isfinite().all()
    assert (after[0][0] != before[0][0]).any()
    lost = [True, False, True]
    assert training.state.is_finite[:3].tolist() == [[True] * 3, lost, lost]


class TestGroups:
    def test_jobs_of_a_kind_are_together(self):
        one, two = small(), small(periods=())
        panel = mixed_panel()
        fits = [fit_smoothing(panel, config.smoothing) for config in (one, two)]
        jobs = [
            replace(job, config=(one, two)[k % 2], fit=fits[k % 2], panel=panel)
            for k, job in enumerate(make_jobs(one, panel, seeds=range(5)))
        ]
        groups = side_by_side(jobs)
        assert [[job.number for job in group] for group in groups] == [[0, 2, 4], [1, 3]]

    def test_others_are_alone(self):
        gru = replace(small(), network=replace(small().network, cell="gru"))
        for config in (gru, small(level_penalty=0.1)):
            jobs = make_jobs(config)
            assert [len(group) for group in side_by_side(jobs)] == [1, 1, 1]
            assert not can_be_stacked(jobs[0])
        assert len(side_by_side(make_jobs(small(), seeds=range(40)))) == 2

    def test_long_series_train_fewer_at_a_time(self, monkeypatch):
        """Batches of 3 series, the longest of 60 steps."""
        jobs = make_jobs(small())
        for limit, sizes in ((2**26, [3]), (400, [2, 1]), (100, [1, 1, 1])):
            monkeypatch.setattr(stacked, "_MOST_NUMBERS", limit)
            assert [len(group) for group in side_by_side(jobs)] == sizes

    def test_on_a_gpu_groups_train_together(self, monkeypatch):
        calls = []

        def stacked(jobs, device, callbacks, seconds):
            calls.append([job.number for job in jobs])
            return [f"member {job.number}" for job in jobs]

        monkeypatch.setattr(processes, "train_stacked", stacked)
        monkeypatch.setattr(processes, "train_member", lambda job, *_: f"alone {job.number}")
        jobs = make_jobs(small())
        alone = make_jobs(small(level_penalty=0.1))[0]
        options = TrainingOptions(device="cuda")
        done = list(processes.train_all([*jobs, replace(alone, number=7)], options))
        assert calls == [[0, 1, 2]]
        assert [member for _, member, _ in done] == [
            "member 0", "member 1", "member 2", "alone 7",
        ]  # fmt: skip
        list(processes.train_all(jobs, TrainingOptions(n_jobs=1, device="cpu")))
        assert len(calls) == 1  # not on a CPU


class TestPlan:
    def plan(self, **training):
        jobs = make_jobs(small(**training))
        rngs = [np.random.default_rng(job.seed) for job in jobs]
        problems = [TrainingProblem(job, rng) for job, rng in zip(jobs, rngs, strict=True)]
        layout = begin(jobs, "cpu")._model.layout
        return plan_epoch(problems, layout, rngs, 3), problems, layout

    def test_every_series_is_in_one_batch_of_each_member(self):
        plan, problems, _ = self.plan()
        for m, problem in enumerate(problems):
            drawn = [plan.drawn(k, m)[0] for k in range(plan.n_steps)]
            assert sorted(np.concatenate(drawn).tolist()) == list(range(11))
            assert all(len(set(problem.data.additive[batch])) == 1 for batch in drawn)

    def test_windows_cover_what_is_drawn(self):
        plan, problems, layout = self.plan(training_window=14, origin_step=4)
        assert set(plan.n_windows) <= {round_up(n) for n in range(1, 15)} | {14}
        for k in range(plan.n_steps):
            for m, problem in enumerate(problems):
                series, starts, phase = plan.drawn(k, m)
                ahead = problem.data.lengths[series] - starts
                needed = min(int(ahead.max()), layout.training_window)
                assert needed <= plan.n_windows[k]
                assert 0 <= phase < min(4, needed)

    def test_few_numbers_of_windows(self):
        assert len({round_up(n) for n in range(1, 1001)}) < 40
        assert all(n <= round_up(n) <= max(1.25 * n + 1, 4) for n in range(1, 1001))


def test_a_level_that_is_not_smoothed_stays_so():
    panel = Panel.from_arrays([np.exp(np.arange(20.0) % 5 / 9 + k) for k in range(4)])
    config = replace(small(periods=()), smoothing=SmoothingConfig((), scale_lag=4, level="last"))
    jobs = make_jobs(config, panel)
    for job, member in zip(jobs, train_stacked(jobs), strict=True):
        assert_array_equal(member.smoothing.rows, job.fit.rows)
