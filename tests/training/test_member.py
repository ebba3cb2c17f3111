"""The model that a trained network forecasts with."""

import pickle

import torch
from numpy.testing import assert_array_equal

from esrnn.training import member_quantiles
from tests.training.members import config, example, prepared, train


def test_a_model_to_forecast_with_is_built_once_and_stays_here():
    network = train(example(), config(dropout=0.3)).network
    model = network.forecasting(network.config.network.horizon, "cpu")
    assert not model.training
    assert network.forecasting(network.config.network.horizon, "cpu") is model
    saved = pickle.dumps(network)
    assert len(saved) < len(pickle.dumps(model)) + len(pickle.dumps(network.weights))
    copy = pickle.loads(saved)
    assert copy.forecasting(2, "cpu") is not network.forecasting(2, "cpu")
    assert_array_equal(copy.weights["head.linears.0.bias"], network.weights["head.linears.0.bias"])


def test_a_training_that_goes_on_has_a_model_of_its_own():
    network = train(example(), config()).network
    model = network.forecasting(network.config.network.horizon, "cpu")
    with torch.no_grad():
        for weight in network.model().parameters():
            weight.zero_()
    assert any(weight.any() for weight in model.parameters())


def test_fewer_steps_are_the_first_ones_bit_for_bit():
    panel = example()
    member = train(panel, config())
    whole = member_quantiles(member, prepared(panel, member))
    assert_array_equal(member_quantiles(member, prepared(panel, member), horizon=2), whole[..., :2])
