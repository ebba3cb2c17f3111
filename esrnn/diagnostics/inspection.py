"""Runs a member's network on a sample of series, and records what goes on inside.

It runs through the origins that a forecast runs through, on the CPU and in float64. The state of
torch's generator and its number of threads stay as they were. Equal arguments give equal results.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from esrnn._typing import BoolArray, Float32Array, FloatArray, IntArray
from esrnn.diagnostics.recompute import cell_of, gate_limits, recompute, unfold
from esrnn.diagnostics.records import (
    ACTIVITY_LEVELS,
    GateDiagnostics,
    LayerDiagnostics,
    NetworkDiagnostics,
)
from esrnn.errors import InputError
from esrnn.model import HybridModel
from esrnn.nn.layers.layer import Layer
from esrnn.nn.layers.recurrence import GateWeights, Recurrence
from esrnn.ops.windows import Windows
from esrnn.runtime import default_modes, single_threaded
from esrnn.smoothing import PreparedPanel

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble
    from esrnn.panel import Covariates, Panel

__all__ = ["inspect_network"]

_NEAR = 0.05  # of a gate's range: so close to an end it is saturated
_SATURATED = 0.95  # of a unit
_GRAPH_BYTES = 2.5e8  # of what is kept for going back through the steps
_BYTES_PER_UNIT = 160  # and step: some twenty numbers in float64


# What a batch of series leaves, counted back from the forecasts: the number of origins of each
# series, shape (B,); for each layer its gates, shape (W, B, n_gates, hidden_size), and its hidden
# states, shape (W, B, hidden_size); norms of gradients, shape (W, B), of the inputs and then of
# each layer. Steps before a series' first origin hold anything.
_Run: TypeAlias = tuple[IntArray, list[Float32Array], list[Float32Array], list[FloatArray]]


def inspect_network(
    ensemble: Ensemble,
    panel: Panel,
    member: int = 0,
    n_series: int = 32,
    covariates: Covariates | None = None,
) -> NetworkDiagnostics:
    """Look at gates, gradients back in time, weights and units of one member's network.

    Parameters
    ----------
    ensemble : Ensemble
    panel : Panel
        The series of the ensemble, in the same order. They may be longer now.
    member : int, default 0
    n_series : int, default 32
        How many series to run it on: at even distances among those of the more common form.
    covariates : Covariates, optional
        Of these series, if the networks were trained with such.

    Returns
    -------
    NetworkDiagnostics

    Raises
    ------
    InputError
        If there is no such member, `n_series` is less than 1, or the panel is not the ensemble's.

    Examples
    --------
    >>> from esrnn.config import preset_config
    >>> from esrnn.ensemble import TrainingOptions, fit_ensemble
    >>> from esrnn.panel import Panel
    >>> panel = Panel.from_arrays([np.tile([2.0, 4.0, 6.0, 4.0], 6)])
    >>> config = preset_config("quarterly", 4, n_members=1, n_epochs=1, hidden_size=4)
    >>> ensemble = fit_ensemble(panel, config, seed=0, options=TrainingOptions(n_jobs=1))
    >>> found = inspect_network(ensemble, panel)
    >>> [(layer.name, layer.dilation) for layer in found.layers[:2]]
    [('layer 1', 1), ('layer 2', 2)]
    >>> [gate.name for gate in found.layers[0].gates]
    ['input', 'forget', 'candidate', 'output']
    """
    if not 0 <= member < len(ensemble.members):
        raise InputError(f"member must be one of 0 to {len(ensemble.members) - 1}; got {member!r}")
    if n_series < 1:
        raise InputError(f"n_series must be at least 1; got {n_series!r}")
    data = ensemble.prepared(panel, covariates).with_fit(ensemble.members[member].smoothing)
    chosen = _sample(data, n_series)
    one = ensemble.members[member]
    with single_threaded(), default_modes():
        model = one.network.model().double()
        blocks = model.network.stack.layers()
        layers = [layer for block in blocks for layer in block]
        n_origins, gates, hidden, gradients = _run_all(
            model, layers, data, chosen, one.smoothing.rows
        )
    seen = np.arange(int(n_origins.max()))[:, None] < n_origins
    numbers = [b + 1 for b, block in enumerate(blocks) for _ in block]
    cells = [cell_of(layer) for layer in layers]
    return NetworkDiagnostics(
        member=member,
        cell=type(cells[0]).__name__,
        series=tuple(panel.ids[i] for i in chosen),
        additive=bool(data.additive[chosen[0]]),
        season=max(one.config.smoothing.seasonal_periods, default=one.config.network.horizon),
        n_series_at=seen.sum(axis=1).astype(np.int64),
        layers=tuple(
            LayerDiagnostics(
                name=f"layer {k + 1}",
                block=numbers[k],
                dilation=getattr(layers[k], "dilation", 1),
                gates=_gates(cell, gates[k], seen),
                gradient=_mean(gradients[k + 1], seen),
                unit_std=hidden[k][seen].std(axis=0).astype(np.float64),
                unit_saturation=_saturation(cell, hidden[k][seen]),
                is_recurrent=isinstance(cell, Recurrence),
            )
            for k, cell in enumerate(cells)
        ),
        input_gradient=_mean(gradients[0], seen),
    )


def _sample(data: PreparedPanel, n_series: int) -> IntArray:
    """Choose series at even distances among those of the more common form."""
    additive = data.additive.mean() > 0.5
    alike = np.flatnonzero(data.additive == additive)
    places = np.linspace(0, alike.size - 1, min(n_series, alike.size)).round().astype(np.int64)
    return alike[places]


def _run_all(
    model: HybridModel,
    layers: Sequence[Layer],
    data: PreparedPanel,
    chosen: IntArray,
    rows: FloatArray,
) -> _Run:
    """Run all chosen series, so many at a time that their steps fit into memory."""
    lengths = data.lengths[chosen]
    n_origins = int((lengths - model.layout.last_starts(lengths)).max())
    width = len(layers) * model.network.head.get_parameter("linears.0.weight").shape[1]
    size = max(1, int(_GRAPH_BYTES // (n_origins * width * _BYTES_PER_UNIT)))
    runs = []
    for begin in range(0, chosen.size, size):
        part: IntArray = chosen[begin : begin + size]
        windows = model.windows(data.subset(part), torch.from_numpy(rows[part]))
        runs.append(_run(model, layers, _in_double(windows), n_origins))
    n_seen, *others = zip(*runs, strict=True)
    gates, hidden, gradients = (
        [np.concatenate(parts, axis=1) for parts in zip(*of_runs, strict=True)]
        for of_runs in others
    )
    return np.concatenate(n_seen), gates, hidden, gradients


def _in_double(windows: Windows) -> Windows:
    """Bring what the network sees to float64, its weights' type here."""
    features = windows.features
    if features is not None:
        parts = features._asdict().items()
        tensors = {name: part for name, part in parts if isinstance(part, Tensor)}
        double = {name: t.double() for name, t in tensors.items() if t.is_floating_point()}
        features = features._replace(**double)  # type: ignore[arg-type]
    return windows._replace(inputs=windows.inputs.double(), features=features)


