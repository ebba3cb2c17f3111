"""The methods that can be run, with one signature.

A method gets a task's data, `Settings` and the checkpoints of an earlier attempt, and returns
forecasts as a frame with the task's `forecast_columns`. It never sees the test part. A new method
is one function and one line in `METHODS`. A method that works series by series is a function of one
series, run by `competitions.methods.per_series.forecast_each`.
"""

from importlib import import_module

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.esrnn import (
    esrnn_config,
    run_esrnn,
    run_fine_tuned,
    run_smoothing,
    run_zero_shot,
)
from competitions.methods.interface import Engine, Entry, Method, Result, Settings, library
from competitions.methods.lstm import lstm_config, run_lstm
from competitions.task import TaskData

__all__ = ["METHODS", "Checkpoints", "Engine", "Entry", "Method", "Result", "Settings"]


def _entry(
    path: str, title: str, about: str, needs: str | None = None, engines: tuple[Engine, ...] = ()
) -> Entry:
    """Return a method of ``module.function``, imported when it runs: a list loads no library."""
    module, function = path.split(".")

    def run(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
        if needs is not None:
            library(needs)
        method: Method = getattr(import_module(f"competitions.methods.{module}"), function)
        return method(data, settings, checkpoints)

    return Entry(run, title, about, engines, needs)


def _benchmark(path: str, title: str, about: str) -> Entry:
    return _entry(path, title, f"{about}, M4's benchmark", "statsmodels", ("statsmodels",))


def _statsforecast(name: str, title: str, about: str, engines: tuple[Engine, ...] = ()) -> Entry:
    return _entry(f"statsforecast_models.{name}", title, about, "statsforecast", engines)


def _neuralforecast(name: str, title: str, about: str) -> Entry:
    return _entry(f"neuralforecast_models.{name}", title, about, "neuralforecast")


METHODS: dict[str, Entry] = {
    "naive": _entry("naive.run_naive", "Naive", "the last value"),
    "snaive": _entry("naive.run_seasonal_naive", "sNaive", "the last season"),
    "naive2": _entry(
        "naive.run_naive2", "Naive2", "the last seasonally adjusted value, M4's benchmark"
    ),
    "ses": _benchmark(
        "exponential.run_ses", "SES", "simple exponential smoothing, seasonally adjusted"
    ),
    "holt": _benchmark("exponential.run_holt", "Holt", "linear trend, seasonally adjusted"),
    "damped": _benchmark("exponential.run_damped", "Damped", "damped trend, seasonally adjusted"),
    "comb": _benchmark("exponential.run_comb", "Comb", "mean of SES, Holt and Damped"),
    "theta": _benchmark(
        "theta.run_theta", "Theta", "straight and smoothed line, seasonally adjusted"
    ),
    "ets": _entry(
        "ets.run_ets",
        "ETS",
        "the form of exponential smoothing with the least AICc, for each series",
        engines=("statsforecast", "statsmodels"),
    ),
    "arima": _statsforecast(
        "run_arima",
        "ARIMA",
        "the model chosen for each series by Hyndman and Khandakar's search",
        ("statsforecast",),
    ),
    "lags": _entry("lags.run_lags", "Regression on lags", "one linear regression for all series"),
    "es": Entry(run_smoothing, "Exponential smoothing alone", "what ESRNN starts from"),
    "lstm": Entry(
        run_lstm,
        "Plain LSTM",
        "ESRNN's network without smoothing, same budget",
        config=lstm_config,
    ),
    "esrnn": Entry(
        run_esrnn, "ESRNN", "smoothing and one network for all series", config=esrnn_config
    ),
    "esrnn-zero-shot": Entry(
        run_zero_shot, "ESRNN, zero shot", "the package's networks, untrained"
    ),
    "esrnn-fine-tuned": Entry(
        run_fine_tuned, "ESRNN, fine-tuned", "these networks, trained further"
    ),
    "sf-autotheta": _statsforecast("run_autotheta", "AutoTheta", "the best of four theta models"),
    "sf-dot": _statsforecast("run_dot", "Dynamic optimised theta", "theta with a moving line"),
    "sf-autoces": _statsforecast("run_autoces", "AutoCES", "complex exponential smoothing"),
    "sf-mstl": _statsforecast("run_mstl", "MSTL", "season by STL, the rest by ETS"),
    "nf-nhits": _neuralforecast("run_nhits", "N-HiTS", "interpolated multi-rate blocks"),
    "nf-nbeats": _neuralforecast("run_nbeats", "N-BEATS", "blocks of basis expansions"),
    "nf-dilatedrnn": _neuralforecast("run_nf_dilated_rnn", "Dilated RNN", "dilated LSTM layers"),
    "nf-lstm": _neuralforecast("run_nf_lstm", "LSTM, neuralforecast", "one LSTM for all series"),
}
