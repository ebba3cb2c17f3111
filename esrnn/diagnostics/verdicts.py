"""What the numbers of an inspection mean, in plain words.

The limits are rules of thumb. They show where to look. Whether a network is good or bad is shown by
the accuracy of its forecasts on held-out data.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from esrnn.diagnostics.records import LayerDiagnostics, NetworkDiagnostics, reach

__all__ = ["Finding", "headline", "layer_findings"]

_MENTIONED, _MOST = 0.1, 0.5  # shares
_GROWING = 10.0  # old origins over recent ones
_MANY_DEAD = 0.25
_LARGE_NORM = 8.0
# What it means that a gate is shut or open.
_LOW = {
    "input": "nothing new enters these cells",
    "forget": "these cells forget what they held at every step",
    "output": "these cells keep what they hold to themselves",
    "reset": "new states are made without a look at the old ones",
    "update": "these states are overwritten at every step",
}
_HIGH = {
    "input": "these cells take in everything",
    "forget": "these cells keep all that they ever held",
    "output": "these cells show all that they hold",
    "reset": "new states see the whole of the old ones",
    "update": "these states hardly ever change",
}
# A layer whose gates are always in one of these states has lost its memory.
_HARMFUL = {("forget", "shut"), ("update", "shut"), ("update", "open"), ("output", "shut"),
            ("input", "shut")}  # fmt: skip


# How much a sentence matters, and the sentence.
Finding: TypeAlias = tuple[Literal["good", "note", "warning"], str]


def headline(found: NetworkDiagnostics) -> tuple[Finding, ...]:
    """Say how far back the whole network looks, and which layers deserve a look.

    Parameters
    ----------
    found : NetworkDiagnostics

    Returns
    -------
    tuple of (severity, text)
        The severity is ``"good"``, ``"note"`` or ``"warning"``.
    """
    far, last = reach(found.input_gradient), found.n_origins - 1
    if far >= last:
        text = (
            f"The forecast still feels the first of the {_count(last + 1, 'origin')} that it saw."
        )
        reaching: Finding = ("good", text)
    else:
        text = (
            f"The forecast feels inputs up to {_count(far, 'step')} back; what the network saw "
            "before moves it by less than a hundredth as much."
        )
        reaching = ("good" if far >= _enough(found) else "note", text)
    odd = [
        layer.name
        for layer in found.layers
        if any(severity == "warning" for severity, _ in layer_findings(layer, found))
    ]
    rest: Finding = ("good", "No layer stands out.")
    if odd:
        rest = ("warning", f"Worth a look: {_listed(odd)}.")
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
    tuple of (severity, text)
        On its gradient, its gates, its units and its weights, in this order.

    Examples
    --------
    >>> fading, steps, units = 0.5 ** np.arange(30), np.ones(30, int), np.full(4, 0.3)
    >>> layer = LayerDiagnostics("layer 1", 1, 1, (), fading, units, 0 * units)
    >>> found = NetworkDiagnostics(0, "LSTM", ("a",), False, 12, steps, (layer,), fading)
    >>> print(layer_findings(layer, found)[0][1])
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
    """Say how far back the gradient reaches."""
    gradient, far, last = layer.gradient, layer.reach, found.n_origins - 1
    if not gradient.max() > 0.0:
        return [("warning", "No gradient reaches this layer: nothing of it is used.")]
    if not layer.is_recurrent:
        text = (
            "No output of this layer enters a later step of its own. How far back it looks shows in"
            " the line of what it reads: the inputs, or the layer below."
        )
        return [("good", text)]
    out: list[Finding] = []
    if layer.dilation > last:
        out.append(
            (
                "warning",
                f"A step of its recurrence, {_count(layer.dilation, 'origin')}, is longer than the "
                f"{_count(last + 1, 'origin')} seen: this layer has no memory.",
            )
        )
    elif layer.dilation > far:
        out.append(
            (
                "warning",
                f"One step of its recurrence back, {_count(layer.dilation, 'origin')}, the "
                "gradient is below a hundredth: this layer's memory is not used.",
            )
        )
    elif far > last - layer.dilation:  # it cannot be seen to reach any further
        text = f"The gradient stays above a hundredth over all {found.n_origins} origins."
        out.append(("good", text))
    else:
        text = (
            f"The gradient falls to a hundredth within {_count(far + 1, 'step')}: what lies "
            "further back does not reach the forecast through this layer."
        )
        out.append(("good" if far >= _enough(found) else "note", text))
    growth = _growth(gradient)
    if growth > _GROWING:
        text = (
            f"The gradient grows with distance, {growth:.0f}-fold from the nearer half of the "
            "origins to the farther one: old origins outweigh recent ones, and training may be "
            "unstable."
        )
        out.append(("warning", text))
    return out


def _enough(found: NetworkDiagnostics) -> int:
    """Return how far back a network should look: a season, or half of what it was shown."""
    return min(found.season, (found.n_origins - 1) // 2)


def _growth(gradient: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Return the mean of the older half of a gradient over that of the recent half."""
    half = gradient.size // 2
    near, far = gradient[: gradient.size - half].mean(), gradient[gradient.size - half :]
    return float(far.mean() / near) if half and near > 0.0 else 0.0


