"""CPU seconds and peak memory of forecasts of many unseen series, by `esrnn.forecaster`.

Monthly series of 100 observations, six networks, 80 and 95% intervals, from a long frame to a long
frame, on one thread: the frame is read, smoothing parameters are fitted to each series, and the
networks forecast. For several numbers of series, so that one sees whether time and memory are
linear. Given the folder of another version of the package, that one takes turns with this one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isclose, isnan
from pathlib import Path
from statistics import median

from benchmarks.kernel_checks import GateError
from benchmarks.new_process import ONE_THREAD, fresh_process
from benchmarks.prediction_once import HORIZON
from benchmarks.report import Bar, Result, Say, describe, provenance, table

__all__ = ["PredictionSettings", "run"]

SHARE_BAR = 1.0 / 3.0  # of the other version's CPU seconds
MEMORY_BAR = 3.0  # times the data, beside the libraries
LINEAR_BAR = 1.25  # CPU seconds of a series among more, beside those among fewer
_ROOT = Path(__file__).resolve().parent.parent
_LIKE = 0.01  # each version trains its networks itself, for an epoch
_PARTS = ("frame_cpu_s", "fit_cpu_s", "forecast_cpu_s", "cpu_s")


@dataclass(frozen=True)
class PredictionSettings:
    """How much is run.

    Attributes
    ----------
    sizes : tuple of int
        Numbers of series.
    n_steps : int
        Observations of each.
    repeats : int
        Processes of each version, with the first size. The others run once, by this version.
    other : Path, optional
        Folder that holds another version's ``esrnn``.
    """

    sizes: tuple[int, ...] = (10_000, 100_000)
    n_steps: int = 100
    repeats: int = 3
    other: Path | None = None


def run(settings: PredictionSettings, say: Say) -> Result:
    """Forecast with this version, and with another one if its folder is given.

    Parameters
    ----------
    settings : PredictionSettings
    say : callable
        Takes the lines to print.

    Returns
    -------
    dict
        What goes into ``results/prediction.json``.

    Raises
    ------
    GateError
        If a series has no forecast, or those of two versions differ by more than a hundredth.
    """
    plain = {name: value for name, value in asdict(settings).items() if name != "other"}
    about = provenance("prediction", plain)
    say(describe(about))
    folders = {"this": _ROOT} | ({} if settings.other is None else {"other": settings.other})
    first, *more = settings.sizes
    runs: list[Result] = []
    for turn in range(-1, settings.repeats):  # the first turn compiles the kernels
        for version, folder in folders.items():
            one = _forecast_once(folder, first, settings)
            if turn >= 0:
                runs.append({"version": version, "n_series": first, **one})
    for size in more:
        one = _forecast_once(_ROOT, size, settings)
        runs.append({"version": "this", "n_series": size, **one})
    _require_sound(runs)
    rows = []
    for version, size in dict.fromkeys((one["version"], one["n_series"]) for one in runs):
        some = [one for one in runs if (one["version"], one["n_series"]) == (version, size)]
        middle = {name: median(one[name] for one in some) for name in some[0] if name != "version"}
        seconds = [f"{middle[name]:.2f}" for name in _PARTS]
        extra = middle["peak_bytes"] - middle["libraries_bytes"]
        memory = [middle["libraries_bytes"], middle["data_bytes"], extra]
        rows.append([f"{size:,}, {version}", *seconds, *(f"{n / 1e6:.0f}" for n in memory)])
    heads = ["series", "frame s", "fit s", "networks s", "all s", "libraries MB", "data MB", "+ MB"]
    say(table(heads, rows))
    bars = _bars(runs, settings)
    say("\n" + "\n".join(bar.line() for bar in bars))
    return {**about, "results": runs, "bars": [bar.record() for bar in bars]}


def _forecast_once(folder: Path, n_series: int, settings: PredictionSettings) -> Result:
    script = str(Path(__file__).with_name("prediction_once.py"))
    environment = {**ONE_THREAD, "PYTHONPATH": str(folder)}
    return fresh_process([script, str(n_series), str(settings.n_steps)], environment)


def _require_sound(runs: list[Result]) -> None:
    for one in runs:
        if one["n_rows"] != HORIZON * one["n_series"] or isnan(one["forecasts"]):
            raise GateError(f"some of {one['n_series']} series have no finite forecasts")
        like = next(other for other in runs if other["n_series"] == one["n_series"])
        if not isclose(one["forecasts"], like["forecasts"], rel_tol=_LIKE):
            raise GateError(
                "the versions forecast different things: the sums of all numbers are"
                f" {one['forecasts']} and {like['forecasts']}"
            )


def _bars(runs: list[Result], settings: PredictionSettings) -> list[Bar]:
    """Return the bars: beside the other version, memory beside the data, and linear in series."""

    def middle(version: str, size: int, name: str) -> float:
        some = [one for one in runs if (one["version"], one["n_series"]) == (version, size)]
        return float(median(one[name] for one in some))

    bars, sizes = [], settings.sizes
    if settings.other is not None:
        share = middle("this", sizes[0], "cpu_s") / middle("other", sizes[0], "cpu_s")
        bars.append(Bar("share of the other version's CPU s", share, SHARE_BAR, at_least=False))
    largest = sizes[-1]
    beside = middle("this", largest, "peak_bytes") - middle("this", largest, "libraries_bytes")
    times = beside / middle("this", largest, "data_bytes")
    what = f"memory for {largest:,} series, times the data"
    bars.append(Bar(what, times, MEMORY_BAR, at_least=False))
    if len(sizes) > 1:
        seconds = [middle("this", size, "cpu_s") / size for size in (sizes[0], largest)]
        what = f"CPU s of a series, {largest:,} beside {sizes[0]:,}"
        bars.append(Bar(what, seconds[1] / seconds[0], LINEAR_BAR, at_least=False))
    return bars
