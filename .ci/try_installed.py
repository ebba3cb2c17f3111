"""Use the installed package from outside the checkout; `.ci/check_wheel.py` runs this.

Its arguments are the checkout, and "plots" where that extra is installed.
"""

import importlib
import os
import pkgutil
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

# Compiling the kernels takes longer than all the rest; as plain Python they are fast enough here.
os.environ["NUMBA_DISABLE_JIT"] = "1"

checkout, extras = Path(sys.argv[1]), sys.argv[2:]
site = Path(sys.prefix, "lib", f"python3.{sys.version_info.minor}", "site-packages")

assert not any(Path(entry).is_relative_to(checkout) for entry in sys.path), sys.path
for name in ("benchmarks", "docs"):
    assert find_spec(name) is None, f"{name} of the checkout can be imported"

import esrnn  # noqa: E402

assert version("esrnn-forecast") == esrnn.__version__, version("esrnn-forecast")
walked = pkgutil.walk_packages(esrnn.__path__, "esrnn.")
modules = [module.name for module in walked if not module.name.endswith("__main__")]
# What a module of `adapters` is for comes with the extra of its name, which is not installed here.
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
    assert Path(file).is_relative_to(site / "esrnn"), f"{name} is {file}"
assert (site / "esrnn" / "py.typed").is_file()

from esrnn import ESRNN  # noqa: E402
from esrnn.datasets import load_m4  # noqa: E402
from esrnn.forecaster.shipped import load_shipped  # noqa: E402
from esrnn.networks import shipped_names  # noqa: E402

assert all(load_shipped(name) is not None for name in shipped_names())

train, _ = load_m4("hourly", download=False)
few = train.loc[train.index.unique(level=0)[:2]].groupby(level=0).tail(60)
settings = {"n_members": 1, "n_epochs": 1, "n_jobs": 1, "random_state": 1}
forecaster = ESRNN(horizon=4, seasonal_periods=24, device="cpu", **settings).fit(few)
y_hat = forecaster.predict()
assert len(y_hat) == 2 * 4
assert y_hat.notna().all(axis=None)

# The competitions, with a task and a method of one's own that are nowhere but in this folder. An
# extra changes nothing in them but a picture.
if not extras:
    numbers = few.groupby(level=0, sort=False).cumcount().to_numpy() + 1
    few["y"].reset_index().assign(ds=numbers).to_csv("own.csv", index=False)
    Path("mine.py").write_text(
        "def last(train, task, seed):\n"
        "    ends = train.groupby('unique_id').tail(1)\n"
        "    ahead = range(1, task.horizon + 1)\n"
        "    steps = [ends.assign(ds=ends['ds'] + k, y_hat=ends['y']) for k in ahead]\n"
        "    import pandas\n"
        "    return pandas.concat(steps)[['unique_id', 'ds', 'y_hat']]\n",
        encoding="utf-8",
    )
    # -I, so that no variable of the environment leads into the checkout
    command = [sys.executable, "-I", Path(sys.prefix, "bin", "esrnn-competitions")]
    for arguments in (
        "new-task own.csv --horizon 4 --seasonal-period 24",
        "run own.json --method mine:last --seeds 0-1 --quiet",
        "keep runs/own-mine.last-0 --results kept",
    ):
        done = subprocess.run([*command, *arguments.split()], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert Path("kept/own/mine.last-0/scores.json").is_file()
    done = subprocess.run(
        [*command, "keep", "runs/own-mine.last-0"], capture_output=True, text=True
    )
    assert done.returncode == 1, "a wheel's own results were changed"
    assert "--results" in done.stderr, done.stderr

assert (find_spec("matplotlib") is not None) == ("plots" in extras), "an extra that was not asked"
if "plots" in extras:
    os.environ["MPLBACKEND"] = "Agg"
    from esrnn.plotting import plot_forecast, write_diagnostics_page

    plot_forecast(few, y_hat).savefig("forecast.png")
    write_diagnostics_page(forecaster.inspect_network(member=0), "inside.html")
    assert Path("forecast.png").stat().st_size > 10_000
    assert Path("inside.html").stat().st_size > 10_000

print(f"esrnn {esrnn.__version__}, {len(modules)} modules, with {extras or 'no extras'}: works")
