from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.image import imread

from esrnn.diagnostics import NetworkDiagnostics
from esrnn.plotting import plot_diagnostics
from tests.diagnostics.made_up import GRU, LSTM, W, layer_of, network_of
from tests.plotting.drawn import line_of


@pytest.fixture(scope="module")
def found() -> NetworkDiagnostics:
    dilated = np.where(np.arange(W) % 4 == 0, 0.9 ** np.arange(W), 0.0)
    second = layer_of(1, gradient=dilated, dilation=4, low={"forget": 0.64}, high={"input": 0.125})
    return network_of(layer_of(0), second)


@pytest.fixture(scope="module")
def figure(found: NetworkDiagnostics) -> Figure:
    return plot_diagnostics(found)


def _legends(figure: Figure) -> list[list[str]]:
    return [
        [text.get_text() for text in legend.get_texts()]
        for part in figure.subfigs
        for legend in part.legends
    ]


def test_gradients_by_steps_back(figure: Figure, found: NetworkDiagnostics) -> None:
    ax = figure.axes[0]
    assert ax.get_yscale() == "log"
    first = line_of(ax, "layer 1, dilation 1")
    np.testing.assert_array_equal(first.get_xdata(), np.arange(W))
    np.testing.assert_array_equal(first.get_ydata(), found.layers[0].gradient)
    # Nothing is drawn at steps that a dilated layer skips.
    np.testing.assert_array_equal(
        line_of(ax, "layer 2, dilation 4").get_xdata(), np.arange(0, W, 4)
    )
    np.testing.assert_array_equal(line_of(ax, "inputs").get_ydata(), found.input_gradient)
    assert _legends(figure)[0] == ["inputs", "layer 1, dilation 1", "layer 2, dilation 4"]


def test_units_from_still_to_lively(figure: Figure, found: NetworkDiagnostics) -> None:
    ax = figure.axes[1]
    np.testing.assert_array_equal(
        line_of(ax, "layer 2").get_ydata(), np.sort(found.layers[1].unit_std)
    )
    assert ax.get_ylim()[0] == 0.0


def test_gates_that_hear_nothing_of_the_state_have_no_recurrent_weights() -> None:
    layer = layer_of(0)
    deaf = replace(layer, gates=tuple(replace(gate, recurrent=None) for gate in layer.gates))
    figure = plot_diagnostics(network_of(deaf))
    assert "recurrent weights" not in _legends(figure)[1]
    assert "recurrent weights" in _legends(plot_diagnostics(network_of(layer)))[1]
    assert not any("spectral" in ax.get_title(loc="right") for ax in figure.axes)
    assert deaf.gates[0].spectral_norm == deaf.gates[0].recurrent_norm == 0.0


def test_cells_without_gates_have_no_rows() -> None:
    figure = plot_diagnostics(network_of(replace(layer_of(0), gates=())))
    assert len(figure.axes) == 2


@pytest.mark.parametrize("gates", [LSTM, GRU], ids=["lstm", "gru"])
def test_a_row_for_each_layer(gates: tuple[str, ...]) -> None:
    found = network_of(*(layer_of(k, gates=gates) for k in range(3)))
    axes = plot_diagnostics(found).axes
    n = len(gates)
    assert len(axes) == 2 + 3 * (n + 1)
    for k in range(3):
        row = axes[2 + k * (n + 1) :][: n + 1]
        assert [ax.get_title(loc="left") for ax in row] == [*gates, "weights"]
        assert row[0].get_ylabel() == f"layer {k + 1}\ndilation 1"
        for ax, gate in zip(row, found.layers[k].gates, strict=False):
            line = line_of(ax, gate.name)
            np.testing.assert_array_equal(line.get_xdata(), -np.arange(W))
            np.testing.assert_array_equal(line.get_ydata(), gate.mean)
            wide, narrow = (c for c in ax.collections if isinstance(c, PolyCollection))
            edges = wide.get_paths()[0].vertices[:, 1]
            assert (edges.min(), edges.max()) == (gate.quantiles.min(), gate.quantiles.max())
            assert np.ptp(narrow.get_paths()[0].vertices[:, 1]) < np.ptp(edges)
            lower, upper = ax.get_ylim()
            assert lower < gate.limits[0] < gate.limits[1] < upper


def test_saturation_is_written_beside_each_gate(figure: Figure) -> None:
    notes = [ax.get_title(loc="right") for ax in figure.axes[7:11]]
    assert notes == ["0% shut, 12% open", "64% shut, 0% open", "0% saturated", "0% shut, 0% open"]


def test_the_weights_are_all_counted(figure: Figure, found: NetworkDiagnostics) -> None:
    filled, line = figure.axes[6].patches
    edges = filled.get_data().edges
    recurrent = np.concatenate([gate.recurrent.ravel() for gate in found.layers[0].gates])
    expected = np.histogram(recurrent, edges)[0] / recurrent.size
    np.testing.assert_allclose(filled.get_data().values, expected)
    assert 0.99 < line.get_data().values.sum() <= 1.0
    largest = max(gate.spectral_norm for gate in found.layers[0].gates)
    assert figure.axes[6].get_title(loc="right") == f"spectral norm ≤ {largest:.2f}"


def test_it_says_what_was_looked_at(figure: Figure) -> None:
    assert figure.get_suptitle() == (
        "Network of member 2: 2 LSTM layers of 6 units, on 2 multiplicative series, 40 origins"
    )


def test_titles_do_not_run_into_each_other(figure: Figure) -> None:
    figure.draw_without_rendering()
    for ax in figure.axes[2:]:
        left, right = ax._left_title.get_window_extent(), ax._right_title.get_window_extent()
        assert left.x1 < right.x0


def test_it_can_be_written(figure: Figure, tmp_path: Path) -> None:
    figure.savefig(tmp_path / "diagnostics.png")
    pixels = imread(tmp_path / "diagnostics.png")[..., :3]
    assert (pixels[0, 0] == 1.0).all()
    assert 0.02 < (pixels.min(axis=-1) < 0.99).mean() < 0.4


def test_a_network_without_gradient_or_past_is_drawn(tmp_path: Path) -> None:
    flat = network_of(layer_of(gradient=np.zeros(3)))
    plot_diagnostics(flat).savefig(tmp_path / "flat.png")
    short = network_of(layer_of(gradient=np.ones(1)))
    plot_diagnostics(short).savefig(tmp_path / "short.png")
