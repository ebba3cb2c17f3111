"""Pictures by matplotlib, and pages by jinja2: ``pip install 'esrnn-forecast[plots]'``.

`forecast` draws forecasts, `components` their parts, `training` the losses of a training,
`diagnostics` what goes on inside a network, and `network_page` writes a page about it. `page` and
`svg` make any page of words, tables and pictures. Functions return a figure and show or write
nothing; pyplot and its open figures are left alone.
"""

from esrnn.plotting.components import plot_components
from esrnn.plotting.diagnostics import plot_diagnostics
from esrnn.plotting.forecast import plot_forecast
from esrnn.plotting.network_page import write_diagnostics_page
from esrnn.plotting.training import plot_training

__all__ = [
    "plot_components",
    "plot_diagnostics",
    "plot_forecast",
    "plot_training",
    "write_diagnostics_page",
]
