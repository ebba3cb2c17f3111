"""The compiled LSTM stack against torch's LSTM, finite differences, and itself in parts."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.autograd import gradcheck
from torch.testing import assert_close

from esrnn.nn.layers.lstm import LSTM
from esrnn.ops.lstm_cpu import StackSteps, run_lstm_stack

# Dilations, block by block; the last ones are longer than most series of steps here.
STACKS = [[[1]], [[1, 2], [4, 8]], [[3], [1, 5], [2]], [[1, 6], [50]]]


def normal(*shape, seed=0, dtype=torch.float32):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def make_cells(n_inputs, n_units, dilations, dtype=torch.float32, seed=0):
    """Return an LSTM for each layer, with weights and biases of the size of trained ones."""
    cells, generator = [], torch.Generator().manual_seed(seed)
    for _ in [d for block in dilations for d in block]:
        cell = nn.LSTM(n_inputs, n_units, dtype=dtype)
        for parameter in cell.parameters():
            nn.init.normal_(parameter, std=0.4, generator=generator)
        cells.append(cell)
        n_inputs = n_units
    return cells


def parameters_of(cells):
    return [parameter for cell in cells for parameter in cell.parameters()]


def by_torch(x, cells, dilations, kept=None):
    """Run every phase of every layer by itself through torch's LSTM."""
    left = iter(cells)
    for b, block in enumerate(dilations):
        out = x
        for dilation in block:
            cell, phases = next(left), []
            for phase in range(min(dilation, len(out))):
                phases.append(cell(out[phase::dilation])[0])
            steps = [phases[t % dilation][t // dilation] for t in range(len(out))]
            out = torch.stack(steps)
        if kept is not None:
            out = out * kept[b]
        x = out if b == 0 else x + out
    return x


def require_equal(x, cells, dilations, wanted, kept=None, tolerance=2e-5):
    """Compare values and all gradients; `kept` is of all steps."""
    own = None
    if kept is not None:
        outputs = StackSteps.leading_to(wanted, dilations).outputs
        own = [mask[list(steps)] for mask, steps in zip(kept, outputs, strict=True)]
    leaves = [x.requires_grad_(), *parameters_of(cells)]
    found = run_lstm_stack(x, leaves[1:], dilations, wanted, own)
    expected = by_torch(x, cells, dilations, kept)[list(wanted)]
    assert_close(found, expected, rtol=0, atol=tolerance)
    bar = normal(*found.shape, seed=3, dtype=x.dtype)
    back, expected_back = (torch.autograd.grad(out, leaves, bar) for out in (found, expected))
    for gradient, other in zip(back, expected_back, strict=True):
        size = max(float(other.abs().max()), 1.0)
        assert_close(gradient / size, other / size, rtol=0, atol=tolerance)


@pytest.mark.parametrize("dilations", STACKS)
@pytest.mark.parametrize("n_units", [1, 16, 40])
def test_values_and_gradients_are_those_of_torchs_lstm(n_units, dilations):
    cells = make_cells(5, n_units, dilations)
    require_equal(normal(29, 3, 5), cells, dilations, range(29))


def test_a_wide_layer():
    require_equal(normal(30, 8, 168), make_cells(168, 128, [[1, 24]]), [[1, 24]], range(30))


@settings(deadline=None, max_examples=30)
@given(
    st.integers(1, 23), st.integers(1, 9), st.integers(1, 26), st.integers(1, 18),
    st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=2), min_size=1, max_size=3),
    st.data(),
)  # fmt: skip
def test_any_shape_and_any_steps(n_steps, n_series, n_inputs, n_units, dilations, data):
    first = data.draw(st.integers(0, n_steps - 1))
    wanted = range(first, n_steps, data.draw(st.integers(1, n_steps)))
    kept = None
    if data.draw(st.booleans()):
        kept = [2.0 * (normal(n_steps, n_series, n_units, seed=k) > 0) for k in range(3)]
        kept = kept[: len(dilations)]
    cells = make_cells(n_inputs, n_units, dilations)
    require_equal(normal(n_steps, n_series, n_inputs), cells, dilations, wanted, kept)


