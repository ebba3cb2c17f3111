"""``python -m esrnn warm``: after it nothing is left to compile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from esrnn.__main__ import main

ROOT = Path(__file__).resolve().parent.parent

# All that uses kernels, after `warm`; prints what it had to load or compile besides.
_USE = """
import importlib, pkgutil, sys
import numpy as np, pandas as pd
import esrnn.kernels
from esrnn import ESRNN
from esrnn.__main__ import main

def signatures():
    modules = [m.name for m in pkgutil.iter_modules(esrnn.kernels.__path__, "esrnn.kernels.")]
    found = {}
    for name in modules:
        for key, value in vars(importlib.import_module(name)).items():
            if hasattr(value, "signatures"):
                found[key] = len(value.signatures)
    return found

assert main(["warm"]) == 0
before = signatures()
rng = np.random.default_rng(0)
months = pd.period_range("2015-01", periods=40, freq="M", name="month")
index = pd.MultiIndex.from_product([list("abc"), months], names=["series", "month"])
y = pd.DataFrame({"y": 50.0 + rng.random(120)}, index=index)
small = {"horizon": 3, "n_members": 1, "n_epochs": 2, "hidden_size": 4, "n_jobs": 1}
for settings, data in (
    ({}, y), ({"seasonal_periods": (3, 12), "patience": 1}, y - 50.5), ({"seasonal_periods": ()}, y)
):
    forecaster = ESRNN(**small, **settings).fit(data.drop(index=months[-1], level=1))
    forecaster.predict_interval(fh=[1, 2, 3, 4, 5])
    forecaster.update(data, update_params=False).predict()
    forecaster.components()
promoted = pd.DataFrame({"promotion": rng.integers(0, 2, 120)}, index=index)
ESRNN(**small).fit(y, X=promoted)
print({key: n for key, n in signatures().items() if n > before[key]})
"""


@pytest.mark.slow
def test_after_it_nothing_is_left_to_compile() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _USE],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    what, where, rest = done.stdout.splitlines()
    assert what == "nothing to compile" or "kernels compiled in" in what
    assert where.startswith("kept in ")
    assert rest == "{}"


def test_a_folder_that_keeps_nothing_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("esrnn.kernels.jit.FOLDER", None)
    assert main(["warm"]) == 1
    assert "set NUMBA_CACHE_DIR" in capsys.readouterr().err


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["cool"])
    assert "warm" in capsys.readouterr().err


def test_the_example_forecasts_without_training(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*arguments: object, **named: object) -> None:
        raise AssertionError("networks are trained")

    monkeypatch.setattr("esrnn.forecaster.fit_model.train_model", never)
    assert main(["example"]) == 0
    told = capsys.readouterr().out
    assert "unique_id  ds  y_hat  lo-95  hi-95" in told
    assert "H1 701" in told
    assert "nothing was trained" in told


def test_commands_of_esrnn_can_be_called_by_module(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "monthly"]) == 0
    assert "networks for monthly data" in capsys.readouterr().out
