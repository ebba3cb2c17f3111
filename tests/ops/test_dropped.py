"""Dropped units: how many, and what they depend on."""

from __future__ import annotations

import torch
from torch.testing import assert_close

from esrnn.ops.dropped import drop

SEEDS, STEP = torch.tensor([3, 4]), torch.tensor([7])


def test_about_a_share_is_dropped_and_the_rest_enlarged():
    x = torch.ones(2, 50, 20, 30)
    out = drop(x, SEEDS, STEP, 0, 0.2)
    assert set(out.unique().tolist()) == {0.0, 1.25}
    assert abs(float((out == 0.0).float().mean()) - 0.2) < 0.005
    # Neighbours in every direction have lots of their own.
    kept = (out > 0.0).float() - 0.8
    for dim in range(4):
        n = kept.shape[dim] - 1
        pairs = kept.narrow(dim, 0, n) * kept.narrow(dim, 1, n)
        assert abs(float(pairs.mean())) < 0.005


def test_lots_are_those_of_member_step_block_and_place():
    x = torch.ones(2, 9, 3, 5)
    out = drop(x, SEEDS, STEP, 0, 0.5)
    assert_close(drop(x[1:], SEEDS[1:], STEP, 0, 0.5)[0], out[1])
    assert_close(drop(x[:, :4], SEEDS, STEP, 0, 0.5), out[:, :4])
    for other in (
        drop(x, SEEDS, STEP + 1, 0, 0.5),
        drop(x, SEEDS, STEP, 1, 0.5),
        drop(x, SEEDS + 9, STEP, 0, 0.5),
    ):
        assert 0.3 < float((other == out).float().mean()) < 0.7


def test_gradients_come_back_from_what_is_kept():
    x = torch.ones(2, 9, 3, 5, requires_grad=True)
    out = drop(x, SEEDS, STEP, 0, 0.5)
    out.backward(torch.ones_like(out))
    assert_close(x.grad, out.detach())
