"""The benchmark of whole fits runs competitions in processes, and compares two versions."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import new_process
from benchmarks.__main__ import main
from benchmarks.whole_fit import WholeFitSettings, run

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.usefixtures("in_this_process")
def test_a_part_of_a_fit_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["whole-fit", "--quick"]) == 0
    assert "this, 1 members, 1 epochs" in capsys.readouterr().out


def pretend(monkeypatch: pytest.MonkeyPatch, owa: dict[str, float]) -> list[list[str]]:
    """Let processes end at once; those of this version take a quarter of the time."""
    called = []

    def run_process(arguments: Sequence[str], environment: dict[str, str], folder: Path) -> str:
        called.append(list(arguments))
        this = environment["PYTHONPATH"] == str(ROOT)
        assert folder == Path(environment["PYTHONPATH"])
        scores = {
            "owa": owa["this" if this else "other"],
            "cpu_s": 5.0 if this else 20.0,
            "wall_s": 30.0,
            "peak_rss_mb": 400.0,
        }
        out = Path(arguments[arguments.index("--out") + 1])
        (out / "scores.json").write_text(json.dumps(scores), encoding="utf-8")
        return ""

    monkeypatch.setattr(new_process, "run_process", run_process)
    return called


@pytest.mark.parametrize(("owa", "passed"), [(0.701, True), (0.703, False)])
def test_two_versions_are_compared(
    monkeypatch: pytest.MonkeyPatch, owa: float, passed: bool
) -> None:
    called = pretend(monkeypatch, {"this": owa, "other": 0.7})
    lines: list[str] = []
    settings = WholeFitSettings(("weekly",), seeds=2, parts=((1, 20),), other=ROOT / "old")
    result = run(settings, lines.append)
    runs = result["results"]["weekly"]
    assert {name: len(each) for name, each in runs.items()} == {
        "this": 2, "other": 2, "this, 1 members, 20 epochs": 2,
    }  # fmt: skip
    cpu, worse = result["bars"]
    assert (cpu["value"], cpu["passed"]) == (0.25, True)
    assert worse["value"] == pytest.approx(owa - 0.7)
    assert worse["passed"] is passed
    assert next(one for one in called if "--members" in one)[-4:] == [
        "--members", "1", "--epochs", "20",
    ]  # fmt: skip
    assert {one[one.index("--seed") + 1] for one in called} == {"0", "1"}


@pytest.mark.parametrize("wrong", ["20", "0x5", "1x"])
def test_parts_are_members_and_epochs(wrong: str) -> None:
    with pytest.raises(SystemExit):
        main(["whole-fit", "--parts", wrong])
