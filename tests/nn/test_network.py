"""The network that all series share."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from esrnn.config import NetworkConfig
from esrnn.nn import DilatedNetwork

CONFIG = NetworkConfig(
    input_window=6, horizon=4, dilations=((1, 2), (4,)), hidden_size=5,
    quantile_levels=(0.1, 0.3, 0.5, 0.7, 0.9),
)  # fmt: skip


def inputs(n_windows=9, n_series=3):
    g = torch.Generator().manual_seed(0)
    return torch.randn(n_windows, n_series, CONFIG.input_window, generator=g)


def test_one_forecast_for_each_level_origin_and_step():
    outputs = DilatedNetwork(CONFIG)(inputs())
    assert [out.shape for out in outputs] == [(9, 3, 4)] * 5


def test_it_is_the_head_on_top_of_the_stack():
    network, x = DilatedNetwork(CONFIG), inputs()
    for ours, expected in zip(network(x), network.head(network.stack(x)), strict=True):
        assert torch.equal(ours, expected)


def test_scored_picks_each_series_own_origins():
    network, x = DilatedNetwork(CONFIG), inputs()
    scored = torch.tensor([[8, 0, 4], [2, 1, 4]])
    for every, picked in zip(network(x), network(x, scored), strict=True):
        assert picked.shape == (2, 3, 4)
        for k in range(2):
            assert_close(picked[k], every[scored[k], torch.arange(3)], rtol=1e-5, atol=1e-6)


def test_what_stands_behind_a_scored_origin_does_not_matter():
    network, x, scored = DilatedNetwork(CONFIG), inputs(), torch.tensor([[8, 0, 4]])
    padded = x.clone()
    padded[5:, 2] = 1e3
    for one, two in zip(network(x, scored), network(padded, scored), strict=True):
        assert torch.equal(one, two)


def test_cell_dropout_and_sizes_come_from_the_settings():
    config = NetworkConfig(6, 4, ((1,), (2,)), hidden_size=7, cell="gru", dropout=0.3)
    network = DilatedNetwork(config)
    assert isinstance(network.stack.blocks[0][0].cell.rnn, torch.nn.GRU)
    assert network.stack.dropout == 0.3
    assert network.stack.blocks[1][0].cell.rnn.hidden_size == 7
    assert [out.shape for out in network(inputs())] == [(9, 3, 4)] * 3


def test_an_unknown_cell_is_refused_by_name():
    with pytest.raises(ValueError, match=r"cell.*'perceptron'"):
        DilatedNetwork(NetworkConfig(6, 4, cell="perceptron"))
