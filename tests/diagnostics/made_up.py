"""Findings that were never made, for the tests of what is said and drawn of them."""

from dataclasses import replace

import numpy as np

from esrnn.diagnostics import (
    GateDiagnostics,
    LayerDiagnostics,
    NetworkDiagnostics,
)

W, HIDDEN, N_INPUTS = 40, 6, 8
LSTM = ("input", "forget", "candidate", "output")
GRU = ("reset", "update", "candidate")


def gate_of(
    name: str, low: float = 0.0, high: float = 0.0, n: int = W, seed: int = 0, scale: float = 0.2
) -> GateDiagnostics:
    lower, upper = (-1.0, 1.0) if name == "candidate" else (0.0, 1.0)
    middle = (lower + upper) / 2.0 + 0.05 * np.sin(np.arange(n))
    quantiles = middle[:, None] + 0.1 * (upper - lower) * np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    shares = np.full(n, low), np.full(n, high)
    rng = np.random.default_rng(seed)
    recurrent = rng.normal(0.0, scale, (HIDDEN, HIDDEN))
    inputs = rng.normal(0.0, scale, (HIDDEN, N_INPUTS))
    weights = inputs, recurrent, np.full(HIDDEN, 0.5)
    return GateDiagnostics(name, (lower, upper), middle, quantiles, *shares, low, high, *weights)


def layer_of(
    k: int = 0,
    *,
    gradient: np.ndarray | None = None,
    dilation: int = 1,
    gates: tuple[str, ...] = LSTM,
    low: dict[str, float] | None = None,
    high: dict[str, float] | None = None,
) -> LayerDiagnostics:
    gradient = 0.95 ** np.arange(float(W)) if gradient is None else gradient
    low, high = low or {}, high or {}
    return LayerDiagnostics(
        name=f"layer {k + 1}",
        block=1,
        dilation=dilation,
        gates=tuple(gate_of(g, low.get(g, 0.0), high.get(g, 0.0), gradient.size, k) for g in gates),
        gradient=gradient,
        unit_std=np.linspace(0.1, 0.3, HIDDEN),
        unit_saturation=np.zeros(HIDDEN),
    )


def network_of(*layers: LayerDiagnostics, season: int = 12) -> NetworkDiagnostics:
    layers = layers or (layer_of(),)
    n = layers[0].gradient.size
    cell = "LSTM" if len(layers[0].gates) == 4 else "GRU"
    return NetworkDiagnostics(
        2, cell, ("a", "b"), False, season, np.full(n, 2), layers, layers[0].gradient
    )


def with_units(layer: LayerDiagnostics, dead: int = 0, full: int = 0) -> LayerDiagnostics:
    std, saturation = layer.unit_std.copy(), layer.unit_saturation.copy()
    std[:dead] = 0.0
    saturation[:full] = 0.9
    return replace(layer, unit_std=std, unit_saturation=saturation)
