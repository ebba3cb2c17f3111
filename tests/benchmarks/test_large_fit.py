"""The benchmark of a large fit measures a process, and compares two versions."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import large_fit, new_process
from benchmarks.kernel_checks import GateError
from benchmarks.large_fit import LargeFitSettings, run

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_one_fit_is_measured() -> None:
    script = str(Path(large_fit.__file__).resolve())
    one = new_process.fresh_process([script, "30", "24"], {"PYTHONPATH": str(ROOT)})
    assert one["peak_mb"] > 50.0
    assert one["fit_cpu_s"] > 0.0
    assert one["forecasts"] > 0.0


def pretend(monkeypatch: pytest.MonkeyPatch, forecasts: Sequence[float]) -> None:
    """Let processes end at once, with half of the memory in this version's."""

    def fresh_process(arguments: Sequence[str], environment: dict[str, str]) -> dict[str, float]:
        this = environment["PYTHONPATH"] == str(ROOT)
        peak = 100.0 if this else 200.0
        return {"fit_cpu_s": 3.0, "peak_mb": peak, "forecasts": forecasts[0 if this else 1]}

    monkeypatch.setattr(new_process, "fresh_process", fresh_process)


def test_two_versions_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, [7.0, 7.0])
    lines: list[str] = []
    result = run(LargeFitSettings(repeats=2, other=ROOT / "old"), lines.append)
    assert [len(result["results"][name]) for name in ("this", "other")] == [2, 2]
    assert [(bar["value"], bar["passed"]) for bar in result["bars"]] == [(1.0, True), (0.5, True)]
    assert any("20000 series of 24 weeks" in line for line in lines)


def test_other_forecasts_give_no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, [7.0, 7.5])
    with pytest.raises(GateError, match="forecasts after a fit differ"):
        run(LargeFitSettings(repeats=1, other=ROOT / "old"), print)
