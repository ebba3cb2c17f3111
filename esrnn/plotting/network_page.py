"""An inspection of a network as a page of HTML: what was found, what it means, and pictures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from esrnn.plotting.diagnostics import (
    draw_gate,
    draw_gradients,
    draw_units,
    draw_weights,
    layer_colors,
    saturation_of,
    summary_of,
)
from esrnn.plotting.page import Block, render_page
from esrnn.plotting.style import SMALL, SOFT, add_legend, legend_entries, new_figure
from esrnn.plotting.svg import COLORS, inline_svg

if TYPE_CHECKING:
    from os import PathLike

    from esrnn.diagnostics import Finding, LayerDiagnostics, NetworkDiagnostics

__all__ = ["write_diagnostics_page"]

_LARGE, _SMALL = (4.6, 3.0), (2.7, 1.6)  # inches
_WORDS = {"good": "fine", "note": "note", "warning": "look"}
_GATES = {
    "input": "How much of its candidate a cell takes in: 0 nothing, 1 all of it.",
    "forget": "How much of its content a cell keeps from one step to the next: 0 nothing, 1 all.",
    "candidate": "The new content that is on offer, from −1 to 1.",
    "output": "How much of its content a cell shows: 0 nothing, 1 all of it.",
    "reset": "How much of the old state goes into the candidate: 0 nothing, 1 all of it.",
    "bistability": "How strongly a unit's own state enters its candidate: up to 1 the state "
    "fades, above 1 the unit can stay in one of two states.",
    "update": "How much of its state a unit keeps: at 0 it becomes the candidate, at 1 it stays.",
}
_COLUMNS = (
    "gate", "mean", "shut", "open", "norm, inputs", "norm, recurrent", "std, inputs",
    "std, recurrent", "mean bias", "spectral radius", "spectral norm",
)  # fmt: skip


def write_diagnostics_page(diagnostics: NetworkDiagnostics, path: str | PathLike[str]) -> Path:
    """Write a page that shows what an inspection found and says what it means.

    Parameters
    ----------
    diagnostics : NetworkDiagnostics
        What `esrnn.diagnostics.inspect_network` returned.
    path : str or path-like
        The file to write; an existing one is replaced. It needs no other file and no network.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ImportError
        If matplotlib or jinja2 is not installed.
    """
    from esrnn.diagnostics import headline  # here, since it loads torch

    sections = [
        _overview(diagnostics),
        *(
            _layer_section(diagnostics, layer, color)
            for layer, color in zip(diagnostics.layers, layer_colors(diagnostics), strict=True)
        ),
        _notes(diagnostics),
    ]
    page = render_page(
        f"Inside the network of member {diagnostics.member}",
        [{**section, "name": f"part-{k}"} for k, section in enumerate(sections)],
        facts=[_facts(diagnostics)],
        summary=[_findings(headline(diagnostics))],
    )
    target = Path(path)
    target.write_text(page, encoding="utf-8")
    return target


def _facts(found: NetworkDiagnostics) -> str:
    """Say what was looked at, without the number of the member."""
    text = summary_of(found).partition(": ")[2]
    return f"{text[:1].upper()}{text[1:]}."


def _overview(found: NetworkDiagnostics) -> Block:
    """Return the section on the whole network."""
    gradients = new_figure(*_LARGE)
    ax = gradients.subplots()
    draw_gradients(ax, found)
    add_legend(gradients, legend_entries([ax], ()), columns=2)
    units = new_figure(*_LARGE)
    ax = units.subplots()
    draw_units(ax, found.layers)
    add_legend(units, legend_entries([ax], ()), columns=4)
    items = [
        {
            "title": "How far back a forecast reaches",
            "svg": inline_svg(gradients, "gradients", "norm of the gradient by steps back"),
            "caption": "How much the forecast changes if the output of a layer, so many steps "
            "back, changes a little: the norm of the gradient, on a logarithmic scale. A line that "
            "drops early is a vanishing gradient. A layer of dilation d has an influence at every "
            "d-th step only; its line skips the steps in between.",
        },
        {
            "title": "How much units move",
            "svg": inline_svg(units, "units", "standard deviation of each unit's output"),
            "caption": "The standard deviation of each unit's output over series and steps, units "
            "in order. Units at 0 say the same for every series at all times. The network would "
            "do as well without them.",
        },
    ]
    return {
        "title": "The whole",
        "blocks": [{"kind": "figures", "look": "two", "pictures": items}],
    }


def _layer_section(found: NetworkDiagnostics, layer: LayerDiagnostics, color: str) -> Block:
    """Return the section on a layer."""
    from esrnn.diagnostics import layer_findings

    findings = _findings(layer_findings(layer, found))
    section: Block = {
        "title": layer.name.capitalize(),
        "small": f"block {layer.block}, dilation {layer.dilation}, {layer.hidden_size} units",
        "look": COLORS[color],
        "blocks": [findings],
    }
    if not layer.gates:
        return section
    name = layer.name.replace(" ", "-")
    items = []
    for gate in layer.gates:
        figure = new_figure(*_SMALL)
        ax = figure.subplots()
        draw_gate(ax, gate, color)
        ax.set_xlabel("steps before the forecast", fontsize=SMALL, color=SOFT)
        svg = inline_svg(figure, f"{name}-{gate.name}", f"{gate.name} gate of {layer.name}")
        items.append({"title": _gate_name(gate.name), "svg": svg, "caption": saturation_of(gate)})
    figure = new_figure(*_SMALL)
    draw_weights(figure.subplots(), layer.gates, color)
    svg = inline_svg(figure, f"{name}-weights", f"distribution of the weights of {layer.name}")
    hears = any(gate.recurrent is not None for gate in layer.gates)
    caption = "recurrent filled, inputs line" if hears else "of the inputs; there are no others"
    items.append({"title": "Weights", "svg": svg, "caption": caption})
    numbers = {"kind": "folded", "title": "Numbers of each gate", "blocks": [_gate_table(layer)]}
    pictures = {"kind": "figures", "look": "many", "pictures": items}
    return {**section, "blocks": [findings, pictures, numbers]}


def _gate_table(layer: LayerDiagnostics) -> Block:
    """Return a table of a layer's gates and their weights."""
    rows = []
    for gate in layer.gates:
        recurrent = [
            f"{gate.recurrent_norm:.2f}", f"{gate.recurrent_std:.3f}",
            f"{gate.spectral_radius:.2f}", f"{gate.spectral_norm:.2f}",
        ]  # fmt: skip
        norm, std, *spectral = ["–"] * 4 if gate.recurrent is None else recurrent
        texts = [
            f"{gate.mean.mean():z.2f}", f"{gate.low_share:.1%}", f"{gate.high_share:.1%}",
            f"{gate.input_norm:.2f}", norm, f"{gate.input_std:.3f}", std,
            f"{gate.bias.mean():z.2f}", *spectral,
        ]  # fmt: skip
        rows.append(
            {"name": gate.name, "cells": [{"text": text.replace("-", "−")} for text in texts]}
        )
    return {
        "kind": "table",
        "look": "numbers",
        "columns": [{"name": name} for name in _COLUMNS],
        "groups": [{"rows": rows}],
    }


