"""Small ensembles whose weights can be set, for the tests of what is found in networks."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from esrnn.config import (
    EnsembleConfig,
    ModelConfig,
    NetworkConfig,
    SmoothingConfig,
    TrainingConfig,
)
from esrnn.ensemble import Ensemble, fit_ensemble
from esrnn.panel import Panel
from tests.hybrids import HERE, random_panel

HIDDEN = 5
# Where torch keeps the gates of a cell.
SLOT = {
    "lstm": {"input": 0, "forget": 1, "candidate": 2, "output": 3},
    "gru": {"reset": 0, "update": 1, "candidate": 2},
}


def small_ensemble(
    panel: Panel,
    *,
    cell: str = "lstm",
    dilations: tuple[tuple[int, ...], ...] = ((1, 2),),
    training_window: int | None = None,
) -> Ensemble:
    network = NetworkConfig(5, 3, dilations, HIDDEN, cell)
    training = TrainingConfig(
        n_epochs=1, batch_size=4, calibration=0.0, training_window=training_window
    )
    config = ModelConfig(network, SmoothingConfig((4,)), training, EnsembleConfig(n_members=1))
    return fit_ensemble(panel, config, seed=0, options=HERE)


def with_bias(
    ensemble: Ensemble, biases: Mapping[str, float], *, unit: int | None = None
) -> Ensemble:
    """Set gates' biases in all layers, of one unit or of all."""
    (member,) = ensemble.members
    slot = SLOT[member.config.network.cell]
    weights = {name: value.copy() for name, value in member.network.weights.items()}
    for name, value in weights.items():
        for gate, bias in biases.items():
            if "bias_ih" in name or "bias_hh" in name:
                where = slice(None) if unit is None else unit
                value[slot[gate] * HIDDEN : (slot[gate] + 1) * HIDDEN][where] = (
                    bias if "bias_ih" in name else 0.0
                )
    network = replace(member.network, weights=weights)
    return replace(ensemble, members=(replace(member, network=network),))


def example_panel() -> Panel:
    """Return three positive series of unlike lengths, and a signed one."""
    positive = random_panel(0, [40, 33, 20])
    signed = random_panel(1, [30], signed=True)
    return Panel.concat([positive, Panel.from_arrays([signed.series(0)], ["signed"])])


def one_series(n: int = 24) -> Panel:
    return Panel.from_arrays([random_panel(3, [n]).series(0)], ["one"])


def close(a: object, b: object, rtol: float = 1e-9) -> None:
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=rtol, atol=1e-13)
