"""`ESRNN` beside sktime's own class of the method: accuracy and CPU seconds on M4.

Both forecast the test part of M4 Hourly and Weekly, one process after another, each fresh and on
one thread, so that CPU seconds compare. Data are found as `esrnn.datasets` finds them; a group that
is nowhere is left out with a word about it.

sktime's `ESRNNForecaster` gets settings of ours (`benchmarks.sktime_esrnn_methods`): with its
defaults each series would be trained on by itself for 1000 epochs, on values as they are, at a
learning rate of 0.1, which on all series would take days. A few series at its defaults, their
epochs cut short, show what that costs. ESRNN gets its preset, through the estimator; what the
competitions' runs of the same preset scored is printed beside it, since it should be the same.

The season of sktime's class is in phase on both groups; for most other seasons and horizons it is
not (`benchmarks.sktime_esrnn_season`), which is printed too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.new_process import ONE_THREAD, fresh_process
from benchmarks.report import Bar, Result, Say, describe, provenance, table
from benchmarks.sktime_esrnn_methods import COVERAGES, TREATMENTS, Job, collect, lay_out
from competitions.store.read import RESULTS, read_result
from competitions.task import TaskData, load_data, load_task
from esrnn.datasets import DatasetNotFoundError
from esrnn.metrics import coverage, mase, naive2, owa, seasonal_scale, smape
from esrnn.panel import Panel

__all__ = ["SktimeEsrnnSettings", "Truth", "run"]

Matrix = npt.NDArray[np.float64]
COVERAGE_BAR = 3.0  # points off the nominal share
USUAL_EPOCHS = 1000  # of sktime's class
_OURS, _ONE_MEMBER, _PRETRAINED = "ESRNN", "ESRNN, one member", "ESRNNForecaster, pretrained"


@dataclass(frozen=True)
class SktimeEsrnnSettings:
    """What is run.

    Attributes
    ----------
    groups : tuple of str
        Of M4.
    n_series : int, optional
        The first so many of a group; by default all.
    n_epochs, n_members : int, optional
        Instead of the usual ones, for all contestants.
    default_series, default_epochs : int
        Series and epochs for the defaults of sktime's class; no series leave that out.
    seed : int
    """

    groups: tuple[str, ...] = ("hourly", "weekly")
    n_series: int | None = None
    n_epochs: int | None = None
    n_members: int | None = None
    default_series: int = 5
    default_epochs: int = 5
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Truth:
    """What a group's forecasts are scored with.

    Attributes
    ----------
    train : Panel
    actual : ndarray of shape (N, H)
    seasonal_period : int
        Of the measures.
    """

    train: Panel
    actual: Matrix
    seasonal_period: int

    def head(self, n_series: int) -> Truth:
        """Return the first series."""
        train = self.train.subset(np.arange(n_series))
        return Truth(train, self.actual[:n_series], self.seasonal_period)

    def scores(self, forecasts: Mapping[str, Matrix]) -> Result:
        """Score forecasts with the measures of M4, OWA by its Naive2.

        Parameters
        ----------
        forecasts : mapping of str to ndarray of shape (N, H)
            As in `benchmarks.sktime_esrnn_methods.Outcome`; only the first N series count.

        Returns
        -------
        dict
            ``smape``, ``mase`` and ``owa``, None where forecasts are not finite; ``coverage``, by
            percent, where there are intervals.
        """
        n_series, horizon = self.actual.shape
        own = {name: values[:n_series] for name, values in forecasts.items()}
        y_hat, values, indptr = own["y_hat"], self.train.values, self.train.indptr
        result: Result = {"n_series": n_series, "smape": None, "mase": None, "owa": None}
        if np.isfinite(y_hat).all():
            scale = seasonal_scale(values, self.seasonal_period, indptr=indptr)
            benchmark = naive2(values, horizon, self.seasonal_period, indptr=indptr)
            result["smape"] = smape(self.actual, y_hat)
            result["mase"] = mase(self.actual, y_hat, scale=scale)
            result["owa"] = owa(self.actual, y_hat, benchmark=benchmark, scale=scale)
        if "lower-80" in own:
            result["coverage"] = {
                str(percent): coverage(
                    self.actual, own[f"lower-{percent}"], own[f"upper-{percent}"]
                )
                for percent in COVERAGES
            }
        return result


def run(settings: SktimeEsrnnSettings, say: Say) -> Result:
    """Run both classes on each group.

    Parameters
    ----------
    settings : SktimeEsrnnSettings
    say : callable
        Takes the lines to print.

    Returns
    -------
    dict
        What goes into ``results/sktime-esrnn.json``.

    Raises
    ------
    GateError
        If a contestant fails.
    """
    about = provenance("sktime-esrnn", {**asdict(settings), "threads": [1]})
    say(describe(about))
    seasons = fresh_process(["-m", "benchmarks.sktime_esrnn_season"], ONE_THREAD)["cases"]
    groups, left_out = [], {}
    for name in settings.groups:
        try:
            data = load_data(load_task(f"m4-{name}"))
        except DatasetNotFoundError as error:
            left_out[name] = str(error)
            say(f"\nM4 {name} is left out: {str(error).splitlines()[0]}")
            continue
        groups.append(_Group(name, data, settings))
    if groups and settings.n_epochs is None:  # compiled and loaded once, off the clock
        groups[0].forecast(Job("esrnn", groups[0].name, groups[0].horizon, 0, 1, 1), n_series=3)
    results = [result for group in groups for result in group.run(say)]
    say(
        "\nESRNNForecaster's settings are ours, not tuned (benchmarks/sktime_esrnn_methods.py): its"
        f" defaults train each series alone, {USUAL_EPOCHS} epochs at a learning rate of 0.1"
    )
    say(
        "its season, put back onto a forecast, correlates with the season that follows:\n  "
        + ", ".join(f"m={case['m']} h={case['h']}: {case['correlation']:+.2f}" for case in seasons)
    )
    bars = [bar for result in results for bar in _coverage_bars(result)]
    say("\n" + "\n".join(bar.line() for bar in bars))
    return {
        **about,
        "treatments": {name: asdict(TREATMENTS[name]) for name in settings.groups},
        "left_out": left_out,
        "results": results,
        "seasons": seasons,
        "bars": [bar.record() for bar in bars],
    }


class _Group:
    """A group of M4, its truth and the contest about it."""

    def __init__(self, name: str, data: TaskData, settings: SktimeEsrnnSettings) -> None:
        self.name, self.settings, self.task = name, settings, data.task
        self.horizon = data.task.horizon
        whole = Panel(data.values, data.indptr, tuple(data.ids))
        truth = Truth(whole, data.actual, data.task.seasonal_period)
        self.truth = truth.head(min(settings.n_series or whole.n_series, whole.n_series))
        self.frame = data.train
        self.n_obs = data.values.size

    def run(self, say: Say) -> list[Result]:
        """Let all contestants forecast, and print their scores."""
        settings = self.settings
        size = f"{self.truth.train.n_series} of {self.task.n_in_group} series"
        say(f"\nM4 {self.name}, {size}, {self.horizon} steps ahead; one thread")
        epochs, members = settings.n_epochs, settings.n_members
        planned = {
            _PRETRAINED: Job("pretrained", self.name, self.horizon, settings.seed, epochs),
            _OURS: Job("esrnn", self.name, self.horizon, settings.seed, epochs, members),
        }
        if members != 1:
            planned[_ONE_MEMBER] = Job("esrnn", self.name, self.horizon, settings.seed, epochs, 1)
        results, forecasts = [], {}
        for label, job in planned.items():
            took, forecasts[label] = self.forecast(job)
            results.append(self._result(label, took, self.truth.scores(forecasts[label])))
        for result in results[1:]:
            result["over_peer"] = _over(result, results[0])
        kept = self._kept()
        say(table(_HEADER, [_row(result) for result in [*results, *kept]]))
        say("\n".join(_comparison(result) for result in results[1:]))
        results += kept
        if settings.default_series:
            results += self._defaults(forecasts, say)
        return results

    def forecast(self, job: Job, n_series: int | None = None) -> tuple[Result, dict[str, Matrix]]:
        """Have a job done in a fresh process; return what it took, and the forecasts."""
        ids = self.truth.train.ids[:n_series]
        train = self.frame[self.frame.index.isin(ids, level=0)]
        with tempfile.TemporaryDirectory() as folder:
            lay_out(Path(folder), train, job)
            took = fresh_process(["-m", "benchmarks.sktime_esrnn_methods", folder], ONE_THREAD)
            return took, collect(Path(folder))

    def _result(self, label: str, took: Result, scores: Result) -> Result:
        point = [took["phases"][name]["cpu_s"] for name in _POINT if name in took["phases"]]
        return {"group": self.name, "contestant": label, **scores, **took, "cpu_s": sum(point)}

    def _kept(self) -> list[Result]:
        """Return the competitions' run of the same thing, if there is one."""
        settings = self.settings
        folder = RESULTS / self.task.name / f"esrnn-{settings.seed}"
        usual = settings.n_series is settings.n_epochs is settings.n_members is None
        if not usual or not folder.is_dir():
            return []
        run = read_result(folder).run
        scores = {name: getattr(run.scores, name) for name in ("n_series", "smape", "mase", "owa")}
        scores["cpu_s"] = run.cpu_s
        label = f"(competitions' run, commit {str(run.commit)[:7]})"
        return [{"group": self.name, "contestant": label, **scores, "phases": {}, "error": ""}]

    def _defaults(self, forecasts: Mapping[str, Mapping[str, Matrix]], say: Say) -> list[Result]:
        """Run sktime's class as it comes on some series, and score all on these.

        What all series and all epochs would take goes by the number of observations.
        """
        settings = self.settings
        truth = self.truth.head(min(settings.default_series, self.truth.train.n_series))
        n_series = truth.train.n_series
        job = Job("defaults", self.name, self.horizon, settings.seed, settings.default_epochs)
        took, found = self.forecast(job, n_series)
        label = f"ESRNNForecaster, its defaults but {job.n_epochs} epochs"
        if took["error"]:
            say(f"ESRNNForecaster with its defaults fails: {took['error']}")
            result: Result = {"n_series": n_series, "smape": None, "mase": None, "owa": None}
            return [self._result(label, took, result)]
        result = self._result(label, took, truth.scores(found))
        share = truth.train.values.size / self.n_obs * settings.default_epochs / USUAL_EPOCHS
        result["cpu_s_extrapolated"] = result["cpu_s"] / share
        result["same_series"] = {
            name: truth.scores({"y_hat": y["y_hat"]})["owa"] for name, y in forecasts.items()
        }
        others = ", ".join(f"{name}: {_number(x, 4)}" for name, x in result["same_series"].items())
        say(
            f"ESRNNForecaster with its defaults, {n_series} series, {job.n_epochs} of "
            f"{USUAL_EPOCHS} epochs: {result['cpu_s']:.1f} CPU s, OWA {_number(result['owa'], 4)} "
            f"({others}); in full {result['cpu_s_extrapolated'] / 3600:.0f} CPU hours by "
            "extrapolation"
        )
        return [result]