@contextmanager
def _opened(
    model: HybridModel, layers: Sequence[Layer]
) -> Iterator[tuple[list[Tensor], list[tuple[list[Tensor], Tensor]]]]:
    """Let each layer run step by step; collect the stack's inputs, and what `recompute` returns."""
    inputs: list[Tensor] = []
    steps: list[tuple[list[Tensor], Tensor]] = []

    def enter(_: object, arguments: tuple[Tensor, Any]) -> tuple[Tensor, Any]:
        """Make the inputs a leaf of the graph."""
        inputs.append(arguments[0].detach().requires_grad_())
        return (inputs[0], *arguments[1:])

    def walk(layer: Layer, arguments: tuple[Tensor, None], _: Tensor) -> Tensor:
        """Replace a layer by its steps."""
        x = arguments[0]
        steps.append(recompute(layer, x))
        return unfold(steps[-1][0], x.shape[1], x.shape[0])

    hooks = [model.network.stack.register_forward_pre_hook(enter)]
    hooks += [layer.register_forward_hook(walk) for layer in layers]
    try:
        yield inputs, steps
    finally:
        for hook in hooks:
            hook.remove()


def _run(model: HybridModel, layers: Sequence[Layer], windows: Windows, n_origins: int) -> _Run:
    """Run a batch of series forwards and backwards."""
    with _opened(model, layers) as (inputs, steps):
        outputs = model(windows)
    shape = inputs[0].shape[1], inputs[0].shape[0]
    states = [state for hidden, _ in steps for state in hidden]
    # Series don't meet in the network, so that each one's gradient is that of its own forecast.
    total = outputs[len(outputs) // 2].sum()
    own, *others = torch.autograd.grad(
        total, [inputs[0], *states], allow_unused=True, materialize_grads=True
    )
    norms = [own.norm(dim=2)]
    for hidden, _ in steps:
        part, others = others[: len(hidden)], others[len(hidden) :]
        norms.append(unfold(part, *shape).norm(dim=2))
    last = windows.last.numpy()
    back = np.maximum(last - np.arange(n_origins)[:, None], 0), np.arange(last.size)
    return (
        last + 1,
        [gates.numpy()[back] for _, gates in steps],
        [unfold(hidden, *shape).detach().float().numpy()[back] for hidden, _ in steps],
        [norm.numpy()[back] for norm in norms],
    )


def _mean(along: FloatArray, seen: BoolArray) -> FloatArray:
    """Return the mean over the series that reach so far back, (W, B) to (W,)."""
    mean: FloatArray = np.where(seen, along, 0.0).sum(axis=1) / seen.sum(axis=1)
    return mean


def _saturation(cell: Layer, hidden: Float32Array) -> FloatArray:
    """Return the share of values, (n, hidden_size), near an end of each unit's range."""
    if not cell.is_bounded:
        return np.zeros(hidden.shape[1])
    share: FloatArray = (np.abs(hidden) > _SATURATED).mean(axis=0)
    return share


def _gates(cell: Layer, values: Float32Array, seen: BoolArray) -> tuple[GateDiagnostics, ...]:
    """Summarise gates of shape (W, B, n_gates, hidden_size) over series and units."""
    if not isinstance(cell, Recurrence):
        return ()
    gates = zip(cell.gate_names, cell.gate_weights(), strict=True)
    return tuple(
        _gate(name, values[:, :, g], seen, weights) for g, (name, weights) in enumerate(gates)
    )


def _gate(
    name: str, values: Float32Array, seen: BoolArray, weights: GateWeights
) -> GateDiagnostics:
    """Summarise a gate of shape (W, B, hidden_size)."""
    lower, upper = gate_limits(name)
    margin = _NEAR * (upper - lower)
    low, high = (values < lower + margin).mean(axis=2), (values > upper - margin).mean(axis=2)
    return GateDiagnostics(
        name,
        (lower, upper),
        _mean(values.mean(axis=2, dtype=np.float64), seen),
        _quantiles(values, seen),
        _mean(low, seen),
        _mean(high, seen),
        float(low[seen].mean()),
        float(high[seen].mean()),
        weights.inputs.numpy().copy(),
        None if weights.recurrent is None else weights.recurrent.numpy().copy(),
        weights.bias.numpy().copy(),
    )


def _quantiles(values: Float32Array, seen: BoolArray) -> FloatArray:
    """Return quantiles over the units of the series that reach so far back, (W, n_levels)."""
    quantiles = np.empty((len(values), len(ACTIVITY_LEVELS)))
    counts = seen.sum(axis=1)
    for count in np.unique(counts):  # steps that the same number of series reach, at once
        at = np.flatnonzero(counts == count)
        pooled = values[at][:, seen[at[0]]].reshape(at.size, -1)
        quantiles[at] = np.quantile(pooled, ACTIVITY_LEVELS, axis=1).T
    return quantiles
