"""The program that won M4: its passes, optimiser, scheme, refusals; the domains of its series."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from competitions.methods import Settings
from competitions.methods.checkpoints import Checkpoints
from competitions.methods.smyl2018 import Adam, Pass, Training, run_smyl2018
from competitions.methods.smyl2018_groups import GROUPS, Group, domains_of
from esrnn.errors import InputError
from esrnn.panel import Panel
from tests.competitions.tasks import small_task

SMALL = replace(
    GROUPS["hourly"],
    periods=(4, 6),
    input_window=3,
    horizon=5,
    blocks=((1, 2),),
    size=4,
    n_epochs=2,
)


def _training(group: Group, lengths: tuple[int, ...] = (30, 26), seed: int = 0) -> Training:
    rng = np.random.default_rng(5)
    series = [np.exp(3.0 + np.cumsum(rng.normal(0.0, 0.1, n))) for n in lengths]
    ids = [f"W{i + 1}" for i in range(len(series))]
    return Training(Panel.from_arrays(series), domains_of("weekly", ids), group, (seed, 0))


def _plain_pass(training: Training, i: int, is_training: bool) -> Pass:
    """Do a pass step by step, by the formulas of the paper."""
    group, own, series = training.group, training.trained[0], training.series[i]
    y, n = series.y.tolist(), len(series.y)
    n_in, n_out, (first, second) = group.input_window, group.horizon, group.periods
    row = own.rows[i].astype(np.float64).tolist()
    alpha, beta, gamma = (1.0 / (1.0 + math.exp(-x)) for x in row[:3])
    s, u = [[math.exp(x) for x in part] for part in (row[3 : 3 + first], row[3 + first :])]
    s, u = [*s, s[0]], [*u, u[0]]
    level = [y[0] / (s[0] * u[0])]
    for t in range(1, n):
        level.append(alpha * y[t] / (s[t] * u[t]) + (1 - alpha) * level[-1])
        s.append(beta * y[t] / (level[t] * u[t]) + (1 - beta) * s[t])
        u.append(gamma * y[t] / (level[t] * s[t]) + (1 - gamma) * u[t])
    s += s[n : n + max(n_out - first, 0)]
    u += u[n : n + max(n_out - second, 0)]
    end = n - n_out if is_training else n
    x = [
        [math.log(y[k] / (s[k] * u[k] * level[t])) for k in range(t + 1 - n_in, t + 1)]
        + series.domain.tolist()
        for t in range(n_in - 1, end)
    ]
    output, cells = own.network(torch.tensor(x))
    losses = []
    for t in range(n_in, n - n_out):
        for k in range(1, n_out + 1):
            label = math.log(y[t + k] / (s[t + k] * u[t + k] * level[t]))
            error = label - float(output[t - n_in + 1, k - 1])
            tau = group.training_level
            losses.append(2.0 * max(tau * error, (tau - 1.0) * error))
    ahead = [math.exp(float(output[-1, k])) * level[-1] * s[n + k] * u[n + k] for k in range(n_out)]
    log_level = torch.tensor(level, dtype=torch.float64).log()
    return Pass(log_level, [torch.tensor(ahead)], output, cells, torch.tensor(np.mean(losses)))


@pytest.mark.parametrize("is_training", [True, False])
def test_a_pass_is_that_of_the_formulas(is_training: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("competitions.methods.smyl2018._NOISE", 0.0)
    training = _training(SMALL)
    with torch.no_grad():
        row = torch.from_numpy(training.trained[0].rows[1])
        found = training._pass(training.trained[0].network, row, training.series[1], is_training)
        expected = _plain_pass(training, 1, is_training)
        assert_allclose(found.loss, expected.loss, rtol=1e-5)
        assert_allclose(found.output, expected.output, atol=1e-6)
        assert found.output.shape[0] == 26 - 3 + 1 - (5 if is_training else 0)
        if not is_training:
            assert_allclose(training._ahead(found), expected.factors[0], rtol=1e-5)
        level = expected.level.numpy()
        bend = np.mean(np.diff(level, 2) ** 2)
        cells = np.mean([float(cell.square().mean()) for cell in expected.cells])
        whole = float(expected.loss) + 10.0 * bend + cells
        assert_allclose(training._penalised(found), whole, rtol=1e-5)


def test_adam_moves_all_numbers_as_dynet_does() -> None:
    numbers, gradient = np.array([1.0, -2.0], np.float32), np.array([3.0, 4.0], np.float32)
    adam = Adam(numbers)
    x, mean, square = numbers.astype(float), np.zeros(2), np.zeros(2)
    for step, given in enumerate((gradient, np.zeros(2, np.float32)), start=1):
        adam.step(given, 0.1, clip=2.5)  # half of the gradient's norm
        mean, square = 0.9 * mean + 0.05 * given, 0.999 * square + 0.001 * (0.5 * given) ** 2
        rate = 0.1 * math.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        x = x - rate * mean / (np.sqrt(square) + 1e-6)
        assert_allclose(numbers, x, rtol=1e-5)
    adam.step(np.array([np.nan, 1.0], np.float32), 0.1, clip=1.0)
    assert_allclose(numbers, x, rtol=1e-5)


def test_a_step_trains_the_network_and_the_series_visited() -> None:
    training = _training(SMALL)
    own = training.trained[0]
    weights, rows = own.adam.numbers.copy(), own.rows.copy()
    training._train(own, 0, 0.01)
    assert not np.array_equal(own.adam.numbers, weights)
    flat = torch.nn.utils.parameters_to_vector(own.network.parameters()).detach().numpy()
    assert_array_equal(flat, own.adam.numbers)
    assert (own.rows[0] != rows[0]).all()
    assert_array_equal(own.rows[1], rows[1])
    training._train(own, 1, 0.01)
    moved = own.rows[0].copy()
    assert (moved != rows[0]).all()


def test_specialists_are_those_that_fit_best_and_the_last_epochs_are_averaged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    group = replace(SMALL, n_networks=4, n_best=2)
    training, n_epochs = _training(group), 7
    trained: list[tuple[int, int, int]] = []
    orders: list[np.ndarray] = []
    rng = np.random.default_rng(0)
    fits = [rng.permuted(np.tile(np.arange(4.0), (2, 1)), axis=1).T for _ in range(n_epochs)]
    values = rng.normal(size=(n_epochs, 4, 2, 5))

    def train(own: object, i: int, rate: float) -> float:
        trained.append((len(orders), training.trained.index(own), i))  # type: ignore[arg-type]
        return 0.0

    def forecast(owners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        orders.append(owners)
        return fits[len(orders) - 1], values[len(orders) - 1]

    monkeypatch.setattr(training, "_train", train)
    monkeypatch.setattr(training, "_forecast", forecast)
    y_hat = training.run(n_epochs)
    assert sum(epoch == 0 for epoch, _, _ in trained) >= 4  # twice each, perhaps the same network
    for i in range(2):
        best = np.argsort(fits[-2][:, i])[:2]
        assert_allclose(y_hat[i], values[-5:, best, i].mean(axis=(0, 1)))
        assert {m for epoch, m, j in trained if (epoch, j) == (n_epochs - 1, i)} >= set(best)


def test_halves_have_a_network_each_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    training = _training(replace(SMALL, n_networks=2, n_best=1), (30, 26, 28, 31, 27))
    owners = training._first_owners()
    assert sorted(np.bincount(owners[:, 0])) == [2, 3]
    fit, y_hat = training._forecast(owners)
    other = 1 - owners[:, 0]
    assert np.isfinite(fit[owners[:, 0], range(5)]).all()
    assert np.isinf(fit[other, range(5)]).all()
    assert not y_hat[other, range(5)].any()


def test_equal_seeds_give_equal_forecasts() -> None:
    once, again, other = (_training(SMALL, seed=seed).run(2) for seed in (3, 3, 4))
    assert_array_equal(once, again)
    assert (once > 0.0).all()
    assert not np.allclose(once, other)


@pytest.mark.parametrize("name", list(GROUPS))
def test_every_group_is_trained_from_its_shortest_series_on(name: str) -> None:
    group = GROUPS[name]
    y_hat = _training(group, (group.shortest, group.shortest + 9)).run(1)
    assert y_hat.shape == (2, group.horizon)
    assert (np.isfinite(y_hat) & (y_hat > 0.0)).all()


def test_of_a_long_series_the_last_values_are_taken() -> None:
    training, whole = _training(replace(SMALL, longest=20)), _training(SMALL)
    for cut, series in zip(training.series, whole.series, strict=True):
        assert_array_equal(cut.y, series.y[-20:])


def test_tasks_and_series_that_the_program_does_not_take_are_refused() -> None:
    data, settings = small_task(), Settings(quiet=True)
    with pytest.raises(InputError, match="forecasts 6 steps of the group yearly"):
        run_smyl2018(data, settings, Checkpoints(None))
    m3 = replace(data, task=replace(data.task, competition="m3"))
    with pytest.raises(InputError, match="groups of M4 alone; got the task 'small'"):
        run_smyl2018(m3, settings, Checkpoints(None))
    short = replace(data, task=replace(data.task, horizon=6))
    with pytest.raises(InputError, match=r"fewer than 12 values.*series 'b': 3; series 'a': 2"):
        run_smyl2018(short, settings, Checkpoints(None))
    train = data.train.assign(y=[1.0, 0.0, 4.0, 1.0, 1.0])
    with pytest.raises(InputError, match="values must be > 0; 1 found: series 'b', step 1"):
        run_smyl2018(replace(short, train=train), settings, Checkpoints(None))
