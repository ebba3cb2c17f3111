"""The methods that can be run, with one signature.

A method gets a task's data, `Settings` and the checkpoints of an earlier attempt, and returns
forecasts as a frame with the task's `forecast_columns`. It never sees the test part. A new method
is one function and one line in `METHODS`. A method that works series by series is a function of one
series, run by `competitions.methods.per_series.forecast_each`. A method of somebody's own needs no
line: `find_method` imports it (`competitions.methods.own`).
"""

from dataclasses import replace
from functools import partial
from importlib import import_module

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.esrnn import (
    esrnn_config,
    lstm_config,
    run_esrnn,
    run_fine_tuned,
    run_lstm,
    run_smoothing,
    run_zero_shot,
)
from competitions.methods.interface import Engine, Entry, Method, Result, Settings, library
from competitions.methods.own import is_own, own_method
from competitions.task import Task, TaskData
from esrnn.errors import InputError

__all__ = [
    "METHODS",
    "Checkpoints",
    "Engine",
    "Entry",
    "Method",
    "Result",
    "Settings",
    "find_method",
    "title_of",
    "variant",
]


_ADJUSTED = ", seasonally adjusted"


def _entry(
    path: str,
    title: str,
    about: str,
    needs: str | None = None,
    engines: tuple[Engine, ...] = (),
    **chosen: str,
) -> Entry:
    """Return a method of ``module.function``, imported when it runs: a list loads no library."""
    module, function = path.split(".")

    def run(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
        if needs is not None:
            library(needs)
        method = getattr(import_module(f"competitions.methods.{module}"), function)
        result: Result = partial(method, **chosen)(data, settings, checkpoints)
        return result

    return Entry(run, title, about, engines, needs)


def _benchmark(path: str, title: str, about: str, **chosen: str) -> Entry:
    about = f"{about}, M4's benchmark"
    return _entry(path, title, about, "statsmodels", ("statsmodels",), **chosen)


def _smoothed(title: str, about: str) -> Entry:
    return _benchmark("exponential.run_form", title, about + _ADJUSTED, form=title.upper())


def _statsforecast(model: str, title: str, about: str, engines: tuple[Engine, ...] = ()) -> Entry:
    needs = "statsforecast"
    return _entry("statsforecast_models.run_model", title, about, needs, engines, name=model)


def _neuralforecast(model: str, title: str, about: str) -> Entry:
    return _entry("neuralforecast_models.run_model", title, about, "neuralforecast", name=model)


_NETWORKS = ("preset", "members", "epochs")  # settings of methods that train networks

METHODS: dict[str, Entry] = {
    "naive": _entry("naive.run_naive", "Naive", "the last value"),
    "snaive": _entry("naive.run_seasonal_naive", "sNaive", "the last season"),
    "naive2": _entry(
        "naive.run_naive2", "Naive2", "the last seasonally adjusted value, M4's benchmark"
    ),
    "ses": _smoothed("SES", "simple exponential smoothing"),
    "holt": _smoothed("Holt", "linear trend"),
    "damped": _smoothed("Damped", "damped trend"),
    "comb": _benchmark("exponential.run_comb", "Comb", "mean of SES, Holt and Damped"),
    "theta": _benchmark("exponential.run_theta", "Theta", "straight and smoothed line" + _ADJUSTED),
    "ets": _entry(
        "ets.run_ets",
        "ETS",
        "the form of exponential smoothing with the least AICc, for each series",
        engines=("statsforecast", "statsmodels"),
    ),
    "arima": _statsforecast(
        "AutoARIMA",
        "ARIMA",
        "the model chosen for each series by Hyndman and Khandakar's search",
        ("statsforecast",),
    ),
    "lags": _entry("lags.run_lags", "Regression on lags", "one linear regression for all series"),
    "es": Entry(
        run_smoothing, "Exponential smoothing alone", "what ESRNN starts from", takes=("preset",)
    ),
    "lstm": Entry(
        run_lstm,
        "Plain LSTM",
        "ESRNN's network without smoothing, same budget",
        config=lstm_config,
        takes=_NETWORKS,
    ),
    "esrnn": Entry(
        run_esrnn,
        "ESRNN",
        "smoothing and one network for all series",
        config=esrnn_config,
        takes=_NETWORKS,
    ),
    "esrnn-zero-shot": Entry(
        run_zero_shot,
        "ESRNN, zero shot",
        "the package's networks, untrained",
        takes=("preset", "members"),
        from_networks=True,
    ),
    "esrnn-fine-tuned": Entry(
        run_fine_tuned,
        "ESRNN, fine-tuned",
        "these networks, trained further",
        takes=_NETWORKS,
        from_networks=True,
    ),
    "smyl2018": replace(
        _entry(
            "smyl2018.run_smyl2018",
            "ES-RNN of 2018",
            "the program that won M4, rebuilt, with its settings",
        ),
        takes=("members", "epochs"),
    ),
    "sf-autotheta": _statsforecast("AutoTheta", "AutoTheta", "the best of four theta models"),
    "sf-dot": _statsforecast(
        "DynamicOptimizedTheta", "Dynamic optimised theta", "theta with a moving line"
    ),
    "sf-autoces": _statsforecast("AutoCES", "AutoCES", "complex exponential smoothing"),
    "sf-mstl": _statsforecast("MSTL", "MSTL", "season by STL, the rest by ETS"),
    "nf-nhits": _neuralforecast("NHITS", "N-HiTS", "interpolated multi-rate blocks"),
    "nf-nbeats": _neuralforecast("NBEATS", "N-BEATS", "blocks of basis expansions"),
    "nf-dilatedrnn": _neuralforecast("DilatedRNN", "Dilated RNN", "dilated LSTM layers"),
    "nf-lstm": _neuralforecast("LSTM", "LSTM, neuralforecast", "one LSTM for all series"),
}


def find_method(name: str) -> Entry:
    """Return a method of `METHODS`, or one of somebody's own, named ``module:function``.

    An InputError is raised if there is no such method.
    """
    if is_own(name):
        return own_method(name)
    if name not in METHODS:
        raise InputError(
            f"no method {name!r}; there is {', '.join(sorted(METHODS))}, and MODULE:FUNCTION for "
            "one of your own"
        )
    return METHODS[name]


def variant(method: str, settings: Settings) -> str:
    """Return what tells a method's runs from those of other settings, as names of files have it.

    Examples
    --------
    >>> (
    ...     variant("ets", Settings(engine="statsmodels")),
    ...     variant("esrnn", Settings(n_epochs=5)),
    ...     variant("mine:drift", Settings()),
    ... )
    ('ets-statsmodels', 'esrnn-epochs5', 'mine.drift')
    """
    engines = METHODS[method].engines if method in METHODS else ()
    usual = settings.engine in (None, *engines[:1])
    engine = () if usual else (str(settings.engine),)
    return "-".join([method.replace(":", "."), *engine, *settings.overrides])


def title_of(name: str, task: Task | None = None) -> str:
    """Return a method's title in tables, marked where its networks know the task.

    A method that is not in `METHODS` has its name for a title.

    Examples
    --------
    >>> from competitions.task import load_task
    >>> title_of("esrnn-zero-shot", load_task("m4-hourly"))
    'ESRNN, zero shot (knows M4)'
    """
    if name not in METHODS:
        return name
    entry = METHODS[name]
    return f"{entry.title} (knows M4)" if task is not None and entry.knows(task) else entry.title
