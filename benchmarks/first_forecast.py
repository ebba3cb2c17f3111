"""What a newcomer waits for: ``import esrnn``, and ``ESRNN()`` on a hundred monthly series.

Both in fresh processes. The import is timed in CPU seconds, and must load none of the heavy
packages. ``ESRNN()`` runs without arguments and without limits on threads; what it waits for its
packages counts. It runs twice, with nothing compiled, as after an installation, and with what the
first run left. Its forecasts of a year that was held back are scored, so that a run that is quick
because it learns nothing shows. One series alone, by the networks of the package, comes last
(`benchmarks.one_series`).

``python -m benchmarks.first_forecast N`` makes one such run on N series and prints what it took as
JSON.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.kernel_checks import GateError
from benchmarks.new_process import fresh_process
from benchmarks.one_series import run_one_series
from benchmarks.report import Bar, Result, Say, describe, provenance, table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FirstForecastSettings", "monthly_series", "newcomer", "run"]

IMPORT_BAR = 0.3  # CPU seconds
FIT_BAR = 60.0  # wall seconds on two cores
HEAVY = ("torch", "sktime", "numba", "pandas")
HORIZON, LENGTH = 12, 100
_IMPORT = """
import time
before = time.process_time()
import esrnn
after = time.process_time()
import json, sys
print(json.dumps({"import_cpu_s": after - before, "process_cpu_s": time.process_time(),
                  "modules": sorted(sys.modules)}))
"""


@dataclass(frozen=True)
class FirstForecastSettings:
    """How much is run.

    Attributes
    ----------
    imports : int
        Processes that import the package, and that forecast one series in each way.
    n_series : int
    small : bool
        One member and one epoch, and not what ``ESRNN()`` chooses.
    cold : bool
        Whether to begin with nothing compiled, and run twice; else once, with what is there, and
        without the case of one series.
    seed : int
        Of the series.
    """

    imports: int = 5
    n_series: int = 100
    small: bool = False
    cold: bool = True
    seed: int = 0


def run(settings: FirstForecastSettings, say: Say) -> Result:
    """Time the import, then the first forecasts.

    Parameters
    ----------
    settings : FirstForecastSettings
    say : callable
        Takes the lines to print.

    Returns
    -------
    dict
        What goes into ``results/first-forecast.json``.

    Raises
    ------
    GateError
        If the import loads a heavy package, or forecasts are missing.
    """
    about = provenance("first-forecast", asdict(settings))
    say(describe(about))
    imported = _time_imports(settings.imports)
    say(
        f"import esrnn: {imported['import_cpu_s']:.3f} CPU s, with Python's own start "
        f"{imported['process_cpu_s']:.3f}, median of {settings.imports}; it loads none of "
        + ", ".join(HEAVY)
    )
    results = _time_forecasts(settings)
    used = results[0]
    say(
        f"\nESRNN() on {settings.n_series} monthly series of {LENGTH} observations, "
        f"fh=range(1, {HORIZON + 1}): preset {used['preset']!r}, strategy {used['strategy']!r}, "
        f"{used['n_members']} members, {used['n_epochs']} epochs"
    )
    names = ("import_s", "fit_s", "predict_s", "wall_s", "cpu_s")
    rows = [
        [f"kernels {r['kernels']}", *(f"{r[name]:.1f}" for name in names), f"{r['owa']:.3f}"]
        for r in results
    ]
    say(table(["", "import s", "fit s", "predict s", "wall s", "cpu s", "OWA"], rows))
    one, its_bars = run_one_series(settings.imports, say) if settings.cold else ({}, [])
    bars = [
        Bar("import esrnn, CPU s with Python's own start", imported["process_cpu_s"], IMPORT_BAR,
            at_least=False),
        *(Bar(f"ESRNN() from import to forecasts, kernels {r['kernels']}, wall s", r["wall_s"],
              FIT_BAR, at_least=False) for r in results),
        *its_bars,
    ]  # fmt: skip
    say("\n" + "\n".join(bar.line() for bar in bars))
    found = {"import": imported, "results": results, "one_series": one}
    return {**about, **found, "bars": [b.record() for b in bars]}


def _time_imports(repeats: int) -> Result:
    found = [fresh_process(["-c", _IMPORT]) for _ in range(repeats)]
    heavy = sorted(set(HEAVY) & set(found[0]["modules"]))
    if heavy:
        raise GateError(f"import esrnn loads {', '.join(heavy)}")
    names = ("import_cpu_s", "process_cpu_s")
    return {
        **{name: median(one[name] for one in found) for name in names},
        "runs": [[one[name] for name in names] for one in found],
        "n_modules": len(found[0]["modules"]),
    }


def _time_forecasts(settings: FirstForecastSettings) -> list[Result]:
    arguments = [
        "-m",
        "benchmarks.first_forecast",
        str(settings.n_series),
        "--seed",
        str(settings.seed),
    ]
    arguments += ["--small"] if settings.small else []
    if not settings.cold:
        return [{"kernels": "as found", **fresh_process(arguments, all_cores=True)}]
    with tempfile.TemporaryDirectory() as cache:
        compiled, loaded = (
            fresh_process(arguments, {"NUMBA_CACHE_DIR": cache}, all_cores=True) for _ in range(2)
        )
    return [{"kernels": "loaded", **loaded}, {"kernels": "compiled", **compiled}]


def monthly_series(n_series: int, n_steps: int, seed: int) -> pd.DataFrame:
    """Draw monthly series with a level that wanders, a trend, a season and noise.

    Parameters
    ----------
    n_series, n_steps : int
    seed : int

    Returns
    -------
    pd.DataFrame
        One column ``sales``, greater than 0, on the index levels ``shop`` and ``month``, the last
        a PeriodIndex.

    Examples
    --------
    >>> y = monthly_series(2, 3, seed=0)
    >>> y.index.tolist()[2:4]
    [('shop 1', Period('2016-03', 'M')), ('shop 2', Period('2016-01', 'M'))]
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    shape, steps = (n_series, n_steps), np.arange(n_steps)
    level = np.log(rng.uniform(20.0, 2000.0, (n_series, 1)))
    level = level + np.cumsum(rng.normal(0.0, 0.01, shape), axis=1)
    trend = rng.normal(0.002, 0.003, (n_series, 1)) * steps
    season = np.zeros(shape)
    for wave in (1, 2):
        size, shift = rng.uniform(0.0, 0.2, (n_series, 1)), rng.uniform(0.0, 12.0, (n_series, 1))
        season += size * np.sin(2.0 * np.pi * wave * (steps + shift) / 12.0)
    values = np.exp(level + trend + season + rng.normal(0.0, 0.05, shape))
    months = pd.period_range("2016-01", periods=n_steps, freq="M")
    shops = [f"shop {i}" for i in range(1, n_series + 1)]
    index = pd.MultiIndex.from_product([shops, months], names=["shop", "month"])
    return pd.DataFrame({"sales": values.ravel()}, index)


