"""One measurement of `benchmarks.prediction`: forecasts of unseen series, in this process.

``python benchmarks/prediction_once.py N_SERIES N_STEPS`` trains six small networks on fifty monthly
series, off the clock, and forecasts others with 80 and 95% intervals: from a long frame to a long
frame. It prints CPU seconds and bytes as JSON. It needs nothing but the package that is found first
on the path, so that it also measures older ones, whose parts had other names.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from esrnn import ESRNN
from esrnn.frames import long_to_panel

N_TRAINED, HORIZON, COVERAGES = 50, 12, (0.8, 0.95)


def monthly_series(n_series: int, n_steps: int, seed: int) -> pd.DataFrame:
    """Return a long frame of series with a season and a wandering level."""
    rng = np.random.default_rng(seed)
    months = pd.date_range("2015-01-01", periods=n_steps, freq="MS")
    season = 0.1 * np.sin(np.arange(n_steps) * np.pi / 6.0)
    noise = rng.normal(0.0, 0.015, (n_series, n_steps))
    np.cumsum(noise, axis=1, out=noise)
    noise += 5.0 + season
    y = np.exp(noise, out=noise).ravel()
    ids = np.array([f"s{k:07d}" for k in range(n_series)])
    return pd.DataFrame({"unique_id": ids.repeat(n_steps), "ds": np.tile(months, n_series), "y": y})


def trained(n_steps: int) -> Any:
    """Return networks of the monthly preset, after an epoch."""
    y = monthly_series(N_TRAINED, n_steps, seed=1).set_index(["unique_id", "ds"])
    forecaster = ESRNN(
        horizon=HORIZON, preset="monthly", seasonal_periods=12, n_members=6, n_epochs=1,
        n_jobs=1, device="cpu", random_state=0,
    )  # fmt: skip
    if "start_from" in forecaster.get_params():
        forecaster.set_params(start_from=None)
    fitted: Any = forecaster.fit(y)._fitted
    return fitted.model if hasattr(fitted, "model") else fitted.learned


def ways(model: Any) -> tuple[Callable[[Any], Any], Callable[[Any], pd.DataFrame]]:
    """Return what fits a panel's smoothing parameters, and what forecasts it as a frame."""
    if not hasattr(model, "adopt"):
        from esrnn.forecaster import fit_panel

        def fit(framed: Any) -> Any:
            return fit_panel(framed, model=model)

        return fit, lambda fitted: fitted.forecast_frame(coverages=COVERAGES, device="cpu")

    from esrnn.frames import panel_to_long

    older = import_module("esrnn.forecaster.fitted")  # of a version that names its parts otherwise

    def adopt(framed: Any) -> Any:
        return older.Fitted(framed, None, model.adopt(framed, None))

    def forecast(fitted: Any) -> pd.DataFrame:
        steps = np.tile(np.arange(1, HORIZON + 1), (fitted.framed.panel.n_series, 1))
        columns: dict[Any, Any] = {"y_hat": fitted.forecast(steps, None, "cpu")}
        levels = [0.5 + sign * 0.5 * c for c in COVERAGES for sign in (-1, 1)]
        names = [f"{side}-{100 * c:g}" for c in COVERAGES for side in ("lo", "hi")]
        columns |= dict(zip(names, fitted.quantiles(steps, None, levels, "cpu"), strict=True))
        return panel_to_long(columns, fitted.framed, HORIZON)

    return adopt, forecast


def measure(n_series: int, n_steps: int) -> dict[str, float]:
    """Forecast once on the clock, after a few series that load what is loaded once."""
    fit, forecast = ways(trained(n_steps))
    forecast(fit(long_to_panel(monthly_series(20, n_steps, seed=2))))
    data = monthly_series(n_series, n_steps, seed=0)
    data_bytes = float(data.memory_usage(deep=True).sum())
    _forget_peak()  # making the data is no part of it
    libraries = _peak_bytes() - data_bytes
    clock = [time.process_time()]
    framed = long_to_panel(data)
    clock.append(time.process_time())
    fitted = fit(framed)
    clock.append(time.process_time())
    found = forecast(fitted)
    clock.append(time.process_time())
    read, smoothing, networks = np.diff(clock).tolist()
    numbers = found.drop(columns=["unique_id", "ds"]).to_numpy()
    return {
        "cpu_s": clock[-1] - clock[0],
        "frame_cpu_s": read,
        "fit_cpu_s": smoothing,
        "forecast_cpu_s": networks,
        "libraries_bytes": libraries,
        "data_bytes": data_bytes,
        "peak_bytes": _peak_bytes(),
        "n_rows": float(len(found)),
        "forecasts": float(numbers.sum()) if np.isfinite(numbers).all() else float("nan"),
    }


def _forget_peak() -> None:
    """Let the peak begin anew at what is in memory; only Linux can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_bytes() -> float:
    """Return the most memory in use since `_forget_peak`, or since the process began."""
    with suppress(OSError):
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024.0 * next(float(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    unit = 1 if sys.platform == "darwin" else 1024
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
