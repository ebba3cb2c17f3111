"""Gates, gradients back in time, units and weights of a network, in one figure.

The panels are drawn one by one, so that `esrnn.plotting.network_page` can use them too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from esrnn._typing import FloatArray
from esrnn.plotting.style import (
    FAINT,
    FORECAST,
    INK,
    LEVEL,
    NETWORK,
    SEASONS,
    SMALL,
    SOFT,
    add_legend,
    label_times,
    legend_entries,
    new_figure,
    style_axes,
    title_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from esrnn.diagnostics import GateDiagnostics, LayerDiagnostics, NetworkDiagnostics

__all__ = [
    "LAYER_COLORS",
    "draw_gate",
    "draw_gradients",
    "draw_units",
    "draw_weights",
    "layer_colors",
    "plot_diagnostics",
    "saturation_of",
    "summary_of",
]

LAYER_COLORS = (FORECAST, LEVEL, SEASONS[0], SEASONS[1], NETWORK, "#7a6a2f", "#3fa7c4", "#9c9c9c")
_WIDTH, _TOP, _ROW = 13.0, 3.0, 1.65  # inches
_LEAST_GRADIENT = 1e-6  # of the peak: what lies lower is cut off
_BINS = 41
# Between which of the quantiles, and how dark.
_BANDS = ((0, 4, 0.16), (1, 3, 0.28))
_FILL = 0.3


def plot_diagnostics(diagnostics: NetworkDiagnostics) -> Figure:
    """Draw what an inspection of a network found.

    The upper left panel shows how strongly a forecast depends on inputs and states so many steps
    before: the norm of the gradient. A line that drops early is a vanishing gradient. The upper
    right panel shows how much each unit's output moves. Below, if cells have gates, is a row for
    each layer, with its gates along the origins and the distribution of its weights. A line is the
    mean of all units and series; bands hold the middle half and nine tenths of them.

    Parameters
    ----------
    diagnostics : NetworkDiagnostics
        What `esrnn.diagnostics.inspect_network` returned.

    Returns
    -------
    matplotlib.figure.Figure
        Save it with ``figure.savefig("diagnostics.png")``.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    layers = diagnostics.layers
    has_gates = bool(layers[0].gates)
    heights = [_TOP, *([0.3 + _ROW * len(layers)] if has_gates else [])]
    figure = new_figure(_WIDTH, 0.7 + sum(heights))
    figure.suptitle(summary_of(diagnostics), x=0.01, ha="left", fontsize=SMALL + 2, color=INK)
    parts = figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    gradients, units = parts[0].subplots(1, 2, width_ratios=[2.4, 1])
    draw_gradients(gradients, diagnostics)
    title_axes(gradients, "how far back a forecast reaches: norm of its gradient")
    draw_units(units, layers)
    title_axes(units, "how much units move")
    add_legend(parts[0], legend_entries([gradients], ()), columns=9)
    if has_gates:
        _draw_layers(parts[1], diagnostics)
    return figure


def _draw_layers(below: SubFigure, diagnostics: NetworkDiagnostics) -> None:
    """Draw a row for each layer: its gates and its weights."""
    layers = diagnostics.layers
    grid = below.subplots(len(layers), len(layers[0].gates) + 1, squeeze=False)
    for layer, cells, color in zip(layers, grid, layer_colors(diagnostics), strict=True):
        for ax, gate in zip(cells, layer.gates, strict=False):
            draw_gate(ax, gate, color)
            title_axes(ax, gate.name, size=SMALL + 0.5)
            _note(ax, saturation_of(gate))
        cells[0].set_ylabel(
            f"{layer.name}\ndilation {layer.dilation}", fontsize=SMALL + 0.5, color=color
        )
        draw_weights(cells[-1], layer.gates, color)
        title_axes(cells[-1], "weights", size=SMALL + 0.5)
        if any(gate.recurrent is not None for gate in layer.gates):
            largest = max(gate.spectral_norm for gate in layer.gates)
            _note(cells[-1], f"spectral norm ≤ {largest:.2f}")
    for ax in grid[-1][:-1]:
        ax.set_xlabel("steps before the forecast", fontsize=SMALL, color=SOFT)
    hears = any(gate.recurrent is not None for layer in layers for gate in layer.gates)
    add_legend(below, _keys(hears), columns=9)