def newcomer(n_series: int, seed: int, small: bool) -> Result:
    """Import, fit and forecast in this process.

    Parameters
    ----------
    n_series, seed : int
    small : bool
        As in `FirstForecastSettings`.

    Returns
    -------
    dict
        ``wall_s`` of it all and its parts ``import_s``, ``fit_s`` and ``predict_s``; ``cpu_s`` of
        it all, of other processes too; ``owa`` of the year that follows; what was chosen.

    Raises
    ------
    GateError
        If forecasts are missing.
    """
    from competitions.runs.resources import measured
    from esrnn.metrics import naive2, owa, seasonal_scale

    y = monthly_series(n_series, LENGTH + HORIZON, seed)
    values = y["sales"].to_numpy().reshape(n_series, -1)
    history, future = values[:, :LENGTH], values[:, LENGTH:]
    train = y.groupby(level=0, sort=False).head(LENGTH)
    with measured() as usage:
        clock = [time.perf_counter()]
        from esrnn import ESRNN

        clock.append(time.perf_counter())
        forecaster = ESRNN(n_members=1, n_epochs=1) if small else ESRNN()
        forecaster.fit(train, fh=range(1, HORIZON + 1))
        clock.append(time.perf_counter())
        y_hat = forecaster.predict()["sales"].to_numpy()
        clock.append(time.perf_counter())
    if y_hat.size != future.size or not np.isfinite(y_hat).all():
        raise GateError(f"{future.size} forecasts are wanted; got {y_hat.size}, or some are NaN")
    bounds = np.arange(n_series + 1) * LENGTH
    scale = seasonal_scale(history.ravel(), 12, indptr=bounds)
    benchmark = naive2(history.ravel(), HORIZON, 12, indptr=bounds)
    config = forecaster.config_
    return {
        **{f"{name}_s": b - a for name, a, b in zip(_PARTS, clock, clock[1:], strict=False)},
        "wall_s": clock[-1] - clock[0],
        "cpu_s": usage.cpu_s,
        "owa": owa(future, y_hat.reshape(future.shape), benchmark=benchmark, scale=scale),
        "preset": forecaster.preset_,
        "strategy": forecaster.strategy_,
        "n_members": config.ensemble.n_members,
        "n_epochs": config.training.n_epochs,
    }


_PARTS = ("import", "fit", "predict")


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_forecast")
    parser.add_argument("n_series", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--small", action="store_true", help="one member, one epoch")
    arguments = parser.parse_args()
    print(json.dumps(newcomer(arguments.n_series, arguments.seed, arguments.small)))


if __name__ == "__main__":
    _main()
