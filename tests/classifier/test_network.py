"""The network reads a history to its own last step, whatever else is in the batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from esrnn import SeriesClassifier
from esrnn.classifier.encoding import HistoryEncoder
from esrnn.classifier.network import log_probabilities, make_network
from esrnn.config import CELL_OPTIONS
from tests.classifier.panels import growing


@pytest.mark.parametrize("cell", CELL_OPTIONS)
def test_a_series_is_classified_as_if_it_were_alone(cell: str) -> None:
    config = SeriesClassifier(cell=cell, hidden_size=4, dilations=[[1, 2], [4]]).config()
    _, data = HistoryEncoder.fit(growing(9)[0], (), "series", None)
    network = make_network(config, (data.steps.shape[1], data.facts.shape[1], 3))
    network.draw(torch.Generator().manual_seed(0), np.log([0.5, 0.3, 0.2]))
    with torch.no_grad():
        network.out.weight.copy_(torch.linspace(-1.0, 1.0, 12).reshape(3, 4))
        for k in range(9):
            x = torch.from_numpy(data.steps[data.indptr[k] : data.indptr[k + 1], None])
            hidden = network.stack.by_layers(x)[-1, 0]
            joined = torch.cat([hidden, torch.from_numpy(data.facts[k])])
            expected = network.out(network.join(joined).tanh()).log_softmax(0)
            np.testing.assert_allclose(log_probabilities(network, data)[k], expected, atol=2e-6)


def test_a_new_network_knows_the_shares() -> None:
    config = SeriesClassifier(hidden_size=4).config()
    _, data = HistoryEncoder.fit(growing(5)[0], (), "series", None)
    network = make_network(config, (data.steps.shape[1], data.facts.shape[1], 2))
    network.draw(torch.Generator().manual_seed(0), np.log([0.9, 0.1]))
    np.testing.assert_allclose(np.exp(log_probabilities(network, data))[:, 1], 0.1, rtol=1e-5)
