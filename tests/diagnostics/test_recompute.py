import pytest
import torch
from torch import Tensor, nn

from esrnn.config import CELL_OPTIONS
from esrnn.diagnostics.recompute import gate_limits, recompute, unfold
from esrnn.nn.layers import LAYERS
from esrnn.nn.layers.dilated import Dilated
from esrnn.nn.layers.gru import GRU
from esrnn.nn.layers.layer import LayerShape
from esrnn.nn.layers.lstm import LSTM

N_ORIGINS, N_BATCH, N_INPUTS, HIDDEN = 11, 3, 4, 5


def _cell(name: str) -> nn.Module:
    """Draw a cell, biases and all."""
    generator = torch.Generator().manual_seed(0)
    cell = {"lstm": LSTM, "gru": GRU}[name](N_INPUTS, HIDDEN).double()
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    return cell


def _inputs() -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(N_ORIGINS, N_BATCH, N_INPUTS, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("name", ["lstm", "gru"])
@pytest.mark.parametrize("dilation", [1, 3, 4, 50])
def test_hidden_states_are_those_of_torch(name: str, dilation: int) -> None:
    cell, x = _cell(name), _inputs()
    hidden, _ = recompute(Dilated(cell, dilation), x)
    own = unfold(hidden, N_BATCH, N_ORIGINS)
    torch.testing.assert_close(own, Dilated(cell, dilation)(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["lstm", "gru"])
@pytest.mark.parametrize("dilation", [1, 3])
def test_gates_make_the_hidden_states(name: str, dilation: int) -> None:
    cell, x = _cell(name), _inputs()
    _, values = recompute(Dilated(cell, dilation), x)
    hidden = Dilated(cell, dilation)(x).detach()
    names = cell.gate_names
    assert values.shape == (N_ORIGINS, N_BATCH, len(names), HIDDEN)
    gates = dict(zip(names, values.double().unbind(2), strict=True))
    content = torch.zeros_like(hidden)
    for t in range(N_ORIGINS):
        before = content[t - dilation] if t >= dilation else torch.zeros(N_BATCH, HIDDEN)
        at = {gate: values[t] for gate, values in gates.items()}
        if name == "lstm":
            content[t] = at["forget"] * before + at["input"] * at["candidate"]
            expected = at["output"] * content[t].tanh()
        else:
            content[t] = (1.0 - at["update"]) * at["candidate"] + at["update"] * before
            expected = content[t]
        torch.testing.assert_close(hidden[t], expected, rtol=0.0, atol=1e-5)
    for gate, values in gates.items():
        lower, upper = gate_limits(gate)
        assert lower <= values.min() < values.max() <= upper
    assert gates["candidate"].min() < 0.0


def test_the_reset_gate_is_the_one_that_resets() -> None:
    cell = _cell("gru")
    with torch.no_grad():
        cell.rnn.bias_ih_l0[:HIDDEN] = -100.0
    reset, update, _ = recompute(Dilated(cell, 1), _inputs())[1].unbind(2)
    assert reset.max() < 1e-6 < 0.01 < update.mean()


@pytest.mark.parametrize("name", ["indrnn", "lmu", "cnn", "attentive_lstm"])
@pytest.mark.parametrize("dilation", [1, 3, 50])
def test_any_layer_gives_its_outputs(name: str, dilation: int) -> None:
    layer = LAYERS[name](LayerShape(N_INPUTS, HIDDEN, dilation), CELL_OPTIONS[name]()).double()
    hidden, gates = recompute(layer, _inputs())
    own = unfold(hidden, N_BATCH, N_ORIGINS)
    torch.testing.assert_close(own, layer(_inputs()), rtol=1e-12, atol=1e-12)
    assert gates.shape == (N_ORIGINS, N_BATCH, 4 if name == "attentive_lstm" else 0, HIDDEN)


def test_gradients_go_back_through_the_steps() -> None:
    x = _inputs().requires_grad_()
    hidden, _ = recompute(Dilated(_cell("lstm"), 2), x)
    first, last = hidden[0], hidden[-1]
    through_hidden, through_inputs = torch.autograd.grad(last.sum(), [first, x])
    assert (through_hidden != 0.0).all()
    # Eleven origins are six steps of two, and the twelfth isn't there: the last step is origin 10.
    assert (through_inputs[::2] != 0.0).all()
