"""One method with several seeds, beside baselines."""

from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import pytest

import competitions.runs.runner as runner
import competitions.runs.set_runner as set_runner
from competitions.__main__ import build_parser, main
from competitions.methods import METHODS, Checkpoints, Entry, Result, Settings
from competitions.task import TaskData
from competitions.task.files import TaskSet


def _noise(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Repeat the last value, with noise that the seed makes."""
    last = np.array([data.panel.series(i)[-1] for i in range(data.panel.n_series)])
    noise = np.random.default_rng(settings.seed).normal(1.0, 0.1, (len(last), data.task.horizon))
    return Result(data.forecast_frame(last[:, None] * noise, {}), fallbacks=(data.ids[0],))


@pytest.fixture(autouse=True)
def noisy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(runner, "_picture", lambda data, result, path: None)
    monkeypatch.setitem(METHODS, "noise", Entry(_noise, "Noise", "for the test"))
    monkeypatch.chdir(tmp_path)


def test_mean_and_spread_of_five_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("run m4-hourly-40 --method noise --seeds 0-4 --quiet".split()) == 0
    printed = capsys.readouterr().out
    rows = [line.split() for line in printed.splitlines() if line.startswith("Noise, ")]
    column = [row[row.index("run" if "run" in row else "seeds") + 3] for row in rows]
    numbers = [float(text) for text in column]
    assert len(set(numbers[:5])) == 5
    assert numbers[5] == pytest.approx(fmean(numbers[:5]), abs=1e-4)
    assert numbers[6] == pytest.approx(stdev(numbers[:5]), abs=2e-4)
    assert "1 series forecast by a simpler model" in printed
    assert "test of Noise against each other, paired by 40 series" in printed
    assert [line.split()[0] for line in printed.splitlines() if "%  " in line] == [
        "Naive2",
        "sNaive",
    ]
    folders = sorted(path.name for path in Path("runs").iterdir())
    assert folders == [
        *(f"m4-hourly-40-{name}" for name in ("naive2-0", *(f"noise-{k}" for k in range(5)))),
        "m4-hourly-40-noise-ranks.svg",
        "m4-hourly-40-snaive-0",
    ]
    assert main("run m4-hourly-40 --method noise --seed 3 --quiet".split()) == 0
    assert "This run is complete in runs/m4-hourly-40-noise-3" in capsys.readouterr().out


def test_a_set_with_seeds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = TaskSet("m4", "M4", ("m4-hourly", "m4-hourly-40"), "series")
    for module in ("set_runner", "seeds", "runner"):
        monkeypatch.setattr(
            f"competitions.runs.{module}.load_set", lambda name: small, raising=False
        )
    assert set_runner.load_set("m4") is small
    command = "run m4 --method noise --seeds 0,2 --against naive --out out/all --quiet"
    assert main(command.split()) == 0
    printed = capsys.readouterr().out
    assert "paired by 454 series" in printed
    assert {path.name for path in Path("out").iterdir()} == {
        "all-0", "all-2", "m4-naive-0", "all-ranks.svg"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "seeds"), [("0-4", (0, 1, 2, 3, 4)), ("0,3,7-9", (0, 3, 7, 8, 9)), ("5", (5,))]
)
def test_seeds_are_read(text: str, seeds: tuple[int, ...]) -> None:
    arguments = build_parser().parse_args(["run", "m4-hourly", "--seeds", text])
    assert arguments.seeds == seeds


@pytest.mark.parametrize("text", ["", "4-0", "0,0", "-1", "a", "1-2-3"])
def test_other_seeds_are_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args(["run", "m4-hourly", f"--seeds={text}"])
    said = f"argument --seeds: must be seeds such as 0-4, each once; got {text!r}"
    assert said in capsys.readouterr().err
