"""What only a GPU can show: its kernels, steps, graphs and forecasts beside those of the CPU."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose

from esrnn.errors import TrainingError
from esrnn.forecaster import fit_panel
from esrnn.frames import long_to_panel
from esrnn.ops.lstm import lstm
from esrnn.ops.smoothing import smooth
from esrnn.runtime import choose_device
from esrnn.smoothing import PreparedPanel
from esrnn.training import member_quantiles, train_member
from esrnn.training.stacked import own_stream, train_stacked
from tests.gpu.problems import begin, distance, make_jobs, small
from tests.kernels.panels import random_problem

pytestmark = pytest.mark.gpu


def smoothed(problem, device):
    """Return levels, factors and the gradients of a weighted sum of them."""
    arrays = (problem.coefficients, problem.seasonality_init, problem.seasonality2_init)
    parameters = [torch.tensor(array, device=device, requires_grad=True) for array in arrays]
    out = smooth(*parameters, problem.values, problem.indptr, problem.additive)
    generator = torch.Generator().manual_seed(0)
    weights = [torch.randn(o.shape, dtype=o.dtype, generator=generator).to(device) for o in out]
    torch.stack([(o * w).sum() for o, w in zip(out, weights, strict=True)]).sum().backward()
    return [*out, *(p.grad for p in parameters if p.grad is not None)]


@pytest.mark.parametrize("periods", [(0, 0), (4, 0), (3, 7), (7, 3)])
def test_smoothing_and_its_adjoint(periods):
    problem = random_problem(5, [1, 2, 5, 17, 90, 300], periods, missing=0.2)
    for there, here in zip(smoothed(problem, "cuda"), smoothed(problem, "cpu"), strict=True):
        assert there.is_cuda
        assert_allclose(there.detach().cpu(), here.detach(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n_units", [3, 16, 40, 64, 128, 300])
def test_lstm(n_units):
    """The largest has no kernel, the two before it keep their weights in the card's memory."""
    generator = torch.Generator().manual_seed(n_units)
    rnn = torch.nn.LSTM(5, n_units).double()
    x = torch.randn(7, 9, 5, generator=generator, dtype=torch.float64)
    bar = torch.randn(7, 9, n_units, generator=generator, dtype=torch.float64)
    expected = rnn(x)[0]
    rnn.zero_grad()
    expected.backward(bar)
    own = {name: p.detach().float().cuda() for name, p in rnn.named_parameters()}
    from_inputs = x.float().cuda() @ own["weight_ih_l0"].T + own["bias_ih_l0"] + own["bias_hh_l0"]
    from_inputs = from_inputs[None].repeat(2, 1, 1, 1).requires_grad_()
    weights = own["weight_hh_l0"][None].repeat(2, 1, 1).requires_grad_()
    out = lstm(from_inputs, weights)
    out.backward(bar.float().cuda()[None].expand_as(out))
    for m in range(2):
        assert distance(out[m], expected) < 1e-5
        assert distance(weights.grad[m], rnn.weight_hh_l0.grad) < 1e-5
        assert distance(from_inputs.grad[m].sum(dim=(0, 1)), rnn.bias_ih_l0.grad) < 1e-5


def one_step(jobs, device, n_steps=1):
    """Return losses, norms and what the first steps have made of weights and rows."""
    with own_stream(device):
        training = begin(jobs, device)
        plan = training._plan()
        training._upload(plan, 1)
        for k in range(n_steps):
            training.state.step(plan.n_windows[k])
        state = training.state
        rows = state.rows[:-1]  # the last one stands for what fills batches up
        return state.losses[:n_steps], state.norms[:n_steps], state.weights, rows


@pytest.mark.parametrize("loss", ["owa", "smape", "mase", "pinball", "log_pinball"])
@pytest.mark.parametrize("periods", [(), (4,), (4, 6)])
def test_a_step(loss, periods):
    jobs = make_jobs(small(periods=periods, loss=loss, training_window=12, origin_step=3))
    here, there = (one_step(jobs, device) for device in ("cpu", "cuda"))
    for name, on_gpu, on_cpu in zip(("losses", "norms", "weights", "rows"), there, here,
                                    strict=True):  # fmt: skip
        assert distance(on_gpu, on_cpu) < 1e-5, name


