"""Use the installed package from outside the checkout; `.ci/check_wheel.py` runs this.

Its arguments are the checkout, and "plots" where that extra is installed: then it draws what the
run before it, without any extra, has saved.
"""

import importlib
import io
import os
import pkgutil
import subprocess
import sys
from contextlib import redirect_stderr
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

# Compiling the kernels takes longer than all the rest; as plain Python they are fast enough here.
os.environ["NUMBA_DISABLE_JIT"] = "1"
os.environ["MPLBACKEND"] = "Agg"

import esrnn
from esrnn import ESRNN, load_model
from esrnn.datasets import load_m4

SITE = Path(sys.prefix, "lib", f"python3.{sys.version_info.minor}", "site-packages")
METHOD = """
def last(train, task, seed):
    ends = train.groupby('unique_id').tail(1)
    ahead = range(1, task.horizon + 1)
    steps = [ends.assign(ds=ends['ds'] + k, y_hat=ends['y']) for k in ahead]
    import pandas
    return pandas.concat(steps)[['unique_id', 'ds', 'y_hat']]
"""


def check_modules() -> str:
    """Import all modules; those of `adapters` must ask for the extra of their name."""
    walked = pkgutil.walk_packages(esrnn.__path__, "esrnn.")
    modules = [module.name for module in walked if not module.name.endswith("__main__")]
    adapters = [name for name in modules if name.startswith("esrnn.adapters.")]
    assert adapters
    for name in adapters:
        said = ""
        try:
            importlib.import_module(name)
        except ImportError as error:
            said = str(error)
        assert f"esrnn-forecast[{name.rpartition('.')[2]}]" in said, f"{name} says {said!r}"
        modules.remove(name)
    for name in modules:
        file = importlib.import_module(name).__file__
        assert file is not None
        assert Path(file).is_relative_to(SITE / "esrnn"), f"{name} is {file}"
    assert (SITE / "esrnn" / "py.typed").is_file()
    return f"{len(modules)} modules"


def forecast(few: pd.DataFrame) -> None:
    """Train, forecast and save; all networks of the package are there."""
    from esrnn.forecaster.shipped import load_shipped
    from esrnn.networks import shipped_names

    assert all(load_shipped(name) is not None for name in shipped_names())
    settings = {"n_members": 1, "n_epochs": 1, "n_jobs": 1, "random_state": 1}
    forecaster = ESRNN(horizon=4, seasonal_periods=24, device="cpu", **settings).fit(few)
    y_hat = forecaster.predict()
    assert len(y_hat) == 2 * 4
    assert y_hat.notna().all(axis=None)
    forecaster.save_model("model")


def compete(few: pd.DataFrame) -> None:
    """Run a method of one's own on a task of one's own, both nowhere but in this folder."""
    from competitions.__main__ import main

    numbers = few.groupby(level=0, sort=False).cumcount().to_numpy() + 1
    few["y"].reset_index().assign(ds=numbers).to_csv("own.csv", index=False)
    Path("mine.py").write_text(METHOD, encoding="utf-8")
    assert main("new-task own.csv --horizon 4 --seasonal-period 24".split()) == 0
    # -I, so that no variable of the environment leads into the checkout
    command = [sys.executable, "-I", Path(sys.prefix, "bin", "esrnn-competitions")]
    arguments = "run own.json --method mine:last --seeds 0-1 --quiet".split()
    done = subprocess.run([*command, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert main("keep runs/own-mine.last-0 --results kept".split()) == 0
    assert Path("kept/own/mine.last-0/scores.json").is_file()
    with redirect_stderr(io.StringIO()) as said:
        assert main(["keep", "runs/own-mine.last-0"]) == 1, "a wheel's own results were changed"
    assert "--results" in said.getvalue(), said.getvalue()


def draw(few: pd.DataFrame) -> None:
    """Draw forecasts and a network of the saved model."""
    from esrnn.plotting import plot_forecast, write_diagnostics_page

    forecaster = load_model("model")
    plot_forecast(few, forecaster.predict()).savefig("forecast.png")
    write_diagnostics_page(forecaster.inspect_network(member=0), "inside.html")
    assert Path("forecast.png").stat().st_size > 10_000
    assert Path("inside.html").stat().st_size > 10_000


checkout, extras = Path(sys.argv[1]), sys.argv[2:]
assert not any(Path(entry).is_relative_to(checkout) for entry in sys.path), sys.path
for name in ("benchmarks", "docs"):
    assert find_spec(name) is None, f"{name} of the checkout can be imported"
assert version("esrnn-forecast") == esrnn.__version__, version("esrnn-forecast")
assert Path(esrnn.__file__).is_relative_to(SITE / "esrnn"), esrnn.__file__
assert (find_spec("matplotlib") is not None) == ("plots" in extras), "an extra that was not asked"
train, _ = load_m4("hourly", download=False)
few = train.loc[train.index.unique(level=0)[:2]].groupby(level=0).tail(60)
if "plots" in extras:
    draw(few)
    print(f"esrnn {esrnn.__version__} with plots: draws")
else:
    forecast(few)
    compete(few)
    print(f"esrnn {esrnn.__version__}, {check_modules()}, without extras: works")
