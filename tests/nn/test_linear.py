"""Linear maps in and outside training."""

import pytest
import torch
from torch import nn

from esrnn.nn.linear import Linear


@pytest.mark.parametrize("n_outputs", [1, 2, 7, 24])
@pytest.mark.parametrize("bias", [True, False])
def test_a_row_has_the_same_bits_in_every_batch(n_outputs: int, bias: bool) -> None:
    torch.manual_seed(0)
    layer, x = Linear(40, n_outputs, bias=bias), torch.randn(300, 40)
    with torch.no_grad():
        whole = layer(x).float()
        for size in (1, 2, 3, 8, 31, 100):
            assert torch.equal(layer(x[5 : 5 + size]).float(), whole[5 : 5 + size])


def test_in_training_it_is_torchs_own() -> None:
    layer, x = Linear(5, 3), torch.randn(4, 5)
    out = layer(x)
    assert out.dtype == torch.float32
    assert torch.equal(out, nn.functional.linear(x, layer.weight, layer.bias))
    out.sum().backward()
    assert layer.weight.grad is not None
