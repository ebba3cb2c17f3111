"""Cutting series into overlapping windows, and the gradient of that."""

from __future__ import annotations

import pytest
import torch
from torch.autograd import gradcheck
from torch.testing import assert_close

from esrnn.ops.unfold import unfold


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("n", "size"), [(1, 1), (5, 1), (5, 5), (20, 6)])
def test_windows_and_gradient_equal_torchs(dtype, n, size):
    generator = torch.Generator().manual_seed(0)
    padded = torch.randn(3, n, generator=generator).to(dtype).requires_grad_()
    windows = unfold(padded, size)
    expected = padded.unfold(1, size, 1).transpose(0, 1)
    assert windows.is_contiguous()
    assert torch.equal(windows, expected)
    weights = torch.randn(windows.shape, generator=generator).to(dtype)
    (ours,) = torch.autograd.grad((windows * weights).sum(), padded)
    (theirs,) = torch.autograd.grad((expected * weights).sum(), padded)
    assert ours.dtype == dtype
    assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_gradient_that_is_not_contiguous():
    padded = torch.randn(3, 9, generator=torch.Generator().manual_seed(0), requires_grad=True)
    unfold(padded, 4).sum().backward()  # an expanded gradient
    counts = torch.tensor([1.0, 2, 3, 4, 4, 4, 3, 2, 1])
    assert torch.equal(padded.grad, counts.expand(3, -1))


def test_gradcheck_in_double():
    padded = torch.arange(14.0, dtype=torch.float64).view(2, 7).sin().requires_grad_()
    assert gradcheck(lambda x: unfold(x, 3), padded)


def test_masks():
    observed = torch.tensor([[True, False, True, True]])
    assert unfold(observed, 2)[:, 0].tolist() == [[True, False], [False, True], [True, True]]