def test_nothing_in_a_step_waits_for_the_device():
    jobs = make_jobs(small(dropout=0.2, periods=(4, 6)))
    with own_stream("cuda"):
        training = begin(jobs, "cuda")
        plan = training._plan()
        training._upload(plan, 1)
        training.state.step(plan.n_windows[0])  # compiles
        torch.cuda.set_sync_debug_mode("error")
        try:
            training.state.step(plan.n_windows[1])
        finally:
            torch.cuda.set_sync_debug_mode("default")


def test_graphs_do_what_the_steps_do():
    jobs = make_jobs(small(dropout=0.2, n_epochs=4))
    results = []
    for graphed in (True, False):
        with own_stream("cuda"):
            training = begin(jobs, "cuda")
            if not graphed:
                training._step = training.state.step
            for number in range(1, 5):
                training.run_epoch(number)
            assert (training.n_graphs > 0) == graphed
            results.append([training.member(m) for m in range(len(jobs))])
    for one, other in zip(*results, strict=True):
        assert_allclose(one.history.losses, other.history.losses, rtol=1e-4)
        for name, weight in one.network.weights.items():
            assert_allclose(weight, other.network.weights[name], atol=1e-4)


def test_members_are_as_alone():
    jobs = make_jobs(small(dropout=0.2))
    together = train_stacked(jobs, "cuda")
    for job, member in zip(jobs, together, strict=True):
        (alone,) = train_stacked([job], "cuda")
        assert_allclose(member.history.losses, alone.history.losses, rtol=1e-3)
        for name, weight in member.network.weights.items():
            assert_allclose(weight, alone.network.weights[name], atol=1e-3)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_short_training_forecasts_as_on_the_cpu(cell):
    """Sums in another order, and in TF32 where cuDNN forecasts, make the difference."""
    config = small(n_epochs=3)
    config = replace(config, network=replace(config.network, cell=cell))
    jobs = make_jobs(config)
    panel = jobs[0].panel
    data = PreparedPanel.of(panel, jobs[0].fit, config.smoothing.lag)
    here = [member_quantiles(train_member(job), data) for job in jobs]
    if cell == "lstm":
        members = train_stacked(jobs, "cuda")
    else:
        members = [train_member(job, "cuda") for job in jobs]
    there = [member_quantiles(member, data, device="cuda") for member in members]
    size = np.abs(np.stack(here)).mean(axis=(0, 1, 3), keepdims=True)
    assert_allclose(np.stack(there) / size, np.stack(here) / size, atol=0.02)


def test_the_forecaster_uses_it():
    months = pd.period_range("2016-01", periods=60, freq="M").to_timestamp()
    rng = np.random.default_rng(0)
    parts = [
        pd.DataFrame({"unique_id": k, "ds": months, "y": np.exp(rng.normal(3.0, 0.2, 60))})
        for k in "abcdef"
    ]
    framed = long_to_panel(pd.concat(parts))
    settings = {"n_members": 3, "n_epochs": 2, "hidden_size": 8, "dropout": 0.0, "horizon": 4}
    here, there = (
        fit_panel(framed, settings={**settings, "random_state": 0, "n_jobs": 1, "device": device})
        .forecast_frame()
        .select_dtypes("number")
        .to_numpy()
        for device in ("cpu", "cuda")
    )
    assert_allclose(there, here, rtol=0.02)


def test_a_divergence_names_epoch_and_series():
    jobs = make_jobs(small(learning_rate=1e30, gradient_clip=1e30))
    with pytest.raises(TrainingError, match=r"epoch 1.*series"):
        train_stacked(jobs, "cuda")


def test_auto_takes_the_gpu():
    assert choose_device("auto") == "cuda"
