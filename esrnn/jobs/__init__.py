"""Jobs: from files to files of forecasts, with nothing lost.

Each function is one job: `forecast` needs no model; `fit` writes one and `predict` uses it. The
command ``esrnn`` calls these functions. `forecast_table` and `predict_table` take a table in
memory. A file of the input is the unit of work: it becomes a part of the output, and a job that was
stopped goes on with those that are left.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from esrnn.jobs.cards import ModelReport, inspect
    from esrnn.jobs.faults import CallError, Unfinished
    from esrnn.jobs.fitting import fit
    from esrnn.jobs.forecasting import forecast, predict
    from esrnn.jobs.in_memory import TableForecast, as_source, forecast_table, predict_table
    from esrnn.jobs.options import Output, Run
    from esrnn.jobs.pictures import plot
    from esrnn.jobs.report import Counts, Report
    from esrnn.jobs.tables import TableReport, backtest, evaluate
    from esrnn.jobs.updating import update

__all__ = [
    "CallError",
    "Counts",
    "ModelReport",
    "Output",
    "Report",
    "Run",
    "TableForecast",
    "TableReport",
    "Unfinished",
    "as_source",
    "backtest",
    "evaluate",
    "fit",
    "forecast",
    "forecast_table",
    "inspect",
    "plot",
    "predict",
    "predict_table",
    "update",
]

# Loaded on first use: a help text needs none of them.
_HOME_OF = {
    "CallError": "faults",
    "Counts": "report",
    "ModelReport": "cards",
    "Output": "options",
    "Report": "report",
    "Run": "options",
    "TableForecast": "in_memory",
    "TableReport": "tables",
    "Unfinished": "faults",
    "as_source": "in_memory",
    "backtest": "tables",
    "evaluate": "tables",
    "fit": "fitting",
    "forecast": "forecasting",
    "forecast_table": "in_memory",
    "inspect": "cards",
    "plot": "pictures",
    "predict": "forecasting",
    "predict_table": "in_memory",
    "update": "updating",
}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"esrnn.jobs.{_HOME_OF[name]}"), name)
    globals()[name] = value  # the next access is an ordinary lookup
    return value
