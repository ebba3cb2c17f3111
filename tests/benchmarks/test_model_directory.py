"""The benchmark of the model directory runs, and reports what it measured."""

import pytest

from benchmarks.model_directory import INCLUDED, ModelDirectorySettings, run


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_a_small_run_reports_sizes_and_seconds() -> None:
    lines: list[str] = []
    result = run(
        ModelDirectorySettings(n_series=4, n_steps=40, n_members=1, repeats=1), lines.append
    )
    assert [one["include"] for one in result["results"]] == list(INCLUDED)
    sizes = [one["bytes"] for one in result["results"]]
    assert sizes[0] > sizes[1] > sizes[2] > 0
    assert all(one["load_cpu_s"] > 0.0 for one in result["results"])
    assert len(result["bars"]) == len(INCLUDED)
    assert any("4 monthly series" in line for line in lines)
