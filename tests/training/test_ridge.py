"""A linear network starts as the ridge regression of what came on the windows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from esrnn.config import ModelConfig, TrainingConfig
from esrnn.panel import Panel
from esrnn.smoothing import fit_smoothing
from esrnn.training.initial import initial_model
from esrnn.training.loop import train_member
from esrnn.training.problem import Job, TrainingProblem
from esrnn.training.ridge import _moments, start_from_ridge
from tests.hybrids import random_panel, small_config


def config_of(hidden_size: int = 6, **training: object) -> ModelConfig:
    config = small_config(training=TrainingConfig(calibration=0.0, n_epochs=1, **training))
    return replace(config, network=replace(config.network, cell="linear", hidden_size=hidden_size))


def job_of(panel: Panel, config: ModelConfig) -> Job:
    return Job(panel, fit_smoothing(panel, config.smoothing), config, seed=0)


def started(job: Job):
    rng, generator = np.random.default_rng(0), torch.Generator().manual_seed(0)
    problem, model = TrainingProblem(job, rng), initial_model(job, generator)
    state = generator.get_state()
    start_from_ridge(problem, model)
    assert torch.equal(generator.get_state(), state)
    return problem, model


def origins_of(job: Job, problem: TrainingProblem, model):
    """Return the windows and what came after them of all origins, series by series."""
    xs, ys = [], []
    for i in range(job.panel.n_series):
        batch, rows = problem.data.subset(np.array([i])), torch.from_numpy(job.fit.rows[[i]])
        whole = replace(model.layout, training_window=None, origin_step=1)
        model.layout, own = whole, model.layout
        windows, targets = model.windows_and_targets(batch, rows)
        model.layout = own
        y = windows.normalise(targets.actual)[:, 0]
        known = targets.observed[:, 0].all(dim=1)
        x = windows.inputs[windows.scored[:, 0], 0]
        xs.append(x[known])
        ys.append(y[known])
    return torch.cat(xs).double().numpy(), torch.cat(ys).double().numpy()


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("training_window", [None, 4])
def test_the_median_is_the_ridge_regression(signed: bool, training_window: int | None) -> None:
    job = job_of(
        random_panel(0, [40, 30, 25, 12, 3], signed=signed),
        config_of(training_window=training_window),
    )
    problem, model = started(job)
    x, y = origins_of(job, problem, model)
    ones = np.column_stack([x, np.ones(len(x))])
    penalty = np.diag([*(0.01 * (x**2).sum(axis=0)), 0.0])
    expected = ones @ np.linalg.solve(ones.T @ ones + penalty, ones.T @ y)
    found = model.network(torch.from_numpy(x).float()[:, None])[1][:, 0].detach().numpy()
    if training_window is None:
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
        return
    # All origins count, some twice where windows do not divide a series.
    count = _moments(problem, model)[0][-1, -1]
    assert len(x) <= count <= 1.2 * len(x)
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.95


def test_fewer_units_keep_the_largest_singular_values() -> None:
    panel = random_panel(0, [40, 30, 25])
    maps = []
    for hidden_size in (6, 2):
        _, model = started(job_of(panel, config_of(hidden_size)))
        ((layer,),), head = model.network.stack.layers(), model.network.head.linears[1]
        maps.append((head.weight @ layer.map.weight).detach().numpy())
    left, values, right = np.linalg.svd(maps[0])
    np.testing.assert_allclose(maps[1], left[:, :2] * values[:2] @ right[:2], rtol=1e-3, atol=1e-5)


def test_what_is_held_back_is_not_seen() -> None:
    panel = random_panel(0, [40, 30, 25])
    config = config_of(patience=1)
    later = [panel.series(i).copy() for i in range(3)]
    for values in later:
        values[-3:] *= 5.0
    weights = []
    for one in (panel, Panel.from_arrays(later, panel.ids)):
        fit = fit_smoothing(panel, config.smoothing)
        problem = TrainingProblem(Job(one, fit, config, 0), np.random.default_rng(0))
        model = initial_model(problem.job, torch.Generator().manual_seed(0))
        start_from_ridge(problem, model)
        weights.append(model.network.head.linears[1].weight.detach())
    assert torch.equal(*weights)


def test_series_too_short_to_learn_from_leave_the_network_as_drawn() -> None:
    job = job_of(random_panel(0, [3, 2, 1]), config_of())
    _, model = started(job)
    drawn = initial_model(job, torch.Generator().manual_seed(0))
    for name, own in model.network.state_dict().items():
        assert torch.equal(own, drawn.network.state_dict()[name])


def test_training_starts_from_it_and_goes_on_from_a_trained_network() -> None:
    panel = random_panel(0, [40, 30, 25])
    job = job_of(panel, config_of(learning_rate=1e-12, series_learning_rate=0.0))
    member = train_member(job)
    _, model = started(job)
    name = "head.linears.1.weight"
    np.testing.assert_allclose(
        member.network.weights[name], model.network.state_dict()[name], atol=1e-6
    )
