from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import esrnn.diagnostics.inspection as inspection
from esrnn.diagnostics import (
    ACTIVITY_LEVELS,
    LayerDiagnostics,
    inspect_network,
)
from esrnn.diagnostics.recompute import recompute
from esrnn.ensemble import Ensemble, fit_ensemble
from esrnn.errors import InputError
from esrnn.model import HybridModel
from esrnn.nn.layers.dilated import Dilated
from esrnn.ops.windows import Windows
from esrnn.panel import Covariates, Panel
from esrnn.runtime import single_threaded
from esrnn.smoothing import PreparedPanel
from tests.diagnostics.networks import (
    HIDDEN,
    close,
    example_panel,
    one_series,
    small_ensemble,
    with_bias,
)
from tests.hybrids import HERE


@pytest.fixture(scope="module")
def panel() -> Panel:
    return example_panel()


@pytest.fixture(scope="module")
def ensemble(panel: Panel) -> Ensemble:
    return small_ensemble(panel)


@pytest.fixture(scope="module")
def alone() -> Panel:
    return one_series()


@pytest.fixture(scope="module")
def of_one(alone: Panel) -> Ensemble:
    return small_ensemble(alone)


def _model_and_windows(
    ensemble: Ensemble, panel: Panel, n_series: int = 1
) -> tuple[HybridModel, Windows]:
    """Return what the inspection looks at, in float64."""
    (member,) = ensemble.members
    which = np.arange(n_series)
    model = member.network.model().double()
    batch = PreparedPanel.of(panel, ensemble.smoothing, 4).subset(which)
    windows = model.windows(batch, torch.from_numpy(member.smoothing.rows[which]))
    return model, windows._replace(inputs=windows.inputs.double())


def _median(model: HybridModel, windows: Windows) -> float:
    with torch.no_grad():
        return float(model(windows)[1].sum())


def _same(one: object, two: object) -> None:
    for field in fields(one):
        a, b = getattr(one, field.name), getattr(two, field.name)
        if isinstance(a, tuple) and a and hasattr(a[0], "__dataclass_fields__"):
            for x, y in zip(a, b, strict=True):
                _same(x, y)
        elif isinstance(a, np.ndarray | float):
            close(a, b, rtol=1e-6)
        else:
            assert a == b


def test_the_gradient_of_the_inputs_is_that_of_finite_differences(
    of_one: Ensemble, alone: Panel
) -> None:
    found = inspect_network(of_one, alone)
    model, windows = _model_and_windows(of_one, alone)
    n_origins, _, window = windows.inputs.shape
    expected, small = np.zeros((n_origins, window)), 1e-5
    for back in range(n_origins):
        for k in range(window):
            sides = []
            for step in (small, -small):
                inputs = windows.inputs.clone()
                inputs[n_origins - 1 - back, 0, k] += step
                sides.append(_median(model, windows._replace(inputs=inputs)))
            expected[back, k] = (sides[0] - sides[1]) / (2.0 * small)
    close(found.input_gradient, np.linalg.norm(expected, axis=1), rtol=1e-6)


