"""The benchmark of updates runs, and refuses figures of versions that forecast different things."""

import json
from pathlib import Path

import pytest

from benchmarks import update
from benchmarks.__main__ import main
from benchmarks.kernel_checks import GateError

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_runs_and_is_saved(tmp_path: Path) -> None:
    assert main(["update", "--quick", "--save", str(tmp_path)]) == 0
    result = json.loads((tmp_path / "update.json").read_text(encoding="utf-8"))
    assert {r["version"] for r in result["results"]} == {"this"}
    assert len(result["results"]) == 4
    assert all(len(r["seconds"]) == 2 and min(r["seconds"]) > 0.0 for r in result["results"])
    assert result["bars"] == []


def test_a_version_is_compared_with_another(monkeypatch: pytest.MonkeyPatch) -> None:
    def walks(settings: object, folder: Path) -> dict:
        seconds = 1.0 if folder == ROOT else 8.0
        one = {"update_cpu_s": [seconds], "without_sktime_cpu_s": [seconds], "forecasts": 3.0}
        return {"walks": [one, one]}

    monkeypatch.setattr(update, "_walks", walks)
    lines: list[str] = []
    result = update.run(update.UpdateSettings(repeats=2, other=ROOT / "old"), lines.append)
    (bar,) = result["bars"]
    assert (bar["value"], bar["passed"]) == (0.125, True)
    assert {r["version"] for r in result["results"]} == {"this", "other"}
    assert any("20000 series of 24 weeks" in line for line in lines)


def test_other_forecasts_give_no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    sums = iter([1.0, 2.0])

    def walks(settings: object, folder: Path) -> dict:
        one = {"update_cpu_s": [1.0], "without_sktime_cpu_s": [1.0], "forecasts": next(sums)}
        return {"walks": [one, one]}

    monkeypatch.setattr(update, "_walks", walks)
    with pytest.raises(GateError, match=r"forecasts after the updates .* differ"):
        update.run(update.UpdateSettings(repeats=1, other=ROOT), print)
