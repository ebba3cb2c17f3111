"""Forecasting many related series with exponential smoothing and one shared recurrent network.

Each series keeps its own level, seasonality and smoothing coefficients; a dilated recurrent
network, shared by all series, forecasts the smoothed, normalised series.

Only names are exported here. Importing the package loads none of torch, sktime and numba: a
name is loaded from its module on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from esrnn.classifier import SeriesClassifier
    from esrnn.estimator import ESRNN, load_model
    from esrnn.evaluation import backtest, score
    from esrnn.frames import from_long, future_frame, regularise

__all__ = [
    "ESRNN",
    "SeriesClassifier",
    "__version__",
    "backtest",
    "from_long",
    "future_frame",
    "load_model",
    "regularise",
    "score",
]

__version__ = "0.1.0"

_HOME_OF = {
    "ESRNN": "esrnn.estimator",
    "SeriesClassifier": "esrnn.classifier",
    "backtest": "esrnn.evaluation",
    "from_long": "esrnn.frames",
    "future_frame": "esrnn.frames",
    "load_model": "esrnn.estimator",
    "regularise": "esrnn.frames",
    "score": "esrnn.evaluation",
}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value  # the next access is an ordinary lookup
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
