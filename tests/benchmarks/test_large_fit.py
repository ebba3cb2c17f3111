"""The benchmark of a large fit runs, and compares two versions."""

from pathlib import Path

import pytest

from benchmarks.large_fit import LargeFitSettings, run

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_version_beside_itself_is_as_good() -> None:
    lines: list[str] = []
    result = run(LargeFitSettings(n_series=30, repeats=1, other=ROOT), lines.append)
    assert result["results"]["this"][0]["forecasts"] == result["results"]["other"][0]["forecasts"]
    assert result["results"]["this"][0]["peak_mb"] > 50.0
    assert [bar["bar"] for bar in result["bars"]] == [1.0, 1.0]
    assert any("30 series of 24 weeks" in line for line in lines)
