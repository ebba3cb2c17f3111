from dataclasses import replace

import numpy as np
import pytest

from esrnn.diagnostics import LayerDiagnostics, headline, layer_findings
from tests.diagnostics.made_up import GRU, W, layer_of, network_of, with_units

STEPS = np.arange(float(W))


def said(layer: LayerDiagnostics, season: int = 12) -> list[tuple[str, str]]:
    return list(layer_findings(layer, network_of(layer, season=season)))


def about(layer: LayerDiagnostics, word: str, season: int = 12) -> list[tuple[str, str]]:
    return [(severity, text) for severity, text in said(layer, season) if word in text]


def test_nothing_to_say_of_a_healthy_layer() -> None:
    findings = said(layer_of())
    assert {severity for severity, _ in findings} == {"good"}
    assert [text.partition(":")[0] for _, text in findings] == [
        "The gradient stays above a hundredth over all 40 origins.",
        "No gate is saturated at more than 10% of units and steps.",
        "All 6 units take part.",
        "Recurrent weights",
    ]


def test_a_gradient_that_vanishes() -> None:
    layer = layer_of(gradient=0.5**STEPS)
    text = (
        "The gradient falls to a hundredth within 7 steps: what lies further back does not reach "
        "the forecast through this layer."
    )
    assert about(layer, "gradient", season=12) == [("note", text)]
    assert about(layer, "gradient", season=6) == [("good", text)]
    # A season longer than twice the training window cannot be asked for.
    assert about(layer_of(gradient=0.8**STEPS), "gradient", season=100)[0][0] == "good"


def test_a_memory_that_is_not_used() -> None:
    gradient = np.where(STEPS % 8 == 0, 0.001 ** (STEPS / 8), 0.0)
    assert about(layer_of(gradient=gradient, dilation=8), "gradient") == [
        (
            "warning",
            "One step of its recurrence back, 8 origins, the gradient is below a hundredth: this "
            "layer's memory is not used.",
        )
    ]


def test_a_dilation_longer_than_what_was_seen() -> None:
    gradient = np.where(STEPS == 0, 1.0, 0.0)
    assert about(layer_of(gradient=gradient, dilation=W), "recurrence") == [
        (
            "warning",
            "A step of its recurrence, 40 origins, is longer than the 40 origins seen: this layer "
            "has no memory.",
        )
    ]


def test_a_gradient_that_explodes() -> None:
    ((severity, text),) = about(layer_of(gradient=1.2**STEPS), "grows")
    assert severity == "warning"
    growth = (1.2 ** STEPS[20:]).mean() / (1.2 ** STEPS[:20]).mean()
    assert f"{growth:.0f}-fold" in text


def test_a_layer_without_any_gradient() -> None:
    assert about(layer_of(gradient=np.zeros(W)), "gradient") == [
        ("warning", "No gradient reaches this layer: nothing of it is used.")
    ]


@pytest.mark.parametrize(
    ("low", "high", "severity", "text"),
    [
        ({"forget": 0.64}, {}, "warning", "64% of forget gates are saturated shut: these cells "
         "forget what they held at every step."),
        ({}, {"forget": 0.12}, "note", "12% of forget gates are saturated open: these cells keep "
         "all that they ever held."),
        ({}, {"forget": 0.9}, "note", "90% of forget gates are saturated open: these cells keep "
         "all that they ever held."),
        ({"input": 0.2}, {}, "note", "20% of input gates are saturated shut: nothing new enters "
         "these cells."),
        ({"candidate": 0.3}, {"candidate": 0.3}, "warning", "60% of candidates are saturated: "
         "little is learnt through them."),
        ({"output": 0.7}, {}, "warning", "70% of output gates are saturated shut: these cells keep "
         "what they hold to themselves."),
    ],
)  # fmt: skip
def test_gates_at_an_end(
    low: dict[str, float], high: dict[str, float], severity: str, text: str
) -> None:
    assert about(layer_of(low=low, high=high), "saturated") == [(severity, text)]


def test_gates_of_a_gru() -> None:
    layer = layer_of(gates=GRU, low={"update": 0.8}, high={"reset": 0.5})
    assert [severity for severity, text in said(layer) if "saturated" in text] == [
        "note",
        "warning",
    ]
    still = layer_of(gates=GRU, high={"update": 0.8})
    assert about(still, "hardly ever change")[0][0] == "warning"


def test_idle_units() -> None:
    assert about(with_units(layer_of(), dead=1), "move") == [("note", "1 of 6 units never moves.")]
    assert about(with_units(layer_of(), dead=3), "move")[0] == (
        "warning",
        "3 of 6 units never move.",
    )
    assert about(with_units(layer_of(), full=2), "end of the range") == [
        ("note", "2 of 6 units are at an end of the range more than half of the time.")
    ]


def test_large_weights() -> None:
    layer = layer_of()
    (forget,) = (gate for gate in layer.gates if gate.name == "forget")
    assert about(layer, "spectral")[0][0] == "good"
    layer = replace(layer, gates=(replace(forget, recurrent=np.array([[3.5, 20.0], [0.0, 0.0]])),))
    ((severity, text),) = about(layer, "spectral")
    assert severity == "note"
    assert "norm up to 20.30 (forget)" in text
    assert "radius up to 3.50 (forget)" in text


def test_the_headline_names_the_layers_to_look_at() -> None:
    healthy = [text for _, text in headline(network_of(layer_of(0), layer_of(1)))]
    assert healthy == [
        "The forecast still feels the first of the 40 origins that it saw.",
        "No layer stands out.",
    ]
    odd = layer_of(1, low={"forget": 0.9})
    short = layer_of(0, gradient=0.5**STEPS)
    reaching, rest = headline(network_of(short, odd, layer_of(2, low={"forget": 0.9})))
    assert reaching == (
        "note",
        "The forecast feels inputs up to 6 steps back; what the network saw before moves it by "
        "less than a hundredth as much.",
    )
    assert rest == ("warning", "Worth a look: layer 2 and layer 3.")


def test_a_layer_that_is_no_recurrence_is_not_judged_by_its_own_line() -> None:
    """Of the topmost one only the last origin has a gradient, whatever its memory."""
    gradient = np.where(STEPS == 0.0, 1.0, 0.0)
    layer = replace(layer_of(gradient=gradient, dilation=4), is_recurrent=False, gates=())
    texts = [text for severity, text in said(layer) if severity == "good"]
    assert len(texts) == len(said(layer)) == 3
    assert "enters a later step of its own" in texts[0]
    assert texts[1] == "Cells of this kind have no gates."
    assert [severity for severity, _ in about(replace(layer, is_recurrent=True), "memory")] == [
        "warning"
    ]
