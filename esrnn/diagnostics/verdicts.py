"""What the numbers of an inspection mean, in plain words.

The limits are rules of thumb. They say where to look, not that a network is good or bad: that is
said by the accuracy of its forecasts on data held back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from esrnn.diagnostics.records import LayerDiagnostics, NetworkDiagnostics, reach

__all__ = ["Finding", "headline", "layer_findings"]

_MENTIONED, _MOST = 0.1, 0.5  # shares
_GROWING = 10.0  # old origins over recent ones
_MANY_DEAD = 0.25
_LARGE_NORM = 8.0
# What it means that a gate is near the lower or the upper end of its range.
_LOW = {
    "input": ("shut", "nothing new enters these cells"),
    "forget": ("shut", "these cells forget what they held at every step"),
    "output": ("shut", "these cells keep what they hold to themselves"),
    "reset": ("shut", "new states are made without a look at the old ones"),
    "update": ("shut", "these states are overwritten at every step"),
}
_HIGH = {
    "input": ("open", "these cells take in everything"),
    "forget": ("open", "these cells keep all that they ever held"),
    "output": ("open", "these cells show all that they hold"),
    "reset": ("open", "new states see the whole of the old ones"),
    "update": ("open", "these states hardly ever change"),
}
# Shut or open for good, these gates take the recurrence out of a layer.
_HARMFUL = {("forget", "shut"), ("update", "shut"), ("update", "open"), ("output", "shut"),
            ("input", "shut")}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """A sentence about a layer.

    Attributes
    ----------
    severity : {"good", "note", "warning"}
    text : str
    """

    severity: Literal["good", "note", "warning"]
    text: str


def headline(found: NetworkDiagnostics) -> tuple[Finding, ...]:
    """Say how far back the whole network looks, and which layers deserve a look.

    Parameters
    ----------
    found : NetworkDiagnostics

    Returns
    -------
    tuple of Finding
        Two sentences, or one.
    """
    far, last = reach(found.input_gradient), found.n_origins - 1
    if far >= last:
        text = (
            f"The forecast still feels the first of the {_count(last + 1, 'origin')} that it saw."
        )
        reaching = Finding("good", text)
    else:
        text = (
            f"The forecast feels inputs up to {_count(far, 'step')} back; what the network saw "
            "before moves it by less than a hundredth as much."
        )
        reaching = Finding("good" if far >= _enough(found) else "note", text)
    odd = [
        layer.name
        for layer in found.layers
        if any(f.severity == "warning" for f in layer_findings(layer, found))
    ]
    if odd:
        rest = Finding("warning", f"Worth a look: {_listed(odd)}.")
    else:
        rest = Finding("good", "No layer stands out.")
    return reaching, rest


def layer_findings(layer: LayerDiagnostics, found: NetworkDiagnostics) -> tuple[Finding, ...]:
    """Say what a layer's numbers mean.

    Parameters
    ----------
    layer : LayerDiagnostics
        Of `found`.
    found : NetworkDiagnostics

    Returns
    -------
    tuple of Finding
        On its gradient, its gates, its units and its weights, in this order.

    Examples
    --------
    >>> fading, steps, units = 0.5 ** np.arange(30), np.ones(30, int), np.full(4, 0.3)
    >>> layer = LayerDiagnostics("layer 1", 1, 1, (), (), fading, units, 0 * units)
    >>> found = NetworkDiagnostics(0, "LSTM", ("a",), False, 12, steps, (layer,), fading)
    >>> print(layer_findings(layer, found)[0].text)
    The gradient falls to a hundredth within 7 steps: what lies further back does not reach the
    forecast through this layer.
    """
    return (
        *_on_gradient(layer, found),
        *_on_gates(layer),
        *_on_units(layer),
        *_on_weights(layer),
    )


def _on_gradient(layer: LayerDiagnostics, found: NetworkDiagnostics) -> list[Finding]:
    gradient, far, last = layer.gradient, layer.reach, found.n_origins - 1
    if not gradient.max() > 0.0:
        return [Finding("warning", "No gradient reaches this layer: nothing of it is used.")]
    out = []
    if layer.dilation > last:
        out.append(
            Finding(
                "warning",
                f"A step of its recurrence, {_count(layer.dilation, 'origin')}, is longer than the "
                f"{_count(last + 1, 'origin')} seen: this layer has no memory.",
            )
        )
    elif layer.dilation > far:
        out.append(
            Finding(
                "warning",
                f"One step of its recurrence back, {_count(layer.dilation, 'origin')}, the "
                "gradient is below a hundredth: this layer's memory is not used.",
            )
        )
    elif far > last - layer.dilation:  # it cannot be seen to reach any further
        text = f"The gradient stays above a hundredth over all {found.n_origins} origins."
        out.append(Finding("good", text))
    else:
        text = (
            f"The gradient falls to a hundredth within {_count(far + 1, 'step')}: what lies "
            "further back does not reach the forecast through this layer."
        )
        out.append(Finding("good" if far >= _enough(found) else "note", text))
    growth = _growth(gradient)
    if growth > _GROWING:
        text = (
            f"The gradient grows with distance, {growth:.0f}-fold from the nearer half of the "
            "origins to the farther one: old origins outweigh recent ones, and training may be "
            "unstable."
        )
        out.append(Finding("warning", text))
    return out


def _enough(found: NetworkDiagnostics) -> int:
    """Return how far back a network should look: a season, or half of what it was shown."""
    return min(found.season, (found.n_origins - 1) // 2)


def _growth(gradient: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    half = gradient.size // 2
    near, far = gradient[: gradient.size - half].mean(), gradient[gradient.size - half :]
    return float(far.mean() / near) if half and near > 0.0 else 0.0


def _on_gates(layer: LayerDiagnostics) -> list[Finding]:
    out = []
    for gate in layer.gates:
        if gate.name == "candidate":
            share = gate.low_share + gate.high_share
            if share >= _MENTIONED:
                text = f"{share:.0%} of candidates are saturated: little is learnt through them."
                out.append(Finding("warning" if share >= _MOST else "note", text))
            continue
        for share, words in ((gate.low_share, _LOW), (gate.high_share, _HIGH)):
            if share < _MENTIONED:
                continue
            state, meaning = words[gate.name]
            harmful = share >= _MOST and (gate.name, state) in _HARMFUL
            text = f"{share:.0%} of {gate.name} gates are saturated {state}: {meaning}."
            out.append(Finding("warning" if harmful else "note", text))
    if not out:
        text = f"No gate is saturated at more than {_MENTIONED:.0%} of units and steps."
        out.append(Finding("good", text))
    return out


def _on_units(layer: LayerDiagnostics) -> list[Finding]:
    size = layer.hidden_size
    dead, full = round(layer.dead_share * size), round(layer.saturated_share * size)
    out = []
    if dead:
        text = f"{dead} of {_count(size, 'unit')} never {'moves' if dead == 1 else 'move'}."
        out.append(Finding("warning" if layer.dead_share >= _MANY_DEAD else "note", text))
    if full:
        text = f"{full} of {_count(size, 'unit')} {'is' if full == 1 else 'are'} at an end of the "
        out.append(Finding("note", text + "range more than half of the time."))
    return out or [Finding("good", f"All {_count(size, 'unit')} take part.")]


def _on_weights(layer: LayerDiagnostics) -> list[Finding]:
    if not layer.weights:
        return []
    largest = max(layer.weights, key=lambda w: w.spectral_norm)
    widest = max(layer.weights, key=lambda w: w.spectral_radius)
    text = (
        f"Recurrent weights: spectral norm up to {largest.spectral_norm:.2f} ({largest.name}), "
        f"spectral radius up to {widest.spectral_radius:.2f} ({widest.name})."
    )
    if largest.spectral_norm > _LARGE_NORM:
        return [Finding("note", text + " That is large: gates are driven into saturation.")]
    return [Finding("good", text)]


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
