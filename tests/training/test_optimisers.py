"""The optimisers of the network and of per-series parameters, and the schedules."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from esrnn.training.optimisers import (
    FlatAdam,
    NetworkAdam,
    SeriesAdam,
    learning_rate_factor,
    make_adam,
)

N, P, RATE = 6, 4, 0.01
ALL = np.arange(N)


def table(seed=0):
    return torch.randn(
        N, P, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)
    )  # fmt: skip


def gradient(step):
    return table(100 + step) * 10.0 ** torch.arange(-3.0, 1.0, dtype=torch.float64)


class TestNetworkAdam:
    def test_the_same_bits_as_torchs_adam(self):
        ours, theirs = ([torch.nn.Parameter(table(k)) for k in range(3)] for _ in range(2))
        adam, reference = NetworkAdam(ours), torch.optim.Adam(theirs, fused=True)
        for step in range(6):
            for k, (one, other) in enumerate(zip(ours, theirs, strict=True)):
                grows = k < 2 or step % 2  # the last one is not always used
                one.grad, other.grad = (gradient(step + k) if grows else None for _ in range(2))
            reference.param_groups[0]["lr"] = RATE * (step + 1)
            reference.step()
            adam.step(RATE * (step + 1))
        for one, other in zip(ours, theirs, strict=True):
            assert torch.equal(one, other)

    def test_gradients_are_cleared(self):
        parameter = torch.nn.Parameter(table())
        parameter.grad = gradient(0)
        NetworkAdam([parameter]).clear_gradients()
        assert parameter.grad is None


class TestFlatAdam:
    @staticmethod
    def parameters():
        shapes = [(3, 4), (7,), (2, 5)]
        g = torch.Generator().manual_seed(0)
        return [torch.nn.Parameter(torch.randn(shape, generator=g)) for shape in shapes]

    def test_it_moves_as_torchs_adam_with_clipped_gradients(self):
        ours, theirs = self.parameters(), self.parameters()
        adam, reference = FlatAdam(ours), torch.optim.Adam(theirs)
        for step in range(8):
            for k, (one, other) in enumerate(zip(ours, theirs, strict=True)):
                own = torch.randn(one.shape, generator=torch.Generator().manual_seed(9 * step + k))
                one.grad, other.grad = own * (1 + step), own.clone() * (1 + step)
            norm = torch.nn.utils.clip_grad_norm_(theirs, 12.0)
            gradients = [p.grad.numpy() for p in ours] if step % 2 else None
            assert_close(adam.clip(12.0, gradients), norm.item(), rtol=1e-6, atol=0)
            reference.param_groups[0]["lr"] = RATE * (step + 1)
            reference.step()
            adam.step(RATE * (step + 1))
        for one, other in zip(ours, theirs, strict=True):
            assert_close(one, other, rtol=1e-5, atol=1e-6)

    def test_gradients_are_cleared_and_none_counts_as_zeros(self):
        ours = self.parameters()
        before = [p.detach().clone() for p in ours]
        ours[0].grad = torch.ones(3, 4)
        adam = FlatAdam(ours)
        assert adam.clip(100.0) == pytest.approx(12**0.5)
        adam.step(RATE)
        assert_close(ours[0].detach(), before[0] - RATE)
        assert torch.equal(ours[1], before[1])
        adam.clear_gradients()
        assert all(p.grad is None for p in ours)

    def test_a_norm_that_is_not_finite_is_said(self):
        ours = self.parameters()
        ours[1].grad = torch.full((7,), torch.nan)
        assert np.isnan(FlatAdam(ours).clip(1.0))

    def test_it_is_chosen_for_float32_on_the_cpu(self):
        assert isinstance(make_adam(self.parameters()), FlatAdam)
        doubles = [torch.nn.Parameter(p.detach().double()) for p in self.parameters()]
        assert isinstance(make_adam(doubles), NetworkAdam)


class TestSeriesAdam:
    def test_rows_visited_at_every_step_move_as_by_torchs_adam(self):
        rows, theirs = table(), table().requires_grad_()
        ours = SeriesAdam(rows)
        adam = torch.optim.Adam([theirs], lr=RATE, betas=(0.9, 0.999), eps=1e-6)
        for step in range(20):
            ours.step(ALL, gradient(step), RATE)
            theirs.grad = gradient(step)
            adam.step()
        assert_close(rows, theirs.detach(), rtol=1e-10, atol=1e-12)

    def test_the_learning_rate_is_the_steps(self):
        rows, theirs = table(), table().requires_grad_()
        ours, adam = SeriesAdam(rows), torch.optim.Adam([theirs], eps=1e-6)
        for step in range(5):
            adam.param_groups[0]["lr"] = RATE * step
            ours.step(ALL, gradient(step), RATE * step)
            theirs.grad = gradient(step)
            adam.step()
        assert_close(rows, theirs.detach(), rtol=1e-10, atol=1e-12)

    def test_a_row_not_visited_does_not_move(self):
        rows, before = table(), table()
        adam = SeriesAdam(rows)
        adam.step(ALL, gradient(0), RATE)  # everybody has momentum now
        still = rows[3].clone()
        for step in range(5):
            adam.step(np.array([0, 5]), gradient(step)[:2], RATE)
        assert torch.equal(rows[3], still)
        assert not torch.equal(rows[0], before[0])

    def test_rows_visited_now_and_then_move_as_if_alone(self):
        """Its own moments and its own count of visits: others' steps are not its steps."""
        together, alone = table(), table()[2:3].clone()
        many, one = SeriesAdam(together), SeriesAdam(alone)
        for step in range(9):
            others = np.array([0, 1]) if step % 3 else np.array([4, 2, 0])
            gradients = gradient(step)[: others.size]
            many.step(others, gradients, RATE)
            if 2 in others:
                one.step(np.array([0]), gradients[1:2], RATE)
        assert_close(together[2:3], alone, rtol=1e-12, atol=0.0)

    @pytest.mark.parametrize("batch_size", [1, 2, 3, 6])
    def test_one_epoch_moves_rows_alike_whatever_the_batch_size(self, batch_size):
        expected, rows = table(), table()
        whole, parts = SeriesAdam(expected), SeriesAdam(rows)
        for epoch in range(3):
            whole.step(ALL, gradient(epoch), RATE)
            for batch in np.split(ALL, range(batch_size, N, batch_size)):
                parts.step(batch, gradient(epoch)[batch], RATE)
        assert torch.equal(rows, expected)

    def test_the_first_visit_moves_by_the_learning_rate_whatever_the_gradients_size(self):
        rows = table()
        SeriesAdam(rows).step(ALL, gradient(0), RATE)
        sign = gradient(0).sign()
        assert_close(table() - rows, RATE * sign, rtol=0.01, atol=0.0)

    def test_parameters_without_a_gradient_stay(self):
        rows = table()
        adam = SeriesAdam(rows)
        for _ in range(3):
            adam.step(ALL, torch.zeros(N, P, dtype=torch.float64), RATE)
        assert torch.equal(rows, table())

    def test_gradients_are_left_as_they_are(self):
        given = gradient(0)
        SeriesAdam(table()).step(ALL, given, RATE)
        assert torch.equal(given, gradient(0))


def test_schedules():
    shares = np.linspace(0.0, 1.0, 11)
    assert [learning_rate_factor("constant", s) for s in shares] == [1.0] * 11
    cosine = np.array([learning_rate_factor("cosine", s) for s in shares])
    assert cosine[0] == 1.0
    assert cosine[5] == pytest.approx(0.505)
    assert cosine[-1] == pytest.approx(0.01)
    assert (np.diff(cosine) < 0.0).all()
