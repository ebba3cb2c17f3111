"""The charts of the report."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from competitions.report.charts import cost_chart, picture_chart, spread_out, step_chart
from competitions.report.collect import Section
from competitions.report.pictures import Picture
from competitions.report.rows import MethodRow, Spread


class _Shapes(HTMLParser):
    """Collect the elements and the texts of a picture."""

    def __init__(self, svg: str) -> None:
        super().__init__()
        self.shapes: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(svg)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shapes.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def _row(method: str, cpu_s: float, owa: float, steps: tuple[float, ...] = ()) -> MethodRow:
    measures = dict.fromkeys(("smape", "mase", "msis", "coverage"))
    return MethodRow(
        method,
        None,
        (0,),
        {**measures, "owa": Spread(owa, owa, owa)},
        Spread(cpu_s, cpu_s, cpu_s),
        smape_by_step=steps,
    )


def _section(*rows: MethodRow) -> Section:
    ordered = sorted(rows, key=lambda row: row.mean("owa") or 0.0)
    return Section("m4-odd", "M4 Odd", "all 5 series", tuple(ordered), ())


ROWS = (
    _row("esrnn", 900.0, 0.8),
    _row("A < B & C", 30.0, 0.9),
    _row("naive2", 0.05, 1.0),
    _row("naive", 0.02, 3.59),
)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_labels_keep_their_distance_and_order(heights: list[float]) -> None:
    moved = spread_out(heights)
    ordered = [moved[i] for i in sorted(range(len(heights)), key=lambda i: (heights[i], i))]
    assert all(b - a >= 0.075 - 1e-6 for a, b in pairwise(ordered))
    assert min(moved) >= -1e-6
    assert max(moved) <= 1.0 + 1e-6


def test_labels_that_have_room_stay() -> None:
    assert spread_out([0.1, 0.9, 0.4]) == pytest.approx([0.1, 0.9, 0.4])


def test_cost_chart() -> None:
    svg = cost_chart(_section(*ROWS))
    picture = _Shapes(svg)
    tag, attributes = picture.shapes[0]
    assert tag == "svg"
    assert attributes["aria-label"] == ("M4 Odd, all 5 series: OWA against CPU time of 4 methods")
    assert "width" not in attributes
    assert {"ESRNN", "A < B & C", "Naive2", "OWA"} <= set(picture.texts)
    assert "ESRNN: OWA 0.8000, 15 min" in picture.texts
    assert "A < B & C: OWA 0.9000, 30 s" in picture.texts
    ids = [a["id"] for _, a in picture.shapes if a.get("id")]
    assert len(ids) == len(set(ids))
    assert all(str(name).startswith("m4-odd-cost-") for name in ids)
    places = {str(a["id"]): _place_of(svg, str(a["id"])) for _, a in picture.shapes
              if re.fullmatch(r"m4-odd-cost-dot-\d", str(a.get("id")))}  # fmt: skip
    x, y = zip(*(places[f"m4-odd-cost-dot-{k}"] for k in range(4)), strict=True)
    assert list(x) == sorted(x, reverse=True)  # the better, the more costly
    assert list(y) == sorted(y, reverse=True)  # and the lower
    assert not re.findall(r"#[0-9a-f]{6}\b", svg)


def _place_of(svg: str, name: str) -> tuple[float, float]:
    """Return where a marker stands in a picture."""
    tree = ElementTree.fromstring(svg)
    (group,) = (g for g in tree.iter("g") if g.get("id") == name)
    (use,) = group.iter("use")
    return float(use.get("x", "nan")), float(use.get("y", "nan"))


def test_no_text_reaches_beyond_the_right_edge() -> None:
    long = "neuralforecast-nhits-with-more"
    svg = cost_chart(_section(*ROWS, _row(long, 1000.0, 0.85)))
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', svg).group(1))
    start = float(re.search(rf'x="([\d.]+)"[^>]*>{long}<', svg).group(1))
    assert start + 4.0 * len(long) < width  # 8 pt letters are about half as wide as high


def test_only_the_best_are_named_and_ours_always() -> None:
    many = [_row(f"method{k}", 10.0 + k, 0.6 + 0.01 * k) for k in range(10)]
    texts = _Shapes(cost_chart(_section(*ROWS, *many))).texts
    named = {text for text in texts if text.startswith(("method", "ESRNN")) and ":" not in text}
    assert named == {"ESRNN", *(f"method{k}" for k in range(5))}
    assert sum(text.startswith("method") and ":" in text for text in texts) == 10  # to point at


def test_the_frontier_leaves_out_what_is_beaten_in_both() -> None:
    from competitions.report.charts import _frontier

    seconds, owas = np.array([900.0, 30.0, 0.05, 0.02, 1000.0]), np.array([0.8, 0.9, 1.0, 2.0, 0.9])
    assert _frontier(seconds, owas) == [3, 2, 1, 0]
    owas[3] = np.inf  # beyond the edge
    assert _frontier(seconds, owas) == [2, 1, 0]


def test_a_cost_chart_of_one_method() -> None:
    assert "ESRNN" in cost_chart(_section(ROWS[0]))
    assert "nan" not in cost_chart(_section(_row("a", 0.0, 1.0)))


def test_step_chart() -> None:
    section = _section(
        _row("esrnn", 1.0, 0.8, (5.0, 6.0, 7.0)), _row("naive2", 1.0, 1.0, (5.5, 6.5, 8.0))
    )
    texts = _Shapes(step_chart(section)).texts
    assert {"1", "2", "3", "steps ahead", "ESRNN", "Naive2", "sMAPE"} <= set(texts)


@pytest.mark.parametrize("values", [(3.0,), (3.0, 3.0), (0.0, 0.0)])
def test_a_step_chart_of_little(values: tuple[float, ...]) -> None:
    assert "nan" not in step_chart(_section(_row("a", 1.0, 1.0, values)))


def _picture(*, bounds: bool = True) -> Picture:
    history = 1000.0 + np.arange(30.0)
    ahead = 1000.0 + np.arange(30.0, 34.0)
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
    svg = picture_chart(_picture(bounds=bounds), 95, "one")
    picture = _Shapes(svg)
    assert ("fill-opacity: 0.16" in svg) == bounds
    assert {"−29", "0", "+4"} <= set(picture.texts)
    assert picture.shapes[0][1]["aria-label"] == (
        "Series N<1>: last 30 observations, the 4 that followed, forecast"
        + (" and 95% interval" if bounds else "")
    )
    assert {"ours", "other", "ink"} <= set(re.findall(r"var\(--([\w-]+)\)", svg))


def test_a_constant_series() -> None:
    flat = np.full(8, 7.0)
    picture = Picture("a", "worst", "m", 0.0, 0.0, flat, flat[:2], flat[:2], None)
    assert "nan" not in picture_chart(picture, 95, "flat")
