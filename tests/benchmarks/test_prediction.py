"""The benchmark of predictions measures a process, and compares versions and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks import prediction
from benchmarks.__main__ import main
from benchmarks.kernel_checks import GateError
from benchmarks.prediction import PredictionSettings, run

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_a_quick_run_forecasts_all_series(tmp_path: Path) -> None:
    assert main(["prediction", "--quick", "--save", str(tmp_path)]) == 0
    assert (tmp_path / "prediction.json").is_file()


def pretend(monkeypatch: pytest.MonkeyPatch, **changed: dict[str, float]) -> None:
    """Let processes end at once: this version's in a fifth of the other one's seconds."""

    def fresh_process(arguments: Sequence[str], environment: dict[str, str]) -> dict[str, Any]:
        version = "this" if environment["PYTHONPATH"] == str(ROOT) else "other"
        n_series = int(arguments[1])
        seconds = n_series * (1.0 if version == "this" else 5.0)
        found = {name: seconds for name in prediction._PARTS}
        memory = {"libraries_bytes": 50.0, "data_bytes": n_series, "peak_bytes": 50.0 + n_series}
        sums = {"n_rows": 12.0 * n_series, "forecasts": 7.0 * n_series}
        return found | memory | sums | changed.get(version, {})

    monkeypatch.setattr(prediction, "fresh_process", fresh_process)


def test_versions_and_sizes_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch)
    lines: list[str] = []
    settings = PredictionSettings(sizes=(10, 100), repeats=2, other=ROOT / "old")
    result = run(settings, lines.append)
    counted = [(one["version"], one["n_series"]) for one in result["results"]]
    assert counted == [("this", 10), ("other", 10)] * 2 + [("this", 100)]
    assert [bar["value"] for bar in result["bars"]] == [0.2, 1.0, 1.0]
    assert all(bar["passed"] for bar in result["bars"])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"other": {"forecasts": 71.0}}, "different things"),
        ({"this": {"n_rows": 119.0}}, "no finite forecasts"),
        ({"this": {"forecasts": float("nan")}}, "no finite forecasts"),
    ],
)
def test_wrong_forecasts_give_no_figures(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, dict[str, float]], message: str
) -> None:
    pretend(monkeypatch, **changed)
    with pytest.raises(GateError, match=message):
        run(PredictionSettings(sizes=(10,), repeats=1, other=ROOT / "old"), print)
