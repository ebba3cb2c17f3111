"""CPU seconds of one short series, from the start of Python to a forecast with intervals.

Each run is a process of its own, on one thread, with kernels and bytecode that an earlier process
left, as an installed package has them. What `ESRNN` can't do without is run beside it: pandas and
the class of sktime's that it derives from. So is the same forecast by `esrnn.forecaster`, which
needs no sktime. They take turns, so that another process slows all of them alike.
"""

from __future__ import annotations

import tempfile
from statistics import median

from benchmarks.kernel_checks import GateError
from benchmarks.new_process import ONE_THREAD, fresh_process
from benchmarks.report import Bar, Result, Say, table

__all__ = ["BAR", "run_one_series"]

BAR = 3.0  # CPU seconds
_FREQUENCIES = {"monthly": ("M", 12), "quarterly": ("Q", 8), "yearly": ("Y", 6)}  # the best first
_DATA = """
import json, resource
def spent():
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds.append(used.ru_utime + used.ru_stime)
seconds = []
import numpy as np, pandas as pd
ds = pd.period_range("2010-01", periods=60, freq=freq)
wave = 0.1 * np.sin(np.arange(60) * 2.0 * np.pi / horizon)
y = np.exp(wave + np.random.default_rng(0).normal(5.0, 0.05, 60).cumsum() / np.arange(1, 61))
spent()
"""
_ESRNN = """
from esrnn import ESRNN
spent()
forecaster = ESRNN().fit(pd.Series(y, ds, name="sales"), fh=range(1, horizon + 1))
spent()
middle = forecaster.predict().to_numpy()
low, high = forecaster.predict_interval(coverage=0.95).to_numpy().T
strategy = forecaster.strategy_
"""
_FIT_PANEL = """
from esrnn.forecaster import fit_panel
from esrnn.frames import long_to_panel
spent()
framed = long_to_panel(pd.DataFrame({"unique_id": "sales", "ds": ds, "y": y}))
fitted = fit_panel(framed, settings={"horizon": horizon})
spent()
frame = fitted.forecast_frame(coverages=[0.95])
middle, low, high = frame[["y_hat", "lo-95", "hi-95"]].to_numpy().T
strategy = fitted.model.strategy
"""
_END = """
spent()
print(json.dumps({"cpu_s": seconds, "middle": middle.tolist(), "strategy": strategy,
                  "inside": bool(((low < middle) & (middle < high)).all())}))
"""
_BASE = """
from sktime.forecasting.base import BaseForecaster
spent()
print(json.dumps({"cpu_s": seconds}))
"""
_WAYS = {
    "pandas and sktime's base class": _BASE,
    "ESRNN()": _ESRNN + _END,
    "esrnn.forecaster.fit_panel": _FIT_PANEL + _END,
}


def run_one_series(repeats: int, say: Say) -> tuple[Result, list[Bar]]:
    """Time the ways in turns and print what they took.

    Parameters
    ----------
    repeats : int
        Processes of each way, after one of each that fills the caches.
    say : callable
        Takes the lines to print.

    Returns
    -------
    dict
        CPU seconds of each run, counted from the start of the process: after pandas, the import,
        the fit and the forecast. Empty where the package has no networks.
    list of Bar
        That of `ESRNN`.

    Raises
    ------
    GateError
        If the networks of the package are not used, an interval misses its forecast, or the ways
        forecast different things.
    """
    from esrnn.networks import shipped_names

    preset = next((name for name in _FREQUENCIES if name in shipped_names()), None)
    if preset is None:
        return {}, []
    freq, horizon = _FREQUENCIES[preset]
    head = f"freq, horizon = {freq!r}, {horizon}\n{_DATA}"
    runs: dict[str, list[list[float]]] = {way: [] for way in _WAYS}
    forecasts = []
    with tempfile.TemporaryDirectory() as folder:
        kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": f"{folder}/bytecode"}
        environment = {**ONE_THREAD, **kept, "NUMBA_CACHE_DIR": f"{folder}/kernels"}
        for turn in range(repeats + 1):
            for way, code in _WAYS.items():
                found = fresh_process(["-c", head + code], environment)
                if turn:
                    runs[way].append(found["cpu_s"])
                if "middle" in found:
                    _require_sound(found, way)
                    forecasts.append(found["middle"])
    if any(one != forecasts[0] for one in forecasts):
        raise GateError("the ways forecast different things")
    say(
        f"\none series, zero shot ({preset}, 60 observations, {horizon} steps), one thread, "
        f"medians of {repeats}"
    )
    middle = {way: [median(part) for part in zip(*of, strict=True)] for way, of in runs.items()}
    rows = [[way, *_differences(seconds), f"{seconds[-1]:.2f}"] for way, seconds in middle.items()]
    say(table(["CPU s", "pandas", "import", "fit", "forecast", "all"], rows))
    bar = Bar(f"ESRNN() on one {preset} series, CPU s", middle["ESRNN()"][-1], BAR, at_least=False)
    return {"preset": preset, "horizon": horizon, "cpu_s": runs}, [bar]


def _require_sound(found: Result, way: str) -> None:
    if found["strategy"] != "zero_shot" or not found["inside"]:
        raise GateError(
            f"{way} must forecast by zero shot, within its intervals; got the strategy "
            f"{found['strategy']!r}, forecasts {'in' if found['inside'] else 'out'}side"
        )


def _differences(seconds: list[float]) -> list[str]:
    """Return what each part took, of four; none where a way has no such part."""
    parts = [b - a for a, b in zip([0.0, *seconds], seconds, strict=False)]
    return [f"{part:.2f}" for part in parts] + [""] * (4 - len(parts))
