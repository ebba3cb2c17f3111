"""An inspection as one page of HTML that loads nothing: words, tables, and pictures as SVG."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
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
from esrnn.plotting.page_style import STYLE
from esrnn.plotting.style import add_legend, legend_entries, new_figure
from esrnn.plotting.svg import inline_svg

if TYPE_CHECKING:
    from os import PathLike

    from esrnn.diagnostics import Finding, LayerDiagnostics, NetworkDiagnostics

__all__ = ["write_diagnostics_page"]

_LARGE, _SMALL = (4.6, 3.0), (2.7, 1.6)  # inches
_MARKS = {"good": "fine", "note": "note", "warning": "look"}
_GATES = {
    "input": "What a cell takes in of its candidate: 0 nothing, 1 all of it.",
    "forget": "What a cell keeps of its content from one step to the next: 0 nothing, 1 all of it.",
    "candidate": "The new content that is on offer, from −1 to 1.",
    "output": "How much of its content a cell shows: 0 nothing, 1 all of it.",
    "reset": "How much of the old state the candidate is made from: 0 nothing, 1 all of it.",
    "update": "What a unit keeps of its state: 0 nothing, it becomes the candidate; 1 all of it.",
}


def write_diagnostics_page(diagnostics: NetworkDiagnostics, path: str | PathLike[str]) -> Path:
    """Write a page that shows what an inspection found and says what it means.

    Parameters
    ----------
    diagnostics : NetworkDiagnostics
        What `esrnn.diagnostics.inspect_network` returned.
    path : str or path-like
        The file to write; one that is there is replaced. It needs no other file and no network.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    target = Path(path)
    target.write_text(_page(diagnostics), encoding="utf-8")
    return target


def _page(found: NetworkDiagnostics) -> str:
    from esrnn.diagnostics import headline  # here, since it loads torch

    title = f"Inside the network of member {found.member}"
    colors = layer_colors(found)
    sections = [
        _overview(found),
        *(_layer(found, layer, color) for layer, color in zip(found.layers, colors, strict=True)),
        _notes(found),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body><header>"
        f'<h1>{escape(title)}</h1><p class="facts">{escape(_facts(found))}</p>'
        f"{_findings(headline(found))}</header>\n<main>{''.join(sections)}</main></body></html>\n"
    )


def _facts(found: NetworkDiagnostics) -> str:
    return (
        summary_of(found)
        .partition(": ")[2]
        .capitalize()
        .replace("lstm", "LSTM")
        .replace("gru", "GRU")
        + "."
    )


def _overview(found: NetworkDiagnostics) -> str:
    gradients = new_figure(*_LARGE)
    ax = gradients.subplots()
    draw_gradients(ax, found)
    add_legend(gradients, legend_entries([ax], ()), columns=2)
    units = new_figure(*_LARGE)
    ax = units.subplots()
    draw_units(ax, found.layers)
    add_legend(units, legend_entries([ax], ()), columns=4)
    figures = [
        _figure(
            inline_svg(gradients, "gradients", "norm of the gradient by steps back"),
            "How far back a forecast reaches",
            "How much the forecast would change if a layer's output so many steps back were nudged:"
            " the norm of the gradient, on a logarithmic scale. A line that drops early is a "
            "vanishing gradient. A layer of dilation d is asked every d steps only; in between, "
            "lines pass over steps without any influence.",
        ),
        _figure(
            inline_svg(units, "units", "standard deviation of each unit's output"),
            "How much units move",
            "The standard deviation of each unit's output over series and steps, units in order. "
            "Units at 0 say the same of every series at all times: they could be left out.",
        ),
    ]
    return f'<section><h2>The whole</h2><div class="two">{"".join(figures)}</div></section>\n'


