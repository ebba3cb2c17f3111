"""The table of a method beside others."""

from competitions.published import Published
from competitions.scoring import Scores
from competitions.scoring.comparison_table import Row, format_table


def test_table_is_aligned_and_notes_stand_below() -> None:
    scores = Scores(414, 9.1, 0.85, 0.43, 8.2, 0.01, 0.96)
    arima = Published("ARIMA", None, None, 0.577, None, None, "M4", "recomputed")
    ets = Published("ETS", None, None, None, 17.487, None, "M4", None)
    rows = [
        Row("ESRNN, seed 1", "this run", scores, cpu_s=301.25),
        Row("ARIMA", "published", arima, note=arima.note),
        Row("ETS", "published", ets, note="intervals only"),
    ]
    lines = format_table("M4 Hourly", rows).splitlines()
    assert lines[0] == "M4 Hourly"
    assert lines[1].split() == "method from sMAPE MASE OWA MSIS ACD coverage CPU s".split()
    assert len({len(line) for line in lines[1:6]}) == 1
    assert lines[3].split()[-7:] == ["9.100", "0.850", "0.4300", "8.200", "0.010", "0.960", "301.2"]
    assert lines[4].startswith("ARIMA [1]")
    assert lines[4].split()[-7:] == ["-", "-", "0.5770", "-", "-", "-", "-"]
    assert lines[6:] == ["[1] recomputed", "[2] intervals only"]
