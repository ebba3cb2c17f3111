"""CPU seconds and peak memory of a fit of many short series.

Twenty thousand series of 24 weeks, one network of the weekly preset, one epoch. Given the folder of
another version of the package, the same fit is made with it, in processes that take turns with
those of this version, and the forecasts must be equal to nine digits.

``python benchmarks/large_fit.py N_SERIES N_WEEKS`` makes one fit in this process and prints what it
took as JSON. It needs nothing but the package that is found first on the path, so that it also
measures an older one.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.report import Result, Say

__all__ = ["LargeFitSettings", "run"]

_MEASURES = ("fit_cpu_s", "peak_mb")


@dataclass(frozen=True)
class LargeFitSettings:
    """How much is run.

    Attributes
    ----------
    n_series, n_weeks : int
    repeats : int
        Processes of each version.
    other : Path, optional
        Folder that holds another version's ``esrnn``.
    """

    n_series: int = 20_000
    n_weeks: int = 24
    repeats: int = 3
    other: Path | None = None


def run(settings: LargeFitSettings, say: Say) -> Result:
    """Fit with this version, and with another one if its folder is given.

    Parameters
    ----------
    settings : LargeFitSettings
    say : callable
        Takes the lines to print.

    Returns
    -------
    dict
        What goes into ``results/large-fit.json``.

    Raises
    ------
    GateError
        If both versions forecast something else.
    """
    from benchmarks.new_process import ONE_THREAD, fresh_process, require_same_sums
    from benchmarks.report import Bar, describe, provenance, table

    plain = {name: value for name, value in asdict(settings).items() if name != "other"}
    about = provenance("large-fit", plain)
    say(describe(about))
    root = Path(__file__).resolve().parent.parent
    folders = {"this": root} | ({} if settings.other is None else {"other": settings.other})
    sizes = [str(settings.n_series), str(settings.n_weeks)]
    runs: dict[str, list[Result]] = {name: [] for name in folders}
    for turn in range(-1, settings.repeats):  # the first turn compiles the kernels
        for name, folder in folders.items():
            environment = {**ONE_THREAD, "PYTHONPATH": str(folder)}
            one = fresh_process([str(Path(__file__).resolve()), *sizes], environment)
            if turn >= 0:
                runs[name].append(one)
    require_same_sums([one["forecasts"] for each in runs.values() for one in each], "a fit")
    say(f"{settings.n_series} series of {settings.n_weeks} weeks, one member, one epoch")
    medians = {
        (name, measure): median(one[measure] for one in each)
        for name, each in runs.items()
        for measure in _MEASURES
    }
    rows = [
        [f"{measure}, {name}", f"{medians[name, measure]:.2f}",
         f"{min(one[measure] for one in each):.2f}..{max(one[measure] for one in each):.2f}"]
        for measure in _MEASURES
        for name, each in runs.items()
    ]  # fmt: skip
    say(table(["what", "median", "smallest..largest"], rows))
    bars = []
    if settings.other is not None:
        bars = [
            Bar(f"{measure}, share of the other version's",
                medians["this", measure] / medians["other", measure], 1.0, at_least=False)
            for measure in _MEASURES
        ]  # fmt: skip
        say("\n" + "\n".join(bar.line() for bar in bars))
    return {**about, "results": runs, "bars": [bar.record() for bar in bars]}


def _fit_once(n_series: int, n_weeks: int) -> dict[str, float]:
    """Fit in this process, and return CPU seconds, peak memory and the sum of the forecasts."""
    import numpy as np
    import pandas as pd

    from esrnn import ESRNN

    rng = np.random.default_rng(0)
    weeks = pd.date_range("2024-01-07", periods=n_weeks, freq="W-SUN")
    names = np.array([f"s{k:06d}" for k in range(n_series)])
    index = pd.MultiIndex.from_arrays(
        [names.repeat(n_weeks), np.tile(weeks, n_series)], names=["series", "week"]
    )
    steps = 0.1 * rng.normal(size=(n_series, n_weeks))
    y = pd.DataFrame({"sales": 100.0 * np.exp(steps.cumsum(axis=1)).ravel()}, index)
    forecaster = ESRNN(
        horizon=4, n_members=1, n_epochs=1, n_jobs=1, device="cpu", random_state=0,
        start_from=None,
    )  # fmt: skip
    start = time.process_time()
    forecaster.fit(y)
    fit_s = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0  # kilobytes on Linux
    total = float(forecaster.predict()["sales"].sum())
    return {"fit_cpu_s": fit_s, "peak_mb": peak, "forecasts": total}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(_fit_once(int(sys.argv[1]), int(sys.argv[2]))))
