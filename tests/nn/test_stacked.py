"""Networks side by side beside each by itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from esrnn.config import CELL_OPTIONS, NetworkConfig
from esrnn.nn import DilatedNetwork
from esrnn.nn.stacked import StackedNetworks, can_stack

CONFIG = NetworkConfig(6, 4, ((1, 3), (2,)), hidden_size=5)


def networks(config: NetworkConfig, n: int) -> list[DilatedNetwork]:
    out = []
    for seed in range(n):
        network = DilatedNetwork(config)
        network.draw(torch.Generator().manual_seed(seed))
        out.append(network.double())
    return out


@pytest.mark.parametrize("n_windows", [1, 2, 7])
@pytest.mark.parametrize("levels", [(0.5,), (0.1, 0.3, 0.5, 0.7, 0.9)])
def test_each_is_as_by_itself(n_windows, levels):
    """Outputs and all gradients, in float64; a window may be shorter than a dilation."""
    config = NetworkConfig(6, 4, CONFIG.dilations, hidden_size=5, quantile_levels=levels)
    alone, stacked = networks(config, 3), StackedNetworks(config)
    weights = stacked.flat([network.state_dict() for network in alone]).requires_grad_()
    generator = torch.Generator().manual_seed(9)
    x = torch.randn(3, n_windows, 4, 6, dtype=torch.float64, generator=generator)
    x.requires_grad_()
    scored = torch.randint(n_windows, (3, 2, 4), generator=generator)
    outputs = torch.stack(stacked(weights, x, scored))
    bar = torch.randn(outputs.shape, dtype=torch.float64, generator=generator)
    of_weights, of_x = torch.autograd.grad(outputs, (weights, x), bar)
    for m, network in enumerate(alone):
        own = x[m].detach().requires_grad_()
        expected = torch.stack(network(own, scored[m]))
        assert_close(outputs[:, m], expected)
        expected.backward(bar[:, m])
        assert_close(of_x[m], own.grad)
        gradients = stacked.unpacked(of_weights[m].numpy())
        for name, parameter in network.named_parameters():
            assert_close(torch.from_numpy(gradients[name]), parameter.grad, msg=name)


def test_weights_come_back():
    alone, stacked = networks(CONFIG, 2), StackedNetworks(CONFIG)
    rows = stacked.flat([network.state_dict() for network in alone])
    for row, network in zip(rows, alone, strict=True):
        own = stacked.unpacked(row.numpy())
        assert own.keys() == network.state_dict().keys()
        assert all(np.array_equal(own[name], w) for name, w in network.state_dict().items())


def test_dropout_needs_lots():
    config = NetworkConfig(6, 4, CONFIG.dilations, hidden_size=5, dropout=0.5)
    stacked = StackedNetworks(config)
    weights = stacked.flat([network.state_dict() for network in networks(config, 2)]).float()
    x, scored = torch.ones(2, 7, 4, 6), torch.full((2, 1, 4), 6)
    plain = stacked(weights, x, scored)[0]
    lots = torch.tensor([1, 2]), torch.tensor([0])
    assert_close(stacked(weights, x, scored)[0], plain)
    assert not torch.allclose(stacked(weights, x, scored, *lots)[0], plain)


def test_which_networks_can_stand_side_by_side():
    assert can_stack(CONFIG)
    others = [NetworkConfig(6, 4, cell=cell) for cell in CELL_OPTIONS if cell != "lstm"]
    others += [
        NetworkConfig(6, 4, n_static=1),
        NetworkConfig(6, 4, n_future=2),
        NetworkConfig(6, 4, cell_options=(("recurrent_dropout", 0.1),)),
    ]
    assert not any(map(can_stack, others))