_HEADER = ("", "sMAPE", "MASE", "OWA", "train CPU s", "forecast", "both", "intervals")
_POINT = ("train", "forecast")  # phases that lead to point forecasts


def _row(result: Result) -> list[str]:
    phases = {name: phase["cpu_s"] for name, phase in result["phases"].items()}
    phases["both"] = result["cpu_s"]
    return [
        result["contestant"],
        *(_number(result[name], 3) for name in ("smape", "mase")),
        _number(result["owa"], 4),
        *(_number(phases.get(name), 1) for name in (*_POINT, "both", "intervals")),
    ]


def _over(own: Result, theirs: Result) -> dict[str, float | None]:
    """Return ours over theirs: CPU seconds of point forecasts, and OWA."""
    known = own["owa"] is not None and theirs["owa"] is not None
    return {
        "cpu": own["cpu_s"] / theirs["cpu_s"],
        "owa": own["owa"] / theirs["owa"] if known else None,
    }


def _comparison(own: Result) -> str:
    covered = ", ".join(f"{share:.3f} of {name}%" for name, share in own["coverage"].items())
    over = own["over_peer"]
    return (
        f"{own['contestant']} over {_PRETRAINED}: CPU {_number(over['cpu'], 2)}, "
        f"OWA {_number(over['owa'], 3)}; its intervals hold {covered}"
    )


def _coverage_bars(result: Result) -> list[Bar]:
    if result["contestant"] != _OURS:
        return []
    return [
        Bar(
            f"M4 {result['group']}, {percent}% intervals, points off {percent}",
            abs(100.0 * share - float(percent)), COVERAGE_BAR, at_least=False,
        )
        for percent, share in result["coverage"].items()
    ]  # fmt: skip


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
