"""Axes, labels and charts of the report."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from competitions.report.axes import Scale, nice_ticks, tick_texts, whole_ticks
from competitions.report.charts import Dot, Line, cost_chart, picture_chart, step_chart
from competitions.report.labels import Box, place_labels, spread_out
from competitions.report.pictures import Picture

FRAME = Box(40, 20, 418, 262)
PLACES = st.tuples(st.floats(60, 400), st.floats(30, 250))


class _Shapes(HTMLParser):
    """Collect the shapes and the texts of a picture."""

    def __init__(self, svg: str) -> None:
        super().__init__()
        self.shapes: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(svg)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shapes.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_inside_and_even(low: float, size: float) -> None:
    high = low + size
    if not high - low > 1e-9 * abs(high):
        return
    ticks = nice_ticks(low, high)
    assert 4 <= len(ticks) <= 11
    assert low - 1e-6 * size <= ticks[0]
    assert ticks[-1] <= high + 1e-6 * size
    steps = np.diff(ticks)
    assert np.allclose(steps, steps[0], rtol=1e-6, atol=1e-12)


def test_ticks_of_a_single_value() -> None:
    assert nice_ticks(3.0, 3.0) == [3.0]
    assert tick_texts([3.0]) == ["3"]


@given(st.integers(1, 60))
def test_ticks_of_steps(last: int) -> None:
    ticks = whole_ticks(last)
    assert ticks[0] == 1
    assert ticks[-1] == last
    assert ticks == sorted(set(ticks))
    assert len(ticks) <= 9


def test_a_scale_stops_at_its_ends() -> None:
    scale = Scale(0.1, 1000.0, 10.0, 50.0, log=True)
    assert [scale.place(v) for v in (0.01, 0.1, 10.0, 1e9)] == [10.0, 10.0, 30.0, 50.0]


@given(st.lists(st.floats(0, 200), min_size=1, max_size=12))
def test_labels_beside_a_chart_keep_their_distance_and_order(heights: list[float]) -> None:
    places = spread_out(heights, gap=13.0, low=0.0, high=200.0)
    ordered = sorted(range(len(heights)), key=lambda i: (heights[i], i))
    moved = [places[i] for i in ordered]
    assert all(b - a >= 13.0 - 1e-6 for a, b in pairwise(moved))
    assert min(places) >= -1e-6
    assert max(places) <= 200.0 + 1e-6


def test_labels_that_have_room_stay() -> None:
    assert spread_out([10.0, 40.0, 90.0], 13.0, 0.0, 100.0) == [10.0, 40.0, 90.0]


@given(st.lists(PLACES, min_size=1, max_size=8))
def test_labels_stay_in_the_frame_and_off_each_other(points: list[tuple[float, float]]) -> None:
    labels = place_labels(points, ["Method"] * len(points), FRAME, [])
    assert all(label.box.outside(FRAME) == 0 for label in labels)
    for i, label in enumerate(labels):
        assert all(label.box.overlap(other.box) == 0 for other in labels[:i])


def test_a_label_avoids_what_is_taken() -> None:
    right = Box(205, 80, 300, 120)
    (label,) = place_labels([(200.0, 100.0)], ["Method"], FRAME, [right])
    assert label.box.overlap(right) == 0


DOTS = [
    Dot("ESRNN", 900.0, 0.8, "ours"),
    Dot("A < B & C", 30.0, 0.9, "other"),
    Dot("Naive2", 0.05, 1.0, "naive2"),
    Dot("Naive", 0.02, 3.59, "other"),
]


def test_cost_chart() -> None:
    picture = _Shapes(cost_chart(DOTS, 'about "it" & more'))
    tag, attributes = picture.shapes[0]
    assert (tag, attributes["viewbox"]) == ("svg", "0 0 420 300")
    assert attributes["aria-label"] == 'about "it" & more'
    assert "width" not in attributes
    assert {"ESRNN", "A < B & C", "Naive2", "Naive 3.59"} <= set(picture.texts)
    assert "ESRNN: OWA 0.8000, 15 min" in picture.texts
    circles = [a for tag, a in picture.shapes if tag == "circle"]
    assert len(circles) == 3  # the fourth is beyond the edge and gets a triangle
    left = [float(a["cx"] or "nan") for a in circles]
    assert left == sorted(left, reverse=True)
    high = [float(a["cy"] or "nan") for a in circles]
    assert high == sorted(high, reverse=True)
    assert not [key for _, a in picture.shapes for key in a if key == "id"]


def test_the_frontier_leaves_out_what_is_beaten_in_both() -> None:
    beaten = Dot("slow and bad", 1000.0, 0.95, "other")
    (path,) = re.findall(r'class="frontier" d="([^"]+)"', cost_chart([*DOTS, beaten], ""))
    (same,) = re.findall(r'class="frontier" d="([^"]+)"', cost_chart(DOTS, ""))
    assert path.count("L") == same.count("L") == 4


def test_a_cost_chart_of_one_method() -> None:
    assert "ESRNN" in cost_chart(DOTS[:1], "one")
    assert "nan" not in cost_chart([Dot("a", 0.0, 1.0, "other")], "no time at all")


def test_step_chart() -> None:
    lines = [Line("ESRNN", [5.0, 6.0, 7.0], "ours"), Line("Naive2", [5.5, 6.5, 8.0], "naive2")]
    picture = _Shapes(step_chart(lines, "about"))
    paths = [a for tag, a in picture.shapes if tag == "path" and "line" in (a["class"] or "")]
    assert [a["class"] for a in paths] == ["line naive2", "line ours"]  # ours on top
    assert all((a["d"] or "").count("L") == 2 for a in paths)
    assert {"1", "2", "3", "steps ahead", "ESRNN", "Naive2"} <= set(picture.texts)


@pytest.mark.parametrize("values", [[3.0], [3.0, 3.0]])
def test_a_step_chart_of_little(values: list[float]) -> None:
    assert "nan" not in step_chart([Line("a", values, "other")], "about")


def _picture(*, level: float = 1000.0, bounds: bool = True) -> Picture:
    history = level + np.arange(30.0)
    ahead = level + np.arange(30.0, 34.0)
    return Picture(
        series="N<1>",
        rank="best",
        method="esrnn",
        mase=0.1,
        smape=0.2,
        history=history,
        actual=ahead,
        y_hat=ahead + 1,
        bounds=(ahead - 5, ahead + 5) if bounds else None,
    )


@pytest.mark.parametrize("bounds", [True, False])
def test_picture_chart(bounds: bool) -> None:
    shapes = _Shapes(picture_chart(_picture(bounds=bounds), 95)).shapes
    paths = {a["class"]: a["d"] or "" for tag, a in shapes if tag == "path"}
    assert ("interval" in paths) == bounds
    assert paths["history"].count("L") == 29
    assert paths["actual"].count("L") == paths["forecast"].count("L") == 4
    assert (
        paths["actual"].split("L")[0] == paths["forecast"].split("L")[0]
    )  # both from the last one
    assert shapes[0][1]["aria-label"] == (
        "Series N<1>: last 30 observations, the 4 that followed, forecast"
        + (" and 95% interval" if bounds else "")
    )


def test_a_constant_series() -> None:
    flat = np.full(8, 7.0)
    picture = Picture("a", "worst", "m", 0.0, 0.0, flat, flat[:2], flat[:2], None)
    assert "nan" not in picture_chart(picture, 95)