def _nudged(layer: Dilated, x: Tensor, at: int, unit: int, step: float) -> Tensor:
    """Run a layer by torch's own cell, with one hidden output nudged, for the recurrence too."""
    rnn, d = layer.cell.rnn, layer.dilation
    out = torch.empty(x.shape[0], 1, HIDDEN, dtype=x.dtype)
    for phase in range(d):
        own = x[phase::d]
        if phase != at % d:
            out[phase::d] = rnn(own)[0]
            continue
        until, state = rnn(own[: at // d + 1])
        h = state[0] if isinstance(state, tuple) else state
        h = h.clone()
        h[0, 0, unit] += step
        parts = [until[:-1], h]
        if at // d + 1 < len(own):
            parts.append(rnn(own[at // d + 1 :], (h, state[1]) if rnn.mode == "LSTM" else h)[0])
        out[phase::d] = torch.cat(parts)
    return out


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("k", [0, 1])
def test_the_gradients_of_hidden_outputs_are_those_of_finite_differences(
    cell: str, k: int, alone: Panel
) -> None:
    ensemble = small_ensemble(alone, cell=cell, dilations=((1, 2),))
    found = inspect_network(ensemble, alone)
    model, windows = _model_and_windows(ensemble, alone)
    layer = [m for m in model.network.modules() if isinstance(m, Dilated)][k]
    last, small = windows.inputs.shape[0] - 1, 1e-5
    for back in (0, 1, 2, 4, 7):
        gradient = np.zeros(HIDDEN)
        for unit in range(HIDDEN):
            sides = []
            for step in (small, -small):

                def replace_output(
                    module: nn.Module,
                    arguments: tuple[Tensor],
                    output: Tensor,
                    back: int = back,
                    unit: int = unit,
                    step: float = step,
                ) -> Tensor:
                    return _nudged(layer, arguments[0], last - back, unit, step)

                hook = layer.register_forward_hook(replace_output)
                sides.append(_median(model, windows))
                hook.remove()
            gradient[unit] = (sides[0] - sides[1]) / (2.0 * small)
        close(found.layers[k].gradient[back], np.linalg.norm(gradient), rtol=1e-6)


def test_a_dilated_layer_is_asked_every_few_steps(alone: Panel) -> None:
    found = inspect_network(small_ensemble(alone, dilations=((4,),)), alone)
    (layer,) = found.layers
    steps = np.arange(found.n_origins)
    assert found.n_origins > 12
    assert (layer.gradient[steps % 4 == 0] > 0.0).all()
    assert (layer.gradient[steps % 4 != 0] == 0.0).all()
    assert layer.reach % 4 == 0


def test_a_forgetful_network_looks_back_less_far(alone: Panel) -> None:
    ensemble = small_ensemble(alone, dilations=((1,),))
    keeping = inspect_network(with_bias(ensemble, {"forget": 3.0}), alone).layers[0]
    forgetful = inspect_network(with_bias(ensemble, {"forget": -6.0}), alone).layers[0]
    at = np.arange(1, 8)
    decay = forgetful.gradient[at] / forgetful.gradient[0]
    assert (decay < keeping.gradient[at] / keeping.gradient[0]).all()
    assert forgetful.reach < keeping.reach
    gates = {gate.name: gate for gate in forgetful.gates}
    assert gates["forget"].low_share == 1.0
    assert gates["forget"].mean.max() < 0.05
    assert gates["input"].low_share < 0.5
    assert {gate.name: gate.mean.min() for gate in keeping.gates}["forget"] > 0.8


def test_an_updating_gru_forgets(alone: Panel) -> None:
    ensemble = small_ensemble(alone, cell="gru", dilations=((1,),))
    still = inspect_network(with_bias(ensemble, {"update": 4.0}), alone)
    hasty = inspect_network(with_bias(ensemble, {"update": -6.0}), alone)
    assert still.cell == "GRU"
    assert [gate.name for gate in still.layers[0].gates] == ["reset", "update", "candidate"]
    assert still.layers[0].gates[1].high_share > 0.5
    assert hasty.layers[0].gates[1].low_share > 0.9
    assert hasty.layers[0].reach < still.layers[0].reach


def test_activities_are_summarised_over_units_and_series(panel: Panel, ensemble: Ensemble) -> None:
    ensemble = with_bias(ensemble, {"forget": 3.0, "input": -3.0})  # some are saturated
    found = inspect_network(ensemble, panel)
    model, windows = _model_and_windows(ensemble, panel, n_series=3)
    first = next(m for m in model.network.modules() if isinstance(m, Dilated))
    gates = recompute(first, windows.inputs)[1].numpy()
    for back in (0, 3, found.n_origins - 1):
        at = windows.last.numpy() - back
        seen = np.flatnonzero(at >= 0)
        assert found.n_series_at[back] == seen.size
        for g, gate in enumerate(found.layers[0].gates):
            values = gates[at[seen], seen, g].ravel().astype(np.float64)
            close(gate.mean[back], values.mean(), rtol=1e-6)
            close(gate.quantiles[back], np.quantile(values, ACTIVITY_LEVELS), rtol=1e-5)
            lower, upper = gate.limits
            margin = 0.05 * (upper - lower)
            close(gate.low[back], (values < lower + margin).mean(), rtol=1e-6)
            close(gate.high[back], (values > upper - margin).mean(), rtol=1e-6)
    assert found.n_series_at[0] == 3 > found.n_series_at[-1]
    assert 0.0 < found.layers[0].gates[1].high.mean() < 1.0
    assert 0.0 < found.layers[0].gates[0].low.mean() < 1.0


def test_series_do_not_meet(
    panel: Panel, ensemble: Ensemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = inspect_network(ensemble, panel)
    monkeypatch.setattr(inspection, "_GRAPH_BYTES", 1.0)
    _same(together, inspect_network(ensemble, panel))


def test_series_are_of_the_common_form_and_at_even_distances(
    panel: Panel, ensemble: Ensemble
) -> None:
    found = inspect_network(ensemble, panel)
    assert found.series == ("series 0", "series 1", "series 2")
    assert not found.additive
    assert inspect_network(ensemble, panel, n_series=2).series == ("series 0", "series 2")


def test_additive_series_too() -> None:
    signed = Panel.from_arrays([np.sin(np.arange(30.0)), np.cos(np.arange(25.0))])
    found = inspect_network(small_ensemble(signed), signed)
    assert found.additive
    assert found.layers[0].gradient[0] > 0.0


def test_the_training_window_is_the_one_of_a_forecast(alone: Panel) -> None:
    assert inspect_network(small_ensemble(alone, training_window=9), alone).n_origins == 9


def test_layers_are_named_by_their_place(alone: Panel) -> None:
    ensemble = small_ensemble(alone, dilations=((1, 2), (4,)))
    found = inspect_network(ensemble, alone)
    places = [(layer.name, layer.block, layer.dilation) for layer in found.layers]
    assert places == [("layer 1", 1, 1), ("layer 2", 1, 2), ("layer 3", 2, 4)]
    assert found.season == 4


def test_weights_are_the_members(of_one: Ensemble, alone: Panel) -> None:
    found = inspect_network(with_bias(of_one, {"forget": 2.5}), alone)
    weights = of_one.members[0].network.weights
    recurrent = weights["stack.blocks.0.1.cell.rnn.weight_hh_l0"]
    forget = found.layers[1].gates[1]
    assert forget.name == "forget"
    assert (forget.bias == 2.5).all()
    own = recurrent[HIDDEN : 2 * HIDDEN]
    close(forget.recurrent, own)
    close(forget.spectral_norm, np.linalg.svd(own)[1].max(), rtol=1e-6)
    close(forget.spectral_radius, np.abs(np.linalg.eigvals(own.astype(np.float64))).max())
    close(forget.recurrent_norm, np.sqrt((own.astype(np.float64) ** 2).sum()))
    close(forget.recurrent_std, own.astype(np.float64).std())
    assert found.layers[0].gates[0].inputs.shape == (HIDDEN, 5)


def test_idle_units_are_counted(of_one: Ensemble, alone: Panel) -> None:
    dead = inspect_network(with_bias(of_one, {"output": -60.0}, unit=0), alone)
    assert [layer.dead_share for layer in dead.layers] == [1 / HIDDEN, 1 / HIDDEN]
    always = {"input": 60.0, "candidate": 60.0, "forget": 60.0, "output": 60.0}
    full = inspect_network(with_bias(of_one, always, unit=2), alone).layers[0]
    assert full.saturated_share == 1 / HIDDEN
    # The content is the number of steps so far, and tanh(1) is not yet beyond 0.95.
    assert 0.5 < full.unit_saturation[2] < 1.0
    assert inspect_network(of_one, alone).layers[0].dead_share == 0.0


def test_the_caller_s_torch_is_left_alone(panel: Panel, ensemble: Ensemble) -> None:
    with single_threaded():
        torch.set_num_threads(2)
        torch.manual_seed(5)
        before = torch.get_rng_state()
        with torch.no_grad():
            one = inspect_network(ensemble, panel)
        assert torch.get_num_threads() == 2
        assert torch.equal(torch.get_rng_state(), before)
    _same(one, inspect_network(ensemble, panel))


def test_a_network_with_covariates() -> None:
    panel = example_panel().subset([0, 1, 2])
    rng = np.random.default_rng(0)
    n_steps = int(panel.values.size) + 3 * panel.n_series
    indptr = np.concatenate([[0], np.cumsum(panel.lengths + 3)]).astype(np.int64)
    covariates = Covariates(
        np.eye(3, 2, dtype=np.float32), rng.normal(size=(n_steps, 2)).astype(np.float32), indptr, 3
    )
    plain = small_ensemble(panel).config
    config = replace(plain, network=replace(plain.network, n_static=2, n_future=2))
    ensemble = fit_ensemble(panel, config, seed=0, options=HERE, covariates=covariates)
    found = inspect_network(ensemble, panel, covariates=covariates)
    assert found.layers[0].gates[0].inputs.shape == (HIDDEN, 5)  # covariates go another way
    assert found.input_gradient[0] > 0.0
    with pytest.raises(InputError, match="the network takes 2 static"):
        inspect_network(ensemble, panel)


def test_what_is_not_there_is_refused(panel: Panel, ensemble: Ensemble) -> None:
    with pytest.raises(InputError, match="member must be one of 0 to 0; got 1"):
        inspect_network(ensemble, panel, member=1)
    with pytest.raises(InputError, match="n_series must be at least 1; got 0"):
        inspect_network(ensemble, panel, n_series=0)
    with pytest.raises(InputError, match="holds parameters of 4 series; got a panel of 2"):
        inspect_network(ensemble, panel.subset([0, 1]))


def test_reach_counts_from_the_forecast() -> None:
    layer = LayerDiagnostics("layer 1", 1, 1, (), 0.1 ** np.arange(6.0), np.ones(2), np.zeros(2))
    assert layer.reach == 2
    assert replace(layer, gradient=np.zeros(3)).reach == 0