def _on_gates(layer: LayerDiagnostics) -> list[Finding]:
    """Say which gates are saturated."""
    if not layer.gates:
        return [("good", "Cells of this kind have no gates.")]
    out: list[Finding] = []
    for gate in layer.gates:
        if gate.name == "candidate":
            share = gate.low_share + gate.high_share
            if share >= _MENTIONED:
                text = f"{share:.0%} of candidates are saturated: little is learnt through them."
                out.append(("warning" if share >= _MOST else "note", text))
            continue
        for share, state, meanings in (
            (gate.low_share, "shut", _LOW),
            (gate.high_share, "open", _HIGH),
        ):
            if share < _MENTIONED:
                continue
            harmful = share >= _MOST and (gate.name, state) in _HARMFUL
            meaning = f": {meanings[gate.name]}" if gate.name in meanings else ""
            text = f"{share:.0%} of {gate.name} gates are saturated {state}{meaning}."
            out.append(("warning" if harmful else "note", text))
    if not out:
        text = f"No gate is saturated at more than {_MENTIONED:.0%} of units and steps."
        out.append(("good", text))
    return out


def _on_units(layer: LayerDiagnostics) -> list[Finding]:
    """Say which units are idle."""
    size = layer.hidden_size
    dead, full = round(layer.dead_share * size), round(layer.saturated_share * size)
    out: list[Finding] = []
    if dead:
        text = f"{dead} of {_count(size, 'unit')} never {'moves' if dead == 1 else 'move'}."
        out.append(("warning" if layer.dead_share >= _MANY_DEAD else "note", text))
    if full:
        text = f"{full} of {_count(size, 'unit')} {'is' if full == 1 else 'are'} at an end of the "
        out.append(("note", text + "range more than half of the time."))
    return out or [("good", f"All {_count(size, 'unit')} take part.")]


def _on_weights(layer: LayerDiagnostics) -> list[Finding]:
    """Say how large the recurrent weights are."""
    gates = [gate for gate in layer.gates if gate.recurrent is not None]
    if not gates:
        return []
    largest = max(gates, key=lambda gate: gate.spectral_norm)
    widest = max(gates, key=lambda gate: gate.spectral_radius)
    text = (
        f"Recurrent weights: spectral norm up to {largest.spectral_norm:.2f} ({largest.name}), "
        f"spectral radius up to {widest.spectral_radius:.2f} ({widest.name})."
    )
    if largest.spectral_norm > _LARGE_NORM:
        return [("note", text + " That is large: gates are driven into saturation.")]
    return [("good", text)]


def _count(n: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _listed(names: list[str]) -> str:
    """Join names as a sentence lists them."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