@pytest.mark.parametrize("dilations", STACKS[1:3])
def test_in_double_it_is_exact(dilations):
    cells = make_cells(5, 3, dilations, dtype=torch.float64)
    x = normal(11, 2, 5, dtype=torch.float64)
    require_equal(x, cells, dilations, range(2, 11, 2), tolerance=1e-12)


def test_gradients_are_those_of_finite_differences():
    dilations = [[1, 2], [4]]
    cells = make_cells(3, 2, dilations, dtype=torch.float64)
    x = normal(7, 2, 3, dtype=torch.float64).requires_grad_()
    run = lambda x, *weights: run_lstm_stack(x, weights, dilations, range(1, 7, 2))  # noqa: E731
    assert gradcheck(run, (x, *parameters_of(cells)))


def test_a_layer_is_its_cells_equations_step_by_step():
    cell, x = LSTM(4, 6), normal(9, 3, 4)
    found = run_lstm_stack(x, list(cell.rnn.parameters()), [[1]], range(9))
    assert_close(found, torch.stack([h for h, _ in cell.steps(x)]), rtol=0, atol=1e-6)


def test_only_the_steps_that_matter_are_run_through():
    steps = StackSteps.leading_to(range(2, 96, 4), [[1, 24]])
    assert steps.layers == ((range(95), range(2, 95, 4)),)
    last = StackSteps.leading_to(range(35, 36), [[1, 3], [6, 12]])
    assert [len(own) for block in last.layers for own in block] == [36, 12, 6, 3]


def test_a_series_has_the_same_bits_in_any_batch():
    dilations = [[1, 2], [4]]
    weights = parameters_of(make_cells(12, 40, dilations))
    x = normal(21, 13, 12)
    together = run_lstm_stack(x, weights, dilations, range(21))
    for k in range(13):
        for n in (1, 2, 5):
            few = run_lstm_stack(x[:, k : k + n], weights, dilations, range(21))
            assert torch.equal(few, together[:, k : k + n])


def test_the_same_bits_on_any_number_of_threads_with_and_without_gradients():
    weights, before = parameters_of(make_cells(168, 128, [[1]])), torch.get_num_threads()
    x = normal(12, 64, 168)
    results = []
    try:
        for n_threads in (1, 4):
            torch.set_num_threads(n_threads)
            own = [w.detach().requires_grad_() for w in weights]
            out = run_lstm_stack(x, own, [[1]], range(12))
            results.append([out, *torch.autograd.grad(out.square().sum(), own)])
    finally:
        torch.set_num_threads(before)
    for one, four in zip(*results, strict=True):
        assert torch.equal(one, four)
    with torch.no_grad():
        assert torch.equal(run_lstm_stack(x, weights, [[1]], range(12)), results[0][0])


def test_inputs_without_gradient_and_weights_changed_in_between():
    cell, x = make_cells(3, 4, [[1]]), normal(5, 2, 3)
    weights = parameters_of(cell)
    out = run_lstm_stack(x, weights, [[1]], range(5))
    out.sum().backward(retain_graph=True)
    expected = torch.autograd.grad(cell[0](x)[0].sum(), weights)
    for parameter, other in zip(weights, expected, strict=True):
        assert_close(parameter.grad, other)
    with torch.no_grad():
        weights[0] += 1.0
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()


def test_what_is_not_finite_reaches_the_outputs():
    weights = parameters_of(make_cells(3, 4, [[1]]))
    x = normal(5, 2, 3)
    x[2, 0, 1] = torch.nan
    out = run_lstm_stack(x, weights, [[1]], range(5))
    assert out[2:, 0].isnan().all()
    assert out[:, 1].isfinite().all()
