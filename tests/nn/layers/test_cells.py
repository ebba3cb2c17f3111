"""What all layers have in common, and the LSTM and the GRU."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from esrnn.config import CELL_OPTIONS
from esrnn.config.cells import RecurrentOptions
from esrnn.nn.layers import LAYERS
from esrnn.nn.layers.dilated import Dilated
from esrnn.nn.layers.gru import GRU
from esrnn.nn.layers.initial import draw_as_torch
from esrnn.nn.layers.layer import LayerShape
from esrnn.nn.layers.lstm import LSTM
from esrnn.nn.layers.recurrence import Recurrence
from tests.nn.layers.plain import randn, sigmoid

CELLS = {"lstm": LSTM, "gru": GRU}
WITH_MEMORY = [name for name, kind in CELL_OPTIONS.items() if issubclass(kind, RecurrentOptions)]


def layer_of(name, dilation=1, *, input_size=3, hidden_size=4, is_first=True, **options):
    """Make a layer and draw its weights by a seed, biases too."""
    shape = LayerShape(input_size, hidden_size, dilation, is_first)
    layer = LAYERS[name](shape, CELL_OPTIONS[name](**options))
    layer.draw(torch.Generator().manual_seed(1))
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter += 0.3 * torch.randn(parameter.shape, generator=generator)
    return layer


def test_every_cell_has_options_and_a_layer():
    assert list(LAYERS) == list(CELL_OPTIONS)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("dilation", [1, 3])
def test_interface(name, dilation):
    layer = layer_of(name, dilation)
    x = randn(7, 2, 3).requires_grad_()
    out = layer(x)
    assert out.shape == (7, 2, 4)
    assert out.isfinite().all()
    out.square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in layer.parameters())


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("dilation", [1, 3])
@pytest.mark.parametrize("n_steps", [1, 2, 9, 150])
def test_no_output_depends_on_a_later_input(name, dilation, n_steps):
    layer, x = layer_of(name, dilation).double(), randn(n_steps, 2, 3).double()
    before, later, t = layer(x), x.clone(), n_steps // 2
    later[t:] += 1.0
    after = layer(later)
    assert torch.equal(after[:t], before[:t])
    assert not torch.allclose(after[t], before[t])


@pytest.mark.parametrize("name", LAYERS)
def test_no_output_depends_on_a_later_input_in_training(name):
    x, outputs = randn(9, 4, 3), []
    later = x.clone()
    later[5:] += 1.0
    for inputs in (x, later):
        layer = layer_of(name, 2).train()
        outputs.append(layer(inputs, torch.Generator().manual_seed(3)))
    assert torch.equal(outputs[0][:5], outputs[1][:5])


@pytest.mark.parametrize("name", LAYERS)
def test_series_are_independent(name):
    layer, x = layer_of(name, 2).double(), randn(7, 2, 3).double()
    mate = x.clone()
    mate[:, 1] += 1.0
    assert_close(layer(mate)[:, 0], layer(x)[:, 0], rtol=0, atol=1e-14)
    assert_close(layer(x[:, :1])[:, 0], layer(x)[:, 0], rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", WITH_MEMORY)
@pytest.mark.parametrize("dilation", [1, 2])
def test_a_layer_with_a_memory_hears_of_steps_before(name, dilation):
    layer, x = layer_of(name, dilation), randn(9, 20, 3).requires_grad_()
    (gradient,) = torch.autograd.grad(layer(x)[6].sum(), x)
    assert gradient[6 - dilation].any()
    assert gradient[6 - 2 * dilation].any()
    assert not gradient[7:].any()


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("dilation", [1, 2])
def test_gradients_are_those_of_finite_differences(name, dilation):
    layer = layer_of(name, dilation, input_size=2, hidden_size=4).double()
    names, parameters = zip(*layer.named_parameters(), strict=True)

    def run(x, *values):
        return torch.func.functional_call(layer, dict(zip(names, values, strict=True)), (x,))

    x = randn(5, 2, 2).double().requires_grad_()
    assert torch.autograd.gradcheck(run, (x, *parameters))


@pytest.mark.parametrize("name", LAYERS)
def test_draws_come_from_the_generator_that_is_handed_down(name):
    layer = layer_of(name)
    state = torch.get_rng_state()

    def weights(seed):
        layer.draw(torch.Generator().manual_seed(seed))
        return nn.utils.parameters_to_vector(layer.parameters()).detach()

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))
    assert weights(1).isfinite().all()
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.gpu
@pytest.mark.parametrize("name", LAYERS)
def test_cuda_and_cpu_agree(name):
    layer, x = layer_of(name, 2), randn(70, 3, 3)
    here, there = layer(x), layer.to("cuda")(x.to("cuda"))
    assert_close(there.cpu(), here, rtol=1e-3, atol=1e-3)
    layer(x.to("cuda"), torch.Generator("cuda")).sum().backward()


@pytest.mark.parametrize("name", LAYERS)
def test_all_weights_are_drawn(name):
    """None is left as the memory happened to be."""
    layer, vectors = layer_of(name), []
    for filling in (torch.nan, 7.0):
        state = {key: torch.full_like(own, filling) for key, own in layer.state_dict().items()}
        layer.load_state_dict(state)
        layer.draw(torch.Generator().manual_seed(0))
        vectors.append(torch.cat([own.reshape(-1) for own in layer.state_dict().values()]))
    assert torch.equal(*vectors)


@pytest.mark.parametrize("name", LAYERS)
def test_outputs_keep_their_size_at_first(name):
    """Initial weights neither blow up nor lose a signal of size 1 over many steps."""
    shape = LayerShape(12, 32)
    layer = LAYERS[name](shape, CELL_OPTIONS[name]())
    layer.draw(torch.Generator().manual_seed(0))
    with torch.no_grad():
        out = layer(randn(200, 8, 12), torch.Generator())[-1]  # batch norm has no moments yet
    assert 0.01 < float(out.std()) < 4.0


# The number of weights for F = 3 inputs, H = 4 units and the dilation 2, as docstrings state it.
F, H = 3, 4
N_WEIGHTS = {
    "lstm": 4 * H * (F + H + 2),
    "gru": 3 * H * (F + H + 2),
    "residual_lstm": 4 * H * (F + H + 1),
    "attentive_lstm": 4 * H * (F + H + 1) + H * (F + 2 * H + 1) + 2 * (H + 1),
    "layer_norm_lstm": 4 * H * (F + H + 3) + 2 * H,
    "batch_norm_lstm": 4 * H * (F + H + 3) + 2 * H,
    "indrnn": H * (F + 2),
    "lmu": 4 * (F + 1) + H * (4 * 16 + F + 1),
    "brc": 3 * H * (F + 1) + 2 * H,
    "nbrc": 3 * H * (F + 1) + 2 * H * H,
    "slstm": 4 * H * (F + H // 4 + 1),
    "minlstm": 3 * H * (F + 1),
    "sha_rnn": 4 * H * (F + H + 2) + H * (H + 1) + 2 * H * (H + 1) + 4 * H * (H + 1) + 13 * H,
    "linear_attention": H * (F + 1) + 4 * H * (H + 1) + H * (2 * 2 * H + 2 + 1) + 4 * H,
    "universal_transformer": H * (F + 1) + 4 * H * (H + 1) + H * (2 * 2 * H + 2 + 1) + 4 * H,
    "cnn": H * (3 * F + 1),
    "mlp": H * (F + 1),
    "linear": H * (F + 1),
}


@pytest.mark.parametrize("name", LAYERS)
def test_the_number_of_weights(name):
    assert layer_of(name, 2).count_parameters() == N_WEIGHTS[name]


@pytest.mark.parametrize("name", WITH_MEMORY)
def test_recurrent_dropout_draws_once_for_a_series_and_in_training_only(name):
    layer, x = layer_of(name, recurrent_dropout=0.5), randn(9, 3, 3)
    with torch.no_grad():
        quiet = layer(x)
        runs = [layer(x, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
        assert torch.equal(layer_of(name)(x), layer_of(name, recurrent_dropout=0.5)(x))
    if name not in ("batch_norm_lstm", "indrnn"):  # which training changes as it runs
        assert torch.equal(layer(x), quiet)
        assert torch.equal(runs[0], runs[1])
    assert not torch.allclose(runs[0], runs[2])
    assert all(run.isfinite().all() for run in runs)


@pytest.mark.parametrize("name", WITH_MEMORY)
def test_without_recurrent_dropout_nothing_is_drawn(name):
    generator = torch.Generator().manual_seed(1)
    state = generator.get_state()
    layer_of(name, 2)(randn(5, 3, 3), generator)
    assert torch.equal(generator.get_state(), state)


def recurrences():
    found = {}
    for name in LAYERS:
        layer = layer_of(name)
        cell = layer.cell if isinstance(layer, Dilated) else layer
        if isinstance(cell, Recurrence):
            found[name] = cell
    return found


@pytest.mark.parametrize("name", recurrences())
def test_steps_give_what_the_whole_gives(name):
    cell, x = recurrences()[name].double(), randn(9, 2, 3).double()
    hidden, gates = zip(*cell.steps(x), strict=True)
    assert_close(torch.stack(hidden), cell(x), rtol=1e-12, atol=1e-12)
    for at in gates:
        assert len(at) == len(cell.gate_names)
        assert all(gate.shape == (2, 4) for gate in at)
    weights = cell.gate_weights()
    assert len(weights) == len(cell.gate_names)
    for own in weights:
        assert own.inputs.shape == (4, 3)
        assert own.recurrent is None or own.recurrent.shape == (4, 4)
        assert own.bias.shape == (4,)


@pytest.mark.parametrize("name", recurrences())
def test_a_mask_hides_units_of_the_state(name):
    """The state that is masked at all steps is one that the next step does not hear."""
    cell, x = recurrences()[name].double(), randn(6, 2, 3).double()
    nothing = torch.zeros(2, 4, dtype=torch.float64)
    everything = nothing + 1.0
    stacked = [torch.stack([h for h, _ in cell.steps(x, m)]) for m in (None, everything, nothing)]
    assert torch.equal(stacked[0], stacked[1])
    assert not torch.allclose(stacked[0][1:], stacked[2][1:])


@pytest.mark.parametrize("kind", sorted(set(CELL_OPTIONS.values()), key=lambda kind: kind.__name__))
def test_options_are_documented(kind):
    documented = kind.__doc__ + RecurrentOptions.__doc__
    assert all(field.name in documented for field in fields(kind))


def test_the_page_on_cells_names_all_cells_and_options():
    page = (Path(__file__).parents[3] / "docs" / "howto" / "cells.md").read_text(encoding="utf-8")
    for name, kind in CELL_OPTIONS.items():
        assert f"`{name}`" in page.split("## Options")[0]
        for field in fields(kind):
            assert f"`{field.name}`" in page.split("## Options")[1]


def test_lstm_by_hand():
    cell, x = LSTM(2, 3).double(), randn(4, 1, 2).double()
    w = cell.rnn
    hidden = state = torch.zeros(1, 3, dtype=torch.float64)
    out = cell(x)
    for t in range(4):
        gates = x[t] @ w.weight_ih_l0.T + w.bias_ih_l0 + hidden @ w.weight_hh_l0.T + w.bias_hh_l0
        enter, forget, candidate, leave = gates.split(3, dim=-1)
        state = sigmoid(forget) * state + sigmoid(enter) * torch.tanh(candidate)
        hidden = sigmoid(leave) * torch.tanh(state)
        assert_close(out[t], hidden, rtol=1e-10, atol=1e-12)


def test_a_masked_lstm_is_one_whose_recurrent_weights_are_scaled():
    """Variational dropout with one mask for all steps, read by all gates (Gal and Ghahramani)."""
    cell, x = LSTM(2, 3).double(), randn(6, 1, 2).double()
    mask = torch.tensor([[0.0, 2.0, 2.0]], dtype=torch.float64)
    masked = torch.stack([h for h, _ in cell.steps(x, mask)])
    with torch.no_grad():
        cell.rnn.weight_hh_l0 *= mask
    assert_close(masked, cell(x), rtol=1e-10, atol=1e-12)


def test_lstms_forget_gate_starts_open():
    """Bias 1 once, not in both of torch's biases; the other gates' biases 0."""
    rnn = LSTM(3, 5).rnn
    total = (rnn.bias_ih_l0 + rnn.bias_hh_l0).view(4, 5)
    assert torch.equal(total, torch.tensor([0.0, 1.0, 0.0, 0.0])[:, None].expand(4, 5))


def test_gru_starts_without_biases():
    rnn = GRU(3, 5).rnn
    assert not rnn.bias_ih_l0.any()
    assert not rnn.bias_hh_l0.any()


@pytest.mark.parametrize(("name", "n_gates"), [("lstm", 4), ("gru", 3)])
def test_recurrent_weights_start_orthogonal_and_inputs_spread_by_size(name, n_gates):
    rnn = CELLS[name](40, 30).rnn.requires_grad_(False)
    for gate in rnn.weight_hh_l0.view(n_gates, 30, 30):
        assert_close(gate @ gate.T, torch.eye(30), rtol=0, atol=1e-5)
    bound = (6.0 / (40 + 30)) ** 0.5
    for gate in rnn.weight_ih_l0.view(n_gates, 30, 40):
        assert gate.abs().max() <= bound
        assert float(gate.std()) == pytest.approx(bound / 3**0.5, rel=0.1)


@pytest.mark.parametrize("make", [nn.LSTM, nn.GRU, nn.Linear])
def test_weights_are_drawn_as_torch_draws_them(make):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        expected = nn.utils.parameters_to_vector(make(3, 5).parameters())
        then = torch.rand(1)
    module, generator = make(3, 5), torch.Generator().manual_seed(4)
    draw_as_torch(module, generator)
    assert torch.equal(nn.utils.parameters_to_vector(module.parameters()), expected)
    assert torch.equal(torch.rand(1, generator=generator), then)
