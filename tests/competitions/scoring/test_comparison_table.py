"""The table of a method beside others."""

import pytest

from competitions.published import Published
from competitions.scoring import Scores
from competitions.scoring.comparison_table import Row, format_table, total_rows
from competitions.task import load_set, load_task


def test_table_is_aligned_and_notes_stand_below() -> None:
    scores = Scores(414, 9.1, 0.85, 0.43, 8.2, 0.01, 0.96, wql=0.034)
    arima = Published("ARIMA", source="M4", owa=0.577, note="recomputed")
    ets = Published("ETS", source="M4", msis=17.487)
    rows = [
        Row("ESRNN, seed 1", "this run", scores, cpu_s=301.25),
        Row("ARIMA", "published", arima, note=arima.note),
        Row("ETS", "published", ets, note="intervals only"),
    ]
    lines = format_table("M4 Hourly", rows).splitlines()
    assert lines[0] == "M4 Hourly"
    assert lines[1].split() == "method from sMAPE MASE OWA MSIS WQL ACD coverage CPU s".split()
    assert len({len(line) for line in lines[1:6]}) == 1
    numbers = ["9.100", "0.850", "0.4300", "8.200", "0.0340", "0.010", "0.960", "301.2"]
    assert lines[3].split()[-8:] == numbers
    assert lines[4].startswith("ARIMA [1]")
    assert lines[4].split()[-8:] == ["-", "-", "0.5770", "-", "-", "-", "-", "-"]
    assert lines[6:] == ["[1] recomputed", "[2] intervals only"]


def test_a_total_of_m3_says_what_counts_once() -> None:
    scores = {
        name: Scores(load_task(name).n_series, 10.0 + i, 1.0 + i, 1.0, None, None, None,
                     naive2_smape=20.0, naive2_mase=2.0)
        for i, name in enumerate(load_set("m3").tasks)
    }  # fmt: skip
    published, per_series = total_rows("Theta", load_set("m3"), scores, cpu_s=3.0)
    sizes, horizons = (645, 756, 1428, 174), (6, 8, 18, 8)
    steps = [n * h for n, h in zip(sizes, horizons, strict=True)]
    for row, weights in ((published, steps), (per_series, sizes)):
        mean = sum(w * i for i, w in enumerate(weights)) / sum(weights)
        assert row.measures.smape == pytest.approx(10.0 + mean)
        assert row.measures.mase == pytest.approx(1.0 + mean)
        assert row.cpu_s == 3.0
    text = format_table("M3", [published, per_series]).splitlines()
    assert text[-2:] == [
        "[1] means over all forecasts, as M3 published them",
        "[2] means of the series' own measures",
    ]
    assert [line.split("  ")[0] for line in text[3:5]] == [
        "Theta, M3 [1]",
        "Theta, M3 per series [2]",
    ]


def test_a_total_of_m4_counts_series_anyway() -> None:
    scores = {
        name: Scores(load_task(name).n_series, 10.0, 1.0, 1.0, None, None, None,
                     naive2_smape=20.0, naive2_mase=2.0)
        for name in load_set("m4").tasks
    }  # fmt: skip
    (row,) = total_rows("Theta", load_set("m4"), scores)
    assert row.note is None
