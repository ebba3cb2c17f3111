"""CPU seconds of `ESRNN.update` with one new row of each series and ``update_params=False``.

Twenty thousand series of 24 weeks are updated week by week, without and with covariates. Given the
folder of another version of the package, the same walk is timed with it, in processes that take
turns with those of this version, and the forecasts after the walk must be equal to nine
digits.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.new_process import ONE_THREAD, fresh_process, require_same_sums
from benchmarks.report import Bar, Result, Say, describe, provenance, table

__all__ = ["UpdateSettings", "run"]

SHARE_BAR = 0.2  # of the other version's CPU seconds
_ROOT = Path(__file__).resolve().parent.parent
_CASES = ("values", "values and covariates")


@dataclass(frozen=True)
class UpdateSettings:
    """How much is run.

    Attributes
    ----------
    n_series, n_weeks, n_updates : int
    repeats : int
        Processes of each version.
    other : Path, optional
        Folder that holds another version's ``esrnn``.
    """

    n_series: int = 20_000
    n_weeks: int = 24
    n_updates: int = 8
    repeats: int = 2
    other: Path | None = None


def run(settings: UpdateSettings, say: Say) -> Result:
    """Time the updates of this version, and of another one if its folder is given.

    Parameters
    ----------
    settings : UpdateSettings
    say : callable
        Takes the lines to print.

    Returns
    -------
    dict
        What goes into ``results/update.json``.

    Raises
    ------
    GateError
        If both versions forecast something else after the updates.
    """
    plain = {name: value for name, value in asdict(settings).items() if name != "other"}
    about = provenance("update", plain)
    say(describe(about))
    folders = {"this": _ROOT} | ({} if settings.other is None else {"other": settings.other})
    runs: dict[str, list[Result]] = {name: [] for name in folders}
    for _ in range(settings.repeats):
        for name, folder in folders.items():
            runs[name].append(_walks(settings, folder))
    results = []
    for k, case in enumerate(_CASES):
        sums = [one["walks"][k]["forecasts"] for each in runs.values() for one in each]
        require_same_sums(sums, f"the updates ({case})")
        for measure in ("update_cpu_s", "without_sktime_cpu_s"):
            for name, each in runs.items():
                seconds = [s for one in each for s in one["walks"][k][measure]]
                results.append(
                    {"version": name, "case": case, "measure": measure,
                     "median_s": median(seconds), "seconds": seconds}
                )  # fmt: skip
    say(f"{settings.n_series} series of {settings.n_weeks} weeks, one row of each in an update")
    rows = [
        [f"{r['case']}, {r['measure']}, {r['version']}", f"{r['median_s']:.4f}",
         f"{min(r['seconds']):.4f}..{max(r['seconds']):.4f}"]
        for r in results
    ]  # fmt: skip
    say(table(["what", "median", "smallest..largest"], rows))
    bars = []
    if settings.other is not None:
        medians = {(r["version"], r["case"], r["measure"]): r["median_s"] for r in results}
        key = (_CASES[0], "update_cpu_s")
        share = medians["this", *key] / medians["other", *key]
        bars.append(Bar("update, share of the other version's CPU s", share, SHARE_BAR, False))
        say("\n" + "\n".join(bar.line() for bar in bars))
    return {**about, "results": results, "bars": [bar.record() for bar in bars]}


def _walks(settings: UpdateSettings, folder: Path) -> Result:
    """Run the walks of `benchmarks.update_once` with the package in `folder`."""
    sizes = [str(n) for n in (settings.n_series, settings.n_weeks, settings.n_updates)]
    script = Path(__file__).with_name("update_once.py")
    environment = {**ONE_THREAD, "PYTHONPATH": str(folder)}
    return {"walks": fresh_process([str(script), *sizes], environment)}
