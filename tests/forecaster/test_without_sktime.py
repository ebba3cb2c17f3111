"""The core works in a process that cannot import sktime."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

BLOCK = """
import sys
from importlib.abc import MetaPathFinder

class Refuse(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("sktime", "skbase"):
            raise ModuleNotFoundError(f"{name} is blocked", name=name)
        return None

sys.meta_path.insert(0, Refuse())
"""
FORECAST = """
import numpy as np
import pandas as pd
from esrnn.forecaster import fit_panel
from esrnn.frames import long_to_panel
from esrnn.networks import shipped_names

months = pd.period_range("2020-01", periods=30, freq="M").to_timestamp()
parts = [pd.DataFrame({"unique_id": k, "ds": months, "y": 9.0 + np.arange(30) % 12}) for k in "ab"]
framed = long_to_panel(pd.concat(parts))
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BLOCK + code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_import_is_blocked() -> None:
    done = run("import sktime")
    assert done.returncode != 0
    assert "sktime is blocked" in done.stderr


def test_imports() -> None:
    done = run("import esrnn.forecaster, esrnn.store")
    assert done.returncode == 0, done.stderr


def test_fits_and_forecasts() -> None:
    """Torch's compiler, scipy.stats and the like, which take seconds to load, are not loaded."""
    code = """
tiny = {"n_members": 1, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1, "random_state": 0}
fitted = fit_panel(framed, settings={**tiny, "horizon": 2, "calendar": True})
print(fitted.forecast_frame().to_csv(index=False))
quarters = pd.DataFrame({"unique_id": "a", "ds": pd.period_range("2015Q1", periods=30, freq="Q")})
own = long_to_panel(quarters.assign(y=9.0 + np.arange(30) % 4))
if "quarterly" in shipped_names():  # networks that come with the package
    fit_panel(own, settings={"horizon": 2}).forecast_frame(coverages=[0.9])
slow = {"torch._dynamo", "sympy", "scipy.stats", "sklearn", "statsmodels", "numba.cuda"}
assert not ({"sktime", "skbase"} | slow) & set(sys.modules), slow & set(sys.modules)
"""
    done = run(FORECAST + code)
    assert done.returncode == 0, done.stderr
    header, *rows = done.stdout.split()
    assert header == "unique_id,ds,y_hat"
    assert [row.rpartition(",")[0] for row in rows] == [
        "a,2022-07-01", "a,2022-08-01", "b,2022-07-01", "b,2022-08-01",
    ]  # fmt: skip
    assert all(0.0 < float(row.rpartition(",")[2]) < 100.0 for row in rows)