def _keys(has_recurrent_weights: bool) -> list[tuple[Any, str]]:
    """Return the legend of lines and bands, whatever the colour of the layer."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    wide, narrow = _BANDS
    recurrent = [(Patch(color=SOFT, alpha=_FILL, linewidth=0), "recurrent weights")]
    return [
        (Line2D([], [], color=SOFT, linewidth=1.3), "mean of units and series"),
        (Patch(color=SOFT, alpha=wide[2] + narrow[2], linewidth=0), "middle half"),
        (Patch(color=SOFT, alpha=wide[2], linewidth=0), "nine tenths"),
        *(recurrent if has_recurrent_weights else []),
        (Line2D([], [], color=INK, linewidth=1.0), "weights of inputs"),
    ]


def summary_of(diagnostics: NetworkDiagnostics) -> str:
    """Say in a line what was inspected."""
    layers, n = diagnostics.layers, len(diagnostics.series)
    form = "additive" if diagnostics.additive else "multiplicative"
    return (
        f"Network of member {diagnostics.member}: {len(layers)} {diagnostics.cell} "
        f"layer{'s' if len(layers) > 1 else ''} of {layers[0].hidden_size} units, on {n} {form} "
        f"series, {diagnostics.n_origins} origins"
    )


def draw_gradients(ax: Axes, diagnostics: NetworkDiagnostics) -> None:
    """Draw the gradient's norm by steps back, a line for the inputs and one for each layer."""
    lines = [("inputs", diagnostics.input_gradient, INK)]
    lines += [
        (f"{layer.name}, dilation {layer.dilation}", layer.gradient, color)
        for layer, color in zip(diagnostics.layers, layer_colors(diagnostics), strict=True)
    ]
    _style_log(ax)
    peak = max(float(gradient.max()) for _, gradient, _ in lines)
    floor = peak * _LEAST_GRADIENT
    for name, gradient, color in lines:
        steps = np.flatnonzero(gradient > floor)  # between steps of a dilated recurrence: none
        ax.plot(
            steps, gradient[steps], color=color, linewidth=1.3, label=name,
            linestyle=(0, (2, 1)) if name == "inputs" else "-",
            marker="o" if steps.size <= 24 else None, markersize=2.5,
        )  # fmt: skip
    if peak > 0.0:
        shown = np.concatenate([gradient[gradient > floor] for _, gradient, _ in lines])
        ax.set_ylim(shown.min() / 1.6, peak * 1.6)
    ax.margins(x=0.01)
    ax.set_xlim(-0.01 * diagnostics.n_origins - 0.2, diagnostics.n_origins - 0.5)
    ax.set_xlabel("steps back", fontsize=SMALL, color=SOFT)


def draw_units(ax: Axes, layers: Sequence[LayerDiagnostics]) -> None:
    """Draw the standard deviations of the units' outputs in increasing order."""
    style_axes(ax)
    for k, layer in enumerate(layers):
        moves = np.sort(layer.unit_std)
        ax.plot(
            np.arange(1, moves.size + 1), moves, color=LAYER_COLORS[k % len(LAYER_COLORS)],
            linewidth=1.3, label=layer.name,
        )  # fmt: skip
    ax.set_ylim(bottom=0.0)
    ax.margins(x=0.02)
    label_times(ax, np.arange(1), wide=False)
    ax.set_xlabel("units, from still to lively", fontsize=SMALL, color=SOFT)
    ax.set_ylabel("standard deviation of the output", fontsize=SMALL, color=SOFT)


def draw_gate(ax: Axes, gate: GateDiagnostics, color: str = FORECAST) -> None:
    """Draw the activations of a gate along the origins, the last one on the right."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    style_axes(ax)
    lower, upper = gate.limits
    steps = -np.arange(gate.mean.size)
    for a, b, alpha in _BANDS:
        ax.fill_between(
            steps, gate.quantiles[:, a], gate.quantiles[:, b], color=color, alpha=alpha, linewidth=0
        )
    ax.plot(steps, gate.mean, color=color, linewidth=1.3, label=gate.name)
    margin = 0.02 * (upper - lower)
    ax.set_ylim(lower - margin, upper + margin)
    ax.set_yticks([lower, (lower + upper) / 2.0, upper])
    for end in (lower, upper):
        ax.axhline(end, color=FAINT, linewidth=0.6, zorder=0)
    ax.set_xlim(min(int(steps[-1]), -1), 0)
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{abs(x):.0f}"))


def draw_weights(ax: Axes, gates: Sequence[GateDiagnostics], color: str = FORECAST) -> None:
    """Draw the distribution of a layer's weights: recurrent ones filled, inputs as a line."""
    style_axes(ax, 3)
    inputs = np.concatenate([gate.inputs.ravel() for gate in gates])
    own = [gate.recurrent.ravel() for gate in gates if gate.recurrent is not None]
    recurrent = np.concatenate(own) if own else np.empty(0)
    end = float(np.quantile(np.abs(np.concatenate([inputs, recurrent])), 0.999)) or 1.0
    edges = np.linspace(-end, end, _BINS + 1)
    ax.stairs(_shares(recurrent, edges), edges, color=color, fill=True, alpha=_FILL, linewidth=0)
    ax.stairs(_shares(inputs, edges), edges, color=INK, linewidth=1.0)
    ax.set_ylim(bottom=0.0)
    ax.set_xlim(-end, end)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)


def _shares(values: FloatArray, edges: FloatArray) -> FloatArray:
    """Return the share of values in each bin."""
    shares: FloatArray = np.histogram(values, edges)[0] / max(values.size, 1)
    return shares


def _style_log(ax: Axes) -> None:
    """Style axes with a logarithmic scale on the left."""
    from matplotlib.ticker import LogLocator, NullLocator

    style_axes(ax)
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(10.0, numticks=6))
    ax.yaxis.set_minor_locator(NullLocator())


def layer_colors(diagnostics: NetworkDiagnostics) -> list[str]:
    """Return a colour for each layer."""
    return [LAYER_COLORS[k % len(LAYER_COLORS)] for k in range(len(diagnostics.layers))]


def saturation_of(gate: GateDiagnostics) -> str:
    """Say in few words how much of a gate is saturated."""
    if gate.name == "candidate":
        return f"{gate.low_share + gate.high_share:.0%} saturated"
    return f"{gate.low_share:.0%} shut, {gate.high_share:.0%} open"


def _note(ax: Axes, text: str) -> None:
    """Write a note above the upper right corner of axes."""
    ax.set_title(text, loc="right", fontsize=SMALL - 0.5, color=SOFT, pad=4)