def _layer(found: NetworkDiagnostics, layer: LayerDiagnostics, color: str) -> str:
    from esrnn.diagnostics import layer_findings

    name = layer.name.replace(" ", "-")
    figures = []
    for gate in layer.gates:
        figure = new_figure(*_SMALL)
        ax = figure.subplots()
        draw_gate(ax, gate, color)
        ax.set_xlabel("steps before the forecast", fontsize=8, color="#6f6f6f")
        svg = inline_svg(figure, f"{name}-{gate.name}", f"{gate.name} gate of {layer.name}")
        figures.append(_figure(svg, _gate_name(gate.name), saturation_of(gate)))
    figure = new_figure(*_SMALL)
    draw_weights(figure.subplots(), layer.weights, color)
    svg = inline_svg(figure, f"{name}-weights", f"distribution of the weights of {layer.name}")
    figures.append(_figure(svg, "Weights", "recurrent filled, inputs line"))
    facts = f"block {layer.block}, dilation {layer.dilation}, {layer.hidden_size} units"
    return (
        f'<section><h2 style="--own: var(--c{color[1:]})">{layer.name.capitalize()} '
        f"<small>{facts}</small></h2>{_findings(layer_findings(layer, found))}"
        f'<div class="many">{"".join(figures)}</div>{_weights_table(layer)}</section>\n'
    )


def _weights_table(layer: LayerDiagnostics) -> str:
    head = ("gate", "mean", "shut", "open", "norm, inputs", "norm, recurrent", "std, inputs",
            "std, recurrent", "mean bias", "spectral radius", "spectral norm")  # fmt: skip
    rows = []
    for gate, w in zip(layer.gates, layer.weights, strict=True):
        cells = [
            f"{gate.mean.mean():z.2f}", f"{gate.low_share:.1%}", f"{gate.high_share:.1%}",
            f"{w.input_norm:.2f}", f"{w.recurrent_norm:.2f}", f"{w.input_std:.3f}",
            f"{w.recurrent_std:.3f}", f"{w.bias.mean():z.2f}", f"{w.spectral_radius:.2f}",
            f"{w.spectral_norm:.2f}",
        ]  # fmt: skip
        body = "".join(f"<td>{cell.replace('-', '−')}</td>" for cell in cells)
        rows.append(f'<tr><th scope="row">{gate.name}</th>{body}</tr>')
    columns = "".join(f'<th scope="col">{name}</th>' for name in head)
    return (
        "<details><summary>Numbers of each gate</summary>"
        f'<div class="scroll"><table><thead><tr>{columns}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def _notes(found: NetworkDiagnostics) -> str:
    gates = [(_gate_name(gate.name), _GATES[gate.name]) for gate in found.layers[0].gates]
    pairs = [
        ("Gradient", "Of a series' median forecast, summed over the horizon, in the network's own "
         "units. It counts all ways from a layer's output to the forecast: its own recurrence and "
         "that of the layers above. The topmost layer shows its own memory alone."),
        ("Gates in time", "The line is the mean of all units and series; the darker band holds the "
         "middle half of them, the lighter one nine tenths. Forecasts are made at the right end."),
        *gates,
        ("Saturated", "Within a twentieth of an end of its range: a gate below 0.05 is shut, above "
         "0.95 open, a candidate beyond 0.9. A little of it is memory at work; a gate that is "
         "nearly always at one end decides nothing, and hardly any gradient passes through it."),
        ("Spectral radius and norm", "Of a gate's recurrent matrix: the largest eigenvalue and the "
         "largest stretching of a state. Much above 1 they push gates towards saturation, near 0 "
         "the state before hardly counts."),
        ("Series", f"The network ran on {len(found.series)} series, through the origins that a "
         "forecast runs through, at even distances among those of the more common form."),
    ]  # fmt: skip
    body = "".join(f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in pairs)
    return f"<section><h2>How to read this page</h2><dl>{body}</dl></section>\n"


def _gate_name(name: str) -> str:
    return "Candidate" if name == "candidate" else f"{name.capitalize()} gate"


def _findings(findings: Iterable[Finding]) -> str:
    items = "".join(
        f'<li class="{f.severity}"><b>{_MARKS[f.severity]}</b> <span>{escape(f.text)}</span></li>'
        for f in findings
    )
    return f'<ul class="findings">{items}</ul>'


def _figure(svg: str, title: str, text: str) -> str:
    return f"<figure><h3>{escape(title)}</h3>{svg}<figcaption>{escape(text)}</figcaption></figure>"
