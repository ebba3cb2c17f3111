"""Training is the same whatever the caller has set in torch, and leaves it as it was."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import torch
from numpy.testing import assert_array_equal

from esrnn.training import member_fitted_values
from tests.covered import random_covariates, with_features
from tests.hybrids import random_panel
from tests.training.members import assert_same, config, forecast, prepared, train


@contextmanager
def set_for_a_while(setter, value, usual):
    setter(value)
    try:
        yield
    finally:
        setter(usual)


SETTINGS = {
    "default dtype": lambda: set_for_a_while(torch.set_default_dtype, torch.float64, torch.float32),
    "gradients off": torch.no_grad,
    "inference mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "default device": lambda: set_for_a_while(torch.set_default_device, "meta", None),
    "device of a block": lambda: torch.device("meta"),
    "a device that is not there": lambda: set_for_a_while(torch.set_default_device, "hpu", None),
    "deterministic algorithms": lambda: set_for_a_while(
        torch.use_deterministic_algorithms, True, False
    ),
    "anomaly mode": lambda: set_for_a_while(torch.autograd.set_detect_anomaly, True, False),
    "another generator": lambda: torch.random.fork_rng(devices=[]),
}


def found_settings():
    return (
        torch.get_default_dtype(), torch.is_grad_enabled(), torch.is_inference_mode_enabled(),
        torch.is_autocast_enabled("cpu"), torch.are_deterministic_algorithms_enabled(),
        torch.is_anomaly_enabled(), torch.get_rng_state().tolist(), torch.get_num_threads(),
        [str(mode.device) for mode in torch.overrides._get_current_function_mode_stack()],
    )  # fmt: skip


@pytest.fixture(scope="module")
def job():
    """Return a panel and what a member of it is trained from, with covariates and dropout."""
    panel = random_panel(0, [30, 41, 22, 1])
    settings = config(dropout=0.3, calibration=0.5, level_penalty=1.0, loss="log_pinball")
    covariates = random_covariates(0, panel.lengths, settings.network.horizon)
    return panel, with_features(settings, covariates), covariates


@pytest.fixture(scope="module")
def expected(job):
    panel, settings, covariates = job
    return train(panel, settings, seed=5, covariates=covariates)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_member_is_trained_as_ever_and_settings_are_left_as_found(name, job, expected):
    panel, settings, covariates = job
    with SETTINGS[name]():
        before = found_settings()
        member = train(panel, settings, seed=5, covariates=covariates)
        assert found_settings() == before
    assert_same(member, expected)
    assert_array_equal(member.holdout.scores, expected.holdout.scores)


@pytest.mark.parametrize("name", SETTINGS)
def test_forecasts_and_fitted_values_are_as_ever(name):
    panel = random_panel(1, [30, 22])
    member = train(panel, config())
    data = prepared(panel, member)
    expected = forecast(panel, member), member_fitted_values(member, data)
    with SETTINGS[name]():
        before = found_settings()
        found = forecast(panel, member), member_fitted_values(member, data)
        assert found_settings() == before
    for one, other in zip(found, expected, strict=True):
        assert_array_equal(one, other)