def _notes(found: NetworkDiagnostics) -> Block:
    """Return the section that explains the others."""
    pairs = [
        (
            "Gradient",
            "Of a series' median forecast, summed over the horizon, in the network's own units. It "
            "counts all ways from a layer's output to the forecast: through the layer's own "
            "recurrence and through the layers above. So the topmost layer shows its own memory "
            "alone.",
        ),
        *_gate_notes(found.layers[0]),
        (
            "Series",
            f"The network ran on {len(found.series)} series, over the origins that a forecast runs "
            "through. They were picked at even distances among those of the more common form.",
        ),
    ]
    return {
        "title": "How to read this page",
        "blocks": [{"kind": "definitions", "pairs": pairs}],
    }


def _gate_notes(layer: LayerDiagnostics) -> list[tuple[str, str]]:
    """Return what is said of gates; nothing where there are none."""
    if not layer.gates:
        return []
    return [
        (
            "Gates in time",
            "The line is the mean of all units and series. The darker band holds the middle half "
            "of them, the lighter one nine tenths. The forecast is made at the right end.",
        ),
        *(
            (_gate_name(gate.name), _GATES[gate.name])
            for gate in layer.gates
            if gate.name in _GATES
        ),
        (
            "Saturated",
            "Within a twentieth of an end of its range: a gate below 0.05 is shut, above 0.95 "
            "open; a candidate is saturated beyond 0.9. A little of it is memory at work. A gate "
            "that is nearly always at one end decides nothing, and hardly any gradient passes it.",
        ),
        (
            "Spectral radius and norm",
            "Of a gate's recurrent matrix: its largest eigenvalue, and the most by which it can "
            "stretch a state. Much above 1 they push gates towards saturation; near 0 the previous "
            "state hardly counts.",
        ),
    ]


def _gate_name(name: str) -> str:
    """Return the title of a gate's picture."""
    return "Candidate" if name == "candidate" else f"{name.capitalize()} gate"


def _findings(findings: Iterable[Finding]) -> Block:
    """Return findings as a block, each with a word for how much it matters."""
    items = [(severity, _WORDS[severity], text) for severity, text in findings]
    return {"kind": "findings", "findings": items}
